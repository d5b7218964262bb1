//! What lies at the edges: greetings without lines, bursts of questions, and what an error calls that which it refuses.

use serde_json::{Value, json};

use crate::{
    app::{settings, spawn_app},
    peer::{eventually, metric},
};

#[tokio::test]
async fn newcomer_without_lines_knows_where_they_stand_and_misses_nothing_from_before() {
    let app = spawn_app(settings(&["--history-lines", "0"]));
    let mut ada = app.connect("Ada").await;
    for number in 1..=3 {
        ada.hears_only(&number.to_string()).await;
    }
    let bea = app.sign_in("Bea").await;
    let here = bea.connect().await;
    assert_eq!(here.history["last"], 3);
    let query = |after: u64| format!("epoch={}&after={after}", ada.auth["epoch"].as_str().unwrap());
    let (behind_three, behind_four) = (query(3), query(4));
    here.cut().await;
    let back = bea.come_back(&behind_three).await.unwrap().greeted().await;
    assert_eq!((&back.gap, &back.history["last"]), (&Value::Null, &json!(3)));
    back.cut().await;
    ada.say("4").await;
    ada.next_of("chat").await;
    let back = bea.come_back(&behind_three).await.unwrap().greeted().await;
    assert_eq!(back.gap, json!({ "type": "gap", "reason": "too-old", "missing": 1 }));
    let back = bea.come_back(&behind_four).await.unwrap().greeted().await;
    assert_eq!(back.gap, Value::Null);
}

#[tokio::test]
async fn line_that_grew_old_is_forgotten() {
    let app = spawn_app(settings(&["--history-age", "1s"]));
    let mut ada = app.connect("Ada").await;
    ada.hears_only("soon forgotten").await;
    let bea = app.sign_in("Bea").await;
    let mut last = Value::Null;
    eventually("the line is forgotten", async || {
        last = bea.connect().await.history.clone();
        last["lines"] == json!([])
    })
    .await;
    assert_eq!(last["last"], 1);
}

#[tokio::test]
async fn burst_of_questions_is_answered_in_order_and_not_all_with_lines() {
    const QUESTIONS: u64 = 400;
    let app = spawn_app(settings(&[]));
    let mut ada = app.connect("Ada").await;
    let text = "x".repeat(20_000);
    for _ in 0..3 {
        ada.hears_only(&text).await;
    }
    let question = json!({ "type": "history", "before": 4, "limit": 3 }).to_string();
    // In few writes, so that the server reads many at once; answered in full they would be 24 MB, and the outbox has 1.
    ada.send_all((0..QUESTIONS).map(|_| question.clone())).await;
    let mut lines = Vec::new();
    for _ in 0..QUESTIONS {
        let page = ada.next_of("history").await;
        assert_eq!(page["last"], Value::Null);
        lines.push(page["lines"].as_array().unwrap().len());
        assert!(lines.last() == Some(&3) || page["more"] == true, "{page}");
    }
    assert_eq!(lines[0], 3);
    assert!(lines.iter().filter(|count| **count > 0).count() < QUESTIONS as usize / 4);
    ada.command(json!({ "type": "history", "before": 4, "limit": 3 })).await;
    assert_eq!(ada.next().await["lines"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_refused_is_called_by_its_ref_or_else_by_its_id() {
    let app = spawn_app(settings(&[]));
    let mut ada = app.connect("Ada").await;
    ada.command(json!({ "type": "say", "id": "k-1", "text": "hello" }))
        .await;
    ada.next_of("chat").await;
    let refused = [
        (
            json!({ "type": "say", "id": "k-1", "text": "other" }),
            "id-reused",
            "k-1",
        ),
        (
            json!({ "type": "say", "id": "k-1", "text": "other", "ref": "r" }),
            "id-reused",
            "r",
        ),
        (json!({ "type": "say", "id": "k 2", "text": "hello" }), "bad-id", "k 2"),
        (json!({ "type": "say", "id": "k-2" }), "unknown-command", "k-2"),
        (
            json!({ "type": "say", "id": 7, "ref": "r", "text": "hello" }),
            "unknown-command",
            "r",
        ),
        (
            json!({ "type": "history", "before": 0, "limit": 1, "ref": "r" }),
            "unknown-command",
            "r",
        ),
    ];
    for (command, code, reference) in refused {
        ada.command(command.clone()).await;
        let error = ada.next().await;
        assert_eq!(
            (&error["code"], &error["ref"]),
            (&json!(code), &json!(reference)),
            "{command}"
        );
    }
    ada.hears_only("marker").await;
}

/// More than the kernel takes, so that something waits.
#[tokio::test]
async fn who_comes_back_and_reads_slowly_is_not_evicted_for_what_they_missed() {
    let flags = ["--outbox-bytes", "16MiB", "--max-bytes-per-second", "0"];
    let app = spawn_app(settings(&[&flags[..], &["--history-bytes", "8MiB"]].concat()));
    let mut ada = app.connect("Ada").await;
    let text = "x".repeat(60_000);
    for _ in 0..150 {
        ada.hears_only(&text).await;
    }
    let bea = app.sign_in("Bea").await;
    let query = format!("epoch={}&after=0", ada.auth["epoch"].as_str().unwrap());
    let narrow = tokio::net::TcpSocket::new_v4().unwrap();
    narrow.set_recv_buffer_size(4096).unwrap();
    let stream = narrow.connect(app.address).await.unwrap();
    let back = bea.come_back_on(stream, &query).await.unwrap();
    // Half of the outbox is for the history; the other half is for what is said meanwhile.
    for _ in 0..120 {
        ada.say(&text).await;
        ada.next_of("chat").await;
    }
    eventually("more waits than half of the outbox", async || {
        metric(app.address, "tertulia_queue_bytes").await > (8 << 20) as f64
    })
    .await;
    let mut back = back.greeted().await;
    let first = back.history["lines"][0]["id"].as_u64().unwrap();
    assert_eq!(back.gap["missing"], first - 1);
    assert_eq!(back.history["lines"].as_array().unwrap().len() as u64, 151 - first);
    for number in 151..=270 {
        assert_eq!(back.next_of("chat").await["id"], number);
    }
}
