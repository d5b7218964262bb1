//! Asking a server that runs whether it is well: one question, for containers that have no other program to ask it with.

mod tls;

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::settings::{Exit, HealthUrl};

/// How long each step may take: to connect, to be heard, to be answered.
const PATIENCE: Duration = Duration::from_secs(5);
/// A status line and what of the answer is shown.
const MOST_BYTES: u64 = 4096;

/// Asks at `url`. Code 0: it said 200; 1: something else, or nothing.
pub fn ask(url: &HealthUrl) -> Exit {
    match answer(url) {
        Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => Exit::healthy(url),
        Ok(answer) => {
            let status = answer.lines().next().unwrap_or_default();
            Exit::unhealthy(url, format_args!("it answered \"{}\"", status.escape_default()))
        }
        Err(error) => Exit::unhealthy(url, error),
    }
}

fn answer(url: &HealthUrl) -> io::Result<String> {
    let stream = connect(url)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match url.is_secure {
        true => converse(tls::connect(stream)?, url),
        false => converse(stream, url),
    }
}

fn converse(mut stream: impl Read + Write, url: &HealthUrl) -> io::Result<String> {
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tertulia-health\r\nConnection: close\r\n\r\n",
        url.path, url.authority
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The first address that takes us; what the last one said, if none does.
fn connect(url: &HealthUrl) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in &url.addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
