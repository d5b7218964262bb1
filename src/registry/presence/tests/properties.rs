//! Any order of events: the server agrees with a naive model, and a client that has a list and the changes after it
//! agrees with the server.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::{
    model::{MAX_SOCKETS, Model, USERS, name_of, session},
    *,
};

/// Something that happens. Users and sockets are small numbers, so that duplicates and late events are frequent.
#[derive(Clone, Debug)]
enum Event {
    Join(u64, usize),
    Leave(u64, usize, Ending),
    LogOut(u64),
    /// By whom, of whose name, and who they were until now.
    Claim(u64, u64, Option<u64>),
    Release(u64),
    Wait(Duration),
    Due,
}

fn event() -> impl Strategy<Value = Event> {
    let (user, socket) = (0..USERS, 0..4_usize);
    let ending = prop_oneof![
        Just(Ending::ClosedByPeer(None)),
        Just(Ending::Lost),
        Just(Ending::HeartbeatTimeout)
    ];
    let waits = [1, 1_000, 2_999, 3_000, 30_000, 300_000].map(Duration::from_millis);
    prop_oneof![
        8 => (user.clone(), socket.clone()).prop_map(|(user, socket)| Event::Join(user, socket)),
        8 => (user.clone(), socket, ending).prop_map(|(user, socket, ending)| Event::Leave(user, socket, ending)),
        1 => user.clone().prop_map(Event::LogOut),
        2 => (user.clone(), user.clone(), proptest::option::weighted(0.2, user.clone()))
            .prop_map(|(user, name, former)| Event::Claim(user, name, former)),
        1 => user.prop_map(Event::Release),
        4 => proptest::sample::select(waits.to_vec()).prop_map(Event::Wait),
        4 => Just(Event::Due),
    ]
}

/// What a client knows: a list, and the version it reflects.
#[derive(Clone, Debug, Default, PartialEq)]
struct Client {
    version: u64,
    users: BTreeMap<UserId, String>,
}

impl Client {
    fn with_list_of(presence: &Presence) -> Self {
        let users = presence
            .users()
            .map(|(user, name)| (user, name.as_str().to_owned()))
            .collect();
        Self {
            version: presence.version(),
            users,
        }
    }

    /// A change that the list already reflects is passed over; any other must be the next one, and make sense.
    fn hear(&mut self, change: &Change) {
        if change.version <= self.version {
            return;
        }
        assert_eq!(change.version, self.version + 1, "no gap");
        self.version = change.version;
        let before = match change.kind {
            Kind::Online => self.users.insert(change.user, change.name.as_str().to_owned()),
            Kind::Offline | Kind::Dropped(_) => self.users.remove(&change.user),
        };
        assert_eq!(
            before.is_some(),
            change.kind != Kind::Online,
            "online once, gone once: {change:?}"
        );
    }
}

/// Server, model, and everything that was ever told.
struct Run {
    presence: Presence,
    model: Model,
    now: Instant,
    told: Vec<Change>,
}

impl Run {
    fn new() -> Self {
        let presence = Presence::new(GRACE, MAX_SOCKETS);
        Self {
            presence,
            model: Model::default(),
            now: Instant::now(),
            told: Vec::new(),
        }
    }

    fn tell(&mut self, change: Option<Change>) -> Option<Kind> {
        let kind = change.as_ref().map(|change| change.kind);
        self.told.extend(change);
        kind
    }

    fn log_out(&mut self, number: u64, log_out: LogOut) {
        let sessions = log_out.sessions.iter().copied().collect();
        let kind = self.tell(log_out.change);
        assert_eq!((sessions, kind), self.model.log_out(number, self.now));
    }

    /// Lets `event` happen to both, and compares what comes of it.
    fn happen(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Join(number, socket) => {
                let joined = self
                    .presence
                    .join(session(number, socket), user(number), &name_of(number), now);
                let joined = joined.map(|change| self.tell(change));
                assert_eq!(joined, self.model.join(number, socket, now));
            }
            Event::Leave(number, socket, ending) => {
                let gone_at = self
                    .presence
                    .leave(session(number, socket), user(number), ending.clone(), now);
                assert_eq!(gone_at, self.model.leave(number, socket, ending, now));
            }
            Event::LogOut(number) => {
                let log_out = self.presence.log_out(user(number), now);
                self.log_out(number, log_out);
            }
            Event::Claim(by, of, former) => {
                let claimed = self.presence.claim(user(by), &name_of(of), former.map(user), now);
                let expected = self.model.claim(by, of, former, now);
                assert_eq!(claimed.as_ref().err(), expected.as_ref().err());
                if let (Ok(log_out), Ok(Some(former))) = (claimed, expected) {
                    self.log_out(former, log_out);
                }
            }
            Event::Release(number) => {
                self.presence.release(user(number));
                self.model.claims.remove(&number);
            }
            Event::Wait(time) => self.now += time,
            Event::Due => {
                let due = self.presence.due(now);
                let told: Vec<_> = due.iter().map(|change| (change.user, change.kind)).collect();
                assert_eq!(told, self.model.due(now));
                self.told.extend(due);
            }
        }
    }

    fn check(&self) {
        let presence = &self.presence;
        let here: BTreeSet<_> = presence.users().map(|(user, _)| user).collect();
        assert_eq!(here, self.model.here.keys().map(|&number| user(number)).collect());
        assert_eq!(presence.user_count(), here.len());
        let sockets: usize = self.model.here.values().map(|person| person.sockets.len()).sum();
        assert_eq!(presence.socket_count(), sockets);
        assert_eq!(presence.next_due(), self.model.next_due());
        assert_eq!(presence.version(), self.told.len() as u64);
        let [names, claims, _] = presence.names.sizes();
        assert_eq!(
            names,
            here.len() + claims,
            "a name for each seat and each claim, none alike"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn server_agrees_with_the_model_in_any_order_of_events(events in vec(event(), 1..120)) {
        let mut run = Run::new();
        for event in events {
            run.happen(event);
            run.check();
        }
    }

    #[test]
    fn list_of_any_moment_and_all_changes_make_the_list_of_the_server(events in vec(event(), 1..120)) {
        let mut run = Run::new();
        let mut clients = vec![Client::default()];
        for event in events {
            run.happen(event);
            clients.push(Client::with_list_of(&run.presence));
        }
        let now = Client::with_list_of(&run.presence);
        for mut client in clients {
            // Each hears everything from the first change on, also what raced with its list or came long before it.
            run.told.iter().for_each(|change| client.hear(change));
            prop_assert_eq!(&client, &now);
        }
    }

    #[test]
    fn nothing_stays_when_everybody_has_left(events in vec(event(), 1..120)) {
        let mut run = Run::new();
        for event in events {
            run.happen(event);
        }
        for (number, socket) in (0..USERS).flat_map(|number| (0..4).map(move |socket| (number, socket))) {
            run.happen(Event::Leave(number, socket, Ending::Lost));
        }
        run.happen(Event::Wait(LOG_OUT_MEMORY));
        run.happen(Event::Due);
        run.check();
        let Presence { users, names, sockets, departures, logged_out, .. } = run.presence;
        prop_assert_eq!([users.len(), sockets, departures.len()], [0; 3]);
        prop_assert_eq!((names.sizes(), logged_out.sizes()), ([0; 3], [0; 2]));
    }
}
