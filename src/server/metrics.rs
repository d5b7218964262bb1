//! The public names of what is counted, in the text format of Prometheus and OpenMetrics.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};
use prometheus_client::{encoding::text::encode, registry::Registry};

use super::Shared;
use crate::{counters::Counters, registry::Backlog};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that `/metrics` shows.
pub(crate) struct Metrics {
    registry: Registry,
    counters: Arc<Counters>,
    backlog: Arc<Backlog>,
}

impl Metrics {
    pub fn new(counters: &Arc<Counters>, backlog: Arc<Backlog>) -> Self {
        let mut registry = Registry::with_prefix("tertulia");
        let c = counters;
        registry.register("sockets", "WebSocket sessions that are open", c.sockets.clone());
        registry.register(
            "connections",
            "WebSocket connections, those that are saying goodbye included",
            c.connections.clone(),
        );
        registry.register("users", "Users who are online", c.users.clone());
        registry.register(
            "frames_in",
            "Messages and control frames that clients sent",
            c.frames_in.clone(),
        );
        registry.register(
            "frames_out",
            "Frames that were written or queued for clients",
            c.frames_out.clone(),
        );
        registry.register("bytes_in", "Bytes that clients sent over WebSocket", c.bytes_in.clone());
        registry.register(
            "bytes_out",
            "Bytes of frames that were written or queued for clients",
            c.bytes_out.clone(),
        );
        registry.register(
            "bytes_saved",
            "Bytes that clients were spared by permessage-deflate",
            c.bytes_saved.clone(),
        );
        registry.register(
            "queue_bytes",
            "Bytes that wait for slow clients, as of the last tick",
            c.queued_bytes.clone(),
        );
        registry.register(
            "backlog_bytes",
            "Bytes of texts between their sender and the hubs",
            c.backlog_bytes.clone(),
        );
        registry.register(
            "evictions",
            "Sessions that the server ended, by reason",
            c.evictions.clone(),
        );
        registry.register(
            "closes_in",
            "Sessions that the client ended, by close code",
            c.closes_in.clone(),
        );
        registry.register(
            "closes_out",
            "Sessions that the server ended, by close code",
            c.closes_out.clone(),
        );
        registry.register("handshakes", "WebSocket handshakes, by outcome", c.handshakes.clone());
        registry.register(
            "broadcast_seconds",
            "From the frame of a sender to the last write for it",
            c.broadcast_seconds.clone(),
        );
        Self {
            registry,
            counters: c.clone(),
            backlog,
        }
    }
}

/// `GET /metrics`.
pub(super) async fn show(shared: web::Data<Arc<Shared>>) -> HttpResponse {
    let metrics = &shared.metrics;
    metrics
        .counters
        .backlog_bytes
        .set(i64::try_from(metrics.backlog.bytes()).unwrap_or(i64::MAX));
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
            .body(text),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
