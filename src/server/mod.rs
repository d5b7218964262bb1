//! The composition root: the only place that names the concrete parts and puts them together. It has no logic of its
//! own beyond the order in which things start and stop.

mod admin;
mod app;
mod ask;
mod bans;
mod below;
mod handed_over;
mod health;
mod hosts;
mod http_sessions;
mod lab;
mod listener;
mod memory;
mod metrics;
mod notify;
mod origins;
mod page;
mod presented;
mod redirect;
mod refused;
mod session;
mod session_store;
mod settle;
mod shutdown;
mod spoiled;
mod tls;

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_server::{Server, ServerHandle};
use chrono::Utc;
use thiserror::Error;

pub use ask::ask;
pub use handed_over::{HandedOverError, handed_over};
pub use listener::listen;
pub use notify::{NotifyError, ServiceManager};
pub use shutdown::signal;
pub use tls::TlsError;

use tls::Tls;

use crate::{
    bans::Bans,
    close_status::CloseStatus,
    counters::Counters,
    ids::Epoch,
    interceptor::Permits,
    lab::Lab,
    message::{self, Heartbeat},
    quota::{Rate, Rates},
    refusals::Refusals,
    registry::{self, Registry, RegistryHandle},
    settings::Settings,
    store::{DataDir, DataDirError, HttpSessions, StoreError, StoredBans},
    transport::{
        sockjs::SockJs,
        visit::Limits,
        websocket::{Capacity, HubNumbers, Rules, serve_tls, serve_within},
    },
};

/// How long one text may take from its first byte to its last.
const MESSAGE_TIME: Duration = Duration::from_secs(60);

/// Bytes that a JSON writer makes of one byte of text at most, if it writes all but ASCII as `\u00e9`.
const ESCAPED_BYTES: usize = 3;
/// Bytes of a command beside its text.
const COMMAND_BYTES: usize = 1024;

/// Why the server could not start, or ended.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The data directory cannot be used.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An address cannot be listened on.
    #[error("--{setting} {address}: cannot listen")]
    Listen {
        /// The setting's name, without dashes.
        setting: &'static str,
        /// As it was given.
        address: std::net::SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no chance on this system.
    #[error("no random numbers to be had from this system")]
    Random(#[from] getrandom::Error),
    /// The service manager hands over what cannot be served.
    #[error(transparent)]
    HandedOver(#[from] HandedOverError),
    /// The service manager wants to be told by a way that is none.
    #[error(transparent)]
    Notify(#[from] NotifyError),
    /// Something of the system's.
    #[error("the server failed")]
    Io(#[from] io::Error),
}

/// What all workers share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub data_dir: DataDir,
    pub http_sessions: HttpSessions,
    pub registry: RegistryHandle,
    pub lab: Lab,
    pub counters: Arc<Counters>,
    pub permits: Arc<Permits>,
    pub metrics: metrics::Metrics,
    pub limits: Limits,
    pub sockjs: SockJs,
    pub epoch: Epoch,
    pub bans: Arc<Bans>,
    pub stored_bans: StoredBans,
    pub refusals: Refusals,
    pub spoiled: spoiled::SpoiledHandshakes,
    /// `None`: there is no operator's view.
    pub admin: Option<admin::Admin>,
    pub admin_token_file: Option<PathBuf>,
}

/// A server that is ready to run: its data directory is its own, its registry is at work.
pub struct Tertulia {
    shared: Arc<Shared>,
    tls: Option<(Arc<Tls>, tls::Watch)>,
    listeners: Listeners,
    manager: ServiceManager,
}

/// Those beside the one for people.
struct Listeners {
    metrics: Option<TcpListener>,
    admin: Option<TcpListener>,
    redirect: Option<TcpListener>,
}

impl Tertulia {
    /// Opens the data directory and starts the registry, on the current thread's runtime.
    ///
    /// # Errors
    ///
    /// A data directory that cannot be used, or a metrics address that cannot be listened on.
    pub async fn prepare(settings: Settings) -> Result<Self, ServerError> {
        let tls = Tls::open(&settings)?.map(|(tls, watch)| (Arc::new(tls), watch));
        let data_dir = DataDir::open(&settings.data_dir)?;
        let (stored_bans, bans) = StoredBans::open(&data_dir.database(), Utc::now()).await?;
        let http_sessions = HttpSessions::open(&data_dir.database()).await?;
        let listeners = Listeners {
            metrics: listen_too("metrics-bind", settings.metrics_bind)?,
            admin: listen_too("admin-bind", settings.admin_bind.filter(|_| settings.admin))?,
            redirect: listen_too("tls-redirect-bind", settings.tls_redirect_bind)?,
        };
        let token = settings.admin.then(|| data_dir.admin_token()).transpose()?;
        if let Some(address) = address_of(listeners.metrics.as_ref()) {
            tracing::info!(%address, "metrics are served");
        }
        if let Some(address) = address_of(listeners.redirect.as_ref()) {
            tracing::info!(%address, "plain HTTP is led to TLS");
        }
        let counters = Arc::new(Counters::default());
        let epoch = Epoch::from_bits(getrandom::u64()?);
        let (registry, handle) = Registry::new(rules(&settings), epoch, counters.clone());
        let lab = if settings.lab { Lab::on() } else { Lab::off() };
        actix_rt::spawn(registry.reporting_to(lab.clone()).run());
        let shared = Shared {
            permits: permits(&settings),
            limits: limits(&settings),
            sockjs: sockjs(&settings),
            metrics: metrics::Metrics::new(&counters, handle.backlog().clone()),
            settings,
            data_dir,
            http_sessions,
            registry: handle,
            lab,
            counters,
            epoch,
            bans: Arc::new(Bans::new(bans)),
            stored_bans,
            refusals: Refusals::default(),
            spoiled: spoiled::SpoiledHandshakes::default(),
            admin: token.as_ref().map(admin::Admin::new),
            admin_token_file: token.map(|token| token.file().into()),
        };
        Ok(Self {
            shared: Arc::new(shared),
            tls,
            listeners,
            manager: ServiceManager::default(),
        })
    }

    /// With somebody who wants to hear when it is ready, and when it stops.
    pub fn telling(self, manager: ServiceManager) -> Self {
        Self { manager, ..self }
    }

    /// Serves `listener` until `shutdown`, then lets everyone go in good order, within the shutdown timeout.
    ///
    /// # Errors
    ///
    /// The server could not start its workers, or its data could not be written at the end.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        let (shared, manager) = (self.shared, Arc::new(self.manager));
        let address = listener.local_addr()?;
        tracing::info!(data_dir = %shared.settings.data_dir.display(), "serving");
        shared.tell_admin(&listener, self.listeners.admin.as_ref());
        let (tls, watch) = self.tls.unzip();
        let server = serve_all(&shared, listener, self.listeners, tls.as_deref())?;
        let handle = server.handle();
        let running = actix_rt::spawn(server);
        manager.ready(address);
        let mut clocks = vec![
            actix_rt::spawn(http_sessions::keep(shared.clone())),
            actix_rt::spawn(memory::keep(shared.counters.clone())),
            actix_rt::spawn(admin::keep(shared.clone())),
            actix_rt::spawn(bans::keep(shared.clone())),
            actix_rt::spawn(notify::keep(manager.clone(), shared.clone())),
        ];
        clocks.extend(tls.zip(watch).map(|(tls, watch)| actix_rt::spawn(watch.keep(tls))));
        shutdown.await;
        tracing::info!("shutting down");
        manager.stopping(shared.settings.shutdown_timeout);
        stop(&shared, &handle).await;
        for clock in clocks {
            clock.abort();
        }
        running.await.map_err(io::Error::other)??;
        shared.http_sessions.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

impl Shared {
    /// Where the operator's view is, and where its token; never the token itself.
    fn tell_admin(&self, main: &TcpListener, own: Option<&TcpListener>) {
        if let (Some(file), Ok(address)) = (&self.admin_token_file, own.unwrap_or(main).local_addr()) {
            let is_secure = self.settings.has_tls() && own.is_none_or(|_| has_tls_too(address));
            let scheme = if is_secure { "https" } else { "http" };
            let base = own.map_or_else(|| self.settings.base_path.prefix(), |_| "");
            let url = format!("{scheme}://{address}{base}/admin/");
            tracing::info!(url, token_file = %file.display(), "the operator's view is served");
        }
    }
}

fn listen_too(setting: &'static str, address: Option<SocketAddr>) -> Result<Option<TcpListener>, ServerError> {
    address.map(|address| listener::listen(setting, address)).transpose()
}

fn address_of(listener: Option<&TcpListener>) -> Option<SocketAddr> {
    listener.and_then(|listener| listener.local_addr().ok())
}

/// Whether the operator's own address has TLS where that of people has: a certificate is for no loopback address, and
/// nobody listens in there.
fn has_tls_too(admin: SocketAddr) -> bool {
    !admin.ip().to_canonical().is_loopback()
}

fn serve_all(
    shared: &Arc<Shared>,
    listener: TcpListener,
    listeners: Listeners,
    tls: Option<&Tls>,
) -> Result<Server, ServerError> {
    let workers = usize::from(shared.settings.workers.get());
    let address = listener.local_addr()?;
    let mut builder = Server::build().workers(workers).disable_signals().shutdown_timeout(1);
    let capacity = Capacity::of(listener::most_connections(workers), workers);
    let hubs = HubNumbers::default();
    builder = serve_tls(builder, "chat", listener, &capacity, tls.map(Tls::config), {
        let shared = shared.clone();
        move || app::chat(&shared, &hubs, address)
    })?;
    if let Some(listener) = listeners.metrics {
        let shared = shared.clone();
        builder = serve_within(builder, "metrics", listener, &capacity, move || {
            app::metrics_only(&shared)
        })?;
    }
    if let Some(listener) = listeners.admin {
        let (shared, own) = (shared.clone(), listener.local_addr()?);
        let tls = tls.filter(|_| has_tls_too(own)).map(Tls::config);
        builder = serve_tls(builder, "admin", listener, &capacity, tls, move || {
            app::admin_only(&shared, own.ip())
        })?;
    }
    if let Some(listener) = listeners.redirect {
        let shared = shared.clone();
        builder = serve_within(builder, "redirect", listener, &capacity, move || {
            app::redirect_only(&shared, address)
        })?;
    }
    Ok(builder.run())
}

/// No new handshakes, every socket closed after its queue, and then the workers.
async fn stop(shared: &Shared, handle: &ServerHandle) {
    shared.registry.close_all(CloseStatus::SERVER_RESTARTING);
    let timeout = shared.settings.shutdown_timeout;
    // What is left after that has had its time: the workers end without waiting for it.
    let patience = timeout.saturating_sub(Duration::from_secs(1)).max(timeout / 2);
    let is_empty = shutdown::drain(&shared.counters, patience).await;
    handle.stop(is_empty).await;
}

fn rules(settings: &Settings) -> registry::Rules {
    let millis = |time: Option<Duration>| time.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    registry::Rules {
        grace: settings.presence_grace,
        max_sockets_per_user: or_zero(settings.max_sockets_per_user) as usize,
        server_time_interval: settings.server_time_interval.unwrap_or_default(),
        heartbeat: Heartbeat {
            interval: millis(settings.heartbeat_interval),
            timeout: millis(settings.heartbeat_timeout),
        },
        limits: message::Limits {
            text: settings.max_text.map_or(0, |bytes| bytes.get() as u64),
            frames: or_zero(settings.max_frames_per_second).into(),
        },
        history: registry::Bounds {
            lines: or_zero(settings.history_lines) as usize,
            bytes: settings.history_bytes.map_or(0, NonZero::get),
            age: settings.history_age,
        },
        activity: settings.session_activity,
        packs_once: settings.compression,
    }
}

/// The chat by way of SockJS. Its users are known by the cookie of their HTTP session.
fn sockjs(settings: &Settings) -> SockJs {
    SockJs::new()
        .cookie_needed()
        .any_origin(settings.origin_rules().admits_any())
        .client_library(&format!("{}/vendor/sockjs.js", settings.base_path.prefix()))
}

fn or_zero(limit: Option<NonZero<u32>>) -> u32 {
    limit.map_or(0, NonZero::get)
}

fn permits(settings: &Settings) -> Arc<Permits> {
    let per_second = u64::from(or_zero(settings.max_handshakes_per_second));
    let burst = per_second * u64::from(Settings::BURST_SECONDS);
    Permits::new(
        or_zero(settings.max_sockets_per_address),
        Rate::new(per_second, burst, Instant::now()),
    )
}

fn limits(settings: &Settings) -> Limits {
    let (now, seconds) = (Instant::now(), u64::from(Settings::BURST_SECONDS));
    let frames = u64::from(or_zero(settings.max_frames_per_second));
    let bytes = settings.max_bytes_per_second.map_or(0, |bytes| bytes.get() as u64);
    let text = settings.most_text_bytes();
    Limits {
        rules: Rules {
            max_message_bytes: text,
            ..Rules::default()
        },
        sub_protocol_rules: Some(Rules {
            max_message_bytes: text.saturating_mul(ESCAPED_BYTES) + COMMAND_BYTES,
            ..Rules::default()
        }),
        rates: Some(Rates {
            frames: Rate::new(frames, frames * seconds, now),
            // One text of the largest size is never too much at once.
            bytes: Rate::new(bytes, (bytes * seconds).max(text as u64), now),
        }),
        message_time: Some(MESSAGE_TIME),
    }
}
