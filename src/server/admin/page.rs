//! The files of the operator's view, and those that it shares with the chat's page.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use crate::server::page;

/// `GET /admin`: relative addresses in the page need the slash.
pub(super) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "admin/"))
        .finish()
}

/// `GET /admin/…`.
pub(super) async fn file(request: HttpRequest, file: web::Path<String>) -> HttpResponse {
    let name = if file.is_empty() { "index.html" } else { file.as_str() };
    page::show(&request, &format!("admin/{name}")).await
}

/// On an address of its own: the files that the view shares with the chat's page, and a way to the view.
pub(in crate::server) async fn shared_file(request: HttpRequest) -> HttpResponse {
    match request.path() {
        "/" => HttpResponse::TemporaryRedirect()
            .insert_header((header::LOCATION, "admin/"))
            .finish(),
        "/index.html" => page::not_found(),
        _ => page::file(request).await,
    }
}

pub(super) async fn not_found() -> HttpResponse {
    page::not_found()
}
