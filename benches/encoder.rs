//! What it costs to encode a chat, once for all who get it.
//!
//! `cargo bench --bench encoder`. `text` copies a text behind a head: nothing but the frame.

use std::borrow::Cow;

use chrono::DateTime;
use divan::{Bencher, black_box, counter::BytesCount};
use tertulia::{
    delivery::Frame,
    ids::UserId,
    message::{ServerMessage, User},
};

const SIZES_BYTES: [usize; 2] = [128, 64 * 1024];

fn main() {
    divan::main();
}

/// Mostly ASCII, with a character of three bytes and one that JSON escapes now and then.
fn text_of(bytes: usize) -> String {
    let mut text = "the rain in \"Spain\" stays mainly in the plain, 雨 ".repeat(bytes / 40 + 1);
    text.truncate(text.floor_char_boundary(bytes));
    text.extend(std::iter::repeat_n('.', bytes - text.len()));
    text
}

#[divan::bench(args = SIZES_BYTES)]
fn text(bencher: Bencher, bytes: usize) {
    let text = text_of(bytes);
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| Frame::text(black_box(&text)));
}

#[divan::bench(args = SIZES_BYTES)]
fn chat(bencher: Bencher, bytes: usize) {
    let text = text_of(bytes);
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        Frame::message(&ServerMessage::Chat {
            id: black_box(41),
            user: User {
                id: UserId::from_bits(0x5c1f_0a9b_e4d2_7733),
                name: Cow::Borrowed("Ada"),
            },
            text: Cow::Borrowed(black_box(&text)),
            at: DateTime::UNIX_EPOCH,
        })
    });
}

/// A chat for those who have agreed on permessage-deflate.
#[divan::bench(args = SIZES_BYTES)]
fn packed(bencher: Bencher, bytes: usize) {
    let frame = Frame::text(&text_of(bytes));
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| black_box(&frame).packed(0));
}
