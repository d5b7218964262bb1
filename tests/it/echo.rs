//! Valid traffic over real sockets: whatever its fragmentation and however the network cuts it, it comes back to the
//! byte, pings are answered between, and close codes are echoed.

use proptest::{collection::vec, prelude::*};
use tertulia::Rules;

use crate::{
    app::{EchoApp, spawn_echo},
    raw::{BINARY, CLOSE, CONTINUATION, End, FIN, Frame, PING, PONG, RawSocket, TEXT, close, frame, head},
};

const LIMIT: usize = 64 << 10;

/// An echo that takes messages of 64 KiB, in at most 16 frames.
fn echo() -> EchoApp {
    spawn_echo(Rules {
        max_message_bytes: LIMIT,
        max_fragments: 16,
    })
}

#[tokio::test]
async fn close_codes_that_may_travel_are_echoed() {
    let app = echo();
    let codes = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ];
    for code in codes {
        let longest = "é".repeat(61) + "!";
        for reason in ["", "bye", &longest] {
            let mut socket = RawSocket::open_echo(app.address).await;
            socket.write(&close(code, reason)).await;
            assert_eq!(socket.close_frame().await.0, code);
            assert_eq!(socket.end().await, End::Fin, "{code}");
        }
    }
}

#[tokio::test]
async fn close_without_a_code_is_answered_without_one() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.write(&frame(FIN | CLOSE, b"")).await;
    assert_eq!(
        socket.frame().await,
        Frame {
            first: FIN | CLOSE,
            payload: Vec::new()
        }
    );
    assert_eq!(socket.end().await, End::Fin);
}

#[tokio::test]
async fn close_frame_between_fragments_is_heard() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    socket
        .write(&[frame(TEXT, b"never whole"), close(1001, "")].concat())
        .await;
    assert_eq!(socket.close_frame().await.0, 1001);
    assert_eq!(socket.end().await, End::Fin);
}

#[tokio::test]
async fn ping_is_answered_with_its_payload() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    for payload in [&b""[..], b"x", &[0xFF; 125]] {
        socket.write(&frame(FIN | PING, payload)).await;
        assert_eq!(
            socket.frame().await,
            Frame {
                first: FIN | PONG,
                payload: payload.into()
            }
        );
    }
    // A pong that nobody asked for is no fault, and has no answer.
    socket
        .write(&[frame(FIN | PONG, &[7; 125]), frame(FIN | TEXT, b"marker")].concat())
        .await;
    assert_eq!(socket.frame().await.payload, b"marker");
}

#[tokio::test]
async fn ping_between_fragments_is_answered_before_the_message_is_whole() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    // Half a character on either side.
    socket
        .write(&[frame(TEXT, b"a \xC3"), frame(FIN | PING, b"now")].concat())
        .await;
    assert_eq!(
        socket.frame().await,
        Frame {
            first: FIN | PONG,
            payload: b"now".into()
        }
    );
    socket.write(&frame(FIN | CONTINUATION, b"\xA9 z")).await;
    assert_eq!(
        socket.frame().await,
        Frame {
            first: FIN | TEXT,
            payload: "a é z".into()
        }
    );
}

#[tokio::test]
async fn unread_pongs_do_not_pile_up() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    socket2::SockRef::from(&socket.stream)
        .set_recv_buffer_size(128 << 10)
        .unwrap();
    const PINGS: u32 = 200_000;
    let (mut flood, mut payload) = (Vec::new(), [0; 125]);
    for number in 1..=PINGS {
        payload[..4].copy_from_slice(&number.to_be_bytes());
        flood.extend_from_slice(&frame(FIN | PING, &payload));
    }
    // Taken in whole, though no answer is read: reading goes on, and only the newest ping keeps its answer.
    socket.write(&flood).await;
    let (mut pongs, mut newest) = (0, 0);
    while newest < PINGS {
        let pong = socket.frame().await;
        assert_eq!(pong.first, FIN | PONG);
        let number = u32::from_be_bytes(*pong.payload.first_chunk().unwrap());
        assert!(number > newest, "{number} after {newest}");
        (pongs, newest) = (pongs + 1, number);
    }
    // What lay in the system's own buffers, and one.
    assert!(pongs < PINGS / 2, "{pongs} of {PINGS}");
}

/// A message in frames of these sizes, the last of which takes the rest, with pings between them.
fn fragmented(opcode: u8, message: &[u8], sizes: &[usize]) -> (Vec<u8>, usize) {
    let (mut wire, mut rest, mut first) = (Vec::new(), message, opcode);
    for size in sizes {
        let (piece, behind) = rest.split_at((*size).min(rest.len()));
        wire.extend(frame(first, piece));
        wire.extend(frame(FIN | PING, &[first; 3]));
        (rest, first) = (behind, CONTINUATION);
    }
    wire.extend(frame(FIN | first, rest));
    (wire, sizes.len())
}

/// Sends `wire` in pieces of these sizes, again and again, and expects `message` back, after the pongs.
async fn is_echoed(socket: &mut RawSocket, wire: &[u8], pieces: &[usize], pings: usize, message: &Frame) {
    let mut rest = wire;
    for size in pieces.iter().cycle() {
        let (piece, behind) = rest.split_at((*size).min(rest.len()));
        socket.write(piece).await;
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    let mut pongs = 0;
    loop {
        let frame = socket.frame().await;
        if frame.first != FIN | PONG {
            assert!(
                frame == *message,
                "{} bytes came back of {}",
                frame.payload.len(),
                message.payload.len()
            );
            break;
        }
        pongs += 1;
    }
    assert!(
        pongs <= pings && (pings == 0 || pongs > 0),
        "{pongs} pongs for {pings} pings"
    );
}

#[tokio::test]
async fn messages_of_every_size_come_back_to_the_byte() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    for size in [0, 1, 125, 126, 127, 128, 65535, LIMIT] {
        for opcode in [TEXT, BINARY] {
            let payload: Vec<u8> = match opcode {
                TEXT => (0..size).map(|at| b'a' + (at % 26) as u8).collect(),
                _ => (0..size).map(|at| at as u8).collect(),
            };
            let message = Frame {
                first: FIN | opcode,
                payload,
            };
            for sizes in [
                &[][..],
                &[0],
                &[1, 0, 2],
                &[size / 2],
                &[size.saturating_sub(1)],
                &[size],
            ] {
                let (wire, pings) = fragmented(opcode, &message.payload, sizes);
                is_echoed(&mut socket, &wire, &[usize::MAX], pings, &message).await;
                if size <= 128 {
                    is_echoed(&mut socket, &wire, &[1], pings, &message).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn sixteen_mebibytes_come_back_to_the_byte() {
    const SIZE: usize = 16 << 20;
    let app = spawn_echo(Rules {
        max_message_bytes: SIZE,
        max_fragments: 0,
    });
    let mut socket = RawSocket::open_echo(app.address).await;
    let mut payload = Vec::from_iter(0..251).repeat(SIZE / 251 + 1);
    payload.truncate(SIZE);
    let message = Frame {
        first: FIN | BINARY,
        payload,
    };
    is_echoed(
        &mut socket,
        &frame(FIN | BINARY, &message.payload),
        &[usize::MAX],
        0,
        &message,
    )
    .await;
    let (wire, pings) = fragmented(BINARY, &message.payload, &[1 << 20; 15]);
    is_echoed(&mut socket, &wire, &[100_003], pings, &message).await;
    socket.write(&head(FIN | BINARY, SIZE as u64 + 1)).await;
    assert_eq!(socket.close_frame().await.0, 1009);
}

#[tokio::test]
async fn many_messages_in_one_packet_come_back_in_order() {
    let app = echo();
    let mut socket = RawSocket::open_echo(app.address).await;
    let texts: Vec<String> = (0..2000).map(|number| format!("text {number}")).collect();
    let wire: Vec<u8> = texts
        .iter()
        .flat_map(|text| frame(FIN | TEXT, text.as_bytes()))
        .collect();
    socket.write(&wire).await;
    for text in texts {
        assert_eq!(socket.frame().await.payload, text.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cutting_of_a_text_comes_back_to_the_byte(
        text in "[a-zé€🦀]{0,200}",
        sizes in vec(0..80usize, 0..15),
        pieces in vec(1..40usize, 1..10),
    ) {
        // One server and one socket for all cases would need a lock; a new one costs a few milliseconds.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = echo();
            let mut socket = RawSocket::open_echo(app.address).await;
            let message = Frame { first: FIN | TEXT, payload: text.into() };
            let (wire, pings) = fragmented(TEXT, &message.payload, &sizes);
            is_echoed(&mut socket, &wire, &pieces, pings, &message).await;
        });
    }
}
