//! Whoever talks, lags, leaves or is lost meanwhile: every socket hears what was said from its coming to its end, each
//! text once, whole, and in the one order that all hear.
//!
//! A script of acts is played over real sockets against a real server with several workers and small outboxes. What
//! everybody has read is then held to what the first socket has, which reads promptly and never leaves.

mod account;
mod stage;
mod witness;

use proptest::{collection::vec, prelude::*};

use self::{account::Accounts, stage::Stage, witness::End};

const PEOPLE: usize = 3;
const MOST_SOCKETS: usize = 16;

/// How a socket reads.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pace {
    /// Always.
    #[default]
    Prompt,
    /// Little at a time, with pauses, but in the end all.
    Slow,
    /// Not before all is over.
    Stuck,
}

/// Sockets and people are counted round and round. The first socket is never told to end.
#[derive(Clone, Debug)]
pub enum Act {
    Join { person: usize, pace: Pace },
    Say { socket: usize, texts: usize, bytes: usize },
    Hold { socket: usize },
    GoOn { socket: usize },
    Close { socket: usize },
    Cut { socket: usize },
    Reset { socket: usize },
    Ping { socket: usize },
    List { socket: usize },
    Rename { person: usize },
    LogOut { person: usize },
}
/// Plays a script, and holds what everybody read to what they should have.
fn play(acts: Vec<Act>) -> Accounts {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut stage = Stage::open().await;
        for act in acts {
            stage.act(act).await;
        }
        let accounts = stage.end().await;
        accounts.check();
        accounts
    })
}

fn pace() -> impl Strategy<Value = Pace> {
    prop_oneof![4 => Just(Pace::Prompt), 4 => Just(Pace::Slow), 1 => Just(Pace::Stuck)]
}

fn act() -> impl Strategy<Value = Act> {
    let socket = || 0..MOST_SOCKETS;
    let bytes = prop_oneof![1 => 0..200_usize, 2 => 0..4_000_usize, 1 => 0..16_000_usize];
    prop_oneof![
        12 => (0..PEOPLE, pace()).prop_map(|(person, pace)| Act::Join { person, pace }),
        30 => (socket(), 1..8_usize, bytes).prop_map(|(socket, texts, bytes)| Act::Say { socket, texts, bytes }),
        8 => socket().prop_map(|socket| Act::Hold { socket }),
        4 => socket().prop_map(|socket| Act::GoOn { socket }),
        2 => socket().prop_map(|socket| Act::Close { socket }),
        1 => socket().prop_map(|socket| Act::Cut { socket }),
        2 => socket().prop_map(|socket| Act::Reset { socket }),
        3 => socket().prop_map(|socket| Act::Ping { socket }),
        3 => socket().prop_map(|socket| Act::List { socket }),
        1 => (0..PEOPLE).prop_map(|person| Act::Rename { person }),
        1 => (0..PEOPLE).prop_map(|person| Act::LogOut { person }),
    ]
}

proptest! {
    // Each case is a server and some dozen sockets.
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_socket_hears_the_one_order_from_its_coming_to_its_end(acts in vec(act(), 20..100)) {
        play(acts);
    }
}

#[test]
fn who_lags_hears_no_gap_before_they_are_evicted() {
    let join = |pace| (0..3).map(move |person| Act::Join { person, pace });
    let say = (0..60).map(|number| Act::Say {
        socket: number % 3,
        texts: 4,
        bytes: 5_000,
    });
    let acts = join(Pace::Prompt).chain(join(Pace::Stuck)).chain(say).collect();
    let ends: Vec<_> = play(acts).parts.iter().map(|part| part.end).collect();
    assert_eq!(ends[..4], [Some(End::Marker); 4]);
    assert!(!ends[4..].contains(&Some(End::Marker)), "{ends:?}");
}
