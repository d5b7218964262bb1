//! Text of a client, read as a command.

use std::borrow::Cow;

use serde::{Deserialize, de::Error};

use super::ClientCommand;

impl<'a> ClientCommand<'a> {
    /// Reads one frame.
    ///
    /// # Errors
    ///
    /// What is no command: no JSON, no object, a `type` that is not known, a field that is missing, twice there, or of
    /// another form. The error quotes the client's text: cut it before it is shown.
    pub fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        if is_object(text) {
            serde_json::from_str(text)
        } else {
            Err(serde_json::Error::custom("a JSON object is wanted"))
        }
    }
}

/// The `ref` or the `id` of something that may be no command of ours, so that its sender knows which one was refused.
pub fn reference_of(text: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Anything<'a> {
        #[serde(rename = "ref", borrow, default)]
        reference: Option<Cow<'a, str>>,
        // Of any type, or a bad one would hide the `ref`.
        #[serde(default)]
        id: serde_json::Value,
    }
    let anything: Anything = is_object(text).then(|| serde_json::from_str(text).ok())??;
    let id = || Some(Cow::Owned(anything.id.as_str()?.to_owned()));
    anything.reference.or_else(id)
}

/// Serde would also take the fields of a struct in their order, as an array: a second form of everything, which nobody
/// promised.
fn is_object(text: &str) -> bool {
    text.trim_ascii_start().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_an_array_are_no_command() {
        for text in [
            r#"["typing"]"#,
            r#"["say","hello",null,null]"#,
            r#" [ "lab" , "unwatch" ]"#,
        ] {
            assert!(ClientCommand::read(text).is_err(), "{text}");
            assert_eq!(reference_of(text), None, "{text}");
        }
        assert_eq!(
            ClientCommand::read("\n {\"type\":\"typing\"}").unwrap(),
            ClientCommand::Typing
        );
    }

    #[test]
    fn what_is_refused_is_named_by_its_ref_or_else_by_its_id() {
        for (text, expected) in [
            (r#"{"type":"say","ref":"a","id":"b"}"#, Some("a")),
            (r#"{"type":"say","ref":null,"id":"b"}"#, Some("b")),
            (r#"{"type":"say","ref":"a","id":[]}"#, Some("a")),
            (r#"{"type":"say","ref":1,"id":"b"}"#, None),
            (r#"{"type":"say","id":1}"#, None),
            (r#"{"ref":"a","ref":"b"}"#, None),
            (r#"{"ref":"a""#, None),
        ] {
            assert_eq!(reference_of(text).as_deref(), expected, "{text}");
        }
    }
}
