//! Keeping addresses out, and lifting that.

use std::{collections::HashMap, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    body::{answer, bad_body, read, reason},
    busy, in_time,
    kick::{end, no_such_user},
    login::SignedIn,
    people::seen,
};
use crate::{
    bans::Ban,
    client_address::{LimitKey, Network},
    delivery::Seen,
    ids::{SessionId, UserId},
    interceptor::{Refusal, client_of},
    registry::Person,
    server::Shared,
    store::StoreError,
};

/// Bans that stand at once: each handshake is compared with all of them.
const MOST: usize = 1000;
/// Ten years of minutes.
const MOST_MINUTES: i64 = 10 * 365 * 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    user: Option<UserId>,
    address: Option<String>,
    reason: Option<String>,
    until: Option<DateTime<Utc>>,
    minutes: Option<i64>,
    #[serde(default)]
    force: bool,
}

/// Whom a ban is meant for.
enum Target {
    User(UserId),
    Network(Network),
}

/// Everybody who is here, and what their sockets look like.
struct Scene {
    people: Vec<Person>,
    seen: HashMap<SessionId, Seen>,
}

/// `GET /admin/api/bans`.
pub(super) async fn list(_: SignedIn, shared: web::Data<Arc<Shared>>) -> HttpResponse {
    let (all, now) = (shared.bans.all(), Utc::now());
    let bans: Vec<_> = all.iter().rev().filter(|ban| ban.holds(now)).collect();
    answer(StatusCode::OK, &json!({ "bans": bans }))
}

/// `POST /admin/api/bans`.
pub(super) async fn ban(
    _: SignedIn,
    request: HttpRequest,
    body: web::Payload,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, Refusal> {
    let wanted: Wanted = read(&request, body).await?;
    let now = Utc::now();
    let (target, until) = (wanted.target()?, wanted.until(now)?);
    let reason = reason(wanted.reason.as_deref())?;
    let scene = in_time(Scene::look(&shared)).await?;
    let (networks, name) = scene.networks(&target)?;
    if shared.bans.all().len() + networks.len() > MOST {
        let message = "1000 bans stand already; lift some, or ban a network instead of its addresses";
        return Err(Refusal::new(StatusCode::CONFLICT, "too-many-bans", message));
    }
    let own = client_of(&request, &shared.settings.trusted_proxies).limit_key();
    let more = scene.more_than_asked(&target, &networks, own);
    if let Some(more) = more.filter(|_| !wanted.force) {
        return Ok(more);
    }
    let template = |network| Ban {
        id: 0,
        network,
        name: name.clone(),
        reason: reason.clone(),
        at: now,
        until,
    };
    let (bans, sockets) = in_time(async {
        let mut bans = Vec::new();
        for network in networks {
            let ban = shared.stored_bans.add(template(network)).await.map_err(failed)?;
            // Before the sockets end, so that nobody comes back in between.
            shared.bans.add(ban.clone());
            tracing::info!(id = ban.id, address = %ban.network, "banned by an operator");
            bans.push(ban);
        }
        let sockets = sweep_out(&shared, &target, &bans).await?;
        Ok::<_, Refusal>((bans, sockets))
    })
    .await??;
    Ok(answer(
        StatusCode::CREATED,
        &json!({ "bans": bans, "sockets": sockets }),
    ))
}

/// `DELETE /admin/api/bans/{id}`.
pub(super) async fn lift(
    _: SignedIn,
    id: web::Path<String>,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, Refusal> {
    let known = id
        .parse()
        .ok()
        .filter(|id| shared.bans.all().iter().any(|ban| ban.id == *id));
    let Some(id) = known else {
        let message = "there is no such ban; it may have ended";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no-such-ban", message));
    };
    in_time(shared.stored_bans.remove(id)).await?.map_err(failed)?;
    shared.bans.lift(id);
    tracing::info!(id, "ban lifted by an operator");
    Ok(HttpResponse::NoContent()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}

impl Wanted {
    fn target(&self) -> Result<Target, Refusal> {
        match (self.user, &self.address) {
            (Some(user), None) => Ok(Target::User(user)),
            (None, Some(address)) => Network::parse(address.trim())
                .map(|network| Target::Network(network.of_whole_clients()))
                .map_err(|error| bad_body(format_args!("`address`: {error}"))),
            _ => Err(bad_body("either `user` or `address` is wanted")),
        }
    }

    fn until(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refusal> {
        match (self.until, self.minutes) {
            (Some(_), Some(_)) => Err(bad_body("either `until` or `minutes` is wanted")),
            (Some(until), None) if until <= now => Err(bad_body("`until` is over already")),
            (Some(until), None) if until > now + TimeDelta::minutes(MOST_MINUTES) => Err(bad_body(
                "`until` is at most ten years ahead; leave it out for a ban without an end",
            )),
            // A leap second has no place in the pages' clocks.
            (Some(until), None) => Ok(DateTime::from_timestamp_millis(until.timestamp_millis())),
            (None, None) => Ok(None),
            (None, Some(minutes)) if (1..=MOST_MINUTES).contains(&minutes) => {
                Ok(Some(now + TimeDelta::minutes(minutes)))
            }
            (None, Some(_)) => Err(bad_body(format_args!("`minutes` are from 1 to {MOST_MINUTES}"))),
        }
    }
}

impl Scene {
    async fn look(shared: &Shared) -> Self {
        let people = shared.registry.people().await;
        let sockets = people.iter().flat_map(|person| &person.sockets).copied().collect();
        let seen = seen(shared, sockets).await;
        Self { people, seen }
    }

    fn addresses(&self, person: &Person) -> impl Iterator<Item = LimitKey> {
        let seen = person.sockets.iter().filter_map(|socket| self.seen.get(socket));
        seen.map(|seen| seen.address)
    }

    /// What is to be banned, and the name of whom it is meant for.
    fn networks(&self, target: &Target) -> Result<(Vec<Network>, Option<String>), Refusal> {
        let user = match target {
            Target::Network(network) => return Ok((vec![*network], None)),
            Target::User(user) => user,
        };
        let person = self.people.iter().find(|person| person.id == *user);
        let person = person.ok_or_else(no_such_user)?;
        let mut addresses: Vec<_> = self.addresses(person).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() {
            let message = "they have no socket just now, so their address is not known; ban an address, or kick them";
            return Err(Refusal::new(StatusCode::CONFLICT, "no-address", message));
        }
        let networks = addresses.into_iter().map(LimitKey::network).collect();
        Ok((networks, Some(person.name.as_str().to_owned())))
    }

    /// Those who have a socket in one of `networks`.
    fn inside(&self, networks: &[Network]) -> impl Iterator<Item = UserId> {
        let is_inside = |address| networks.iter().any(|network| network.has(address));
        let people = self.people.iter();
        people.filter_map(move |person| self.addresses(person).any(is_inside).then_some(person.id))
    }

    /// The answer that asks whether it is really meant, where a ban hits more than was asked for.
    fn more_than_asked(&self, target: &Target, networks: &[Network], own: LimitKey) -> Option<HttpResponse> {
        let own = networks.iter().any(|network| network.has(own));
        let others = match target {
            Target::User(user) => self.inside(networks).filter(|other| other != user).count(),
            Target::Network(_) => 0,
        };
        let what = match (own, others) {
            (false, 0) => return None,
            (true, 0) => "your own address".to_owned(),
            (false, others) => format!("{others} other people who are connected from there"),
            (true, others) => format!("your own address and {others} other people who are connected from there"),
        };
        let message = format!("this also keeps out {what}; send it again with \"force\":true if you mean it");
        let body = json!({ "code": "needs-force", "message": message, "own": own, "others": others });
        Some(answer(StatusCode::CONFLICT, &body))
    }
}

/// Ends whoever is here in spite of `bans`, and says how many sockets that were.
async fn sweep_out(shared: &Shared, target: &Target, bans: &[Ban]) -> Result<usize, Refusal> {
    let Some(message) = bans.first().map(Ban::sentence) else {
        return Ok(0);
    };
    let networks: Vec<_> = bans.iter().map(|ban| ban.network).collect();
    let scene = Scene::look(shared).await;
    let mut users: Vec<_> = scene.inside(&networks).collect();
    if let Target::User(user) = target {
        // Their sockets may have gone meanwhile, or come from elsewhere.
        users.push(*user);
    }
    let mut sockets = 0;
    for user in users {
        sockets += end(shared, user, message.clone()).await?.unwrap_or(0);
    }
    Ok(sockets)
}

fn failed(error: StoreError) -> Refusal {
    tracing::error!(%error, "a ban could not be kept or lifted; look at the data directory's disk");
    busy()
}
