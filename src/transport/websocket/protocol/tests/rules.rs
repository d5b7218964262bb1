//! Every rule, at the byte that decides it: each case ends with that byte.

use super::ProtocolError as E;
use super::*;

/// Asserts that `bytes` break `error`'s rule with their last byte and not before, however they are cut.
fn assert_refused(bytes: &[u8], error: E, rules: &Rules) {
    let (before, _) = decode([&bytes[..bytes.len() - 1]], rules);
    assert_eq!(before.error, None, "{bytes:x?} without its last byte");
    for verdict in [decode_whole(bytes, rules), decode(bytes.chunks(1), rules).0] {
        assert_eq!(verdict.error, Some(error), "{bytes:x?}");
    }
}

/// The head of a masked frame with a length of eight bytes, of which `length` is the beginning.
fn long_head(first: u8, length: &[u8]) -> Vec<u8> {
    [&[first, MASKED | 127], length].concat()
}

#[test]
fn broken_head_is_refused_at_the_byte_that_decides() {
    let begun = frame(TEXT, b"be");
    let cases: Vec<(Vec<u8>, E)> = vec![
        (vec![FIN | 0x40 | TEXT], E::ReservedBit),
        (vec![FIN | 0x20 | TEXT], E::ReservedBit),
        (vec![FIN | 0x10 | PING], E::ReservedBit),
        (vec![FIN | TEXT, 0], E::Unmasked),
        (vec![FIN | CLOSE, 126], E::Unmasked),
        (vec![PING], E::FragmentedControl),
        (vec![PONG], E::FragmentedControl),
        (vec![CLOSE], E::FragmentedControl),
        (vec![FIN | PING, MASKED | 126], E::LongControl),
        (vec![FIN | PONG, MASKED | 127], E::LongControl),
        (vec![FIN | CLOSE, MASKED | 126], E::LongControl),
        (vec![FIN | CLOSE, MASKED | 1], E::HalfCloseCode),
        (vec![CONTINUATION], E::OrphanContinuation),
        (vec![FIN | CONTINUATION], E::OrphanContinuation),
        ([&begun[..], &[TEXT]].concat(), E::NestedMessage),
        ([&begun[..], &[FIN | BINARY]].concat(), E::NestedMessage),
        (
            [
                frame(TEXT, b"be"),
                frame(FIN | CONTINUATION, b"gun"),
                vec![CONTINUATION],
            ]
            .concat(),
            E::OrphanContinuation,
        ),
        (vec![FIN | TEXT, MASKED | 126, 0, 125], E::LengthNotMinimal),
        (vec![FIN | TEXT, MASKED | 126, 0, 0], E::LengthNotMinimal),
        (long_head(FIN | TEXT, &[0, 0, 0, 0, 0, 0]), E::LengthNotMinimal),
        (long_head(FIN | TEXT, &[0x80]), E::LengthTopBit),
    ];
    for (bytes, error) in cases {
        assert_refused(&bytes, error, &RULES);
        assert_eq!(error.close_status().code(), 1002);
    }
}

#[test]
fn all_reserved_opcodes_are_refused() {
    for opcode in (3..8).chain(11..16) {
        assert_refused(&[FIN | opcode], E::ReservedOpcode, &RULES);
        assert_refused(&[opcode], E::ReservedOpcode, &RULES);
    }
}

#[test]
fn message_too_big_is_refused_by_its_length_alone() {
    let small = Rules {
        max_message_bytes: 300,
        max_fragments: 0,
    };
    let half = frame(BINARY, &[0; 200]);
    let cases: Vec<(Vec<u8>, Rules)> = vec![
        (
            vec![FIN | TEXT, MASKED | 101],
            Rules {
                max_message_bytes: 100,
                ..small
            },
        ),
        (vec![FIN | TEXT, MASKED | 126, 1, 45], small),
        (vec![FIN | TEXT, MASKED | 126, 2], small),
        ([&half[..], &[FIN | CONTINUATION, MASKED | 101]].concat(), small),
        (
            [&half[..], &frame(FIN | PING, b"?"), &[CONTINUATION, MASKED | 126, 1]].concat(),
            small,
        ),
        (long_head(BINARY, &[0, 0, 0, 0, 0, 1, 0, 1]), RULES),
        (long_head(BINARY, &[0, 0, 0, 0, 0, 2]), RULES),
        (long_head(BINARY, &[0, 0, 1]), RULES),
        (long_head(BINARY, &[0x7F]), RULES),
    ];
    for (bytes, rules) in cases {
        assert_refused(&bytes, E::MessageTooBig, &rules);
    }
    assert_eq!(E::MessageTooBig.close_status().code(), 1009);
}

#[test]
fn message_of_just_the_limit_passes() {
    let most = vec![b'x'; RULES.max_message_bytes];
    let text = Said::Text(String::from_utf8(most.clone()).unwrap());
    assert_eq!(
        decode_whole(&frame(FIN | TEXT, &most), &RULES).said,
        std::slice::from_ref(&text)
    );
    let (first, second) = most.split_at(most.len() / 3);
    let halves = [frame(TEXT, first), frame(FIN | CONTINUATION, second)].concat();
    assert_eq!(decode_whole(&halves, &RULES).said, [text]);
}

#[test]
fn zero_switches_limits_off() {
    let rules = Rules {
        max_message_bytes: 0,
        max_fragments: 0,
    };
    let pieces = [
        frame(TEXT, b""),
        frame(CONTINUATION, b"").repeat(9_999),
        frame(FIN | CONTINUATION, &[b'x'; 0x2_0000]),
    ];
    assert_eq!(
        decode_whole(&pieces.concat(), &rules).said,
        [Said::Text("x".repeat(0x2_0000))]
    );
    assert_eq!(decode_whole(&long_head(BINARY, &[0x7F; 8]), &rules).error, None);
}

#[test]
fn one_fragment_too_many_is_refused_at_its_first_byte() {
    for payload in [&b""[..], b"x"] {
        let most = [
            frame(TEXT, payload),
            frame(CONTINUATION, payload).repeat(RULES.max_fragments - 1),
        ]
        .concat();
        assert_refused(
            &[&most[..], &[FIN | CONTINUATION]].concat(),
            E::TooManyFragments,
            &RULES,
        );
    }
    assert_eq!(E::TooManyFragments.close_status().code(), 1008);
}

#[test]
fn control_frames_are_no_fragments() {
    let bytes = [
        frame(TEXT, b"o"),
        frame(FIN | PING, b"").repeat(100),
        frame(FIN | CONTINUATION, b"k"),
    ]
    .concat();
    let verdict = decode_whole(&bytes, &RULES);
    assert_eq!(verdict.said.len(), 101);
    assert_eq!(verdict.said[100], Said::Text("ok".into()));
}

#[test]
fn bad_text_is_refused_at_its_first_impossible_byte() {
    let whole: [&[u8]; 6] = [b"\xFF", b"ok\x80", b"\xED\xA0", b"\xF4\x90", b"\xC0", b"\xE2\x82x"];
    for bad in whole {
        // Only the bad byte and what is before it has come; more was announced.
        let announced = [bad, &[b'.'; 80]].concat();
        let sent = frame(FIN | TEXT, &announced);
        assert_refused(&sent[..sent.len() - 80], E::Utf8, &RULES);
        // Or the frames are cut just before the bad byte.
        let (good, last) = bad.split_at(bad.len() - 1);
        let cut = [
            frame(TEXT, good),
            frame(FIN | PING, b"?"),
            frame(CONTINUATION, &[last, b"..."].concat()),
        ]
        .concat();
        assert_refused(&cut[..cut.len() - 3], E::Utf8, &RULES);
    }
    assert_eq!(E::Utf8.close_status().code(), 1007);
}

#[test]
fn text_that_ends_within_a_character_is_refused_at_its_end() {
    assert_refused(&frame(FIN | TEXT, b"\xE2\x82"), E::Utf8, &RULES);
    let cut = [frame(TEXT, b"ab\xF0\x9F"), frame(FIN | CONTINUATION, b"\xA6")].concat();
    assert_refused(&cut, E::Utf8, &RULES);
    assert_refused(
        &[frame(TEXT, b"\xC3"), frame(FIN | CONTINUATION, b"")].concat(),
        E::Utf8,
        &RULES,
    );
}

#[test]
fn bad_close_body_is_refused_at_the_byte_that_decides() {
    // Half a code decides already where no code begins so.
    for high in (0..3).chain(4..0x0B).chain(0x14..=0xFF) {
        let sent = frame(FIN | CLOSE, &close_body(u16::from_be_bytes([high, 0]), b"why"));
        assert_refused(&sent[..sent.len() - 4], E::CloseCode, &RULES);
    }
    for code in [768, 999, 1004, 1005, 1006, 1015, 1016, 1023, 2816, 2999, 5000, 5119] {
        assert_refused(&frame(FIN | CLOSE, &close_body(code, b"")), E::CloseCode, &RULES);
    }
    let reason = frame(FIN | CLOSE, &close_body(1000, b"so \xE2\x28 long"));
    assert_refused(&reason[..reason.len() - 5], E::Utf8, &RULES);
    assert_refused(&frame(FIN | CLOSE, &close_body(1000, b"\xE2\x82")), E::Utf8, &RULES);
}

#[test]
fn valid_close_codes_come_through_with_their_reason() {
    assert_eq!(decode_whole(&frame(FIN | CLOSE, b""), &RULES).said, [Said::Close(None)]);
    for code in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]) {
        for reason in ["", "bye ☕", &"r".repeat(123)] {
            let status = CloseStatus::new(code, reason.to_owned()).unwrap();
            let sent = frame(FIN | CLOSE, &close_body(code, reason.as_bytes()));
            for verdict in [decode_whole(&sent, &RULES), decode(sent.chunks(1), &RULES).0] {
                assert_eq!(
                    verdict,
                    Verdict {
                        said: vec![Said::Close(Some(status.clone()))],
                        error: None
                    }
                );
            }
        }
    }
}

#[test]
fn nothing_follows_a_close_frame_or_an_error() {
    let after = frame(FIN | TEXT, b"still here?");
    let closed = [frame(FIN | CLOSE, b""), after.clone(), vec![0xFF; 3]].concat();
    assert_eq!(
        decode_whole(&closed, &RULES),
        Verdict {
            said: vec![Said::Close(None)],
            error: None
        }
    );
    let broken = [frame(FIN | PING, b"?"), vec![0xFF], after].concat();
    let verdict = Verdict {
        said: vec![Said::Ping(b"?".into())],
        error: Some(E::ReservedBit),
    };
    assert_eq!(decode_whole(&broken, &RULES), verdict);
    assert_eq!(decode(broken.chunks(1), &RULES).0, verdict);
}

#[test]
fn every_error_fits_a_close_frame_and_names_its_rule() {
    for error in [
        E::ReservedBit,
        E::LengthTopBit,
        E::Utf8,
        E::MessageTooBig,
        E::TooManyFragments,
    ] {
        assert_eq!(error.close_status().reason(), error.to_string());
    }
}

#[test]
fn decoder_is_small_and_holds_nothing_between_messages() {
    assert!(size_of::<Decoder>() <= 16);
    let halves = [
        frame(TEXT, b"o"),
        frame(FIN | PING, b"?"),
        frame(FIN | CONTINUATION, b"k"),
    ]
    .concat();
    let (_, decoder) = decode(halves.chunks(1), &RULES);
    assert!(decoder.unfinished.is_none());
    let (_, decoder) = decode([&frame(FIN | TEXT, b"ok")[..]], &RULES);
    assert!(decoder.unfinished.is_none());
}

#[test]
fn decoder_is_idle_only_when_nothing_has_begun() {
    for begun in [
        &[FIN | TEXT][..],
        &frame(FIN | TEXT, b"ok")[..6],
        &frame(TEXT, b""),
        &frame(FIN | PING, b"?")[..6],
    ] {
        let (_, decoder) = decode([begun], &RULES);
        assert!(!decoder.is_idle(), "{begun:x?}");
    }
    assert!(Decoder::new().is_idle());
}

#[test]
fn announced_length_reserves_nothing() {
    let rules = Rules {
        max_message_bytes: 0,
        max_fragments: 0,
    };
    let (_, decoder) = decode([&long_head(FIN | BINARY, &[0x7F; 8])[..], &MASK, &[1, 2, 3]], &rules);
    let message = decoder.unfinished.as_ref().and_then(|held| held.message()).unwrap();
    assert!(message.capacity() < 64, "{}", message.capacity());
}

#[test]
fn whole_frame_is_handed_out_in_place() {
    let mut sent = frame(FIN | TEXT, b"in place");
    let place = sent[6..].as_ptr();
    let (mut decoder, mut input) = (Decoder::new(), &mut sent[..]);
    let Ok(Some(Event::Text(text))) = decoder.decode(&mut input, &RULES) else {
        panic!("it is a text")
    };
    assert_eq!((text, text.as_ptr()), ("in place", place));
}
