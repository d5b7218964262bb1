//! Keeps out who is banned.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{HttpRequest, http::StatusCode};
use chrono::Utc;

use super::{HandshakeInterceptor, Refusal, client::client_of};
use crate::{
    attributes::Attributes,
    bans::Bans,
    client_address::{LimitKey, TrustedProxies},
    refusals::Compared,
};

/// Refuses clients that are banned, by the address that proxies vouch for.
#[derive(Clone)]
pub struct BanInterceptor {
    bans: Arc<Bans>,
    proxies: TrustedProxies,
}

impl BanInterceptor {
    /// Judges by `bans`, as they are at each handshake.
    pub fn new(bans: Arc<Bans>, proxies: TrustedProxies) -> Self {
        Self { bans, proxies }
    }
}

/// Whether `client` may come in.
///
/// # Errors
///
/// 403 `banned`, with the reason and the end.
pub fn check_ban(bans: &Bans, client: LimitKey) -> Result<(), Refusal> {
    let Some(ban) = bans.against(client, Utc::now()) else {
        return Ok(());
    };
    let compared = Compared {
        got: client.to_string(),
        wanted: format!("not {}", ban.network),
        admit: None,
    };
    Err(Refusal::new(StatusCode::FORBIDDEN, "banned", ban.sentence()).with_comparison(compared))
}

impl HandshakeInterceptor for BanInterceptor {
    fn before_handshake<'a>(
        &'a self,
        request: &'a HttpRequest,
        _: &'a mut Attributes,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>> {
        let client = client_of(request, &self.proxies).limit_key();
        Box::pin(std::future::ready(check_ban(&self.bans, client)))
    }
}
