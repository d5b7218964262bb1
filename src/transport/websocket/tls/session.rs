//! One TLS connection over a stream that never waits. An idle one holds keys and no buffer.
//!
//! rustls's unbuffered interface leaves the bytes to us. What comes is read into a buffer of the thread; only the
//! beginning of a record whose rest is still on its way is kept. What goes out is encrypted in a buffer of the thread;
//! only what the system does not take is kept, a record at most.

use std::{io, sync::Arc};

use bytes::{Buf, BytesMut};
use rustls::{
    ServerConfig,
    server::{ServerConnectionData, UnbufferedServerConnection},
    unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus},
};

use super::Raw;
use crate::transport::websocket::scratch::with_cipher_scratch;

/// Plaintext of one record (RFC 8446 section 5.1): what is encrypted at once, and the most that waits encrypted.
const RECORD_BYTES: usize = 16 * 1024;

/// See the module.
pub struct Session {
    tls: Box<UnbufferedServerConnection>,
    /// The beginning of what cannot be read yet.
    begun: Vec<u8>,
    /// Plaintext for which its reader had no room.
    unread: BytesMut,
    /// Ciphertext that the system has not taken.
    pending: BytesMut,
    /// Nothing more comes: the peer said so, or its half of TCP ended.
    has_ended: bool,
    /// We have said that nothing more comes from us.
    is_closed: bool,
    /// The peer broke the protocol. rustls is not asked again: it may count on bytes that are gone.
    is_broken: bool,
}

impl Session {
    pub fn new(config: Arc<ServerConfig>) -> io::Result<Self> {
        Ok(Self {
            tls: Box::new(UnbufferedServerConnection::new(config).map_err(io::Error::other)?),
            begun: Vec::new(),
            unread: BytesMut::new(),
            pending: BytesMut::new(),
            has_ended: false,
            is_closed: false,
            is_broken: false,
        })
    }

    pub fn is_handshaking(&self) -> bool {
        self.tls.is_handshaking()
    }

    /// Ciphertext that waits for room.
    pub fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// Goes on with the handshake as far as bytes come.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when more must come, or our own bytes must go first; anything else is the end of it.
    pub fn shake_hands(&mut self, raw: &impl Raw) -> io::Result<()> {
        loop {
            self.flush(raw)?;
            if !self.is_handshaking() {
                return Ok(());
            }
            if self.has_ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.fill(raw, &mut [])?;
        }
    }

    /// Reads plaintext; 0 is the end. A peer that ends TCP without a word counts as one that said so: what comes by
    /// here, HTTP with its lengths and WebSocket with its close frame, knows when something is missing.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when nothing is there. Anything else breaks the connection.
    pub fn read(&mut self, raw: &impl Raw, buffer: &mut [u8]) -> io::Result<usize> {
        // What waits here may be an answer to what came before; whoever polls for reading keeps that going, too.
        self.push(raw)?;
        loop {
            if !self.unread.is_empty() {
                let count = self.unread.len().min(buffer.len());
                self.unread.copy_to_slice(&mut buffer[..count]);
                forget_if_empty(&mut self.unread);
                return Ok(count);
            }
            if self.has_ended {
                return Ok(0);
            }
            let count = self.fill(raw, buffer)?;
            self.push(raw)?;
            if count > 0 {
                return Ok(count);
            }
        }
    }

    /// Reads once, and decrypts whole records: so many bytes into `buffer`, and what finds no room there into `unread`.
    fn fill(&mut self, raw: &impl Raw, buffer: &mut [u8]) -> io::Result<usize> {
        with_cipher_scratch(|scratch| {
            let begun = self.begun.len();
            if begun == scratch.len() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a TLS message without end"));
            }
            let read = raw.read(&mut scratch[begun..])?;
            if read == 0 {
                self.has_ended = true;
                return Ok(0);
            }
            scratch[..begun].copy_from_slice(&self.begun);
            let wire = &mut scratch[..begun + read];
            match self.take_in(wire, buffer) {
                Ok((used, count)) => {
                    // What comes behind the end is nothing.
                    let begun = if self.has_ended { &[] } else { &wire[used..] };
                    self.begun = begun.to_vec();
                    Ok(count)
                }
                Err(error) => {
                    self.complain();
                    // As far as it listens.
                    let _ = self.push(raw);
                    Err(io::Error::new(io::ErrorKind::InvalidData, error))
                }
            }
        })
    }

    /// Lets rustls tell the peer what was wrong. It must not look at what came any more, and does not as long as it has
    /// something to say.
    fn complain(&mut self) {
        while self.tls.wants_write() {
            match self.tls.process_tls_records(&mut []).state {
                // What came in good order before the fault, and what nobody will read now.
                Ok(ConnectionState::ReadTraffic(mut traffic)) => while traffic.next_record().is_some() {},
                Ok(ConnectionState::EncodeTlsData(message)) => encode(message, &mut self.pending),
                _ => break,
            }
        }
        self.begun = Vec::new();
        self.has_ended = true;
        self.is_broken = true;
    }

    /// Processes `wire`: how much of it is used up, and how much plaintext is in `buffer`.
    fn take_in(&mut self, wire: &mut [u8], buffer: &mut [u8]) -> Result<(usize, usize), rustls::Error> {
        let (mut used, mut count) = (0, 0);
        loop {
            let UnbufferedStatus { mut discard, state } = self.tls.process_tls_records(&mut wire[used..]);
            let goes_on = match state? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        let (now, later) = record.payload.split_at(record.payload.len().min(buffer.len() - count));
                        buffer[count..count + now.len()].copy_from_slice(now);
                        count += now.len();
                        self.unread.extend_from_slice(later);
                    }
                    true
                }
                ConnectionState::PeerClosed => {
                    self.has_ended = true;
                    true
                }
                state => answer(state, &mut self.pending),
            };
            used += discard;
            if !goes_on {
                return Ok((used, count));
            }
        }
    }

    /// Encrypts `bytes` and writes them, as many as there is room for; all that are taken are on their way, or wait for
    /// [`Self::flush`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when earlier ones wait still. Anything else breaks the connection.
    pub fn write(&mut self, raw: &impl Raw, bytes: &[u8]) -> io::Result<usize> {
        self.flush(raw)?;
        let mut taken = 0;
        while taken < bytes.len() && self.pending.is_empty() {
            let piece = &bytes[taken..bytes.len().min(taken + RECORD_BYTES)];
            self.write_record(raw, piece)?;
            taken += piece.len();
        }
        Ok(taken)
    }

    fn write_record(&mut self, raw: &impl Raw, piece: &[u8]) -> io::Result<()> {
        with_cipher_scratch(|scratch| {
            let count = self.encrypt(Some(piece), scratch)?;
            self.pass_on(raw, &scratch[..count])
        })
    }

    /// Says that nothing more comes from us, once. [`Self::flush`] tells when it is on its way.
    pub fn close(&mut self, raw: &impl Raw) -> io::Result<()> {
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        with_cipher_scratch(|scratch| {
            let count = self.encrypt(None, scratch)?;
            self.pass_on(raw, &scratch[..count])
        })
    }

    /// Encrypts `piece` into `wire`, or what closes our half, and says how long it became.
    fn encrypt(&mut self, piece: Option<&[u8]>, wire: &mut [u8]) -> io::Result<usize> {
        if self.is_broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        loop {
            // With what has begun to come, since rustls counts from its front. None of it is used up by this.
            let UnbufferedStatus { state, .. } = self.tls.process_tls_records(&mut self.begun);
            let state = state.map_err(|error| {
                self.is_broken = true;
                io::Error::other(error)
            })?;
            match state {
                ConnectionState::WriteTraffic(mut traffic) => {
                    let encrypted = match piece {
                        Some(piece) => traffic.encrypt(piece, wire),
                        None => traffic.queue_close_notify(wire),
                    };
                    return encrypted.map_err(io::Error::other);
                }
                ConnectionState::PeerClosed => self.has_ended = true,
                state => {
                    if !answer(state, &mut self.pending) {
                        return Err(io::ErrorKind::BrokenPipe.into());
                    }
                }
            }
        }
    }

    /// Writes `wire` behind what waits, and keeps what finds no room.
    fn pass_on(&mut self, raw: &impl Raw, mut wire: &[u8]) -> io::Result<()> {
        while self.pending.is_empty() && !wire.is_empty() {
            match raw.write(wire) {
                Ok(count) => wire = &wire[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.pending.extend_from_slice(wire);
        Ok(())
    }

    /// Writes what waits.
    ///
    /// # Errors
    ///
    /// `WouldBlock` while something still does. Anything else breaks the connection.
    pub fn flush(&mut self, raw: &impl Raw) -> io::Result<()> {
        while !self.pending.is_empty() {
            let count = raw.write(&self.pending)?;
            self.pending.advance(count);
        }
        forget_if_empty(&mut self.pending);
        Ok(())
    }

    /// [`Self::flush`], for whom it does not matter whether something still waits.
    pub fn push(&mut self, raw: &impl Raw) -> io::Result<()> {
        match self.flush(raw) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            result => result,
        }
    }
}

/// Puts what rustls has to say into `pending`; false where it has nothing to say.
fn answer(state: ConnectionState<'_, '_, ServerConnectionData>, pending: &mut BytesMut) -> bool {
    match state {
        ConnectionState::EncodeTlsData(message) => {
            encode(message, pending);
            true
        }
        ConnectionState::TransmitTlsData(sent) => {
            // It is on its way as far as rustls is concerned: nothing overtakes what is in `pending`.
            sent.done();
            true
        }
        // More must come first, or all is said. Early data is not offered.
        _ => false,
    }
}

fn encode(mut message: EncodeTlsData<'_, ServerConnectionData>, pending: &mut BytesMut) {
    let Err(EncodeError::InsufficientSize(needed)) = message.encode(&mut []) else {
        return;
    };
    let start = pending.len();
    pending.resize(start + needed.required_size, 0);
    // It has the room that it asked for.
    let _ = message.encode(&mut pending[start..]);
}

/// Gives the memory of an empty buffer back.
fn forget_if_empty(buffer: &mut BytesMut) {
    if buffer.is_empty() {
        *buffer = BytesMut::new();
    }
}

#[cfg(test)]
mod tests;
