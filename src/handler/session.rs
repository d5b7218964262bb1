//! A WebSocket session as its handler sees it.

use std::{net::SocketAddr, rc::Rc, time::Duration};

use crate::{
    attributes::Attributes,
    close_status::{CloseStatus, Ending},
    delivery::{Frame, Hub, Link},
    ids::SessionId,
    lab::Tap,
};

/// A handle to one live socket, cheap to clone, bound to the thread of the socket. A clone may outlive the session:
/// sending is then without effect.
#[derive(Clone)]
pub struct Session {
    hub: Rc<Hub>,
    link: Rc<Link>,
    about: Rc<About>,
}

/// What is known from the handshake.
struct About {
    attributes: Attributes,
    sub_protocol: Option<&'static str>,
}

impl Session {
    /// The session of `link`, which lives on `hub`.
    pub fn new(hub: Rc<Hub>, link: Rc<Link>, mut attributes: Attributes, sub_protocol: Option<&'static str>) -> Self {
        attributes.shrink();
        Self {
            hub,
            link,
            about: Rc::new(About {
                attributes,
                sub_protocol,
            }),
        }
    }

    /// Names this session and no other, ever.
    pub fn id(&self) -> SessionId {
        self.link.id()
    }

    /// What the handshake interceptors left.
    pub fn attributes(&self) -> &Attributes {
        &self.about.attributes
    }

    /// The sub-protocol that was agreed on.
    pub fn sub_protocol(&self) -> Option<&'static str> {
        self.about.sub_protocol
    }

    /// The far end of the connection: the proxy's, behind one. `None` if it is gone.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.link.remote_address()
    }

    /// Queues a text message. Never waits: a peer that does not take its messages is evicted in the end.
    pub fn send_text(&self, text: &str) {
        self.send(&Frame::text(text));
    }

    /// Queues a binary message.
    pub fn send_binary(&self, data: &[u8]) {
        self.send(&Frame::binary(data));
    }

    /// Queues a frame that may have been encoded once for many.
    pub fn send(&self, frame: &Frame) {
        self.hub.send(&*self.link, frame);
    }

    /// Closes the session: `status` goes out after what is queued, and `after_connection_closed` follows.
    pub fn close(&self, status: CloseStatus) {
        self.link.end(Ending::ClosedByUs(status));
    }

    /// Ends the session by a reset, without a close frame: for the peer and for the handler, the connection is lost.
    pub fn vanish(&self) {
        self.link.cut();
    }

    /// From here on nothing that comes counts as a sign of life, so the heartbeat's timeout ends the session.
    pub fn deafen(&self) {
        self.link.deafen();
    }

    /// The lab's ear at this socket, if the peer asked for it.
    pub fn tap(&self) -> Option<Rc<Tap>> {
        self.hub.taps().of(&*self.link)
    }

    /// How long it takes until the session is given up, if nothing comes; `None` if it never is.
    pub fn evicts_in(&self) -> Option<Duration> {
        self.hub.evicts_in(&self.link)
    }

    /// Bytes that wait for the peer to take them.
    pub fn queued_bytes(&self) -> usize {
        self.link.queued_bytes()
    }
}
