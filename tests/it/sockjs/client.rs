//! A foreign client of SockJS: single requests of a session, and what comes of them.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::{SinkExt, StreamExt};
use reqwest::{Body, Method, RequestBuilder, Response};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::header},
};

use crate::peer::{Person, http, within};

/// A session, by the id that its client chose.
#[derive(Clone, Debug)]
pub struct Session {
    pub address: SocketAddr,
    /// `/echo/000/17`.
    pub path: String,
    /// `?…`, or empty.
    pub query: String,
    /// Nobody's if it is empty.
    pub cookie: String,
}

impl Session {
    /// A new one of the service on `service`.
    pub fn new(address: SocketAddr, service: &str) -> Self {
        static SESSIONS: AtomicUsize = AtomicUsize::new(0);
        let id = SESSIONS.fetch_add(1, Ordering::Relaxed);
        Self {
            address,
            path: format!("{service}/000/session-{id}"),
            query: String::new(),
            cookie: String::new(),
        }
    }

    /// A new one of this person's with the chat, in `tertulia.v1`.
    pub fn of(person: &Person) -> Self {
        Self {
            query: "?protocol=tertulia.v1".into(),
            cookie: person.cookie.clone(),
            ..Self::new(person.address, "/sockjs")
        }
    }

    /// The same, as somebody else asks for it.
    pub fn stolen_by(&self, cookie: &str) -> Self {
        Self {
            cookie: cookie.into(),
            ..self.clone()
        }
    }

    pub fn request(&self, method: Method, verb: &str) -> RequestBuilder {
        let url = format!("http://{}{}/{verb}{}", self.address, self.path, self.query);
        let request = http().request(method, url);
        match self.cookie.is_empty() {
            true => request,
            false => request.header("cookie", &self.cookie),
        }
    }

    pub async fn post(&self, verb: &str) -> Response {
        answer(self.request(Method::POST, verb)).await
    }

    pub async fn get(&self, verb: &str) -> Response {
        answer(self.request(Method::GET, verb)).await
    }

    /// Polls once: the frame.
    pub async fn poll(&self) -> String {
        frame_of(self.post("xhr").await).await
    }

    /// Opens the session by a poll.
    pub async fn opened(self) -> Self {
        assert_eq!(self.poll().await, "o");
        self
    }

    /// Says these texts, which are taken.
    pub async fn send(&self, texts: &[&str]) {
        let (status, body) = self.try_send(json!(texts).to_string()).await;
        assert_eq!((status, body.as_str()), (204, ""));
    }

    /// Sends a body: the status, and what is answered.
    pub async fn try_send(&self, body: impl Into<Body>) -> (u16, String) {
        read(self.request(Method::POST, "xhr_send").body(body)).await
    }

    /// Opens a stream, and reads its prelude.
    pub async fn stream(&self) -> Lines {
        let streamed = self.post("xhr_streaming").await;
        assert_eq!(streamed.status(), 200);
        let mut lines = Lines::of(streamed);
        assert_eq!(lines.next().await.as_deref(), Some("h".repeat(2048).as_str()));
        lines
    }

    /// Opens its WebSocket, or the status of the refusal.
    pub async fn websocket(&self) -> Result<Packed, u16> {
        let url = format!("ws://{}{}/websocket{}", self.address, self.path, self.query);
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert(header::COOKIE, self.cookie.parse().unwrap());
        let stream = within("TCP connection", TcpStream::connect(self.address)).await;
        match within("handshake", client_async(request, stream.unwrap())).await {
            Ok((stream, _)) => Ok(Packed(stream)),
            Err(tungstenite::Error::Http(refusal)) => Err(refusal.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }
}

/// The one frame of a poll.
pub async fn frame_of(polled: Response) -> String {
    assert_eq!(polled.status(), 200);
    let body = text(polled).await;
    body.strip_suffix('\n').expect("a frame is a line").to_owned()
}

/// What is answered to a request.
pub async fn answer(request: RequestBuilder) -> Response {
    within("an answer", request.send()).await.unwrap()
}

/// The status and the body of an answer that ends.
pub async fn read(request: RequestBuilder) -> (u16, String) {
    let answered = answer(request).await;
    (answered.status().as_u16(), text(answered).await)
}

pub async fn text(answered: Response) -> String {
    within("the end of an answer", answered.text()).await.unwrap()
}

/// An answer that grows by lines.
pub struct Lines {
    answer: Response,
    seen: Vec<u8>,
}

impl Lines {
    pub fn of(answer: Response) -> Self {
        Self {
            answer,
            seen: Vec::new(),
        }
    }

    /// The next line, or `None` at the end of the answer.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.seen.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.seen.drain(..=end).collect();
                return Some(String::from_utf8(line[..end].to_vec()).unwrap());
            }
            match within("a line", self.answer.chunk()).await.unwrap() {
                Some(chunk) => self.seen.extend_from_slice(&chunk),
                None => {
                    assert!(self.seen.is_empty(), "the end, within a line: {:?}", self.seen);
                    return None;
                }
            }
        }
    }

    /// The next line, which must be there.
    pub async fn frame(&mut self) -> String {
        self.next().await.expect("the answer has ended")
    }
}

/// A WebSocket that carries SockJS.
pub struct Packed(pub WebSocketStream<TcpStream>);

impl Packed {
    /// The next text, or `None` at the end of the socket.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            match within("a frame", self.0.next()).await?.unwrap() {
                Message::Text(text) => return Some(text.to_string()),
                Message::Close(_) => {}
                Message::Binary(_) => panic!("binary has no place here"),
                _ => {}
            }
        }
    }

    pub async fn frame(&mut self) -> String {
        self.next().await.expect("the socket has ended")
    }

    pub async fn send(&mut self, text: &str) {
        within("sending", self.0.send(Message::text(text))).await.unwrap();
    }
}

/// The code and the reason in a close frame.
pub fn closed(frame: &str) -> Option<(u16, String)> {
    serde_json::from_str(frame.strip_prefix('c')?).ok()
}

/// The texts in a frame; of `o` and `h` none.
pub fn texts(frame: &str) -> Vec<String> {
    match frame.strip_prefix('a') {
        Some(list) => serde_json::from_str(list).unwrap(),
        None => Vec::new(),
    }
}
