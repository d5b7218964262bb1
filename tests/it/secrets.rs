//! What opens something is in the cookie and nowhere else.

use std::fs;

use reqwest::Method;
use serde_json::json;

use crate::{
    peer::{PLAIN, Person, V1, http},
    program::Program,
};

/// Everything that anybody could read.
#[derive(Default)]
struct Seen(Vec<u8>);

impl Seen {
    fn add(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.extend_from_slice(bytes.as_ref());
        self.0.push(b'\n');
    }

    /// An HTTP answer: body and headers, but for the one header that carries the secret.
    async fn answer(&mut self, answer: reqwest::Response) {
        for (name, value) in answer.headers() {
            if name != "set-cookie" {
                self.add(value.as_bytes());
            }
        }
        self.add(answer.bytes().await.unwrap());
    }

    async fn request(&mut self, person: &Person, method: Method, path: &str, body: &'static str) {
        let url = format!("http://{}{path}", person.address);
        let request = http().request(method, url).header("cookie", &person.cookie).body(body);
        self.answer(request.header("content-type", "application/json").send().await.unwrap())
            .await;
    }

    fn contains(&self, needle: &[u8]) -> bool {
        contains(&self.0, needle)
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    assert!(needle.len() >= 8, "too short to mean anything");
    hay.windows(needle.len()).any(|window| window == needle)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 4648 section 4, without padding, which could be cut off.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// Percent-decoding, as far as a cookie needs it.
fn decoded(text: &str) -> String {
    text.replace("%3D", "=").replace("%2F", "/").replace("%2B", "+")
}

/// The forms in which a cookie's secret could show: as it is sent, as it is signed, and the key of the HTTP session.
fn forms(person: &Person) -> Vec<Vec<u8>> {
    let value = person.cookie.split_once('=').unwrap().1;
    let plain = decoded(value);
    let key = &plain[plain.len() - 64..];
    assert!(
        key.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "the key is no longer where it was"
    );
    let raw: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let signature = &plain[..plain.len() - 64];
    vec![value.into(), key.into(), signature.into(), base64(&raw).into(), raw]
}

#[tokio::test]
async fn no_secret_is_in_any_frame_page_header_log_line_metric_or_file() {
    let app = Program::start(&["--log", "debug", "--presence-grace", "0", "--max-sockets-per-user", "3"]);
    let mut seen = Seen::default();
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let eve = ada.rename("Eve").await.unwrap();
    let people = [&ada, &bob, &eve];

    let mut tabs = [eve.open(V1).await, eve.open(PLAIN).await, bob.open(V1).await];
    tabs[0].say("hello").await;
    tabs[0].command(json!({ "type": "nonsense", "ref": "1" })).await;
    tabs[1].send("").await;
    tabs[2].command(json!({ "type": "user-list" })).await;
    tabs[2].say("goodbye").await;
    for tab in &mut tabs {
        loop {
            let frame = tab.next().await;
            seen.add(frame.to_string());
            if frame["text"] == "goodbye" {
                break;
            }
        }
    }
    let mut lab = eve.come_back("lab=1").await.unwrap();
    for command in ["watch", "deafen", "unwatch"] {
        lab.command(json!({ "type": "lab", "do": command })).await;
    }
    loop {
        let frame = lab.next().await;
        seen.add(frame.to_string());
        if frame["kind"] == "unwatched" {
            break;
        }
    }
    let (frames, _) = eve.open(V1).await.rest().await;
    seen.add(format!("{frames:?}"));
    let refusal = ada.try_open(V1).await.err().unwrap();
    seen.add(format!("{:?}", refusal.headers()));
    seen.add(refusal.body().as_ref().unwrap());
    for person in people {
        for path in [
            "/",
            "/chat.js",
            "/session",
            "/ws",
            "/ws?lab=1",
            "/healthz",
            "/readyz",
            "/metrics",
            "/nowhere",
        ] {
            seen.request(person, Method::GET, path, "").await;
        }
        seen.request(person, Method::POST, "/session", r#"{"name":""}"#).await;
        seen.request(person, Method::POST, "/session", r#"{"name":"bob "}"#)
            .await;
        seen.request(person, Method::POST, "/session", "{").await;
    }
    seen.request(&eve, Method::DELETE, "/session", "").await;
    seen.request(&eve, Method::GET, "/session", "").await;
    for tab in &mut tabs[..2] {
        let (frames, closed) = tab.rest().await;
        seen.add(format!("{frames:?} {closed:?}"));
    }
    seen.request(&bob, Method::GET, "/metrics", "").await;

    let data_dir = app.data_dir().to_owned();
    let key = fs::read(data_dir.join("session.key")).unwrap();
    let files: Vec<_> = fs::read_dir(&data_dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "session.key")
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    assert!(
        files
            .iter()
            .any(|(path, bytes)| path.ends_with("tertulia.sqlite3") && !bytes.is_empty())
    );
    let log = app.log();
    assert!(log.contains("DEBUG"));
    seen.add(log);

    for needle in people.into_iter().flat_map(forms) {
        assert!(!seen.contains(&needle), "seen: {}", String::from_utf8_lossy(&needle));
        for (path, bytes) in &files {
            assert!(
                !contains(bytes, &needle),
                "in {path:?}: {}",
                String::from_utf8_lossy(&needle)
            );
        }
    }
    for needle in [key.clone(), hex(&key).into(), base64(&key).into()] {
        assert!(!seen.contains(&needle));
        assert!(files.iter().all(|(_, bytes)| !contains(bytes, &needle)));
    }
}

#[test]
fn base64_is_that_of_the_standard() {
    for (bytes, text) in [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(bytes.as_bytes()), text);
    }
}
