//! What comes in below the base path goes on as if there were none: all routes are written once, for the whole host.

use std::rc::Rc;

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode, Uri, header,
        uri::{InvalidUri, PathAndQuery},
    },
    middleware::Next,
};

use super::health;
use crate::{
    authority::shown,
    base_path::{BasePath, Place},
    interceptor::{LogLimit, Refusal},
};

/// What a proxy asks for that takes the base path away: a page, and what the page asks for.
const SIGNS: [&str; 3] = ["/", "/ws", "/session"];

/// The way below a base path.
pub(super) struct Below {
    base: BasePath,
    log: LogLimit,
}

impl Below {
    pub fn new(base: BasePath) -> Rc<Self> {
        Rc::new(Self {
            base,
            log: LogLimit::default(),
        })
    }

    /// Middleware inside of all that judge a request: they see the address as it came.
    pub async fn lead<B: MessageBody>(
        self: Rc<Self>,
        mut request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<EitherBody<B>>, Error> {
        if self.base.is_root() {
            return Ok(next.call(request).await?.map_into_left_body());
        }
        let within = match self.base.place(request.path()) {
            Place::Within(path) => cut(request.uri(), path),
            // Whoever runs the process asks it without knowing its address.
            Place::Outside if health::PATHS.contains(&request.path()) => Ok(request.uri().clone()),
            Place::Door => return Ok(self.redirect(request).map_into_right_body()),
            Place::Outside => return Ok(self.refuse(request).map_into_right_body()),
        };
        let Ok(within) = within else {
            return Ok(self.refuse(request).map_into_right_body());
        };
        request.match_info_mut().get_mut().update(&within);
        request.head_mut().uri = within;
        Ok(next.call(request).await?.map_into_left_body())
    }

    /// Relative addresses in the page need the slash.
    fn redirect(&self, request: ServiceRequest) -> ServiceResponse {
        let query = request
            .uri()
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let answer = HttpResponse::PermanentRedirect()
            .insert_header((header::LOCATION, format!("{}{query}", self.base)))
            .finish();
        request.into_response(answer)
    }

    fn refuse(&self, request: ServiceRequest) -> ServiceResponse {
        let (got, base) = (shown(request.path()), &self.base);
        let is_sign = SIGNS.contains(&request.path());
        if is_sign && self.log.allows() {
            tracing::warn!(got, wanted = %format_args!("{base}…"), "path outside of --base-path");
        }
        let message = format!(
            "all is below {base} here, by --base-path, but what came is {got}; a proxy in front must pass the path on as \
             it is: behind nginx, set `proxy_pass http://…;` without a path behind the port"
        );
        let answer = Refusal::new(StatusCode::NOT_FOUND, "outside-base-path", message).error_response();
        request.into_response(answer)
    }
}

/// The same address with this path.
fn cut(uri: &Uri, path: &str) -> Result<Uri, InvalidUri> {
    let path: PathAndQuery = match uri.query() {
        Some(query) => format!("{path}?{query}").parse()?,
        None => path.parse()?,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path);
    // Scheme and authority are there together, or neither is, as before.
    Ok(Uri::from_parts(parts).unwrap_or_else(|_| uri.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_keeps_all_but_its_path() {
        for (uri, path, cutted) in [
            ("/chat/ws?epoch=1&after=2", "/ws", "/ws?epoch=1&after=2"),
            ("/chat/", "/", "/"),
            ("/chat/?", "/", "/?"),
            ("http://localhost:80/chat/ws?x", "/ws", "http://localhost/ws?x"),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(cut(&uri, path).unwrap().to_string().replace(":80", ""), cutted, "{uri}");
        }
    }
}
