//! What a path below a service's asks for. Pure.

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// The service itself.
    Greeting,
    /// What the service can do.
    Info,
    /// The page that speaks with the service for a page from elsewhere.
    Iframe,
    /// A plain WebSocket.
    RawWebSocket,
    /// Something of a session.
    Session {
        /// Its id.
        session: &'a str,
        /// What is done with it.
        verb: Verb,
    },
}

/// What is done with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// One frame is received.
    Xhr,
    /// Frames are received, a line each.
    XhrStreaming,
    /// Texts are said.
    XhrSend,
    /// Frames are received as server-sent events.
    EventSource,
    /// Frames are received as the scripts of a page that grows.
    HtmlFile,
    /// One frame is received as a script.
    Jsonp,
    /// Texts are said, in a form perhaps.
    JsonpSend,
    /// Both, over a WebSocket.
    WebSocket,
}

/// Letters of a session's id at most.
const SESSION_LETTERS: usize = 128;

impl<'a> Route<'a> {
    /// Reads the rest of a path, behind the service's own: empty, or with a slash in front. `None` if nothing is there.
    pub fn of(rest: &'a str) -> Option<Self> {
        let parts: Vec<_> = match rest.strip_prefix('/') {
            None | Some("") => return Some(Self::Greeting),
            Some(rest) => rest.split('/').collect(),
        };
        match parts[..] {
            ["info"] => Some(Self::Info),
            ["websocket"] => Some(Self::RawWebSocket),
            [page] if is_iframe(page) => Some(Self::Iframe),
            [server, session, verb] => {
                let is_good = |part: &str| !part.is_empty() && !part.contains('.') && part.len() <= SESSION_LETTERS;
                let verb = Verb::of(verb)?;
                (is_good(server) && is_good(session)).then_some(Self::Session { session, verb })
            }
            _ => None,
        }
    }

    /// The methods that this takes beside OPTIONS.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Greeting | Self::Info | Self::Iframe | Self::RawWebSocket => &["GET"],
            Self::Session { verb, .. } => match verb {
                Verb::Xhr | Verb::XhrStreaming | Verb::XhrSend | Verb::JsonpSend => &["POST"],
                Verb::EventSource | Verb::HtmlFile | Verb::Jsonp | Verb::WebSocket => &["GET"],
            },
        }
    }

    /// Whether a page from elsewhere may ask for leave to use it, by OPTIONS.
    pub fn has_preflight(self) -> bool {
        let verb = match self {
            Self::Info => return true,
            Self::Session { verb, .. } => verb,
            _ => return false,
        };
        matches!(verb, Verb::Xhr | Verb::XhrStreaming | Verb::XhrSend | Verb::JsonpSend)
    }

    /// Whether a page from elsewhere can use it without the browser's telling whence it comes.
    pub fn is_unproven(self) -> bool {
        let of_verb = |verb| matches!(verb, Verb::HtmlFile | Verb::Jsonp | Verb::JsonpSend);
        matches!(self, Self::Iframe) || matches!(self, Self::Session { verb, .. } if of_verb(verb))
    }
}

impl Verb {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "xhr" => Self::Xhr,
            "xhr_streaming" => Self::XhrStreaming,
            "xhr_send" => Self::XhrSend,
            "eventsource" => Self::EventSource,
            "htmlfile" => Self::HtmlFile,
            "jsonp" => Self::Jsonp,
            "jsonp_send" => Self::JsonpSend,
            "websocket" => Self::WebSocket,
            _ => return None,
        })
    }
}

/// `iframe.html`, with any version in the middle.
fn is_iframe(page: &str) -> bool {
    let version = page.strip_prefix("iframe").and_then(|page| page.strip_suffix(".html"));
    version.is_some_and(|version| {
        version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_the_protocol_says() {
        let session = |session, verb| Some(Route::Session { session, verb });
        let cases = [
            ("", Some(Route::Greeting)),
            ("/", Some(Route::Greeting)),
            ("/info", Some(Route::Info)),
            ("/websocket", Some(Route::RawWebSocket)),
            ("/iframe.html", Some(Route::Iframe)),
            ("/iframe-0.1.2abc-dirty.2144.html", Some(Route::Iframe)),
            ("/000/abc/xhr", session("abc", Verb::Xhr)),
            ("/_/_/websocket", session("_", Verb::WebSocket)),
            ("/1/i-j l/jsonp_send", session("i-j l", Verb::JsonpSend)),
        ];
        for (path, route) in cases {
            assert_eq!(Route::of(path), route, "{path}");
        }
        for nowhere in [
            "//",
            "///",
            "/a",
            "/a/a",
            "/a/a/",
            "/iframe",
            "/IFRAME.HTML",
            "/iframe-/.html",
            "/a./a/xhr",
            "/a/a./xhr",
            "//xhr",
            "/a//xhr",
            "/a/a/nothing",
            "/info/",
            "/a/a/xhr/",
        ] {
            assert_eq!(Route::of(nowhere), None, "{nowhere}");
        }
        let long = format!("/a/{}/xhr", "x".repeat(SESSION_LETTERS + 1));
        assert_eq!(Route::of(&long), None);
    }
}
