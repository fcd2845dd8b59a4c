//! Why a request could not be signed or a signature was refused.

/// Every way in which signing or checking fails. The text is one sentence for the administrator of
/// the other server, who reads it in the body of our 401; it never holds key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither `Signature` nor `Authorization: Signature`.
    #[error("The request is not signed: it has neither a Signature nor an Authorization: Signature header")]
    Unsigned,
    /// More than one signature, so that two readers could believe different ones.
    #[error("The request carries more than one signature")]
    Duplicate,
    /// The syntax of RFC 9421, which is not spoken here.
    #[error("RFC 9421 signatures are not understood here; sign as draft-cavage-http-signatures-12 says")]
    Rfc9421,
    /// The header does not follow the grammar; the text says which part.
    #[error("The Signature header is malformed: {0}")]
    Malformed(&'static str),
    /// Neither absent, `rsa-sha256` nor `hs2019`.
    #[error("The signature algorithm {0:?} is not accepted; use rsa-sha256 or hs2019")]
    Algorithm(String),
    /// A header that must be signed is not listed in `headers`.
    #[error("The signature does not cover {0}")]
    NotCovered(&'static str),
    /// Listed in `headers`, but not in the request.
    #[error("The signed header {0:?} is missing from the request")]
    MissingHeader(String),
    /// A signed header whose value two readers could understand differently, or that is no text.
    #[error("The signed header {0:?} appears more than once or is not readable text")]
    AmbiguousHeader(String),
    /// The signed `Date` is no HTTP date.
    #[error("The Date header is not a valid HTTP date")]
    Date,
    /// Signed more than 12 hours ago.
    #[error("The signature is more than 12 hours old")]
    TooOld,
    /// Dated more than an hour ahead.
    #[error("The signature is dated more than one hour in the future; check the clock of your server")]
    Future,
    /// `(expires)` has passed.
    #[error("The signature has expired")]
    Expired,
    /// Made for another host.
    #[error("The signature was made for the host {signed:?}, and this is {expected:?}")]
    Host {
        /// The signed `Host`, shortened.
        signed: String,
        /// Our own.
        expected: String,
    },
    /// No `Digest`, or none by SHA-256.
    #[error("The request has no Digest header with a SHA-256 value")]
    DigestMissing,
    /// A `Digest` that is no list of `algorithm=base64`.
    #[error("The Digest header is malformed")]
    DigestMalformed,
    /// The body is not the one that was signed.
    #[error("The body does not match the Digest header")]
    DigestMismatch,
    /// Signature, request and key do not belong together.
    #[error("The signature does not match this request and the key it names")]
    Mismatch,
    /// The key cannot be used; the text says why.
    #[error("The key cannot be used: {0}")]
    Key(&'static str),
    /// The signing itself failed, or the key id cannot stand in a header.
    #[error("The request could not be signed: {0}")]
    Signing(&'static str),
}

/// The beginning of a foreign text, to be shown in an error.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(120).collect()
}
