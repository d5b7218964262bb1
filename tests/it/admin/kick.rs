//! What a kick does to whom.

use serde_json::json;
use tertulia::settings::Settings;

use super::Operator;
use crate::{app::spawn_app, peer::Person};

#[tokio::test]
async fn the_kicked_read_why_and_do_not_come_back_and_others_read_dropped_at_once() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let mut bea = app.connect("Bea").await;
    let ada = app.sign_in("Ada").await;
    let mut tabs = [ada.connect().await, ada.connect().await];
    bea.next_of("online").await;

    let kick = json!({ "user": ada.id, "reason": "please stop flooding" });
    let (status, body) = operator.post("kick", kick.clone()).await;
    assert_eq!((status, &body), (200, &json!({ "sockets": 2 })));
    for tab in &mut tabs {
        let (frames, closed) = tab.rest().await;
        assert_eq!(closed, (1008, "kicked".to_owned()));
        let error = frames.last().unwrap();
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("kicked")));
        assert_eq!(error["message"], "please stop flooding");
    }
    // The grace of three seconds is not waited for.
    let dropped = bea.next_of("dropped").await;
    assert_eq!(
        (&dropped["user"], &dropped["reason"]),
        (&ada.shown(), &json!("refused"))
    );

    assert_eq!(ada.who().await.0, 401);
    assert_eq!(ada.try_open(None).await.err().unwrap().status(), 401);
    assert_eq!(operator.post("kick", kick).await.0, 404, "nobody is kicked twice");
    let again = Person::sign_in(app.address, "Ada").await;
    again.connect().await;
    assert_ne!(again.id, ada.id);
}

#[tokio::test]
async fn a_kick_without_a_reason_says_who_did_it() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let ada = app.sign_in("Ada").await;
    let mut tab = ada.connect().await;
    operator.post("kick", json!({ "user": ada.id })).await;
    let (frames, _) = tab.rest().await;
    let message = frames.last().unwrap()["message"].as_str().unwrap();
    assert_eq!(message, "an operator of this server has ended your session");
}

#[tokio::test]
async fn reasons_are_one_short_line() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let ada = app.sign_in("Ada").await;
    let mut tab = ada.connect().await;
    for reason in ["two\nlines".to_owned(), "x".repeat(201)] {
        let (status, body) = operator.post("kick", json!({ "user": ada.id, "reason": reason })).await;
        assert_eq!((status, &body["code"]), (400, &json!("bad-body")));
    }
    tab.hears_only("still here").await;
}
