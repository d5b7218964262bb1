//! Who is kept out, why and until when.

use std::{net::IpAddr, time::Duration};

use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::{ELSEWHERE, Operator, connect_from, open_from, sign_in_from};
use crate::{
    app::spawn_app,
    peer::{Person, eventually},
    program::Program,
};

const NEXT_DOOR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 8));

#[tokio::test]
async fn a_ban_of_a_user_ends_them_and_keeps_their_address_out_until_it_is_lifted() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let (ada, mut tab) = connect_from(ELSEWHERE, app.address, "Ada").await;
    let mut bea = app.connect("Bea").await;

    let ban = json!({ "user": ada.id, "reason": "flooding", "minutes": 60 });
    let (status, made) = operator.post("bans", ban).await;
    assert_eq!((status, &made["sockets"]), (201, &json!(1)), "{made}");
    let (frames, closed) = tab.rest().await;
    assert_eq!(closed, (1008, "kicked".to_owned()));
    let sentence = frames.last().unwrap()["message"].as_str().unwrap().to_owned();
    assert!(sentence.starts_with("you are banned from this chat until 20") && sentence.ends_with(": flooding"));
    assert_eq!(bea.next_of("dropped").await["user"], ada.shown());

    let refused = |outcome: (u16, Value)| {
        assert_eq!(
            (outcome.0, &outcome.1["code"], &outcome.1["message"]),
            (403, &json!("banned"), &json!(sentence))
        );
    };
    refused(sign_in_from(ELSEWHERE, app.address, "Eve").await.unwrap_err());
    let eve = Person::sign_in(app.address, "Eve").await;
    refused(open_from(ELSEWHERE, &eve).await.err().unwrap());
    drop(eve.connect().await);
    sign_in_from(NEXT_DOOR, app.address, "Carl").await.unwrap();

    let bans = operator.get("bans").await["bans"].clone();
    assert_eq!(
        (&bans[0]["address"], &bans[0]["name"]),
        (&json!("127.0.0.7"), &json!("Ada"))
    );
    assert_eq!(bans, made["bans"]);
    let path = format!("bans/{}", bans[0]["id"]);
    assert_eq!(operator.ask(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(operator.ask(Method::DELETE, &path, None).await.0, 404);
    sign_in_from(ELSEWHERE, app.address, "Dora").await.unwrap();
}

#[tokio::test]
async fn a_ban_of_a_network_ends_whoever_is_connected_from_there() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let (_, mut ada) = connect_from(ELSEWHERE, app.address, "Ada").await;
    let (_, mut bea) = connect_from(NEXT_DOOR, app.address, "Bea").await;
    let mut carl = app.connect("Carl").await;
    let until = Utc::now() + Duration::from_secs(3600);
    let ban = json!({ "address": "127.0.0.4/30", "until": until });
    let (status, made) = operator.post("bans", ban).await;
    assert_eq!((status, &made["sockets"]), (201, &json!(1)), "{made}");
    assert_eq!(ada.closed().await.1, "kicked");
    assert_eq!(carl.next_of("dropped").await["user"]["name"], "Ada");
    carl.hears_only("still here").await;
    bea.say("and here").await;
    while bea.next_of("chat").await["text"] != "and here" {}
}

#[tokio::test]
async fn a_ban_that_hits_more_than_was_asked_for_asks_first() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let (ada, mut tab) = connect_from(ELSEWHERE, app.address, "Ada").await;
    let (_, mut bea) = connect_from(ELSEWHERE, app.address, "Bea").await;
    let mut carl = app.connect("Carl").await;
    for (ban, own, others) in [
        (json!({ "user": ada.id }), false, 1),
        (json!({ "user": carl.auth["user"]["id"] }), true, 0),
        (json!({ "address": "127.0.0.1" }), true, 0),
        (json!({ "address": "0.0.0.0/0" }), true, 0),
    ] {
        let (status, body) = operator.post("bans", ban).await;
        assert_eq!((status, &body["code"]), (409, &json!("needs-force")), "{body}");
        assert_eq!((&body["own"], &body["others"]), (&json!(own), &json!(others)), "{body}");
    }
    assert_eq!(operator.get("bans").await, json!({ "bans": [] }));
    carl.hears_only("nobody went").await;

    let (status, made) = operator.post("bans", json!({ "user": ada.id, "force": true })).await;
    assert_eq!((status, &made["sockets"]), (201, &json!(2)));
    for tab in [&mut tab, &mut bea] {
        assert_eq!(tab.closed().await, (1008, "kicked".to_owned()));
    }
    let (status, _) = operator
        .post("bans", json!({ "address": "127.0.0.1", "force": true }))
        .await;
    assert_eq!((status, carl.closed().await.1.as_str()), (201, "kicked"));
    assert_eq!(Person::try_sign_in(app.address, "Dora").await.unwrap_err(), 403);
    let bans = operator.get("bans").await["bans"].clone();
    assert_eq!(
        bans[0]["address"], "127.0.0.1",
        "the newest first; and the view stays open"
    );
}

#[tokio::test]
async fn a_ban_ends_by_itself() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let until = Utc::now() + Duration::from_millis(1500);
    let (status, _) = operator
        .post("bans", json!({ "address": "127.0.0.7", "until": until }))
        .await;
    assert_eq!(status, 201);
    let mut number = 0;
    eventually("the ban ends", async || {
        number += 1;
        let outcome = sign_in_from(ELSEWHERE, app.address, &format!("Ada {number}")).await;
        outcome.inspect_err(|(status, _)| assert_eq!(*status, 403)).is_ok()
    })
    .await;
    assert!(Utc::now() >= until);
    assert_eq!(operator.get("bans").await, json!({ "bans": [] }));
}

#[tokio::test]
async fn bans_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_in(folder.path(), &[]);
    let operator = Operator::sign_in_at(program.address, folder.path()).await;
    let (_, made) = operator
        .post("bans", json!({ "address": "127.0.0.7", "reason": "flooding" }))
        .await;
    let (_, lifted) = operator.post("bans", json!({ "address": "127.0.0.8" })).await;
    let path = format!("bans/{}", lifted["bans"][0]["id"]);
    assert_eq!(operator.ask(Method::DELETE, &path, None).await.0, 204);
    program.stop().await;

    let program = Program::start_in(folder.path(), &[]);
    let operator = Operator::sign_in_at(program.address, folder.path()).await;
    assert_eq!(operator.get("bans").await["bans"], made["bans"]);
    let (status, body) = sign_in_from(ELSEWHERE, program.address, "Ada").await.unwrap_err();
    assert_eq!(
        (status, &body["message"]),
        (403, &json!("you are banned from this chat: flooding"))
    );
    sign_in_from(NEXT_DOOR, program.address, "Bea").await.unwrap();
    program.stop().await;
}

#[tokio::test]
async fn a_ban_that_cannot_be_meant_is_refused() {
    let app = spawn_app(Settings {
        presence_grace: Duration::from_secs(60),
        ..Settings::default()
    });
    let operator = Operator::sign_in(&app).await;
    let (ada, tab) = connect_from(ELSEWHERE, app.address, "Ada").await;
    tab.close().await;
    eventually("she has no socket", async || {
        operator.users("Ada").await[0]["sockets"] == json!([])
    })
    .await;
    let over = Utc::now() - Duration::from_secs(1);
    for (ban, status, code) in [
        (json!({}), 400, "bad-body"),
        (json!({ "user": ada.id, "address": "192.0.2.7" }), 400, "bad-body"),
        (json!({ "address": "nowhere.test" }), 400, "bad-body"),
        (json!({ "address": "10.0.0.1/8" }), 400, "bad-body"),
        (json!({ "address": "192.0.2.7", "minutes": 0 }), 400, "bad-body"),
        (
            json!({ "address": "192.0.2.7", "until": "+262142-12-31T23:59:59Z" }),
            400,
            "bad-body",
        ),
        (
            json!({ "address": "192.0.2.7", "minutes": 5, "until": "2030-01-01T00:00:00Z" }),
            400,
            "bad-body",
        ),
        (json!({ "address": "192.0.2.7", "until": over }), 400, "bad-body"),
        (json!({ "address": "192.0.2.7", "until": "tomorrow" }), 400, "bad-body"),
        (json!({ "user": "0000000000000000" }), 404, "no-such-user"),
        (json!({ "user": ada.id }), 409, "no-address"),
    ] {
        let (told, body) = operator.post("bans", ban.clone()).await;
        assert_eq!((told, &body["code"]), (status, &json!(code)), "{ban} {body}");
    }
}
