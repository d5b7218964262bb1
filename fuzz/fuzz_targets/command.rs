//! Commands from any text: nothing panics, what was read can be said again and is read the same, and the client is told
//! by the same `ref` of a command that was understood and of one that was not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tertulia::message::{ClientCommand, HistoryLimit, reference_of};

fuzz_target!(|text: &str| {
    let named = reference_of(text);
    let Ok(command) = ClientCommand::read(text) else {
        return;
    };
    let again = serde_json::to_string(&command).expect("what was read is plain data");
    assert_eq!(ClientCommand::read(&again).expect("said again, it is read"), command);
    match command {
        ClientCommand::Say { id, reference, .. } => assert_eq!(named, reference.or(id)),
        ClientCommand::History { limit, .. } => assert!((1..=HistoryLimit::MOST as usize).contains(&limit.get())),
        _ => {}
    }
});
