//! What goes wrong, as a page: what happened in a title, and one sentence on what to do.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// A page that says no. [`crate::visit`] draws it, since only there it is known who comes.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// The code of the answer.
    pub(crate) status: StatusCode,
    /// What happened.
    pub(crate) title: Cow<'static, str>,
    /// What to do.
    pub(crate) advice: Cow<'static, str>,
}

pub(crate) type Result<T = Response, E = Problem> = std::result::Result<T, E>;

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        title: impl Into<Cow<'static, str>>,
        advice: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, title: title.into(), advice: advice.into() }
    }

    pub(crate) fn bad_request(title: impl Into<Cow<'static, str>>, advice: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, title, advice)
    }

    pub(crate) fn not_found() -> Self {
        let advice = "Check the address, or go back to the front page.";
        Self::new(StatusCode::NOT_FOUND, "There is nothing here", advice)
    }

    fn gone() -> Self {
        let advice = "It will not come back; go to the front page to find others.";
        Self::new(StatusCode::GONE, "This account is gone", advice)
    }
}

impl<E> From<E> for Problem
where
    services::Error: From<E>,
{
    fn from(error: E) -> Self {
        match services::Error::from(error) {
            services::Error::NotFound => Self::not_found(),
            services::Error::Gone => Self::gone(),
            services::Error::Forbidden(what) => {
                Self::new(StatusCode::FORBIDDEN, what, "Sign in with an account that may do this.")
            }
            services::Error::Invalid(what) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, what, "Go back, correct it and send it again.")
            }
            services::Error::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is busy",
                "Wait a moment, then load the page again.",
            ),
            services::Error::Internal(cause) => {
                tracing::error!(error = format!("{cause:#}"), "A page failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong on our side",
                    "Try again later; if it stays, tell whoever runs this instance.",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
