//! The guard at the door: a request for a name that is not ours is not answered, whatever it asks for. It stops DNS
//! rebinding, for the page as for the socket.

use std::rc::Rc;

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
};

use super::health;
use crate::{
    authority::{Authority, Host, shown},
    base_path::{BasePath, Place},
    client_address::TrustedProxies,
    host::{HostRules, HostVerdict},
    interceptor::{LogLimit, Refusal, client_of, note, values},
    lab::{Note, Verdict},
    refusals::Compared,
    settings::Settings,
};

/// Which names are ours.
pub(super) struct HostGuard {
    rules: HostRules,
    proxies: TrustedProxies,
    base: BasePath,
    log: LogLimit,
    hsts: Option<Hsts>,
}

/// What browsers are told to insist on, and under which names (RFC 6797).
pub(super) struct Hsts {
    hosts: Vec<Host>,
    value: HeaderValue,
}

impl Hsts {
    /// For who listens with TLS: `None` where it is for nobody. An address or localhost belongs to whoever is there, and
    /// browsers would not listen (section 8.1.1).
    pub fn new(settings: &Settings) -> Option<Self> {
        let https = settings.public_urls.iter().filter(|url| url.is_https());
        let hosts = https.map(|url| url.host().clone());
        let hosts: Vec<_> = hosts
            .filter(|host| matches!(host, Host::Domain(_)) && !host.is_loopback())
            .collect();
        let value = format!("max-age={}", settings.hsts.as_secs());
        let value = HeaderValue::try_from(value).expect("digits may stand in a header");
        (settings.has_tls() && !hosts.is_empty()).then_some(Self { hosts, value })
    }
}

impl HostGuard {
    pub fn new(rules: HostRules, proxies: TrustedProxies, base: BasePath) -> Rc<Self> {
        Rc::new(Self {
            rules,
            proxies,
            base,
            log: LogLimit::default(),
            hsts: None,
        })
    }

    /// [`Self::new`] for who listens with TLS, and has this to say to browsers.
    pub fn secured(rules: HostRules, proxies: TrustedProxies, base: BasePath, hsts: Option<Hsts>) -> Rc<Self> {
        Rc::new(Self {
            rules,
            proxies,
            base,
            log: LogLimit::default(),
            hsts,
        })
    }

    /// Middleware for a whole App.
    pub async fn check<B: MessageBody>(
        self: Rc<Self>,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error> {
        let mut hsts = None;
        if !self.is_free(request.path()) {
            match self.judge(&request) {
                Ok(name) => hsts = self.hsts.as_ref().filter(|hsts| hsts.hosts.contains(&name.host)),
                Err(refusal) => {
                    let answer: HttpResponse = refusal.error_response();
                    return Ok(request.into_response(answer).map_into_right_body());
                }
            }
        }
        let mut answer = next.call(request).await?;
        if let Some(hsts) = hsts {
            let name = header::STRICT_TRANSPORT_SECURITY;
            answer.headers_mut().insert(name, hsts.value.clone());
        }
        Ok(answer.map_into_left_body())
    }

    /// Asked by load balancers under whatever name they like; there is nothing in their answers.
    fn is_free(&self, path: &str) -> bool {
        let within = match self.base.place(path) {
            Place::Within(within) => within,
            Place::Door | Place::Outside => path,
        };
        health::PATHS.contains(&within)
    }

    fn note(&self, named: &[&str], verdict: &HostVerdict) -> Note {
        let got = named.join(", ");
        let admit = match verdict {
            HostVerdict::Refused(refused) => Some(refused.admit.clone()),
            _ => None,
        };
        let is_admitted = matches!(verdict, HostVerdict::Admitted(_));
        Note {
            name: "host",
            verdict: if is_admitted {
                Verdict::Admitted
            } else {
                Verdict::Refused
            },
            got: (!got.is_empty()).then(|| shown(&got)),
            wanted: self.rules.wanted(),
            rule: is_admitted.then(|| "own".into()),
            admit,
            figures: None,
        }
    }

    fn judge(&self, request: &ServiceRequest) -> Result<Authority, Refusal> {
        let client = client_of(request.request(), &self.proxies);
        let named = match &client.host {
            Some(host) => vec![host.as_str()],
            None => match request.uri().authority() {
                // The absolute form counts more than the header (RFC 9112 section 3.2.2).
                Some(authority) => vec![authority.as_str()],
                None => values(request.headers(), "host"),
            },
        };
        let bad = |message| Err(Refusal::new(StatusCode::BAD_REQUEST, "bad-host", message));
        let verdict = self.rules.check(&named);
        note(request.request(), || self.note(&named, &verdict));
        match verdict {
            HostVerdict::Admitted(name) => Ok(name),
            HostVerdict::Missing => bad("the `Host` header is missing"),
            HostVerdict::Several => bad("there is more than one `Host` header"),
            HostVerdict::Malformed { .. } => bad("the `Host` header is not a host and perhaps a port"),
            HostVerdict::Refused(refused) => {
                if self.log.allows() {
                    let wanted = refused.wanted.join(" ");
                    tracing::warn!(got = refused.got, wanted, admit = refused.admit, "host refused");
                }
                let message = "this server does not answer to that name; its log says which setting changes that";
                let compared = Compared {
                    got: refused.got,
                    wanted: refused.wanted.join(" "),
                    admit: Some(refused.admit),
                };
                Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "host-refused", message).with_comparison(compared))
            }
        }
    }
}
