//! Checking the signature of what we receive.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, Method};

use crate::{
    Error, Parsed, PublicKey,
    error::shortened,
    signing_string::{CREATED, EXPIRES, REQUEST_TARGET, signing_string},
};

/// How old a signature may be; what Mastodon documents.
const PAST: Duration = Duration::from_hours(12);
/// How far ahead of us the clock of a peer may be.
const FUTURE: Duration = Duration::from_hours(1);

/// A received request without its body. Over HTTP/2 there may be no `host` header: the caller then
/// puts `:authority` in its place.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path and query exactly as requested, before any routing changed them.
    pub path_and_query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
}

impl Parsed {
    /// Refuses a signature that would prove too little, whoever made it: one that leaves out
    /// `(request-target)`, `host`, a time, or (if `digest_required`, for every request with a body)
    /// `digest`; that was made for another host than `expected_host` (with its port, if not the
    /// default one); that is older than 12 hours, from more than an hour ahead of `now`, or
    /// expired.
    pub fn check_policy(
        &self,
        request: &Incoming<'_>,
        digest_required: bool,
        expected_host: &str,
        now: SystemTime,
    ) -> Result<(), Error> {
        for required in [REQUEST_TARGET, "host"] {
            if !self.covers(required) {
                return Err(Error::NotCovered(required));
            }
        }
        if digest_required && !self.covers("digest") {
            return Err(Error::NotCovered("digest"));
        }
        if !self.covers("date") && !self.covers(CREATED) {
            return Err(Error::NotCovered("date or (created)"));
        }
        let values = self.values(request.headers)?;
        let host = values.get("host").map(String::as_str).unwrap_or_default();
        if !host.eq_ignore_ascii_case(expected_host) {
            return Err(Error::Host { signed: shortened(host), expected: expected_host.to_owned() });
        }
        if let Some(date) = values.get("date") {
            check_window(httpdate::parse_http_date(date).map_err(|_| Error::Date)?, now)?;
        }
        if let Some(created) = self.created.filter(|_| self.covers(CREATED)) {
            check_window(UNIX_EPOCH + Duration::from_secs(created), now)?;
        }
        match self.expires {
            Some(expires) if UNIX_EPOCH + Duration::from_secs(expires) < now => Err(Error::Expired),
            _ => Ok(()),
        }
    }

    /// Whether `key` made this signature for this request, with the query in `(request-target)` or
    /// without it. Proves nothing alone: see [`Parsed::check_policy`] and
    /// [`check_digest`](crate::check_digest).
    pub fn verify(&self, request: &Incoming<'_>, key: &PublicKey) -> Result<(), Error> {
        let values = self.values(request.headers)?;
        let method = request.method.as_str();
        let full = request.path_and_query;
        let text = signing_string(method, full, &self.signed, values.clone())?;
        if key.verify(text.as_bytes(), &self.signature) {
            return Ok(());
        }
        if let Some((path, _)) = full.split_once('?') {
            let text = signing_string(method, path, &self.signed, values)?;
            if key.verify(text.as_bytes(), &self.signature) {
                return Ok(());
            }
        }
        Err(Error::Mismatch)
    }

    /// The signed headers and what they say in this request, all but `(request-target)`. Several
    /// lines of one header count as one list, except where only one makes sense.
    fn values(&self, headers: &HeaderMap) -> Result<BTreeMap<String, String>, Error> {
        let mut values = BTreeMap::new();
        for name in self.signed.iter().filter(|name| *name != REQUEST_TARGET) {
            let value = match name.as_str() {
                CREATED => {
                    self.created.map(|time| time.to_string()).ok_or(Error::Malformed("created is missing"))?
                }
                EXPIRES => {
                    self.expires.map(|time| time.to_string()).ok_or(Error::Malformed("expires is missing"))?
                }
                _ => header(headers, name)?,
            };
            values.insert(name.clone(), value);
        }
        Ok(values)
    }
}

fn header(headers: &HeaderMap, name: &str) -> Result<String, Error> {
    let ambiguous = || Error::AmbiguousHeader(shortened(name));
    let mut joined: Option<String> = None;
    for value in headers.get_all(name) {
        let value = std::str::from_utf8(value.as_bytes()).map_err(|_| ambiguous())?.trim();
        joined = Some(match joined {
            None => value.to_owned(),
            Some(_) if matches!(name, "host" | "date") => return Err(ambiguous()),
            Some(before) => format!("{before}, {value}"),
        });
    }
    joined.ok_or_else(|| Error::MissingHeader(shortened(name)))
}

fn check_window(signed: SystemTime, now: SystemTime) -> Result<(), Error> {
    match now.duration_since(signed) {
        Ok(age) if age > PAST => Err(Error::TooOld),
        Err(ahead) if ahead.duration() > FUTURE => Err(Error::Future),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
