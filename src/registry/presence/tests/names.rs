//! Names: held, claimed, passed on and given up by a log-out.

use super::*;

#[test]
fn look_alike_of_someone_here_is_refused_until_their_grace_has_passed() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    let (session, imitator, look_alike) = (tab(1), user(BOB), name("ADA"));
    assert_eq!(
        presence.join(session, imitator, &look_alike, start),
        Err(Refused::NameTaken)
    );
    let gone_at = presence.close(ADA, 0, start).unwrap();
    assert_eq!(
        presence.join(session, imitator, &look_alike, start),
        Err(Refused::NameTaken)
    );
    presence.due(gone_at);
    assert!(presence.join(session, imitator, &look_alike, gone_at).is_ok());
}

#[test]
fn log_out_is_told_at_once_and_gives_the_sockets_to_close() {
    let (mut presence, start) = presence();
    for slot in [0, 1] {
        presence.enter(ADA, slot, start).unwrap();
    }
    let told = presence.log_out(user(ADA), start);
    assert_eq!(
        told,
        LogOut {
            sessions: vec![tab(0), tab(1)],
            change: Some(change(Kind::Offline, ADA, 2))
        }
    );
    assert_eq!((presence.user_count(), presence.socket_count()), (0, 0));
    assert_eq!(presence.lose(ADA, 0, start), None);
    assert_eq!(presence.log_out(user(ADA), start), LogOut::default());
}

#[test]
fn log_out_within_grace_is_told_once() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    let gone_at = presence.lose(ADA, 0, start).unwrap();
    let told = presence.log_out(user(ADA), start);
    assert_eq!(
        told,
        LogOut {
            sessions: vec![],
            change: Some(change(Kind::Offline, ADA, 2))
        }
    );
    assert_eq!((presence.next_due(), presence.due(gone_at)), (None, vec![]));
}

#[test]
fn handshake_that_a_log_out_overtook_is_refused() {
    let (mut presence, start) = presence();
    let _ = presence.log_out(user(ADA), start);
    assert_eq!(presence.enter(ADA, 0, start + MOMENT), Err(Refused::SessionEnded));
    assert_eq!(presence.book(ADA, "Ada", start), Err(Refused::SessionEnded));
    assert_eq!(
        presence.enter(ADA, 0, start + LOG_OUT_MEMORY - MOMENT),
        Err(Refused::SessionEnded)
    );
}

#[test]
fn of_two_claims_of_one_name_one_wins() {
    let (mut presence, start) = presence();
    assert_eq!(presence.book(ADA, "Ada", start), Ok(()));
    assert_eq!(presence.book(BOB, "ada", start), Err(Refused::NameTaken));
    assert_eq!(
        presence.join(tab(0), user(BOB), &name("ada"), start),
        Err(Refused::NameTaken)
    );
    assert_eq!(presence.enter(ADA, 1, start), Ok(Some(change(Kind::Online, ADA, 1))));
    assert_eq!(presence.book(BOB, "ada", start + CLAIM_HOLD), Err(Refused::NameTaken));
}

#[test]
fn claim_that_is_not_used_in_time_or_is_given_up_frees_the_name() {
    let (mut presence, start) = presence();
    presence.book(ADA, "Ada", start).unwrap();
    let almost = start + CLAIM_HOLD - MOMENT;
    assert_eq!(presence.book(BOB, "ada", almost), Err(Refused::NameTaken));
    assert!(presence.book(BOB, "ada", start + CLAIM_HOLD).is_ok());
    presence.release(user(BOB));
    assert!(presence.book(ADA, "Ada", start + CLAIM_HOLD).is_ok());
}

#[test]
fn new_claim_replaces_the_old_one_of_the_same_user() {
    let (mut presence, start) = presence();
    presence.book(ADA, "Ada", start).unwrap();
    presence.book(ADA, "Countess", start + CLAIM_HOLD / 2).unwrap();
    assert!(presence.book(BOB, "Ada", start + CLAIM_HOLD / 2).is_ok());
    assert_eq!(
        presence.book(BOB, "Countess", start + CLAIM_HOLD),
        Err(Refused::NameTaken)
    );
}

#[test]
fn claim_of_ones_own_name_does_not_expire_while_one_is_here() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    presence.book(ADA, "Ada", start).unwrap();
    presence.release(user(ADA));
    assert_eq!(presence.due(start + CLAIM_HOLD), []);
    assert_eq!(presence.book(BOB, "Ada", start + CLAIM_HOLD), Err(Refused::NameTaken));
}

#[test]
fn claimant_takes_over_the_name_of_who_they_were() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    let renewed = presence.claim(user(BOB), &name("ADA"), Some(user(ADA)), start);
    let offline = change(Kind::Offline, ADA, 2);
    assert_eq!(
        renewed,
        Ok(LogOut {
            sessions: vec![tab(0)],
            change: Some(offline)
        })
    );
    assert_eq!(presence.enter(ADA, 1, start), Err(Refused::SessionEnded));
    assert!(presence.join(tab(2), user(BOB), &name("ADA"), start).is_ok());
}

#[test]
fn refused_claim_leaves_the_former_user_alone() {
    let (mut presence, start) = presence();
    presence.enter(ADA, 0, start).unwrap();
    presence.enter(BOB, 1, start).unwrap();
    let refused = presence.claim(user(3), &own_name(BOB), Some(user(ADA)), start);
    assert_eq!(refused, Err(Refused::NameTaken));
    assert_eq!((presence.user_count(), presence.version()), (2, 2));
}
