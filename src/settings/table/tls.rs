//! TLS of the server's own.

use std::{path::PathBuf, time::Duration};

use super::{Kind, Preset, Setting, put};
use crate::settings::values::{self, Read, Wanted};

pub(in crate::settings) const SETTINGS: &[Setting] = &[
    Setting {
        name: "tls-cert",
        value: "FILE",
        kind: Kind::One,
        default: Preset::Nothing("none"),
        short: "Speak TLS, with this certificate",
        long: "Speak TLS on --bind, with the certificate in this PEM file: its own first, then those that lead to its \
               issuer. Goes with --tls-key. --admin-bind speaks TLS too, unless that is a loopback address.\n\
               Both files are read again when they change, and on SIGHUP; nobody loses a connection. Files that are \
               no good are logged, and those before stay in force.",
        set: |s, text| put(&mut s.tls_cert, file(text)),
    },
    Setting {
        name: "tls-key",
        value: "FILE",
        kind: Kind::One,
        default: Preset::Nothing("none"),
        short: "The certificate's private key",
        long: "The private key of --tls-cert, in a PEM file without a passphrase, which nobody else should be able \
               to read.",
        set: |s, text| put(&mut s.tls_key, file(text)),
    },
    Setting {
        name: "tls-redirect-bind",
        value: "ADDRESS",
        kind: Kind::One,
        default: Preset::Nothing("none"),
        short: "Lead from plain HTTP here to TLS",
        long: "Answer plain HTTP on this IP address and port, such as 0.0.0.0:80, by leading to the address with TLS: \
               to a --public-url, or to whatever name is answered to there. /healthz is answered here too.",
        set: |s, text| put(&mut s.tls_redirect_bind, values::socket_address(text).map(Some)),
    },
    Setting {
        name: "tls-challenge-dir",
        value: "DIRECTORY",
        kind: Kind::One,
        default: Preset::Nothing("none"),
        short: "Show an issuer proofs from here",
        long: "Serve the files of this directory at /.well-known/acme-challenge/ of --tls-redirect-bind, so that a \
               program such as certbot or lego renews the certificate while this server has port 80.",
        set: |s, text| match text {
            "" => Err(Wanted::new("a directory is wanted")),
            text => put(&mut s.tls_challenge_dir, Ok(Some(text.into()))),
        },
    },
    Setting {
        name: "hsts",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("30d"),
        short: "Browsers insist on TLS",
        long: "Tell browsers to insist on TLS for this long after their last visit, for the whole host whatever the \
               port (HSTS, RFC 6797). Said only over TLS of this server's own, and only under the host of an https \
               --public-url, never under an address or localhost. 0 takes it back: browsers forget it when they come \
               next.",
        set: |s, text| put(&mut s.hsts, values::time(text)),
    },
];

/// Seconds are all that HSTS knows.
pub(in crate::settings) const DEFAULT_HSTS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn file(text: &str) -> Read<Option<PathBuf>> {
    match text {
        "" => Err(Wanted::new("a file is wanted")),
        text => Ok(Some(text.into())),
    }
}
