//! The Apps: which path leads where, once for each worker.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZero,
    sync::Arc,
    time::Duration,
};

use actix_service::ServiceFactory;
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Compress, DefaultHeaders, from_fn},
    web,
};

use super::{
    Shared, admin,
    below::Below,
    health,
    hosts::{HostGuard, Hsts},
    lab, metrics,
    origins::{Judged, origin_first},
    page,
    presented::Presented,
    redirect, refused, session,
    session_store::{HttpSessionStore, SessionCookie, answer_503_without_store, session_middleware},
    settle::settle,
    spoiled,
};
use crate::{
    base_path::BasePath,
    delivery::Clocks,
    handler::ChatHandler,
    interceptor::{AllowedOrigins, BanInterceptor, HttpSessionInterceptor, PermitInterceptor, ResumeInterceptor},
    session_activity::SessionActivity,
    settings::Settings,
    transport::{
        mapping::HandlerMapping,
        websocket::{Compression, HubNumbers, Worker},
    },
};

/// The chat: page, HTTP session, socket, health, and metrics unless they have an address of their own.
pub(super) fn chat(
    shared: &Arc<Shared>,
    hubs: &HubNumbers,
    address: SocketAddr,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let settings = &shared.settings;
    let (worker, hub) = Worker::start(hubs, clocks(settings), shared.counters.clone());
    shared.registry.open(hub);
    let proxies = &settings.trusted_proxies;
    let origins = AllowedOrigins::new(settings.origin_rules(), settings.public_urls.clone(), proxies.clone());
    let store = HttpSessionStore::new(shared.http_sessions.clone(), settings.session_ttl);
    let cookie = SessionCookie {
        secure: settings.has_secure_cookies(),
        path: settings.base_path.cookie_path().to_owned(),
    };
    // A request of SockJS stands for what is an answered ping to a WebSocket. Whether that counts is the registry's
    // matter, where it is not to count always.
    let store_of_sockjs = store
        .clone()
        .prolonging(settings.session_activity == SessionActivity::Pings);
    let key = shared.data_dir.signing_key();
    let presented = Presented::new(key, cookie.name());
    let [http_session, http_session_of_sockjs] =
        [store, store_of_sockjs].map(|store| session_middleware(store, key, &cookie));
    let mapping = || {
        let handler = ChatHandler::new(shared.registry.clone(), settings.most_text_bytes());
        HandlerMapping::new(handler, "")
            .allowed_origins(origins.clone())
            .interceptor(BanInterceptor::new(shared.bans.clone(), proxies.clone()))
            .interceptor(PermitInterceptor::new(shared.permits.clone(), proxies.clone()))
            .interceptor(HttpSessionInterceptor)
            .interceptor(ResumeInterceptor)
            .limits(shared.limits.clone())
            .compression(settings.compression.then_some(Compression {
                least_bytes: settings.compression_min_bytes,
            }))
    };
    let (socket, sockjs) = (mapping(), mapping().with_sockjs(shared.sockjs.clone()));
    let guard = HostGuard::secured(
        settings.host_rules(address.ip()),
        proxies.clone(),
        settings.base_path.clone(),
        Hsts::new(settings),
    );
    let below = Below::new(settings.base_path.clone());
    let (registry, changes) = (shared.registry.clone(), origins.clone());
    let (handshakes, requests) = (origins.clone(), origins);
    let [handshake_counters, request_counters] = [(); 2].map(|()| shared.counters.clone());
    let (door, has_lab) = (
        lab::Door::new(shared.lab.clone(), address, &settings.base_path, settings.has_tls()),
        shared.lab.is_on(),
    );
    let own_metrics = settings.metrics_bind.is_none();
    let own_admin = settings.admin && settings.admin_bind.is_none();
    let (noting, opening) = (shared.clone(), shared.clone());
    App::new()
        .app_data(web::Data::new(shared.clone()))
        .app_data(web::PayloadConfig::new(session::MAX_BODY_BYTES))
        .app_data(web::JsonConfig::default().limit(session::MAX_BODY_BYTES))
        .app_data(web::FormConfig::default().limit(session::MAX_BODY_BYTES))
        .wrap(from_fn(move |request, next| below.clone().lead(request, next)))
        .wrap(
            page::SECURITY_HEADERS
                .into_iter()
                .fold(DefaultHeaders::new(), DefaultHeaders::add),
        )
        .wrap(Compress::default())
        .wrap(from_fn(move |request, next| guard.clone().check(request, next)))
        .wrap(from_fn(move |request, next| door.clone().stand(request, next)))
        .wrap(from_fn(move |request, next| {
            refused::note(noting.clone(), request, next)
        }))
        .service(
            web::resource("/healthz")
                .route(web::get().to(health::alive))
                .route(web::head().to(health::alive)),
        )
        .service(
            web::resource("/readyz")
                .route(web::get().to(health::ready))
                .route(web::head().to(health::ready)),
        )
        .configure(|config| {
            if own_metrics {
                config.service(web::resource("/metrics").route(web::get().to(metrics::show)));
            }
            if has_lab {
                config.route("/lab/source/{path:.*}", web::get().to(lab::source));
            }
            if own_admin {
                admin::routes(config);
            }
        })
        .service(
            web::resource("/session")
                .wrap(http_session.clone())
                .wrap(from_fn(answer_503_without_store))
                .wrap(from_fn(move |request, next| settle(registry.clone(), request, next)))
                .wrap(from_fn(move |request, next| {
                    origin_first(changes.clone(), Judged::Changes, request, next)
                }))
                .route(web::post().to(session::take_name))
                .route(web::get().to(session::who))
                .route(web::delete().to(session::log_out)),
        )
        .service(
            web::scope("/ws")
                .wrap(from_fn(move |request, next| {
                    spoiled::note(opening.clone(), request, next)
                }))
                .wrap(http_session.clone())
                .wrap(from_fn(answer_503_without_store))
                .wrap(from_fn(move |request, next| {
                    let judged = Judged::Handshakes(handshake_counters.clone());
                    origin_first(handshakes.clone(), judged, request, next)
                }))
                .configure(socket.register(&worker)),
        )
        .service(
            web::scope("/sockjs")
                .wrap(from_fn(move |request, next| presented.clone().note(request, next)))
                .wrap(http_session_of_sockjs)
                .wrap(from_fn(answer_503_without_store))
                .wrap(from_fn(move |request, next| {
                    let judged = Judged::SockJs(request_counters.clone());
                    origin_first(requests.clone(), judged, request, next)
                }))
                .configure(sockjs.register(&worker)),
        )
        .default_service(web::to(page::file))
}

/// Metrics on an address of their own.
pub(super) fn metrics_only(
    shared: &Arc<Shared>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .app_data(web::Data::new(shared.clone()))
        .route("/metrics", web::get().to(metrics::show))
}

/// The operator's view on an address of its own.
pub(super) fn admin_only(
    shared: &Arc<Shared>,
    address: IpAddr,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let settings = &shared.settings;
    let guard = HostGuard::new(
        settings.host_rules(address),
        settings.trusted_proxies.clone(),
        BasePath::default(),
    );
    let noting = shared.clone();
    App::new()
        .app_data(web::Data::new(shared.clone()))
        .app_data(web::PayloadConfig::new(session::MAX_BODY_BYTES))
        .wrap(
            page::SECURITY_HEADERS
                .into_iter()
                .fold(DefaultHeaders::new(), DefaultHeaders::add),
        )
        .wrap(Compress::default())
        .wrap(from_fn(move |request, next| guard.clone().check(request, next)))
        .wrap(from_fn(move |request, next| {
            refused::note(noting.clone(), request, next)
        }))
        .configure(admin::routes)
        .default_service(web::to(admin::shared_file))
}

/// Plain HTTP, which is led to TLS at `main`.
pub(super) fn redirect_only(
    shared: &Arc<Shared>,
    main: SocketAddr,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let settings = &shared.settings;
    // What is not answered to over there is not led there.
    let rules = settings.host_rules(main.ip());
    let ways = redirect::Ways::new(rules.clone(), &settings.public_urls, main.port());
    let guard = HostGuard::new(rules, settings.trusted_proxies.clone(), BasePath::default());
    let noting = shared.clone();
    let proofs = settings.tls_challenge_dir.clone();
    App::new()
        .app_data(web::Data::new(shared.clone()))
        .app_data(web::Data::new(ways))
        .wrap(from_fn(move |request, next| guard.clone().check(request, next)))
        .wrap(from_fn(move |request, next| {
            refused::note(noting.clone(), request, next)
        }))
        .service(
            web::resource("/healthz")
                .route(web::get().to(health::alive))
                .route(web::head().to(health::alive)),
        )
        .configure(|config| {
            if let Some(folder) = proofs {
                config.app_data(web::Data::new(folder));
                config.route(redirect::CHALLENGES, web::get().to(redirect::proof));
            }
        })
        .default_service(web::to(redirect::lead))
}

fn clocks(settings: &Settings) -> Clocks {
    let off = Duration::ZERO;
    Clocks::new(
        settings.heartbeat_interval.unwrap_or(off),
        settings.heartbeat_timeout.unwrap_or(off),
        settings.outbox_bytes.map(NonZero::get),
        settings.outbox_time.unwrap_or(off),
    )
}
