use std::fs;

use actix_http::Request;
use actix_session::Session;
use actix_web::{
    App, Error, HttpResponse,
    body::{BoxBody, to_bytes},
    cookie::Cookie,
    dev::{Service, ServiceResponse},
    http::{Method, StatusCode},
    middleware::from_fn,
    test::{TestRequest, init_service},
    web,
};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::store::DataDir;

const DAY: Option<Duration> = Some(Duration::from_secs(86_400));

/// What stands behind a small server, and outlives its restarts.
struct World {
    data: DataDir,
    sessions: HttpSessions,
    ttl: Option<Duration>,
    folder: TempDir,
}

/// What an answer said: status, body, and the session cookie if it set one.
struct Answer {
    status: StatusCode,
    body: String,
    cookie: Option<Cookie<'static>>,
}

impl World {
    async fn new() -> Self {
        let folder = tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let sessions = HttpSessions::open(&data.database()).await.unwrap();
        Self {
            data,
            sessions,
            ttl: DAY,
            folder,
        }
    }

    /// A server with a log-in, a change of state, a question who one is, a log-out, and a page.
    async fn server(
        &self,
        cookie: SessionCookie,
    ) -> impl Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> + use<> {
        let store = HttpSessionStore::new(self.sessions.clone(), self.ttl);
        let sessions = session_middleware(store, self.data.signing_key(), &cookie);
        let page = || async { "page" };
        init_service(
            App::new().route("/", web::get().to(page)).service(
                web::resource("/session")
                    .route(web::post().to(log_in))
                    .route(web::patch().to(rename))
                    .route(web::get().to(who))
                    .route(web::delete().to(log_out))
                    .wrap(sessions)
                    .wrap(from_fn(answer_503_without_store)),
            ),
        )
        .await
    }
}

/// A name is taken: the key changes, also when there was a session before.
async fn log_in(session: Session, name: String) -> HttpResponse {
    session.renew();
    session.insert("name", name).unwrap();
    HttpResponse::Ok().finish()
}

async fn rename(session: Session, name: String) -> HttpResponse {
    session.insert("name", name).unwrap();
    HttpResponse::Ok().finish()
}

async fn who(session: Session) -> HttpResponse {
    let name = session.get::<String>("name").unwrap();
    let id = session.get::<HttpSessionId>(HttpSessionId::ENTRY).unwrap();
    match (name, id) {
        (Some(name), Some(id)) => HttpResponse::Ok().body(format!("{name} {id}")),
        (None, None) => HttpResponse::Unauthorized().finish(),
        halves => HttpResponse::InternalServerError().body(format!("{halves:?}")),
    }
}

async fn log_out(session: Session) -> HttpResponse {
    session.purge();
    HttpResponse::NoContent().finish()
}

/// One request; an error of the app becomes an answer, as the real server makes it one.
async fn ask<S>(server: &S, method: Method, path: &str, cookie: Option<&Cookie<'static>>, body: &str) -> Answer
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let mut request = TestRequest::with_uri(path).method(method).set_payload(body.to_owned());
    if let Some(cookie) = cookie {
        request = request.cookie(cookie.clone());
    }
    let response = match server.call(request.to_request()).await {
        Ok(response) => response.into_parts().1,
        Err(error) => error.error_response(),
    };
    let (status, cookie) = (response.status(), response.cookies().next().map(Cookie::into_owned));
    let body = to_bytes(response.into_body()).await.unwrap();
    Answer {
        status,
        body: String::from_utf8(body.to_vec()).unwrap(),
        cookie,
    }
}

/// Requests as a browser's pages make them.
macro_rules! requests {
    ($($name:ident $method:ident),+) => {$(
        async fn $name<S>(server: &S, cookie: Option<&Cookie<'static>>, body: &str) -> Answer
        where
            S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
        {
            ask(server, Method::$method, "/session", cookie, body).await
        }
    )+};
}
requests!(post POST, patch PATCH, get GET, delete DELETE);

fn plain() -> SessionCookie {
    SessionCookie {
        secure: false,
        path: "/".to_owned(),
    }
}

/// The key that a signed cookie carries: base64 of an HMAC-SHA256, then the key itself.
fn key_in(cookie: &Cookie<'static>) -> String {
    cookie.value()[44..].to_owned()
}

async fn stored(world: &World, cookie: &Cookie<'static>) -> Option<crate::store::Loaded> {
    world.sessions.load(digest(&key_in(cookie)), Utc::now()).await.unwrap()
}

#[actix_web::test]
async fn cookie_is_signed_hidden_and_lax() {
    let world = World::new().await;
    let cookie = post(&world.server(plain()).await, None, "Ada").await.cookie.unwrap();
    assert_eq!((cookie.name(), cookie.path()), ("tertulia", Some("/")));
    assert_eq!((cookie.http_only(), cookie.secure()), (Some(true), None));
    assert_eq!(
        (cookie.same_site(), cookie.max_age()),
        (Some(SameSite::Lax), Some(COOKIE_AGE))
    );
}

#[actix_web::test]
async fn cookie_of_an_https_server_is_secure_and_bound_to_its_host() {
    let world = World::new().await;
    let settings = SessionCookie {
        secure: true,
        ..plain()
    };
    let cookie = post(&world.server(settings).await, None, "Ada").await.cookie.unwrap();
    assert_eq!(
        (cookie.name(), cookie.secure(), cookie.domain()),
        ("__Host-tertulia", Some(true), None)
    );
    let below = SessionCookie {
        secure: true,
        path: "/chat".to_owned(),
    };
    let cookie = post(&world.server(below).await, None, "Ada").await.cookie.unwrap();
    assert_eq!(
        (cookie.name(), cookie.secure(), cookie.path()),
        ("tertulia", Some(true), Some("/chat"))
    );
}

#[actix_web::test]
async fn cookie_holds_a_signature_and_a_random_key_only() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let (ada, again) = (post(&server, None, "Ada").await, post(&server, None, "Ada").await);
    let (ada, again) = (ada.cookie.unwrap(), again.cookie.unwrap());
    assert_eq!(ada.value().len(), 44 + 2 * KEY_BYTES);
    assert!(key_in(&ada).bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert_ne!(key_in(&ada), key_in(&again));
}

#[actix_web::test]
async fn handler_finds_the_id_of_its_session_and_the_key_is_not_on_disk() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    let key = key_in(&cookie);
    let answer = get(&server, Some(&cookie), "").await;
    assert_eq!(
        (answer.status, answer.body),
        (StatusCode::OK, format!("Ada {}", digest(&key)))
    );
    // Asking neither writes the entry nor sends the cookie again.
    assert_eq!(answer.cookie, None);
    patch(&server, Some(&cookie), "Lin").await;
    assert_eq!(
        stored(&world, &cookie).await.unwrap().state,
        State::from([("name".into(), "\"Lin\"".into())])
    );

    world.sessions.flush().await.unwrap();
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()));
    }
}

#[actix_web::test]
async fn visitor_without_state_gets_no_cookie_and_no_row() {
    let world = World::new().await;
    let answer = get(&world.server(plain()).await, None, "").await;
    assert_eq!((answer.status, answer.cookie), (StatusCode::UNAUTHORIZED, None));
    let everything = world.sessions.purge_expired(DateTime::<Utc>::MAX_UTC).await.unwrap();
    assert_eq!(everything, []);
}

#[actix_web::test]
async fn restart_signs_nobody_out() {
    let mut world = World::new().await;
    let cookie = post(&world.server(plain()).await, None, "Ada").await.cookie.unwrap();
    world.sessions.close().await.unwrap();
    drop(world.data);
    world.data = DataDir::open(world.folder.path()).unwrap();
    world.sessions = HttpSessions::open(&world.data.database()).await.unwrap();
    assert_eq!(
        get(&world.server(plain()).await, Some(&cookie), "").await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn cookie_replayed_after_log_out_is_nobody() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    let farewell = delete(&server, Some(&cookie), "").await;
    assert_eq!(farewell.status, StatusCode::NO_CONTENT);
    assert_eq!(farewell.cookie.unwrap().max_age(), Some(time::Duration::ZERO));
    assert_eq!(get(&server, Some(&cookie), "").await.status, StatusCode::UNAUTHORIZED);
    // A change of state under the dead key makes another session, under a key of its own.
    let other = patch(&server, Some(&cookie), "Eve").await.cookie.unwrap();
    assert_ne!(key_in(&other), key_in(&cookie));
    assert_eq!(get(&server, Some(&cookie), "").await.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn second_log_out_is_harmless() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    for _ in 0..2 {
        assert_eq!(delete(&server, Some(&cookie), "").await.status, StatusCode::NO_CONTENT);
    }
}

#[actix_web::test]
async fn renewing_changes_the_key_and_ends_the_old_one() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let before = post(&server, None, "Ada").await.cookie.unwrap();
    let after = post(&server, Some(&before), "Lin").await.cookie.unwrap();
    assert_ne!(key_in(&before), key_in(&after));
    assert_eq!(get(&server, Some(&before), "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        get(&server, Some(&after), "").await.body,
        format!("Lin {}", digest(&key_in(&after)))
    );
    assert_eq!(
        stored(&world, &after).await.unwrap().state,
        State::from([("name".into(), "\"Lin\"".into())])
    );
}

#[actix_web::test]
async fn forged_cookie_is_nobody() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    let unsigned = Cookie::new("tertulia", key_in(&cookie));
    let first = if cookie.value().starts_with('A') { 'B' } else { 'A' };
    let other_signature = Cookie::new("tertulia", format!("{first}{}", &cookie.value()[1..]));
    for forged in [unsigned, other_signature, Cookie::new("tertulia", "")] {
        assert_eq!(get(&server, Some(&forged), "").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[actix_web::test]
async fn expired_session_is_nobody_and_purged_by_its_id() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    let id = digest(&key_in(&cookie));
    let now = Utc::now();
    let past = Lease {
        now,
        until: now - Duration::from_secs(1),
    };
    assert!(world.sessions.update(id, &State::new(), past).await.unwrap());
    assert_eq!(get(&server, Some(&cookie), "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.sessions.purge_expired(now).await.unwrap(), [id]);
}

#[actix_web::test]
async fn session_that_nobody_uses_is_kept_for_minutes_only() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    let unused = stored(&world, &cookie).await.unwrap();
    assert!(unused.expires_at <= Utc::now() + UNUSED_TTL);
    get(&server, Some(&cookie), "").await;
    world.sessions.flush().await.unwrap();
    assert!(stored(&world, &cookie).await.unwrap().expires_at > Utc::now() + 2 * UNUSED_TTL);
}

#[actix_web::test]
async fn request_prolongs_an_ageing_session_but_not_a_fresh_one() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    get(&server, Some(&cookie), "").await;
    world.sessions.flush().await.unwrap();
    let fresh = stored(&world, &cookie).await.unwrap();
    get(&server, Some(&cookie), "").await;
    world.sessions.flush().await.unwrap();
    assert_eq!(stored(&world, &cookie).await.unwrap(), fresh);

    let now = Utc::now();
    let ageing = Lease {
        now,
        until: fresh.expires_at - TOUCH_EVERY,
    };
    assert!(
        world
            .sessions
            .update(digest(&key_in(&cookie)), &fresh.state, ageing)
            .await
            .unwrap()
    );
    get(&server, Some(&cookie), "").await;
    world.sessions.flush().await.unwrap();
    assert!(stored(&world, &cookie).await.unwrap().expires_at >= fresh.expires_at);
}

#[actix_web::test]
async fn change_that_races_with_a_log_out_fails_and_saves_nothing() {
    let world = World::new().await;
    let store = HttpSessionStore::new(world.sessions.clone(), DAY);
    let key = store.save(State::new(), &COOKIE_AGE).await.unwrap();
    let state = store.load(&key).await.unwrap().unwrap();
    store.delete(&key).await.unwrap();
    let (id, same_key) = (id_of(&key), key.as_ref().to_owned().try_into().unwrap());
    assert!(matches!(
        store.update(same_key, state, &COOKIE_AGE).await,
        Err(UpdateError::Other(_))
    ));
    assert_eq!(world.sessions.load(id, Utc::now()).await.unwrap(), None);
    assert_eq!(
        world.sessions.purge_expired(DateTime::<Utc>::MAX_UTC).await.unwrap(),
        []
    );
}

#[actix_web::test]
async fn broken_store_answers_503_and_leaves_the_page_alone() {
    let world = World::new().await;
    let server = world.server(plain()).await;
    let cookie = post(&server, None, "Ada").await.cookie.unwrap();
    world.sessions.close().await.unwrap();
    let load = get(&server, Some(&cookie), "").await;
    let save = post(&server, None, "Lin").await;
    for answer in [load, save] {
        assert_eq!((answer.status, answer.cookie), (StatusCode::SERVICE_UNAVAILABLE, None));
        assert!(
            answer.body.contains(r#""code":"session-unavailable""#),
            "{}",
            answer.body
        );
        assert!(!answer.body.contains(&key_in(&cookie)));
    }
    assert_eq!(get(&server, None, "").await.status, StatusCode::UNAUTHORIZED);
    let page = ask(&server, Method::GET, "/", Some(&cookie), "").await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, "page"));
}

#[actix_web::test]
async fn failing_update_and_delete_answer_503() {
    // A handler that takes the store away between `load` and what follows, like a disk that fills up meanwhile.
    let world = World::new().await;
    let key = world.data.signing_key().clone();
    let store = HttpSessionStore::new(world.sessions.clone(), DAY);
    let cookie = post(&world.server(plain()).await, None, "Ada").await.cookie.unwrap();
    for purging in [false, true] {
        let sessions = HttpSessions::open(&world.data.database()).await.unwrap();
        let store = HttpSessionStore {
            sessions: sessions.clone(),
            ..store.clone()
        };
        let break_off = move |session: Session| {
            let sessions = sessions.clone();
            async move {
                sessions.close().await.unwrap();
                if purging {
                    session.purge()
                } else {
                    session.insert("name", "Lin").unwrap()
                }
                HttpResponse::Ok().finish()
            }
        };
        let route = web::resource("/session")
            .route(web::get().to(break_off))
            .wrap(session_middleware(store, &key, &plain()))
            .wrap(from_fn(answer_503_without_store));
        let server = init_service(App::new().service(route)).await;
        assert_eq!(
            get(&server, Some(&cookie), "").await.status,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
