//! What is counted while the server runs. Each room counts what it does; `server/metrics.rs` gives the counts their
//! public names.

#![forbid(unsafe_code)]

mod latency;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
};

pub use latency::{Latency, Reading};

use crate::close_status::{CloseStatus, Ending};

/// All counts of one server. Cheap to touch: an atomic each, and never one per receiver of a broadcast.
pub struct Counters {
    /// WebSocket sessions that are open.
    pub sockets: Gauge,
    /// WebSocket connections, those included whose session has ended but which still say goodbye.
    pub connections: Gauge,
    /// Users who are online.
    pub users: Gauge,
    /// Messages and control frames of clients.
    pub frames_in: Counter,
    /// Frames that were written or queued for clients.
    pub frames_out: Counter,
    /// Bytes that clients sent after their handshake.
    pub bytes_in: Counter,
    /// Bytes of frames that were written or queued for clients.
    pub bytes_out: Counter,
    /// Bytes that would have been written besides, had they not been packed.
    pub bytes_saved: Counter,
    /// Bytes that wait in outboxes, by worker; as of the last tick.
    pub queued_bytes: Family<WorkerLabel, Gauge>,
    /// Sessions that the server ended, by why.
    pub evictions: Family<ReasonLabel, Counter>,
    /// Sessions that ended by the client or by loss, by close code.
    pub closes_in: Family<CodeLabel, Counter>,
    /// Sessions that ended by the server, by close code.
    pub closes_out: Family<CodeLabel, Counter>,
    /// Handshakes that were judged.
    pub handshakes: Family<OutcomeLabel, Counter>,
    /// From the sender's frame to the last write for it, in seconds.
    pub broadcast_seconds: Histogram,
    /// The same, to be read each second.
    pub broadcast_times: Latency,
    /// Bytes of texts that wait for the registry or a hub.
    pub backlog_bytes: Gauge,
}

/// Which worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WorkerLabel {
    /// The number of the worker's hub.
    pub worker: u64,
}

/// Why a session was evicted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabel {
    /// One of a fixed set of words.
    pub reason: &'static str,
}

/// A close code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CodeLabel {
    /// As it was seen, 1005 and 1006 included.
    pub code: u16,
}

/// How a handshake ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabel {
    /// `accepted`, or the code of the refusal.
    pub outcome: &'static str,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            sockets: Gauge::default(),
            connections: Gauge::default(),
            users: Gauge::default(),
            frames_in: Counter::default(),
            frames_out: Counter::default(),
            bytes_in: Counter::default(),
            bytes_out: Counter::default(),
            bytes_saved: Counter::default(),
            queued_bytes: Family::default(),
            evictions: Family::default(),
            closes_in: Family::default(),
            closes_out: Family::default(),
            handshakes: Family::default(),
            // 0.1 ms to 1.6 s.
            broadcast_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 15)),
            broadcast_times: Latency::default(),
            backlog_bytes: Gauge::default(),
        }
    }
}

impl Counters {
    /// What waits in the outboxes of one worker.
    pub fn set_queued_bytes(&self, worker: u64, bytes: usize) {
        self.queued_bytes
            .get_or_create(&WorkerLabel { worker })
            .set(bytes as i64);
    }

    /// A handshake that ended this way.
    pub fn handshake(&self, outcome: &'static str) {
        self.handshakes.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// A session that came to this end.
    pub fn ended(&self, ending: &Ending) {
        let code = CodeLabel { code: ending.code() };
        match ending {
            Ending::ClosedByPeer(_) | Ending::Lost => self.closes_in.get_or_create(&code).inc(),
            _ => self.closes_out.get_or_create(&code).inc(),
        };
        if let Some(reason) = eviction(ending) {
            self.evictions.get_or_create(&ReasonLabel { reason }).inc();
        }
    }
}

/// Why the server ended a session that wanted to live; `None` for all other endings.
fn eviction(ending: &Ending) -> Option<&'static str> {
    match ending {
        Ending::HeartbeatTimeout => Some("heartbeat-timeout"),
        Ending::SlowConsumer => Some("slow-consumer"),
        Ending::Refused(status) if *status == CloseStatus::TOO_FAST => Some("too-fast"),
        Ending::Refused(_) => Some("protocol"),
        Ending::Failed => Some("server-error"),
        Ending::ClosedByUs(status) if *status == CloseStatus::SESSION_ENDED => Some("session-ended"),
        Ending::ClosedByUs(_) | Ending::ClosedByPeer(_) | Ending::Lost => None,
    }
}
