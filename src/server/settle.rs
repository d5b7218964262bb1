//! What the registry must do once it is known whether the store kept an HTTP session: that comes after the route.

use std::{cell::Cell, rc::Rc};

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::{ids::UserId, registry::RegistryHandle};

/// What a route leaves to be settled. It finds the place for it in the request's extensions.
#[derive(Clone, Copy)]
pub(super) enum Settlement {
    /// A name is held for this user; to be given up if their session is not kept.
    Claimed(UserId),
    /// This user has logged out; to be told if their session is gone indeed.
    LoggedOut(UserId),
}

/// The place for a [`Settlement`].
pub(super) type Settling = Rc<Cell<Option<Settlement>>>;

/// Middleware outside of the HTTP session's.
pub(super) async fn settle<B: MessageBody>(
    registry: RegistryHandle,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let settling = Settling::default();
    request.extensions_mut().insert(settling.clone());
    let answer = next.call(request).await;
    let is_kept = answer.as_ref().is_ok_and(|answer| !answer.status().is_server_error());
    match settling.take() {
        Some(Settlement::Claimed(user)) if !is_kept => registry.release(user),
        Some(Settlement::LoggedOut(user)) if is_kept => registry.log_out(user),
        _ => {}
    }
    answer
}
