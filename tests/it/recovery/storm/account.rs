//! What all clients hold together, held to what was said, to what was acknowledged, and to each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    book::Line,
    client::{Client, Fate, MARKER},
};

/// All lines of all epochs, by epoch and number.
type Lines = BTreeMap<(String, u64), Line>;

pub fn check(clients: &[Client]) {
    let lines = agreed(clients);
    nobody_hears_what_was_not_said(clients, &lines);
    what_is_held_is_whole(clients);
    what_was_acknowledged_is_everywhere(clients, &lines);
    tell(clients, &lines);
}

/// Whoever holds a line of this number holds the same.
fn agreed(clients: &[Client]) -> Lines {
    let mut lines = Lines::new();
    for run in clients.iter().flat_map(|client| &client.book.runs) {
        for (id, line) in &run.lines {
            let known = lines.entry((run.epoch.clone(), *id)).or_insert_with(|| line.clone());
            assert_eq!(known, line, "line {id}");
        }
    }
    lines
}

/// Each line was said by who is named, and in all epochs together once.
fn nobody_hears_what_was_not_said(clients: &[Client], lines: &Lines) {
    let sayings = clients.iter().flat_map(|client| {
        let user = client.person.id.as_str();
        client
            .sayings
            .iter()
            .map(move |saying| ((user, saying.text.as_str()), &saying.fate))
    });
    let sayings: HashMap<_, _> = sayings.collect();
    let mut heard = HashSet::new();
    for ((epoch, id), line) in lines.iter().filter(|(_, line)| line.text != MARKER) {
        let key = (line.user.as_str(), line.text.as_str());
        assert!(heard.insert(key), "{line:?} stands there twice");
        match sayings.get(&key) {
            Some(Fate::Acknowledged(said_in, number, at)) => {
                assert_eq!((said_in, number, at), (epoch, id, &line.at), "{line:?}");
            }
            Some(Fate::Uncertain(said_in)) => assert_eq!(said_in, epoch, "{line:?}"),
            fate => panic!("nobody said {line:?}: {fate:?}"),
        }
    }
}

/// From the first line that somebody holds of an epoch to the last, each is there or was told to be missing, never both.
fn what_is_held_is_whole(clients: &[Client]) {
    for client in clients {
        for run in &client.book.runs {
            for id in run.first..=run.last {
                let (is_held, is_missing) = (run.lines.contains_key(&id), run.is_told_missing(id));
                assert!(is_held != is_missing, "{} and line {id}", client.person.name);
            }
        }
    }
}

/// Each line that was acknowledged is held as what was said by everybody whose run reaches over it, or was told to be
/// missing. In the last epoch all runs reach to the end.
fn what_was_acknowledged_is_everywhere(clients: &[Client], lines: &Lines) {
    let ((last_epoch, last), _) = lines.iter().find(|(_, line)| line.text == MARKER).expect("the marker");
    for client in clients {
        let run = client.book.runs.last().unwrap();
        assert_eq!((&run.epoch, run.last), (last_epoch, *last), "{}", client.person.name);
    }
    for speaker in clients {
        for saying in &speaker.sayings {
            let Fate::Acknowledged(epoch, id, _) = &saying.fate else {
                assert!(matches!(saying.fate, Fate::Uncertain(_)), "{:?}", saying.fate);
                continue;
            };
            let runs = clients.iter().flat_map(|client| &client.book.runs);
            for run in runs.filter(|run| run.epoch == *epoch && (run.first..=run.last).contains(id)) {
                match run.lines.get(id) {
                    Some(line) => assert_eq!((&line.user, &line.text), (&speaker.person.id, &saying.text)),
                    None => assert!(run.is_told_missing(*id), "{} is lost", saying.text),
                }
            }
        }
    }
}

/// The figures, and that the storm was one.
fn tell(clients: &[Client], lines: &Lines) {
    let sum = |count: &dyn Fn(&Client) -> usize| clients.iter().map(count).sum::<usize>();
    let fates = |is_it: &dyn Fn(&Fate) -> bool| sum(&|client| client.sayings.iter().filter(|s| is_it(&s.fate)).count());
    let mut ends = BTreeMap::<String, usize>::new();
    for (end, count) in clients.iter().flat_map(|client| &client.counts.ends) {
        *ends.entry(format!("{end:?}")).or_default() += count;
    }
    let said_again = sum(&|client| client.counts.said_again);
    let old_acks = sum(&|client| client.counts.old_acks);
    let reused = sum(&|client| client.counts.reused);
    let too_old = sum(&|client| client.book.runs.iter().map(|run| run.gaps.len()).sum());
    let restarted = sum(&|client| client.book.runs.len() - 1);
    println!(
        "lines {}, of which acknowledged {}",
        lines.len(),
        fates(&|fate| matches!(fate, Fate::Acknowledged(..)))
    );
    println!(
        "uncertain at the end of an epoch {}",
        fates(&|fate| matches!(fate, Fate::Uncertain(_)))
    );
    println!("greetings {}, ends {ends:?}", sum(&|client| client.counts.greetings));
    println!("said again {said_again}, acknowledged anew {old_acks}, refused under an id in use {reused}");
    println!(
        "gaps: too old {too_old}, restarted {restarted}; absences {}",
        sum(&|client| client.counts.absences)
    );
    println!("older lines read {}", sum(&|client| client.counts.prepended));
    for (what, count) in [
        ("said again", said_again),
        ("old acks", old_acks),
        ("reused", reused),
        ("too old", too_old),
    ] {
        assert!(count > 0, "a storm without {what} proves nothing of it");
    }
    assert!(
        ends.contains_key("Torn") && ends.contains_key("Between") && ends.contains_key("Unanswered"),
        "{ends:?}"
    );
    assert!(restarted > clients.len(), "{restarted}");
}
