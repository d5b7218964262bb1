//! Reading single values: durations, sizes, counts, addresses. Each error says what is wanted.

use std::{
    fmt,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use crate::{
    base_path::BasePath,
    client_address::Network,
    host::AllowedHost,
    origin::{Origin, OriginPattern},
    session_activity::SessionActivity,
};

/// What is wanted instead of a wrong value, and perhaps what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub what: String,
    pub hint: Option<String>,
}

impl Wanted {
    pub fn new(what: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
            hint: None,
        }
    }

    /// With a correction that would be taken.
    fn meant(what: impl fmt::Display, meant: Option<&str>) -> Self {
        Self {
            what: what.to_string(),
            hint: meant.map(|meant| format!("did you mean `{meant}`?")),
        }
    }
}

/// The result of reading one value.
pub(super) type Read<T> = Result<T, Wanted>;

/// The most that any duration may be. Far beyond use, and far below where adding it to an instant could overflow.
pub const MOST_TIME: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);

/// `0` and `0s` are zero: what that means is the setting's own affair.
pub(super) fn time(text: &str) -> Read<Duration> {
    let wanted = "a duration such as 20s, 500ms or 5m is wanted";
    let time = parse_time(text).ok_or_else(|| Wanted::new(wanted))?;
    if time > MOST_TIME {
        return Err(Wanted::new("at most 3650d is wanted"));
    }
    Ok(time)
}

/// Zero is off; anything else lasts at least `least`.
pub(super) fn time_or_off(text: &str, least: Duration) -> Read<Option<Duration>> {
    let off = |wanted: Wanted| Wanted::new(format_args!("{}; 0 switches it off", wanted.what));
    match time(text).map_err(off)? {
        Duration::ZERO => Ok(None),
        time if time < least => Err(off(Wanted::new(format_args!(
            "at least {} is wanted",
            show_time(least)
        )))),
        time => Ok(Some(time)),
    }
}

/// A sum of whole numbers with falling units: `1h30m`. `None` if it is none, or too long for 64 bits of milliseconds.
fn parse_time(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 5] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut rest, mut units, mut milliseconds) = (text, &UNITS[..], 0_u64);
    loop {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let place = units.iter().position(|(name, _)| *name == unit)?;
        milliseconds = milliseconds.checked_add(number.parse::<u64>().ok()?.checked_mul(units[place].1)?)?;
        if after.is_empty() {
            return Some(Duration::from_millis(milliseconds));
        }
        (rest, units) = (after, &units[place + 1..]);
    }
}

/// The shortest form of whole milliseconds: `20s`, `1h30m`, `0`.
pub fn show_time(time: Duration) -> String {
    let (mut left, mut shown) = (time.as_millis(), String::new());
    for (unit, size) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ] {
        if left >= size {
            shown += &format!("{}{unit}", left / size);
            left %= size;
        }
    }
    if shown.is_empty() { "0".into() } else { shown }
}

/// Bytes: `4096`, `64KiB`, `1MB`. Zero is off.
pub(super) fn size_or_off(text: &str) -> Read<Option<NonZeroUsize>> {
    let wanted = "a size such as 4096, 64KiB or 1MB is wanted; 0 switches it off";
    let bytes = parse_size(text).ok_or_else(|| Wanted::meant(wanted, meant_size(text).as_deref()))?;
    Ok(NonZeroUsize::new(bytes))
}

fn parse_size(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit: usize = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "kib" => 1 << 10,
        "mb" => 1_000_000,
        "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(unit)
}

/// `64K` might mean either; the binary one is the likelier.
fn meant_size(text: &str) -> Option<String> {
    let number = text.strip_suffix(['k', 'K', 'm', 'M', 'g', 'G'])?;
    let unit = text[number.len()..].to_ascii_uppercase();
    let meant = format!("{number}{unit}iB");
    parse_size(&meant).map(|_| meant)
}

/// A whole number. Zero is off.
pub(super) fn count_or_off(text: &str) -> Read<Option<NonZeroU32>> {
    let number: u32 = parse_digits(text)
        .ok_or_else(|| Wanted::new("a whole number such as 100 is wanted, at most 4294967295; 0 switches it off"))?;
    Ok(NonZeroU32::new(number))
}

/// Digits only: `FromStr` of numbers would take a plus sign.
pub(super) fn parse_digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

pub(super) fn session_activity(text: &str) -> Read<SessionActivity> {
    text.parse().map_err(Wanted::new)
}

pub(super) fn yes_or_no(text: &str) -> Read<bool> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Wanted::new("true or false is wanted")),
    }
}

pub(super) fn socket_address(text: &str) -> Read<SocketAddr> {
    text.parse().map_err(|_| {
        let meant = meant_address(text);
        Wanted::meant(
            "an IP address and a port such as 127.0.0.1:8080 or [::]:8080 is wanted",
            meant.as_deref(),
        )
    })
}

/// Completes what lacks its address or its port.
fn meant_address(text: &str) -> Option<String> {
    let port = text
        .strip_prefix("localhost:")
        .or_else(|| text.strip_prefix(':'))
        .unwrap_or(text);
    let guesses = [
        format!("127.0.0.1:{port}"),
        format!("{text}:8080"),
        format!("[{text}]:8080"),
    ];
    guesses.into_iter().find(|guess| guess.parse::<SocketAddr>().is_ok())
}

pub(super) fn public_url(text: &str) -> Read<Origin> {
    let wanted = "a URL such as https://chat.example.org is wanted, without a path (that is --base-path)";
    let url = Origin::parse(text).map_err(|error| Wanted::meant(wanted, error.meant()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(Wanted::new(wanted)),
    }
}

pub(super) fn base_path(text: &str) -> Read<BasePath> {
    BasePath::parse(text).map_err(|error| Wanted::meant(&error, error.meant.as_deref()))
}

pub(super) fn origin_pattern(text: &str) -> Read<OriginPattern> {
    OriginPattern::parse(text).map_err(|error| Wanted::meant(&error, error.meant()))
}

pub(super) fn allowed_host(text: &str) -> Read<AllowedHost> {
    AllowedHost::parse(text).map_err(|error| Wanted::meant(&error, error.meant()))
}

pub(super) fn network(text: &str) -> Read<Network> {
    Network::parse(text).map_err(|error| Wanted::meant(&error, error.meant()))
}

/// A filter of tracing's: `info`, `warn,tertulia=debug`. Comes back without spaces around its commas.
pub(super) fn log_filter(text: &str) -> Read<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let wanted = "a log filter such as info or warn,tertulia=debug is wanted";
    // tracing-subscriber 0.3.23 trims a directive, then cuts the untrimmed text at the places that it found: it
    // misreads " warn" and can panic. So it never sees such spaces.
    let directives: Vec<_> = text.split(',').map(str::trim).collect();
    for directive in &directives {
        // A lone word that is no level would be taken for a module, and silence all others.
        let is_word = directive.chars().all(|c| c.is_ascii_alphabetic());
        if is_word && !LEVELS.contains(&directive.to_ascii_lowercase().as_str()) {
            return Err(Wanted::meant(wanted, nearest(directive, LEVELS)));
        }
    }
    let filter = directives.join(",");
    match tracing_subscriber::EnvFilter::builder().parse(&filter) {
        Ok(_) => Ok(filter),
        Err(_) => Err(Wanted::new(wanted)),
    }
}

/// The one of `known` that `text` is a slip of, if one is near.
pub(super) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Where Jaro's measure, from 0 to 1, begins to mean a slip. clap draws the line at the same place.
    const NEAR: f64 = 0.7;
    let rate = |known: &'a str| (strsim::jaro(&text.to_lowercase(), known), known);
    let best = known.into_iter().map(rate).max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (best.0 > NEAR).then_some(best.1)
}

#[cfg(test)]
mod tests;
