//! A session poll by poll: `xhr` takes one frame, `xhr_send` says something.

use serde_json::json;

use super::{
    client::{Session, closed, read, texts},
    services::services,
};
use crate::{
    app::FAIL,
    peer::eventually,
    raw::{RawSocket, Request},
};

/// A poll that waits: its head has come, so the session knows that it is read.
async fn waiting(session: &Session) -> RawSocket {
    let mut socket = RawSocket::connect(session.address).await;
    let request = Request::new("POST", &format!("{}/xhr", session.path), session.address);
    socket.write(&request.and("Content-Length", "0").bytes()).await;
    let head = socket.until(b"\r\n\r\n").await;
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&head));
    socket
}

#[tokio::test]
async fn session_opens_with_the_first_poll_and_says_what_was_said() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let (status, nothing) = session.try_send(r#"["too early"]"#).await;
    assert_eq!((status, nothing.as_str()), (404, "not found\n"));
    let session = session.opened().await;
    session.send(&["a"]).await;
    assert_eq!(session.poll().await, r#"a["a"]"#);
    // A poll may also come first.
    let (polled, ()) = tokio::join!(session.poll(), session.send(&["b", "c"]));
    let mut heard = texts(&polled);
    while heard.len() < 2 {
        heard.extend(texts(&session.poll().await));
    }
    assert_eq!(heard, ["b", "c"]);
}

#[tokio::test]
async fn what_waits_comes_in_one_frame_and_an_empty_list_says_nothing() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    session.send(&["1", "2"]).await;
    session.send(&[]).await;
    session.send(&["", "3"]).await;
    assert_eq!(session.poll().await, r#"a["1","2","","3"]"#);
}

#[tokio::test]
async fn broken_packing_is_told_and_the_session_lives_on() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    let broken = [
        ("", "Payload expected."),
        ("[\"x", "Broken JSON encoding."),
        ("[1]", "Broken JSON encoding."),
        ("{\"a\":\"b\"}", "Broken JSON encoding."),
        ("\"x\"", "Broken JSON encoding."),
        ("[\"x\"]]", "Broken JSON encoding."),
        ("[\"\\ud800\"]", "Broken JSON encoding."),
        ("[[\"x\"]]", "Broken JSON encoding."),
    ];
    for (body, sentence) in broken {
        let (status, told) = session.try_send(body).await;
        assert_eq!((status, told.as_str()), (500, sentence), "{body}");
    }
    assert_eq!(session.try_send(&b"[\"\xff\"]"[..]).await.0, 500);
    session.send(&["whole"]).await;
    assert_eq!(session.poll().await, r#"a["whole"]"#);
}

#[tokio::test]
async fn packing_is_taken_under_any_content_type() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    for kind in [
        "text/plain",
        "T",
        "application/json",
        "application/xml",
        "text/plain; charset=utf-8",
        "",
    ] {
        let request = session
            .request(reqwest::Method::POST, "xhr_send")
            .header("content-type", kind);
        assert_eq!(read(request.body(json!([kind]).to_string())).await.0, 204, "{kind}");
        assert_eq!(texts(&session.poll().await), [kind]);
    }
}

#[tokio::test]
async fn second_reader_is_told_of_the_first_who_reads_on() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    let mut first = waiting(&session).await;
    assert_eq!(session.poll().await, r#"c[2010,"Another connection still open"]"#);
    let mut lines = session.stream().await;
    assert_eq!(
        lines.next().await.unwrap(),
        r#"c[2010,"Another connection still open"]"#
    );
    assert_eq!(lines.next().await, None);
    session.send(&["for the first"]).await;
    let chunks = first.until(b"\r\n0\r\n\r\n").await;
    assert_eq!(chunks, b"13\r\na[\"for the first\"]\n\r\n0\r\n\r\n");
}

#[tokio::test]
async fn reader_that_is_cut_off_ends_the_session() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    let first = waiting(&session).await;
    drop(first);
    eventually("the loss is seen", async || session.poll().await.starts_with("c[1002,")).await;
    assert_eq!(session.poll().await, r#"c[1002,"Connection interrupted"]"#);
    assert_eq!(session.try_send("[\"x\"]").await.0, 404);
}

#[tokio::test]
async fn end_is_told_to_all_who_come_until_the_id_is_free() {
    let app = services(1);
    let session = Session::new(app.address, "/close").opened().await;
    for _ in 0..3 {
        assert_eq!(session.poll().await, r#"c[3000,"Go away!"]"#);
    }
    assert_eq!(session.try_send("[\"x\"]").await.0, 404);
    let brief = Session::new(app.address, "/brief_close").opened().await;
    // It was told, or would have been: the next who comes with this id begins anew.
    eventually("the id is free", async || brief.poll().await == "o").await;
}

#[tokio::test]
async fn who_stays_away_for_too_long_is_lost() {
    let app = services(1);
    let session = Session::new(app.address, "/brief_echo").opened().await;
    eventually("the session is gone", async || session.try_send("[]").await.0 == 404).await;
    let other = Session::new(app.address, "/echo").opened().await;
    other.send(&["elsewhere people have time"]).await;
    other.poll().await;
}

#[tokio::test]
async fn what_browsers_lose_is_escaped_and_everything_comes_back() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    let lost = |letter: char| {
        matches!(letter,
            '\0'..='\u{1f}' | '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..='\u{ffff}')
    };
    let all: Vec<char> = ('\0'..='\u{ffff}').chain(['\u{1f600}', '\u{10ffff}']).collect();
    for part in all.chunks(8 * 1024) {
        let said: String = part.iter().collect();
        session.send(&[&said]).await;
        let frame = session.poll().await;
        assert!(!frame.contains(lost));
        assert_eq!(texts(&frame), [said]);
    }
    session.send(&["\u{7}\u{2028}\u{fffe}\"\\"]).await;
    assert_eq!(session.poll().await, r#"a["\u0007\u2028\ufffe\"\\"]"#);
}

#[tokio::test]
async fn failing_handler_and_text_without_measure_end_the_session_with_a_code() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    session.send(&[&"\"".repeat(64 * 1024)]).await;
    assert_eq!(texts(&session.poll().await), ["\"".repeat(64 * 1024)]);
    // What stands before is heard, what stands behind is not.
    let body = json!(["heard", "x".repeat(64 * 1024 + 1), "not heard"]).to_string();
    assert_eq!(session.try_send(body).await.0, 404);
    assert_eq!(session.poll().await, r#"a["heard"]"#);
    assert_eq!(closed(&session.poll().await).unwrap().0, 1009);

    let session = Session::new(app.address, "/echo").opened().await;
    assert_eq!(session.try_send(json!([FAIL]).to_string()).await.0, 404);
    assert_eq!(closed(&session.poll().await).unwrap().0, 1011);
}
