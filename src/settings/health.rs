//! `tertulia health [URL]`: where is the server to be asked?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use super::{Exit, Settings, args::HEALTH};
use crate::authority::shown;

/// What is asked if nobody says otherwise: this process answers.
const PATH: &str = "/healthz";
const WANTED: &str = "an address such as http://127.0.0.1:8080 is wanted, or nothing";

/// Where to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthUrl {
    /// By TLS, whatever certificate is shown there.
    pub is_secure: bool,
    /// To connect to; the first that answers is asked.
    pub addresses: Vec<SocketAddr>,
    /// For the header `Host`.
    pub authority: String,
    /// With its slash, and its query if there is one.
    pub path: String,
}

impl std::fmt::Display for HealthUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

/// Where a server with these settings is to be asked from its own machine.
pub(super) fn of(settings: &Settings) -> HealthUrl {
    let (ip, port) = (settings.bind.ip(), settings.bind.port());
    let ips: Vec<IpAddr> = match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => vec![Ipv4Addr::LOCALHOST.into()],
        // A machine, or a container, may have no IPv6 beside it.
        IpAddr::V6(ip) if ip.is_unspecified() => vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()],
        ip => vec![ip],
    };
    let host = if ip.is_unspecified() {
        "localhost".into()
    } else {
        bracketed(ip)
    };
    HealthUrl {
        is_secure: settings.has_tls(),
        addresses: ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
        authority: format!("{host}:{port}"),
        path: PATH.into(),
    }
}

/// Reads the argument. Names are not looked up, but for localhost: a health check asks its own machine, and a binary
/// without shared libraries has no resolver.
pub(super) fn parse(text: &str) -> Result<HealthUrl, Exit> {
    let wrong = |wanted: &str| Exit::wrong(format_args!("{HEALTH} \"{}\": {wanted}", shown(text)), None);
    let url = Url::parse(text).map_err(|_| wrong(WANTED))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(WANTED));
    }
    let port = url.port_or_known_default().ok_or_else(|| wrong(WANTED))?;
    let ips: Vec<IpAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![ip.into()],
        Some(Host::Ipv6(ip)) => vec![ip.into()],
        Some(Host::Domain("localhost")) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        _ => return Err(wrong("names are not looked up: an IP address or localhost is wanted")),
    };
    let path = match (url.path(), url.query()) {
        ("/", None) => PATH.into(),
        (path, None) => path.into(),
        (path, Some(query)) => format!("{path}?{query}"),
    };
    Ok(HealthUrl {
        is_secure: url.scheme() == "https",
        addresses: ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect(),
        authority: format!("{}:{port}", url.host_str().unwrap_or_default()),
        path,
    })
}

fn bracketed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_say_where_to_ask() {
        for (bind, addresses, url) in [
            (
                "127.0.0.1:8080",
                &["127.0.0.1:8080"][..],
                "http://127.0.0.1:8080/healthz",
            ),
            ("10.1.2.3:80", &["10.1.2.3:80"], "http://10.1.2.3:80/healthz"),
            ("0.0.0.0:8080", &["127.0.0.1:8080"], "http://localhost:8080/healthz"),
            (
                "[::]:8080",
                &["[::1]:8080", "127.0.0.1:8080"],
                "http://localhost:8080/healthz",
            ),
            ("[::1]:81", &["[::1]:81"], "http://[::1]:81/healthz"),
        ] {
            let bind = bind.parse().unwrap();
            let found = of(&Settings {
                bind,
                ..Settings::default()
            });
            let wanted: Vec<SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
            assert_eq!(found.addresses, wanted);
            assert_eq!(found.to_string(), url);
        }
    }

    #[test]
    fn server_with_tls_is_asked_by_tls() {
        let found = of(&Settings {
            tls_cert: Some("cert.pem".into()),
            tls_key: Some("key.pem".into()),
            ..Settings::default()
        });
        assert_eq!(found.to_string(), "https://127.0.0.1:8080/healthz");
    }

    #[test]
    fn url_says_where_to_ask() {
        for (text, first, url) in [
            (
                "http://127.0.0.1:8080",
                "127.0.0.1:8080",
                "http://127.0.0.1:8080/healthz",
            ),
            ("http://[::1]:81/readyz", "[::1]:81", "http://[::1]:81/readyz"),
            (
                "http://localhost/chat/healthz?x",
                "127.0.0.1:80",
                "http://localhost:80/chat/healthz?x",
            ),
            ("https://127.0.0.1", "127.0.0.1:443", "https://127.0.0.1:443/healthz"),
        ] {
            let found = parse(text).unwrap();
            assert_eq!(found.addresses[0], first.parse().unwrap());
            assert_eq!(found.to_string(), url);
        }
    }

    #[test]
    fn what_cannot_be_asked_is_told() {
        for (text, told) in [
            ("8080", "an address such as"),
            ("ftp://127.0.0.1", "an address such as"),
            ("http://chat.example.org", "names are not looked up"),
            ("http://", "an address such as"),
        ] {
            let exit = parse(text).unwrap_err();
            assert!(
                exit.text.starts_with("error: health \"") && exit.text.contains(told),
                "{}",
                exit.text
            );
            assert_eq!(exit.code, Exit::WRONG_USAGE);
        }
    }
}
