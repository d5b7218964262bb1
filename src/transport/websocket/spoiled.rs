//! What a proxy took from a handshake on its way here, and the lines that make it pass it on. Pure.

use std::fmt::Write;

use actix_web::http::{
    Version,
    header::{self, HeaderMap},
};

use super::handshake::has_token;

/// A browser's handshake as a proxy hands it on that does not know of upgrades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoiled {
    is_old: bool,
    no_upgrade: bool,
    no_connection: bool,
}

impl Spoiled {
    /// What is missing in a request that was meant as a handshake. `None` for all others.
    ///
    /// `Upgrade` and `Connection` are meant for the next hop only, so a proxy drops them unless it is told otherwise.
    /// Key and version go all the way, and no script can send them: who has one has tried to open a WebSocket. What came
    /// to the proxy by HTTP/2 has no key (RFC 8441, section 5.1).
    pub fn find(http: Version, headers: &HeaderMap) -> Option<Self> {
        let spoiled = Self {
            is_old: http < Version::HTTP_11,
            no_upgrade: !has_token(headers, &header::UPGRADE, "websocket"),
            no_connection: !has_token(headers, &header::CONNECTION, "upgrade"),
        };
        let is_whole = spoiled.missing().next().is_none();
        let is_meant = [header::SEC_WEBSOCKET_KEY, header::SEC_WEBSOCKET_VERSION]
            .iter()
            .any(|name| headers.contains_key(name));
        (is_meant && !is_whole).then_some(spoiled)
    }

    /// What should have come.
    pub fn missing(self) -> impl Iterator<Item = &'static str> {
        let parts = [
            (self.is_old, "HTTP/1.1"),
            (self.no_upgrade, "Upgrade: websocket"),
            (self.no_connection, "Connection: Upgrade"),
        ];
        parts
            .into_iter()
            .filter_map(|(is_missing, what)| is_missing.then_some(what))
    }

    /// The lines that nginx lacks, beside its `proxy_pass`.
    pub fn nginx(self) -> String {
        let lines = [
            (self.is_old, "proxy_http_version 1.1;"),
            (self.no_upgrade, "proxy_set_header Upgrade $http_upgrade;"),
            (self.no_connection, "proxy_set_header Connection \"upgrade\";"),
        ];
        let mut text = String::new();
        for (_, line) in lines.into_iter().filter(|(is_missing, _)| *is_missing) {
            let space = if text.is_empty() { "" } else { " " };
            let _ = write!(text, "{space}{line}");
        }
        text
    }

    /// The line of Apache httpd: it passes on what it is told to.
    pub fn apache(self, base: &str) -> String {
        // Without its slash, so that the path alone leads here, too.
        let base = match base.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        let mut text = String::new();
        if self.no_upgrade || self.no_connection {
            text = format!("ProxyPass {base} http://…{base} upgrade=websocket");
        }
        if self.is_old {
            let space = if text.is_empty() { "" } else { "; " };
            let _ = write!(text, "{space}no SetEnv force-proxy-request-1.0");
        }
        text
    }

    /// HAProxy passes all of it on by itself, unless something stands in its way.
    pub fn haproxy(self) -> &'static str {
        "mode http, and no `http-request del-header` for Upgrade or Connection"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(http: Version, headers: &[(&'static str, &'static str)]) -> Option<Spoiled> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse().unwrap(), value.parse().unwrap());
        }
        Spoiled::find(http, &map)
    }

    const KEY: (&str, &str) = ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    const UPGRADE: (&str, &str) = ("upgrade", "websocket");
    const CONNECTION: (&str, &str) = ("connection", "Upgrade");

    #[test]
    fn what_is_missing_is_named_with_the_line_that_brings_it() {
        let all = find(Version::HTTP_10, &[KEY, ("connection", "close")]).unwrap();
        assert_eq!(
            all.missing().collect::<Vec<_>>(),
            ["HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]
        );
        assert_eq!(
            all.nginx(),
            "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";"
        );
        let no_upgrade = find(Version::HTTP_11, &[KEY, CONNECTION]).unwrap();
        assert_eq!(no_upgrade.missing().collect::<Vec<_>>(), ["Upgrade: websocket"]);
        assert_eq!(no_upgrade.nginx(), "proxy_set_header Upgrade $http_upgrade;");
        assert_eq!(
            no_upgrade.apache("/chat/"),
            "ProxyPass /chat http://…/chat upgrade=websocket"
        );
        // From HTTP/2, by way of a proxy: there is no key.
        let version = ("sec-websocket-version", "13");
        assert_eq!(find(Version::HTTP_11, &[version, CONNECTION]), Some(no_upgrade));
        let old = find(Version::HTTP_10, &[KEY, UPGRADE, CONNECTION]).unwrap();
        assert_eq!(old.nginx(), "proxy_http_version 1.1;");
        assert_eq!(old.apache("/"), "no SetEnv force-proxy-request-1.0");
    }

    #[test]
    fn neither_a_whole_handshake_nor_a_plain_question_is_spoiled() {
        assert_eq!(find(Version::HTTP_11, &[KEY, UPGRADE, CONNECTION]), None);
        assert_eq!(find(Version::HTTP_11, &[("connection", "keep-alive")]), None);
        assert_eq!(find(Version::HTTP_10, &[]), None);
    }
}
