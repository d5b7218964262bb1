//! The socket that a service manager listens on for us: systemd's socket activation, as `sd_listen_fds(3)` tells it.
//! It takes clients in while the server is down for a restart, and opens ports that the server itself may not.

use std::{env, ffi::OsString, net::TcpListener, process};

use listenfd::ListenFd;
use socket2::SockRef;
use thiserror::Error;

const COUNT: &str = "LISTEN_FDS";
const PROCESS: &str = "LISTEN_PID";
/// Where they begin.
const FIRST: u32 = 3;

/// Why what was handed over cannot be served.
#[derive(Debug, Error)]
pub enum HandedOverError {
    /// A variable that is no number.
    #[error("{name} {value:?}: a whole number is wanted, as systemd sets it")]
    Number {
        /// Of the variable.
        name: &'static str,
        /// What it says.
        value: OsString,
    },
    /// More sockets than we know what to do with.
    #[error(
        "LISTEN_FDS \"{count}\": one socket is wanted; leave one ListenStream= in the unit (\"[::]:80\" is IPv4 too)"
    )]
    Several {
        /// How many.
        count: u32,
    },
    /// Not a socket, not of TCP, or a connection rather than a listener.
    #[error("LISTEN_FDS: descriptor {FIRST} is no TCP socket that listens; set ListenStream= to a port, and Accept=no")]
    Kind,
}

/// Takes the socket over, if one was handed to this process. What is meant for another process, which passed its
/// environment on, does not count.
///
/// Call it first of all: it takes the variables away, so that no child believes them, and that is sound only while
/// there is one thread.
///
/// # Errors
///
/// Wrong numbers, more than one socket, or one of another kind.
pub fn handed_over() -> Result<Option<TcpListener>, HandedOverError> {
    let (Some(count), Some(process)) = (number(COUNT)?, number(PROCESS)?) else {
        return Ok(None);
    };
    if process != process::id() || count == 0 {
        return Ok(None);
    }
    if count > 1 {
        return Err(HandedOverError::Several { count });
    }
    let listener = ListenFd::from_env()
        .take_tcp_listener(0)
        .ok()
        .flatten()
        .filter(|listener| SockRef::from(listener).is_listener().unwrap_or_default())
        .ok_or(HandedOverError::Kind)?;
    // systemd's sockets block.
    listener.set_nonblocking(true).map_err(|_| HandedOverError::Kind)?;
    Ok(Some(listener))
}

/// What a variable says, unless it is not set, or empty.
fn number(name: &'static str) -> Result<Option<u32>, HandedOverError> {
    let Some(value) = env::var_os(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.map(Some).ok_or(HandedOverError::Number { name, value })
}
