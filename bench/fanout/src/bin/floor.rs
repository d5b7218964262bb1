//! `floor`: the least a single-threaded WebSocket broadcast server on epoll can do: answer the
//! upgrade, encode each received text once, and write it to every client. Nothing else: no
//! pings, no limits, no sessions. It shows what a real server's broadcast could cost at best.

use clap::Parser;
use fanout::{frame, handshake, limits};
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
};

#[derive(Parser)]
#[command(version, about = "Minimal WebSocket broadcast server: a floor for comparisons.")]
struct Options {
    #[arg(long, default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// Write everything that arrived in one turn of the loop with one call per client
    #[arg(long)]
    coalesce: bool,
}

const LISTENER: Token = Token(usize::MAX);

struct Connection {
    stream: TcpStream,
    upgraded: bool,
    partial: Vec<u8>,
    /// What the socket would not take yet.
    backlog: Vec<u8>,
}

impl Connection {
    /// Writes `bytes` now, or keeps what does not fit; false when the connection is gone.
    fn send(&mut self, bytes: &[u8]) -> bool {
        if !self.backlog.is_empty() {
            self.backlog.extend_from_slice(bytes);
            return true;
        }
        match self.stream.write(bytes) {
            Ok(n) => self.backlog.extend_from_slice(&bytes[n..]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.backlog.extend_from_slice(bytes),
            Err(_) => return false,
        }
        true
    }

    fn on_writable(&mut self) -> bool {
        while !self.backlog.is_empty() {
            match self.stream.write(&self.backlog) {
                Ok(n) => drop(self.backlog.drain(..n)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
        true
    }

    /// Reads what has arrived and appends each text, encoded as a server frame, to `frames`,
    /// with its end to `ends`; false when the connection is gone.
    fn on_readable(&mut self, buffer: &mut [u8], frames: &mut Vec<u8>, ends: &mut Vec<usize>) -> bool {
        loop {
            let n = match self.stream.read(buffer) {
                Ok(0) => return false,
                Ok(n) => n,
                Err(e) => return e.kind() == ErrorKind::WouldBlock,
            };
            self.partial.extend_from_slice(&buffer[..n]);
            let mut used = 0;
            if !self.upgraded {
                let Some(head_len) = handshake::head_len(&self.partial) else {
                    continue;
                };
                let head = String::from_utf8_lossy(&self.partial[..head_len]);
                let Some(key) = handshake::header(&head, "sec-websocket-key") else {
                    return false;
                };
                let response = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {}\r\n\r\n",
                    handshake::accept_value(key)
                );
                if !self.send(response.as_bytes()) {
                    return false;
                }
                self.upgraded = true;
                used = head_len;
            }
            while let Some(header) = frame::parse_header(&self.partial[used..]) {
                let range = used + header.header_len..used + header.frame_len();
                let Some(payload) = self.partial.get_mut(range) else {
                    break;
                };
                used += header.frame_len();
                frame::apply_mask(payload, header.mask.unwrap_or_default());
                match header.opcode {
                    frame::TEXT => {
                        frame::append(frames, frame::TEXT, payload, None);
                        ends.push(frames.len());
                    }
                    frame::CLOSE => return false,
                    _ => {}
                }
            }
            self.partial.drain(..used);
            if self.partial.is_empty() {
                self.partial = Vec::new();
            }
        }
    }
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    limits::raise_open_files(1 << 20);
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(options.listen)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;

    let mut events = Events::with_capacity(1024);
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    // The frames that arrived in this turn, one after another, and where each ends.
    let (mut frames, mut ends) = (Vec::new(), Vec::new());
    loop {
        match poll.poll(&mut events, None) {
            Err(e) if e.kind() != ErrorKind::Interrupted => return Err(e),
            _ => {}
        }
        for event in events.iter() {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let slot = free.pop().unwrap_or_else(|| {
                        connections.push(None);
                        connections.len() - 1
                    });
                    poll.registry()
                        .register(&mut stream, Token(slot), Interest::READABLE | Interest::WRITABLE)?;
                    connections[slot] = Some(Connection {
                        stream,
                        upgraded: false,
                        partial: Vec::new(),
                        backlog: Vec::new(),
                    });
                }
                continue;
            }
            let slot = event.token().0;
            let Some(connection) = connections[slot].as_mut() else {
                continue;
            };
            let alive = (!event.is_writable() || connection.on_writable())
                && (!event.is_readable() || connection.on_readable(&mut buffer, &mut frames, &mut ends));
            if !alive {
                connections[slot] = None;
                free.push(slot);
            }
        }
        if options.coalesce && !frames.is_empty() {
            ends.clear();
            ends.push(frames.len());
        }
        let mut start = 0;
        for &end in &ends {
            for (slot, place) in connections.iter_mut().enumerate() {
                let Some(connection) = place.as_mut().filter(|c| c.upgraded) else {
                    continue;
                };
                if !connection.send(&frames[start..end]) {
                    *place = None;
                    free.push(slot);
                }
            }
            start = end;
        }
        frames.clear();
        ends.clear();
    }
}
