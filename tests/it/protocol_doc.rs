//! What `docs/protocol.md` shows is what travels: its examples are read into the types of the wire and back, and its
//! table of close codes is held to those of the server.

use std::{collections::BTreeSet, fs, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tertulia::{
    close_status::{CloseStatus, Retry},
    message::{ClientCommand, DropReason, ErrorCode, GapReason, ServerMessage},
    transport::websocket::protocol::ProtocolError,
};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/protocol.md")).unwrap()
}

/// The values in all JSON blocks: those of the server, and those under a heading of what clients say. A block has one
/// value on any number of lines, or several.
fn examples() -> (Vec<String>, Vec<String>) {
    let document = document();
    let (mut of_server, mut of_client) = (Vec::new(), Vec::new());
    for chapter in document.split("\n## ") {
        let is_of_client = chapter.lines().next().is_some_and(|heading| heading.contains("client"));
        for block in chapter.split("```json\n").skip(1) {
            let (block, _) = block.split_once("```").expect("a block has an end");
            for value in serde_json::Deserializer::from_str(block).into_iter() {
                let value: Value = value.unwrap_or_else(|error| panic!("{error}: {block}"));
                if is_of_client { &mut of_client } else { &mut of_server }.push(value.to_string());
            }
        }
    }
    (of_server, of_client)
}

/// Reads an example as `T`, and expects it back to the letter.
fn read<'a, T: Serialize + Deserialize<'a>>(example: &'a str) -> T {
    let message: T = serde_json::from_str(example).unwrap_or_else(|error| panic!("{error}: {example}"));
    let written = serde_json::to_value(&message).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(example).unwrap());
    message
}

/// What an example shows, as a number. Whoever adds a variant is led here, and adds an example.
fn shown(message: &ServerMessage) -> usize {
    match message {
        ServerMessage::Auth { .. } => 0,
        ServerMessage::UserList { .. } => 1,
        ServerMessage::Online { .. } => 2,
        ServerMessage::Offline { .. } => 3,
        ServerMessage::Chat { .. } => 4,
        ServerMessage::ServerTime { .. } => 5,
        ServerMessage::Dropped { reason, .. } => match reason {
            DropReason::ConnectionLost => 6,
            DropReason::HeartbeatTimeout => 7,
            DropReason::SlowConsumer => 8,
            DropReason::Refused => 9,
            DropReason::ServerError => 10,
        },
        ServerMessage::Error { code, .. } => match code {
            ErrorCode::UnknownCommand => 11,
            ErrorCode::EmptyText => 12,
            ErrorCode::TooFast => 13,
            ErrorCode::NameTaken => 14,
            ErrorCode::TooManySockets => 15,
            ErrorCode::TextTooLong => 16,
            ErrorCode::ControlCharacter => 17,
            ErrorCode::IdReused => 18,
            ErrorCode::BadId => 19,
            ErrorCode::LabOff => 28,
            ErrorCode::BadBytes => 29,
            ErrorCode::Kicked => 30,
        },
        ServerMessage::Ack { .. } => 20,
        ServerMessage::History { lines, .. } if lines.is_empty() => 21,
        ServerMessage::History { .. } => 22,
        ServerMessage::Gap { reason, .. } => match reason {
            GapReason::TooOld => 23,
            GapReason::Restarted => 24,
            GapReason::Unknown => 25,
        },
        ServerMessage::Typing { .. } => 26,
        ServerMessage::Away { .. } => 27,
    }
}

#[test]
fn examples_of_the_server_are_what_it_sends_and_all_of_it() {
    let (of_server, _) = examples();
    let kinds: BTreeSet<usize> = of_server.iter().map(|example| shown(&read(example))).collect();
    assert_eq!(kinds, (0..31).collect());
}

#[test]
fn examples_of_clients_are_what_they_may_send_and_all_of_it() {
    let (_, of_client) = examples();
    let kind = |command: ClientCommand| match command {
        ClientCommand::Say { id: Some(_), .. } => 0,
        ClientCommand::Say { id: None, .. } => 1,
        ClientCommand::UserList => 2,
        ClientCommand::ServerTime => 3,
        ClientCommand::History { .. } => 4,
        ClientCommand::Typing => 5,
        ClientCommand::Away { .. } => 6,
        // Its commands are those of `docs/lab.md`.
        ClientCommand::Lab(_) => 7,
    };
    let kinds: BTreeSet<usize> = of_client.iter().map(|example| kind(read(example))).collect();
    assert_eq!(kinds, (0..8).collect());
}

/// The rows of the table of close codes: code, reason, and whether to come back.
fn close_codes() -> Vec<(u16, String, String)> {
    let document = document();
    let (_, chapter) = document.split_once("\n## Close codes\n").unwrap();
    let rows = chapter.lines().take_while(|line| !line.starts_with("## "));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let code = cells.get(1)?.parse().ok()?;
        Some((code, cells[2].trim_matches('`').to_owned(), cells[4].to_owned()))
    })
    .collect()
}

#[test]
fn close_codes_come_back_as_the_table_says() {
    let rows = close_codes();
    assert!(!rows.is_empty());
    for (code, reason, come_back) in rows {
        let retry = match CloseStatus::new(code, "").unwrap().retry() {
            Retry::Never => "no",
            Retry::Soon => "soon",
            Retry::Later => "later",
        };
        assert_eq!(come_back, retry, "{code} {reason}");
    }
}

#[test]
fn table_has_every_close_of_the_server() {
    let faults = [
        ProtocolError::ReservedBit,
        ProtocolError::ReservedOpcode,
        ProtocolError::Unmasked,
        ProtocolError::FragmentedControl,
        ProtocolError::LongControl,
        ProtocolError::OrphanContinuation,
        ProtocolError::NestedMessage,
        ProtocolError::LengthNotMinimal,
        ProtocolError::LengthTopBit,
        ProtocolError::HalfCloseCode,
        ProtocolError::CloseCode,
        ProtocolError::Utf8,
        ProtocolError::MessageTooBig,
        ProtocolError::TooManyFragments,
    ];
    let own = [
        CloseStatus::SLOW_CONSUMER,
        CloseStatus::SESSION_ENDED,
        CloseStatus::SERVER_RESTARTING,
        CloseStatus::SERVER_ERROR,
        CloseStatus::TOO_FAST,
        CloseStatus::TOO_MANY_SOCKETS,
        CloseStatus::NAME_TAKEN,
        CloseStatus::TEXT_ONLY,
        CloseStatus::KICKED,
        CloseStatus::HEARTBEAT_TIMEOUT,
    ];
    let rows = close_codes();
    for status in faults.into_iter().map(ProtocolError::close_status).chain(own) {
        let is_there = rows
            .iter()
            .any(|(code, reason, _)| *code == status.code() && reason == status.reason());
        assert!(is_there, "{status}");
    }
}
