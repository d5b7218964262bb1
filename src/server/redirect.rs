//! The port without TLS: it leads to the one with it, and to nowhere else.

use std::{path::PathBuf, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
    web,
};

use super::Shared;
use crate::{
    authority::{Authority, Host},
    host::HostRules,
    interceptor::{Refusal, client_of, own_origin},
    origin::Origin,
};

/// The port that goes without saying.
const HTTPS: u16 = 443;

/// Where people are led.
pub(super) struct Ways {
    /// Those of the port with TLS.
    rules: HostRules,
    /// With scheme `https`.
    public: Vec<Origin>,
    /// That of TLS.
    port: u16,
}

impl Ways {
    pub fn new(rules: HostRules, public: &[Origin], port: u16) -> Self {
        Self {
            rules,
            public: public.iter().filter(|url| url.is_https()).cloned().collect(),
            port,
        }
    }

    /// The origin to which who asks for `host` is led: a public URL of that host, or the host itself on the port of
    /// TLS. `None` for a name that is not answered to there.
    fn origin(&self, host: &Host) -> Option<String> {
        if let Some(public) = self.public.iter().find(|url| url.host() == host) {
            return Some(public.to_string());
        }
        let authority = Authority {
            host: host.clone(),
            port: Some(self.port).filter(|port| *port != HTTPS),
        };
        self.rules.admits(&authority).then(|| format!("https://{authority}"))
    }
}

/// Any request: 308, which keeps method and body.
pub(super) async fn lead(request: HttpRequest, ways: web::Data<Ways>, shared: web::Data<Arc<Shared>>) -> HttpResponse {
    let client = client_of(&request, &shared.settings.trusted_proxies);
    let origin = own_origin(&request, &client).and_then(|origin| ways.origin(origin.host()));
    let Some(origin) = origin else {
        let message = "this server does not answer to that name over TLS";
        return Refusal::new(StatusCode::MISDIRECTED_REQUEST, "host-refused", message).error_response();
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // `*` is none.
    let path = if path.starts_with('/') { path } else { "/" };
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, format!("{origin}{path}")))
        // Browsers would keep it for good, longer than somebody may want TLS.
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// Where a certificate's issuer looks for proofs (RFC 8555 section 8.3).
pub(super) const CHALLENGES: &str = "/.well-known/acme-challenge/{token}";

/// A proof that whoever renews the certificate has left in the folder.
pub(super) async fn proof(token: web::Path<String>, folder: web::Data<PathBuf>) -> HttpResponse {
    // A token is base64url (RFC 8555 section 8.3), so it cannot lead out of the folder.
    let is_token = !token.is_empty() && token.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c));
    let read = match is_token {
        true => {
            let file = folder.join(&*token);
            web::block(move || std::fs::read(file)).await.ok().and_then(Result::ok)
        }
        false => None,
    };
    match read {
        Some(proof) => HttpResponse::Ok().content_type("application/octet-stream").body(proof),
        None => super::page::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::AllowedHost;

    #[test]
    fn nobody_is_led_where_nobody_would_answer() {
        let public = ["https://chat.example.org:8443", "https://chat.test", "http://old.test"];
        let public = public.map(|url| Origin::parse(url).unwrap());
        let hosts = public.iter().map(|url| url.host().clone());
        let allowed = ["a.test", "b.test:8443", "c.test:80"].map(|host| AllowedHost::parse(host).unwrap());
        let rules = HostRules::new("192.0.2.7".parse().unwrap(), hosts, allowed.into());
        for (port, host, origin) in [
            (443, "chat.example.org", Some("https://chat.example.org:8443")),
            (8443, "chat.test", Some("https://chat.test")),
            (443, "old.test", Some("https://old.test")),
            (443, "a.test", Some("https://a.test")),
            (8443, "a.test", Some("https://a.test:8443")),
            (8443, "b.test", Some("https://b.test:8443")),
            (9443, "b.test", None),
            (8443, "c.test", None),
            (8443, "192.0.2.7", Some("https://192.0.2.7:8443")),
            (8443, "192.0.2.8", None),
            (8443, "[::1]", Some("https://[::1]:8443")),
            (8443, "localhost", Some("https://localhost:8443")),
            (8443, "evil.test", None),
        ] {
            let ways = Ways::new(rules.clone(), &public, port);
            assert_eq!(ways.origin(&Host::parse(host).unwrap()).as_deref(), origin, "{host}");
        }
    }
}
