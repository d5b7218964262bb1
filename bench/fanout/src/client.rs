//! All connections of a run: opening them, and the event loop.
//!
//! One thread, edge-triggered epoll, one shared read buffer.

use crate::{
    connection::{Connection, MASK, State},
    context::{Context, Role},
    frame, procstat,
};
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

const READ_BUFFER: usize = 256 * 1024;

pub struct Client {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    read_buffer: Vec<u8>,
    context: Context,
    source_addresses: usize,
    slow_readers: Vec<SlowReader>,
    next_slow_check: Instant,
}

/// What is known of a connection that reads nothing.
struct SlowReader {
    index: usize,
    peer_key: String,
    opened_at: Instant,
    /// Whether the server's end was seen: it is not when the server is on another machine.
    seen: bool,
    closed_after: Option<Duration>,
}

impl Client {
    pub fn new(context: Context) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            connections: Vec::new(),
            read_buffer: vec![0; READ_BUFFER],
            context,
            source_addresses: 1,
            slow_readers: Vec::new(),
            next_slow_check: Instant::now(),
        })
    }

    pub fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    /// Opens `count` connections, at most `concurrency` at a time, spread over
    /// `source_addresses` loopback addresses (1: the system chooses).
    pub fn open(
        &mut self,
        role: Role,
        count: usize,
        concurrency: usize,
        source_addresses: usize,
        give_up: Duration,
    ) -> io::Result<()> {
        self.source_addresses = source_addresses;
        let deadline = Instant::now() + give_up;
        let first = self.connections.len();
        let settled_before = self.settled();
        loop {
            let opened = self.connections.len() - first;
            let pending = opened - (self.settled() - settled_before);
            for _ in 0..concurrency.saturating_sub(pending).min(count - opened) {
                self.start_connection(role)?;
            }
            if self.connections.len() - first == count && self.settled() - settled_before >= count {
                return Ok(());
            }
            if Instant::now() > deadline {
                let note = "time-out while connecting or subscribing".to_string();
                self.context.first_failure.get_or_insert(note);
                return Ok(());
            }
            self.turn(Duration::from_millis(100))?;
        }
    }

    fn settled(&self) -> usize {
        let context = &self.context;
        context.ready_receivers + context.ready_senders + context.ready_slow_readers + context.failed
    }

    fn start_connection(&mut self, role: Role) -> io::Result<()> {
        let index = self.connections.len();
        let stream = self.connect(index, role)?;
        self.connections.push(Connection::new(stream, role));
        Ok(())
    }

    fn connect(&self, index: usize, role: Role) -> io::Result<TcpStream> {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if self.source_addresses > 1 {
            choose_port_at_connect(&socket)?;
            let last_byte = 2 + (index % self.source_addresses) as u8;
            let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last_byte), 0));
            socket.bind(&source.into())?;
        }
        match socket.connect(&self.context.target(role).address.into()) {
            Err(e) if e.raw_os_error() != Some(libc::EINPROGRESS) => return Err(e),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        self.poll
            .registry()
            .register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        Ok(stream)
    }

    /// Connects once more, or goes on with the session that has been opened meanwhile.
    fn take_up(&mut self, index: usize) -> io::Result<()> {
        let connection = &mut self.connections[index];
        let result = match connection.state {
            State::Reconnecting => {
                self.poll.registry().deregister(&mut connection.stream)?;
                let role = connection.role;
                let stream = self.connect(index, role)?;
                self.connections[index].restart(stream);
                Ok(())
            }
            State::AwaitingSession => connection.on_connected(index, &mut self.context),
            _ => Ok(()),
        };
        if let Err(reason) = result {
            self.connections[index].close(index, reason, &mut self.context);
        }
        Ok(())
    }

    /// How many slow readers there were, and after how long the server closed some of them.
    pub fn slow_readers(&self) -> (usize, Vec<f64>) {
        let closed = self.slow_readers.iter().filter_map(|reader| reader.closed_after);
        (
            self.slow_readers.len(),
            closed.map(|after| after.as_secs_f64()).collect(),
        )
    }

    /// Once a second, looks which slow readers the server has closed.
    pub fn check_slow_readers(&mut self) {
        let now = Instant::now();
        if self.slow_readers.is_empty() || now < self.next_slow_check {
            return;
        }
        self.next_slow_check = now + Duration::from_secs(1);
        let established = procstat::established_peers();
        for reader in self
            .slow_readers
            .iter_mut()
            .filter(|reader| reader.closed_after.is_none())
        {
            let is_established = established.contains(&reader.peer_key);
            reader.seen |= is_established;
            if self.connections[reader.index].state == State::Closed || (reader.seen && !is_established) {
                reader.closed_after = Some(now - reader.opened_at);
            }
        }
    }

    /// Waits for events, at most `timeout`, and handles them.
    pub fn turn(&mut self, timeout: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(e) if e.kind() != ErrorKind::Interrupted => return Err(e),
            _ => {}
        }
        for event in self.events.iter() {
            let index = event.token().0;
            let connection = &mut self.connections[index];
            if connection.reads_no_more() {
                if event.is_read_closed() || event.is_error() {
                    connection.close(index, "closed".into(), &mut self.context);
                    self.next_slow_check = Instant::now();
                }
                continue;
            }
            let mut result = Ok(());
            if event.is_writable() {
                result = connection.on_writable(index, &mut self.context);
            }
            if result.is_ok() && (event.is_readable() || event.is_read_closed()) {
                let drain = event.is_read_closed() || event.is_error();
                result = connection.on_readable(index, drain, &mut self.read_buffer, &mut self.context);
            }
            if let Err(reason) = result {
                connection.close(index, reason, &mut self.context);
            }
            if connection.reads_no_more() {
                self.slow_readers.push(SlowReader {
                    index,
                    peer_key: connection
                        .stream
                        .local_addr()
                        .map(procstat::peer_key)
                        .unwrap_or_default(),
                    opened_at: Instant::now(),
                    seen: false,
                    closed_after: None,
                });
            }
        }
        while let Some(index) = self.context.woken.pop() {
            self.take_up(index)?;
        }
        self.check_slow_readers();
        Ok(())
    }

    /// Queues `payload` on sender number `sender`; `flush` sends what is queued.
    pub fn queue(&mut self, sender: usize, opcode: u8, payload: &[u8]) {
        frame::append(&mut self.connections[sender].outgoing, opcode, payload, Some(MASK));
    }

    pub fn flush(&mut self, sender: usize) {
        let connection = &mut self.connections[sender];
        if let Err(reason) = connection.flush() {
            connection.close(sender, reason, &mut self.context);
        }
    }

    pub fn is_open(&self, index: usize) -> bool {
        self.connections[index].state == State::Ready
    }
}

/// Lets sockets bound to one source address share local ports, as long as the destination differs.
#[allow(unsafe_code, reason = "socket2 does not know this option")]
fn choose_port_at_connect(socket: &socket2::Socket) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let on: libc::c_int = 1;
    // SAFETY: a plain system call; the pointer and the length describe `on`.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_BIND_ADDRESS_NO_PORT,
            (&raw const on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
