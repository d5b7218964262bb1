//! SockJS' framing, formats and paths, under anything.
//!
//! The first byte of the input chooses what the rest is: a text to be framed, the wire image that becomes frames, what a
//! client has packed, or a path and a callback.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use tertulia::transport::sockjs::{
    format::{Format, callback},
    framing::{Piece, append, close_frame, quoted, texts, texts_of_message, translate},
    requests::Route,
};

fuzz_target!(|data: &[u8]| {
    let Some((&kind, bytes)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    match kind % 4 {
        0 => frame(&text),
        1 => hear(bytes),
        2 => unpack(bytes, &text),
        _ => ask(&text),
    }
});

/// A text comes back from its frame, and leaves no format that carries it.
fn frame(text: &str) {
    let list = format!("[{}]", quoted(text));
    assert_eq!(texts(list.as_bytes()).as_deref(), Ok(&[text.to_owned()][..]));
    is_one_line(&list);
    is_one_line(&close_frame(1008, text));
    let frame = format!("a{list}");
    for format in [Format::Jsonp("cb".into()), Format::HtmlFile("cb".into())] {
        let wrapped = format.wrap(&frame);
        let script = wrapped
            .trim_start_matches("<script>\n")
            .trim_end_matches("</script>\r\n");
        assert!(!script.contains('<'), "it ends its script: {wrapped}");
    }
    let event = Format::EventSource.wrap(&frame);
    assert_eq!(event.matches(['\r', '\n']).count(), 4, "more than one event: {event}");
}

/// What would end a line, of JavaScript's too, is escaped.
fn is_one_line(frame: &str) {
    let ends = |letter: char| letter < ' ' || matches!(letter, '\u{2028}' | '\u{2029}');
    assert!(!frame.contains(ends), "{frame:?}");
}

/// A wire image is read to its end, or to the first frame that is not whole, and each piece is a frame.
fn hear(mut wire: &[u8]) {
    let mut pieces = VecDeque::new();
    while let Some((piece, bytes)) = translate(wire) {
        assert!(bytes > 0 && bytes <= wire.len());
        wire = &wire[bytes..];
        if let Some(piece) = piece {
            append(&mut pieces, piece);
        }
    }
    let mut before: Option<&Piece> = None;
    for piece in &pieces {
        let frame = piece.frame();
        assert_eq!(frame.len(), piece.size());
        is_one_line(&frame);
        if let Piece::Texts(_) = piece {
            assert!(texts(&frame.as_bytes()[1..]).is_ok_and(|texts| !texts.is_empty()));
            assert!(!matches!(before, Some(Piece::Texts(_))), "two in a row are one");
        }
        before = Some(piece);
    }
}

/// What was understood comes back when it is packed again; a list is the same however it came.
fn unpack(bytes: &[u8], text: &str) {
    if let Ok(said) = texts(bytes) {
        let packed: Vec<_> = said.iter().map(|text| quoted(text)).collect();
        assert_eq!(texts(format!("[{}]", packed.join(",")).as_bytes()), Ok(said.clone()));
        if text.as_bytes() == bytes {
            assert_eq!(texts_of_message(text), Ok(said));
        }
    }
    let _ = texts_of_message(text);
}

/// Whatever is asked for, an id is a part of the path, and a callback a name.
fn ask(text: &str) {
    if let Some(route) = Route::of(text) {
        assert!(!route.methods().is_empty());
        if let Route::Session { session, .. } = route {
            assert!(!session.is_empty() && !session.contains(['/', '.']) && text.contains(session));
        }
        let _ = (route.has_preflight(), route.is_unproven());
    }
    if let Ok(name) = callback(Some(text)) {
        assert_eq!(name, text);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        assert!(name.bytes().all(is_name));
        assert!(Format::HtmlFile(name).prelude().is_some_and(|head| head.len() >= 1024));
    }
}
