//! How much of what was said is kept in memory, for those who come in and those who come back.

use std::time::Duration;

use super::{Kind, Preset, Setting, put};
use crate::settings::values;

/// Who is cut off needs longer than this to come back.
const LEAST_AGE: Duration = Duration::from_secs(1);

pub(in crate::settings) const SETTINGS: &[Setting] = &[
    Setting {
        name: "history-lines",
        value: "COUNT",
        kind: Kind::One,
        default: Preset::Value("1000"),
        short: "Lines kept in memory",
        long: "Keep so many of the last lines in memory, for people who come in, and for pages that were cut off and \
               fetch what they missed. 0 keeps none: whoever is cut off then reads that lines are missing.",
        set: |s, text| put(&mut s.history_lines, values::count_or_off(text)),
    },
    Setting {
        name: "history-bytes",
        value: "SIZE",
        kind: Kind::One,
        default: Preset::Derived("512KiB"),
        short: "Bytes of lines kept",
        long: "Keep no more bytes of lines than this; the oldest go first. At most half of --outbox-bytes, since all of \
               it may be sent to one who comes back; the default follows if that is small. 0 keeps none.",
        set: |s, text| put(&mut s.history_bytes, values::size_or_off(text)),
    },
    Setting {
        name: "history-age",
        value: "DURATION",
        kind: Kind::One,
        default: Preset::Value("24h"),
        short: "Forget lines after",
        long: "Forget a line when it is this old. At least 1s; 0 keeps lines until --history-lines or --history-bytes \
               push them out. Nothing of it outlives the server.",
        set: |s, text| put(&mut s.history_age, values::time_or_off(text, LEAST_AGE)),
    },
];
