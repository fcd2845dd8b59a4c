//! What stands in the path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::Error;

/// The id in a path such as `/statuses/{id}`, the first variable part; one that cannot be an id is an id of
/// nothing: 404.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Name(text) = Name::from_request_parts(parts, state).await?;
        text.parse().map(Self).map_err(|_| Error::not_found())
    }
}

/// The first two ids in a path such as `/statuses/{id}/quotes/{quoting_status_id}`; as [`Id`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids<T, U>(pub(crate) T, pub(crate) U);

impl<S: Send + Sync, T: FromStr, U: FromStr> FromRequestParts<S> for Ids<T, U> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::not_found())?;
        let mut values = params.iter().map(|(_, value)| value);
        let first = values.next().and_then(|text| text.parse().ok());
        let second = values.next().and_then(|text| text.parse().ok());
        first.zip(second).map(|(first, second)| Self(first, second)).ok_or_else(Error::not_found)
    }
}

/// The first variable part of a path, decoded; what is not text is the name of nothing: 404.
#[derive(Clone, Debug)]
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::not_found())?;
        let (_, value) = params.iter().next().ok_or_else(Error::not_found)?;
        if value.contains('\0') {
            return Err(Error::not_found());
        }
        Ok(Self(value.to_owned()))
    }
}
