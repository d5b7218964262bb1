//! A socket that writes down all that it reads, stops reading when it is told to, and ends in every way.

use std::{
    io,
    net::Shutdown,
    sync::{Arc, Mutex},
};

use bytes::BytesMut;
use memchr::memmem;
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::Pace;
use crate::{
    peer::{Person, reset, within},
    raw::{CLOSE, FIN, Frame, PING, PONG, RawSocket, Request, TEXT, close, frame, parse, status_of},
};

/// What the last text says.
pub const MARKER: &str = "marker";
/// The receive window of who is to lag, so that the kernel holds little for them.
const NARROW_BYTES: u32 = 4096;
const SEGMENT_BYTES: u32 = 536;

/// How a witness came to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// It has read the marker.
    Marker,
    /// The server closed with this code.
    Closed(u16),
    /// The connection ended between two frames, without a close frame.
    Cut,
    /// The connection ended within a frame.
    Torn,
    Reset,
}

/// How far a witness has come.
#[derive(Default)]
pub struct Progress {
    pub is_greeted: bool,
    pub last_chat: u64,
    /// The text of each socket that is to come next.
    next: Vec<usize>,
    pub end: Option<End>,
}

/// What there is to do for the task that writes.
enum Doing {
    Write(Vec<u8>),
    Cut,
}

/// One socket. See the module.
pub struct Witness {
    pub person: Person,
    pub pace: Pace,
    pub pings: usize,
    /// The payloads of all frames, texts as they are.
    pub frames: Arc<Mutex<Vec<Vec<u8>>>>,
    pub progress: watch::Receiver<Progress>,
    is_reading: watch::Sender<bool>,
    doing: mpsc::UnboundedSender<Doing>,
    stream: Arc<TcpStream>,
    /// The one that reads and the one that writes.
    tasks: JoinSet<()>,
}

impl Witness {
    /// Opens a socket, and waits for its greeting or its end.
    pub async fn open(person: Person, pace: Pace) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        if pace != Pace::Prompt {
            socket.set_recv_buffer_size(NARROW_BYTES).unwrap();
            // The server's kernel gives room for some segments at least, and on this interface they are large.
            SockRef::from(&socket).set_tcp_mss(SEGMENT_BYTES).unwrap();
        }
        let mut raw = RawSocket::on(socket.connect(person.address).await.unwrap());
        let request = Request::handshake("/ws", person.address)
            .and("Cookie", &person.cookie)
            .and("Sec-WebSocket-Protocol", "tertulia.v1");
        let answer = raw.ask(&request).await;
        assert_eq!(answer.status, 101, "{answer:?}");
        let (stream, seen) = raw.into_parts();
        let mut witness = Self::start(person, pace, stream, seen);
        witness.wait("the greeting", |progress| progress.is_greeted).await;
        witness.is_reading.send_replace(pace != Pace::Stuck);
        witness
    }

    fn start(person: Person, pace: Pace, stream: TcpStream, seen: BytesMut) -> Self {
        let stream = Arc::new(stream);
        let (is_reading, gate) = watch::channel(true);
        let (reports, progress) = watch::channel(Progress::default());
        let (doing, to_do) = mpsc::unbounded_channel();
        let frames = Arc::<Mutex<_>>::default();
        let reader = Reader {
            stream: stream.clone(),
            seen,
            gate,
            reports,
            frames: Arc::clone(&frames),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(reader.run());
        tasks.spawn(write(stream.clone(), to_do));
        Self {
            person,
            pace,
            pings: 0,
            frames,
            progress,
            is_reading,
            doing,
            stream,
            tasks,
        }
    }

    /// Waits until `is_so`, or until it has come to its end.
    pub async fn wait(&mut self, what: &str, is_so: impl Fn(&Progress) -> bool) {
        let wait = self
            .progress
            .wait_for(|progress| progress.end.is_some() || is_so(progress));
        within(what, wait).await.expect("the reader fell over");
    }

    pub fn end(&self) -> Option<End> {
        self.progress.borrow().end
    }

    /// Stops reading, or goes on.
    pub fn set_reading(&self, is_reading: bool) {
        self.is_reading.send_replace(is_reading);
    }

    /// Says something as a JSON command; the server reads it when it likes.
    pub fn say(&mut self, text: &str) {
        self.command(json!({ "type": "say", "text": text }));
    }

    pub fn command(&mut self, command: Value) {
        self.write(frame(FIN | TEXT, command.to_string().as_bytes()));
    }

    pub fn ping(&mut self) {
        self.pings += 1;
        self.write(frame(FIN | PING, self.pings.to_string().as_bytes()));
    }

    pub fn close(&mut self) {
        self.write(close(1000, ""));
    }

    fn write(&self, bytes: Vec<u8>) {
        // One that was closed writes nothing more.
        let _ = self.doing.send(Doing::Write(bytes));
    }

    /// Ends our half after all that was said, without a close frame.
    pub fn cut(&self) {
        let _ = self.doing.send(Doing::Cut);
    }

    /// Ends the connection with a reset, whatever was on its way. What was read until then stays.
    pub async fn reset(mut self) {
        reset(&self.stream);
        self.tasks.shutdown().await;
    }
}

async fn write(stream: Arc<TcpStream>, mut to_do: mpsc::UnboundedReceiver<Doing>) {
    while let Some(doing) = to_do.recv().await {
        let done = match doing {
            Doing::Write(bytes) => write_all(&stream, &bytes).await,
            Doing::Cut => SockRef::from(&*stream).shutdown(Shutdown::Write),
        };
        if done.is_err() {
            return;
        }
    }
}

async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

struct Reader {
    stream: Arc<TcpStream>,
    seen: BytesMut,
    gate: watch::Receiver<bool>,
    reports: watch::Sender<Progress>,
    frames: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Reader {
    async fn run(mut self) {
        let end = loop {
            match parse(&self.seen) {
                Some((frame, bytes)) => {
                    let _ = self.seen.split_to(bytes);
                    if let Some(end) = self.note(frame) {
                        break end;
                    }
                }
                None => match self.read().await {
                    Ok(0) if self.seen.is_empty() => break End::Cut,
                    Ok(0) => break End::Torn,
                    Ok(_) => {}
                    Err(_) => break End::Reset,
                },
            }
        };
        self.reports.send_modify(|progress| progress.end = Some(end));
    }

    /// Reads a little, when it may; 0 at the end.
    async fn read(&mut self) -> io::Result<usize> {
        loop {
            self.gate
                .wait_for(|is_open| *is_open)
                .await
                .expect("the script goes on");
            tokio::select! {
                _ = self.gate.changed() => continue,
                ready = self.stream.readable() => ready.unwrap(),
            }
            self.seen.reserve(NARROW_BYTES as usize);
            match self.stream.try_read_buf(&mut self.seen) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    fn note(&self, frame: Frame) -> Option<End> {
        match frame.first & 0xF {
            PING => return None,
            CLOSE => return Some(End::Closed(status_of(&frame).0)),
            TEXT => {}
            kind => assert_eq!(kind, PONG),
        }
        let mut end = None;
        if frame.first & 0xF == TEXT {
            let payload = &frame.payload[..];
            self.reports.send_if_modified(|progress| {
                if let Some(id) = chat_id(payload) {
                    progress.last_chat = id;
                    end = progress.hear(payload);
                }
                progress.is_greeted |= payload.starts_with(br#"{"type":"server-time""#);
                true
            });
        }
        self.frames.lock().unwrap().push(frame.payload);
        end
    }
}

impl Progress {
    /// How many texts `speaker` had said when it heard the last of them.
    pub fn heard(&self, speaker: usize) -> usize {
        self.next.get(speaker).copied().unwrap_or(0)
    }

    /// Takes note of a text, which begins with the number of who said it and its own. The marker is the end.
    fn hear(&mut self, chat: &[u8]) -> Option<End> {
        const TEXT: &[u8] = br#""text":""#;
        let at = memmem::find(chat, TEXT).expect("a chat has a text") + TEXT.len();
        if chat[at..].starts_with(MARKER.as_bytes()) {
            return Some(End::Marker);
        }
        let mut words = chat[at..].split(|byte| *byte == b' ').map(number);
        let (speaker, text) = (words.next().unwrap() as usize, words.next().unwrap() as usize);
        if self.next.len() <= speaker {
            self.next.resize(speaker + 1, 0);
        }
        self.next[speaker] = text + 1;
        None
    }
}

/// The digits at the front.
fn number(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

/// The number of a chat; `None` if it is another frame.
pub fn chat_id(payload: &[u8]) -> Option<u64> {
    payload.strip_prefix(br#"{"type":"chat","id":"#).map(number)
}
