//! One connection: logging in, upgrading, reading frames, writing them.
//!
//! On the hot path (a receiver gets a frame) there is one `read` system call and no allocation.

use crate::{
    context::{Context, Role},
    frame, handshake,
    login::{self, Answer},
    logins::Session,
    marker,
    peer::Meaning,
};
use mio::net::TcpStream;
use std::{
    io::{ErrorKind, Read, Write},
    time::Instant,
};

/// Every client frame is masked; with what does not matter here.
pub const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Connecting,
    LoggingIn,
    /// Waits for the session that another connection of its group is opening.
    AwaitingSession,
    /// To be connected once more, as the server ended the connection after the log-in.
    Reconnecting,
    Upgrading,
    Subscribing,
    Ready,
    Closed,
}

pub struct Connection {
    pub stream: TcpStream,
    pub role: Role,
    pub state: State,
    /// Whether the server has pinged it since it was opened.
    is_pinged: bool,
    /// Whether the connection has carried the log-in, so that the server may end it.
    reused: bool,
    /// Bytes of a frame (or HTTP head) that has not arrived whole.
    partial: Vec<u8>,
    /// End of the previous payload, for byte-stream protocols.
    stream_tail: Vec<u8>,
    pub outgoing: Vec<u8>,
    outgoing_done: usize,
    last_seq: Option<u64>,
}

impl Connection {
    pub fn new(stream: TcpStream, role: Role) -> Self {
        Self {
            stream,
            role,
            state: State::Connecting,
            is_pinged: false,
            reused: false,
            partial: Vec::new(),
            stream_tail: Vec::new(),
            outgoing: Vec::new(),
            outgoing_done: 0,
            last_seq: None,
        }
    }

    pub fn close(&mut self, index: usize, reason: String, context: &mut Context) {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Closed => return,
            // That the server gives up a connection that reads nothing is no failure.
            State::Ready if self.role == Role::SlowReader => {
                let _ = self.stream.shutdown(std::net::Shutdown::Both);
                return;
            }
            State::Ready => *context.ready_count(self.role) -= 1,
            _ => {}
        }
        context.failed += 1;
        context
            .first_failure
            .get_or_insert_with(|| format!("connection {index}: {reason}"));
        if let Some(logins) = &mut context.logins {
            context.woken.extend(logins.settle(index, Session::Failed));
        }
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
    }

    /// Whether this is a slow reader that is in place.
    pub fn reads_no_more(&self) -> bool {
        self.role == Role::SlowReader && self.state == State::Ready
    }

    pub fn restart(&mut self, stream: TcpStream) {
        self.stream = stream;
        self.state = State::Connecting;
        self.reused = false;
        self.partial.clear();
        self.outgoing.clear();
        self.outgoing_done = 0;
    }

    pub fn on_writable(&mut self, index: usize, context: &mut Context) -> Result<(), String> {
        if self.state == State::Connecting {
            if let Ok(Some(e)) | Err(e) = self.stream.take_error() {
                return Err(e.to_string());
            }
            return self.on_connected(index, context);
        }
        if self.outgoing.is_empty() {
            Ok(())
        } else {
            self.flush_request(index, context)
        }
    }

    /// Logs in, waits for the session of the group, or upgrades.
    pub fn on_connected(&mut self, index: usize, context: &mut Context) -> Result<(), String> {
        let target = if self.role == Role::Sender {
            &context.senders
        } else {
            &context.receivers
        };
        let mut cookies = "";
        if let Some(logins) = &mut context.logins {
            let leads = index.is_multiple_of(logins.login.share);
            match logins.session(index) {
                Session::Pending(_) if leads => {
                    self.state = State::LoggingIn;
                    self.reused = true;
                    self.outgoing = logins.login.request(&target.host, &target.headers, index);
                    logins.first_request.get_or_insert_with(Instant::now);
                    return self.flush_request(index, context);
                }
                Session::Pending(waiting) => {
                    self.state = State::AwaitingSession;
                    waiting.push(index);
                    return Ok(());
                }
                Session::Failed => return Err("the log-in of its group failed".into()),
                Session::Open(opened) => cookies = opened,
            }
        }
        self.state = State::Upgrading;
        self.outgoing = target.upgrade_request(cookies, index);
        self.flush_request(index, context)
    }

    fn after_login(&mut self, answer: Answer, index: usize, context: &mut Context) -> Result<(), String> {
        let logins = context.logins.as_mut().expect("a log-in was sent");
        logins.succeeded += 1;
        logins.last_answer = Some(Instant::now());
        context
            .woken
            .extend(logins.settle(index, Session::Open(answer.cookies)));
        if answer.keep_alive {
            return self.on_connected(index, context);
        }
        self.reconnect(index, context);
        Ok(())
    }

    fn reconnect(&mut self, index: usize, context: &mut Context) {
        self.state = State::Reconnecting;
        context.woken.push(index);
    }

    /// What the end of the connection, by the server or by an error, means.
    fn on_end(&mut self, reason: String, index: usize, context: &mut Context) -> Result<(), String> {
        match self.state {
            State::LoggingIn => match login::parse_answer(&self.partial, true)? {
                Some(answer) => self.after_login(
                    Answer {
                        keep_alive: false,
                        ..answer
                    },
                    index,
                    context,
                ),
                None => Err(format!("log-in: {reason}")),
            },
            State::Upgrading if self.reused && self.partial.is_empty() => {
                self.reconnect(index, context);
                Ok(())
            }
            State::AwaitingSession => {
                self.reconnect(index, context);
                Ok(())
            }
            State::Reconnecting => Ok(()),
            _ => Err(reason),
        }
    }

    fn flush_request(&mut self, index: usize, context: &mut Context) -> Result<(), String> {
        match self.flush() {
            // A log-in's answer may still be there to read.
            Err(_) if self.state == State::LoggingIn => Ok(()),
            Err(reason) => self.on_end(reason, index, context),
            Ok(()) => Ok(()),
        }
    }

    pub fn flush(&mut self) -> Result<(), String> {
        while self.outgoing_done < self.outgoing.len() {
            match self.stream.write(&self.outgoing[self.outgoing_done..]) {
                Ok(n) => self.outgoing_done += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(e.to_string()),
            }
        }
        self.outgoing.clear();
        self.outgoing_done = 0;
        Ok(())
    }

    pub fn on_readable(
        &mut self,
        index: usize,
        drain: bool,
        buffer: &mut [u8],
        context: &mut Context,
    ) -> Result<(), String> {
        loop {
            let n = match self.stream.read(buffer) {
                Ok(0) => return self.on_end("closed by the server".into(), index, context),
                Ok(n) => n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return self.on_end(e.to_string(), index, context),
            };
            context.tally.counters.reads += 1;
            context.tally.counters.received_bytes += n as u64;
            let now = Instant::now();
            if self.partial.is_empty() {
                let used = self.consume(index, &buffer[..n], now, context)?;
                self.partial.extend_from_slice(&buffer[used..n]);
            } else {
                let mut pending = std::mem::take(&mut self.partial);
                pending.extend_from_slice(&buffer[..n]);
                let used = self.consume(index, &pending, now, context)?;
                pending.drain(..used);
                self.partial = pending;
            }
            // A short read has emptied the socket: no second call to learn that.
            if (n < buffer.len() && !drain) || self.state == State::Reconnecting || self.reads_no_more() {
                return Ok(());
            }
        }
    }

    /// Handles every whole frame in `bytes`; returns how many bytes they took.
    fn consume(&mut self, index: usize, bytes: &[u8], now: Instant, context: &mut Context) -> Result<usize, String> {
        let mut used = 0;
        match self.state {
            State::LoggingIn => {
                let Some(answer) = login::parse_answer(bytes, false)? else {
                    return Ok(0);
                };
                self.after_login(answer, index, context)?;
                return Ok(bytes.len());
            }
            State::AwaitingSession | State::Reconnecting => return Ok(bytes.len()),
            _ => {}
        }
        if self.state == State::Upgrading {
            let Some(head_len) = handshake::head_len(bytes) else {
                return Ok(0);
            };
            let subprotocol = context.target(self.role).subprotocol.as_deref();
            handshake::check_response(&bytes[..head_len], index, subprotocol)?;
            used = head_len;
            self.after_upgrade(index, context)?;
        }
        if self.reads_no_more() {
            return Ok(bytes.len());
        }
        while let Some(header) = frame::parse_header(&bytes[used..]) {
            let Some(frame) = bytes.get(used..used + header.frame_len()) else {
                break;
            };
            used += header.frame_len();
            let payload = &frame[header.header_len..];
            match header.opcode {
                frame::PING => {
                    context.tally.counters.pings += 1;
                    context.pinged += usize::from(!std::mem::replace(&mut self.is_pinged, true));
                    self.answer(frame::PONG, payload)?;
                }
                frame::PONG => {}
                frame::CLOSE => return Err(format!("close frame {:?}", String::from_utf8_lossy(payload))),
                _ => self.on_data(payload, now, context)?,
            }
        }
        Ok(used)
    }

    fn after_upgrade(&mut self, index: usize, context: &mut Context) -> Result<(), String> {
        let subscribe = self.role != Role::Sender;
        for (opcode, payload) in context.peer.opening(subscribe, index) {
            frame::append(&mut self.outgoing, opcode, &payload, Some(MASK));
        }
        for (opcode, payload) in &context.target(self.role).hello {
            frame::append(&mut self.outgoing, *opcode, payload, Some(MASK));
        }
        self.state = State::Subscribing;
        if context.peer.is_ready_after_upgrade() {
            self.become_ready(context);
        }
        self.flush()
    }

    fn become_ready(&mut self, context: &mut Context) {
        self.state = State::Ready;
        *context.ready_count(self.role) += 1;
    }

    #[inline]
    fn on_data(&mut self, payload: &[u8], now: Instant, context: &mut Context) -> Result<(), String> {
        let (role, check_order) = (self.role, context.check_order);
        let (tally, last_seq) = (&mut context.tally, &mut self.last_seq);
        let mut marked = false;
        let mut on_marker = |seq: u64| {
            marked = true;
            if role == Role::Sender {
                tally.counters.sender_echoes += 1;
            } else if role == Role::SlowReader {
                // Not counted.
            } else if check_order && last_seq.replace(seq).is_some_and(|last| seq <= last) {
                tally.counters.duplicates += 1;
            } else {
                tally.delivered(seq, now);
            }
        };
        if context.peer.is_byte_stream() {
            marker::search_across_frames(&mut self.stream_tail, payload, &context.marker, &mut on_marker);
        } else {
            context.marker.find_all(payload, &mut on_marker);
        }
        if marked {
            return Ok(());
        }
        context.tally.counters.other_frames += 1;
        match context.peer.meaning(role != Role::Sender, payload) {
            Meaning::Ready if self.state == State::Subscribing => self.become_ready(context),
            Meaning::AnswerWith(opcode, answer) => self.answer(opcode, answer)?,
            _ => {}
        }
        Ok(())
    }

    fn answer(&mut self, opcode: u8, payload: &[u8]) -> Result<(), String> {
        frame::append(&mut self.outgoing, opcode, payload, Some(MASK));
        self.flush()
    }
}
