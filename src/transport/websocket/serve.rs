//! An HTTP server whose sockets can leave actix's dispatcher: what `actix_web::HttpServer` does, and the way out.

use std::{
    io,
    net::TcpListener,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, Response, body::BoxBody, error::DispatchError};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
};
use rustls::ServerConfig;
use tokio::net::TcpStream;

use super::{
    capacity::Capacity, patience::Patient, reactor::Reactor, takeover::TakeOver, tls::accept, upgrade::SharedApp,
    wire::Wire,
};
use crate::{
    client_address::Scheme,
    counters::Counters,
    delivery::{Clocks, Hub, HubHandle, sweep},
};

/// How long a client may take to send the head of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to notice that a connection ends.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a connection may idle between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Numbers the hubs of one server.
#[derive(Clone, Default)]
pub struct HubNumbers(Arc<AtomicU16>);

impl HubNumbers {
    fn next(&self) -> u8 {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        u8::try_from(number).expect("a server has at most 256 workers, those that were replaced included")
    }
}

/// What the sockets of one worker thread share. Made on that thread.
#[derive(Clone)]
pub struct Worker {
    pub(in crate::transport) hub: Rc<Hub>,
    pub(super) reactor: Rc<Reactor>,
    pub(in crate::transport) counters: Arc<Counters>,
}

impl Worker {
    /// Starts the hub of this thread, its sweeper, and its reactor. The handle is the way to the hub from other threads;
    /// a server whose handlers only answer can drop it.
    ///
    /// # Panics
    ///
    /// Outside of an actix worker, or any other `LocalSet` of tokio's; or if the system has no epoll left to give.
    pub fn start(numbers: &HubNumbers, clocks: Clocks, counters: Arc<Counters>) -> (Self, HubHandle) {
        let (hub, handle, mailbox) = Hub::new(numbers.next(), clocks, counters.clone());
        actix_rt::spawn(hub.clone().run(mailbox));
        actix_rt::spawn(sweep(hub.clone()));
        let (reactor, driver) = Reactor::new().expect("the system gives every worker an epoll");
        actix_rt::spawn(driver);
        let worker = Self { hub, reactor, counters };
        (worker, handle)
    }
}

/// Serves `listener` with the App that `factory` makes, once on each worker. Mappings are registered there.
///
/// # Errors
///
/// The listener is unusable.
pub fn serve<F, A, S, B>(
    builder: ServerBuilder,
    name: &str,
    listener: TcpListener,
    factory: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> A + Send + Clone + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    S::Service: 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    serve_within(builder, name, listener, &Capacity::default(), factory)
}

/// [`serve`] with a limit to the connections, which the listeners of one builder share.
///
/// # Errors
///
/// The listener is unusable.
pub fn serve_within<F, A, S, B>(
    builder: ServerBuilder,
    name: &str,
    listener: TcpListener,
    capacity: &Capacity,
    factory: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> A + Send + Clone + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    S::Service: 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    serve_tls(builder, name, listener, capacity, None, factory)
}

/// [`serve_within`] over TLS where `tls` is there. Its ALPN should name `http/1.1` and nothing else: a WebSocket cannot
/// leave actix's HTTP/2.
///
/// A request that came over TLS says so by a [`Scheme`] in its `conn_data`.
///
/// # Errors
///
/// The listener is unusable.
pub fn serve_tls<F, A, S, B>(
    mut builder: ServerBuilder,
    name: &str,
    listener: TcpListener,
    capacity: &Capacity,
    tls: Option<Arc<ServerConfig>>,
    factory: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> A + Send + Clone + 'static,
    A: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    S::Service: 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    if let Some(limit) = capacity.per_worker() {
        builder = builder.max_concurrent_connections(limit);
    }
    let capacity = capacity.clone();
    let signal = builder.graceful_shutdown_signal();
    builder.listen(name, listener, move || {
        let signal = signal.clone();
        let app = factory()
            .into_factory()
            .map_err(|error: actix_web::Error| -> Response<BoxBody> { error.error_response().into() });
        // The host and scheme in there are never asked for: `client_of` knows better.
        let app = SharedApp::new(map_config(app, |()| AppConfig::default()));
        let upgrade = app.upgrade();
        let (tls, is_secure) = (tls.clone(), tls.is_some());
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(REQUEST_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .graceful_shutdown_signal(move || {
                let signal = signal.clone();
                async move { signal.notified().await }
            })
            .on_connect_ext(move |stream: &Patient, data| {
                data.insert(stream.departure().clone());
                if is_secure {
                    data.insert(Scheme::Https);
                }
            })
            .upgrade(upgrade)
            .finish(app);
        let http = fn_service(move |stream: TcpStream| {
            let tls = tls.clone();
            async move {
                // Nothing here is worth waiting for more to send. A socket that is broken already shows soon.
                let _ = stream.set_nodelay(true);
                let peer = stream.peer_addr().ok();
                let wire = match tls {
                    None => Wire::Tcp(stream),
                    Some(config) => Wire::Tls(Box::new(accept(stream, config).await.inspect_err(|error| {
                        // Scanners and clients of another age: nothing for an operator to do.
                        tracing::debug!(?peer, %error, "no TLS handshake");
                    })?)),
                };
                Ok::<_, DispatchError>((Patient::new(wire), Protocol::Http1, peer))
            }
        })
        .and_then(http);
        TakeOver {
            http,
            capacity: capacity.clone(),
        }
    })
}
