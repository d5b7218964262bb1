//! The interceptor that reads from `/ws?epoch=…&after=…` what a client holds that comes back.

use std::{future::Future, pin::Pin};

use actix_web::{HttpRequest, http::StatusCode, web::Query};
use serde::Deserialize;

use super::{HandshakeInterceptor, Refusal};
use crate::{attributes::Attributes, ids::Epoch, resume::Resume};

/// Leaves a [`Resume`] in the attributes, if the address has one. Other parts of the query are somebody else's affair.
#[derive(Clone, Copy, Default)]
pub struct ResumeInterceptor;

#[derive(Deserialize)]
struct Parts {
    epoch: Option<Epoch>,
    after: Option<u64>,
}

impl HandshakeInterceptor for ResumeInterceptor {
    fn before_handshake<'a>(
        &'a self,
        request: &'a HttpRequest,
        attributes: &'a mut Attributes,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>> {
        let read = resume(request.query_string()).map(|resume| {
            if let Some(resume) = resume {
                attributes.insert(resume);
            }
        });
        Box::pin(std::future::ready(read))
    }
}

fn resume(query: &str) -> Result<Option<Resume>, Refusal> {
    match Query::<Parts>::from_query(query).map(Query::into_inner) {
        Ok(Parts {
            epoch: Some(epoch),
            after: Some(after),
        }) => Ok(Some(Resume { epoch, after })),
        Ok(Parts {
            epoch: None,
            after: None,
        }) => Ok(None),
        _ => {
            let message = "who comes back names both: `epoch`, 16 hexadecimal digits of `auth`, and `after`, the number \
                           of the last line that they hold, or 0";
            Err(Refusal::new(StatusCode::BAD_REQUEST, "bad-resume", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_or_none_are_read_and_nothing_else() {
        let epoch = Epoch::from_bits(0xd1a4_c07e_e39b_5f26);
        let cases = [
            ("", Some(None)),
            ("lab=1", Some(None)),
            (
                "epoch=d1a4c07ee39b5f26&after=41",
                Some(Some(Resume { epoch, after: 41 })),
            ),
            (
                "after=0&lab=1&epoch=d1a4c07ee39b5f26",
                Some(Some(Resume { epoch, after: 0 })),
            ),
            ("epoch=d1a4c07ee39b5f26", None),
            ("after=41", None),
            ("epoch=d1a4c07ee39b5f26&after=-1", None),
            ("epoch=d1a4c07ee39b5f26&after=", None),
            ("epoch=hello&after=1", None),
            ("epoch=&after=1", None),
            ("epoch=d1a4c07ee39b5f26d1a4c07ee39b5f26&after=1", None),
            ("epoch=%2Bd1a4c07ee39b5f2&after=1", None),
            ("epoch=d1a4c07ee39b5f26&after=18446744073709551616", None),
            ("epoch=d1a4c07ee39b5f26&epoch=d1a4c07ee39b5f26&after=1", None),
        ];
        for (query, expected) in cases {
            assert_eq!(resume(query).ok(), expected, "{query}");
        }
    }
}
