//! What `docs/lab.md` shows is what travels.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;
use tertulia::message::{ClientCommand, LabCommand};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lab.md")).unwrap()
}

fn examples() -> Vec<Value> {
    let document = document();
    let blocks = document
        .split("```json\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    blocks
        .flat_map(str::lines)
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The fields of every kind of frame, as the document shows them.
fn fields() -> BTreeMap<String, BTreeSet<String>> {
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for example in examples()
        .iter()
        .filter(|example| example["type"] == "lab" && example["kind"].is_string())
    {
        let kind = example["kind"].as_str().unwrap().to_owned();
        fields
            .entry(kind)
            .or_default()
            .extend(example.as_object().unwrap().keys().cloned());
    }
    fields
}

/// Holds every frame that was read to the document: its kind is there, and all of its fields.
#[track_caller]
pub fn check(told: &[Value]) {
    let documented = fields();
    for frame in told {
        let fields: BTreeSet<String> = frame.as_object().unwrap().keys().cloned().collect();
        let known = documented.get(frame["kind"].as_str().unwrap());
        assert!(known.is_some_and(|known| fields.is_subset(known)), "{frame}");
    }
}

#[test]
fn commands_of_the_document_are_commands() {
    let mut kinds = BTreeSet::new();
    for example in examples()
        .iter()
        .filter(|example| example["do"].is_string() && example["kind"].is_null())
    {
        let text = example.to_string();
        let Ok(ClientCommand::Lab(command)) = serde_json::from_str(&text) else {
            panic!("{text}")
        };
        kinds.insert(match command {
            LabCommand::Watch { after: None } => 0,
            LabCommand::Watch { after: Some(_) } => 1,
            LabCommand::Unwatch => 2,
            LabCommand::Vanish => 3,
            LabCommand::Deafen => 4,
            LabCommand::Feed { .. } => 5,
        });
    }
    assert_eq!(kinds, (0..6).collect());
}

#[test]
fn files_of_the_document_are_there() {
    for example in examples() {
        if let Some(place) = example["where"].as_str() {
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(place).is_file(), "{place}");
        }
    }
}
