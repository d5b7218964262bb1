//! What a run found, as it is printed.

use fanout::histogram::Summary;
use serde::Serialize;

#[derive(Serialize, Default)]
pub struct Report {
    pub label: String,
    pub receivers: usize,
    pub senders: usize,
    pub payload_bytes: usize,
    pub window: usize,
    pub connect_seconds: f64,
    /// What came until the connections had settled: join notices, lists, pings.
    pub opening_bytes: u64,
    pub opening_pings: u64,
    /// Connections that the server has pinged at least once.
    pub connections_pinged: usize,
    pub connections_failed: usize,
    pub first_failure: Option<String>,
    pub receivers_at_end: usize,
    #[serde(flatten)]
    pub login: Option<LoginReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_readers: Option<SlowReaders>,
    pub wall_seconds: f64,
    /// With `--idle` and `--run-id`: deliveries of what other generators said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<u64>,
    #[serde(flatten)]
    pub traffic: Option<Traffic>,
    #[serde(flatten)]
    pub server: Option<Server>,
}

#[derive(Serialize)]
pub struct LoginReport {
    pub logins: usize,
    pub login_seconds: f64,
}

/// Seconds count from the upgrade of the reader in question.
#[derive(Serialize)]
pub struct SlowReaders {
    pub opened: usize,
    pub closed_by_server: usize,
    pub first_close_seconds: Option<f64>,
    pub last_close_seconds: Option<f64>,
}

#[derive(Serialize)]
pub struct Traffic {
    pub broadcasts: u64,
    /// Since the first, the warm-up's and those still in flight included.
    pub broadcasts_started: u64,
    pub deliveries: u64,
    pub deliveries_per_second: f64,
    pub delivery_latency: Summary,
    pub last_receiver_latency: Summary,
    pub lost: u64,
    pub late: u64,
    pub duplicates: u64,
    pub sender_echoes: u64,
    pub other_frames: u64,
    pub pings: u64,
    pub received_bytes: u64,
    pub deliveries_per_read: f64,
    pub generator_cpu_us_per_delivery: f64,
    pub generator_cpu_share: f64,
}

#[derive(Serialize)]
pub struct Server {
    pub processes: usize,
    pub server_cpu_seconds: f64,
    /// Over receivers' deliveries and senders' echoes together: all cost the server the same.
    pub cpu_us_per_delivery: Option<f64>,
    pub rss_before_bytes: u64,
    pub rss_connected_bytes: u64,
    pub rss_after_bytes: u64,
    pub rss_bytes_per_connection: f64,
}
