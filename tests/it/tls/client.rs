//! Clients over TLS, and certificates for them to trust.

use std::{fs, io, net::SocketAddr, path::Path, pin::Pin, sync::Arc, task::Context, task::Poll};

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
        version,
    },
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::peer::within;

/// A certificate that vouches for itself, for localhost and one public name.
pub struct Certificate {
    pem: String,
    key_pem: String,
    pub der: CertificateDer<'static>,
}

pub const PUBLIC: &str = "chat.example.org";

impl Certificate {
    pub fn new() -> Self {
        Self::of(|_| {})
    }

    /// One whose time is over.
    pub fn ended() -> Self {
        Self::of(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1))
    }

    fn of(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(["localhost".to_owned(), PUBLIC.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            key_pem: key.serialize_pem(),
            der: certificate.der().clone(),
        }
    }

    /// Puts both files into `folder`, each in one step.
    pub fn write(&self, folder: &Path) {
        for (name, text) in [("key.pem", &self.key_pem), ("cert.pem", &self.pem)] {
            let new = folder.join("new");
            fs::write(&new, text).unwrap();
            fs::rename(&new, folder.join(name)).unwrap();
        }
    }

    /// A client that trusts this one and no other.
    pub fn client(&self) -> Client {
        self.client_of(&[&version::TLS13, &version::TLS12])
    }

    pub fn client_of(&self, versions: &[&'static SupportedProtocolVersion]) -> Client {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Client {
            config,
            step: usize::MAX,
        }
    }
}

/// Connects by TLS.
#[derive(Clone)]
pub struct Client {
    pub config: ClientConfig,
    /// The most bytes that one write hands to the system.
    pub step: usize,
}

/// What `Client` speaks TLS over.
pub struct Stepping {
    pub tcp: TcpStream,
    step: usize,
}

pub type Tls = TlsStream<Stepping>;

impl Client {
    pub async fn connect(&self, address: SocketAddr) -> io::Result<Tls> {
        self.connect_on(TcpStream::connect(address).await.unwrap()).await
    }

    /// [`Self::connect`] on a connection that is there already.
    pub async fn connect_on(&self, tcp: TcpStream) -> io::Result<Tls> {
        tcp.set_nodelay(true).unwrap();
        let stream = Stepping { tcp, step: self.step };
        let name = ServerName::try_from("localhost").unwrap();
        let connector = TlsConnector::from(Arc::new(self.config.clone()));
        within("TLS handshake", connector.connect(name, stream)).await
    }

    /// A request for `host`, and the whole answer.
    pub async fn ask(&self, address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        ask_on(self.connect(address).await.unwrap(), method, path, headers, body).await
    }

    /// Takes a name: the cookie.
    pub async fn sign_in(&self, address: SocketAddr, name: &str) -> String {
        let body = json!({ "name": name }).to_string();
        let headers = format!(
            "Host: localhost:{}\r\nContent-Type: application/json\r\n",
            address.port()
        );
        let answer = self.ask(address, "POST", "/session", &headers, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let cookie = answer.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().into()
    }

    /// Takes a name, opens a socket of `tertulia.v1` and reads the greeting.
    pub async fn chat(&self, address: SocketAddr, name: &str) -> Chat {
        let cookie = self.sign_in(address, name).await;
        let stream = self.connect(address).await.unwrap();
        let mut chat = self.open_on(stream, address, &cookie, None).await.unwrap();
        chat.next_of("history").await;
        chat
    }

    /// Opens a socket.
    pub async fn open_on(
        &self,
        stream: Tls,
        address: SocketAddr,
        cookie: &str,
        origin: Option<&str>,
    ) -> Result<Chat, u16> {
        let url = format!("wss://localhost:{}/ws", address.port());
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("cookie", HeaderValue::from_str(cookie).unwrap());
        headers.insert("sec-websocket-protocol", HeaderValue::from_static("tertulia.v1"));
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_str(origin).unwrap());
        }
        match within("handshake", client_async(request, stream)).await {
            Ok((stream, _)) => Ok(Chat { stream }),
            Err(tungstenite::Error::Http(refusal)) => Err(refusal.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }
}

/// A request over any stream, and the whole answer.
pub async fn ask_on<S>(mut stream: S, method: &str, path: &str, headers: &str, body: &str) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let length = body.len();
    let request =
        format!("{method} {path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut bytes = Vec::new();
    // The end of TLS too must be in good order, or this fails.
    within("an answer", stream.read_to_end(&mut bytes)).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer {
        status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
        text,
    }
}

pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\r\n\r\n").next().unwrap();
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(got, _)| got.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// A socket of the chat.
pub struct Chat {
    pub stream: WebSocketStream<Tls>,
}

impl Chat {
    pub async fn message(&mut self) -> Message {
        within("a message", self.stream.next())
            .await
            .expect("the connection has ended")
            .expect("the connection broke")
    }

    /// The next frame of this type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        self.next_of_any(&[kind]).await
    }

    /// The next frame of one of these types; others are passed over.
    pub async fn next_of_any(&mut self, kinds: &[&str]) -> Value {
        loop {
            if let Message::Text(text) = self.message().await {
                let frame: Value = serde_json::from_str(&text).unwrap();
                if kinds.iter().any(|kind| frame["type"] == *kind) {
                    return frame;
                }
            }
        }
    }

    pub async fn say(&mut self, text: &str) {
        let command = json!({ "type": "say", "text": text }).to_string();
        within("sending", self.stream.send(Message::text(command)))
            .await
            .unwrap();
    }

    /// The next text must be this.
    pub async fn hears(&mut self, text: &str) {
        let heard = self.next_of("chat").await;
        assert!(heard["text"] == text, "another text");
    }

    /// The code with which the server closes; what comes before is passed over.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.message().await {
                return frame.map_or(1005, |frame| frame.code.into());
            }
        }
    }

    /// Reads until the connection ends, by WebSocket, by TLS and by TCP in good order.
    pub async fn ends_well(mut self) {
        while let Some(message) = within("the end", self.stream.next()).await {
            message.expect("the connection broke");
        }
        let rest = within("the end", self.stream.get_mut().read(&mut [0])).await;
        assert_eq!(rest.expect("TLS ended without a word"), 0);
    }
}

impl AsyncRead for Stepping {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stepping {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let step = self.step.min(bytes.len());
        Pin::new(&mut self.tcp).poll_write(cx, &bytes[..step])
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
