use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;

const ADA: UserId = UserId::from_bits(1);
const EVE: UserId = UserId::from_bits(2);

fn socket(slot: usize) -> SessionId {
    SessionId::new(0, slot as u32, slot)
}

/// What a watcher has read.
#[derive(Clone, Default)]
struct Read(Arc<Mutex<Vec<Value>>>);

impl Read {
    fn outlet(&self) -> Outlet {
        let read = self.0.clone();
        Box::new(move |line| read.lock().unwrap().push(serde_json::from_str(line).unwrap()))
    }

    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The numbers of the queue events, which stand for any.
    fn bytes(&self) -> Vec<u64> {
        self.take().iter().filter_map(|line| line["bytes"].as_u64()).collect()
    }
}

struct Stage {
    book: Book,
    start: Instant,
}

impl Stage {
    fn new() -> Self {
        let start = Instant::now();
        Self {
            book: Book::new(start),
            start,
        }
    }

    fn moment(&self, slot: usize, after: Duration) -> Moment {
        Moment {
            at: DateTime::UNIX_EPOCH,
            now: self.start + after,
            place: Place::here(),
            socket: Some(socket(slot)),
        }
    }

    fn report(&mut self, user: UserId, bytes: usize, after: Duration) {
        let moment = self.moment(1, after);
        self.book.report(user, &moment, || Event::Queue { bytes });
    }

    fn watch(&mut self, user: UserId, slot: usize, seq: u64, after: Duration) -> (Read, bool) {
        let (read, moment) = (Read::default(), self.moment(slot, after));
        let is_there = self
            .book
            .watch(user, seq, &moment, read.outlet(), Some("ws://127.0.0.1/ws"));
        (read, is_there)
    }

    fn refuse(&mut self, token: Token, after: Duration) {
        let moment = self.moment(1, after);
        self.book.refused(token, &moment, || Event::Queue { bytes: 403 });
    }
}

const NOW: Duration = Duration::ZERO;

#[test]
fn watcher_reads_what_was_and_then_what_happens() {
    let mut stage = Stage::new();
    assert!(stage.book.open(ADA, socket(1), 0xF00, stage.start));
    stage.report(ADA, 1, NOW);
    let (read, _) = stage.watch(ADA, 1, 0, NOW);
    stage.report(ADA, 2, NOW);
    let lines = read.take();
    let token = "00000000000000000000000000000f00";
    let file = "src/lab/book/tests.rs";
    assert_eq!(
        lines[0],
        json!({"type":"lab","seq":1,"at":"1970-01-01T00:00:00.000Z","socket":socket(1),"kind":"watching","token":token,
               "foreign":format!("ws://127.0.0.1/ws?lab={token}"),"kept":200,"where":file,"line":lines[0]["line"]})
    );
    assert_eq!((&lines[1]["seq"], &lines[1]["bytes"]), (&json!(1), &json!(1)));
    assert_eq!((&lines[2]["seq"], &lines[2]["bytes"]), (&json!(2), &json!(2)));
}

#[test]
fn nobody_reads_of_another() {
    let mut stage = Stage::new();
    assert!(stage.book.open(ADA, socket(1), 1, stage.start) && stage.book.open(EVE, socket(2), 2, stage.start));
    let (ada, _) = stage.watch(ADA, 1, 0, NOW);
    let (eve, _) = stage.watch(EVE, 2, 0, NOW);
    stage.report(ADA, 7, NOW);
    stage.refuse(2, NOW);
    assert_eq!((ada.bytes(), eve.bytes()), (vec![7], vec![403]));
    assert!(!stage.watch(ADA, 2, 0, NOW).1, "the socket is somebody else's");
}

#[test]
fn next_socket_reads_how_the_last_one_ended() {
    let mut stage = Stage::new();
    stage.book.open(ADA, socket(1), 1, stage.start);
    stage.book.close(ADA, socket(1), stage.start);
    let late = KEPT_FOR - Duration::from_millis(1);
    stage.report(ADA, 9, late);
    stage.book.open(ADA, socket(2), 1, stage.start + late);
    assert_eq!(stage.watch(ADA, 2, 0, late).0.bytes(), [9]);
}

#[test]
fn journal_is_over_a_minute_after_the_last_socket() {
    let mut stage = Stage::new();
    stage.book.open(ADA, socket(1), 1, stage.start);
    stage.report(ADA, 1, NOW);
    stage.book.close(ADA, socket(1), stage.start);
    stage.report(ADA, 2, KEPT_FOR);
    stage.book.open(ADA, socket(2), 1, stage.start + KEPT_FOR);
    assert_eq!(stage.watch(ADA, 2, 0, KEPT_FOR).0.bytes(), [0; 0]);
    stage.book.close(ADA, socket(2), stage.start + KEPT_FOR);
    stage.book.forget(stage.start + 2 * KEPT_FOR);
    assert_eq!(stage.book.len(), 0);
}

#[test]
fn who_has_seen_enough_reads_no_more_and_who_knows_some_reads_the_rest() {
    let mut stage = Stage::new();
    stage.book.open(ADA, socket(1), 1, stage.start);
    (1..=3).for_each(|bytes| stage.report(ADA, bytes, NOW));
    let (read, _) = stage.watch(ADA, 1, 2, NOW);
    let moment = stage.moment(1, NOW);
    stage.book.unwatch(ADA, &moment);
    stage.report(ADA, 4, NOW);
    let lines = read.take();
    let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["watching", "queue", "unwatched"]);
}

#[test]
fn who_knows_another_journal_reads_all_of_this_one() {
    let mut stage = Stage::new();
    stage.book.open(ADA, socket(1), 1, stage.start);
    stage.report(ADA, 6, NOW);
    assert_eq!(stage.watch(ADA, 1, 1, NOW).0.bytes(), [0; 0]);
    assert_eq!(stage.watch(ADA, 1, 2, NOW).0.bytes(), [6]);
}

#[test]
fn watching_twice_is_watching_once() {
    let mut stage = Stage::new();
    stage.book.open(ADA, socket(1), 1, stage.start);
    let (first, _) = stage.watch(ADA, 1, 0, NOW);
    let (second, _) = stage.watch(ADA, 1, 0, NOW);
    stage.report(ADA, 5, NOW);
    assert_eq!((first.bytes(), second.bytes()), (vec![], vec![5]));
}

#[test]
fn users_are_bounded_and_those_without_sockets_give_way() {
    let mut stage = Stage::new();
    for bits in 0..USERS as u64 {
        assert!(
            stage
                .book
                .open(UserId::from_bits(bits), socket(1), bits.into(), stage.start)
        );
    }
    let one_more = UserId::from_bits(USERS as u64);
    assert!(!stage.book.open(one_more, socket(1), 0, stage.start));
    let second = stage.start + Duration::from_secs(1);
    stage.book.close(UserId::from_bits(9), socket(1), stage.start);
    stage.book.close(UserId::from_bits(3), socket(1), second);
    assert!(stage.book.open(one_more, socket(1), 0, second));
    assert_eq!(stage.book.len(), USERS);
    assert!(
        !stage.watch(UserId::from_bits(9), 1, 0, NOW).1,
        "the one that was empty for longest went"
    );
}

#[test]
fn refusals_are_told_no_faster_than_anybody_reads() {
    let mut stage = Stage::new();
    stage.book.open(ADA, socket(1), 1, stage.start);
    let (read, _) = stage.watch(ADA, 1, 0, NOW);
    (0..100).for_each(|_| stage.refuse(1, NOW));
    stage.refuse(2, NOW);
    assert_eq!(read.bytes().len() as u64, REFUSALS_AT_ONCE);
    stage.refuse(1, Duration::from_secs(1));
    assert_eq!(read.bytes().len(), 1);
}
