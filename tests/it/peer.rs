//! Foreign clients for a server at any address: people who sign in over HTTP, and their sockets.

use std::{
    future::Future,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        http::{HeaderValue, Response, header},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

/// What takes longer than this hangs. Not a measure of anything.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The sub-protocol of JSON commands.
pub const V1: Option<&str> = Some("tertulia.v1");
/// The dialect in which a text frame is what is said.
pub const PLAIN: Option<&str> = None;

/// Waits for `future`, but not for ever.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// Looks again and again until `check` holds.
pub async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !check().await {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// An HTTP client that keeps no connection and goes where it is told.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// One value of `/metrics`, the sum where it has labels; 0 for what was never counted.
pub async fn metric(address: SocketAddr, name: &str) -> f64 {
    let text = http().get(format!("http://{address}/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    text.lines()
        .filter(|line| line.split(['{', ' ']).next() == Some(name))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}

/// Somebody with a name: an HTTP session.
#[derive(Clone, Debug)]
pub struct Person {
    pub address: SocketAddr,
    pub id: String,
    pub name: String,
    /// `name=value`, as it stands in the `Cookie` header.
    pub cookie: String,
}

impl Person {
    /// Takes a name.
    pub async fn sign_in(address: SocketAddr, name: &str) -> Self {
        Self::try_sign_in(address, name)
            .await
            .unwrap_or_else(|status| panic!("{name} was refused: {status}"))
    }

    /// Takes a name, or the status of the refusal.
    pub async fn try_sign_in(address: SocketAddr, name: &str) -> Result<Self, u16> {
        let nobody = Self {
            address,
            id: String::new(),
            name: String::new(),
            cookie: "other=1".into(),
        };
        nobody.rename(name).await
    }

    /// Takes another name, which makes somebody else of them; or the status of the refusal.
    pub async fn rename(&self, name: &str) -> Result<Self, u16> {
        let answer = self.request(reqwest::Method::POST).json(&json!({ "name": name }));
        let answer = answer.send().await.unwrap();
        if answer.status() != 201 {
            return Err(answer.status().as_u16());
        }
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        Ok(Self {
            address: self.address,
            id: body["id"].as_str().unwrap().into(),
            name: body["name"].as_str().unwrap().into(),
            cookie,
        })
    }

    fn request(&self, method: reqwest::Method) -> reqwest::RequestBuilder {
        http()
            .request(method, format!("http://{}/session", self.address))
            .header("cookie", &self.cookie)
    }

    /// `GET /session`: the status, and the body without `lab`, for which see [`Self::has_lab`].
    pub async fn who(&self) -> (u16, Value) {
        let (status, mut body) = self.session().await;
        if let Some(body) = body.as_object_mut() {
            body.remove("lab");
        }
        (status, body)
    }

    /// Whether the server says that it has a lab.
    pub async fn has_lab(&self) -> bool {
        self.session().await.1["lab"] == true
    }

    async fn session(&self) -> (u16, Value) {
        let answer = self.request(reqwest::Method::GET).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Logs out.
    pub async fn log_out(&self) {
        let answer = self.request(reqwest::Method::DELETE).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }

    /// The same person at the same server, which has moved.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// How this person looks in a frame.
    pub fn shown(&self) -> Value {
        json!({ "id": self.id, "name": self.name })
    }

    /// Opens a socket of `tertulia.v1`, and reads the greeting.
    pub async fn connect(&self) -> Socket {
        self.open(V1).await.greeted().await
    }

    /// Opens a socket that is not greeted yet.
    pub async fn open(&self, protocol: Option<&str>) -> Socket {
        self.try_open(protocol)
            .await
            .unwrap_or_else(|refusal| panic!("no socket for {}: {refusal:?}", self.name))
    }

    /// Opens a socket, or the answer that refuses it.
    pub async fn try_open(&self, protocol: Option<&str>) -> Result<Socket, Response<Option<Vec<u8>>>> {
        let stream = within("TCP connection", TcpStream::connect(self.address))
            .await
            .unwrap();
        self.try_open_on(stream, protocol).await
    }

    /// Comes back with what it has: `epoch=…&after=…`.
    pub async fn come_back(&self, query: &str) -> Result<Socket, Response<Option<Vec<u8>>>> {
        let stream = within("TCP connection", TcpStream::connect(self.address))
            .await
            .unwrap();
        self.come_back_on(stream, query).await
    }

    /// [`Self::come_back`] on a connection that is there already.
    pub async fn come_back_on(&self, stream: TcpStream, query: &str) -> Result<Socket, Response<Option<Vec<u8>>>> {
        self.try_open_at(stream, &format!("/ws?{query}"), V1).await
    }

    /// [`Self::try_open`] on a connection that is there already.
    pub async fn try_open_on(
        &self,
        stream: TcpStream,
        protocol: Option<&str>,
    ) -> Result<Socket, Response<Option<Vec<u8>>>> {
        self.try_open_at(stream, "/ws", protocol).await
    }

    async fn try_open_at(
        &self,
        stream: TcpStream,
        path: &str,
        protocol: Option<&str>,
    ) -> Result<Socket, Response<Option<Vec<u8>>>> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert(header::COOKIE, self.cookie.parse().unwrap());
        if let Some(protocol) = protocol {
            let protocol = HeaderValue::from_str(protocol).unwrap();
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        match within("handshake", client_async(request, stream)).await {
            Ok((stream, _)) => Ok(Socket {
                stream,
                auth: Value::Null,
                list: Value::Null,
                history: Value::Null,
                gap: Value::Null,
                version: 0,
            }),
            Err(tungstenite::Error::Http(refusal)) => Err(*refusal),
            Err(error) => panic!("no handshake: {error}"),
        }
    }
}

/// One live socket. Pings are answered, and close frames too, while it is read.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// The first frame, once it is greeted.
    pub auth: Value,
    /// The second frame, once it is greeted.
    pub list: Value,
    /// What was said before, once it is greeted in `tertulia.v1`.
    pub history: Value,
    /// What it is told that it missed for good, if anything.
    pub gap: Value,
    /// The newest version of presence that was seen.
    version: u64,
}

impl Socket {
    /// Reads the greeting, whose order is fixed.
    pub async fn greeted(mut self) -> Self {
        self.auth = self.next().await;
        assert_eq!(self.auth["type"], "auth");
        self.list = self.next().await;
        assert_eq!(self.list["type"], "user-list");
        let time = self.next().await;
        assert_eq!(time["type"], "server-time");
        if self.auth["protocol"] == "tertulia.v1" {
            self.history = self.next().await;
            if self.history["type"] == "gap" {
                let history = self.next().await;
                self.gap = std::mem::replace(&mut self.history, history);
            }
            assert_eq!(self.history["type"], "history");
        }
        self
    }

    /// The next message of any kind.
    pub async fn message(&mut self) -> Message {
        within("a message", self.stream.next())
            .await
            .expect("the connection has ended")
            .expect("the connection broke")
    }

    /// The next frame of the chat; fails if the server closes instead. Changes of presence that are in the list
    /// already are passed over, as a client should.
    pub async fn next(&mut self) -> Value {
        // Pings alone must not keep a test alive.
        within("a frame", self.next_news()).await
    }

    async fn next_news(&mut self) -> Value {
        loop {
            match self.message().await {
                Message::Text(text) => {
                    let frame = serde_json::from_str(&text).unwrap();
                    if self.is_news(&frame) {
                        return frame;
                    }
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("wanted a text, got {other:?}"),
            }
        }
    }

    fn is_news(&mut self, frame: &Value) -> bool {
        let Some(version) = frame["version"].as_u64() else {
            return true;
        };
        let is_news = frame["type"] == "user-list" || version > self.version;
        self.version = self.version.max(version);
        is_news
    }

    /// The next frame of this type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Sends a text frame as it is.
    pub async fn send(&mut self, text: impl Into<String>) {
        within("sending", self.stream.send(Message::text(text.into())))
            .await
            .unwrap();
    }

    /// Sends text frames, as many in one write as fit.
    pub async fn send_all(&mut self, texts: impl Iterator<Item = String>) {
        for text in texts {
            within("sending", self.stream.feed(Message::text(text))).await.unwrap();
        }
        within("sending", self.stream.flush()).await.unwrap();
    }

    /// Sends a command of `tertulia.v1`.
    pub async fn command(&mut self, command: Value) {
        self.send(command.to_string()).await;
    }

    /// Says something in `tertulia.v1`.
    pub async fn say(&mut self, text: &str) {
        self.command(json!({ "type": "say", "text": text })).await;
    }

    /// Says something and reads it back. So it is proved that nothing came before it: the next frame is this one.
    pub async fn hears_only(&mut self, text: &str) {
        self.say(text).await;
        self.next_is_chat(text).await;
    }

    /// The next frame must be this chat.
    pub async fn next_is_chat(&mut self, text: &str) {
        let frame = self.next().await;
        assert_eq!(
            (&frame["type"], &frame["text"]),
            (&json!("chat"), &json!(text)),
            "{frame}"
        );
    }

    /// The code and the reason with which the server closes; what comes before is passed over.
    pub async fn closed(&mut self) -> (u16, String) {
        self.rest().await.1
    }

    /// The frames that come until the server closes, and with what it closes: 1005 without a code.
    pub async fn rest(&mut self) -> (Vec<Value>, (u16, String)) {
        let mut frames = Vec::new();
        loop {
            match self.message().await {
                Message::Text(text) => frames.push(serde_json::from_str(&text).unwrap()),
                Message::Close(Some(CloseFrame { code, reason })) => {
                    self.end().await;
                    return (frames, (code.into(), reason.to_string()));
                }
                Message::Close(None) => return (frames, (1005, String::new())),
                _ => {}
            }
        }
    }

    /// Reads until the connection ends, so that our own close frame is sent.
    async fn end(&mut self) {
        within("the end", async { while let Some(Ok(_)) = self.stream.next().await {} }).await;
    }

    /// Closes in good order.
    pub async fn close(mut self) {
        let normal = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        within("closing", self.stream.close(Some(normal))).await.unwrap();
        self.end().await;
    }

    /// Ends the connection with a reset.
    pub fn reset(self) {
        reset(self.stream.get_ref());
    }

    /// Ends the connection without a close frame.
    pub async fn cut(mut self) {
        self.stream.get_mut().shutdown().await.unwrap();
    }
}

/// Makes the coming close of `stream` a reset.
pub fn reset(stream: &TcpStream) {
    SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}
