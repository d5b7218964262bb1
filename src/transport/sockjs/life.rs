//! The life of a session whose peer comes and goes by requests: what was said is handed to the handler, what waits is
//! written while an answer is open, and who stays away for too long is lost.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Sleep, sleep_until},
};

use super::{
    framing::close_frame,
    pipe::{Inlet, Pipe},
    sessions::{Registration, Said},
};
use crate::{
    close_status::{CloseStatus, Ending},
    handler::WebSocketHandler,
    transport::visit::Visit,
};

/// Texts after which a session lets the others of its thread have their turn.
const TEXTS_PER_POLL: usize = 64;

/// One session, driven by a task of its own on the thread of its hub.
pub(super) struct Life<H: WebSocketHandler> {
    pub visit: Visit<H, Inlet>,
    pub pipe: Arc<Pipe>,
    pub mailbox: mpsc::UnboundedReceiver<Said>,
    pub disconnect_delay: Duration,
    /// Taken out of the book at the very end.
    pub place: Registration,
}

/// What is being handled.
#[derive(Default)]
struct InHand {
    texts: VecDeque<String>,
    done: Option<oneshot::Sender<()>>,
    absence: Option<Pin<Box<Sleep>>>,
}

impl<H: WebSocketHandler> Life<H> {
    /// Goes on until the session has ended and its peer was told, or would not be told.
    pub async fn run(mut self, refused: Option<Ending>) {
        let ending = match refused {
            Some(ending) => ending,
            None => {
                let mut in_hand = InHand::default();
                poll_fn(|cx| {
                    let polled = self.poll_live(cx, &mut in_hand);
                    // Whatever stopped it, be it in the midst of a packing: what was handled is not to wait for the rest.
                    self.visit.site.handler.handle_pause();
                    polled
                })
                .await
            }
        };
        self.visit.bury(&ending);
        // Nobody listens from here on: who says something, or has said it, need not wait to learn that.
        self.mailbox.close();
        while self.mailbox.try_recv().is_ok() {}
        let is_told = self.part(&ending).await;
        // What is left to do needs the pipe and its place in the book, and should count as a connection no more.
        let Self {
            visit,
            place,
            disconnect_delay,
            ..
        } = self;
        let is_draining = visit.site.hub.is_draining();
        drop(visit);
        if is_told && !is_draining {
            // Whoever missed it, or asks once more, is told once more.
            tokio::time::sleep(disconnect_delay).await;
        }
        drop(place);
    }

    fn poll_live(&mut self, cx: &mut Context<'_>, in_hand: &mut InHand) -> Poll<Ending> {
        self.visit.link.watch(cx.waker());
        for _ in 0..TEXTS_PER_POLL {
            let news = self.pipe.news(cx);
            if news.has_come {
                self.visit.site.hub.show_life(&self.visit.link, Instant::now());
            }
            if let Err(error) = self.visit.site.hub.flush(&*self.visit.link) {
                return Poll::Ready(self.visit.broke(&error));
            }
            if let Some(ending) = self.visit.link.ending() {
                return Poll::Ready(ending);
            }
            if news.is_cut || self.poll_absence(cx, news.left_at, &mut in_hand.absence).is_ready() {
                return Poll::Ready(Ending::Lost);
            }
            let is_ready = self.visit.poll_handler(cx).is_ready();
            self.visit.link.set_unheard(!is_ready);
            if self.visit.link.queued_bytes() > self.visit.site.hub.high_water_bytes() {
                // Who does not listen is not listened to.
                self.visit.link.hold_back();
                return Poll::Pending;
            }
            if !is_ready {
                return Poll::Pending;
            }
            if let Some(ending) = ready!(self.poll_take_in(cx, in_hand)) {
                return Poll::Ready(ending);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready when the peer has been away for too long.
    fn poll_absence(
        &self,
        cx: &mut Context<'_>,
        left_at: Option<Instant>,
        absence: &mut Option<Pin<Box<Sleep>>>,
    ) -> Poll<()> {
        let Some(left_at) = left_at else {
            *absence = None;
            return Poll::Pending;
        };
        let end = (left_at + self.disconnect_delay).into();
        let sleep = absence.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if sleep.deadline() != end {
            sleep.as_mut().reset(end);
        }
        sleep.as_mut().poll(cx)
    }

    /// Handles one text of those that came, or takes in more.
    fn poll_take_in(&mut self, cx: &mut Context<'_>, in_hand: &mut InHand) -> Poll<Option<Ending>> {
        if let Some(text) = in_hand.texts.pop_front() {
            return Poll::Ready(self.handle(&text));
        }
        if let Some(done) = in_hand.done.take() {
            self.visit.site.handler.handle_pause();
            // Who asked may be gone.
            let _ = done.send(());
        }
        let Some(said) = ready!(self.mailbox.poll_recv(cx)) else {
            return Poll::Ready(Some(Ending::Lost));
        };
        self.visit.site.hub.show_life(&self.visit.link, Instant::now());
        in_hand.texts = said.texts.into();
        in_hand.done = Some(said.done);
        Poll::Ready(None)
    }

    fn handle(&mut self, text: &str) -> Option<Ending> {
        let now = Instant::now();
        self.visit.site.counters.frames_in.inc();
        self.visit.site.counters.bytes_in.inc_by(text.len() as u64);
        if let Some(tap) = self.visit.site.hub.taps().of(&*self.visit.link) {
            tap.frame_in(1, "text", text.len(), !self.visit.link.is_deaf(), now);
        }
        if let Some(ending) = self.visit.count(text.len() as u64, now) {
            return Some(ending);
        }
        if self.visit.is_too_long(text) {
            return Some(Ending::Refused(CloseStatus::TOO_BIG_TO_PROCESS));
        }
        match self.visit.handle_text(text) {
            Ok(()) => self.visit.link.ending(),
            Err(error) => Some(self.visit.failed(error)),
        }
    }

    /// Tells the peer how the session ended: who reads now, or whoever asks within the delay. Whether somebody was told.
    async fn part(&mut self, ending: &Ending) -> bool {
        if *ending == Ending::Lost {
            self.pipe.close(close_frame(1002, "Connection interrupted"));
        } else {
            let discard = *ending == Ending::SlowConsumer;
            let hub = &self.visit.site.hub;
            hub.write_close(&self.visit.link, ending.farewell().as_ref(), discard);
        }
        let told = poll_fn(|cx| self.poll_told(cx));
        tokio::time::timeout(self.disconnect_delay, told).await.is_ok()
    }

    fn poll_told(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.visit.link.watch(cx.waker());
        let _ = self.pipe.news(cx);
        // Nothing here can break.
        let _ = self.visit.site.hub.flush(&*self.visit.link);
        match self.pipe.is_told() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
