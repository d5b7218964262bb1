//! A tab of the chat over any transport.

use std::collections::VecDeque;

use reqwest::Response;
use serde_json::{Value, json};

use super::client::{Lines, Packed, Session, closed, frame_of, texts};
use crate::peer::Person;

/// How a tab of the chat gets its frames.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Polling,
    Streaming,
    WebSocket,
}

pub const WAYS: [Way; 3] = [Way::Polling, Way::Streaming, Way::WebSocket];

/// A tab of the chat.
pub struct Tab {
    pub session: Session,
    way: Way,
    /// A poll that waits for its frame.
    asked: Option<Response>,
    lines: Option<Lines>,
    socket: Option<Packed>,
    heard: VecDeque<Value>,
    closed: Option<(u16, String)>,
    /// Heartbeats that came.
    pub heartbeats: usize,
    pub auth: Value,
    pub history: Value,
    pub gap: Value,
    /// The version of presence in its list.
    version: u64,
}

impl Tab {
    /// Opens one of this person's, and reads the greeting.
    pub async fn open(person: &Person, way: Way) -> Self {
        Self::open_with(Session::of(person), way).await.greeted().await
    }

    /// Opens one that is not greeted yet.
    pub async fn open_with(session: Session, way: Way) -> Self {
        let socket = match way {
            Way::WebSocket => Some(session.websocket().await.unwrap()),
            _ => None,
        };
        let mut tab = Self {
            session,
            way,
            asked: None,
            lines: None,
            socket,
            heard: VecDeque::new(),
            closed: None,
            heartbeats: 0,
            auth: Value::Null,
            history: Value::Null,
            gap: Value::Null,
            version: 0,
        };
        assert_eq!(tab.frame().await, "o", "{way:?}");
        tab
    }

    pub async fn greeted(mut self) -> Self {
        self.auth = self.next().await;
        assert_eq!(self.auth["type"], "auth");
        let list = self.next().await;
        assert_eq!(list["type"], "user-list");
        self.version = list["version"].as_u64().unwrap();
        assert_eq!(self.next().await["type"], "server-time");
        self.history = self.next().await;
        if self.history["type"] == "gap" {
            let history = self.next().await;
            self.gap = std::mem::replace(&mut self.history, history);
        }
        assert_eq!(self.history["type"], "history");
        self
    }

    /// Has an answer open when it returns: whatever is said from here on finds a listener.
    pub async fn listen(&mut self) {
        if let (Way::Polling, None) = (self.way, &self.asked) {
            self.asked = Some(self.session.post("xhr").await);
        }
        if let (Way::Streaming, None) = (self.way, &self.lines) {
            self.lines = Some(self.session.stream().await);
        }
    }

    async fn frame(&mut self) -> String {
        match self.way {
            Way::Polling => match self.asked.take() {
                Some(asked) => frame_of(asked).await,
                None => self.session.poll().await,
            },
            Way::WebSocket => self.socket.as_mut().unwrap().frame().await,
            Way::Streaming => loop {
                let lines = match &mut self.lines {
                    Some(lines) => lines,
                    none => none.insert(self.session.stream().await),
                };
                match lines.next().await {
                    Some(frame) => return frame,
                    None => self.lines = None,
                }
            },
        }
    }

    /// The next frame of the chat; `None` once the session is closed. Changes of presence that are in the list already are
    /// passed over, as a client should.
    async fn try_next(&mut self) -> Option<Value> {
        loop {
            match self.heard.pop_front() {
                Some(frame) if frame["version"].as_u64().is_some_and(|version| version <= self.version) => continue,
                Some(frame) => return Some(frame),
                None => {}
            }
            if self.closed.is_some() {
                return None;
            }
            let frame = self.frame().await;
            self.heartbeats += usize::from(frame == "h");
            self.closed = closed(&frame);
            let said = texts(&frame);
            self.heard
                .extend(said.iter().map(|text| serde_json::from_str::<Value>(text).unwrap()));
        }
    }

    pub async fn next(&mut self) -> Value {
        let next = self.try_next().await;
        next.unwrap_or_else(|| panic!("closed: {:?}", self.closed))
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

    /// Waits for the next heartbeat.
    pub async fn heartbeat(&mut self) {
        assert_eq!(self.frame().await, "h");
        self.heartbeats += 1;
    }

    /// Sends commands, in one packing.
    pub async fn commands(&mut self, commands: &[Value]) {
        let texts: Vec<String> = commands.iter().map(Value::to_string).collect();
        match &mut self.socket {
            Some(socket) => socket.send(&json!(texts).to_string()).await,
            None => {
                self.session
                    .send(&texts.iter().map(String::as_str).collect::<Vec<_>>())
                    .await
            }
        }
    }

    pub async fn say(&mut self, text: &str) {
        self.commands(&[json!({ "type": "say", "text": text })]).await;
    }

    /// Says something and reads it back: the next frame is this one.
    pub async fn hears_only(&mut self, text: &str) {
        self.say(text).await;
        let frame = self.next().await;
        assert_eq!(
            (&frame["type"], &frame["text"]),
            (&json!("chat"), &json!(text)),
            "{frame}"
        );
    }

    /// What comes until the session is closed, and with what it is.
    pub async fn rest(&mut self) -> (Vec<Value>, (u16, String)) {
        let mut frames = Vec::new();
        while let Some(frame) = self.try_next().await {
            frames.push(frame);
        }
        (frames, self.closed.clone().unwrap())
    }

    pub async fn closed(&mut self) -> (u16, String) {
        self.rest().await.1
    }
}
