//! The upgrade service of a worker: it runs requests that ask for an upgrade through the same App as all others, and
//! hands the socket over if the answer is 101.
//!
//! Any request with `Upgrade: websocket`, on any path, and any CONNECT arrives here, so most answers of the App are
//! possible. actix's timers no longer run here, and its keep-alive is over: each write is bounded, and a refusal
//! ends the connection.

use std::{
    cell::OnceCell,
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_codec::{Encoder, Framed, FramedParts};
use actix_http::{
    ConnectionType, HttpMessage, Request, Response, StatusCode,
    body::{BodySize, BoxBody, MessageBody},
    h1::{Codec, Message},
};
use actix_service::{Service, ServiceFactory};
use actix_web::dev::ServiceResponse;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::patience::Patient;
use super::takeover::{Successor, Ticket, hand_over};

/// How long a peer has to take the answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer that wait for more.
const MOST_AT_ONCE: usize = 16 * 1024;
/// How long we read on after a refusal, so that no reset overtakes it.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;
/// The worker's one App, there as soon as it is built.
type AppCell<S> = Rc<OnceCell<Rc<S>>>;

/// The factory of a worker's App, which keeps what it builds so that the upgrade service can call it too.
pub struct SharedApp<F: ServiceFactory<Request>> {
    factory: F,
    app: AppCell<F::Service>,
}

impl<F: ServiceFactory<Request, Config = ()>> SharedApp<F> {
    pub fn new(factory: F) -> Self {
        Self {
            factory,
            app: Rc::default(),
        }
    }

    /// The upgrade service that belongs to this App.
    pub fn upgrade(&self) -> UpgradeFactory<F::Service> {
        UpgradeFactory { app: self.app.clone() }
    }
}

impl<F> ServiceFactory<Request> for SharedApp<F>
where
    F: ServiceFactory<Request, Config = ()>,
    F::Future: 'static,
    F::Service: 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = ();
    type Service = Rc<F::Service>;
    type InitError = F::InitError;
    type Future = Boxed<Result<Self::Service, F::InitError>>;

    fn new_service(&self, config: ()) -> Self::Future {
        let (service, app) = (self.factory.new_service(config), self.app.clone());
        Box::pin(async move {
            let service = Rc::new(service.await?);
            Ok(app.get_or_init(|| service).clone())
        })
    }
}

/// Makes the upgrade service. actix builds it before the App, so the App is looked up when it is needed.
pub struct UpgradeFactory<S> {
    app: AppCell<S>,
}

impl<S, B> ServiceFactory<(Request, Framed<Patient, Codec>)> for UpgradeFactory<S>
where
    S: Service<Request, Response = ServiceResponse<B>> + 'static,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = ();
    type Error = Infallible;
    type Config = ();
    type Service = UpgradeService<S>;
    type InitError = Infallible;
    type Future = std::future::Ready<Result<Self::Service, Infallible>>;

    fn new_service(&self, (): ()) -> Self::Future {
        std::future::ready(Ok(UpgradeService { app: self.app.clone() }))
    }
}

pub struct UpgradeService<S> {
    app: AppCell<S>,
}

impl<S, B> Service<(Request, Framed<Patient, Codec>)> for UpgradeService<S>
where
    S: Service<Request, Response = ServiceResponse<B>> + 'static,
    S::Error: Into<Response<BoxBody>>,
    B: MessageBody + 'static,
{
    type Response = ();
    /// An error would be logged once per socket, by actix. A peer that leaves is none.
    type Error = Infallible;
    type Future = Boxed<Result<(), Infallible>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, (request, framed): (Request, Framed<Patient, Codec>)) -> Self::Future {
        let app = self
            .app
            .get()
            .expect("a connection is served only after the App is built")
            .clone();
        Box::pin(async move {
            let ticket = Rc::new(Ticket::default());
            request.extensions_mut().insert(ticket.clone());
            let response = match app.call(request).await {
                Ok(response) => Response::from(response).map_into_boxed_body(),
                Err(error) => error.into(),
            };
            let connection = framed.into_parts();
            // Both fail only with the peer's leaving.
            let _ = match ticket.redeem() {
                Some(successor) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                    switch(connection, response, successor).await
                }
                _ => refuse(connection, response).await,
            };
            Ok(())
        })
    }
}

/// Writes the head of a 101 answer and hands the socket over.
async fn switch(
    mut connection: FramedParts<Patient, Codec>,
    response: Response<BoxBody>,
    successor: Successor,
) -> io::Result<()> {
    let head = Message::Item((response.drop_body(), BodySize::None));
    connection.codec.encode(head, &mut connection.write_buf)?;
    timeout(WRITE_TIMEOUT, connection.io.write_all(&connection.write_buf)).await??;
    timeout(WRITE_TIMEOUT, connection.io.flush()).await??;
    hand_over(connection.io.into_inner(), connection.read_buf, successor);
    Ok(())
}

/// Writes any other answer and ends the connection.
async fn refuse(mut connection: FramedParts<Patient, Codec>, mut response: Response<BoxBody>) -> io::Result<()> {
    let head = response.head_mut();
    head.set_connection_type(ConnectionType::Close);
    // The request counts as a stream, for which chunks would not be decoded.
    head.no_chunking(true);
    let (response, body) = response.into_parts();
    let size = body.size();
    connection
        .codec
        .encode(Message::Item((response, size)), &mut connection.write_buf)?;
    let mut body = pin!(body);
    // Head and body go out together, since many clients show only what comes with the head.
    while let Some(Ok(chunk)) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        connection
            .codec
            .encode(Message::Chunk(Some(chunk)), &mut connection.write_buf)?;
        if connection.write_buf.len() >= MOST_AT_ONCE {
            timeout(WRITE_TIMEOUT, connection.io.write_all(&connection.write_buf)).await??;
            connection.write_buf.clear();
        }
    }
    timeout(WRITE_TIMEOUT, connection.io.write_all(&connection.write_buf)).await??;
    timeout(WRITE_TIMEOUT, connection.io.shutdown()).await??;
    let mut sink = [0; 1024];
    let drain = async { while connection.io.read(&mut sink).await.is_ok_and(|count| count > 0) {} };
    let _ = timeout(DRAIN_TIMEOUT, drain).await;
    Ok(())
}
