//! What can go wrong on the wire, and the status it is answered with.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::fault::Fault;

/// Why something federated did not work. The texts of all but [`Error::Internal`] go out to the peer, whose
/// administrators debug with them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the caller may not know that it does.
    #[error("Not found")]
    NotFound,
    /// It was here and has been deleted.
    #[error("Gone")]
    Gone,
    /// Something is wrong with the signature; says what.
    #[error("{0}")]
    Unauthorized(String),
    /// The caller may not do this; says why.
    #[error("{0}")]
    Forbidden(String),
    /// What was sent or fetched makes no sense; says why.
    #[error("{0}")]
    Malformed(String),
    /// What was sent is no activity by its content type.
    #[error("Only application/activity+json and application/ld+json are accepted here")]
    MediaType,
    /// What was sent is packed.
    #[error("A body with a Content-Encoding is not accepted here; send it as it is")]
    Encoding,
    /// What was sent is too large.
    #[error("The body is too large")]
    TooLarge,
    /// Too many at once; the caller may try again soon.
    #[error("The server is busy, try again in a moment")]
    Busy,
    /// The caller's host has sent too much; it may go on after this time.
    #[error("Too many activities from this host, try again later")]
    TooMany(std::time::Duration),
    /// Another server did not give what was asked for.
    #[error("Could not fetch: {0}")]
    Fetch(#[from] fetch::Error),
    /// Our fault; the cause is for the log only.
    #[error("Something went wrong on our side")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// Something that makes no sense, in words.
    pub fn malformed(problem: impl Into<String>) -> Self {
        Self::Malformed(problem.into())
    }

    /// Something wrong with a signature, in words.
    pub fn unauthorized(problem: impl Into<String>) -> Self {
        Self::Unauthorized(problem.into())
    }

    /// What it is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Malformed(_) | Self::Fetch(_) => StatusCode::BAD_REQUEST,
            Self::MediaType | Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        if let Self::Internal(cause) = &self {
            tracing::error!(error = format!("{cause:#}"), "A federation request failed: {cause:#}");
        }
        let body = Json(serde_json::json!({ "error": self.to_string() }));
        let seconds = match self {
            Self::Busy => 5,
            Self::TooMany(wait) => wait.as_secs() + 1,
            _ => return (status, body).into_response(),
        };
        (status, [(http::header::RETRY_AFTER, seconds.to_string())], body).into_response()
    }
}

impl From<services::Error> for Error {
    fn from(error: services::Error) -> Self {
        match error {
            services::Error::NotFound => Self::NotFound,
            services::Error::Forbidden(why) => Self::Forbidden(why.to_owned()),
            services::Error::Invalid(why) => Self::Malformed(why),
            services::Error::Gone => Self::Gone,
            services::Error::Busy => Self::Busy,
            services::Error::Internal(cause) => Self::Internal(cause),
        }
    }
}

impl From<Error> for services::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound | Error::Fetch(_) => Self::NotFound,
            Error::Gone => Self::Gone,
            Error::Forbidden(_) => Self::Forbidden("This action is not allowed"),
            Error::Malformed(why) | Error::Unauthorized(why) => Self::Invalid(why),
            Error::MediaType | Error::Encoding => {
                Self::Invalid("The document has another content type".to_owned())
            }
            Error::TooLarge => Self::Invalid("The document is too large".to_owned()),
            Error::Busy | Error::TooMany(_) => Self::Busy,
            Error::Internal(cause) => Self::Internal(cause),
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        services::Error::from(error).into()
    }
}

impl From<db::connect::PoolError> for Error {
    fn from(error: db::connect::PoolError) -> Self {
        services::Error::from(error).into()
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Odd(why) => Self::Malformed(why),
            Fault::Gone => Self::Gone,
            Fault::Temporary(_) => Self::Busy,
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(format!("Not the JSON that was expected: {error}"))
    }
}

impl From<url::ParseError> for Error {
    fn from(error: url::ParseError) -> Self {
        Self::Malformed(format!("Not a URL: {error}"))
    }
}

impl From<activitypub_federation::error::Error> for Error {
    fn from(error: activitypub_federation::error::Error) -> Self {
        use activitypub_federation::error::Error as Library;
        match error {
            Library::NotFound => Self::NotFound,
            Library::ObjectDeleted(_) => Self::Gone,
            Library::UrlParse(error) => error.into(),
            other => Self::Malformed(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stay_inside() {
        let error = Error::Internal(anyhow::anyhow!("connection to 10.0.0.1 refused"));
        assert_eq!(error.to_string(), "Something went wrong on our side");
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn what_a_peer_sent_is_never_our_fault() {
        let parse = serde_json::from_str::<bool>("x").expect_err("not JSON");
        assert_eq!(Error::from(parse).status(), StatusCode::BAD_REQUEST);
        assert_eq!(Error::Fetch(fetch::Error::Timeout).status(), StatusCode::BAD_REQUEST);
    }
}
