//! The services that the public test suite of the SockJS protocol asks for; see `scripts/sockjs-suite`.
//!
//! `cargo run --release --example sockjs_suite -- --port 8081`

use std::net::{Ipv4Addr, TcpListener};

use actix_web::App;
use clap::{Arg, Command, value_parser};
use tertulia::{
    Clocks, CloseStatus, HandlerError, HandlerMapping, HubNumbers, Session, SockJs, WebSocketHandler, Worker, serve,
};

/// Says everything back.
struct Echo;

impl WebSocketHandler for Echo {
    fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError> {
        session.send_text(text);
        Ok(())
    }
}

/// Closes every session at once.
struct Close;

impl WebSocketHandler for Close {
    fn after_connection_established(&self, session: &Session) -> Result<(), HandlerError> {
        session.close(CloseStatus::new(3000, "Go away!").map_err(|error| HandlerError::Failed(error.into()))?);
        Ok(())
    }

    fn handle_text_message(&self, _: &Session, _: &str) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = Arg::new("port")
        .long("port")
        .value_parser(value_parser!(u16))
        .default_value("8081");
    let given = Command::new("sockjs_suite").arg(port).get_matches();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *given.get_one("port").expect("it has a default")))?;
    println!("the services are at http://{}", listener.local_addr()?);
    let hubs = HubNumbers::default();
    // The suite reads some answers to their end, so it wants short ones.
    let services = [(); 4].map(|()| SockJs::new().response_bytes(4096));
    let server = serve(actix_server::Server::build(), "sockjs", listener, move || {
        let (worker, _) = Worker::start(&hubs, Clocks::off(), Default::default());
        let [echo, no_websocket, cookie, close] = services.clone();
        App::new()
            .configure(HandlerMapping::new(Echo, "/echo").with_sockjs(echo).register(&worker))
            .configure(
                HandlerMapping::new(Echo, "/disabled_websocket_echo")
                    .with_sockjs(no_websocket.websocket(false))
                    .register(&worker),
            )
            .configure(
                HandlerMapping::new(Echo, "/cookie_needed_echo")
                    .with_sockjs(cookie.jsessionid())
                    .register(&worker),
            )
            .configure(
                HandlerMapping::new(Close, "/close")
                    .with_sockjs(close)
                    .register(&worker),
            )
    })?;
    server.run().await
}
