//! A client that does what `docs/protocol.md` asks of one, under whatever the network does to it.

use std::{collections::HashMap, net::SocketAddr};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    book::Book,
    dice::Dice,
    wire::{End, Wire},
};
use crate::peer::Person;

/// What the last line says.
pub const MARKER: &str = "the storm is over";
/// Things said that are not acknowledged, at most.
const MOST_UNDECIDED: usize = 32;
/// How many lines somebody misses who stays away: more than the server keeps.
pub const LONG_ABSENCE: usize = 200;

/// How far all clients have come together.
#[derive(Clone, Copy, Default)]
pub struct Progress {
    /// Things said that were acknowledged, or never will be.
    pub decided: usize,
    /// Clients of whose sayings all are decided.
    pub settled: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// No socket has got it yet.
    Unsaid,
    /// Handed to a socket in this epoch.
    Said(String),
    /// Acknowledged in this epoch, as this line, then.
    Acknowledged(String, u64, String),
    /// The epoch ended before it was acknowledged: nobody knows whether it was heard.
    Uncertain(String),
}

pub struct Saying {
    pub id: String,
    pub text: String,
    pub fate: Fate,
    /// Whether the socket of this moment is the first to get it: then its line cannot come before its `ack`.
    is_fresh: bool,
}

#[derive(Default)]
pub struct Counts {
    pub greetings: usize,
    pub ends: HashMap<End, usize>,
    pub said_again: usize,
    /// Acks of lines that were there already.
    pub old_acks: usize,
    pub reused: usize,
    pub prepended: usize,
    pub absences: usize,
}

pub struct Client {
    pub person: Person,
    pub book: Book,
    pub sayings: Vec<Saying>,
    pub counts: Counts,
    relay: SocketAddr,
    progress: watch::Sender<Progress>,
    dice: Dice,
    /// Stays away for long sometimes, until this many others have settled.
    absent_until: Option<usize>,
    is_settled: bool,
    /// The line that must come next, since it was just acknowledged.
    due: Option<u64>,
    /// Whether older lines were asked for on this socket.
    asks: bool,
}

impl Client {
    pub fn new(
        person: Person,
        relay: SocketAddr,
        sayings: usize,
        progress: watch::Sender<Progress>,
        dice: Dice,
        absent_until: Option<usize>,
    ) -> Self {
        let saying = |number| Saying {
            id: format!("{}-{number}", person.id),
            text: format!("{} says {number}", person.name),
            fate: Fate::Unsaid,
            is_fresh: false,
        };
        Self {
            book: Book::default(),
            sayings: (0..sayings).map(saying).collect(),
            counts: Counts::default(),
            person,
            relay,
            progress,
            dice,
            absent_until,
            is_settled: false,
            due: None,
            asks: false,
        }
    }

    /// Until the last line is there.
    pub async fn run(mut self) -> Self {
        loop {
            let Err(end) = self.live().await else { return self };
            assert!(
                !matches!(end, End::Closed(code) if code != 1012)
                    && !matches!(end, End::Refused(status) if status != 503),
                "{} came to {end:?}",
                self.person.name
            );
            *self.counts.ends.entry(end).or_default() += 1;
            if self.absent_until.is_some() && self.dice.is_one_in(6) {
                self.stay_away().await;
            }
        }
    }

    /// Misses more than is kept, unless the others have nothing more to say.
    async fn stay_away(&mut self) {
        self.counts.absences += 1;
        let others = self.absent_until.unwrap_or(0);
        let mut progress = self.progress.subscribe();
        let until = progress.borrow().decided + LONG_ABSENCE;
        let is_time = |progress: &Progress| progress.decided >= until || progress.settled >= others;
        drop(progress.wait_for(is_time).await.expect("we hold a sender"));
    }

    /// One connection, from its handshake to its end.
    async fn live(&mut self) -> Result<(), End> {
        let mut wire = Wire::open(self.relay, &self.book.query(), &self.person.cookie).await?;
        self.greeting(&mut wire).await?;
        self.say_again(&mut wire).await?;
        while !self.has_marker() {
            self.ask_for_older(&mut wire).await?;
            self.say_more(&mut wire).await?;
            let frame = wire.next().await?;
            self.take(&frame, &mut wire).await?;
        }
        Ok(())
    }

    fn has_marker(&mut self) -> bool {
        let newest = self.book.run().lines.last_key_value();
        newest.is_some_and(|(_, line)| line.text == MARKER)
    }

    /// In the order of the document. What is read of one that is cut counts for nothing.
    async fn greeting(&mut self, wire: &mut Wire) -> Result<(), End> {
        (self.due, self.asks) = (None, false);
        let auth = wire.next().await?;
        assert_eq!(auth["type"], "auth", "{auth}");
        assert_eq!(wire.next().await?["type"], "user-list");
        assert_eq!(wire.next().await?["type"], "server-time");
        let mut history = wire.next().await?;
        let mut gap = None;
        if history["type"] == "gap" {
            gap = Some(std::mem::replace(&mut history, wire.next().await?));
        }
        assert_eq!(history["type"], "history", "{history}");
        let epoch = auth["epoch"].as_str().unwrap();
        self.book.greeted(epoch, gap.as_ref(), &history);
        self.counts.greetings += 1;
        for saying in &mut self.sayings {
            saying.is_fresh = false;
            match &saying.fate {
                Fate::Said(said_in) if said_in != epoch => saying.fate = Fate::Uncertain(said_in.clone()),
                _ => {}
            }
        }
        self.report();
        Ok(())
    }

    /// What this epoch has heard already is acknowledged anew, and what it has not is said now.
    async fn say_again(&mut self, wire: &mut Wire) -> Result<(), End> {
        for saying in self
            .sayings
            .iter()
            .filter(|saying| matches!(saying.fate, Fate::Said(_)))
        {
            self.counts.said_again += 1;
            wire.send(&say(&saying.id, &saying.text)).await?;
        }
        Ok(())
    }

    async fn ask_for_older(&mut self, wire: &mut Wire) -> Result<(), End> {
        let run = self.book.run();
        if !run.has_more || self.asks {
            return Ok(());
        }
        self.asks = true;
        let limit = 1 + self.dice.below(100);
        let question = json!({ "type": "history", "before": run.first, "limit": limit });
        wire.send(&question).await
    }

    async fn say_more(&mut self, wire: &mut Wire) -> Result<(), End> {
        if self.dice.is_one_in(8) {
            wire.send(&json!({ "type": "typing" })).await?;
        }
        let epoch = self.book.run().epoch.clone();
        let undecided = self
            .sayings
            .iter()
            .filter(|saying| matches!(saying.fate, Fate::Said(_)))
            .count();
        let room = (MOST_UNDECIDED - undecided).min(self.dice.below(4) as usize);
        let unsaid = self.sayings.iter_mut().filter(|saying| saying.fate == Fate::Unsaid);
        for saying in unsaid.take(room) {
            // Before it is written: nobody knows how much of a write that failed has arrived.
            saying.fate = Fate::Said(epoch.clone());
            saying.is_fresh = true;
            wire.send(&say(&saying.id, &saying.text)).await?;
        }
        Ok(())
    }

    async fn take(&mut self, frame: &Value, wire: &mut Wire) -> Result<(), End> {
        if let Some(due) = self.due.take() {
            assert_eq!((&frame["type"], &frame["id"]), (&json!("chat"), &json!(due)), "{frame}");
        }
        match frame["type"].as_str().unwrap() {
            "chat" => self.book.heard(frame),
            "history" => {
                self.asks = false;
                self.counts.prepended += frame["lines"].as_array().unwrap().len();
                self.book.prepended(frame);
            }
            "ack" => return self.acknowledged(frame, wire).await,
            "error" => {
                assert_eq!(
                    (&frame["code"], &frame["ref"]),
                    (&json!("id-reused"), &json!("reused")),
                    "{frame}"
                );
                self.counts.reused += 1;
            }
            "online" | "offline" | "dropped" | "typing" | "away" => {}
            other => panic!("{other}"),
        }
        Ok(())
    }

    async fn acknowledged(&mut self, ack: &Value, wire: &mut Wire) -> Result<(), End> {
        let run = self.book.run();
        let (epoch, chat) = (run.epoch.clone(), ack["chat"].as_u64().unwrap());
        let at = ack["at"].as_str().unwrap().to_owned();
        let saying = self.sayings.iter_mut().find(|saying| ack["id"] == saying.id.as_str());
        let saying = saying.unwrap_or_else(|| panic!("nobody said {ack}"));
        // It is the next line, or stands where it always stood.
        if chat > run.last {
            assert_eq!(chat, run.last + 1, "{ack}");
            self.due = Some(chat);
            saying.is_fresh = false;
        } else {
            assert!(!saying.is_fresh, "{ack} comes behind its line");
            self.counts.old_acks += 1;
            let line = run.lines.get(&chat);
            let is_there = line.is_some_and(|line| (&line.text, &line.at) == (&saying.text, &at));
            assert!(
                is_there || chat < run.first || run.is_told_missing(chat),
                "{ack} is {line:?}"
            );
        }
        let fate = Fate::Acknowledged(epoch.clone(), chat, at);
        let (id, text) = (saying.id.clone(), saying.text.clone());
        match std::mem::replace(&mut saying.fate, fate.clone()) {
            Fate::Said(said_in) => assert_eq!(said_in, epoch),
            // Asked for once more, below.
            before => {
                assert_eq!(before, fate);
                return Ok(());
            }
        }
        self.progress.send_modify(|progress| progress.decided += 1);
        self.report();
        match self.dice.below(16) {
            0 | 1 => wire.send(&say(&id, &text)).await,
            2 => {
                let mut other = say(&id, &format!("{text}, but not this"));
                other["ref"] = json!("reused");
                wire.send(&other).await
            }
            _ => Ok(()),
        }
    }

    /// Tells the others how far this one has come.
    fn report(&mut self) {
        let is_open = |saying: &Saying| matches!(saying.fate, Fate::Unsaid | Fate::Said(_));
        if !self.is_settled && !self.sayings.iter().any(is_open) {
            self.is_settled = true;
            self.progress.send_modify(|progress| progress.settled += 1);
        }
    }
}

fn say(id: &str, text: &str) -> Value {
    json!({ "type": "say", "id": id, "text": text })
}
