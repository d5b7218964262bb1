//! What one client holds of each epoch, and that nothing comes to it twice, out of order or with a hole untold.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde_json::Value;

/// A `chat` frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub user: String,
    pub text: String,
    pub at: String,
}

/// What a client holds of one epoch.
#[derive(Default)]
pub struct Run {
    pub epoch: String,
    /// All from here on are held or were told to be missing.
    pub first: u64,
    pub last: u64,
    pub lines: BTreeMap<u64, Line>,
    pub gaps: Vec<RangeInclusive<u64>>,
    /// Whether the server has more before the first, as it said when asked last.
    pub has_more: bool,
}

#[derive(Default)]
pub struct Book {
    pub runs: Vec<Run>,
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn read(chat: &Value) -> (u64, Line) {
    assert_eq!(chat["type"], "chat");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let line = Line {
        user: word(&chat["user"]["id"]),
        text: word(&chat["text"]),
        at: word(&chat["at"]),
    };
    (number(&chat["id"]), line)
}

impl Book {
    /// What to add to `/ws`.
    pub fn query(&self) -> String {
        let query = |run: &Run| format!("?epoch={}&after={}", run.epoch, run.last);
        self.runs.last().map_or_else(String::new, query)
    }

    pub fn run(&mut self) -> &mut Run {
        self.runs.last_mut().expect("a greeting came")
    }

    /// A whole greeting.
    pub fn greeted(&mut self, epoch: &str, gap: Option<&Value>, history: &Value) {
        let lines = history["lines"].as_array().unwrap();
        let reason = gap.map(|gap| gap["reason"].as_str().unwrap());
        match self.runs.last_mut().filter(|run| run.epoch == epoch) {
            Some(run) => {
                assert!(matches!(reason, None | Some("too-old")), "{gap:?}");
                if let Some(gap) = gap {
                    let missing = number(&gap["missing"]);
                    assert!(missing > 0);
                    run.gaps.push(run.last + 1..=run.last + missing);
                    run.last += missing;
                }
            }
            None => {
                assert!(self.runs.iter().all(|run| run.epoch != epoch), "an epoch came back");
                let came_back = (!self.runs.is_empty()).then_some("restarted");
                assert_eq!(reason, came_back);
                let stands_at = history["last"].as_u64().unwrap_or(0);
                let first = lines.first().map_or(stands_at + 1, |line| number(&line["id"]));
                self.runs.push(Run {
                    epoch: epoch.to_owned(),
                    first,
                    last: first - 1,
                    has_more: history["more"] == true,
                    ..Run::default()
                });
            }
        }
        lines.iter().for_each(|line| self.heard(line));
        let last = self.run().last;
        assert!(
            !lines.is_empty() || history["last"].as_u64().unwrap_or(0) == last,
            "{history} at {last}"
        );
    }

    /// The next line: always the one behind the last.
    pub fn heard(&mut self, chat: &Value) {
        let (id, line) = read(chat);
        let run = self.run();
        assert_eq!(id, run.last + 1, "a hole or an overlap");
        run.lines.insert(id, line);
        run.last = id;
    }

    /// Lines from before the first.
    pub fn prepended(&mut self, history: &Value) {
        let run = self.run();
        for chat in history["lines"].as_array().unwrap().iter().rev() {
            let (id, line) = read(chat);
            assert_eq!(id + 1, run.first, "a hole or an overlap");
            run.lines.insert(id, line);
            run.first = id;
        }
        run.has_more = history["more"] == true;
        assert!(!run.has_more || run.first > 1);
    }
}

impl Run {
    /// Whether this client was told that the line is missing.
    pub fn is_told_missing(&self, id: u64) -> bool {
        self.gaps.iter().any(|gap| gap.contains(&id))
    }
}
