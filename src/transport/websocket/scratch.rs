//! One read buffer for all sockets of a thread: idle sockets hold none. And one for the ciphertext of those with TLS.

use std::{cell::Cell, thread::LocalKey};

/// Bytes of one read.
const SCRATCH_BYTES: usize = 64 * 1024;

type Place = Cell<Option<Box<[u8]>>>;

thread_local! {
    static SCRATCH: Place = const { Cell::new(None) };
    static CIPHER: Place = const { Cell::new(None) };
}

/// Runs `f` with the buffer of this thread. Within `f`, nothing else gets it: whoever asks meanwhile gets a new one.
pub fn with_scratch<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    lend(&SCRATCH, f)
}

/// [`with_scratch`] for ciphertext, which is there at the same time as the plaintext.
pub fn with_cipher_scratch<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    lend(&CIPHER, f)
}

fn lend<R>(place: &'static LocalKey<Place>, f: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = place.take().unwrap_or_else(|| vec![0; SCRATCH_BYTES].into());
    let result = f(&mut buffer);
    place.set(Some(buffer));
    result
}
