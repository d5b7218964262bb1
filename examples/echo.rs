//! Says everything back, text and binary: the library without the chat. A conformance suite can run against it.
//!
//! `cargo run --release --example echo -- --port 9001 --max-message 16777216`

use std::net::{Ipv4Addr, TcpListener};

use actix_web::App;
use clap::{Arg, Command, value_parser};
use tertulia::{
    AllowedOrigins, Clocks, HandlerError, HandlerMapping, HubNumbers, Limits, Rules, Session, WebSocketHandler, Worker,
    serve,
};

struct Echo;

impl WebSocketHandler for Echo {
    fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError> {
        session.send_text(text);
        Ok(())
    }

    fn handle_binary_message(&self, session: &Session, data: &[u8]) -> Result<(), HandlerError> {
        session.send_binary(data);
        Ok(())
    }
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port = Arg::new("port")
        .long("port")
        .value_parser(value_parser!(u16))
        .default_value("9001");
    let bytes = Arg::new("max-message")
        .long("max-message")
        .value_parser(value_parser!(usize))
        .default_value("65536");
    let given = Command::new("echo").arg(port).arg(bytes).get_matches();
    let max_message_bytes = *given.get_one("max-message").expect("it has a default");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *given.get_one("port").expect("it has a default")))?;
    println!("echo is listening on ws://{}", listener.local_addr()?);
    let hubs = HubNumbers::default();
    let server = serve(actix_server::Server::build(), "echo", listener, move || {
        let (worker, _) = Worker::start(&hubs, Clocks::off(), Default::default());
        let mapping = HandlerMapping::new(Echo, "/{anything:.*}")
            .allowed_origins(AllowedOrigins::any())
            .limits(Limits {
                rules: Rules {
                    max_message_bytes,
                    max_fragments: 0,
                },
                ..Limits::default()
            });
        App::new().configure(mapping.register(&worker))
    })?;
    server.run().await
}
