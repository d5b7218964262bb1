//! The operator's view, `/admin`: what it shows and what it can do, behind a token. `docs/admin.md` has its routes.
//!
//! Whoever changes something or sees something passes [`SignedIn`]: there is no way to an answer around it.

mod bans;
mod body;
mod kick;
mod login;
mod logins;
mod page;
mod people;
mod samples;
mod views;

use std::{future::Future, time::Duration};

use actix_web::{http::StatusCode, web};
use chrono::{DateTime, Utc};

pub(super) use page::shared_file;
pub(super) use samples::keep;

use self::{logins::Logins, samples::Samples};
use crate::{interceptor::Refusal, store::AdminToken};

/// How long registry, hubs and store may take for one answer together.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the operator's view keeps. One for all workers.
pub(crate) struct Admin {
    logins: Logins,
    samples: Samples,
    started_at: DateTime<Utc>,
}

impl Admin {
    pub fn new(token: &AdminToken) -> Self {
        let now = Utc::now();
        Self {
            logins: Logins::new(token),
            samples: Samples::new(now),
            started_at: now,
        }
    }
}

/// All routes of the view, page included.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin", web::get().to(page::redirect))
        .service(web::resource("/admin/login").route(web::post().to(login::sign_in)))
        .service(web::resource("/admin/logout").route(web::post().to(login::sign_out)))
        .service(
            web::scope("/admin/api")
                .service(web::resource("/state").route(web::get().to(views::state)))
                .service(web::resource("/samples").route(web::get().to(views::samples)))
                .service(web::resource("/refusals").route(web::get().to(views::refusals)))
                .service(web::resource("/settings").route(web::get().to(views::settings)))
                .service(web::resource("/users").route(web::get().to(people::list)))
                .service(web::resource("/kick").route(web::post().to(kick::kick)))
                .service(
                    web::resource("/bans")
                        .route(web::get().to(bans::list))
                        .route(web::post().to(bans::ban)),
                )
                .service(web::resource("/bans/{id}").route(web::delete().to(bans::lift)))
                .default_service(web::to(page::not_found)),
        )
        .route("/admin/{file:.*}", web::get().to(page::file));
}

/// What `work` comes to, if it does so in time.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Refusal> {
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| busy())
}

fn busy() -> Refusal {
    let message = "the server has too much to do just now; try again in a moment";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
}
