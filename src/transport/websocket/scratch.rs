//! One read buffer for all sockets of a thread: idle sockets hold none.

use std::cell::Cell;

/// Bytes of one read.
const SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Runs `f` with the buffer of this thread. Within `f`, nothing else gets it: whoever asks meanwhile gets a new one.
pub fn with_scratch<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut buffer = SCRATCH.take().unwrap_or_else(|| vec![0; SCRATCH_BYTES].into());
    let result = f(&mut buffer);
    SCRATCH.set(Some(buffer));
    result
}
