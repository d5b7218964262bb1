//! Servers inside the test's own process, each in a thread of its own: the chat with any settings, and an echo that
//! stands on the library alone.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    sync::{Once, mpsc},
    thread::JoinHandle,
};

use actix_web::{App, web::ServiceConfig};
use tempfile::TempDir;
use tertulia::{
    AllowedOrigins, Clocks, Compression, HandlerError, HandlerMapping, HubNumbers, Limits, Rules, Session,
    WebSocketHandler, Worker, serve,
    server::{Tertulia, listen},
    settings::{Command, Settings, parse},
};
use tokio::sync::oneshot;

use crate::peer::{Person, Socket};

/// A chat that runs. Stopped on `Drop`, in good order.
pub struct TestApp {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Removed after the server has stopped.
    data_dir: TempDir,
}

/// What the program would make of these flags.
pub fn settings(flags: &[&str]) -> Settings {
    let args = std::iter::once("tertulia").chain(flags.iter().copied());
    match parse(args.map(Into::into), |_| None) {
        Ok(Command::Serve(settings)) => settings,
        other => panic!("{other:?}"),
    }
}

/// Starts a chat on a free port, with a data directory of its own.
pub fn spawn_app(settings: Settings) -> TestApp {
    log();
    let data_dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        data_dir: data_dir.path().into(),
        ..settings
    };
    let listener = listen("bind", (Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix_rt::System::new().block_on(async {
            let server = Tertulia::prepare(settings).await.unwrap();
            // Whoever drops the sender wants the end too.
            let shutdown = async { drop(stopped.await) };
            server.run(listener, shutdown).await.unwrap();
        });
    });
    TestApp {
        address,
        stop: Some(stop),
        thread: Some(thread),
        data_dir,
    }
}

impl TestApp {
    /// Where it keeps what outlives it.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Somebody takes a name.
    pub async fn sign_in(&self, name: &str) -> Person {
        Person::sign_in(self.address, name).await
    }

    /// Somebody takes a name, opens a socket and is greeted.
    pub async fn connect(&self, name: &str) -> Socket {
        self.sign_in(name).await.connect().await
    }

    /// Asks the server to stop, as a signal does. `Drop` waits until it has.
    pub fn begin_shutdown(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that has ended needs no asking.
            let _ = stop.send(());
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.begin_shutdown();
        join(self.thread.take());
    }
}

/// The text at which the echo's handler fails.
pub const FAIL: &str = "please fail";

/// Says everything back, text and binary, and fails when asked to.
pub struct Echo;

impl WebSocketHandler for Echo {
    fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError> {
        if text == FAIL {
            return Err(HandlerError::Failed("as asked".into()));
        }
        session.send_text(text);
        Ok(())
    }

    fn handle_binary_message(&self, session: &Session, data: &[u8]) -> Result<(), HandlerError> {
        session.send_binary(data);
        Ok(())
    }
}

/// An echo on the library's own registration, at every path and for every origin. Stopped on `Drop`.
pub struct EchoApp {
    pub address: SocketAddr,
    handle: actix_server::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// Starts an echo on a free port, which holds its peers to `rules`.
pub fn spawn_echo(rules: Rules) -> EchoApp {
    spawn_echo_with(rules, None)
}

/// [`spawn_echo`], with permessage-deflate perhaps.
pub fn spawn_echo_with(rules: Rules, compression: Option<Compression>) -> EchoApp {
    spawn_services(1, move |worker, config| {
        let mapping = HandlerMapping::new(Echo, "/{anything:.*}")
            .allowed_origins(AllowedOrigins::any())
            .compression(compression)
            .limits(Limits {
                rules,
                ..Limits::default()
            });
        config.configure(mapping.register(worker));
    })
}

/// Starts what `configure` mounts, on a free port and on so many workers.
pub fn spawn_services(
    workers: usize,
    configure: impl Fn(&Worker, &mut ServiceConfig) + Clone + Send + 'static,
) -> EchoApp {
    log();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (started, starts) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_rt::System::new().block_on(async {
            let builder = actix_server::Server::build().workers(workers).disable_signals();
            let hubs = HubNumbers::default();
            let server = serve(builder, "echo", listener, move || {
                let (worker, _) = Worker::start(&hubs, Clocks::off(), Default::default());
                let configure = configure.clone();
                App::new().configure(move |config| configure(&worker, config))
            });
            let server = server.unwrap().run();
            started.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    EchoApp {
        address,
        handle: starts.recv().unwrap(),
        thread: Some(thread),
    }
}

impl Drop for EchoApp {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for its end, for which the thread stands.
        drop(self.handle.stop(false));
        join(self.thread.take());
    }
}

/// A server that panicked fails the test that used it, unless that fails already.
fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread
        && thread.join().is_err()
        && !std::thread::panicking()
    {
        panic!("the server panicked");
    }
}

/// Servers log only where `TEST_LOG` is set, to a filter or to anything.
fn log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Ok(filter) = std::env::var("TEST_LOG") {
            let filter = if filter.contains(|sign: char| sign.is_alphabetic()) {
                filter
            } else {
                "debug".into()
            };
            tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(std::io::stderr)
                .init();
        }
    });
}
