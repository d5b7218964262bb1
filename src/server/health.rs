//! What a load balancer asks: is the server alive, and is it ready for more?

use std::{sync::Arc, time::Duration};

use actix_web::{HttpResponse, http::header, web};
use serde_json::json;

use super::Shared;

/// Where it is asked. Load balancers and whoever runs the process ask by any name, and below no base path.
pub(super) const PATHS: [&str; 2] = ["/healthz", "/readyz"];
/// How long the registry may take to answer before the server counts as not ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// `GET /healthz`: this process answers.
pub(super) async fn alive() -> HttpResponse {
    answer(true, json!({ "status": "alive" }))
}

/// `GET /readyz`: the registry answers, the store answers, and the server is not about to stop. 503 if not.
pub(super) async fn ready(shared: web::Data<Arc<Shared>>) -> HttpResponse {
    if shared.registry.is_closing() {
        return answer(false, json!({ "status": "stopping" }));
    }
    let store = tokio::time::timeout(PATIENCE, shared.http_sessions.flush());
    let registry = tokio::time::timeout(PATIENCE, shared.registry.count());
    match tokio::join!(registry, store) {
        (Ok(Some(_)), Ok(Ok(()))) => answer(true, json!({ "status": "ready" })),
        (Ok(Some(_)), _) => answer(false, json!({ "status": "the session store does not answer" })),
        _ => answer(false, json!({ "status": "the registry does not answer" })),
    }
}

fn answer(is_good: bool, body: serde_json::Value) -> HttpResponse {
    let mut answer = if is_good {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer.insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}
