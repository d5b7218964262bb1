//! Strict RFC 6455 over real sockets: DESIGN section 5, row by row. What is written in each case stops at the byte
//! that decides it, so the answer proves that the server waited for nothing more.

use tertulia::{Rules, settings::Settings};

use crate::{
    app::{EchoApp, FAIL, spawn_app, spawn_echo},
    raw::{BINARY, CLOSE, CONTINUATION, End, FIN, PING, PONG, RawSocket, Request, TEXT, close, frame, head, status_of},
};

const LIMIT: usize = 64 << 10;

/// An echo that takes messages of 64 KiB, in at most 16 frames.
fn echo() -> EchoApp {
    spawn_echo(Rules {
        max_message_bytes: LIMIT,
        max_fragments: 16,
    })
}

/// What follows a fault: whole frames, which must not be heard, nor make a reset of the end.
fn afterwards() -> Vec<u8> {
    [frame(FIN | TEXT, b"not heard"), frame(FIN | PING, b"not heard")]
        .concat()
        .repeat(2000)
}

/// Writes `bytes` to an echo, and expects it to close with this.
async fn is_refused(app: &EchoApp, bytes: &[u8], status: (u16, &str)) {
    let name = format!("{:x?}", &bytes[..bytes.len().min(40)]);
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.write(bytes).await;
    assert_eq!(socket.close_frame().await, (status.0, status.1.to_owned()), "{name}");
    // The server closes TCP first, and nothing follows the close frame.
    assert_eq!(socket.end().await, End::Fin, "{name}");

    let mut socket = RawSocket::open_echo(app.address).await;
    socket.try_write(&[bytes, &afterwards()].concat()).await;
    assert_eq!(socket.close_frame().await.0, status.0, "{name}, and more");
    assert_eq!(socket.end().await, End::Fin, "{name}, and more");
}

#[tokio::test]
async fn broken_heads_end_in_1002() {
    let app = echo();
    let begun = frame(TEXT, b"begun");
    let inside = |bytes: &[u8]| [&begun, bytes].concat();
    let cases: [(Vec<u8>, &str); 24] = [
        (vec![FIN | 0x40 | TEXT], "reserved bit set"),
        (vec![FIN | 0x20 | BINARY], "reserved bit set"),
        (vec![FIN | 0x10 | PING], "reserved bit set"),
        (vec![0x70], "reserved bit set"),
        (vec![FIN | 3], "reserved opcode"),
        (vec![FIN | 7], "reserved opcode"),
        (vec![FIN | 11], "reserved opcode"),
        (vec![FIN | 15], "reserved opcode"),
        (vec![FIN | TEXT, 2], "frame not masked"),
        (vec![FIN | PING, 0], "frame not masked"),
        (vec![FIN | CLOSE, 2], "frame not masked"),
        (vec![PING], "fragmented control frame"),
        (vec![PONG], "fragmented control frame"),
        (vec![CLOSE], "fragmented control frame"),
        (vec![FIN | PING, 0x80 | 126], "control frame too long"),
        (vec![FIN | CLOSE, 0x80 | 127], "control frame too long"),
        (vec![CONTINUATION], "nothing to continue"),
        (vec![FIN | CONTINUATION], "nothing to continue"),
        (inside(&[FIN | TEXT]), "message inside a message"),
        (inside(&[BINARY]), "message inside a message"),
        (vec![FIN | TEXT, 0x80 | 126, 0, 125], "length not minimal"),
        (vec![FIN | TEXT, 0x80 | 127, 0, 0, 0, 0, 0, 0], "length not minimal"),
        (vec![FIN | TEXT, 0x80 | 127, 0x80], "length has its top bit set"),
        (vec![FIN | CLOSE, 0x81], "half a close code"),
    ];
    for (bytes, reason) in cases {
        is_refused(&app, &bytes, (1002, reason)).await;
    }
    // A message that is whole leaves nothing to continue.
    let whole = [frame(FIN | TEXT, b""), vec![FIN | CONTINUATION]].concat();
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.write(&whole).await;
    assert_eq!(socket.frame().await.first, FIN | TEXT);
    assert_eq!(socket.close_frame().await, (1002, "nothing to continue".into()));
}

#[tokio::test]
async fn close_codes_that_may_not_travel_end_in_1002() {
    let app = echo();
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        is_refused(&app, &close(code, ""), (1002, "close code may not travel")).await;
    }
    // The code decides, before the reason has come.
    let unfinished = close(1005, "too late");
    is_refused(&app, &unfinished[..8], (1002, "close code may not travel")).await;
}

#[tokio::test]
async fn bad_utf8_ends_in_1007_at_its_first_impossible_byte() {
    let app = echo();
    // The last byte is the first that cannot be.
    let faults: [&[u8]; 9] = [
        b"\x80",
        b"ok \xFF",
        b"\xC0",
        b"\xE0\x9F",
        b"\xED\xA0",
        b"\xF0\x8F",
        b"\xF4\x90",
        b"\xF5",
        b"\xCE\xBA\xCE\xCE",
    ];
    for fault in faults {
        // Of a frame that announces more.
        let mut begun = frame(FIN | TEXT, &[fault, b"never sent"].concat());
        begun.truncate(begun.len() - 10);
        is_refused(&app, &begun, (1007, "not UTF-8")).await;
        // Across fragments, the last of which is not the message's.
        let (front, last) = fault.split_at(fault.len() - 1);
        let fragments = [frame(TEXT, front), frame(CONTINUATION, b""), frame(CONTINUATION, last)].concat();
        is_refused(&app, &fragments, (1007, "not UTF-8")).await;
        // In the reason of a close frame.
        let mut begun = frame(
            FIN | CLOSE,
            &[&1000u16.to_be_bytes()[..], fault, b"never sent"].concat(),
        );
        begun.truncate(begun.len() - 10);
        is_refused(&app, &begun, (1007, "not UTF-8")).await;
    }
    for cut in [&b"\xC3"[..], b"\xE2\x82", b"ok \xF0\x9F\xA6"] {
        is_refused(&app, &frame(FIN | TEXT, cut), (1007, "not UTF-8")).await;
        is_refused(
            &app,
            &[frame(TEXT, cut), frame(FIN | CONTINUATION, b"")].concat(),
            (1007, "not UTF-8"),
        )
        .await;
        let reason = [&1000u16.to_be_bytes()[..], cut].concat();
        is_refused(&app, &frame(FIN | CLOSE, &reason), (1007, "not UTF-8")).await;
    }
}

#[tokio::test]
async fn oversize_ends_in_1009_by_its_head_alone() {
    let app = echo();
    let too_big = (1009, "message too big");
    for opcode in [TEXT, BINARY] {
        for bytes in [LIMIT as u64 + 1, 1 << 30, i64::MAX as u64] {
            let head = head(FIN | opcode, bytes);
            // Neither the mask nor the last byte of the length is waited for where the first ones tell.
            is_refused(&app, &head[..head.len() - 4], too_big).await;
        }
        is_refused(&app, &[FIN | opcode, 0xFF, 1], too_big).await;
        let second = head(FIN | CONTINUATION, 2);
        is_refused(
            &app,
            &[frame(opcode, &[b'x'; LIMIT - 1]), second[..2].into()].concat(),
            too_big,
        )
        .await;
    }
}

#[tokio::test]
async fn oversize_is_told_to_who_goes_on_sending_it() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.try_write(&frame(FIN | BINARY, &vec![7; 4 << 20])).await;
    assert_eq!(socket.close_frame().await.0, 1009);
    assert_eq!(socket.end().await, End::Fin);
}

#[tokio::test]
async fn too_many_fragments_end_in_1008() {
    let app = echo();
    // Empty ones, which no count of bytes would see.
    let sixteen = [frame(TEXT, b""), frame(CONTINUATION, b"").repeat(15)].concat();
    is_refused(
        &app,
        &[&sixteen[..], &[CONTINUATION]].concat(),
        (1008, "too many fragments"),
    )
    .await;
}

#[tokio::test]
async fn failing_handler_ends_in_1011() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.write(&frame(FIN | TEXT, FAIL.as_bytes())).await;
    assert_eq!(socket.close_frame().await, (1011, String::new()));
    // This was no fault of the peer, whose half of the close handshake is awaited.
    socket.write(&[afterwards(), close(1011, "")].concat()).await;
    assert_eq!(socket.end().await, End::Fin);
}

#[tokio::test]
async fn chat_takes_only_text() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    for protocol in ["tertulia.v1", "other"] {
        let request = Request::handshake("/ws", app.address).and("Cookie", &ada.cookie);
        let mut socket = RawSocket::open(app.address, &request.and("Sec-WebSocket-Protocol", protocol)).await;
        socket.write(&frame(FIN | BINARY, b"\x00\xFF")).await;
        let closed = loop {
            let frame = socket.frame().await;
            if frame.first != FIN | TEXT {
                break status_of(&frame);
            }
        };
        assert_eq!(closed, (1003, "text only".into()));
        socket.write(&close(1003, "")).await;
        assert_eq!(socket.end().await, End::Fin);
    }
}

#[tokio::test]
async fn faults_of_one_disturb_no_other() {
    let app = echo();
    let mut other = RawSocket::open_echo(app.address).await;
    for fault in [
        &[0x70][..],
        &[FIN | TEXT, 2],
        &head(FIN | TEXT, 1 << 40),
        &close(1005, ""),
        &frame(FIN | TEXT, b"\xFF"),
    ] {
        is_refused_somehow(&app, fault).await;
        other.write(&frame(FIN | TEXT, b"still here")).await;
        assert_eq!(other.frame().await.payload, b"still here");
    }
}

async fn is_refused_somehow(app: &EchoApp, bytes: &[u8]) {
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.write(bytes).await;
    socket.close_frame().await;
}

#[tokio::test]
async fn nothing_is_heard_after_a_close_frame() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    let before = [frame(FIN | TEXT, b"last words"), close(1000, "")].concat();
    socket.try_write(&[before, afterwards()].concat()).await;
    assert_eq!(socket.frame().await.payload, b"last words");
    assert_eq!(socket.close_frame().await.0, 1000);
    assert_eq!(socket.end().await, End::Fin);
}
