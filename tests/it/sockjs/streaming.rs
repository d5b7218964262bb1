//! A session as a stream: `xhr_streaming`, `eventsource` and `htmlfile`, and by script elements, `jsonp`.

use reqwest::{Method, header::CONTENT_TYPE};

use super::{
    client::{Lines, Session, answer, read, text, texts},
    services::{RESPONSE_BYTES, services},
};
use crate::raw::{RawSocket, Request};

const FORM: &str = "application/x-www-form-urlencoded";

/// The same session with this callback.
fn calling(session: &Session, callback: &str) -> Session {
    Session {
        query: format!("?c={callback}"),
        ..session.clone()
    }
}

#[tokio::test]
async fn xhr_stream_begins_with_two_kilobytes_and_has_a_frame_a_line() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let streamed = session.post("xhr_streaming").await;
    let kind = streamed.headers()[CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "application/javascript; charset=UTF-8");
    let mut lines = Lines::of(streamed);
    assert_eq!(lines.next().await.unwrap(), "h".repeat(2048));
    assert_eq!(lines.frame().await, "o");
    session.send(&["a", "b\n"]).await;
    assert_eq!(lines.frame().await, r#"a["a","b\n"]"#);
    session.send(&["c"]).await;
    assert_eq!(lines.frame().await, r#"a["c"]"#);
}

#[tokio::test]
async fn stream_ends_with_its_measure_and_nothing_is_lost_in_between() {
    const TEXTS: usize = 60;
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let mut lines = session.stream().await;
    assert_eq!(lines.frame().await, "o");
    let speaker = session.clone();
    let speaking = tokio::spawn(async move {
        for number in 0..TEXTS {
            speaker.send(&[&format!("{number} {}", "x".repeat(500))]).await;
        }
    });
    let (mut heard, mut streams, mut carried) = (0, 1, 0);
    while heard < TEXTS {
        match lines.next().await {
            Some(frame) => {
                assert!(carried < RESPONSE_BYTES, "it should have ended");
                carried += frame.len();
                for text in texts(&frame) {
                    assert!(text.starts_with(&format!("{heard} ")), "{text}");
                    heard += 1;
                }
            }
            None => {
                assert!(carried >= RESPONSE_BYTES, "it ended after {carried} bytes");
                (lines, streams, carried) = (session.stream().await, streams + 1, 0);
            }
        }
    }
    speaking.await.unwrap();
    assert!(streams > 2, "{streams}");
}

#[tokio::test]
async fn text_longer_than_an_answer_comes_whole() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    let long = "é".repeat(RESPONSE_BYTES);
    session.send(&[&long, "next"]).await;
    let mut lines = session.stream().await;
    assert_eq!(texts(&lines.frame().await), [long.as_str(), "next"]);
    assert_eq!(lines.next().await, None);
}

#[tokio::test]
async fn stream_ends_with_the_session() {
    let app = services(1);
    let session = Session::new(app.address, "/close");
    let mut lines = session.stream().await;
    assert_eq!(lines.frame().await, "o");
    assert_eq!(lines.frame().await, r#"c[3000,"Go away!"]"#);
    assert_eq!(lines.next().await, None);
    let mut again = session.stream().await;
    assert_eq!(again.frame().await, r#"c[3000,"Go away!"]"#);
    assert_eq!(again.next().await, None);
}

#[tokio::test]
async fn eventsource_has_a_frame_an_event() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let streamed = session.get("eventsource").await;
    assert_eq!(streamed.headers()[CONTENT_TYPE], "text/event-stream");
    let mut lines = Lines::of(streamed);
    for line in ["\r", "data: o\r", "\r"] {
        assert_eq!(lines.frame().await, line);
    }
    // What would end an event is escaped.
    session.send(&["a\r\n\r\ndata: b", "\u{0} \u{2028}%"]).await;
    let event = r#"data: a["a\r\n\r\ndata: b","\u0000 \u2028%"]"#.to_owned() + "\r";
    assert_eq!(lines.frame().await, event);
    assert_eq!(lines.frame().await, "\r");
    session.send(&[&"x".repeat(RESPONSE_BYTES)]).await;
    assert!(lines.frame().await.starts_with("data: a[\"xxx"));
    assert_eq!(lines.frame().await, "\r");
    assert_eq!(lines.next().await, None, "it ends with its measure too");
}

#[tokio::test]
async fn htmlfile_has_a_frame_a_script() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let streamed = calling(&session, "_jp.a-b").get("htmlfile").await;
    assert_eq!(streamed.headers()[CONTENT_TYPE], "text/html; charset=UTF-8");
    let mut lines = Lines::of(streamed);
    let mut head = String::new();
    while !head.ends_with("\n\r\n") {
        head += &(lines.frame().await + "\n");
    }
    assert!(head.len() >= 1024, "less than some browsers want to see");
    assert!(head.contains("  var c = parent._jp.a-b;\n"), "{head}");
    let mut script = async || [lines.frame().await, lines.frame().await, lines.frame().await].join("\n");
    assert_eq!(script().await, "<script>\np(\"o\");\n</script>\r");
    session.send(&["</script><!--\"\u{2028}"]).await;
    assert_eq!(
        script().await,
        r#"<script>|p("a[\"\u003c/script>\u003c!--\\\"\\u2028\"]");|</script>"#.replace('|', "\n") + "\r"
    );
}

#[tokio::test]
async fn jsonp_has_a_frame_a_script_and_is_answered_by_forms() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let poll = async || {
        let polled = calling(&session, "x.y_1-z").get("jsonp").await;
        let kind = polled.headers()[CONTENT_TYPE].to_str().unwrap();
        assert_eq!(kind, "application/javascript; charset=UTF-8");
        text(polled).await
    };
    assert_eq!(poll().await, "/**/x.y_1-z(\"o\");\r\n");
    let send = async |kind: &str, body: &str| {
        let request = session.request(Method::POST, "jsonp_send").header(CONTENT_TYPE, kind);
        read(request.body(body.to_owned())).await
    };
    let ok = (200, "ok".to_owned());
    assert_eq!(send(FORM, "d=%5B%22a+b%22%2C%22%C3%A9%22%5D").await, ok);
    assert_eq!(poll().await, "/**/x.y_1-z(\"a[\\\"a b\\\",\\\"é\\\"]\");\r\n");
    assert_eq!(send("text/plain", "[\"</script>\"]").await, ok);
    assert_eq!(poll().await, "/**/x.y_1-z(\"a[\\\"\\u003c/script>\\\"]\");\r\n");
    assert_eq!(
        send("application/x-www-form-urlencoded; charset=utf-8", "x=1&d=%5B%5D").await,
        ok
    );
    for (kind, body, sentence) in [
        (FORM, "", "Payload expected."),
        (FORM, "d=", "Payload expected."),
        (FORM, "p=p", "Payload expected."),
        (FORM, "d=%5B%22b", "Broken JSON encoding."),
        ("text/plain", "", "Payload expected."),
        ("text/plain", "[\"b", "Broken JSON encoding."),
    ] {
        assert_eq!(send(kind, body).await, (500, sentence.to_owned()), "{kind} {body}");
    }
    let nobody = Session::new(app.address, "/echo").request(Method::POST, "jsonp_send");
    assert_eq!(read(nobody.body("[\"a\"]")).await.0, 404);
}

#[tokio::test]
async fn callbacks_are_names_or_there_is_no_session() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let missing = "\"callback\" parameter required";
    let wrong = "invalid \"callback\" parameter";
    let long = format!("?c={}", "x".repeat(65));
    let cases = [
        ("", missing),
        ("?c=", missing),
        ("?d=x", missing),
        ("?c=abc%28", wrong),
        ("?c=alert(1)//", wrong),
        ("?c=a%3Bb", wrong),
        ("?c=a%0Ab", wrong),
        ("?c=%3C/script%3E", wrong),
        ("?c=%C3%A9", wrong),
        ("?c=%FF", wrong),
        ("?callback=a%27", wrong),
        (long.as_str(), wrong),
    ];
    for verb in ["jsonp", "htmlfile"] {
        for (query, sentence) in cases {
            let refused = Session {
                query: query.into(),
                ..session.clone()
            };
            let refused = answer(refused.request(Method::GET, verb)).await;
            assert_eq!(refused.status(), 500, "{verb}{query}");
            assert_eq!(refused.headers()[CONTENT_TYPE], "text/plain; charset=UTF-8");
            assert_eq!(text(refused).await, sentence, "{verb}{query}");
        }
    }
    assert_eq!(session.try_send("[]").await.0, 404, "nothing was opened");
    let other = Session {
        query: "?callback=cb".into(),
        ..session
    };
    assert_eq!(text(other.get("jsonp").await).await, "/**/cb(\"o\");\r\n");
}

#[tokio::test]
async fn clients_without_chunks_read_a_stream_to_the_end_of_the_connection() {
    let app = services(1);
    let session = Session::new(app.address, "/close");
    let request = |verb: &str| {
        let line = format!("POST {}/{verb} HTTP/1.0", session.path);
        let request = Request::new("POST", "", app.address).line(&line);
        request.and("Content-Length", "0").and("Connection", "keep-alive")
    };
    let mut socket = RawSocket::connect(app.address).await;
    let streamed = socket.ask(&request("xhr_streaming")).await;
    assert_eq!((streamed.status, streamed.header("transfer-encoding")), (200, None));
    assert_eq!(streamed.header("content-length"), None);
    assert_ne!(streamed.header("connection"), Some("keep-alive"));
    assert_eq!(streamed.body, "h".repeat(2048) + "\no\nc[3000,\"Go away!\"]\n");
    let polled = RawSocket::connect(app.address).await.ask(&request("xhr")).await;
    assert_eq!(polled.body, "c[3000,\"Go away!\"]\n");
}

#[tokio::test]
async fn stream_without_chunks_comes_as_it_is_said() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let line = format!("POST {}/xhr_streaming HTTP/1.0", session.path);
    let mut socket = RawSocket::connect(app.address).await;
    let request = Request::new("POST", "", app.address).line(&line);
    socket.write(&request.and("Content-Length", "0").bytes()).await;
    socket.until(b"h\no\n").await;
    for text in ["one", "two"] {
        session.send(&[text]).await;
        assert_eq!(socket.until(b"\n").await, format!("a[\"{text}\"]\n").into_bytes());
    }
}
