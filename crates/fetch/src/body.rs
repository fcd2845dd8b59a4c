//! Reading an answer: its status, and no more of its body than was allowed.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use reqwest::Response;

use crate::{Error, error::unreachable};

/// Longest pause a server may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// Only 200 carries a document.
pub(crate) fn check_status(response: &Response) -> Result<(), Error> {
    match response.status().as_u16() {
        200 => Ok(()),
        401 | 403 => Err(Error::Unauthorized),
        404 => Err(Error::NotFound),
        410 => Err(Error::Gone),
        code => Err(Error::Status { code, retry_after: retry_after(response.headers()) }),
    }
}

/// The whole body, or an error as soon as its decoded length passes `max` bytes.
pub(crate) async fn read(mut response: Response, max: usize) -> Result<Bytes, Error> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > max) {
        return Err(Error::TooLarge(max));
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(64 * 1024));
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > max {
            return Err(Error::TooLarge(max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The first `max` bytes of the body, decoded; the rest is not even asked for.
pub(crate) async fn read_start(mut response: Response, max: usize) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        body.extend_from_slice(&chunk[..chunk.len().min(max - body.len())]);
        if body.len() == max {
            break;
        }
    }
    Ok(body.freeze())
}

/// Reads and forgets up to `max` bytes, so that the connection can be used again.
pub(crate) async fn drain(mut response: Response, max: usize) {
    let mut seen = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        seen += chunk.len();
        if seen > max {
            return;
        }
    }
}

/// `Retry-After`, in seconds or as a date, at most a day.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(SystemTime::now()).unwrap_or_default()
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_retry_after() {
        let read = |text: &str| {
            retry_after(&HeaderMap::from_iter([(http::header::RETRY_AFTER, text.parse().unwrap())]))
        };
        assert_eq!(read("120"), Some(Duration::from_mins(2)));
        assert_eq!(read("99999999999"), Some(MAX_RETRY_AFTER));
        assert_eq!(read("Fri, 20 Nov 2015 22:00:00 GMT"), Some(Duration::ZERO));
        let far = httpdate::fmt_http_date(SystemTime::now() + 2 * MAX_RETRY_AFTER);
        assert_eq!(read(&far), Some(MAX_RETRY_AFTER));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
