//! The actor: a loop that waits for commands and clocks, and plain functions over plain data that answer them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::{sync::mpsc, time::sleep_until};

use super::{
    Rules,
    command::{Command, Departed, Snapshot},
    deltas::Deltas,
    handle::RegistryHandle,
    history::History,
    life::Life,
    posts::Posts,
    presence::{Change, Kind, Presence, Refused},
    reports::Reports,
    roster::Roster,
    said_ids::SaidIds,
    signals::Signals,
};
use crate::{
    close_status::{CloseStatus, Ending},
    counters::Counters,
    delivery::Frame,
    http_session_id::HttpSessionId,
    identity::Identity,
    ids::{Epoch, SessionId, UserId},
    lab::{Event, Lab},
    message::{ErrorCode, ServerMessage, TERTULIA_V1, User},
    resume::Resume,
    shrink::Shrink,
};

/// Commands that one turn takes at most.
const COMMANDS_PER_TURN: usize = 1024;

/// Owns who is here. See the module above.
pub struct Registry {
    mailbox: mpsc::UnboundedReceiver<Command>,
    /// The way to our own mailbox, behind what is in it already.
    own_mailbox: mpsc::WeakUnboundedSender<Command>,
    rules: Rules,
    epoch: Epoch,
    counters: Arc<Counters>,
    pub(super) presence: Presence,
    pub(super) http_sessions: HashMap<UserId, HttpSessionId>,
    /// Whose HTTP session is to be prolonged.
    life: Life,
    history: History,
    said_ids: SaidIds,
    signals: Signals,
    /// Who was given older lines in this turn.
    readers: HashSet<SessionId>,
    /// Who joined in this turn and is to be greeted.
    newcomers: Vec<Newcomer>,
    deltas: Deltas,
    roster: Roster,
    server_time_at: Option<Instant>,
    pub(super) posts: Posts,
    reports: Reports,
}

struct Newcomer {
    session: SessionId,
    who: Identity,
    protocol: &'static str,
    resume: Option<Resume>,
}

impl Newcomer {
    /// Whether it speaks `tertulia.v1`.
    fn has_commands(&self) -> bool {
        self.protocol == TERTULIA_V1
    }
}

impl Registry {
    /// A registry of an empty room, and the way to it. `epoch` names this run of the server.
    pub fn new(rules: Rules, epoch: Epoch, counters: Arc<Counters>) -> (Self, RegistryHandle) {
        let (sender, mailbox) = mpsc::unbounded_channel();
        let registry = Self {
            mailbox,
            own_mailbox: sender.downgrade(),
            presence: Presence::new(rules.grace, rules.max_sockets_per_user),
            life: Life::new(rules.activity),
            history: History::new(rules.history),
            said_ids: SaidIds::default(),
            signals: Signals::default(),
            readers: HashSet::new(),
            posts: Posts::new(rules.packs_once),
            rules,
            epoch,
            counters,
            http_sessions: HashMap::new(),
            newcomers: Vec::new(),
            deltas: Deltas::default(),
            roster: Roster::default(),
            server_time_at: None,
            reports: Reports::default(),
        };
        (registry, RegistryHandle::new(sender))
    }

    /// Tells `lab` what it does.
    #[must_use]
    pub fn reporting_to(mut self, lab: Lab) -> Self {
        self.reports = Reports::new(lab);
        self
    }

    /// Runs until the last handle is gone.
    pub async fn run(mut self) {
        self.server_time_at = self.next_server_time(Utc::now(), Instant::now());
        let mut commands = Vec::new();
        loop {
            let wake_at = self.wake_at(Instant::now());
            let count = tokio::select! {
                biased;
                count = self.mailbox.recv_many(&mut commands, COMMANDS_PER_TURN) => count,
                () = wait_until(wake_at) => 1,
            };
            if count == 0 {
                return;
            }
            self.turn(commands.drain(..), Instant::now());
        }
    }

    /// When something is due without a command.
    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let due = [
            self.presence.next_due(),
            self.deltas.due_at(now),
            self.roster.rests_at(),
            self.history.forgets_at(),
            self.signals.due_at(now),
            self.server_time_at,
        ];
        due.into_iter().flatten().min()
    }

    fn turn(&mut self, commands: impl Iterator<Item = Command>, now: Instant) {
        // Before anything else, so that nobody holds a name beyond their grace.
        for change in self.presence.due(now) {
            self.tell(&change);
        }
        for command in commands {
            self.carry_out(command, now);
        }
        if self.deltas.due_at(now).is_some_and(|due_at| due_at <= now) {
            self.tell_deltas(now);
        }
        self.history.forget(now);
        self.greet(now);
        self.roster.rest(now);
        if self.roster.rests_at().is_none() {
            // Who came in got both.
            self.history.rest();
        }
        self.readers.clear();
        self.readers.shrink();
        self.tell_signals(now);
        if self.server_time_at.is_some_and(|at| at <= now) {
            self.posts
                .broadcast(&Frame::message(&ServerMessage::ServerTime { at: Utc::now() }), None);
            self.server_time_at = self.next_server_time(Utc::now(), now);
        }
        self.counters.users.set(self.presence.user_count() as i64);
        self.posts.send();
    }

    fn carry_out(&mut self, command: Command, now: Instant) {
        match command {
            Command::Open(hub) => self.posts.open(hub),
            Command::Join {
                session,
                who,
                protocol,
                resume,
            } => self.join(
                Newcomer {
                    session,
                    who,
                    protocol,
                    resume,
                },
                now,
            ),
            Command::Leave { session, user, ending } => {
                self.newcomers.retain(|newcomer| newcomer.session != session);
                self.leave(session, user, ending, now);
                self.signals.back(session);
                self.signals.sockets_changed();
            }
            Command::Say(said) => self.say_all(said, now),
            Command::Answer { session, frame } => {
                self.greet(now);
                self.posts.unicast(session, frame);
            }
            Command::List { session } => {
                self.tell_deltas(now);
                self.greet(now);
                let list = self.roster.list(self.presence.users(), now);
                self.posts.unicast(session, list);
            }
            Command::History { session, before, limit } => {
                self.greet(now);
                // One answer of full size a turn: a burst of questions must not become a thousand times as many bytes.
                let lines = match self.readers.insert(session) {
                    true => self.history.before(before, limit),
                    false => self.history.none_before(before),
                };
                self.posts.unicast(session, lines);
            }
            Command::Typing { user } => {
                self.life.spoke(self.http_sessions.get(&user));
                if let Some(name) = self.presence.name_of(user) {
                    self.signals.typing(user, name, self.presence.socket_count(), now);
                }
            }
            Command::Away { session, user, away } => match away {
                true if self.presence.has(session, user) => {
                    self.signals.away(session, user, self.presence.socket_count());
                }
                _ => self.signals.back(session),
            },
            // Who asked may be gone; then nobody needs the answer.
            Command::Claim {
                user,
                name,
                former,
                answer,
            } => {
                let claimed = self.presence.claim(user, &name, former, now);
                let _ = answer.send(claimed.map(|departed| self.part(former, departed, now)));
            }
            Command::Release { user } => self.presence.release(user),
            Command::LogOut { user } => {
                let departed = self.presence.log_out(user, now);
                self.part(Some(user), departed, now);
            }
            Command::Expire { http_sessions } => self.expire(&http_sessions, now),
            Command::Close { session, status } => self.posts.close(session, status),
            Command::CloseAll { status } => self.posts.close_all(&status),
            Command::Alive { answer } => drop(answer.send(self.life.take(self.http_sessions.values()))),
            Command::Operator(command) => self.obey(command, now),
            Command::Count { answer } => drop(answer.send(self.count())),
        }
    }

    fn join(&mut self, newcomer: Newcomer, now: Instant) {
        let who = &newcomer.who;
        match self.presence.join(newcomer.session, who.user, &who.name, now) {
            Ok(change) => {
                self.http_sessions.insert(who.user, who.http_session);
                self.life.came(who.http_session);
                let is_first = change.is_some();
                if let Some(change) = change {
                    self.tell(&change);
                }
                self.signals.sockets_changed();
                if self.reports.are_wanted() {
                    let (user, sockets) = (who.user, self.presence.sockets_of(who.user));
                    self.reports.joined(newcomer.session, user, sockets, is_first, now);
                }
                self.newcomers.push(newcomer);
            }
            Err(refused) => self.turn_away(newcomer.session, newcomer.who.user, refused),
        }
    }

    fn leave(&mut self, session: SessionId, user: UserId, ending: Ending, now: Instant) {
        let is_reported = self.reports.are_wanted() && self.presence.has(session, user);
        let gone_at = self.presence.leave(session, user, ending.clone(), now);
        if is_reported {
            let sockets = self.presence.sockets_of(user);
            self.reports.left(session, user, &ending, sockets, gone_at, now);
        }
    }

    fn turn_away(&mut self, session: SessionId, user: UserId, refused: Refused) {
        let (code, message, status) = match refused {
            Refused::NameTaken => (
                Some(ErrorCode::NameTaken),
                "someone here took your name, or one that looks like it, while you were away; choose another name",
                CloseStatus::NAME_TAKEN,
            ),
            Refused::TooManySockets => (
                Some(ErrorCode::TooManySockets),
                "you have this chat open too many times; close one of your tabs",
                CloseStatus::TOO_MANY_SOCKETS,
            ),
            // The close status says all that there is to say.
            Refused::SessionEnded => (None, "", CloseStatus::SESSION_ENDED),
        };
        if let Some(code) = code {
            let error = ServerMessage::Error {
                code,
                message: Cow::Borrowed(message),
                reference: None,
            };
            self.posts.unicast(session, Frame::message(&error));
        }
        self.reports.report(session, user, Event::turned_away(&status));
        self.close(session, status);
    }

    /// Closes a socket. What the lab is told goes through the mailbox, and the socket may be one that reads it: so the
    /// end takes the same way, behind it.
    fn close(&mut self, session: SessionId, status: CloseStatus) {
        match self.own_mailbox.upgrade().filter(|_| self.reports.are_wanted()) {
            Some(mailbox) => drop(mailbox.send(Command::Close { session, status })),
            None => self.posts.close(session, status),
        }
    }

    fn tell(&mut self, change: &Change) {
        let user = User {
            id: change.user,
            name: Cow::Borrowed(change.name.as_str()),
        };
        let (version, at) = (change.version, Utc::now());
        let message = match change.kind {
            Kind::Online => ServerMessage::Online { user, version, at },
            Kind::Offline => ServerMessage::Offline { user, version, at },
            Kind::Dropped(reason) => ServerMessage::Dropped {
                user,
                version,
                at,
                reason,
            },
        };
        if change.kind != Kind::Online {
            self.http_sessions.remove(&change.user);
            self.http_sessions.shrink();
        }
        let frame = Frame::message(&message);
        self.reports.tell(change.user, &message);
        self.roster.follow(change, &frame);
        self.deltas.add(frame, self.presence.socket_count());
    }

    fn tell_signals(&mut self, now: Instant) {
        if self.signals.due_at(now).is_none_or(|due_at| due_at > now) {
            return;
        }
        let presence = &self.presence;
        let frames = self
            .signals
            .take(presence.socket_count(), |user| presence.sockets_of(user), now);
        for frame in &frames {
            self.posts.signal(frame);
        }
    }

    fn tell_deltas(&mut self, now: Instant) {
        for frame in self.deltas.take(now) {
            self.posts.broadcast(&frame, None);
        }
        // Newcomers have it in their list.
        self.reports
            .told(self.presence.socket_count().saturating_sub(self.newcomers.len()));
    }

    /// Somebody logged out: their sockets close, and everyone is told.
    fn part(&mut self, user: Option<UserId>, departed: Departed, now: Instant) {
        self.dismiss(user, departed, None, &CloseStatus::SESSION_ENDED, now);
    }

    /// Somebody is here no more, whatever ended it: their sockets read the last word and close, and everyone is told.
    pub(super) fn dismiss(
        &mut self,
        user: Option<UserId>,
        departed: Departed,
        last_word: Option<Frame>,
        status: &CloseStatus,
        now: Instant,
    ) {
        if let Some(user) = user {
            self.http_sessions.remove(&user);
            self.said_ids.forget(user);
        }
        // A newcomer of this turn may be among them.
        self.newcomers
            .retain(|newcomer| !departed.sessions.contains(&newcomer.session));
        if let Some(change) = departed.change {
            self.tell(&change);
            self.tell_deltas(now);
        }
        // After what all are told, so that the last word is the last that they read.
        for session in departed.sessions {
            self.signals.back(session);
            if let Some(frame) = &last_word {
                self.posts.unicast(session, frame.clone());
            }
            self.close(session, status.clone());
        }
    }

    fn expire(&mut self, http_sessions: &[HttpSessionId], now: Instant) {
        let expired: HashSet<_> = http_sessions.iter().collect();
        let is_expired = |id: &HttpSessionId| expired.contains(id);
        let users: Vec<_> = self
            .http_sessions
            .iter()
            .filter(|(_, id)| is_expired(id))
            .map(|(user, _)| *user)
            .collect();
        for user in users {
            let departed = self.presence.log_out(user, now);
            self.part(Some(user), departed, now);
        }
    }

    fn count(&self) -> Snapshot {
        Snapshot {
            users: self.presence.user_count(),
            sockets: self.presence.socket_count(),
            version: self.presence.version(),
        }
    }

    /// The next round multiple of the interval on the wall clock.
    fn next_server_time(&self, wall: DateTime<Utc>, now: Instant) -> Option<Instant> {
        let interval = self.rules.server_time_interval.as_millis();
        if interval == 0 {
            return None;
        }
        let since_epoch = u128::try_from(wall.timestamp_millis()).unwrap_or(0);
        let left = interval - since_epoch % interval;
        Some(now + Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX)))
    }
}

mod greet;
mod say;
#[cfg(test)]
mod tests;

async fn wait_until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
