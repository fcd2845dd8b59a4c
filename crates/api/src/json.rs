//! JSON answers, with the content type that clients insist on.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Error;

/// Answers with `T` as `application/json; charset=utf-8`; `T` may borrow, for it is written at once.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(1024);
        if let Err(error) = serde_json::to_writer(&mut body, &self.0) {
            return Error::from(anyhow::Error::new(error).context("An entity cannot be written"))
                .into_response();
        }
        let content_type = HeaderValue::from_static("application/json; charset=utf-8");
        ([(header::CONTENT_TYPE, content_type)], body).into_response()
    }
}

/// The `{}` of endpoints that have nothing to say.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Empty {}
