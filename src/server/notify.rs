//! What a service manager hears of us: ready, stopping, alive. The protocol is one datagram to the socket that
//! `NOTIFY_SOCKET` names (`sd_notify(3)`), so it is written here and not fetched.

use std::{
    env,
    ffi::OsString,
    io,
    os::unix::net::{SocketAddr, UnixDatagram},
    sync::Arc,
    time::Duration,
};

use thiserror::Error;
use tokio::signal::unix::{SignalKind, signal};

use super::Shared;

const SOCKET: &str = "NOTIFY_SOCKET";
const WATCHDOG: &str = "WATCHDOG_USEC";
/// How long the registry may take before the server does not count as alive.
const PATIENCE: Duration = Duration::from_secs(1);
/// Beyond its timeout the server needs time to write its store.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why the service manager cannot be told anything.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// A socket of another kind.
    #[error("NOTIFY_SOCKET {0:?}: an absolute path or an @name is wanted, as systemd sets it")]
    Address(OsString),
    /// Nobody listens there.
    #[error("NOTIFY_SOCKET {address:?}: cannot be reached")]
    Unreachable {
        /// As it was given.
        address: OsString,
        /// What the system says.
        source: io::Error,
    },
    /// No time.
    #[error("WATCHDOG_USEC {0:?}: a whole number of microseconds above 0 is wanted, as systemd sets it")]
    Watchdog(OsString),
}

/// The way to the service manager, or to nobody.
#[derive(Debug, Default)]
pub struct ServiceManager {
    socket: Option<UnixDatagram>,
    /// It expects a sign of life within this time.
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// The one that the environment names; without `NOTIFY_SOCKET` nobody.
    ///
    /// # Errors
    ///
    /// Values that systemd does not set.
    pub fn from_env() -> Result<Self, NotifyError> {
        Self::find(|name| env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn find(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, NotifyError> {
        let Some(address) = env(SOCKET) else {
            return Ok(Self::default());
        };
        let at = |source| NotifyError::Unreachable {
            address: address.clone(),
            source,
        };
        let to = match address.to_str().map(|text| text.split_at_checked(1)) {
            Some(Some(("/", _))) => SocketAddr::from_pathname(&address).map_err(at)?,
            Some(Some(("@", name))) => named(name).map_err(at)?,
            _ => return Err(NotifyError::Address(address)),
        };
        let socket = UnixDatagram::unbound().map_err(at)?;
        socket.connect_addr(&to).map_err(at)?;
        // A manager that does not read must not hold us.
        socket.set_nonblocking(true).map_err(at)?;
        let watchdog = env(WATCHDOG).map(|text| {
            let time = text
                .to_str()
                .and_then(|text| text.parse().ok())
                .filter(|time| *time > 0);
            time.map(Duration::from_micros).ok_or(NotifyError::Watchdog(text))
        });
        Ok(Self {
            socket: Some(socket),
            watchdog: watchdog.transpose()?,
        })
    }

    /// New sockets are taken from now on.
    pub(super) fn ready(&self, address: std::net::SocketAddr) {
        if self.socket.is_some() {
            // Whoever reloads all services should not end the one that has nothing to read again. Without a manager a
            // hangup is a terminal's, and ends us.
            let _ = signal(SignalKind::hangup());
        }
        self.tell(&format!("READY=1\nSTATUS=Listening on {address}"));
    }

    /// The end has begun, and takes `timeout` at most.
    pub(super) fn stopping(&self, timeout: Duration) {
        let time = timeout.saturating_add(LAST_WORDS).as_micros();
        self.tell(&format!(
            "STOPPING=1\nSTATUS=Letting people go\nEXTEND_TIMEOUT_USEC={time}"
        ));
    }

    fn tell(&self, what: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(what.as_bytes())
        {
            tracing::warn!(%error, "the service manager does not listen");
        }
    }
}

/// The address of a name that stands in no folder, which only Linux has.
#[cfg(target_os = "linux")]
fn named(name: &str) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn named(_: &str) -> io::Result<SocketAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Tells the service manager that the server lives, twice within the time that it gives, for as long as the registry
/// answers: all that is said passes through there.
pub(super) async fn keep(manager: Arc<ServiceManager>, shared: Arc<Shared>) {
    let Some(time) = manager.watchdog else { return };
    loop {
        match tokio::time::timeout(PATIENCE, shared.registry.count()).await {
            Ok(Some(_)) => manager.tell("WATCHDOG=1"),
            _ => tracing::error!("the registry does not answer; the watchdog is not told"),
        }
        tokio::time::sleep(time / 2).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(vars: &[(&str, &str)]) -> Result<ServiceManager, String> {
        let env = |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        ServiceManager::find(env).map_err(|error| error.to_string())
    }

    #[test]
    fn wrong_values_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let _ear = UnixDatagram::bind(&path).unwrap();
        let path = path.to_str().unwrap();
        for (vars, told) in [
            (
                &[("NOTIFY_SOCKET", "notify")][..],
                "NOTIFY_SOCKET \"notify\": an absolute path",
            ),
            (
                &[("NOTIFY_SOCKET", "vsock:2:1")],
                "NOTIFY_SOCKET \"vsock:2:1\": an absolute path",
            ),
            (
                &[("NOTIFY_SOCKET", "/nobody/listens")],
                "NOTIFY_SOCKET \"/nobody/listens\": cannot",
            ),
            (
                &[("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "soon")],
                "WATCHDOG_USEC \"soon\": a whole",
            ),
            (
                &[("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "0")],
                "WATCHDOG_USEC \"0\": a whole number",
            ),
        ] {
            let error = find(vars).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn path_and_abstract_name_are_reached() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let name = format!("tertulia-test-{}", std::process::id());
        let abstract_address = named(&name).unwrap();
        for (ear, address) in [
            (UnixDatagram::bind(&path).unwrap(), path.to_str().unwrap().to_owned()),
            (UnixDatagram::bind_addr(&abstract_address).unwrap(), format!("@{name}")),
        ] {
            let manager = find(&[("NOTIFY_SOCKET", &address), ("WATCHDOG_USEC", "30000000")]).unwrap();
            assert_eq!(manager.watchdog, Some(Duration::from_secs(30)));
            manager.ready(([127, 0, 0, 1], 80).into());
            let mut heard = [0; 256];
            let length = ear.recv(&mut heard).unwrap();
            assert_eq!(&heard[..length], b"READY=1\nSTATUS=Listening on 127.0.0.1:80");
        }
    }

    #[test]
    fn without_a_socket_nobody_is_told() {
        let manager = find(&[("WATCHDOG_USEC", "nonsense")]).unwrap();
        assert!(manager.socket.is_none() && manager.watchdog.is_none());
    }
}
