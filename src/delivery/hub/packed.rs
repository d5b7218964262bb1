//! Who of a hub's sockets gets messages packed, and from what size on.

use std::borrow::Cow;

use bytes::Bytes;

use super::Hub;
use crate::delivery::{
    Frame, Link, Transport,
    turn::{Form, Turn},
};

impl Hub {
    /// Messages of fewer bytes than this are packed for nobody. The same for all sockets of the thread.
    pub fn pack_from(&self, least_bytes: usize) {
        self.least_packed_bytes.set(least_bytes);
    }

    /// From here on, this socket that has just opened gets its messages packed: it has agreed on permessage-deflate.
    pub fn pack_for<T: Transport + ?Sized>(&self, link: &Link<T>) {
        link.set_takes_packed();
        self.packed.set(self.packed.get() + 1);
    }

    /// It is off the books.
    pub(super) fn forget_packed<T: Transport + ?Sized>(&self, link: &Link<T>) {
        if link.takes_packed() {
            self.packed.set(self.packed.get() - 1);
        }
    }

    /// A turn that has nothing yet. It packs if that is for anybody.
    pub(super) fn turn(&self) -> Turn {
        Turn::new((self.packed.get() > 0).then(|| self.least_packed_bytes.get()))
    }

    /// A frame as this socket gets it.
    pub(super) fn image_for<'f, T: Transport + ?Sized>(&self, link: &Link<T>, frame: &'f Frame) -> Cow<'f, Bytes> {
        match link.form() {
            Form::Plain => Cow::Borrowed(frame.bytes()),
            Form::Packed => {
                let packed = frame.packed(self.least_packed_bytes.get());
                self.counters.bytes_saved.inc_by((frame.len() - packed.len()) as u64);
                Cow::Owned(packed)
            }
        }
    }
}
