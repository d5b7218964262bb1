//! What it costs to decode a client's text, and how much of it is unmasking and judging UTF-8.
//!
//! `cargo bench --bench decoder`. The rows with `simdutf8` are the floor: nothing but the check of the text.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::BytesCount;
use tertulia::transport::websocket::protocol::{Decoder, Event, Rules, mask::unmask};

const SIZES_BYTES: [usize; 2] = [128, 64 * 1024];
const MASK: [u8; 4] = [0x1F, 0x2E, 0x3D, 0x4C];

fn main() {
    divan::main();
}

/// A masked text frame of a client, mostly ASCII, with a character of three bytes now and then.
fn text_frame(payload_bytes: usize) -> Vec<u8> {
    let mut payload = "the rain in Spain stays mainly in the plain, 雨 ".repeat(payload_bytes / 40 + 1);
    payload.truncate(payload.floor_char_boundary(payload_bytes));
    payload.extend(std::iter::repeat_n('.', payload_bytes - payload.len()));
    let mut payload = payload.into_bytes();
    unmask(&mut payload, MASK);
    let mut frame = vec![0x81];
    match payload_bytes {
        0..=125 => frame.push(0x80 | payload_bytes as u8),
        126..=0xFFFF => {
            frame.push(0x80 | 126);
            frame.extend((payload_bytes as u16).to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend((payload_bytes as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload);
    frame
}

/// The bytes of the texts that come out of `input`.
fn decode(decoder: &mut Decoder, mut input: &mut [u8]) -> usize {
    let rules = Rules::default();
    let mut bytes = 0;
    while let Ok(Some(event)) = decoder.decode(&mut input, &rules) {
        if let Event::Text(text) = black_box(event) {
            bytes += text.len();
        }
    }
    bytes
}

#[divan::bench(args = SIZES_BYTES)]
fn whole_text(bencher: Bencher, payload_bytes: usize) {
    let frame = text_frame(payload_bytes);
    let mut decoder = Decoder::new();
    // The decoder unmasks in place, so each round needs the frame anew: `fresh_copy` tells what that costs.
    let mut received = frame.clone();
    bencher.counter(BytesCount::new(payload_bytes)).bench_local(|| {
        received.copy_from_slice(&frame);
        assert_eq!(decode(&mut decoder, &mut received), payload_bytes);
    });
}

#[divan::bench(args = SIZES_BYTES)]
fn text_in_four_pieces(bencher: Bencher, payload_bytes: usize) {
    let frame = text_frame(payload_bytes);
    let mut decoder = Decoder::new();
    let mut received = frame.clone();
    bencher.counter(BytesCount::new(payload_bytes)).bench_local(|| {
        received.copy_from_slice(&frame);
        let bytes = received
            .chunks_mut(frame.len().div_ceil(4))
            .map(|piece| decode(&mut decoder, piece))
            .sum::<usize>();
        assert_eq!(bytes, payload_bytes);
    });
}

#[divan::bench(args = SIZES_BYTES)]
fn fresh_copy(bencher: Bencher, payload_bytes: usize) {
    let frame = text_frame(payload_bytes);
    let mut received = frame.clone();
    bencher.counter(BytesCount::new(payload_bytes)).bench_local(|| {
        black_box(&mut received).copy_from_slice(black_box(&frame));
    });
}

#[divan::bench(args = SIZES_BYTES)]
fn unmask_alone(bencher: Bencher, payload_bytes: usize) {
    let mut payload = text_frame(payload_bytes).split_off(4);
    bencher
        .counter(BytesCount::new(payload_bytes))
        .bench_local(|| unmask(black_box(&mut payload), black_box(MASK)));
}

#[divan::bench(args = SIZES_BYTES)]
fn simdutf8_alone(bencher: Bencher, payload_bytes: usize) {
    let mut frame = text_frame(payload_bytes);
    let mut input = &mut frame[..];
    let mut decoder = Decoder::new();
    let Ok(Some(Event::Text(text))) = decoder.decode(&mut input, &Rules::default()) else {
        panic!("it is a text")
    };
    bencher
        .counter(BytesCount::new(payload_bytes))
        .bench_local(|| simdutf8::basic::from_utf8(black_box(text.as_bytes())).is_ok());
}
