//! Each row of the table of greetings, and each rule of saying the same twice.

use serde_json::{Value, json};

use crate::{
    app::{TestApp, settings, spawn_app},
    peer::{PLAIN, Person, Socket, V1},
    program::Program,
};

fn app(flags: &[&str]) -> TestApp {
    spawn_app(settings(flags))
}

/// The numbers of the lines in a `history`.
fn numbers(history: &Value) -> Vec<u64> {
    let lines = history["lines"].as_array().unwrap();
    lines.iter().map(|line| line["id"].as_u64().unwrap()).collect()
}

fn epoch(socket: &Socket) -> String {
    socket.auth["epoch"].as_str().unwrap().to_owned()
}

/// Says so many lines, "1", "2", and so on, and hears them.
async fn say_lines(socket: &mut Socket, lines: std::ops::RangeInclusive<u64>) {
    for number in lines {
        socket.hears_only(&number.to_string()).await;
    }
}

async fn comes_back(person: &Person, epoch: &str, after: u64) -> Socket {
    let query = format!("epoch={epoch}&after={after}");
    person.come_back(&query).await.unwrap().greeted().await
}

#[tokio::test]
async fn who_comes_in_reads_the_last_fifty_lines_as_they_were_said() {
    let app = app(&[]);
    let mut ada = app.connect("Ada").await;
    assert_eq!(ada.history, json!({ "type": "history", "lines": [], "more": false }));
    ada.say("first").await;
    let first = ada.next_of("chat").await;
    let mut bea = app.connect("Bea").await;
    assert_eq!(
        bea.history,
        json!({ "type": "history", "lines": [first], "more": false })
    );
    ada.next_of("online").await;
    say_lines(&mut ada, 2..=60).await;
    let cleo = app.connect("Cleo").await;
    assert_eq!(numbers(&cleo.history), (11..=60).collect::<Vec<_>>());
    assert_eq!(cleo.history["more"], true);
    for number in 2..=60 {
        assert_eq!(bea.next_of("chat").await["id"], number);
    }
}

#[tokio::test]
async fn who_comes_back_reads_what_they_missed_and_then_what_is_said() {
    let app = app(&[]);
    let bea = app.sign_in("Bea").await;
    let mut ada = app.connect("Ada").await;
    let here = bea.connect().await;
    let epoch = epoch(&here);
    // Before anything was said.
    here.cut().await;
    ada.say("1").await;
    ada.next_of("chat").await;
    let back = comes_back(&bea, &epoch, 0).await;
    assert_eq!((numbers(&back.history), &back.gap), (vec![1], &Value::Null));
    // The second cut in a row, with nothing said in between, and then with more.
    back.cut().await;
    let back = comes_back(&bea, &epoch, 1).await;
    assert_eq!((numbers(&back.history), &back.history["more"]), (vec![], &json!(true)));
    back.cut().await;
    say_lines(&mut ada, 2..=80).await;
    let mut back = comes_back(&bea, &epoch, 1).await;
    assert_eq!(numbers(&back.history), (2..=80).collect::<Vec<_>>());
    ada.say("81").await;
    assert_eq!(back.next_of("chat").await["id"], 81);
}

#[tokio::test]
async fn line_said_while_somebody_comes_back_is_there_once() {
    let app = app(&["--max-frames-per-second", "0"]);
    let bea = app.sign_in("Bea").await;
    let mut ada = app.connect("Ada").await;
    let epoch = epoch(&ada);
    let mut last = 0;
    for round in 1..=30_u64 {
        for _ in 0..5 {
            ada.say("on and on").await;
        }
        let mut back = comes_back(&bea, &epoch, last).await;
        let mut heard = numbers(&back.history);
        ada.say("marker").await;
        while heard.last() != Some(&(round * 6)) {
            heard.push(back.next_of("chat").await["id"].as_u64().unwrap());
        }
        assert_eq!(heard, (last + 1..=round * 6).collect::<Vec<_>>());
        last = round * 6;
        back.cut().await;
    }
}

#[tokio::test]
async fn lines_that_are_not_kept_are_a_gap_with_their_number() {
    let app = app(&["--history-lines", "10"]);
    let bea = app.sign_in("Bea").await;
    let mut ada = app.connect("Ada").await;
    say_lines(&mut ada, 1..=30).await;
    let epoch = epoch(&ada);
    let back = comes_back(&bea, &epoch, 12).await;
    assert_eq!(back.gap, json!({ "type": "gap", "reason": "too-old", "missing": 8 }));
    assert_eq!(numbers(&back.history), (21..=30).collect::<Vec<_>>());
    assert_eq!(back.history["more"], false);
    let just = comes_back(&bea, &epoch, 20).await;
    assert_eq!((&just.gap, numbers(&just.history).len()), (&Value::Null, 10));
    let ahead = comes_back(&bea, &epoch, 31).await;
    assert_eq!(ahead.gap, json!({ "type": "gap", "reason": "unknown" }));
    assert_eq!(numbers(&ahead.history).len(), 10);
}

#[tokio::test]
async fn nothing_is_kept_where_that_is_said() {
    for flags in [["--history-lines", "0"], ["--history-bytes", "0"]] {
        let app = app(&flags);
        let mut ada = app.connect("Ada").await;
        say_lines(&mut ada, 1..=3).await;
        let back = comes_back(&app.sign_in("Bea").await, &epoch(&ada), 1).await;
        assert_eq!(back.gap, json!({ "type": "gap", "reason": "too-old", "missing": 2 }));
        assert_eq!(
            back.history,
            json!({ "type": "history", "lines": [], "more": false, "last": 3 })
        );
    }
}

#[tokio::test]
async fn new_epoch_is_a_gap_and_begins_with_what_there_is() {
    let data_dir = tempfile::tempdir().unwrap();
    let program = Program::start_in(data_dir.path(), &[]);
    let bea = Person::sign_in(program.address, "Bea").await;
    let mut before = bea.connect().await;
    say_lines(&mut before, 1..=3).await;
    let old = epoch(&before);
    program.stop().await;
    let program = Program::start_in(data_dir.path(), &[]);
    let bea = bea.at(program.address);
    let mut back = comes_back(&bea, &old, 3).await;
    assert_ne!(epoch(&back), old);
    assert_eq!(back.gap, json!({ "type": "gap", "reason": "restarted" }));
    assert_eq!(back.history, json!({ "type": "history", "lines": [], "more": false }));
    back.say("anew").await;
    assert_eq!(back.next_of("chat").await["id"], 1);
}

#[tokio::test]
async fn nonsense_is_refused_before_there_is_a_socket() {
    let app = app(&[]);
    let ada = app.sign_in("Ada").await;
    for query in [
        "epoch=d1a4c07ee39b5f26",
        "after=3",
        "epoch=x&after=1",
        "epoch=d1a4c07ee39b5f26&after=-1",
    ] {
        let refusal = ada.come_back(query).await.err().expect(query);
        assert_eq!(refusal.status(), 400, "{query}");
        let body: Value = serde_json::from_slice(refusal.body().as_deref().unwrap()).unwrap();
        assert_eq!(body["code"], "bad-resume");
    }
    assert!(ada.come_back("something=else").await.is_ok());
}

#[tokio::test]
async fn same_id_gets_the_same_ack_and_is_heard_once() {
    let app = app(&[]);
    let person = app.sign_in("Ada").await;
    let mut ada = person.connect().await;
    let say = json!({ "type": "say", "id": "k-1", "text": "hello" });
    ada.command(say.clone()).await;
    let ack = ada.next().await;
    let chat = ada.next().await;
    assert_eq!(ack, json!({ "type": "ack", "id": "k-1", "chat": 1, "at": chat["at"] }));
    assert_eq!((&chat["type"], &chat["text"]), (&json!("chat"), &json!("hello")));
    ada.command(say.clone()).await;
    assert_eq!(ada.next().await, ack);
    // Another tab of theirs, after a cut, too. And nobody else's id.
    let mut tab = person.connect().await;
    ada.cut().await;
    tab.command(say.clone()).await;
    assert_eq!(tab.next().await, ack);
    let mut bea = app.connect("Bea").await;
    tab.next_of("online").await;
    bea.command(say).await;
    assert_eq!(bea.next().await["chat"], 2);
    bea.next_of("chat").await;
    assert_eq!(tab.next().await["id"], 2);
}

#[tokio::test]
async fn same_id_with_another_text_is_an_error_and_nobody_hears_it() {
    let app = app(&[]);
    let mut ada = app.connect("Ada").await;
    ada.command(json!({ "type": "say", "id": "k-1", "text": "hello" }))
        .await;
    ada.next_of("chat").await;
    ada.command(json!({ "type": "say", "id": "k-1", "text": "hello!" }))
        .await;
    let error = ada.next().await;
    assert_eq!((&error["code"], &error["ref"]), (&json!("id-reused"), &json!("k-1")));
    for id in ["", "with space", "日本", &"x".repeat(65)] {
        ada.command(json!({ "type": "say", "id": id, "text": "hello", "ref": "r" }))
            .await;
        let error = ada.next().await;
        assert_eq!((&error["code"], &error["ref"]), (&json!("bad-id"), &json!("r")), "{id}");
    }
    // What is refused is not remembered.
    ada.command(json!({ "type": "say", "id": "k-2", "text": "  " })).await;
    assert_eq!(ada.next().await["ref"], "k-2");
    ada.command(json!({ "type": "say", "id": "k-2", "text": "something" }))
        .await;
    assert_eq!(ada.next().await["type"], "ack");
    ada.next_is_chat("something").await;
}

#[tokio::test]
async fn older_lines_are_given_to_who_asks() {
    let app = app(&[]);
    let mut ada = app.connect("Ada").await;
    say_lines(&mut ada, 1..=9).await;
    ada.command(json!({ "type": "history", "before": 8, "limit": 3 })).await;
    let page = ada.next().await;
    assert_eq!((numbers(&page), &page["more"]), (vec![5, 6, 7], &json!(true)));
    for command in [
        json!({ "type": "history", "before": 8, "limit": 0 }),
        json!({ "type": "history", "before": 8, "limit": 101 }),
        json!({ "type": "history", "before": -1, "limit": 1 }),
        json!({ "type": "history", "limit": 1 }),
    ] {
        ada.command(command.clone()).await;
        assert_eq!(ada.next().await["code"], "unknown-command", "{command}");
    }
}

#[tokio::test]
async fn plain_sockets_hear_nothing_of_it() {
    let app = app(&["--presence-grace", "0"]);
    let person = app.sign_in("Ada").await;
    let mut plain = person.open(PLAIN).await.greeted().await;
    let mut other = app.connect("Bea").await;
    plain.next_of("online").await;
    for command in [
        json!({ "type": "typing" }),
        json!({ "type": "say", "id": "k-1", "text": "hello" }),
        json!({ "type": "away", "away": true }),
    ] {
        other.command(command).await;
    }
    assert_eq!(other.next_of("away").await["users"].as_array().unwrap().len(), 1);
    other.say("marker").await;
    plain.next_is_chat("hello").await;
    plain.next_is_chat("marker").await;
}

#[tokio::test]
async fn typing_and_away_reach_the_others_who_speak_the_dialect() {
    let app = app(&["--presence-grace", "0"]);
    let bea = app.sign_in("Bea").await;
    let (mut ada, mut first) = (app.connect("Ada").await, bea.connect().await);
    first.command(json!({ "type": "typing" })).await;
    assert_eq!(ada.next_of("typing").await["users"], json!([bea.shown()]));
    let mut second = bea.connect().await;
    first.command(json!({ "type": "away", "away": true })).await;
    second.command(json!({ "type": "away", "away": true })).await;
    assert_eq!(ada.next_of("away").await["users"], json!([bea.id]));
    // Who comes in is told.
    let mut cleo = app.sign_in("Cleo").await.open(V1).await.greeted().await;
    assert_eq!(cleo.next_of("away").await["users"], json!([bea.id]));
    second.say("here again").await;
    assert_eq!(ada.next_of("away").await["users"], json!([]));
    // The tab that is looked at closes: the other one is still away.
    second.close().await;
    assert_eq!(ada.next_of("away").await["users"], json!([bea.id]));
    first.close().await;
    ada.next_of("offline").await;
    assert_eq!(ada.next_of("away").await["users"], json!([]));
}

#[tokio::test]
async fn who_was_logged_out_says_nothing_more_and_their_ids_are_forgotten() {
    let app = app(&[]);
    let person = app.sign_in("Ada").await;
    let mut ada = person.connect().await;
    ada.command(json!({ "type": "say", "id": "k-1", "text": "hello" }))
        .await;
    ada.next_of("chat").await;
    let ada_again = person.rename("Ada again").await.unwrap();
    assert_eq!(ada.closed().await.0, 1008);
    let mut again = ada_again.connect().await;
    assert_eq!(numbers(&again.history), [1]);
    again
        .command(json!({ "type": "say", "id": "k-1", "text": "other" }))
        .await;
    assert_eq!(again.next_of("ack").await["chat"], 2);
}
