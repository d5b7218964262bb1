//! The server's own certificate: read at the start, watched from then on, and exchanged while everything runs.
//!
//! Handshakes ask for the certificate that is in force. Those that are done need none any more, so an exchange touches no
//! socket.

mod files;
mod validity;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval},
};

pub use files::TlsError;
use files::{Files, Loaded, Print};

use super::ServerError;
use crate::settings::Settings;

/// How often the files are looked at. Two looks must agree, so that nothing is read that is being written.
const GLANCE: Duration = Duration::from_secs(2);
/// From so long before its end on the operator is reminded of a certificate.
const NEAR_END: TimeDelta = TimeDelta::days(7);
/// How often they are.
const REMIND_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// What is spoken: a WebSocket cannot leave actix's HTTP/2.
const ALPN: &[u8] = b"http/1.1";

/// TLS of a server, for all its listeners.
pub(super) struct Tls {
    config: Arc<ServerConfig>,
    force: Arc<Force>,
    files: Arc<Files>,
}

/// The certificate in force.
#[derive(Debug)]
struct Force {
    key: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Force {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A pointer is whole at any moment, so a poisoned lock does not matter.
        Some(self.key.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// Reads the certificate that the settings name, if they name one.
    pub fn open(settings: &Settings) -> Result<Option<(Self, Watch)>, ServerError> {
        let (Some(cert), Some(key)) = (&settings.tls_cert, &settings.tls_key) else {
            return Ok(None);
        };
        // Listens from here on, so that no signal ends the server meanwhile.
        let hangup = signal(SignalKind::hangup())?;
        let files = Arc::new(Files::new(cert, key, &settings.public_urls));
        let print = files.print();
        let loaded = files.load(Utc::now())?;
        let watch = Watch {
            hangup,
            tried: print,
            seen: print,
            ends_at: loaded.ends_at,
            reminded_at: None,
        };
        let force = Arc::new(Force {
            key: RwLock::new(loaded.key),
        });
        let config = config(force.clone()).map_err(TlsError::Unusable)?;
        tracing::info!(file = %cert.display(), ends_at = %loaded.ends_at, "TLS with this certificate");
        let config = Arc::new(config);
        Ok(Some((Self { config, force, files }, watch)))
    }

    /// What listeners shake hands by.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

fn config(force: Arc<Force>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(force);
    config.alpn_protocols = vec![ALPN.to_vec()];
    // Who comes back, as all do after a cut, need not cost a signature. Nothing is kept for it here.
    config.ticketer = ring::Ticketer::new()?;
    Ok(config)
}

/// Looks after the files of a certificate.
pub(super) struct Watch {
    hangup: Signal,
    /// What the files looked like when they were read last, whatever came of it.
    tried: Print,
    /// What they looked like at the last glance.
    seen: Print,
    ends_at: DateTime<Utc>,
    reminded_at: Option<Instant>,
}

impl Watch {
    /// Runs until it is aborted: a changed file, or SIGHUP, puts another certificate into force. One that is no good is
    /// logged, and the one before stays.
    pub async fn keep(mut self, tls: Arc<Tls>) {
        let mut glance = interval(GLANCE);
        glance.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = glance.tick() => {
                    let files = tls.files.clone();
                    // A file may lie on a disk that does not answer.
                    let Ok(print) = spawn_blocking(move || files.print()).await else { return };
                    if print != self.tried && print == self.seen {
                        self.exchange(&tls).await;
                    }
                    self.seen = print;
                    self.remind();
                }
                _ = self.hangup.recv() => self.exchange(&tls).await,
            }
        }
    }

    async fn exchange(&mut self, tls: &Tls) {
        let files = tls.files.clone();
        let read = move || (files.print(), files.load(Utc::now()));
        let Ok((print, loaded)) = spawn_blocking(read).await else {
            return;
        };
        self.tried = print;
        match loaded {
            Ok(Loaded { key, ends_at }) => {
                *tls.force.key.write().unwrap_or_else(PoisonError::into_inner) = key;
                self.ends_at = ends_at;
                self.reminded_at = None;
                tracing::info!(%ends_at, "another certificate is in force");
            }
            Err(error) => {
                let reason = std::error::Error::source(&error)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                tracing::error!(%error, reason, "the new certificate is no good; the one before stays in force");
            }
        }
    }

    fn remind(&mut self) {
        let is_due = self.reminded_at.is_none_or(|at| at.elapsed() >= REMIND_EVERY);
        if is_due && self.ends_at - Utc::now() < NEAR_END {
            self.reminded_at = Some(Instant::now());
            tracing::warn!(ends_at = %self.ends_at, "the certificate ends soon, or has ended; renew it");
        }
    }
}
