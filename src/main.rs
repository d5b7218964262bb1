//! Parses, starts logging, runs, gives an exit code.

#![forbid(unsafe_code)]

use std::{
    env,
    io::{self, IsTerminal, Write},
    net::TcpListener,
    process::ExitCode,
};

use tertulia::{
    server::{self, ServerError, ServiceManager, Tertulia},
    settings::{self, Command, Settings},
};
use tracing_subscriber::EnvFilter;

/// Crates beneath that say more than an operator needs, and some that strangers can make say it.
const QUIET: &str = "actix_server=warn,actix_session=error,actix_http::h1::dispatcher=off";

fn main() -> ExitCode {
    match settings::parse(env::args_os(), |name| env::var_os(name)) {
        Err(exit) => exit.print(),
        Ok(Command::CheckOrigin { settings, url }) => settings::check_origin(&settings, &url).print(),
        Ok(Command::Health(url)) => server::ask(&url).print(),
        Ok(Command::Serve(settings)) => {
            let (socket, settings) = match on_socket(settings) {
                Ok(found) => found,
                Err(code) => return code,
            };
            tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new(format!("{QUIET},{}", settings.log)))
                .with_writer(io::stderr)
                .with_ansi(io::stderr().is_terminal())
                .init();
            for name in settings::unknown_variables(env::vars_os().map(|(name, _)| name)) {
                tracing::warn!(name, "no such setting; the variable is ignored");
            }
            match actix_rt::System::new().block_on(serve(settings, socket)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(&error),
            }
        }
    }
}

/// The socket that a service manager handed over, if it did, and the settings that hold on it.
fn on_socket(settings: Settings) -> Result<(Option<TcpListener>, Settings), ExitCode> {
    let address = |socket: TcpListener| Ok::<_, ServerError>((socket.local_addr()?, socket));
    let found = server::handed_over().map_err(ServerError::from);
    match found.and_then(|socket| socket.map(address).transpose()) {
        Err(error) => Err(fail(&error)),
        Ok(None) => Ok((None, settings)),
        Ok(Some((address, socket))) => match settings.on_socket(address) {
            Ok(settings) => Ok((Some(socket), settings)),
            Err(exit) => Err(exit.print()),
        },
    }
}

async fn serve(settings: Settings, socket: Option<TcpListener>) -> Result<(), ServerError> {
    // Before anything else, so that no signal is missed.
    let shutdown = server::signal()?;
    let (bind, base, scheme) = (settings.bind, settings.base_path.clone(), settings.scheme());
    let manager = ServiceManager::from_env()?;
    let tertulia = Tertulia::prepare(settings).await?.telling(manager);
    let listener = socket.map_or_else(|| server::listen("bind", bind), Ok)?;
    // Nobody may be reading: that is no reason to fail.
    let _ = writeln!(
        io::stdout(),
        "tertulia is listening on {scheme}://{}{}",
        listener.local_addr()?,
        if base.is_root() {
            String::new()
        } else {
            base.to_string()
        }
    );
    tertulia.run(listener, shutdown).await
}

/// One line: what failed, and why.
fn fail(error: &ServerError) -> ExitCode {
    let mut line = format!("error: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        line += &format!(": {cause}");
        source = cause.source();
    }
    eprintln!("{line}");
    ExitCode::FAILURE
}
