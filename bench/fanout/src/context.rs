//! What all connections of a run share: where they go, and what is counted.

use crate::{handshake, logins::Logins, marker::Marker, peer::Peer, tally::Tally};
use std::net::SocketAddr;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Receiver,
    Sender,
    /// Subscribes like a receiver, then reads nothing more.
    SlowReader,
}

/// Where and how to connect.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub host: String,
    pub path: String,
    pub subprotocol: Option<String>,
    /// Extra header lines; `{i}` stands for the connection's number.
    pub headers: Vec<String>,
    /// Frames to send right after the upgrade.
    pub hello: Vec<(u8, Vec<u8>)>,
}

impl Target {
    pub fn upgrade_request(&self, cookies: &str, index: usize) -> Vec<u8> {
        let mut request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n",
            self.path.replace("{i}", &index.to_string()),
            self.host,
            handshake::client_key(index)
        );
        if let Some(subprotocol) = &self.subprotocol {
            request += &format!("Sec-WebSocket-Protocol: {subprotocol}\r\n");
        }
        if !cookies.is_empty() {
            request += &format!("Cookie: {cookies}\r\n");
        }
        for header in &self.headers {
            request += &format!("{}\r\n", header.replace("{i}", &index.to_string()));
        }
        request += "\r\n";
        request.into_bytes()
    }
}

/// Everything that handling a frame needs besides the connection itself.
pub struct Context {
    pub peer: Peer,
    pub marker: Marker,
    pub tally: Tally,
    pub receivers: Target,
    pub senders: Target,
    pub logins: Option<Logins>,
    /// Connections to take up again after the events at hand.
    pub woken: Vec<usize>,
    /// With one sender, messages must arrive in order, so a repeat can be told from a late one.
    pub check_order: bool,
    pub ready_receivers: usize,
    pub ready_senders: usize,
    pub ready_slow_readers: usize,
    /// Connections that the server has pinged at least once.
    pub pinged: usize,
    pub failed: usize,
    pub first_failure: Option<String>,
}

impl Context {
    pub fn target(&self, role: Role) -> &Target {
        if role == Role::Sender {
            &self.senders
        } else {
            &self.receivers
        }
    }

    pub fn ready_count(&mut self, role: Role) -> &mut usize {
        match role {
            Role::Receiver => &mut self.ready_receivers,
            Role::Sender => &mut self.ready_senders,
            Role::SlowReader => &mut self.ready_slow_readers,
        }
    }
}
