//! How much one peer may ask of the server.

use std::time::Duration;

use super::{Kind, Preset, Setting, put};
use crate::settings::{
    Settings,
    values::{self, Wanted},
};

/// Less could not tell a slow peer from a busy thread.
const LEAST_OUTBOX_TIME: Duration = Duration::from_millis(10);

pub(in crate::settings) const SETTINGS: &[Setting] = &[
    Setting {
        name: "max-text",
        value: "SIZE",
        kind: Kind::One,
        default: Preset::Value("64KiB"),
        short: "Largest text",
        long: "Refuse a text of more bytes than this, before it is read. At most 1GiB, which is also what 0 comes to: \
               memory has an end.",
        set: |s, text| {
            let size = values::size_or_off(text).and_then(|size| match size {
                Some(size) if size.get() > Settings::MOST_TEXT_BYTES => {
                    Err(Wanted::new("at most 1GiB is wanted; 0 switches it off"))
                }
                size => Ok(size),
            });
            put(&mut s.max_text, size)
        },
    },
    Setting {
        name: "outbox-bytes",
        value: "SIZE",
        kind: Kind::One,
        default: Preset::Value("1MiB"),
        short: "Evict above this queue",
        long: "Evict a peer with more bytes than this queued for it: it does not read as fast as the room talks. Keep \
               it at several times --max-text, or one long text evicts whoever is not quick.",
        set: |s, text| put(&mut s.outbox_bytes, values::size_or_off(text)),
    },
    Setting {
        name: "outbox-time",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("10s"),
        short: "Evict who is stuck for",
        long: "Evict a peer that takes nothing for this long while something is queued for it. At least 10ms.",
        set: |s, text| put(&mut s.outbox_time, values::time_or_off(text, LEAST_OUTBOX_TIME)),
    },
    Setting {
        name: "max-sockets-per-user",
        value: "COUNT",
        kind: Kind::One,
        default: Preset::Value("32"),
        short: "Sockets of one person",
        long: "How many sockets one person may have open, a browser's tabs together. More are refused.",
        set: |s, text| put(&mut s.max_sockets_per_user, values::count_or_off(text)),
    },
    Setting {
        name: "max-sockets-per-address",
        value: "COUNT",
        kind: Kind::One,
        default: Preset::Value("1024"),
        short: "Sockets of one address",
        long: "How many sockets one client address may have open. IPv6 addresses count by their /64 network. Behind a \
               proxy set --trusted-proxy, or all its clients count as one.",
        set: |s, text| put(&mut s.max_sockets_per_address, values::count_or_off(text)),
    },
    Setting {
        name: "max-handshakes-per-second",
        value: "COUNT",
        kind: Kind::One,
        default: Preset::Derived("102"),
        short: "New sockets of it",
        long: "How many sockets one client address may open per second. The default is a tenth of \
               --max-sockets-per-address, but at least 1; no limit where that has none.",
        set: |s, text| put(&mut s.max_handshakes_per_second, values::count_or_off(text)),
    },
    Setting {
        name: "max-frames-per-second",
        value: "COUNT",
        kind: Kind::One,
        default: Preset::Value("100"),
        short: "Frames of one socket",
        long: "How many frames per second one socket may send on the average; ten seconds' worth may come at once. \
               Who sends more is told so and closed with 1008.",
        set: |s, text| put(&mut s.max_frames_per_second, values::count_or_off(text)),
    },
    Setting {
        name: "max-bytes-per-second",
        value: "SIZE",
        kind: Kind::One,
        default: Preset::Derived("400KiB"),
        short: "Bytes of one socket",
        long: "How many bytes per second one socket may send on the average; ten seconds' worth may come at once. The \
               default is 4KiB for each frame that --max-frames-per-second allows; no limit where that has none.",
        set: |s, text| put(&mut s.max_bytes_per_second, values::size_or_off(text)),
    },
];
