//! How the server finds out who is still there, and when it tells the others.

use std::time::Duration;

use super::{Kind, Preset, Setting, put};
use crate::settings::values;

/// Shorter clocks would only heat the machine; tests need short ones.
const LEAST: Duration = Duration::from_millis(10);

pub(in crate::settings) const SETTINGS: &[Setting] = &[
    Setting {
        name: "heartbeat-interval",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("20s"),
        short: "Ping who was silent for",
        long: "Ping a peer that was silent for this long. At least 10ms; 0 sends no pings.\n\
               The default stays below the 60s after which many proxies cut silent connections.",
        set: |s, text| put(&mut s.heartbeat_interval, values::time_or_off(text, LEAST)),
    },
    Setting {
        name: "heartbeat-timeout",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("45s"),
        short: "Evict who was silent for",
        long: "Evict a peer that was silent for this long: no frame, no answer to a ping. Others are told that it \
               dropped out. Must be longer than --heartbeat-interval; twice as long forgives one lost ping. At least \
               10ms; 0 evicts nobody for silence.",
        set: |s, text| put(&mut s.heartbeat_timeout, values::time_or_off(text, LEAST)),
    },
    Setting {
        name: "presence-grace",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("3s"),
        short: "Tell who left after",
        long: "When somebody's last socket ends, wait this long before the others are told. Who comes back meanwhile \
               was never gone, so a page can be reloaded in silence. 0 tells at once.",
        set: |s, text| put(&mut s.presence_grace, values::time(text)),
    },
    Setting {
        name: "server-time-interval",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("5m"),
        short: "Tell the time every",
        long: "Tell everyone the server's time whenever the clock shows a multiple of this: with 5m at 12:00, 12:05 \
               and so on. At least 10ms; 0 tells it only to who comes in.",
        set: |s, text| put(&mut s.server_time_interval, values::time_or_off(text, LEAST)),
    },
];
