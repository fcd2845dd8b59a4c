//! What can go wrong on the way out, told apart by what the caller should do about it.

use std::{net::IpAddr, time::Duration};

/// Why a request brought nothing. The texts name no path or query, which may be private.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The guard forbids it; trying again will not help.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// 410: it was there and has been deleted.
    #[error("the document is gone")]
    Gone,
    /// 404: it is not there; perhaps it never was.
    #[error("the document was not found")]
    NotFound,
    /// 401 or 403, also after the second knock.
    #[error("the server wants another signature or does not let us in")]
    Unauthorized,
    /// The decoded body is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// A deadline passed: connecting, or all of it together.
    #[error("the server took too long")]
    Timeout,
    /// Not one of the types asked for; holds what came, shortened, empty if none was named.
    #[error("the answer has the content type {0:?}")]
    ContentType(String),
    /// Any other status that is no success.
    #[error("the server answered {code}")]
    Status {
        /// The HTTP status.
        code: u16,
        /// What `Retry-After` asks for, at most a day.
        retry_after: Option<Duration>,
    },
    /// More than three redirects.
    #[error("the server redirects too often")]
    TooManyRedirects,
    /// The body is not what its type says: no JSON, or a broken compression.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// No connection, or one that broke.
    #[error("the server cannot be reached: {0}")]
    Network(String),
    /// Our signature could not be made.
    #[error(transparent)]
    Signing(#[from] signatures::Error),
    /// The client cannot be built from these settings.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

/// What the guard has against a URL or against the address behind it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No absolute URL with a host, or one with spaces or control characters.
    #[error("it is not a valid URL")]
    Malformed,
    /// Longer than 2048 bytes.
    #[error("the URL is longer than 2048 bytes")]
    TooLong,
    /// Not https.
    #[error("only https is allowed")]
    Scheme,
    /// `user:password@`.
    #[error("a URL must not hold a user name or a password")]
    UserInfo,
    /// A port other than 443.
    #[error("only port 443 is allowed")]
    Port,
    /// A number in place of a name.
    #[error("the host must be a name, not an IP address")]
    IpLiteral,
    /// A name without a dot, or with one at its end.
    #[error("the host is not a full domain name")]
    Host,
    /// From https to http.
    #[error("a redirect leads from https to http")]
    Downgrade,
    /// The name leads to an address outside the public internet.
    #[error("the host resolves to {0}, which is not a public address")]
    Address(IpAddr),
}

/// Why a request failed before there was a status.
pub(crate) fn unreachable(error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    loop {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return Error::Refused(refusal.clone());
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    if error.is_timeout() {
        Error::Timeout
    } else if error.is_builder() {
        Error::Refused(Refusal::Malformed)
    } else if error.is_decode() {
        Error::Malformed(cause.to_string())
    } else {
        Error::Network(cause.to_string())
    }
}
