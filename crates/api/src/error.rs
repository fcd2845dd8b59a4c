//! The one place of status codes, and of the shape `{"error": …}`.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Json;

/// What handlers and extractors return.
pub type Result<T = Response, E = Error> = std::result::Result<T, E>;

/// An answer that says no; every error of a layer below becomes one by `?`.
///
/// What went wrong on our side is logged when it becomes an `Error`, once, and is not in it any more.
#[derive(Debug)]
pub struct Error {
    status: StatusCode,
    text: Cow<'static, str>,
    description: Option<Cow<'static, str>>,
    details: Option<Box<Value>>,
}

/// What an error looks like.
#[derive(Serialize, ToSchema)]
pub(crate) struct Body<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<&'a Value>,
}

impl Error {
    /// An error with this code and this text for whoever asked.
    pub fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into(), description: None, details: None }
    }

    /// 404 `Record not found`: there is none, or the caller may not know of it.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }

    /// 401: no token, or not a good one.
    pub fn unauthorized(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, text)
    }

    /// 403.
    pub fn forbidden(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, text)
    }

    /// 422 `Validation failed: …`.
    pub fn invalid(problem: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("Validation failed: {problem}"))
    }

    /// 422 for a file that is refused; anything else that fails with files is ours.
    pub(crate) fn of_file(error: media::Error) -> Self {
        if error.is_refusal() { Self::invalid(error) } else { services::Error::Internal(error.into()).into() }
    }

    /// Adds `error_description`, as OAuth has it (RFC 6749 section 5.2).
    #[must_use]
    pub fn with_description(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: Some(description.into()), ..self }
    }

    /// Adds `details`, as registration has them: what is wrong with each field.
    #[must_use]
    pub fn with_details(self, details: Value) -> Self {
        Self { details: Some(Box::new(details)), ..self }
    }

    /// What it says.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The code it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl<E> From<E> for Error
where
    services::Error: From<E>,
{
    fn from(error: E) -> Self {
        let error = services::Error::from(error);
        let status = match &error {
            services::Error::NotFound => StatusCode::NOT_FOUND,
            services::Error::Forbidden(_) => StatusCode::FORBIDDEN,
            services::Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            services::Error::Gone => StatusCode::GONE,
            services::Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
            services::Error::Internal(cause) => {
                tracing::error!(error = format!("{cause:#}"), "A request failed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = Body {
            error: &self.text,
            error_description: self.description.as_deref(),
            details: self.details.as_deref(),
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    async fn answer(error: Error) -> (StatusCode, Value) {
        let response = error.into_response();
        let status = response.status();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json; charset=utf-8");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn each_meaning_has_its_code() {
        let not_found = answer(services::Error::NotFound.into()).await;
        assert_eq!(not_found, (StatusCode::NOT_FOUND, serde_json::json!({ "error": "Record not found" })));
        let invalid = answer(services::Error::invalid("Text can't be blank").into()).await;
        assert_eq!(invalid.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(invalid.1["error"], "Validation failed: Text can't be blank");
    }

    #[tokio::test]
    async fn causes_are_not_shown() {
        let (status, body) = answer(anyhow::anyhow!("password of the database").into()).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body, serde_json::json!({ "error": "Something went wrong on our side" }));
    }

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let response = Error::from(services::Error::Busy).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
