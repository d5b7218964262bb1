//! The lab's door: handshakes that ask for it are noted down, and the source of this program is shown. Closed where the
//! operator does not want it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap},
    },
    middleware::Next,
    web,
};
use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::{
    authority::{Authority, Host},
    base_path::BasePath,
    interceptor::Refusal,
    lab::{Handshake, Head, Lab, Notes, mask},
};

/// Headers of a handshake that are shown.
const MOST_HEADERS: usize = 64;

/// The files behind `/lab/source/src/`.
#[derive(RustEmbed)]
#[folder = "src/"]
struct Source;

/// Lets handshakes into the lab.
pub(super) struct Door {
    lab: Lab,
    bound: SocketAddr,
    /// Where handshakes happen.
    handshakes: String,
    /// And below which those of SockJS do.
    sockjs: String,
    /// `ws` or `wss`.
    scheme: &'static str,
}

/// `?lab=1` asks for a journal; `?lab=` and a token, to be told on if it is refused.
#[derive(Deserialize)]
struct Asked {
    lab: String,
}

impl Door {
    pub fn new(lab: Lab, bound: SocketAddr, base: &BasePath, has_tls: bool) -> Rc<Self> {
        let handshakes = format!("{}/ws", base.prefix());
        let sockjs = format!("{}/sockjs/", base.prefix());
        let scheme = if has_tls { "wss" } else { "ws" };
        Rc::new(Self {
            lab,
            bound,
            handshakes,
            sockjs,
            scheme,
        })
    }

    /// Middleware outside of all that judge a handshake, and of all that answer.
    pub async fn stand<B: MessageBody>(
        self: Rc<Self>,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        if !self.lab.is_on() {
            return next.call(request).await;
        }
        if request.path() == self.handshakes || request.path().starts_with(&self.sockjs) {
            return self.note(request, next).await;
        }
        let mut answer = next.call(request).await?;
        self.admit_foreign(answer.headers_mut());
        Ok(answer)
    }

    async fn note<B: MessageBody>(
        self: Rc<Self>,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        let Ok(asked) = web::Query::<Asked>::from_query(request.query_string()) else {
            return next.call(request).await;
        };
        let asked = asked.into_inner().lab;
        let has_journal = asked == "1";
        let notes = Rc::new(match has_journal {
            true => Notes::new(self.lab.clone(), self.foreign(request.headers())),
            false => Notes::of_stranger(self.lab.clone()),
        });
        request.extensions_mut().insert(notes.clone());
        let head = Head {
            line: format!("{} {} {:?}", request.method(), request.uri(), request.version()),
            headers: shown(request.headers()),
        };
        let answer = next.call(request).await?;
        // Of SockJS each request that does something is answered with 200, and one of them has opened the session.
        if matches!(answer.status(), StatusCode::SWITCHING_PROTOCOLS | StatusCode::OK) {
            notes.answered(handshake(head, &answer));
        } else if !has_journal {
            tell_on(&notes, &asked, &answer);
        }
        Ok(answer)
    }

    /// A page may try this server's other names, which its policy would not let it.
    fn admit_foreign(&self, headers: &mut HeaderMap) {
        const OWN: &str = "connect-src 'self'";
        let (scheme, port) = (self.scheme, self.bound.port());
        if let Some(policy) = headers.get_mut(header::CONTENT_SECURITY_POLICY)
            && let Ok(text) = policy.to_str()
        {
            // The grammar of policies knows no address of IPv6.
            let more = text.replace(
                OWN,
                &format!("{OWN} {scheme}://localhost:{port} {scheme}://127.0.0.1:{port}"),
            );
            if let Ok(more) = more.parse() {
                *policy = more;
            }
        }
    }

    /// Where this server answers under another name than that of this request, so that its page is foreign there.
    fn foreign(&self, headers: &HeaderMap) -> Option<String> {
        let host = headers.get(header::HOST)?.to_str().ok()?;
        let Authority { host, port } = Authority::parse(host).ok()?;
        let other = match host {
            Host::Ip(ip) if ip.is_loopback() => Host::Domain("localhost".into()),
            Host::Domain(name) if &*name == "localhost" => Host::Ip(self.loopback()),
            _ => return None,
        };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}://{other}{port}{}", self.scheme, self.handshakes))
    }

    /// The loopback address on which this server is reached.
    fn loopback(&self) -> IpAddr {
        match self.bound.ip() {
            ip if ip.is_loopback() => ip,
            IpAddr::V6(ip) if ip == Ipv6Addr::UNSPECIFIED => Ipv6Addr::LOCALHOST.into(),
            _ => Ipv4Addr::LOCALHOST.into(),
        }
    }
}

fn handshake<B>(request: Head, answer: &ServiceResponse<B>) -> Handshake {
    let mut headers = shown(answer.headers());
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        // The one header that is written by who writes the answer, because it is an upgrade.
        headers.push(("connection".into(), "upgrade".into()));
    }
    let protocol = answer.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    Handshake {
        request,
        answer: Head {
            line: format!("HTTP/1.1 {}", answer.status()),
            headers,
        },
        protocol: protocol
            .and_then(|name| name.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        remote: None,
    }
}

fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter().take(MOST_HEADERS);
    headers
        .map(|(name, value)| (name.to_string(), mask::shown(name.as_str(), value.as_bytes())))
        .collect()
}

fn tell_on<B>(notes: &Notes, token: &str, answer: &ServiceResponse<B>) {
    let status = answer.status().as_u16();
    let extensions = answer.response().extensions();
    let (code, message) = extensions
        .get::<Refusal>()
        .map_or(("", ""), |refusal| (refusal.code(), refusal.message()));
    notes.refused(token, status, code, message);
}

/// `GET /lab/source/src/…`: a file of this program, as it was when it was built.
pub(super) async fn source(path: web::Path<String>) -> HttpResponse {
    let file = path
        .strip_prefix("src/")
        .filter(|path| is_plain(path))
        .and_then(Source::get);
    match file {
        Some(file) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .body(file.data.into_owned()),
        None => HttpResponse::NotFound()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body("not found\n"),
    }
}

/// In builds for development files are read from the disk: nothing leads out of the folder.
fn is_plain(path: &str) -> bool {
    let is_plain = |name: &str| {
        let mut letters = name.bytes();
        !name.starts_with('.') && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'.'))
    };
    path.ends_with(".rs") && path.split('/').all(|name| !name.is_empty() && is_plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_address_is_the_other_name_of_this_machine() {
        let cases = [
            ("127.0.0.1:8080", "localhost:8080", Some("ws://127.0.0.1:8080/ws")),
            ("127.0.0.1:8080", "127.0.0.1:8080", Some("ws://localhost:8080/ws")),
            ("127.0.0.1:80", "localhost", Some("ws://127.0.0.1/ws")),
            ("[::1]:8080", "localhost:8080", Some("ws://[::1]:8080/ws")),
            ("[::]:8080", "localhost:8080", Some("ws://[::1]:8080/ws")),
            ("0.0.0.0:8080", "localhost:9000", Some("ws://127.0.0.1:9000/ws")),
            ("0.0.0.0:8080", "192.168.1.7:8080", None),
            ("0.0.0.0:8080", "chat.example.org", None),
        ];
        for (bound, host, expected) in cases {
            let door = Door::new(Lab::on(), bound.parse().unwrap(), &BasePath::default(), false);
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            assert_eq!(door.foreign(&headers).as_deref(), expected, "{bound} {host}");
        }
    }

    #[test]
    fn only_files_of_the_source_are_shown() {
        for path in ["main.rs", "registry/actor.rs", "transport/websocket/protocol/mod.rs"] {
            assert!(is_plain(path) && Source::get(path).is_some(), "{path}");
        }
        for path in [
            "",
            "../Cargo.toml",
            "../src/main.rs",
            "/main.rs",
            "a//b.rs",
            "..rs",
            "./main.rs",
            "..\\main.rs",
            "registry",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
