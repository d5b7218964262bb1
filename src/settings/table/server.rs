//! The server itself: where it listens, where it keeps things, how it runs and ends.

use std::num::NonZeroUsize;

use super::{Kind, Preset, Setting, push, put};
use crate::settings::values::{self, Wanted};

pub(in crate::settings) const SETTINGS: &[Setting] = &[
    Setting {
        name: "bind",
        value: "ADDRESS",
        kind: Kind::One,
        default: Preset::Value("127.0.0.1:8080"),
        short: "Listen here",
        long: "Listen on this IP address and port. Port 0 picks a free one; the first line on standard output says \
               which.\n\
               The default is reached from this machine only. To be reached from others listen on 0.0.0.0:8080, or \
               [::]:8080 for IPv6 too, and say by --public-url under which name.\n\
               A socket that a service manager hands over (LISTEN_FDS) is served instead.",
        set: |s, text| put(&mut s.bind, values::socket_address(text)),
    },
    Setting {
        name: "public-url",
        value: "URL",
        kind: Kind::Many,
        default: Preset::Nothing("none"),
        short: "Address that people type; may repeat",
        long: "The address under which people open the page: scheme, host and perhaps port, no path (that is \
               --base-path). May be given more than once.\n\
               Its host is answered to and its pages may open sockets. With an https URL, cookies are Secure. Set it \
               when the server has a name, and whenever a proxy ends TLS in front of it.",
        set: |s, text| push(&mut s.public_urls, values::public_url(text)),
    },
    Setting {
        name: "base-path",
        value: "PATH",
        kind: Kind::One,
        default: Preset::Value("/"),
        short: "Serve below this path",
        long: "Serve everything below this path: with /chat the page is at /chat/, the socket at /chat/ws, and cookies \
               are for /chat. A slash at its end makes no difference. Set it when a proxy gives a host to several \
               programs.\n\
               The proxy must pass the path on as it came, not take it away. /healthz and /readyz are answered without \
               it, too. --metrics-bind and --admin-bind know no base path: an address of their own is theirs alone.",
        set: |s, text| put(&mut s.base_path, values::base_path(text)),
    },
    Setting {
        name: "data-dir",
        value: "DIRECTORY",
        kind: Kind::One,
        default: Preset::Found("per XDG"),
        short: "Keep sessions here",
        long: "Keep here what must survive a restart: the key that signs cookies, and the HTTP sessions. It is made \
               if it is not there.\n\
               The default is $XDG_DATA_HOME/tertulia, or ~/.local/share/tertulia where XDG_DATA_HOME is not set, as \
               the XDG convention has it for data of a user; under systemd $STATE_DIRECTORY. A service with neither \
               gets ./tertulia-data.",
        set: |s, text| match text {
            "" => Err(Wanted::new("a directory is wanted")),
            text => put(&mut s.data_dir, Ok(text.into())),
        },
    },
    Setting {
        name: "workers",
        value: "COUNT",
        kind: Kind::One,
        default: Preset::Found("one a CPU"),
        short: "Threads that serve",
        long: "How many threads serve, from 1 to 255. The default is one for each CPU that this process may use. \
               Every socket lives on one of them.",
        set: |s, text| {
            let workers = values::parse_digits(text).ok_or_else(|| Wanted::new("a number from 1 to 255 is wanted"));
            put(&mut s.workers, workers)
        },
    },
    Setting {
        name: "metrics-bind",
        value: "ADDRESS",
        kind: Kind::One,
        default: Preset::Nothing("with the page"),
        short: "Serve /metrics here only",
        long: "Serve /metrics on this IP address and port, and no longer beside the page. Set it when strangers can \
               reach the page.",
        set: |s, text| put(&mut s.metrics_bind, values::socket_address(text).map(Some)),
    },
    Setting {
        name: "admin",
        value: "true|false",
        kind: Kind::Switch,
        default: Preset::Value("true"),
        short: "Have an operator's view",
        long: "Serve the operator's view at /admin: who is here, who was refused and why, kick and ban, all settings. \
               Whoever opens it needs the token that is kept in the data directory as admin-token. false leaves it \
               out.",
        set: |s, text| put(&mut s.admin, values::yes_or_no(text)),
    },
    Setting {
        name: "admin-bind",
        value: "ADDRESS",
        kind: Kind::One,
        default: Preset::Nothing("with the page"),
        short: "Serve /admin here only",
        long: "Serve /admin on this IP address and port, and no longer beside the page. It needs its token there too. \
               Set it, to a loopback address for instance, when strangers can reach the page.",
        set: |s, text| put(&mut s.admin_bind, values::socket_address(text).map(Some)),
    },
    Setting {
        name: "shutdown-timeout",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("10s"),
        short: "End at the latest after",
        long: "After SIGTERM or Ctrl-C, end at the latest after this time. Until then queued frames are written and \
               sockets are closed in good order. 0 does not wait.",
        set: |s, text| put(&mut s.shutdown_timeout, values::time(text)),
    },
    Setting {
        name: "compression",
        value: "true|false",
        kind: Kind::Switch,
        default: Preset::Value("false"),
        short: "Compress messages",
        long: "Agree with clients who offer it on permessage-deflate, which compresses messages (RFC 7692). What \
               everybody is told is compressed once for all. Lists of users and what was said before shrink to a \
               quarter, single lines by a fifth. It costs time of the processor whenever somebody comes in: set it \
               where lines are slow or bytes are paid for.",
        set: |s, text| put(&mut s.compression, values::yes_or_no(text)),
    },
    Setting {
        name: "compression-min-bytes",
        value: "SIZE",
        kind: Kind::One,
        default: Preset::Value("256B"),
        short: "None smaller than",
        long: "With --compression, send messages of fewer bytes than this as they are: they hardly become smaller. 0 \
               compresses whatever becomes smaller by it.",
        set: |s, text| {
            let size = values::size_or_off(text).map(|size| size.map_or(0, NonZeroUsize::get));
            put(&mut s.compression_min_bytes, size)
        },
    },
    Setting {
        name: "lab",
        value: "true|false",
        kind: Kind::Switch,
        default: Preset::Found("loopback"),
        short: "Let people look in",
        long: "Let people watch what the server sees and decides about their own sockets, let them break those \
               sockets, and show the source of this program: the lab of the page, for teaching and learning. Nobody \
               is shown what is another's.\n\
               The default is true where only this machine can come in, which is a --bind to a loopback address \
               without --public-url, --allowed-host and --trusted-proxy, and false elsewhere.",
        set: |s, text| put(&mut s.lab, values::yes_or_no(text)),
    },
    Setting {
        name: "log",
        value: "FILTER",
        kind: Kind::One,
        default: Preset::Value("info"),
        short: "What to log",
        long: "What to log, to standard error: off, error, warn, info, debug or trace, for all or by module, such as \
               warn,tertulia=debug.",
        set: |s, text| put(&mut s.log, values::log_filter(text)),
    },
    Setting {
        name: "config",
        value: "FILE",
        kind: Kind::ConfigFile,
        default: Preset::Nothing("none"),
        short: "Read settings from a TOML file",
        long: "Read settings from this TOML file. Its keys are the names of the flags without dashes in front, such \
               as heartbeat-interval = \"20s\"; settings that may repeat take an array.",
        set: |s, text| put(&mut s.config, Ok(Some(text.into()))),
    },
];
