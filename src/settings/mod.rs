//! What the operator said, checked: one plain struct that everything else is built from.
//!
//! `table` has every setting once. `args` reads what was typed, `file` what was written; `resolve` lets the first of
//! flag, environment, file and default win, reads its text by `values`, and checks what only holds between settings.
//! Nothing here opens a socket, makes a directory or reads the process's environment: `main` brings that along.

#![forbid(unsafe_code)]

mod args;
mod check_origin;
mod described;
mod exit;
mod file;
mod health;
mod help;
mod man;
mod resolve;
mod source;
mod table;
mod values;

use std::{
    ffi::OsString,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::{NonZeroU8, NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::{
    base_path::BasePath,
    client_address::TrustedProxies,
    host::{AllowedHost, HostRules},
    origin::{Origin, OriginPattern, OriginRules},
    session_activity::SessionActivity,
};

use args::Task;
pub use check_origin::check_origin;
pub use described::Described;
pub use exit::{Exit, Stream};
pub use health::HealthUrl;
pub use source::{Given, Source};
pub use values::{MOST_TIME, show_time};

/// Every setting, checked. The field of a flag has its name; `None` is off, or nothing.
///
/// Tests write `Settings { heartbeat_interval: …, ..Settings::default() }`. What [`parse`] derives from another
/// setting (handshakes from sockets, bytes from frames) does not follow a field that is set so.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Port 0: the system picks one.
    pub bind: SocketAddr,
    /// With scheme `http` or `https`.
    pub public_urls: Vec<Origin>,
    /// Everything is served below it.
    pub base_path: BasePath,
    /// Where the signing key and the HTTP sessions are kept.
    pub data_dir: PathBuf,
    /// Threads that serve; each has a hub.
    pub workers: NonZeroU8,
    /// `None`: `/metrics` is served with the page.
    pub metrics_bind: Option<SocketAddr>,
    /// Whether there is an operator's view.
    pub admin: bool,
    /// `None`: `/admin` is served with the page.
    pub admin_bind: Option<SocketAddr>,
    /// Zero does not wait.
    pub shutdown_timeout: Duration,
    /// Whether permessage-deflate is agreed on with those who offer it.
    pub compression: bool,
    /// Messages of fewer bytes go out as they are.
    pub compression_min_bytes: usize,
    /// Whether people may watch their own sockets from within, and break them.
    pub lab: bool,
    /// A filter that `tracing_subscriber::EnvFilter` takes.
    pub log: String,
    /// The file that was read.
    pub config: Option<PathBuf>,

    /// A chain of certificates in PEM; there together with the key, or not at all.
    pub tls_cert: Option<PathBuf>,
    /// Its private key.
    pub tls_key: Option<PathBuf>,
    /// Where plain HTTP is led to TLS.
    pub tls_redirect_bind: Option<SocketAddr>,
    /// Proofs for who issues the certificate, served there.
    pub tls_challenge_dir: Option<PathBuf>,
    /// How long browsers are to insist on TLS. Zero: they are to forget it.
    pub hsts: Duration,

    /// Besides the own origins.
    pub allowed_origins: Vec<OriginPattern>,
    /// Refuse who names no origin.
    pub require_origin: bool,
    /// Besides the own names.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Whose forwarded headers count.
    pub trusted_proxies: TrustedProxies,
    /// How long an HTTP session lives without a sign of life. `None`: until log-out.
    pub session_ttl: Option<Duration>,
    /// What of a socket is a sign of life.
    pub session_activity: SessionActivity,

    /// `None`: no pings.
    pub heartbeat_interval: Option<Duration>,
    /// `None`: nobody is evicted for silence. Longer than the interval where both are on.
    pub heartbeat_timeout: Option<Duration>,
    /// Zero tells at once who left.
    pub presence_grace: Duration,
    /// `None`: only at join.
    pub server_time_interval: Option<Duration>,

    /// Lines that are kept for who comes in or comes back. `None`: none are.
    pub history_lines: Option<NonZeroU32>,
    /// Bytes that they may have together. `None`: none are kept.
    pub history_bytes: Option<NonZeroUsize>,
    /// How old they may become. `None`: as old as may be.
    pub history_age: Option<Duration>,

    /// Bytes of one text. `None`: [`Settings::MOST_TEXT_BYTES`]; see [`Settings::most_text_bytes`].
    pub max_text: Option<NonZeroUsize>,
    /// Bytes queued for one peer.
    pub outbox_bytes: Option<NonZeroUsize>,
    /// How long a peer may take nothing while something is queued.
    pub outbox_time: Option<Duration>,
    /// Sockets of one person.
    pub max_sockets_per_user: Option<NonZeroU32>,
    /// Sockets of one address.
    pub max_sockets_per_address: Option<NonZeroU32>,
    /// Of one address, per second.
    pub max_handshakes_per_second: Option<NonZeroU32>,
    /// Of one socket; [`Settings::BURST_SECONDS`] seconds' worth may come at once.
    pub max_frames_per_second: Option<NonZeroU32>,
    /// Of one socket; [`Settings::BURST_SECONDS`] seconds' worth may come at once.
    pub max_bytes_per_second: Option<NonZeroUsize>,

    /// Where each value came from. Empty unless [`parse`] made the settings.
    pub given: Vec<Given>,
}

impl Settings {
    /// The largest text that can be allowed: 1 GiB.
    pub const MOST_TEXT_BYTES: usize = 1 << 30;
    /// How many seconds' worth of frames and bytes a socket may send at once.
    pub const BURST_SECONDS: u32 = 10;
    /// What `max_bytes_per_second` allows, by default, for each frame of `max_frames_per_second`.
    pub const BYTES_PER_FRAME: usize = 4 << 10;
    /// `max_handshakes_per_second` is, by default, `max_sockets_per_address` divided by this.
    pub const SOCKETS_PER_HANDSHAKE: u32 = 10;

    /// The largest text that is taken, in bytes.
    pub fn most_text_bytes(&self) -> usize {
        self.max_text.map_or(Self::MOST_TEXT_BYTES, NonZeroUsize::get)
    }

    /// Whether the server speaks TLS itself.
    pub fn has_tls(&self) -> bool {
        self.tls_cert.is_some() && self.tls_key.is_some()
    }

    /// The scheme under which `--bind` is reached without a proxy.
    pub fn scheme(&self) -> &'static str {
        if self.has_tls() { "https" } else { "http" }
    }

    /// Whether cookies are `Secure`: people come by https.
    pub fn has_secure_cookies(&self) -> bool {
        self.has_tls() || self.public_urls.iter().any(Origin::is_https)
    }

    /// Which pages may open sockets.
    pub fn origin_rules(&self) -> OriginRules {
        OriginRules {
            patterns: self.allowed_origins.clone(),
            require_origin: self.require_origin,
        }
    }

    /// Which names are answered to by who listens on `bound`.
    pub fn host_rules(&self, bound: IpAddr) -> HostRules {
        let public = self.public_urls.iter().map(|url| url.host().clone());
        HostRules::new(bound, public, self.allowed_hosts.clone())
    }

    /// The same for a server whose socket was handed over, which listens on `address`: `bind` is that, and what follows
    /// from it is derived anew.
    ///
    /// # Errors
    ///
    /// An [`Exit`] if another setting cannot stand beside it.
    pub fn on_socket(self, address: SocketAddr) -> Result<Self, Exit> {
        resolve::on_socket(self, address)
    }

    /// How the setting `name` (`heartbeat-interval`) was given.
    pub fn given(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.name == name)
    }
}

impl Default for Settings {
    /// What holds where nothing is said. Only the data directory differs from what [`parse`] finds: it is
    /// `./tertulia-data`, since a default may not look at the environment.
    fn default() -> Self {
        Self {
            bind: (Ipv4Addr::LOCALHOST, 8080).into(),
            public_urls: Vec::new(),
            base_path: BasePath::default(),
            data_dir: resolve::LAST_RESORT_DATA_DIR.into(),
            workers: one_per_cpu(),
            metrics_bind: None,
            admin: true,
            admin_bind: None,
            shutdown_timeout: Duration::from_secs(10),
            compression: false,
            compression_min_bytes: 256,
            lab: true,
            log: "info".into(),
            config: None,
            tls_cert: None,
            tls_key: None,
            tls_redirect_bind: None,
            tls_challenge_dir: None,
            hsts: table::tls::DEFAULT_HSTS,
            allowed_origins: Vec::new(),
            require_origin: false,
            allowed_hosts: Vec::new(),
            trusted_proxies: TrustedProxies::default(),
            session_ttl: Some(Duration::from_secs(7 * 24 * 60 * 60)),
            session_activity: SessionActivity::default(),
            heartbeat_interval: Some(Duration::from_secs(20)),
            heartbeat_timeout: Some(Duration::from_secs(45)),
            presence_grace: Duration::from_secs(3),
            server_time_interval: Some(Duration::from_secs(5 * 60)),
            history_lines: NonZeroU32::new(1000),
            history_bytes: NonZeroUsize::new(512 << 10),
            history_age: Some(Duration::from_secs(24 * 60 * 60)),
            max_text: NonZeroUsize::new(64 << 10),
            outbox_bytes: NonZeroUsize::new(1 << 20),
            outbox_time: Some(Duration::from_secs(10)),
            max_sockets_per_user: NonZeroU32::new(32),
            max_sockets_per_address: NonZeroU32::new(1024),
            max_handshakes_per_second: NonZeroU32::new(102),
            max_frames_per_second: NonZeroU32::new(100),
            max_bytes_per_second: NonZeroUsize::new(400 << 10),
            given: Vec::new(),
        }
    }
}

/// As many as this process may use, as far as a byte counts.
fn one_per_cpu() -> NonZeroU8 {
    let cpus = thread::available_parallelism().map_or(1, usize::from);
    u8::try_from(cpus)
        .ok()
        .and_then(NonZeroU8::new)
        .unwrap_or(NonZeroU8::MAX)
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run the server.
    Serve(Settings),
    /// `tertulia check-origin URL`: hand both to [`check_origin()`]. `url` is an origin in its normal form, or `null`.
    CheckOrigin {
        /// The settings to judge by.
        settings: Settings,
        /// What to judge.
        url: String,
    },
    /// `tertulia health [URL]`: ask the server that is to be found there.
    Health(HealthUrl),
}

/// Reads the command line, of which the first is the program's name, with the environment and the file of
/// `--config`.
///
/// # Errors
///
/// An [`Exit`] with code 0 for help, version, man page and completions, with code 2 and one clear line for whatever is wrong.
pub fn parse(
    args: impl IntoIterator<Item = OsString>,
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<Command, Exit> {
    parse_with(args, env, |path| std::fs::read_to_string(path))
}

/// Those of `names` that are meant as settings and are none: a typing error in the environment is as bad as one on the
/// command line, but other programs may have variables there too, so it is worth a warning only.
pub fn unknown_variables(names: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let is_known = |name: &str| table::all().any(|setting| table::variable(setting.name) == name);
    names
        .into_iter()
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with("TERTULIA_") && !is_known(name))
        .collect()
}

/// [`parse`], with `read` to read the file.
fn parse_with(
    args: impl IntoIterator<Item = OsString>,
    env: impl Fn(&str) -> Option<OsString>,
    read: impl Fn(&Path) -> io::Result<String>,
) -> Result<Command, Exit> {
    let typed = args::read(args)?;
    let settings = || resolve::settings(&typed, &env, &read);
    match &typed.task {
        Task::Serve => settings().map(Command::Serve),
        Task::CheckOrigin(url) => {
            let url = check_origin::parse(url)?;
            settings().map(|settings| Command::CheckOrigin { settings, url })
        }
        Task::Health(Some(url)) => health::parse(url).map(Command::Health),
        Task::Health(None) => settings().map(|settings| Command::Health(health::of(&settings))),
        Task::Completions(shell) => Err(args::completion_script(*shell)),
        Task::Man => Err(Exit::answer(man::page(), 0)),
    }
}

#[cfg(test)]
mod tests;
