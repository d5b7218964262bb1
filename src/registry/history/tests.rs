use proptest::{collection::vec, prelude::*};

use super::*;
use crate::message::ServerMessage;

const MINUTE: Duration = Duration::from_secs(60);

fn bounds(lines: usize, bytes: usize) -> Bounds {
    Bounds {
        lines,
        bytes,
        age: Some(MINUTE),
    }
}

fn line(number: u64, bytes: usize) -> Frame {
    Frame::text(&format!(
        r#"{{"type":"chat","id":{number},"user":{{"id":"0000000000000001","name":"Ada"}},"text":"{}","at":"2026-11-25T17:43:05.480Z"}}"#,
        "x".repeat(bytes)
    ))
}

fn filled(bounds: Bounds, lines: u64, now: Instant) -> History {
    let mut history = History::new(bounds);
    for number in 1..=lines {
        history.keep(line(number, 10), now);
    }
    history
}

/// The numbers of a `history` frame, and what it says of more.
fn read(frame: &Frame) -> (Vec<u64>, bool) {
    match serde_json::from_slice(frame.payload()).unwrap() {
        ServerMessage::History { lines, more, .. } => {
            let number = |line| match line {
                ServerMessage::Chat { id, .. } => id,
                other => panic!("{other:?}"),
            };
            (lines.into_iter().map(number).collect(), more)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_comes_in_reads_the_last_fifty_and_that_there_are_more() {
    let mut history = filled(bounds(100, 1 << 20), 70, Instant::now());
    let recent = history.recent();
    assert_eq!(read(&history.from(recent)), ((21..=70).collect(), true));
    let mut short = filled(bounds(100, 1 << 20), 3, Instant::now());
    let recent = short.recent();
    assert_eq!(read(&short.from(recent)), (vec![1, 2, 3], false));
    let mut empty = History::new(bounds(100, 1 << 20));
    let recent = empty.recent();
    assert_eq!(read(&empty.from(recent)), (vec![], false));
}

#[test]
fn who_comes_back_reads_what_they_missed() {
    let now = Instant::now();
    let mut history = filled(bounds(10, 1 << 20), 30, now);
    assert_eq!(history.since(30), Missed::From(31));
    assert_eq!(read(&history.from(31)), (vec![], true));
    assert_eq!(history.since(25), Missed::From(26));
    assert_eq!(read(&history.from(26)), ((26..=30).collect(), true));
    assert_eq!(history.since(20), Missed::From(21));
    assert_eq!(read(&history.from(21)), ((21..=30).collect(), false));
    assert_eq!(history.since(19), Missed::TooOld { missing: 1, from: 21 });
    assert_eq!(history.since(0), Missed::TooOld { missing: 20, from: 21 });
    assert_eq!(history.since(31), Missed::Unknown);
    assert_eq!(history.since(u64::MAX), Missed::Unknown);
    history.forget(now + MINUTE);
    assert_eq!(history.since(30), Missed::From(31));
    assert_eq!(history.since(29), Missed::TooOld { missing: 1, from: 31 });
    assert_eq!((history.bytes, history.forgets_at()), (0, None));
    assert_eq!(History::new(bounds(10, 1 << 20)).since(0), Missed::From(1));
}

#[test]
fn older_lines_come_by_the_page() {
    let history = filled(bounds(100, 1 << 20), 30, Instant::now());
    assert_eq!(read(&history.before(11, 4)), (vec![7, 8, 9, 10], true));
    assert_eq!(read(&history.before(3, 100)), (vec![1, 2], false));
    assert_eq!(read(&history.before(1, 5)), (vec![], false));
    assert_eq!(read(&history.none_before(11)), (vec![], true));
    assert_eq!(read(&history.none_before(1)), (vec![], false));
    assert_eq!(read(&history.before(u64::MAX, 2)), (vec![29, 30], true));
    let mut large = History::new(bounds(100, 1 << 20));
    for number in 1..=4 {
        large.keep(line(number, PAGE_BYTES / 2), Instant::now());
    }
    large.keep(line(5, 2 * PAGE_BYTES), Instant::now());
    assert_eq!(read(&large.before(4, 100)), (vec![3], true));
    assert_eq!(read(&large.before(6, 100)), (vec![5], true));
}

#[test]
fn nothing_is_kept_where_nothing_may_be() {
    for bounds in [bounds(0, 1 << 20), bounds(10, 0), Bounds::default()] {
        let mut history = filled(bounds, 5, Instant::now());
        assert_eq!((history.lines.len(), history.bytes), (0, 0));
        assert_eq!(history.since(3), Missed::TooOld { missing: 2, from: 6 });
        assert_eq!(read(&history.from(6)), (vec![], false));
        assert_eq!(history.next(), 6);
    }
}

#[test]
fn all_who_missed_the_same_share_one_frame_until_the_next_line() {
    let mut history = filled(bounds(100, 1 << 20), 9, Instant::now());
    let made: Vec<_> = (1..=MADE as u64).map(|from| history.from(from)).collect();
    for (from, frame) in (1..).zip(&made) {
        assert_eq!(frame.bytes().as_ptr(), history.from(from).bytes().as_ptr());
    }
    for from in 1..=9 {
        history.from(from);
        assert!(history.made.len() <= MADE);
    }
    history.keep(line(10, 1), Instant::now());
    assert_eq!(read(&history.from(3)), ((3..=10).collect(), true));
}

#[test]
fn greeting_without_lines_says_which_one_is_the_newest() {
    let said = |frame: &Frame| String::from_utf8(frame.payload().to_vec()).unwrap();
    let now = Instant::now();
    let mut history = History::new(bounds(10, 1 << 20));
    assert_eq!(said(&history.from(1)), r#"{"type":"history","lines":[],"more":false}"#);
    for number in 1..=3 {
        history.keep(line(number, 1), now);
    }
    assert_eq!(
        said(&history.from(4)),
        r#"{"type":"history","lines":[],"more":true,"last":3}"#
    );
    history.forget(now + MINUTE);
    assert_eq!(
        said(&history.from(4)),
        r#"{"type":"history","lines":[],"more":false,"last":3}"#
    );
    // An answer to a question says nothing of where its asker stands.
    assert_eq!(
        said(&history.before(2, 5)),
        r#"{"type":"history","lines":[],"more":false}"#
    );
}

proptest! {
    /// Against a list of all lines with the time at which each was said.
    #[test]
    fn what_is_kept_is_what_the_bounds_allow(
        most in 0..20_usize,
        most_bytes in 0..6000_usize,
        says in vec((0..400_usize, 0..30_u64), 0..60),
        after in 0..70_u64,
    ) {
        let start = Instant::now();
        let mut history = History::new(bounds(most, most_bytes));
        let mut all: Vec<(u64, usize, Instant)> = Vec::new();
        let mut now = start;
        for (number, (bytes, pause)) in (1..).zip(says) {
            now += Duration::from_secs(pause);
            history.forget(now);
            let frame = line(number, bytes);
            all.push((number, cost(&frame), now));
            history.keep(frame, now);
        }
        let mut room = most_bytes;
        let fits = |(_, cost, said_at): &&(u64, usize, Instant)| {
            let fits = *cost <= room && *said_at + MINUTE > now;
            room = room.saturating_sub(*cost);
            fits
        };
        let kept: Vec<u64> = all.iter().rev().take(most).take_while(fits).map(|(number, ..)| *number).collect();
        let kept: Vec<u64> = kept.into_iter().rev().collect();
        let last = all.len() as u64;
        let first = kept.first().copied().unwrap_or(last + 1);
        prop_assert_eq!(read(&history.from(first)), (kept.clone(), false));
        let missed: Vec<u64> = (after + 1..=last).collect();
        match history.since(after) {
            Missed::Unknown => prop_assert!(after > last),
            Missed::From(from) => {
                prop_assert_eq!(read(&history.from(from)).0, missed);
            }
            Missed::TooOld { missing, from } => {
                prop_assert!(missing > 0);
                let had = read(&history.from(from)).0;
                prop_assert_eq!(missing as usize + had.len(), missed.len());
                prop_assert_eq!(&had[..], &missed[missing as usize..]);
            }
        }
    }
}
