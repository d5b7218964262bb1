//! Sockets come and go, and graces pass.

use super::*;

#[test]
fn first_socket_is_online_and_further_tabs_are_silent() {
    let (mut presence, start) = presence();
    assert_eq!(presence.enter(ADA, 0, start), Ok(Some(change(Kind::Online, ADA, 1))));
    assert_eq!(presence.enter(ADA, 1, start), Ok(None));
    assert_eq!(presence.enter(BOB, 2, start), Ok(Some(change(Kind::Online, BOB, 2))));
    assert_eq!(
        (presence.version(), presence.user_count(), presence.socket_count()),
        (2, 2, 3)
    );
}

#[test]
fn joining_twice_is_harmless() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    assert_eq!(presence.enter(ADA, 0, start), Ok(None));
    assert_eq!(presence.socket_count(), 1);
}

#[test]
fn leaving_twice_and_leaving_unknown_are_harmless() {
    let (mut presence, start) = presence();
    assert_eq!(presence.close(ADA, 0, start), None);
    presence.enter(ADA, 0, start).unwrap();
    assert_eq!(presence.close(ADA, 1, start), None);
    let gone_at = presence.close(ADA, 0, start);
    assert_eq!(gone_at, Some(start + GRACE));
    assert_eq!(presence.lose(ADA, 0, start + MOMENT), None);
    assert_eq!((presence.next_due(), presence.socket_count()), (gone_at, 0));
}

#[test]
fn reload_within_grace_tells_nobody() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    let gone_at = presence.close(ADA, 0, start).unwrap();
    assert_eq!(presence.enter(ADA, 1, gone_at - MOMENT), Ok(None));
    assert_eq!(presence.next_due(), None);
    assert_eq!(presence.due(gone_at), []);
}

#[test]
fn departure_is_told_when_grace_has_passed_and_not_before() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    let gone_at = presence.close(ADA, 0, start).unwrap();
    assert_eq!(presence.due(gone_at - MOMENT), []);
    assert_eq!(
        presence.users().len(),
        1,
        "within their grace they are still in the list"
    );
    assert_eq!(presence.due(gone_at), [change(Kind::Offline, ADA, 2)]);
    assert_eq!(presence.due(gone_at + GRACE), []);
    assert_eq!(presence.users().len(), 0);
}

#[test]
fn without_grace_departure_is_told_at_once() {
    let (mut presence, start) = (Presence::new(Duration::ZERO, 0), Instant::now());
    presence.enter(ADA, 0, start).unwrap();
    assert_eq!(presence.lose(ADA, 0, start), Some(start));
    assert_eq!(
        presence.due(start),
        [change(Kind::Dropped(DropReason::ConnectionLost), ADA, 2)]
    );
}

#[test]
fn last_ending_decides_between_offline_and_dropped() {
    let (mut presence, start) = presence();
    for slot in [0, 1] {
        presence.enter(ADA, slot, start).unwrap();
    }
    for slot in [2, 3] {
        presence.enter(BOB, slot, start).unwrap();
    }
    presence.lose(ADA, 0, start);
    presence.close(ADA, 1, start);
    presence.close(BOB, 2, start);
    presence.lose(BOB, 3, start);
    let told: Vec<_> = presence
        .due(start + GRACE)
        .into_iter()
        .map(|change| (change.user, change.kind))
        .collect();
    let dropped = Kind::Dropped(DropReason::ConnectionLost);
    assert_eq!(told, [(user(ADA), Kind::Offline), (user(BOB), dropped)]);
}

#[test]
fn second_departure_has_a_grace_of_its_own() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    presence.close(ADA, 0, start);
    let later = start + GRACE / 2;
    presence.enter(ADA, 1, later).unwrap();
    assert_eq!(presence.close(ADA, 1, later), Some(later + GRACE));
    assert_eq!(
        (presence.due(start + GRACE), presence.next_due()),
        (vec![], Some(later + GRACE))
    );
    assert_eq!(presence.due(later + GRACE), [change(Kind::Offline, ADA, 2)]);
}

#[test]
fn sockets_of_one_user_are_limited() {
    let (mut presence, start) = (Presence::new(GRACE, 2), Instant::now());
    presence.enter(ADA, 0, start).unwrap();
    presence.enter(ADA, 1, start).unwrap();
    assert_eq!(presence.enter(ADA, 2, start), Err(Refused::TooManySockets));
    assert_eq!(presence.close(ADA, 2, start), None, "a refused session does not count");
    assert_eq!(
        presence.enter(ADA, 1, start),
        Ok(None),
        "one that is here already is not refused"
    );
    presence.close(ADA, 0, start);
    assert_eq!(presence.enter(ADA, 3, start), Ok(None));
}

#[test]
fn instants_that_run_backwards_keep_departures_in_order() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    presence.enter(BOB, 1, start).unwrap();
    let gone_at = presence.close(ADA, 0, start + GRACE);
    assert_eq!(presence.close(BOB, 1, start), gone_at);
    let told: Vec<_> = presence
        .due(gone_at.unwrap())
        .into_iter()
        .map(|change| change.user)
        .collect();
    assert_eq!(told, [user(ADA), user(BOB)]);
}
