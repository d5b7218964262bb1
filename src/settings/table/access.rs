//! Who may enter, and for how long.

use std::time::Duration;

use super::{Kind, Preset, Setting, push, put};
use crate::settings::values;

/// A shorter HTTP session would end before a person has typed a word.
const LEAST_SESSION: Duration = Duration::from_secs(1);

pub(in crate::settings) const SETTINGS: &[Setting] = &[
    Setting {
        name: "allowed-origin",
        value: "ORIGIN",
        kind: Kind::Many,
        default: Preset::Nothing("own pages"),
        short: "Pages that may connect; may repeat",
        long: "Pages of this origin may open sockets too. May be given more than once. Pages that this server itself \
               gave out always may.\n\
               An origin is scheme, host and port: https://chat.example.org. Without a port the scheme's default port \
               is meant, :* means any. https://*.example.org means every name below example.org, but not that name \
               itself. * means every origin, and has to be said outright; null, for pages without an origin, is not \
               among them and has to be said as well.\n\
               tertulia check-origin URL tells what the settings make of an origin.",
        set: |s, text| push(&mut s.allowed_origins, values::origin_pattern(text)),
    },
    Setting {
        name: "require-origin",
        value: "true|false",
        kind: Kind::Switch,
        default: Preset::Value("false"),
        short: "Refuse who names none",
        long: "Refuse sockets to clients that name no origin. Browsers always name one; programs such as websocat do \
               not.",
        set: |s, text| put(&mut s.require_origin, values::yes_or_no(text)),
    },
    Setting {
        name: "allowed-host",
        value: "HOST",
        kind: Kind::Many,
        default: Preset::Nothing("own names"),
        short: "Names to answer to; may repeat",
        long: "Answer to this name too, as it stands in the Host header. May be given more than once. \
               chat.example.org means any port, chat.example.org:8080 only that one, *.example.org every name below \
               example.org, * every name.\n\
               The server always answers to localhost and names below it, to loopback addresses, to the address of \
               --bind, and to the hosts of --public-url. Bound to every address (0.0.0.0 or [::]) it answers to every \
               IP address. All other names are refused, since a stranger's page could make its own name lead here \
               (DNS rebinding), and such a page always comes with a name.",
        set: |s, text| push(&mut s.allowed_hosts, values::allowed_host(text)),
    },
    Setting {
        name: "trusted-proxy",
        value: "NETWORK",
        kind: Kind::Many,
        default: Preset::Nothing("none"),
        short: "Proxies to believe; may repeat",
        long: "Believe forwarded headers (X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded) from this \
               IP address or network, such as 127.0.0.1 or 10.0.0.0/8. May be given more than once.\n\
               Set it when a proxy stands in front, or all its clients share the limits of one address. Never name a \
               network from which clients come directly: they could claim any address.",
        set: |s, text| push(&mut s.trusted_proxies.0, values::network(text)),
    },
    Setting {
        name: "session-ttl",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("7d"),
        short: "Log out who is idle for",
        long: "Log out who has shown no life for this long: no request, and no --session-activity. At least 1s; 0 keeps \
               people logged in until they log out.",
        set: |s, text| put(&mut s.session_ttl, values::time_or_off(text, LEAST_SESSION)),
    },
    Setting {
        name: "session-activity",
        value: "WHAT",
        kind: Kind::One,
        default: Preset::Value("pings"),
        short: "Life on a socket is",
        long: "What of an open socket counts as life. pings: that it answers them, so whoever is online stays logged \
               in. texts: what people say and type, so whoever only reads is logged out after --session-ttl. \
               handshakes: that it opened, so everybody is logged out that long after their page came.",
        set: |s, text| put(&mut s.session_activity, values::session_activity(text)),
    },
];
