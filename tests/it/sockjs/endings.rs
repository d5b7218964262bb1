//! Sessions that end: on every transport, in every tab, and for good.

use std::time::{Duration, Instant};

use serde_json::json;
use tertulia::settings::Settings;

use super::{
    client::Session,
    tab::{Tab, WAYS, Way},
};
use crate::{
    admin::Operator,
    app::spawn_app,
    peer::{PLAIN, Person, Socket},
    program::Program,
    sessions,
};

/// One person by every transport at once.
struct Everywhere {
    socket: Socket,
    plain: Socket,
    tabs: Vec<Tab>,
}

impl Everywhere {
    async fn open(person: &Person) -> Self {
        let mut tabs = Vec::new();
        for way in WAYS {
            tabs.push(Tab::open(person, way).await);
        }
        Self {
            socket: person.connect().await,
            plain: person.open(PLAIN).await.greeted().await,
            tabs,
        }
    }

    /// All end with 1008 and these words, whatever they read before.
    async fn end_with(mut self, reason: &str) {
        let expected = (1008, reason.to_owned());
        for tab in &mut self.tabs {
            assert_eq!(tab.closed().await, expected);
        }
        for socket in [&mut self.socket, &mut self.plain] {
            assert_eq!(socket.closed().await, expected);
        }
    }
}

/// This cookie opens nothing more, by no transport.
async fn is_nobody(person: &Person) {
    sessions::is_nobody(person).await;
    let session = Session::of(person);
    for verb in ["xhr", "xhr_streaming"] {
        assert_eq!(session.post(verb).await.status(), 401, "{verb}");
    }
    assert_eq!(session.get("eventsource").await.status(), 401);
    assert_eq!(session.websocket().await.err(), Some(401));
}

#[tokio::test]
async fn log_out_ends_every_transport() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let everywhere = Everywhere::open(&ada).await;
    ada.log_out().await;
    everywhere.end_with("session ended").await;
    is_nobody(&ada).await;
}

#[tokio::test]
async fn another_name_ends_every_transport_of_the_former() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let everywhere = Everywhere::open(&ada).await;
    let bea = ada.rename("Bea").await.unwrap();
    everywhere.end_with("session ended").await;
    is_nobody(&ada).await;
    let mut tab = Tab::open(&bea, Way::Polling).await;
    tab.say("I am Bea now").await;
    assert_eq!(tab.next_of("chat").await["text"], "I am Bea now");
}

#[tokio::test]
async fn kick_ends_every_transport() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let ada = app.sign_in("Ada").await;
    let everywhere = Everywhere::open(&ada).await;
    let (status, _) = operator
        .post("kick", json!({ "user": ada.id, "reason": "enough" }))
        .await;
    assert_eq!(status, 200);
    everywhere.end_with("kicked").await;
    is_nobody(&ada).await;
}

#[tokio::test]
async fn what_has_ended_is_told_to_who_asks_later_and_takes_nothing_more() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let mut tab = Tab::open(&ada, Way::Polling).await;
    ada.log_out().await;
    assert_eq!(tab.closed().await.0, 1008);
    // Whoever missed it is told once more, by the cookie that is nobody's now; a stranger is not.
    assert_eq!(tab.session.poll().await, r#"c[1008,"session ended"]"#);
    assert_eq!(tab.session.stolen_by("").post("xhr").await.status(), 404);
    assert_eq!(tab.session.try_send(json!(["{}"]).to_string()).await.0, 404);
}

#[tokio::test]
async fn expiry_ends_a_session_by_any_transport() {
    // Nothing on a socket is life here, and no request of SockJS.
    let app = Program::start(&["--session-ttl", "1s", "--session-activity", "handshakes"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    Everywhere::open(&ada).await.end_with("session ended").await;
    is_nobody(&ada).await;
}

#[tokio::test]
async fn polls_are_life_as_answered_pings_are() {
    let app = Program::start(&[
        "--session-ttl",
        "1s",
        "--heartbeat-interval",
        "100ms",
        "--heartbeat-timeout",
        "1m",
    ]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut tab = Tab::open(&ada, Way::Streaming).await;
    // Three times as long as the session lasts without them.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        tab.heartbeat().await;
    }
    assert_eq!(ada.who().await.0, 200);
    tab.hears_only("I was here all the time").await;
}
