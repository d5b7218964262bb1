//! The last lines of the room, as they stand on the wire, for those who come in or come back. Pure.
//!
//! Lines are numbered without a gap, so what is kept is a run of numbers that ends with the newest. It is bounded by
//! count, bytes and age; who asks for more than there is learns how much is missing.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::delivery::Frame;

/// Lines that somebody gets who comes in and has none.
pub const RECENT_LINES: usize = 50;
/// Bytes of lines in one answer to who asks for older ones, so that asking is no way to make the server talk.
const PAGE_BYTES: usize = 64 * 1024;
/// Answers that are kept for others who ask for the same. More would be memory that anybody can have by asking.
const MADE: usize = 4;
/// What a line costs beside its bytes.
const OVERHEAD_BYTES: usize = 64;
const HEAD: &[u8] = br#"{"type":"history","lines":["#;

/// How much is kept. Zero lines or bytes keep nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Lines.
    pub lines: usize,
    /// Bytes of their frames.
    pub bytes: usize,
    /// How old a line may become; `None` is without end.
    pub age: Option<Duration>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct History {
    bounds: Bounds,
    lines: VecDeque<Line>,
    bytes: usize,
    /// The number of the newest line ever, 0 before the first: also when it is not kept.
    last: u64,
    /// What was made for those who came in since the newest line; others of them mostly need the same.
    made: VecDeque<Made>,
}

#[derive(Debug)]
struct Line {
    frame: Frame,
    said_at: Instant,
}

#[derive(Debug)]
struct Made {
    from: u64,
    frame: Frame,
}

/// What one who comes back is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// All lines behind the one that they hold, if any: those from this number on.
    From(u64),
    /// So many are not kept any more; those from this number on are.
    TooOld { missing: u64, from: u64 },
    /// They hold a number that was never given.
    Unknown,
}

impl History {
    /// Nothing was said yet.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            lines: VecDeque::new(),
            bytes: 0,
            last: 0,
            made: VecDeque::new(),
        }
    }

    /// The number for the next line, which must then be kept with [`Self::keep`].
    pub fn next(&self) -> u64 {
        self.last + 1
    }

    /// Keeps the line of the number [`Self::next`], said `now`.
    pub fn keep(&mut self, frame: Frame, now: Instant) {
        self.last += 1;
        self.rest();
        self.bytes += cost(&frame);
        self.lines.push_back(Line { frame, said_at: now });
        while self.lines.len() > self.bounds.lines || self.bytes > self.bounds.bytes {
            self.let_go();
        }
    }

    /// Lets go of what is too old by `now`.
    pub fn forget(&mut self, now: Instant) {
        while self.forgets_at().is_some_and(|at| at <= now) {
            self.let_go();
        }
    }

    /// When the oldest line is to be let go.
    pub fn forgets_at(&self) -> Option<Instant> {
        let (age, oldest) = (self.bounds.age?, self.lines.front()?);
        oldest.said_at.checked_add(age)
    }

    fn let_go(&mut self) {
        if let Some(line) = self.lines.pop_front() {
            self.bytes -= cost(&line.frame);
            self.rest();
        }
        if self.lines.is_empty() {
            self.lines.shrink_to_fit();
        }
    }

    /// The number of the oldest line that is kept, or of the next one if none is.
    fn first(&self) -> u64 {
        self.next() - self.lines.len() as u64
    }

    /// From which number on somebody reads who comes in.
    pub fn recent(&self) -> u64 {
        self.first().max(self.next().saturating_sub(RECENT_LINES as u64))
    }

    /// What somebody missed who holds all lines up to `after`.
    pub fn since(&self, after: u64) -> Missed {
        let (next, first) = (after.saturating_add(1), self.first());
        if after > self.last {
            Missed::Unknown
        } else if next < first {
            Missed::TooOld {
                missing: first - next,
                from: first,
            }
        } else {
            Missed::From(next)
        }
    }

    /// A `history` frame with all lines from `from` on. Made once for all who need the same before the next line.
    pub fn from(&mut self, from: u64) -> Frame {
        if let Some(made) = self.made.iter().find(|made| made.from == from) {
            return made.frame.clone();
        }
        let frame = self.frame(from, self.next(), Some(self.last));
        if self.made.len() == MADE {
            self.made.pop_front();
        }
        let made = Made {
            from,
            frame: frame.clone(),
        };
        self.made.push_back(made);
        frame
    }

    /// Forgets what was made for those who came in.
    pub fn rest(&mut self) {
        if !self.made.is_empty() {
            self.made = VecDeque::new();
        }
    }

    /// A `history` frame with the last of the lines before `before`: at most `limit`, and no more bytes than a page has
    /// unless one line alone is larger.
    pub fn before(&self, before: u64, limit: usize) -> Frame {
        let end = before.min(self.next());
        let mut from = end;
        let mut bytes = 0;
        while from > self.first() && (end - from) < limit as u64 {
            bytes += self.line(from - 1).map_or(0, |line| line.frame.len());
            if bytes > PAGE_BYTES && from < end {
                break;
            }
            from -= 1;
        }
        self.frame(from, end, None)
    }

    /// [`Self::before`] without any of them, for who asks for too much at once.
    pub fn none_before(&self, before: u64) -> Frame {
        let end = before.min(self.next());
        self.frame(end, end, None)
    }

    fn line(&self, number: u64) -> Option<&Line> {
        let index = number.checked_sub(self.first())?;
        self.lines.get(usize::try_from(index).ok()?)
    }

    /// The lines from `from` to before `end`, which are kept. Who gets none reads what `last` is, unless that is 0.
    fn frame(&self, from: u64, end: u64, last: Option<u64>) -> Frame {
        let more = self.first() < from;
        let mut parts: Vec<&[u8]> = vec![HEAD];
        for number in from..end {
            let Some(line) = self.line(number) else { continue };
            if parts.len() > 1 {
                parts.push(b",");
            }
            parts.push(line.frame.payload());
        }
        let last = last.filter(|last| parts.len() == 1 && *last > 0);
        let last = last.map_or_else(String::new, |last| format!(r#","last":{last}"#));
        let tail = format!(r#"],"more":{more}{last}}}"#);
        parts.push(tail.as_bytes());
        Frame::joined(&parts)
    }
}

fn cost(frame: &Frame) -> usize {
    frame.len() + OVERHEAD_BYTES
}

#[cfg(test)]
mod tests;
