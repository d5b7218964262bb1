//! What a request says of its client, read once for all interceptors.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{HttpRequest, http::header::HeaderMap};

use crate::{
    client_address::{Client, Hearsay, Scheme, TrustedProxies},
    origin::Origin,
};

/// Who the client is, with forwarded headers counting only from `proxies`.
pub fn client_of(request: &HttpRequest, proxies: &TrustedProxies) -> Client {
    // A connection without an address is gone already; what it is counted under matters to nobody.
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let headers = request.headers();
    let client = proxies.client(
        peer,
        Hearsay {
            x_forwarded_for: &values(headers, "x-forwarded-for"),
            x_forwarded_proto: &values(headers, "x-forwarded-proto"),
            x_forwarded_host: &values(headers, "x-forwarded-host"),
            forwarded: &values(headers, "forwarded"),
        },
    );
    Client {
        // Where no proxy says otherwise, the connection itself does, if it is one with TLS.
        scheme: client.scheme.or_else(|| request.conn_data().copied()),
        ..client
    }
}

/// The origin of the page that this request would come from if it were our own: its scheme and its host.
pub fn own_origin(request: &HttpRequest, client: &Client) -> Option<Origin> {
    let scheme = client.scheme.unwrap_or(Scheme::Http);
    let host = match &client.host {
        Some(host) => host.as_str(),
        None => match request.uri().authority() {
            // The absolute form counts more than the header (RFC 9112 section 3.2.2), here as for the host.
            Some(authority) => authority.as_str(),
            None => request.headers().get("host")?.to_str().ok()?,
        },
    };
    Origin::from_parts(scheme.as_str(), host).ok()
}

/// The values of a header, in order. One that is not text is passed over as empty, so that it still counts as one.
pub fn values<'a>(headers: &'a HeaderMap, name: &'static str) -> Vec<&'a str> {
    headers
        .get_all(name)
        .map(|value| value.to_str().unwrap_or_default())
        .collect()
}
