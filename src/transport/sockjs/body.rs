//! The body of an open answer: what the pipe has, frame by frame, in the answer's format.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

use crate::transport::websocket::Departure;

use super::{
    format::Format,
    pipe::{Next, Pipe},
};

/// See the module. Dropped before its end, or left by its reader, it was cut off.
pub(super) struct Answer {
    format: Format,
    prelude: Option<String>,
    source: Source,
    departure: Departure,
}

enum Source {
    /// The session's.
    Open {
        pipe: Arc<Pipe>,
        id: u64,
    },
    /// One frame, and no more.
    Refused(String),
    Over,
}

impl Answer {
    /// The answer that reads from `pipe` from here on, for about so many bytes. It may be told at once that there is
    /// nothing to read.
    pub fn new(format: Format, pipe: Arc<Pipe>, response_bytes: usize, departure: Departure) -> Self {
        let most = if format.is_polling() { 0 } else { response_bytes.max(1) };
        let source = match pipe.attach(most) {
            Ok(id) => Source::Open { pipe, id },
            Err(frame) => Source::Refused(frame),
        };
        Self {
            prelude: format.prelude(),
            format,
            source,
            departure,
        }
    }
}

impl MessageBody for Answer {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        if let Some(prelude) = self.prelude.take() {
            return Poll::Ready(Some(Ok(prelude.into())));
        }
        let frame = match &self.source {
            Source::Over => return Poll::Ready(None),
            Source::Refused(frame) => {
                let frame = frame.clone();
                self.source = Source::Over;
                frame
            }
            Source::Open { .. } if self.departure.poll(cx).is_ready() => {
                self.cut();
                return Poll::Ready(None);
            }
            Source::Open { pipe, id } => match ready!(pipe.poll_next(*id, cx)) {
                Next::Piece(piece) => piece.frame(),
                Next::Last(piece) => {
                    self.source = Source::Over;
                    piece.frame()
                }
                Next::Over => {
                    self.source = Source::Over;
                    return Poll::Ready(None);
                }
            },
        };
        Poll::Ready(Some(Ok(self.format.wrap(&frame).into())))
    }
}

impl Answer {
    fn cut(&mut self) {
        if let Source::Open { pipe, id } = std::mem::replace(&mut self.source, Source::Over) {
            pipe.cut(id);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.cut();
    }
}
