//! Claims about heartbeats: a table of verdicts, then whole lives of sockets in fine time.

use proptest::{collection::vec, prelude::*};

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Ticks of 100 ms.
fn deadlines(interval: u64, timeout: u64) -> Deadlines {
    Deadlines::new(ms(interval), ms(timeout), &Ticks::new(Instant::now(), ms(100)))
}

fn vitals(last_life: u32, last_ping: Option<u32>) -> Vitals {
    Vitals {
        last_life,
        last_ping: last_ping.unwrap_or(last_life),
    }
}

#[test]
fn verdicts_follow_from_silence() {
    use Verdict::{Alive, Dead, Ping};
    let (both, no_ping, no_end) = (deadlines(2_000, 4_500), deadlines(0, 4_500), deadlines(2_000, 0));
    // Deadlines, last life, last ping, now, verdict. Life in tick 100 may have come just before tick 101.
    let table = [
        (both, 100, None, 100, Alive { look_again: 121 }),
        (both, 100, None, 120, Alive { look_again: 121 }),
        (both, 100, None, 121, Ping { look_again: 141 }),
        (both, 100, None, 125, Ping { look_again: 145 }),
        (both, 100, Some(121), 121, Alive { look_again: 141 }),
        (both, 100, Some(121), 141, Ping { look_again: 146 }),
        (both, 100, Some(141), 145, Alive { look_again: 146 }),
        (both, 100, Some(141), 146, Dead),
        (both, 100, None, 100_000, Dead),
        // The pong came: the ping counts no longer.
        (both, 122, Some(121), 141, Alive { look_again: 143 }),
        (both, 121, Some(121), 141, Alive { look_again: 142 }),
        // Life was noted after the sweeper took its time.
        (both, 101, None, 100, Alive { look_again: 121 }),
        (no_ping, 100, None, 145, Alive { look_again: 146 }),
        (no_ping, 100, None, 146, Dead),
        // The ticks wrapped around between the last life and the ping.
        (no_end, u32::MAX - 5, Some(15), 20, Alive { look_again: 35 }),
        (no_end, 100, None, 121, Ping { look_again: 141 }),
        (no_end, 100, Some(9_981), 10_000, Alive { look_again: 10_001 }),
        (no_end, 100, Some(9_981), 10_001, Ping { look_again: 10_021 }),
    ];
    for (deadlines, last_life, last_ping, now, verdict) in table {
        let vitals = vitals(last_life, last_ping);
        assert_eq!(
            deadlines.verdict(0, &vitals, now),
            verdict,
            "{deadlines:?} {vitals:?} {now}"
        );
    }
}

#[test]
fn nothing_is_watched_when_both_are_off() {
    assert_eq!(deadlines(0, 0).first_look(0, 5), None);
    assert_eq!(deadlines(0, 4_500).first_look(0, 5), Some(51));
    assert_eq!(deadlines(2_000, 0).first_look(0, 5), Some(26));
}

#[test]
fn peers_that_fell_silent_at_once_are_pinged_evenly_over_a_good_part_of_the_interval() {
    let deadlines = deadlines(20_000, 45_000);
    // A quarter of the 25 s that the timeout leaves.
    let mut pings = [0; 63];
    for slot in 0..6_300 {
        let first = deadlines.first_look(slot, 0).unwrap();
        pings[first as usize - 201] += 1;
    }
    assert_eq!(pings, [100; 63]);
}

#[test]
fn spread_leaves_the_peer_time_to_answer() {
    assert_eq!(deadlines(20_000, 20_400).spread, 1);
    assert_eq!(deadlines(20_000, 10_000).spread, 0);
}

#[test]
fn absurd_durations_overflow_nothing() {
    let ticks = Ticks::new(Instant::now(), Duration::ZERO);
    let deadlines = Deadlines::new(Duration::MAX, Duration::MAX, &ticks);
    assert!(matches!(
        deadlines.verdict(u32::MAX, &Vitals::new(7), 7),
        Verdict::Alive { .. }
    ));
}

/// One socket and its sweeper, in fine time: what happened, in milliseconds.
#[derive(Debug, Default)]
struct Story {
    lives: Vec<u64>,
    pings: Vec<u64>,
    evicted: Option<u64>,
}

/// Lets a peer speak after each of `gaps` and then fall silent, until eviction or `end`. The sweeper comes `lag` after
/// each tick began, or at once.
fn story(gaps: &[u64], interval: u64, timeout: u64, tick: u64, lag: u64, slot: u32, end: u64) -> Story {
    let epoch = Instant::now();
    let ticks = Ticks::new(epoch, ms(tick));
    let deadlines = Deadlines::new(ms(interval), ms(timeout), &ticks);
    let mut wheel = Wheel::new(16, 0);
    let mut vitals = Vitals::new(0);
    let (mut story, mut next_life) = (
        Story {
            lives: vec![0],
            ..Story::default()
        },
        0,
    );
    let mut gaps = gaps.iter();
    let mut speaks_at = gaps.next().copied();
    wheel.schedule(slot, deadlines.first_look(slot, 0).unwrap());
    for sweep in (0..end).map(|tick_number| tick_number * tick + lag) {
        while let Some(gap) = speaks_at
            && next_life + gap <= sweep
        {
            next_life += gap;
            vitals.saw_life(ticks.at(epoch + ms(next_life)));
            story.lives.push(next_life);
            speaks_at = gaps.next().copied();
        }
        let (now, mut due) = (ticks.at(epoch + ms(sweep)), Vec::new());
        wheel.take_due(now, &mut due);
        for slot in due {
            match deadlines.verdict(slot, &vitals, now) {
                Verdict::Alive { look_again } => wheel.schedule(slot, look_again),
                Verdict::Ping { look_again } => {
                    vitals.pinged(now);
                    story.pings.push(sweep);
                    wheel.schedule(slot, look_again);
                }
                Verdict::Dead => {
                    story.evicted = Some(sweep);
                    return story;
                }
            }
        }
    }
    story
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn silent_peer_is_evicted_after_the_timeout_and_within_a_tick(
        gaps in vec(0..4_000_u64, 0..20),
        (tick, timeout_ticks, lag) in (1..300_u64, 1..40_u64, 0..300_u64),
        (interval, slot) in (0..5_000_u64, 0..100_u32),
    ) {
        let (timeout, lag) = (tick * timeout_ticks, lag % tick);
        let story = story(&gaps, interval, timeout, tick, lag, slot, 90_000 / tick + 100);
        let evicted = story.evicted.expect("the peer fell silent in the end");
        let silence = evicted - story.lives.iter().max().unwrap();
        prop_assert!(silence >= timeout, "never before the timeout: {silence}");
        prop_assert!(silence <= timeout + tick + lag, "within a tick, and what the sweeper is late: {silence}");
        for pair in story.lives.windows(2) {
            prop_assert!(pair[1] - pair[0] <= timeout + tick + lag, "no silence before was long enough");
        }
    }

    #[test]
    fn timeout_of_no_whole_ticks_is_rounded_up(timeout in 1..5_000_u64, tick in 1..300_u64) {
        let evicted = story(&[], 0, timeout, tick, 0, 0, 10_000).evicted.unwrap();
        prop_assert!(evicted >= timeout && evicted <= timeout.next_multiple_of(tick) + tick);
    }

    #[test]
    fn ping_goes_only_to_a_silent_peer_and_again_in_each_interval(
        gaps in vec(0..4_000_u64, 0..20),
        (tick, interval_ticks, lag, slot) in (1..300_u64, 1..40_u64, 0..300_u64, 0..100_u32),
    ) {
        let (interval, lag) = (tick * interval_ticks, lag % tick);
        let story = story(&gaps, interval, 0, tick, lag, slot, 90_000 / tick + 100);
        let late = interval / 2 + tick + lag;
        let mut heard: Vec<_> = story.lives.iter().chain(&story.pings).copied().collect();
        heard.sort_unstable();
        for ping in &story.pings {
            let before = heard.iter().rfind(|&at| at < ping).unwrap();
            prop_assert!(ping - before >= interval, "not before: {before} {ping}");
        }
        for pair in heard.windows(2) {
            prop_assert!(pair[1] - pair[0] <= interval + late, "not much later: {pair:?}");
        }
    }
}

#[test]
fn taking_counts_as_life_and_never_turns_time_back() {
    for (last_life, took_at, newest) in [
        (10, 15, 15),
        (10, 10, 10),
        (10, 5, 10),
        (u32::MAX, 3, 3),
        (3, u32::MAX, 3),
    ] {
        let mut vitals = Vitals::new(last_life);
        vitals.took(took_at);
        assert_eq!(vitals.last_life, newest, "{took_at} after {last_life}");
    }
}
