//! The TLS handshake, before HTTP begins: bounded in time, and a word to those who speak HTTP without it.

use std::{future::poll_fn, io, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{TlsStream, session::Session};

/// How long a client may take for the handshake, from its first byte on or without any.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long we read on after the word to those without TLS, so that no reset overtakes it.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// The content type of a handshake record (RFC 8446 section 5.1), with which every client begins. No method of HTTP
/// does.
const HANDSHAKE: u8 = 22;

/// Shakes hands.
///
/// # Errors
///
/// The client cannot or does not, or it spoke plain HTTP, which has been answered.
pub async fn accept(tcp: TcpStream, config: Arc<ServerConfig>) -> io::Result<TlsStream> {
    let shaken = timeout(HANDSHAKE_TIMEOUT, async {
        let mut first = [0];
        if tcp.peek(&mut first).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        if first != [HANDSHAKE] {
            return Ok(Err(tcp));
        }
        let mut stream = TlsStream::new(tcp, Session::new(config)?);
        poll_fn(|cx| stream.poll_handshake(cx)).await?;
        Ok(Ok(stream))
    });
    match shaken.await?? {
        Ok(stream) => Ok(stream),
        Err(plain) => {
            // It fails only with the client's leaving.
            let _ = timeout(HANDSHAKE_TIMEOUT, send_away(plain)).await;
            Err(io::Error::new(io::ErrorKind::InvalidData, "not TLS"))
        }
    }
}

/// Answers plain HTTP. What was asked for does not matter, and where the client is to go it knows best: under which
/// name it came here, nobody has checked.
async fn send_away(mut tcp: TcpStream) -> io::Result<()> {
    const TEXT: &str = "This port speaks HTTPS. Open the same address with https:// in front.\n";
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{TEXT}",
        TEXT.len()
    );
    tcp.write_all(answer.as_bytes()).await?;
    tcp.shutdown().await?;
    let mut sink = [0; 1024];
    let drain = async { while tcp.read(&mut sink).await.is_ok_and(|count| count > 0) {} };
    let _ = timeout(DRAIN_TIMEOUT, drain).await;
    Ok(())
}
