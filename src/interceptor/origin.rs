//! Which pages may open a socket (RFC 6455 section 10.2). A browser sends cookies with a handshake whatever page asks
//! for it, so without this check any page could speak in its reader's name.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{HttpRequest, http::StatusCode};

use super::{
    HandshakeInterceptor, Refusal,
    client::{client_of, own_origin, values},
    log_limit::LogLimit,
    notes::note,
};
use crate::{
    attributes::Attributes,
    authority::shown,
    client_address::TrustedProxies,
    lab::{self, Note},
    origin::{Origin, OriginPattern, OriginRules, Verdict, Why},
    refusals::Compared,
};

/// Admits handshakes by their `Origin`.
#[derive(Clone)]
pub struct AllowedOrigins {
    rules: OriginRules,
    /// Where our own page is served besides the host that the request names.
    public: Vec<Origin>,
    proxies: TrustedProxies,
    log: Arc<LogLimit>,
}

impl AllowedOrigins {
    /// `public`: the server's public URLs.
    pub fn new(rules: OriginRules, public: Vec<Origin>, proxies: TrustedProxies) -> Self {
        Self {
            rules,
            public,
            proxies,
            log: Arc::default(),
        }
    }

    /// The pages that this server serves itself, and programs that are no browsers.
    pub fn same() -> Self {
        Self::new(OriginRules::default(), Vec::new(), TrustedProxies::default())
    }

    /// Every page of the world. Only for services that know no user.
    pub fn any() -> Self {
        let rules = OriginRules {
            patterns: vec![OriginPattern::Any],
            require_origin: false,
        };
        Self::new(rules, Vec::new(), TrustedProxies::default())
    }

    /// Judges any request by its origin; browsers send one with all that change something.
    ///
    /// # Errors
    ///
    /// 403 for an origin that is not admitted, 400 for several.
    pub fn check(&self, request: &HttpRequest) -> Result<(), Refusal> {
        let client = client_of(request, &self.proxies);
        let own: Vec<_> = own_origin(request, &client)
            .into_iter()
            .chain(self.public.iter().cloned())
            .collect();
        let verdict = self.rules.check(&values(request.headers(), "origin"), &own);
        note(request, || self.note(request, &own, &verdict));
        match verdict {
            Verdict::Admitted(_) => Ok(()),
            Verdict::Several => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "several-origins",
                "there is more than one `Origin` header",
            )),
            Verdict::Refused(refused) => {
                if self.log.allows() {
                    let (wanted, admit) = (refused.wanted.join(" "), refused.admit.as_deref().unwrap_or("none"));
                    tracing::warn!(got = refused.got, wanted, admit, "origin refused");
                }
                let message = match refused.got.is_empty() {
                    true => "an `Origin` header is required here; the server's log says which setting changes that",
                    false => "pages of this origin may not connect; the server's log says which setting admits it",
                };
                let compared = Compared {
                    got: if refused.got.is_empty() {
                        "no origin".into()
                    } else {
                        refused.got
                    },
                    wanted: refused.wanted.join(" "),
                    admit: refused.admit,
                };
                Err(Refusal::new(StatusCode::FORBIDDEN, "origin-refused", message).with_comparison(compared))
            }
        }
    }
}

impl AllowedOrigins {
    fn note(&self, request: &HttpRequest, own: &[Origin], verdict: &Verdict<'_>) -> Note {
        let listed = self.rules.patterns.iter().map(ToString::to_string);
        let got = values(request.headers(), "origin").join(", ");
        let note = Note {
            name: "origin",
            got: (!got.is_empty()).then(|| shown(&got)),
            wanted: own.iter().map(ToString::to_string).chain(listed).collect(),
            ..Note::default()
        };
        match verdict {
            Verdict::Admitted(why) => Note {
                rule: Some(match why {
                    Why::Own => "own".into(),
                    Why::NoOrigin => "no-origin".into(),
                    Why::Listed(pattern) => format!("listed {pattern}"),
                }),
                ..note
            },
            Verdict::Several => Note {
                verdict: lab::Verdict::Refused,
                ..note
            },
            Verdict::Refused(refused) => Note {
                verdict: lab::Verdict::Refused,
                admit: refused.admit.clone(),
                ..note
            },
        }
    }
}

impl HandshakeInterceptor for AllowedOrigins {
    fn before_handshake<'a>(
        &'a self,
        request: &'a HttpRequest,
        _: &'a mut Attributes,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>> {
        Box::pin(std::future::ready(self.check(request)))
    }
}
