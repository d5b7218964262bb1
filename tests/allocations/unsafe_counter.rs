//! An allocator that counts, for each thread, how often it was asked for memory. The one place of the tests that is
//! unsafe: crates that count do so for all threads together, and tests run side by side.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// How often this thread has asked for memory so far, growing what it had included.
pub fn allocations() -> usize {
    ALLOCATIONS.get()
}

/// The system's allocator, and a count.
pub struct Counter;

fn count() {
    // Constant from the start and without a destructor, so it is there as long as the thread is.
    ALLOCATIONS.set(ALLOCATIONS.get().wrapping_add(1));
}

// SAFETY: each method passes its arguments on to `System` as they are and returns what that returns, so blocks are
// laid out, valid and given back as `System` promises. `count` neither allocates, which would come back here without
// end, nor unwinds: it adds, wrapping around, to a cell of the thread that needs no initialisation and is never
// dropped.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract of `alloc_zeroed`, which is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: `block` came from this allocator, so from `System`, by `layout`; the rest is the caller's promise.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from this allocator, so from `System`, by `layout`.
        unsafe { System.dealloc(block, layout) }
    }
}
