//! Figures, refusals and settings.

use reqwest::Method;
use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::{Operator, token, try_token};
use crate::{
    app::{settings, spawn_app},
    peer::{PLAIN, Person, eventually, http},
};

#[tokio::test]
async fn figures_follow_what_happens() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let mut ada = app.connect("Ada").await;
    ada.hears_only("hello").await;
    let mut seen = Vec::new();
    eventually("a sample with what was said", async || {
        let state = operator.get("state").await;
        let sample = state["sample"].clone();
        let has_latency = sample["latency_p50"].is_u64() && sample["latency_p99"].is_u64();
        seen.push(state);
        has_latency && sample["messages_in"].as_u64() >= Some(1) && sample["bytes_out"].as_u64() > Some(100)
    })
    .await;
    let state = seen.last().unwrap();
    assert_eq!(state["epoch"], ada.auth["epoch"]);
    let sample = &state["sample"];
    assert_eq!(
        (&sample["users"], &sample["sockets"], &sample["connections"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(sample["memory_bytes"].as_u64() > Some(1 << 20));

    let number = sample["number"].as_u64().unwrap();
    let all = operator.get("samples").await["samples"].clone();
    let numbers: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["number"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.is_sorted_by(|one, next| next - one == 1) && numbers.contains(&number),
        "{numbers:?}"
    );
    eventually("the next sample alone", async || {
        let later = operator.get(&format!("samples?after={number}")).await;
        later["samples"][0]["number"].as_u64() == Some(number + 1)
    })
    .await;
    assert_eq!(operator.ask(Method::GET, "samples?after=x", None).await.0, 400);
}

/// The refusal of this code.
async fn refusal(operator: &Operator, code: &str) -> Value {
    let list = operator.get("refusals").await;
    let refusals = list["refusals"].as_array().unwrap();
    let found = refusals.iter().find(|one| one["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {list}")).clone()
}

#[tokio::test]
async fn refusals_tell_what_was_compared_with_what_and_what_would_admit_it() {
    let app = spawn_app(settings(&[
        "--max-sockets-per-address",
        "20",
        "--max-sockets-per-user",
        "0",
        "--max-handshakes-per-second",
        "0",
    ]));
    let operator = Operator::sign_in(&app).await;
    let (url, own) = (format!("http://{}/ws", app.address), format!("http://{}", app.address));
    for _ in 0..2 {
        http()
            .get(&url)
            .header("origin", "http://localhost:5173")
            .send()
            .await
            .unwrap();
    }
    http()
        .get(&own)
        .header("host", "chat.example.org")
        .send()
        .await
        .unwrap();
    http().get(&url).send().await.unwrap();
    let ada = app.sign_in("Ada").await;
    assert_eq!(Person::try_sign_in(app.address, "Ada").await.unwrap_err(), 409);
    let mut tabs = Vec::new();
    while let Ok(tab) = ada.try_open(PLAIN).await {
        tabs.push(tab);
    }
    assert_eq!(tabs.len(), 20);
    try_token(app.address, "not-the-token-at-all").await;

    let origin = refusal(&operator, "origin-refused").await;
    assert_eq!((&origin["what"], &origin["count"]), (&json!("origin"), &json!(2)));
    assert_eq!(
        (&origin["got"], &origin["wanted"]),
        (&json!("http://localhost:5173"), &json!(own))
    );
    assert_eq!(origin["admit"], "--allowed-origin http://localhost:5173");
    assert_eq!(origin["address"], "127.0.0.1");

    let host = refusal(&operator, "host-refused").await;
    assert_eq!(
        (&host["what"], &host["got"]),
        (&json!("host"), &json!("chat.example.org"))
    );
    assert_eq!(host["admit"], "--allowed-host chat.example.org");

    let limit = refusal(&operator, "too-many-sockets").await;
    assert_eq!(
        (&limit["what"], &limit["wanted"]),
        (&json!("limit"), &json!("at most 20 sockets of one address"))
    );
    assert_eq!(limit["admit"], "--max-sockets-per-address 40");

    for (code, what) in [
        ("bad-handshake", "handshake"),
        ("name-taken", "name"),
        ("wrong-token", "admin"),
    ] {
        let refusal = refusal(&operator, code).await;
        assert_eq!((&refusal["what"], &refusal["admit"]), (&json!(what), &Value::Null));
        assert_ne!(refusal["got"], "");
    }
    let list = operator.get("refusals").await;
    assert_eq!(list["total"], operator.get("state").await["refusals"]);
    assert!(!list.to_string().contains(&token(app.address, app.data_dir()).await));
}

#[tokio::test]
async fn a_newcomers_question_who_they_are_is_no_refusal() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let url = format!("http://{}/session", app.address);
    assert_eq!(http().get(url).send().await.unwrap().status(), 401);
    assert_eq!(operator.get("refusals").await, json!({ "total": 0, "refusals": [] }));
}

#[tokio::test]
async fn settings_tell_where_they_came_from() {
    let app = spawn_app(settings(&[
        "--max-text",
        "128KiB",
        "--allowed-host",
        "a.test",
        "--allowed-host",
        "b.test",
    ]));
    let operator = Operator::sign_in(&app).await;
    let settings = operator.get("settings").await["settings"].clone();
    let find = |name: &str| {
        settings
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name)
            .unwrap()
            .clone()
    };
    let max_text = find("max-text");
    assert_eq!(
        (&max_text["values"], &max_text["source"]),
        (&json!(["128KiB"]), &json!("flag"))
    );
    assert_eq!(
        (&max_text["default"], &max_text["place"]),
        (&json!("64KiB"), &json!("--max-text"))
    );
    assert_eq!(max_text["help"], "Largest text");
    assert_eq!(find("allowed-host")["values"], json!(["a.test", "b.test"]));
    assert_eq!(find("outbox-time")["source"], "default");
}
