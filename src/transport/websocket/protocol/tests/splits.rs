//! The network cuts where it likes, and the verdict is the same.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

/// What a client means to say, before it is cut into fragments.
#[derive(Clone, Debug)]
struct Plan {
    said: Said,
    /// Whether it is deflated.
    is_packed: bool,
    /// Where the message is cut into fragments.
    cuts: Vec<Index>,
    /// What comes before each fragment but the first.
    between: Vec<Said>,
}

fn control() -> impl Strategy<Value = Said> {
    prop_oneof![
        vec(any::<u8>(), 0..=125).prop_map(Said::Ping),
        vec(any::<u8>(), 0..10).prop_map(Said::Pong)
    ]
}

fn message() -> impl Strategy<Value = Said> {
    prop_oneof![
        4 => any::<String>().prop_map(Said::Text),
        1 => ("[a-zé🦀]{1,4}", 1..200_usize).prop_map(|(word, times)| Said::Text(word.repeat(times))),
        2 => vec(any::<u8>(), 0..300).prop_map(Said::Binary),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    let parts = (
        message(),
        any::<bool>(),
        vec(any::<Index>(), 0..4),
        vec(control(), 0..4),
    );
    parts.prop_map(|(said, is_packed, cuts, between)| Plan {
        said,
        is_packed,
        cuts,
        between,
    })
}

/// The frames of `plan`, and what they say in the order in which it is whole. Nothing is deflated unless `inflates`.
fn send(plan: &Plan, inflates: bool) -> (Vec<u8>, Vec<Said>) {
    let (opcode, payload) = match &plan.said {
        Said::Text(text) => (TEXT, text.as_bytes().to_vec()),
        Said::Binary(bytes) => (BINARY, bytes.clone()),
        control => unreachable!("no message: {control:?}"),
    };
    let (opcode, payload) = match plan.is_packed && inflates {
        true => (PACKED | opcode, deflated::deflate(&payload)),
        false => (opcode, payload),
    };
    let mut cuts = plan
        .cuts
        .iter()
        .map(|cut| cut.index(payload.len() + 1))
        .collect::<Vec<_>>();
    cuts.sort_unstable();
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([payload.len()]);
    let mut between = plan.between.iter();
    let (mut bytes, mut said) = (Vec::new(), Vec::new());
    for (number, (start, end)) in starts.zip(ends).enumerate() {
        if let Some(control) = (number > 0).then(|| between.next()).flatten() {
            bytes.extend(send_control(control));
            said.push(control.clone());
        }
        let first = if number == 0 { opcode } else { CONTINUATION };
        let fin = if number == cuts.len() { FIN } else { 0 };
        bytes.extend(frame(fin | first, &payload[start..end]));
    }
    said.push(plan.said.clone());
    (bytes, said)
}

fn send_control(control: &Said) -> Vec<u8> {
    match control {
        Said::Ping(payload) => frame(FIN | PING, payload),
        Said::Pong(payload) => frame(FIN | PONG, payload),
        message => unreachable!("no control frame: {message:?}"),
    }
}

/// `bytes` cut at `cuts`.
fn cut_at(bytes: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut cuts = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect::<Vec<_>>();
    cuts.sort_unstable();
    cuts.push(bytes.len());
    let mut start = 0;
    cuts.into_iter()
        .map(|end| bytes[std::mem::replace(&mut start, end)..end].to_vec())
        .collect()
}

/// Asserts that `bytes` are the same whole, cut at `cuts` and byte by byte, and that the model agrees.
fn assert_one_verdict(bytes: &[u8], cuts: &[Index], rules: &Rules, inflates: bool) -> Result<Verdict, TestCaseError> {
    let decoder = || match inflates {
        true => Decoder::inflating(),
        false => Decoder::new(),
    };
    let verdict = decode_by(decoder(), [bytes], rules).0;
    let pieces = cut_at(bytes, cuts);
    prop_assert_eq!(
        &decode_by(decoder(), pieces.iter().map(Vec::as_slice), rules).0,
        &verdict
    );
    prop_assert_eq!(&decode_by(decoder(), bytes.chunks(1), rules).0, &verdict);
    let model = model::decode(bytes, rules, inflates);
    prop_assert_eq!(&model.said, &verdict.said);
    if model.error.is_some() {
        prop_assert_eq!(model.error, verdict.error);
    }
    Ok(verdict)
}

proptest! {
    #[test]
    fn what_was_said_comes_out_however_it_is_cut(
        plans in vec(plan(), 0..6),
        cuts in vec(any::<Index>(), 0..8),
        inflates in any::<bool>(),
    ) {
        let sent = plans.iter().map(|plan| send(plan, inflates)).collect::<Vec<_>>();
        let bytes = sent.iter().flat_map(|(bytes, _)| bytes.clone()).collect::<Vec<_>>();
        let said = sent.into_iter().flat_map(|(_, said)| said).collect::<Vec<_>>();
        let verdict = assert_one_verdict(&bytes, &cuts, &RULES, inflates)?;
        prop_assert_eq!(verdict, Verdict { said, error: None });
    }

    #[test]
    fn garbage_gets_one_verdict_however_it_is_cut(
        bytes in vec(any::<u8>(), 0..200),
        cuts in vec(any::<Index>(), 0..8),
        max_message_bytes in select(vec![0, 1, 50, 200, 0x1_0000]),
        inflates in any::<bool>(),
    ) {
        assert_one_verdict(&bytes, &cuts, &Rules { max_message_bytes, ..RULES }, inflates)?;
    }

    #[test]
    fn damaged_traffic_gets_one_verdict_however_it_is_cut(
        plans in vec(plan(), 1..4),
        damages in vec((any::<Index>(), any::<u8>(), 0..3_u8), 1..4),
        cuts in vec(any::<Index>(), 0..8),
        max_message_bytes in select(vec![0, 100, 200, 0x1_0000]),
        max_fragments in 0..4_usize,
        inflates in any::<bool>(),
    ) {
        let mut bytes = plans.iter().flat_map(|plan| send(plan, inflates).0).collect::<Vec<_>>();
        for (place, byte, kind) in damages {
            let place = place.index(bytes.len());
            match kind {
                0 => bytes[place] ^= byte,
                1 => bytes.insert(place, byte),
                _ => bytes.truncate(place + 1),
            }
        }
        assert_one_verdict(&bytes, &cuts, &Rules { max_message_bytes, max_fragments }, inflates)?;
    }

    #[test]
    fn any_close_body_gets_one_verdict_however_it_is_cut(
        code in prop_oneof![any::<u16>(), 990..1020_u16, 2990..3010_u16, 4990..5010_u16],
        reason in prop_oneof![any::<String>().prop_map(String::into_bytes), vec(any::<u8>(), 0..100)],
        cuts in vec(any::<Index>(), 0..4),
    ) {
        let mut body = close_body(code, &reason);
        body.truncate(125);
        assert_one_verdict(&frame(FIN | CLOSE, &body), &cuts, &RULES, false)?;
    }
}

/// A conversation with every kind of frame and every width of length.
fn conversation() -> Vec<u8> {
    let long = "é🦀".repeat(30);
    let (start, rest) = long.as_bytes().split_at(61);
    [
        frame(FIN | TEXT, b""),
        frame(FIN | TEXT, "κόσμε".as_bytes()),
        frame(TEXT, start),
        frame(FIN | PING, b"between"),
        frame(CONTINUATION, b""),
        frame(FIN | PONG, b""),
        frame(FIN | CONTINUATION, rest),
        frame(FIN | BINARY, &[0xFF; 300]),
        frame(BINARY, b""),
        frame(FIN | CONTINUATION, b""),
        frame(FIN | CLOSE, &close_body(1001, "leaving ☕".as_bytes())),
    ]
    .concat()
}

#[test]
fn conversation_is_the_same_cut_at_any_two_bytes() {
    let bytes = conversation();
    let verdict = decode_whole(&bytes, &RULES);
    assert_eq!((verdict.said.len(), verdict.error), (8, None));
    for first in 0..=bytes.len() {
        for second in first..=bytes.len().min(first + 20) {
            let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(decode(pieces, &RULES).0, verdict, "cut at {first} and {second}");
        }
    }
}

#[test]
fn conversation_is_the_same_in_pieces_of_any_size() {
    let bytes = conversation();
    let verdict = decode_whole(&bytes, &RULES);
    for size in 1..=bytes.len() {
        assert_eq!(decode(bytes.chunks(size), &RULES).0, verdict, "pieces of {size}");
    }
}

#[test]
fn longest_length_comes_through_in_pieces() {
    let bytes = frame(FIN | BINARY, &vec![7; 0x1_0000]);
    let verdict = decode_whole(&bytes, &RULES);
    assert_eq!(verdict.said, [Said::Binary(vec![7; 0x1_0000])]);
    for size in [1, 3, 13, 1_000, 0xFFFF] {
        assert_eq!(decode(bytes.chunks(size), &RULES).0, verdict, "pieces of {size}");
    }
}
