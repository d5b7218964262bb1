//! Who is here: told once, told in order, told to everyone, and told nothing that is not so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    peer::{Person, Socket, eventually, metric},
    program::Program,
};

/// Leaving is told at once.
const NO_GRACE: &[&str] = &["--presence-grace", "0"];
/// Leaving is never told while a test runs.
const LONG_GRACE: &[&str] = &["--presence-grace", "1h"];

/// Bob, who listens, and Ada, who is not connected yet.
async fn bob_and_ada(app: &Program) -> (Socket, Person) {
    let bob = Person::sign_in(app.address, "Bob").await;
    let ada = Person::sign_in(app.address, "Ada").await;
    (bob.connect().await, ada)
}

/// Waits until the server has taken note of so many sockets.
async fn sockets(app: &Program, count: f64) {
    eventually("the sockets are counted", async || {
        metric(app.address, "tertulia_sockets").await == count
    })
    .await;
}

#[tokio::test]
async fn two_tabs_are_one_person_who_is_told_of_once() {
    let app = Program::start(NO_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let first = ada.connect().await;
    let mut second = ada.connect().await;
    assert_eq!(second.list["users"].as_array().unwrap().len(), 2);
    assert_eq!(second.auth["user"], first.auth["user"]);
    assert_ne!(second.auth["socket"], first.auth["socket"]);
    assert_eq!(bob.next().await["type"], "online");
    first.close().await;
    sockets(&app, 2.0).await;
    second.say("one tab is left").await;
    bob.next_is_chat("one tab is left").await;
    second.close().await;
    assert_eq!(bob.next().await["type"], "offline");
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn reload_within_grace_tells_nobody() {
    let app = Program::start(LONG_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let before = ada.connect().await;
    assert_eq!(bob.next().await["type"], "online");
    before.close().await;
    sockets(&app, 1.0).await;
    let mut after = ada.connect().await;
    assert_eq!(after.list["users"].as_array().unwrap().len(), 2);
    after.say("I am back").await;
    bob.next_is_chat("I am back").await;
    after.reset();
    sockets(&app, 1.0).await;
    bob.command(json!({ "type": "user-list" })).await;
    let list = bob.next().await;
    assert_eq!(
        list["users"].as_array().unwrap().len(),
        2,
        "within their grace people are here: {list}"
    );
}

#[tokio::test]
async fn grace_that_passes_tells_once_who_left() {
    let app = Program::start(&["--presence-grace", "100ms"]);
    let (mut bob, ada) = bob_and_ada(&app).await;
    ada.connect().await.close().await;
    assert_eq!(bob.next().await["type"], "online");
    let offline = bob.next().await;
    assert_eq!((&offline["type"], &offline["user"]), (&json!("offline"), &ada.shown()));
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn close_handshake_is_offline_and_a_loss_is_dropped() {
    let app = Program::start(NO_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    for (ending, kind) in [("close", "offline"), ("reset", "dropped"), ("cut", "dropped")] {
        let socket = ada.connect().await;
        assert_eq!(bob.next().await["type"], "online");
        match ending {
            "close" => socket.close().await,
            "reset" => socket.reset(),
            _ => socket.cut().await,
        }
        let told = bob.next().await;
        assert_eq!((&told["type"], &told["user"]), (&json!(kind), &ada.shown()), "{ending}");
        if kind == "dropped" {
            assert_eq!(told["reason"], "connection-lost", "{ending}");
        }
    }
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn last_ending_decides_between_offline_and_dropped() {
    let app = Program::start(NO_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let (first, second) = (ada.connect().await, ada.connect().await);
    first.reset();
    sockets(&app, 2.0).await;
    second.close().await;
    assert_eq!(bob.next().await["type"], "online");
    assert_eq!(bob.next().await["type"], "offline");
    let (first, second) = (ada.connect().await, ada.connect().await);
    first.close().await;
    sockets(&app, 2.0).await;
    second.reset();
    assert_eq!(bob.next().await["type"], "online");
    assert_eq!(bob.next().await["type"], "dropped");
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn log_out_closes_all_tabs_and_is_told_at_once() {
    let app = Program::start(LONG_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let mut tabs = [ada.connect().await, ada.connect().await, ada.connect().await];
    assert_eq!(bob.next().await["type"], "online");
    ada.log_out().await;
    let told = bob.next().await;
    assert_eq!((&told["type"], &told["user"]), (&json!("offline"), &ada.shown()));
    for tab in &mut tabs {
        assert_eq!(tab.closed().await, (1008, "session ended".to_owned()));
    }
    sockets(&app, 1.0).await;
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn name_that_looks_like_one_that_is_held_is_refused() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada Lovelace").await;
    // Nobody has connected: the claim alone holds the name.
    let look_alikes = [
        "Ada Lovelace",
        "ADA LOVELACE",
        "ada lovelace",
        "  Ada Lovelace ",
        "Аda Lovelace",
        "Ada Love1ace",
    ];
    for name in look_alikes {
        assert_eq!(Person::try_sign_in(app.address, name).await.unwrap_err(), 409, "{name}");
    }
    let _socket = ada.connect().await;
    for name in look_alikes {
        assert_eq!(Person::try_sign_in(app.address, name).await.unwrap_err(), 409, "{name}");
    }
    Person::sign_in(app.address, "Adam Lovelace").await;
}

#[tokio::test]
async fn name_of_who_logged_out_is_free_again() {
    let app = Program::start(LONG_GRACE);
    let ada = Person::sign_in(app.address, "Ada").await;
    ada.log_out().await;
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.connect().await;
    ada.log_out().await;
    socket.closed().await;
    Person::sign_in(app.address, "ada").await.connect().await;
}

#[tokio::test]
async fn new_name_makes_a_new_user_and_ends_the_old_one() {
    let app = Program::start(LONG_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let mut old = ada.connect().await;
    assert_eq!(bob.next().await["type"], "online");
    let eve = ada.rename("Eve").await.unwrap();
    assert_ne!(eve.id, ada.id);
    assert_ne!(eve.cookie, ada.cookie);
    assert_eq!(old.closed().await, (1008, "session ended".to_owned()));
    let told = bob.next().await;
    assert_eq!((&told["type"], &told["user"]), (&json!("offline"), &ada.shown()));
    let _new = eve.connect().await;
    let told = bob.next().await;
    assert_eq!((&told["type"], &told["user"]), (&json!("online"), &eve.shown()));
    // The name that was given up is anybody's.
    Person::sign_in(app.address, "Ada").await;
}

#[tokio::test]
async fn refused_new_name_leaves_the_old_one_alone() {
    let app = Program::start(LONG_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let mut socket = ada.connect().await;
    assert_eq!(bob.next().await["type"], "online");
    assert_eq!(ada.rename("bob").await.unwrap_err(), 409);
    assert_eq!(ada.who().await.1, ada.shown());
    socket.say("still Ada").await;
    bob.next_is_chat("still Ada").await;
}

#[tokio::test]
async fn who_comes_back_to_a_name_that_was_taken_is_told_so_and_closed() {
    let app = Program::start(NO_GRACE);
    let (mut bob, ada) = bob_and_ada(&app).await;
    ada.connect().await.close().await;
    bob.next_of("offline").await;
    let thief = Person::sign_in(app.address, "ADA").await;
    let mut taken = ada.open(crate::peer::V1).await;
    let (frames, closed) = taken.rest().await;
    assert_eq!(closed, (1008, "name taken".to_owned()));
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(
        (&frames[0]["type"], &frames[0]["code"]),
        (&json!("error"), &json!("name-taken"))
    );
    let _socket = thief.connect().await;
    assert_eq!(bob.next().await["user"], thief.shown());
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn one_tab_too_many_is_told_so_and_closed() {
    let app = Program::start(&["--max-sockets-per-user", "2", "--presence-grace", "0"]);
    let (mut bob, ada) = bob_and_ada(&app).await;
    let (first, mut second) = (ada.connect().await, ada.connect().await);
    let (frames, closed) = ada.open(crate::peer::V1).await.rest().await;
    assert_eq!(closed, (1008, "too many sockets".to_owned()));
    assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("too-many-sockets")));
    assert_eq!(bob.next().await["type"], "online");
    first.close().await;
    sockets(&app, 2.0).await;
    let _third = ada.connect().await;
    second.say("two are welcome").await;
    bob.next_is_chat("two are welcome").await;
}

/// What a client makes of a list and the changes after it.
struct Model {
    version: u64,
    users: BTreeMap<String, String>,
}

impl Model {
    fn of(list: &Value) -> Self {
        let users = list["users"].as_array().unwrap();
        let entry = |user: &Value| {
            (
                user["id"].as_str().unwrap().into(),
                user["name"].as_str().unwrap().into(),
            )
        };
        Self {
            version: list["version"].as_u64().unwrap(),
            users: users.iter().map(entry).collect(),
        }
    }

    /// Takes a change in, as `docs/protocol.md` tells clients to.
    fn fold(&mut self, frame: &Value) {
        let Some(version) = frame["version"].as_u64().filter(|version| *version > self.version) else {
            return;
        };
        assert_eq!(version, self.version + 1, "a change is missing before {frame}");
        self.version = version;
        let [id, name] = ["id", "name"].map(|key| frame["user"][key].as_str().unwrap().to_owned());
        match frame["type"].as_str().unwrap() {
            "online" => assert_eq!(self.users.insert(id, name), None, "online twice: {frame}"),
            "offline" | "dropped" => assert_eq!(self.users.remove(&id), Some(name), "gone twice: {frame}"),
            other => panic!("{other} has a version"),
        }
    }
}

/// Asks for the list, and holds what was folded until then to it.
async fn compare(socket: &mut Socket) -> Model {
    let mut model = Model::of(&socket.list);
    socket.command(json!({ "type": "user-list" })).await;
    loop {
        let frame = socket.next().await;
        if frame["type"] == "user-list" {
            let list = Model::of(&frame);
            assert_eq!((model.version, &model.users), (list.version, &list.users));
            return model;
        }
        model.fold(&frame);
    }
}

/// A sequence that looks random and is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

#[tokio::test]
async fn list_and_changes_agree_at_everyone_whatever_happens() {
    let app = Program::start(&[
        "--presence-grace",
        "20ms",
        "--max-handshakes-per-second",
        "0",
        "--max-sockets-per-address",
        "0",
    ]);
    let watcher = Person::sign_in(app.address, "Watcher").await;
    let mut watchers = vec![watcher.connect().await];
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(Person::sign_in(app.address, &format!("Person {number}")).await);
    }
    let mut dice = Dice(2026);
    let mut open: Vec<(usize, Socket)> = Vec::new();
    for step in 0..300 {
        let who = dice.roll(people.len());
        match dice.roll(8) {
            0..=3 => open.push((who, people[who].connect().await)),
            4 | 5 if !open.is_empty() => {
                let (_, socket) = open.swap_remove(dice.roll(open.len()));
                socket.close().await;
            }
            6 if !open.is_empty() => open.swap_remove(dice.roll(open.len())).1.reset(),
            7 if step % 3 == 0 => {
                people[who].log_out().await;
                people[who] = Person::sign_in(app.address, &format!("Person {who}, {step}")).await;
                open.retain(|(owner, _)| *owner != who);
            }
            _ => watchers.push(watcher.connect().await),
        }
        if watchers.len() > 20 {
            compare(&mut watchers.swap_remove(dice.roll(watchers.len()))).await;
        }
    }
    drop(open);
    // When all graces have passed, only the watcher is left.
    eventually("everyone has left", async || {
        metric(app.address, "tertulia_users").await == 1.0
    })
    .await;
    for socket in &mut watchers {
        let model = compare(socket).await;
        assert!(model.users.into_keys().eq([watcher.id.clone()]));
    }
}
