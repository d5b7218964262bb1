//! What may be said on the command line.

use clap::Parser;
use fanout::{context::Target, frame, login::Login, peer::Peer};
use std::net::{SocketAddr, ToSocketAddrs};

#[derive(Parser)]
#[command(
    version,
    about = "Load generator for WebSocket broadcast servers. Prints one JSON object."
)]
pub struct Options {
    /// Where receivers connect, e.g. ws://127.0.0.1:8080/ws ({i} in the path: connection number)
    #[arg(long)]
    pub url: String,
    /// Where senders connect, if elsewhere (e.g. a publisher location of nchan)
    #[arg(long)]
    pub sender_url: Option<String>,
    #[arg(long, value_enum, default_value = "plain")]
    pub peer: Peer,
    /// Connections that receive
    #[arg(short = 'n', long, default_value_t = 1000)]
    pub receivers: usize,
    /// Further connections that send, in turn
    #[arg(long, default_value_t = 1)]
    pub senders: usize,
    /// Bytes of text in each message (at least 22, for the marker)
    #[arg(short, long, default_value_t = 128)]
    pub size: usize,
    /// Broadcasts in flight at once; 1 is the closed loop
    #[arg(short, long, default_value_t = 1)]
    pub window: usize,
    /// Most broadcasts started a second (0: no limit)
    #[arg(long, default_value_t = 0.0)]
    pub rate: f64,
    /// Seconds measured
    #[arg(short = 't', long, default_value_t = 5.0)]
    pub seconds: f64,
    /// Seconds of the same traffic before measuring
    #[arg(long, default_value_t = 2.0)]
    pub warmup: f64,
    /// Only hold the connections open for --seconds; send nothing
    #[arg(long)]
    pub idle: bool,
    /// With --idle, hold them until standard input ends instead; says "connected N" on standard error when they are open
    #[arg(long, requires = "idle")]
    pub until_eof: bool,
    /// Number in the markers of this run, for several generators at one server: all of them understand those of all
    #[arg(long)]
    pub run_id: Option<u16>,
    /// Quiet seconds after connecting, before memory is read
    #[arg(long, default_value_t = 1.0)]
    pub settle: f64,
    /// What a sender sends, {} being the marked text, e.g. '{"type":"say","text":"{}"}'
    #[arg(long, default_value = "{}")]
    pub template: String,
    /// Extra request header, 'Name: value' ({i}: connection number); repeatable
    #[arg(long = "header")]
    pub headers: Vec<String>,
    #[arg(long)]
    pub origin: Option<String>,
    #[arg(long)]
    pub subprotocol: Option<String>,
    /// Log in first: path of an HTTP request that each connection makes before it upgrades
    /// with the cookies of the answer ({i}: connection number)
    #[arg(long)]
    pub login_path: Option<String>,
    /// Body of that request, e.g. '{"name":"u{i}"}' ({i}: connection number)
    #[arg(long, default_value = "", requires = "login_path")]
    pub login_body: String,
    #[arg(long, default_value = "application/json")]
    pub login_content_type: String,
    #[arg(long, default_value = "POST")]
    pub login_method: String,
    /// Connections that share one session
    #[arg(long, default_value_t = 1)]
    pub login_share: usize,
    /// Further connections that subscribe and then read nothing more
    #[arg(long, default_value_t = 0)]
    pub slow_readers: usize,
    /// Text message to send right after the upgrade; repeatable
    #[arg(long)]
    pub hello: Vec<String>,
    /// The same, binary, in hexadecimal; repeatable, sent after the text ones
    #[arg(long)]
    pub hello_hex: Vec<String>,
    /// Process to account for, with its children; repeatable
    #[arg(long = "server-pid")]
    pub server_pids: Vec<u32>,
    /// Connections being opened at once
    #[arg(long, default_value_t = 64)]
    pub connect_concurrency: usize,
    /// Seconds allowed for opening all connections
    #[arg(long, default_value_t = 60.0)]
    pub connect_timeout: f64,
    /// Loopback source addresses to spread connections over (0: as many as needed)
    #[arg(long, default_value_t = 0)]
    pub source_addresses: usize,
    /// Seconds after which a broadcast that has not reached everyone is given up
    #[arg(long, default_value_t = 5.0)]
    pub stall_timeout: f64,
    /// Name of the run, repeated in the output
    #[arg(long, default_value = "")]
    pub label: String,
}

impl Options {
    pub fn senders(&self) -> usize {
        if self.idle { 0 } else { self.senders.max(1) }
    }

    pub fn connections(&self) -> usize {
        self.receivers + self.senders() + self.slow_readers
    }

    /// Each address has some 28,000 ports to connect from, unless somebody has changed that. When half of them are in
    /// use, the kernel searches longer and longer for another.
    pub fn source_addresses(&self) -> usize {
        match self.source_addresses {
            0 => self.connections().div_ceil(12_000),
            given => given,
        }
    }

    pub fn login(&self) -> Option<Login> {
        let path = self.login_path.clone()?;
        Some(Login {
            method: self.login_method.clone(),
            path,
            body: self.login_body.clone(),
            content_type: self.login_content_type.clone(),
            share: self.login_share.max(1),
        })
    }

    pub fn target(&self, url: &str) -> Result<Target, Box<dyn std::error::Error>> {
        let rest = url.strip_prefix("ws://").ok_or("only ws:// URLs are supported")?;
        let (host, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let address: SocketAddr = if host.contains(':') {
            host.to_string()
        } else {
            format!("{host}:80")
        }
        .to_socket_addrs()?
        .find(SocketAddr::is_ipv4)
        .ok_or("the host has no IPv4 address")?;
        let mut headers = self.headers.clone();
        headers.extend(self.origin.as_ref().map(|origin| format!("Origin: {origin}")));
        let mut hello: Vec<(u8, Vec<u8>)> = self
            .hello
            .iter()
            .map(|text| (frame::TEXT, text.clone().into_bytes()))
            .collect();
        for hex in &self.hello_hex {
            hello.push((
                frame::BINARY,
                decode_hex(hex).ok_or("--hello-hex takes pairs of hexadecimal digits")?,
            ));
        }
        Ok(Target {
            address,
            host: host.to_string(),
            path: path.to_string(),
            subprotocol: self
                .subprotocol
                .clone()
                .or(self.peer.default_subprotocol().map(str::to_string)),
            headers,
            hello,
        })
    }
}

fn decode_hex(hex: &str) -> Option<Vec<u8>> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16)
                .ok()
                .filter(|_| pair.len() == 2)
        })
        .collect()
}
