//! Who is here, in pages. The registry gives a copy of its list, which is searched and sorted beside the workers; the
//! hubs are asked about the sockets of one page only.

use std::{collections::HashMap, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::answer,
    busy, in_time,
    login::SignedIn,
    views::{bad_query, query},
};
use crate::{
    delivery::Seen, ids::SessionId, interceptor::Refusal, message::TERTULIA_V1, registry::Person, server::Shared,
};

/// Users of one answer.
const MOST: usize = 500;
const USUAL: usize = 50;
/// Bytes of what is looked for.
const QUERY_BYTES: usize = 200;
/// Sockets that are told of each.
const SOCKETS: usize = 32;

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    query: String,
    limit: Option<usize>,
    #[serde(default)]
    offset: usize,
}

/// `GET /admin/api/users`.
pub(super) async fn list(
    _: SignedIn,
    request: HttpRequest,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, Refusal> {
    let Wanted { query, limit, offset } = query(&request)?;
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(bad_query("a `limit` from 1 to 500 is wanted"));
    }
    if query.len() > QUERY_BYTES {
        return Err(bad_query("a `query` of at most 200 bytes is wanted"));
    }
    let body = in_time(async {
        let people = shared.registry.people().await;
        let found = web::block(move || find(people, &query, offset, limit)).await;
        let Found {
            total,
            matching,
            people,
        } = found.map_err(|_| busy())?;
        let sockets = people.iter().flat_map(told_sockets).copied().collect();
        let seen = seen(&shared, sockets).await;
        let users: Vec<_> = people.iter().map(|person| shown(person, &seen)).collect();
        Ok(json!({ "total": total, "matching": matching, "offset": offset, "limit": limit, "users": users }))
    });
    Ok(answer(StatusCode::OK, &body.await??))
}

fn told_sockets(person: &Person) -> &[SessionId] {
    &person.sockets[..person.sockets.len().min(SOCKETS)]
}

/// What the hubs know of these sockets.
pub(super) async fn seen(shared: &Shared, sockets: Vec<SessionId>) -> HashMap<SessionId, Seen> {
    let seen = shared.registry.survey(sockets).await;
    seen.into_iter().map(|one| (one.session, one)).collect()
}

struct Found {
    total: usize,
    matching: usize,
    people: Vec<Person>,
}

/// Those whose name contains `query`, in whatever case, or whose id it is: one page of them, by their names.
fn find(mut people: Vec<Person>, query: &str, offset: usize, limit: usize) -> Found {
    let (total, query) = (people.len(), query.trim().to_lowercase());
    if !query.is_empty() {
        let is_meant =
            |person: &Person| person.name.as_str().to_lowercase().contains(&query) || person.id.to_string() == query;
        people.retain(is_meant);
    }
    let matching = people.len();
    people.sort_by_cached_key(|person| (person.name.as_str().to_lowercase(), person.id));
    let people = people.into_iter().skip(offset).take(limit).collect();
    Found {
        total,
        matching,
        people,
    }
}

fn shown(person: &Person, seen: &HashMap<SessionId, Seen>) -> Value {
    let mut sockets: Vec<_> = told_sockets(person)
        .iter()
        .filter_map(|socket| seen.get(socket))
        .collect();
    sockets.sort_unstable_by_key(|seen| (seen.opened_at, seen.session));
    let since = sockets.first().map(|seen| time(seen.opened_at));
    let sockets: Vec<_> = sockets.into_iter().map(socket).collect();
    json!({ "id": person.id, "name": person.name.as_str(), "since": since, "sockets": sockets })
}

fn socket(seen: &Seen) -> Value {
    json!({
        "id": seen.session,
        "address": seen.address,
        "since": time(seen.opened_at),
        "queued_bytes": seen.queued_bytes,
        "round_trip": seen.round_trip.map(|time| time.as_micros() as u64),
        "protocol": if seen.gets_signals { TERTULIA_V1 } else { "" },
        "worker": seen.session.hub(),
    })
}

fn time(seconds: u32) -> String {
    let at = DateTime::<Utc>::from_timestamp(seconds.into(), 0).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::UserId, name::Name};

    fn people(names: &[&str]) -> Vec<Person> {
        let person = |(number, name): (usize, &&str)| Person {
            id: UserId::from_bits(number as u64),
            name: Name::parse(name).unwrap(),
            sockets: Vec::new(),
        };
        names.iter().enumerate().map(person).collect()
    }

    #[test]
    fn people_are_found_by_name_in_any_case_or_by_id_and_told_in_pages() {
        let names = ["bea", "Ada", "林小雨", "adam", "Carl"];
        for (query, offset, limit, matching, told) in [
            ("", 0, 500, 5, &["Ada", "adam", "bea", "Carl", "林小雨"][..]),
            ("", 1, 2, 5, &["adam", "bea"]),
            ("", 5, 2, 5, &[]),
            (" ADA ", 0, 500, 2, &["Ada", "adam"]),
            ("小", 0, 500, 1, &["林小雨"]),
            ("0000000000000004", 0, 500, 1, &["Carl"]),
            ("4", 0, 500, 0, &[]),
        ] {
            let found = find(people(&names), query, offset, limit);
            let found_names: Vec<_> = found.people.iter().map(|person| person.name.as_str()).collect();
            assert_eq!(
                (found.total, found.matching, &*found_names),
                (5, matching, told),
                "{query:?}"
            );
        }
    }
}
