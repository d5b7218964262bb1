//! Services of SockJS that stand on the library alone.

use std::time::Duration;

use tertulia::{
    AllowedOrigins, CloseStatus, HandlerError, HandlerMapping, Limits, Rules, Session, SockJs, WebSocketHandler,
};

use crate::app::{Echo, EchoApp, spawn_services};

/// Texts of one answer, in bytes, until it ends.
pub const RESPONSE_BYTES: usize = 4096;
/// Nobody is lost as long as a test lasts.
const LONG: Duration = Duration::from_secs(3600);
/// Somebody is lost almost at once.
const BRIEF: Duration = Duration::from_millis(20);

/// Closes every session at once.
#[derive(Clone, Copy)]
struct Close;

impl WebSocketHandler for Close {
    fn after_connection_established(&self, session: &Session) -> Result<(), HandlerError> {
        session.close(CloseStatus::new(3000, "Go away!").unwrap());
        Ok(())
    }

    fn handle_text_message(&self, _: &Session, _: &str) -> Result<(), HandlerError> {
        Ok(())
    }
}

/// `/echo` says everything back, `/plain_echo` does so without WebSocket, `/cookie_echo` with a cookie for load balancers,
/// `/brief_echo` loses who is away for an instant, `/own_echo` is for its own pages, `/boundless_echo` takes texts of any
/// length; `/close` closes at once, and `/brief_close` forgets it.
pub fn services(workers: usize) -> EchoApp {
    let sockjs = || SockJs::new().response_bytes(RESPONSE_BYTES).disconnect_delay(LONG);
    let mounted = [
        ("/echo", sockjs()),
        ("/plain_echo", sockjs().websocket(false)),
        ("/cookie_echo", sockjs().jsessionid()),
        ("/brief_echo", sockjs().disconnect_delay(BRIEF)),
        ("/own_echo", sockjs()),
        ("/boundless_echo", sockjs()),
    ];
    let closing = [("/close", sockjs()), ("/brief_close", sockjs().disconnect_delay(BRIEF))];
    spawn_services(workers, move |worker, config| {
        for (path, sockjs) in mounted.clone() {
            let mut mapping = HandlerMapping::new(Echo, path).with_sockjs(sockjs);
            if path == "/own_echo" {
                mapping = mapping.allowed_origins(AllowedOrigins::same());
            }
            if path == "/boundless_echo" {
                mapping = mapping.limits(Limits {
                    rules: Rules {
                        max_message_bytes: 0,
                        ..Rules::default()
                    },
                    ..Limits::default()
                });
            }
            config.configure(mapping.register(worker));
        }
        for (path, sockjs) in closing.clone() {
            config.configure(HandlerMapping::new(Close, path).with_sockjs(sockjs).register(worker));
        }
    })
}
