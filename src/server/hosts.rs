//! The guard at the door: a request for a name that is not ours is not answered, whatever it asks for. It stops DNS
//! rebinding, for the page as for the socket.

use std::rc::Rc;

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
};

use super::health;
use crate::{
    authority::shown,
    base_path::{BasePath, Place},
    client_address::TrustedProxies,
    host::{HostRules, HostVerdict},
    interceptor::{LogLimit, Refusal, client_of, note, values},
    lab::{Note, Verdict},
    refusals::Compared,
};

/// Which names are ours.
pub(super) struct HostGuard {
    rules: HostRules,
    proxies: TrustedProxies,
    base: BasePath,
    log: LogLimit,
}

impl HostGuard {
    pub fn new(rules: HostRules, proxies: TrustedProxies, base: BasePath) -> Rc<Self> {
        Rc::new(Self {
            rules,
            proxies,
            base,
            log: LogLimit::default(),
        })
    }

    /// Middleware for a whole App.
    pub async fn check<B: MessageBody>(
        self: Rc<Self>,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error> {
        if !self.is_free(request.path())
            && let Err(refusal) = self.judge(&request)
        {
            let answer: HttpResponse = refusal.error_response();
            return Ok(request.into_response(answer).map_into_right_body());
        }
        Ok(next.call(request).await?.map_into_left_body())
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

    fn judge(&self, request: &ServiceRequest) -> Result<(), Refusal> {
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
            HostVerdict::Admitted(_) => Ok(()),
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
