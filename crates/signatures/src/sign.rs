//! Signing what we send.

use std::{collections::BTreeMap, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use url::Url;

use crate::{
    Error, PrivateKey, digest_header,
    signing_string::{REQUEST_TARGET, signing_string},
};

/// A request about to be sent. Sign at every attempt: receivers refuse dates that are an hour old.
#[derive(Debug, Clone, Copy)]
pub struct SigningInput<'a> {
    /// The method, as sent.
    pub method: &'a Method,
    /// Where it goes; path and query are signed as they stand.
    pub url: &'a Url,
    /// The value of the `Host` header that will be sent, see [`host_header`].
    pub host: &'a str,
    /// The time of sending.
    pub date: SystemTime,
    /// The body; its digest is made, and signed, if there is one.
    pub body: Option<&'a [u8]>,
    /// The `Content-Type` that will be sent, if it is to be signed too.
    pub content_type: Option<&'a str>,
    /// Leaves the query out of `(request-target)`, as old servers check it.
    pub without_query: bool,
}

/// The headers that make a request a signed one; `content-type`, if signed, is the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `Host`.
    pub host: String,
    /// `Date`.
    pub date: String,
    /// `Digest`, for a request with a body.
    pub digest: Option<String>,
    /// `Signature`.
    pub signature: String,
}

/// The `Host` header of a request to `url`: with the port where it is not the scheme's own.
pub fn host_header(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Signs `request` with RSASSA-PKCS1-v1_5 and SHA-256, in the form every peer accepts:
/// `keyId="…",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="…"`.
pub fn sign(request: &SigningInput<'_>, key_id: &str, key: &PrivateKey) -> Result<SignedHeaders, Error> {
    if key_id.is_empty() || key_id.contains(|c: char| c == '"' || c == '\\' || !c.is_ascii_graphic()) {
        return Err(Error::Signing("the key id cannot stand in a header"));
    }
    let headers = SignedHeaders {
        host: request.host.to_owned(),
        date: httpdate::fmt_http_date(request.date),
        digest: request.body.map(digest_header),
        signature: String::new(),
    };
    let mut names = vec![REQUEST_TARGET.to_owned(), "host".to_owned(), "date".to_owned()];
    let mut values = BTreeMap::from([
        ("host".to_owned(), headers.host.clone()),
        ("date".to_owned(), headers.date.clone()),
    ]);
    for (name, value) in [("digest", headers.digest.as_deref()), ("content-type", request.content_type)] {
        if let Some(value) = value {
            names.push(name.to_owned());
            values.insert(name.to_owned(), value.to_owned());
        }
    }
    let target = match request.url.query() {
        Some(query) if !request.without_query => format!("{}?{query}", request.url.path()),
        _ => request.url.path().to_owned(),
    };
    let names_listed = names.join(" ");
    let text = signing_string(request.method.as_str(), &target, &names, values)?;
    let encoded = STANDARD.encode(key.sign(text.as_bytes())?);
    let signature =
        format!(r#"keyId="{key_id}",algorithm="rsa-sha256",headers="{names_listed}",signature="{encoded}""#);
    Ok(SignedHeaders { signature, ..headers })
}
