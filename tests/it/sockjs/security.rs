//! What a stranger's page, and a stranger who knows an id, can do by way of SockJS: nothing.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{
    client::{Session, answer, read, text, texts},
    tab::{Tab, Way},
};
use crate::{
    app::{TestApp, settings, spawn_app},
    peer::{Person, http, metric},
};

const EVIL: &str = "https://evil.example";
/// The verbs that receive and those that send, each with its method.
const VERBS: [(&str, Method); 8] = [
    ("xhr", Method::POST),
    ("xhr_streaming", Method::POST),
    ("eventsource", Method::GET),
    ("htmlfile", Method::GET),
    ("jsonp", Method::GET),
    ("xhr_send", Method::POST),
    ("jsonp_send", Method::POST),
    ("websocket", Method::GET),
];

fn chat(flags: &[&str]) -> TestApp {
    let brief = ["--shutdown-timeout", "0", "--server-time-interval", "0"];
    spawn_app(settings(&[flags, &brief].concat()))
}

fn with_callback(session: &Session) -> Session {
    Session {
        query: "?c=cb&protocol=tertulia.v1".into(),
        ..session.clone()
    }
}

/// The status and the code of a refusal.
async fn code(request: RequestBuilder) -> (u16, Value) {
    let (status, body) = read(request).await;
    let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    (status, body["code"].clone())
}

#[tokio::test]
async fn stolen_id_is_worth_nothing_without_its_cookie() {
    // Any origin: all ways are there to be tried.
    let app = chat(&["--allowed-origin", "*"]);
    let (ada, eve) = (app.sign_in("Ada").await, app.sign_in("Eve").await);
    let mut tab = Tab::open(&ada, Way::Polling).await;
    let planted = json!([json!({ "type": "say", "text": "not Ada's" }).to_string()]).to_string();
    let changed = format!("{}0", ada.cookie);
    let sockets = metric(app.address, "tertulia_sockets").await;
    for cookie in ["", eve.cookie.as_str(), "tertulia=nonsense", changed.as_str()] {
        let thief = with_callback(&tab.session.stolen_by(cookie));
        for (verb, method) in VERBS.into_iter().filter(|(verb, _)| *verb != "websocket") {
            let body = if verb.ends_with("_send") {
                planted.clone()
            } else {
                String::new()
            };
            let stolen = read(thief.request(method, verb).body(body)).await;
            assert_eq!(stolen, (404, "not found\n".into()), "{verb} {cookie}");
        }
    }
    assert_eq!(
        metric(app.address, "tertulia_sockets").await,
        sockets,
        "nothing was opened"
    );
    // Nor was anything said, or taken away.
    tab.hears_only("Ada's own").await;
    // The WebSocket of an id is a session of its own: whose, its cookie says.
    let mut own = Tab::open_with(tab.session.stolen_by(&eve.cookie), Way::WebSocket).await;
    assert_eq!(own.next().await["user"], eve.shown());
}

#[tokio::test]
async fn id_that_was_somebodys_is_anybodys_once_it_is_over() {
    let app = chat(&[]);
    let (ada, eve) = (app.sign_in("Ada").await, app.sign_in("Eve").await);
    let mut tab = Tab::open(&ada, Way::Polling).await;
    ada.log_out().await;
    let thief = tab.session.stolen_by(&eve.cookie);
    // Of its end nobody else is told.
    let (status, body) = read(thief.request(Method::POST, "xhr")).await;
    assert_eq!((status, body.as_str()), (404, "not found\n"));
    assert_eq!(tab.closed().await, (1008, "session ended".into()));
    let mut frame = String::new();
    crate::peer::eventually("the id is free", async || {
        let (status, body) = read(thief.request(Method::POST, "xhr")).await;
        frame = body;
        status == 200
    })
    .await;
    assert_eq!(frame, "o\n");
    let greeting = texts(&thief.poll().await);
    let auth: Value = serde_json::from_str(&greeting[0]).unwrap();
    assert_eq!(auth["user"], eve.shown());
}

#[tokio::test]
async fn ways_that_prove_no_origin_are_there_only_where_any_may_come() {
    for (flags, is_there) in [
        (&[][..], false),
        (&["--allowed-origin", EVIL], false),
        (&["--allowed-origin", "*"], true),
    ] {
        let app = chat(flags);
        let ada = app.sign_in("Ada").await;
        for (verb, method) in [
            ("jsonp", Method::GET),
            ("htmlfile", Method::GET),
            ("jsonp_send", Method::POST),
        ] {
            let answered = answer(with_callback(&Session::of(&ada)).request(method, verb)).await;
            // There is no session yet to which something could be sent.
            let expected = if is_there && verb != "jsonp_send" { 200 } else { 404 };
            assert_eq!(answered.status(), expected, "{verb} {flags:?}");
        }
        for page in ["iframe.html", "iframe-1.2.3.html"] {
            let page = answer(http().get(format!("http://{}/sockjs/{page}", app.address))).await;
            assert_eq!(page.status(), if is_there { 200 } else { 404 }, "{flags:?}");
        }
    }
    let app = chat(&["--allowed-origin", "*"]);
    let session = with_callback(&Session::of(&app.sign_in("Ada").await));
    assert_eq!(text(session.get("jsonp").await).await, "/**/cb(\"o\");\r\n");
    let said = session
        .request(Method::POST, "jsonp_send")
        .body(r#"["{\"type\":\"server-time\"}"]"#);
    assert_eq!(read(said).await, (200, "ok".into()));
    let page = answer(http().get(format!("http://{}/sockjs/iframe.html", app.address))).await;
    assert!(
        text(page).await.contains("<script src=\"/vendor/sockjs.js\">"),
        "the library is our own"
    );
}

#[tokio::test]
async fn page_of_another_origin_is_refused_at_every_verb_before_anything_is_touched() {
    let app = chat(&[]);
    let ada = app.sign_in("Ada").await;
    let mut tab = Tab::open(&ada, Way::Polling).await;
    let sockets = metric(app.address, "tertulia_sockets").await;
    let planted = r#"["{\"type\":\"say\",\"text\":\"evil\"}"]"#;
    for origin in [EVIL, "null", "http://127.0.0.1:1"] {
        for session in [Session::of(&ada), tab.session.clone()] {
            for (verb, method) in VERBS {
                let request = session.request(method, verb).header("origin", origin).body(planted);
                let refused = answer(request).await;
                let status = refused.status().as_u16();
                assert_eq!(status, 403, "{verb} {origin}");
                let headers = refused.headers();
                assert!(!headers.contains_key("set-cookie") && !headers.contains_key("access-control-allow-origin"));
            }
            for verb in ["xhr", "xhr_send", "xhr_streaming"] {
                let preflight = session.request(Method::OPTIONS, verb).header("origin", origin);
                assert_eq!(answer(preflight).await.status(), 403, "{verb} {origin}");
            }
        }
        let info = http()
            .get(format!("http://{}/sockjs/info", app.address))
            .header("origin", origin);
        assert_eq!(code(info).await, (403, json!("origin-refused")));
    }
    assert_eq!(metric(app.address, "tertulia_sockets").await, sockets);
    tab.hears_only("Ada's own").await;
    // Its own page may, and is told that it may.
    let own = format!("http://{}", app.address);
    let opened = answer(Session::of(&ada).request(Method::POST, "xhr").header("origin", &own)).await;
    assert_eq!(opened.status(), 200);
    assert_eq!(opened.headers()["access-control-allow-origin"], own.as_str());
}

#[tokio::test]
async fn page_that_embeds_a_stream_without_an_origin_is_known_by_its_site() {
    let app = chat(&[]);
    let ada = app.sign_in("Ada").await;
    for (site, expected) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("something new", 403),
        ("same-origin", 200),
        ("none", 200),
    ] {
        for (verb, method) in [
            ("eventsource", Method::GET),
            ("xhr", Method::POST),
            ("xhr_streaming", Method::POST),
        ] {
            let request = Session::of(&ada).request(method, verb).header("sec-fetch-site", site);
            let answered = answer(request).await;
            assert_eq!(answered.status(), expected, "{verb} {site}");
        }
    }
    // With an origin, that decides.
    let listed = chat(&["--allowed-origin", EVIL]);
    let ada = listed.sign_in("Ada").await;
    let request = Session::of(&ada)
        .request(Method::GET, "eventsource")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(answer(request.header("origin", EVIL)).await.status(), 200);
}

#[tokio::test]
async fn origin_is_required_of_all_where_that_is_said() {
    let app = chat(&["--require-origin"]);
    let own = format!("http://{}", app.address);
    let nobody = Session::new(app.address, "/sockjs");
    for (verb, method) in VERBS {
        let without = code(nobody.request(method.clone(), verb)).await;
        assert_eq!(without, (403, json!("origin-refused")), "{verb}");
        let with = code(nobody.request(method, verb).header("origin", &own)).await;
        assert_ne!(with.0, 403, "{verb}");
    }
    // What the service can do may be asked by a page of its own, whose browser sends no origin with that.
    let info = http().get(format!("http://{}/sockjs/info", app.address));
    assert_eq!(answer(info).await.status(), 200);
}

#[tokio::test]
async fn foreign_host_is_answered_nothing() {
    let app = chat(&[]);
    let ada = app.sign_in("Ada").await;
    let tab = Tab::open(&ada, Way::Polling).await;
    let rebound = format!("evil.example:{}", app.address.port());
    for (verb, method) in VERBS {
        let request = tab.session.request(method, verb).header("host", &rebound);
        let refused = code(request.header("origin", format!("http://{rebound}"))).await;
        assert_eq!(refused, (421, json!("host-refused")), "{verb}");
    }
}

#[tokio::test]
async fn cookie_that_was_logged_out_opens_and_says_nothing() {
    let app = chat(&[]);
    let ada = app.sign_in("Ada").await;
    let tab = Tab::open(&ada, Way::Polling).await;
    ada.log_out().await;
    assert_eq!(
        tab.session
            .try_send(r#"["{\"type\":\"say\",\"text\":\"too late\"}"]"#)
            .await
            .0,
        404
    );
    for (verb, method) in [
        ("xhr", Method::POST),
        ("xhr_streaming", Method::POST),
        ("eventsource", Method::GET),
    ] {
        assert_eq!(
            code(Session::of(&ada).request(method, verb)).await,
            (401, json!("no-session")),
            "{verb}"
        );
    }
    let mut bob = app.connect("Bob").await;
    assert_eq!(bob.history["lines"], json!([]));
    bob.hears_only("nobody else is here").await;
    Person::sign_in(app.address, "Ada").await;
}
