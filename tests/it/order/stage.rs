//! Plays a script: carries out its acts, waits for those who read promptly, and lets everybody read to the end.

use serde_json::json;

use super::{
    Act, MOST_SOCKETS, PEOPLE, Pace,
    account::{self, Accounts, Part},
    witness::{MARKER, Witness},
};
use crate::{
    peer::{Person, within},
    program::Program,
};

const OPTIONS: &[&str] = &[
    "--workers",
    "3",
    "--outbox-bytes",
    "16KiB",
    "--outbox-time",
    "200ms",
    "--presence-grace",
    "30ms",
    "--max-sockets-per-user",
    "0",
    "--max-handshakes-per-second",
    "0",
    "--max-frames-per-second",
    "0",
    "--max-bytes-per-second",
    "0",
];
/// What is said before all who read promptly are waited for. The kernel alone has room for it, so that none of them
/// lags on the busiest machine.
const BREATH_BYTES: usize = 96 * 1024;

/// The play: the people, their sockets, and what was done so far.
pub struct Stage {
    app: Program,
    people: Vec<Person>,
    names: usize,
    /// The sockets that may still do something, by number.
    live: Vec<Option<Witness>>,
    parts: Vec<Part>,
    said_bytes: usize,
}

impl Stage {
    pub async fn open() -> Self {
        let app = Program::start(OPTIONS);
        let observer = Person::sign_in(app.address, "Observer").await;
        let mut stage = Self {
            app,
            people: Vec::new(),
            names: 0,
            live: Vec::new(),
            parts: Vec::new(),
            said_bytes: 0,
        };
        stage.enter(observer, Pace::Prompt).await;
        for _ in 0..PEOPLE {
            let name = stage.new_name();
            stage.people.push(Person::sign_in(stage.app.address, &name).await);
        }
        stage
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("Person {}", self.names)
    }

    async fn enter(&mut self, person: Person, pace: Pace) {
        let after = self
            .live
            .first()
            .map_or(0, |first| observer(first).progress.borrow().last_chat);
        let witness = Witness::open(person, pace).await;
        self.parts.push(Part {
            user: witness.person.id.clone(),
            pace,
            frames: witness.frames.clone(),
            chats_after: after,
            chats_before: self.parts.iter().map(|part| part.said).sum::<usize>() as u64,
            ..Part::default()
        });
        self.live.push(Some(witness));
    }

    pub async fn act(&mut self, act: Act) {
        match act {
            Act::Join { person, pace } if self.live.len() < MOST_SOCKETS => {
                self.enter(self.people[person % PEOPLE].clone(), pace).await;
            }
            Act::Join { .. } => {}
            Act::Say { socket, texts, bytes } => self.say(socket % self.live.len(), texts, bytes).await,
            Act::Hold { socket } => self.hold(socket, false),
            Act::GoOn { socket } => self.hold(socket, true),
            Act::Close { socket } => {
                if let Some(witness) = self.leaving(socket, |part| part.is_closed = true) {
                    witness.close();
                }
            }
            Act::Cut { socket } => {
                if let Some(witness) = self.leaving(socket, |part| part.is_lost = true) {
                    witness.cut();
                }
            }
            Act::Reset { socket } => {
                if self.leaving(socket, |part| part.is_lost = true).is_some() {
                    let number = socket % self.live.len();
                    let witness = self.live[number].take().expect("it was there just now");
                    witness.reset().await;
                }
            }
            Act::Ping { socket } => self.socket(socket).into_iter().for_each(Witness::ping),
            Act::List { socket } => {
                if let Some(witness) = self.socket(socket) {
                    witness.command(json!({ "type": "user-list" }));
                }
            }
            Act::Rename { person } => {
                let (person, name) = (person % PEOPLE, self.new_name());
                self.part_with(person);
                self.people[person] = self.people[person].rename(&name).await.unwrap();
            }
            Act::LogOut { person } => {
                let (person, name) = (person % PEOPLE, self.new_name());
                self.part_with(person);
                self.people[person].log_out().await;
                self.people[person] = Person::sign_in(self.app.address, &name).await;
            }
        }
    }

    fn socket(&mut self, number: usize) -> Option<&mut Witness> {
        let count = self.live.len();
        self.live[number % count].as_mut()
    }

    /// The socket that is about to leave, unless it does already or never may.
    fn leaving(&mut self, socket: usize, note: impl Fn(&mut Part)) -> Option<&mut Witness> {
        let number = socket % self.live.len();
        let part = &mut self.parts[number];
        if number == 0 || part.is_leaving() || self.live[number].is_none() {
            return None;
        }
        note(part);
        self.live[number].as_mut()
    }

    fn hold(&mut self, socket: usize, is_reading: bool) {
        if let Some(witness) = self.socket(socket)
            && witness.pace == Pace::Slow
        {
            witness.set_reading(is_reading);
        }
    }

    /// From here on the server ends their sockets.
    fn part_with(&mut self, person: usize) {
        let user = &self.people[person].id;
        for part in self.parts.iter_mut().filter(|part| part.user == *user) {
            part.is_logged_out = true;
        }
    }

    async fn say(&mut self, number: usize, texts: usize, bytes: usize) {
        if self.parts[number].is_leaving() {
            return;
        }
        for _ in 0..texts {
            self.say_one(number, bytes);
        }
        self.said_bytes += texts * bytes;
        if self.said_bytes > BREATH_BYTES {
            self.said_bytes = 0;
            self.hear_out(|pace| pace == Pace::Prompt).await;
        }
    }

    fn say_one(&mut self, number: usize, bytes: usize) {
        if let Some(witness) = &mut self.live[number] {
            let said = &mut self.parts[number].said;
            witness.say(&account::text(number, *said, bytes));
            *said += 1;
        }
    }

    /// Waits until the first socket has heard what those of such a pace said, and those who read promptly have too.
    async fn hear_out(&mut self, whom: impl Fn(Pace) -> bool) {
        let mut first = observer(&self.live[0]).progress.clone();
        for (number, part) in self.parts.iter().enumerate() {
            let Some(witness) = self.live[number].as_mut().filter(|_| whom(part.pace)) else {
                continue;
            };
            let is_heard = first.wait_for(|first| first.heard(number) >= part.said);
            let has_left = witness.progress.wait_for(|progress| progress.end.is_some());
            within("what was said", async {
                tokio::select! {
                    heard = is_heard => drop(heard.unwrap()),
                    end = has_left => drop(end.unwrap()),
                }
            })
            .await;
        }
        // Also who came after all that hears this.
        self.say_one(0, 0);
        let said = self.parts[0].said;
        for witness in self
            .live
            .iter_mut()
            .flatten()
            .filter(|witness| witness.pace == Pace::Prompt)
        {
            witness
                .wait("those who read promptly", |progress| progress.heard(0) >= said)
                .await;
        }
    }

    /// Everyone who is still there reads to the end: the slow ones first, and then those who were stuck.
    pub async fn end(mut self) -> Accounts {
        for witness in self.live.iter().flatten() {
            witness.set_reading(witness.pace != Pace::Stuck);
        }
        self.hear_out(|pace| pace != Pace::Stuck).await;
        self.live[0]
            .as_mut()
            .expect("the first socket never leaves")
            .say(MARKER);
        for pace in [Pace::Prompt, Pace::Slow, Pace::Stuck] {
            for witness in self.live.iter_mut().flatten().filter(|witness| witness.pace == pace) {
                witness.set_reading(true);
                witness.wait("the end", |progress| progress.end.is_some()).await;
            }
        }
        for (part, witness) in self.parts.iter_mut().zip(&self.live) {
            part.end = witness.as_ref().and_then(Witness::end);
        }
        Accounts::new(self.parts)
    }
}

fn observer(first: &Option<Witness>) -> &Witness {
    first.as_ref().expect("the first socket never leaves")
}
