//! The walls of the house, as STYLE section 3 draws them: who may import whom, read off the source itself. What stands
//! in unit tests is free.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every room, the highest first, and the rooms that it may import.
const ROOMS: [(&str, &str); 31] = [
    (
        "server",
        "authority bans base_path client_address close_status counters delivery handler host http_session_id identity ids \
         interceptor lab message name origin quota refusals registry session_activity settings store transport",
    ),
    (
        "transport",
        "attributes client_address close_status counters delivery handler http_session_id interceptor lab quota shrink \
         slots",
    ),
    (
        "interceptor",
        "attributes authority bans client_address http_session_id identity ids lab name origin quota refusals resume",
    ),
    (
        "handler",
        "attributes close_status delivery identity ids lab message name registry",
    ),
    (
        "registry",
        "close_status counters delivery http_session_id identity ids lab message name resume session_activity shrink",
    ),
    (
        "delivery",
        "client_address close_status counters heartbeat ids lab message shrink slots",
    ),
    ("lab", "close_status ids message quota"),
    ("store", "bans client_address http_session_id"),
    (
        "settings",
        "authority base_path client_address host origin session_activity",
    ),
    ("identity", "http_session_id ids name"),
    ("host", "authority"),
    ("origin", "authority"),
    ("bans", "client_address message"),
    ("base_path", ""),
    ("session_activity", ""),
    ("refusals", "client_address message"),
    ("client_address", ""),
    ("authority", ""),
    ("name", ""),
    ("quota", ""),
    ("heartbeat", "shrink"),
    // Leaves import each other only where one is made of the other.
    ("counters", "close_status"),
    ("close_status", "message"),
    ("message", "ids"),
    ("attributes", ""),
    ("http_session_id", ""),
    ("resume", "ids"),
    ("ids", ""),
    ("slots", "shrink"),
    ("shrink", ""),
    // The map of the crate: names all, and is no room.
    ("lib", "close_status delivery handler interceptor transport"),
];

/// The only rooms that name actix.
const WITH_ACTIX: [&str; 4] = ["server", "transport", "interceptor", "main"];

/// Rooms, or parts of rooms, without I/O, clock, chance and log.
const PURE: [&str; 32] = [
    "attributes",
    "authority",
    "bans",
    "base_path",
    "client_address",
    "close_status",
    "delivery/frame.rs",
    "delivery/outbox.rs",
    "delivery/turn.rs",
    "heartbeat",
    "host",
    "http_session_id",
    "identity",
    "ids",
    "message",
    "name",
    "origin",
    "quota",
    "refusals",
    "registry/deltas.rs",
    "registry/history.rs",
    "registry/presence",
    "registry/said_ids.rs",
    "registry/signals.rs",
    "resume",
    "session_activity",
    "shrink",
    "slots",
    "transport/sockjs/format.rs",
    "transport/sockjs/framing.rs",
    "transport/sockjs/requests.rs",
    "transport/websocket/protocol",
];

const IMPURE: &str = "actix_ tokio:: tracing:: sqlx:: socket2:: getrandom:: Instant::now SystemTime Utc::now \
                      TcpStream TcpListener UdpSocket std::fs std::env std::process std::thread std::io";

/// The concrete parts, which only the composition root puts together.
const CONCRETE: &str = "ChatHandler RegistryHandle AllowedOrigins BanInterceptor PermitInterceptor Permits \
                        HttpSessionInterceptor";

/// The only files with unsafe code, each with its proof.
const UNSAFE: [&str; 2] = ["server/memory.rs", "transport/websocket/reactor.rs"];

const MOST_LINES: usize = 500;

/// A file of the product, without its comments and unit tests.
struct Source {
    /// From `src` on: `delivery/hub.rs`.
    path: String,
    code: String,
    lines: usize,
}

impl Source {
    fn read(path: &Path, root: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        Self {
            path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(),
            code: code
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n"),
            lines: text.lines().count(),
        }
    }

    /// `delivery` for `delivery/hub.rs`, `origin` for `origin.rs`.
    fn room(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap()
    }

    fn is_test(&self) -> bool {
        self.path.split(['/', '.', '_']).any(|part| part == "tests")
    }

    /// Whether it is `part`, or lies in it.
    fn is_in(&self, part: &str) -> bool {
        self.path
            .strip_prefix(part)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
    }

    /// The rooms that it names.
    fn imports(&self) -> BTreeSet<&str> {
        let behind_crate = self
            .code
            .match_indices("crate::")
            .map(|(at, word)| &self.code[at + word.len()..]);
        behind_crate
            .flat_map(first_words)
            .filter(|room| *room != self.room())
            .collect()
    }
}

/// The first words of a path that may fork: `a` and `b` for `{a::{x, y}, b}`.
fn first_words(path: &str) -> Vec<&str> {
    let Some(fork) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let (mut words, mut depth, mut is_first) = (Vec::new(), 0, true);
    for (at, sign) in fork.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_first = true,
            sign if is_first && !sign.is_whitespace() => {
                words.push(word(&fork[at..]));
                is_first = false;
            }
            _ => {}
        }
    }
    words
}

fn word(text: &str) -> &str {
    let end = text.find(|sign: char| !sign.is_alphanumeric() && sign != '_');
    &text[..end.unwrap_or(text.len())]
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let rust = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    rust.chain(folders.iter().flat_map(|folder| self::files(folder)))
        .collect()
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    files(&root).iter().map(|path| Source::read(path, &root)).collect()
}

/// The product itself.
fn product() -> impl Iterator<Item = Source> {
    sources().into_iter().filter(|source| !source.is_test())
}

#[track_caller]
fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn rooms_import_only_what_lies_below() {
    let mut faults = Vec::new();
    for source in product().filter(|source| source.room() != "main") {
        let Some((_, below)) = ROOMS.iter().find(|(room, _)| *room == source.room()) else {
            faults.push(format!("{}: no row in the table of rooms", source.path));
            continue;
        };
        let below: BTreeSet<&str> = below.split_whitespace().collect();
        faults.extend(
            source
                .imports()
                .difference(&below)
                .map(|room| format!("{} imports {room}", source.path)),
        );
    }
    assert_none(faults);
}

#[test]
fn every_row_of_the_table_is_a_room_that_is_lower() {
    let order: Vec<&str> = ROOMS
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| *room != "lib")
        .collect();
    let sources: Vec<Source> = product().collect();
    for (room, below) in ROOMS {
        assert!(sources.iter().any(|source| source.room() == room), "{room} is gone");
        let place = order.iter().position(|other| *other == room).unwrap_or_default();
        for lower in below.split_whitespace().filter(|_| room != "lib") {
            assert!(
                order[place + 1..].contains(&lower),
                "{room} imports {lower}, which is not below it"
            );
        }
    }
}

#[test]
fn no_import_goes_round_the_table() {
    let mut faults = Vec::new();
    for source in product() {
        let is_room_itself =
            !source.path.contains('/') || source.path.matches('/').count() == 1 && source.path.ends_with("/mod.rs");
        if source.code.contains("super::super") || is_room_itself && source.code.contains("super::") {
            faults.push(format!(
                "{}: write crate:: for what lies outside of the room",
                source.path
            ));
        }
    }
    assert_none(faults);
}

#[test]
fn only_the_rooms_at_the_web_name_actix() {
    let free = product().filter(|source| !WITH_ACTIX.contains(&source.room()));
    assert_none(
        free.filter(|source| source.code.contains("actix_"))
            .map(|source| source.path)
            .collect(),
    );
}

#[test]
fn only_the_composition_root_names_the_concrete_parts() {
    let mut faults = Vec::new();
    for source in product().filter(|source| source.room() == "transport") {
        faults.extend(
            CONCRETE
                .split_whitespace()
                .filter(|part| source.code.contains(part))
                .map(|part| format!("{} names {part}", source.path)),
        );
    }
    assert_none(faults);
}

#[test]
fn pure_rooms_have_no_clock_no_chance_and_no_io() {
    let sources: Vec<Source> = product().collect();
    let mut faults = Vec::new();
    for part in PURE {
        let mut is_there = false;
        for source in sources.iter().filter(|source| source.is_in(part)) {
            is_there = true;
            let found = IMPURE.split_whitespace().filter(|word| source.code.contains(word));
            faults.extend(found.map(|word| format!("{} uses {word}", source.path)));
        }
        assert!(is_there, "{part} is gone");
    }
    assert_none(faults);
}

#[test]
fn main_knows_settings_and_server_only() {
    let main = product().find(|source| source.path == "main.rs").unwrap();
    let behind = main
        .code
        .match_indices("tertulia::")
        .map(|(at, name)| &main.code[at + name.len()..]);
    let named: BTreeSet<&str> = behind.flat_map(first_words).collect();
    assert!(named.is_subset(&BTreeSet::from(["settings", "server"])), "{named:?}");
}

#[test]
fn unsafe_code_stays_where_its_proofs_are() {
    let mut found: Vec<String> = product()
        .filter(|source| source.code.contains("unsafe {") || source.code.contains("unsafe extern"))
        .map(|source| source.path)
        .collect();
    found.sort_unstable();
    assert_eq!(found, UNSAFE);
    // A room in which there is none forbids it, at its door.
    let rooms = product().filter(|source| {
        let path = source.path.as_str();
        source.room() != "lib" && (!path.contains('/') || path.matches('/').count() == 1 && path.ends_with("/mod.rs"))
    });
    let open: BTreeSet<_> = rooms
        .filter(|source| !source.code.contains("#![forbid(unsafe_code)]"))
        .map(|source| source.room().to_owned())
        .collect();
    assert_eq!(open, BTreeSet::from(["server", "transport"].map(str::to_owned)));
}

#[test]
fn files_stay_small() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let tests: Vec<Source> = files(&tests).iter().map(|path| Source::read(path, &tests)).collect();
    let long = sources()
        .into_iter()
        .chain(tests)
        .filter(|source| source.lines > MOST_LINES);
    assert_none(
        long.map(|source| format!("{}: {} lines", source.path, source.lines))
            .collect(),
    );
}

#[test]
fn paths_are_read_where_they_fork() {
    let cases: [(&str, &[&str]); 4] = [
        ("ids::SessionId;", &["ids"]),
        ("{ids::UserId, name::{self, Name}, quota};", &["ids", "name", "quota"]),
        ("{\n    message::{A, B},\n    ids,\n};", &["message", "ids"]),
        ("Result<()>", &["Result"]),
    ];
    for (path, words) in cases {
        assert_eq!(first_words(path), words);
    }
}
