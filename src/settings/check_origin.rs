//! `tertulia check-origin URL`: would a page of that origin be admitted, and why?

use super::{Exit, Settings, Source, args::CHECK_ORIGIN};
use crate::{
    authority::{Authority, Host, shown},
    origin::{Origin, OriginError, Refusal, Verdict, Why},
};

/// The code for an origin that is refused.
const REFUSED: u8 = 1;

/// Reads the argument: an origin, the URL of a page of it, or `null`. Gives it back in its normal form.
pub(super) fn parse(text: &str) -> Result<String, Exit> {
    if text == "null" {
        return Ok(text.into());
    }
    match Origin::parse(text) {
        Ok(origin) => Ok(origin.to_string()),
        // Here a whole URL is welcome: it is what an address bar gives.
        Err(OriginError::Path { meant: Some(origin) }) => Ok(origin),
        Err(error) => {
            let hint = error.meant().map(|meant| format!("did you mean `{meant}`?"));
            Err(Exit::wrong(
                format_args!("{CHECK_ORIGIN} \"{}\": {error}", shown(text)),
                hint.as_deref(),
            ))
        }
    }
}

/// Says whether pages of `url` (an origin, or `null`) may open sockets under `settings`, and why.
///
/// The server compares a page with the address under which the request came. Here that address is not known; it is
/// taken to be the one that the page itself came from, if this server would answer to it.
pub fn check_origin(settings: &Settings, url: &str) -> Exit {
    let origin = Origin::parse(url).ok();
    let mut own = own_origins(settings, origin.as_ref());
    let forwarded = origin.filter(|origin| is_forwarded(settings, origin) && !own.contains(origin));
    let by_proxy = forwarded.is_some();
    own.extend(forwarded);
    match settings.origin_rules().check(&[url], &own) {
        Verdict::Admitted(why) => Exit::answer(format!("admitted: {}\n", reason(settings, url, why, by_proxy)), 0),
        Verdict::Refused(refusal) => Exit::answer(refused(&refusal), REFUSED),
        Verdict::Several => Exit::wrong(format_args!("{CHECK_ORIGIN} takes one URL"), None),
    }
}

/// The origins of the server's page, as far as they are known before anybody asks for it.
fn own_origins(settings: &Settings, asked: Option<&Origin>) -> Vec<Origin> {
    let mut own = settings.public_urls.clone();
    let port = settings.bind.port();
    if port == 0 {
        return own;
    }
    let ip = settings.bind.ip();
    let localhost = || Host::Domain("localhost".into());
    let hosts = settings.host_rules(ip);
    // Its own address, or where that is "every address" the name that always leads there.
    let bound = if ip.is_unspecified() { localhost() } else { Host::Ip(ip) };
    for host in [bound, localhost()]
        .into_iter()
        .chain(asked.map(|origin| origin.host().clone()))
    {
        let authority = Authority { host, port: Some(port) };
        if hosts.admits(&authority) {
            let origin = Origin::new(settings.scheme(), authority);
            if !own.contains(&origin) {
                own.push(origin);
            }
        }
    }
    own
}

/// Whether the page may come from `origin` by a proxy whose word counts.
fn is_forwarded(settings: &Settings, origin: &Origin) -> bool {
    let by_web = matches!(origin.scheme(), "http" | "https");
    by_web
        && !settings.trusted_proxies.0.is_empty()
        && settings.host_rules(settings.bind.ip()).admits(&origin.authority())
}

fn reason(settings: &Settings, url: &str, why: Why<'_>, by_proxy: bool) -> String {
    match why {
        Why::NoOrigin => "no origin is required".into(),
        Why::Own if by_proxy => format!("{url} is the server's own page, when a trusted proxy forwards it so"),
        Why::Own => format!("{url} is the server's own page"),
        Why::Listed(pattern) => {
            let source = settings
                .given("allowed-origin")
                .map_or(&Source::Default, |given| &given.source);
            format!("{url} matches \"{pattern}\" of {}", source.call("allowed-origin"))
        }
    }
}

fn refused(refusal: &Refusal) -> String {
    let mut text = format!("refused: {} is not among the admitted origins\n", refusal.got);
    text += &format!("  compared with: {}\n", refusal.wanted.join(", "));
    if let Some(admit) = &refusal.admit {
        text += &format!("  to admit it:   {admit}\n");
    }
    text
}
