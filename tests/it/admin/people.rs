//! Who is here, and what their sockets look like.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tertulia::settings::Settings;

use super::{ELSEWHERE, Operator, connect_from};
use crate::{
    app::spawn_app,
    peer::{PLAIN, eventually},
};

#[tokio::test]
async fn users_are_told_with_their_sockets() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let (ada, _first) = connect_from(ELSEWHERE, app.address, "Ada").await;
    let mut second = ada.open(PLAIN).await;
    assert_eq!(second.next().await["type"], "auth");
    let _bea = app.connect("Bea").await;

    let all = operator.get("users").await;
    assert_eq!((&all["total"], &all["matching"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&all["users"][0]["name"], &all["users"][1]["name"]),
        (&json!("Ada"), &json!("Bea"))
    );

    let users = operator.users("ada").await;
    assert_eq!(users.as_array().unwrap().len(), 1);
    assert_eq!(users[0]["id"], ada.id);
    let sockets = users[0]["sockets"].as_array().unwrap();
    let mut told: Vec<_> = sockets
        .iter()
        .map(|socket| {
            (
                socket["address"].as_str().unwrap(),
                socket["protocol"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("127.0.0.1", ""), ("127.0.0.7", "tertulia.v1")]);
    for socket in sockets {
        assert_eq!(
            (&socket["queued_bytes"], &socket["round_trip"]),
            (&json!(0), &json!(null))
        );
        let at = chrono::DateTime::parse_from_rfc3339(socket["since"].as_str().unwrap()).unwrap();
        assert!((chrono::Utc::now() - at.to_utc()).num_seconds().abs() < 60);
    }
    assert!(users[0]["since"].is_string());
}

#[tokio::test]
async fn round_trip_is_told_once_a_ping_was_answered() {
    let app = spawn_app(Settings {
        heartbeat_interval: Some(Duration::from_millis(20)),
        ..Settings::default()
    });
    let operator = Operator::sign_in(&app).await;
    let mut ada = app.connect("Ada").await;
    let pings = tokio::spawn(async move {
        // Reading answers them.
        while !ada.message().await.is_close() {}
    });
    eventually("a round trip", async || {
        operator.users("Ada").await[0]["sockets"][0]["round_trip"].is_u64()
    })
    .await;
    pings.abort();
}

#[tokio::test]
async fn answers_are_bounded() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let mut sockets = Vec::new();
    for number in 0..5 {
        sockets.push(app.connect(&format!("Somebody {number}")).await);
    }
    let page = operator.get("users?limit=2&offset=3").await;
    assert_eq!(page["users"][0]["name"], "Somebody 3");
    assert_eq!(
        (page["users"].as_array().unwrap().len(), &page["total"]),
        (2, &json!(5))
    );
    for wrong in [
        "limit=0",
        "limit=501",
        "limit=x",
        "offset=-1",
        &format!("query={}", "x".repeat(201)),
    ] {
        let (status, body) = operator.ask(Method::GET, &format!("users?{wrong}"), None).await;
        assert_eq!((status, &body["code"]), (400, &json!("bad-query")), "{wrong}");
    }
}
