//! The interceptors of a path, as one.

use std::rc::Rc;

use actix_web::HttpRequest;

use super::{HandshakeInterceptor, Refusal};
use crate::attributes::Attributes;

/// Interceptors in the order in which they are asked.
#[derive(Clone, Default)]
pub struct Chain {
    interceptors: Rc<[Rc<dyn HandshakeInterceptor>]>,
}

/// How far a handshake came, so that those who let it pass can be told of its outcome.
pub struct Passage {
    chain: Chain,
    passed: usize,
}

impl Chain {
    /// Asks `interceptors` in their order.
    pub fn new(interceptors: impl IntoIterator<Item = Rc<dyn HandshakeInterceptor>>) -> Self {
        Self {
            interceptors: interceptors.into_iter().collect(),
        }
    }

    /// Asks one after the other.
    ///
    /// # Errors
    ///
    /// The first refusal; those before it have been told.
    pub async fn before_handshake(
        &self,
        request: &HttpRequest,
        attributes: &mut Attributes,
    ) -> Result<Passage, Refusal> {
        let mut passage = Passage {
            chain: self.clone(),
            passed: 0,
        };
        for interceptor in &*self.interceptors {
            if let Err(refusal) = interceptor.before_handshake(request, attributes).await {
                passage.after_handshake(request, Err(&refusal));
                return Err(refusal);
            }
            passage.passed += 1;
        }
        Ok(passage)
    }
}

impl Passage {
    /// Tells those who let the handshake pass, the last one first.
    pub fn after_handshake(self, request: &HttpRequest, outcome: Result<(), &Refusal>) {
        for interceptor in self.chain.interceptors[..self.passed].iter().rev() {
            interceptor.after_handshake(request, outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::Future, pin::Pin};

    use actix_web::{http::StatusCode, test::TestRequest};

    use super::*;

    #[derive(Clone)]
    struct Noting {
        name: char,
        refuses: bool,
        notes: Rc<RefCell<String>>,
    }

    impl HandshakeInterceptor for Noting {
        fn before_handshake<'a>(
            &'a self,
            _: &'a HttpRequest,
            _: &'a mut Attributes,
        ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>> {
            Box::pin(async {
                self.notes.borrow_mut().push(self.name);
                match self.refuses {
                    true => Err(Refusal::new(StatusCode::FORBIDDEN, "no", "no")),
                    false => Ok(()),
                }
            })
        }

        fn after_handshake(&self, _: &HttpRequest, outcome: Result<(), &Refusal>) {
            let mut notes = self.notes.borrow_mut();
            notes.push(self.name.to_ascii_uppercase());
            notes.push(if outcome.is_ok() { '+' } else { '-' });
        }
    }

    async fn notes_of(refusing: Option<char>) -> String {
        let notes = Rc::new(RefCell::new(String::new()));
        let all = ['a', 'b', 'c'].map(|name| Noting {
            name,
            refuses: refusing == Some(name),
            notes: notes.clone(),
        });
        let chain = Chain::new(all.map(|one| Rc::new(one) as Rc<dyn HandshakeInterceptor>));
        let request = TestRequest::default().to_http_request();
        if let Ok(passage) = chain.before_handshake(&request, &mut Attributes::default()).await {
            passage.after_handshake(&request, Ok(()));
        }
        notes.take()
    }

    #[actix_web::test]
    async fn outcome_is_told_in_reverse_to_those_who_let_it_pass() {
        assert_eq!(notes_of(None).await, "abcC+B+A+");
        assert_eq!(notes_of(Some('c')).await, "abcB-A-");
        assert_eq!(notes_of(Some('a')).await, "a");
    }
}
