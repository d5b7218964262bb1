//! Where a handler meets the web: the registration of a path, as Spring has it.

#![forbid(unsafe_code)]

use std::rc::Rc;

use actix_web::{HttpRequest, web};

use super::{
    sockjs::{Service, SockJs},
    visit::{Limits, Site},
    websocket::{Compression, Endpoint, Plain, Worker},
};
use crate::{
    handler::WebSocketHandler,
    interceptor::{Chain, HandshakeInterceptor},
};

/// Puts a handler on a path, as Spring's `registry.addHandler(handler, path)` does.
///
/// ```no_run
/// # use tertulia::{AllowedOrigins, HandlerMapping, HandlerError, Session, WebSocketHandler};
/// # struct Echo;
/// # impl WebSocketHandler for Echo {
/// #     fn handle_text_message(&self, _: &Session, _: &str) -> Result<(), HandlerError> { Ok(()) }
/// # }
/// let mapping = HandlerMapping::new(Echo, "/echo").allowed_origins(AllowedOrigins::any());
/// ```
pub struct HandlerMapping<H> {
    handler: Rc<H>,
    path: &'static str,
    origins: Option<Rc<dyn HandshakeInterceptor>>,
    interceptors: Vec<Rc<dyn HandshakeInterceptor>>,
    limits: Limits,
    compression: Option<Compression>,
    sockjs: Option<SockJs>,
}

impl<H: WebSocketHandler> HandlerMapping<H> {
    /// A handler on a path, without interceptors, for any origin.
    pub fn new(handler: H, path: &'static str) -> Self {
        Self {
            handler: Rc::new(handler),
            path,
            origins: None,
            interceptors: Vec::new(),
            limits: Limits::default(),
            compression: None,
            sockjs: None,
        }
    }

    /// Who may connect from a browser. Asked before all interceptors, in whatever order the calls stand, so that a
    /// page that is refused has touched nothing.
    #[must_use]
    pub fn allowed_origins(mut self, origins: impl HandshakeInterceptor) -> Self {
        self.origins = Some(Rc::new(origins));
        self
    }

    /// Adds an interceptor behind those that were added before.
    #[must_use]
    pub fn interceptor(mut self, interceptor: impl HandshakeInterceptor) -> Self {
        self.interceptors.push(Rc::new(interceptor));
        self
    }

    /// What peers must keep to.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether messages may be compressed. `None`, the default, agrees on no extension.
    #[must_use]
    pub fn compression(mut self, compression: Option<Compression>) -> Self {
        self.compression = compression;
        self
    }

    /// Serves SockJS there instead, as Spring's `withSockJS()` does: WebSocket for clients that have it, HTTP requests for
    /// those that do not, and plain WebSocket under `path/websocket`. All workers are given the same `sockjs`.
    ///
    /// ```no_run
    /// # use tertulia::{AllowedOrigins, HandlerMapping, HandlerError, Session, SockJs, WebSocketHandler};
    /// # struct Echo;
    /// # impl WebSocketHandler for Echo {
    /// #     fn handle_text_message(&self, _: &Session, _: &str) -> Result<(), HandlerError> { Ok(()) }
    /// # }
    /// let sockjs = SockJs::new();
    /// let mapping = HandlerMapping::new(Echo, "/echo").allowed_origins(AllowedOrigins::same()).with_sockjs(sockjs);
    /// ```
    #[must_use]
    pub fn with_sockjs(mut self, sockjs: SockJs) -> Self {
        self.sockjs = Some(sockjs);
        self
    }

    /// Mounts it on the App of `worker`: `App::new().configure(mapping.register(&worker))`.
    pub fn register(self, worker: &Worker) -> impl FnOnce(&mut web::ServiceConfig) + use<H> {
        let site = Rc::new(Site {
            hub: worker.hub.clone(),
            handler: self.handler,
            limits: self.limits,
            counters: worker.counters.clone(),
        });
        let origins = self.origins.clone();
        let chain = Chain::new(self.origins.into_iter().chain(self.interceptors));
        let endpoint = Rc::new(Endpoint::new(worker, chain.clone(), site.clone(), self.compression));
        let (path, sockjs) = (self.path, self.sockjs);
        move |config| match sockjs {
            Some(sockjs) => Service::new(sockjs, endpoint, origins, chain, site).register(path, config),
            None => {
                let answer = move |request: HttpRequest| {
                    let endpoint = endpoint.clone();
                    async move { endpoint.answer::<Plain>(&request).await }
                };
                config.service(web::resource(path).to(answer));
            }
        }
    }
}
