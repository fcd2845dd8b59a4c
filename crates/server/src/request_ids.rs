//! The id of each request: taken from `X-Request-Id` if it is one, made otherwise.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Where it comes in and goes out.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LEN: usize = 128;

/// The caller's id if it is 1 to 128 visible ASCII characters, else a new one. It ends up in logs and in
/// rows of jobs, so nothing else may pass.
pub(crate) fn of(headers: &HeaderMap) -> Arc<str> {
    let sent = headers.get(HEADER).map(HeaderValue::as_bytes);
    let sent = sent.filter(|id| (1..=MAX_LEN).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic));
    match sent.and_then(|id| std::str::from_utf8(id).ok()) {
        Some(id) => id.into(),
        None => hex::encode(rand::random::<[u8; 16]>()).into(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn of_sent(value: &[u8]) -> Arc<str> {
        of(&HeaderMap::from_iter([(HEADER, HeaderValue::from_bytes(value).unwrap())]))
    }

    #[test]
    fn a_good_id_is_kept() {
        assert_eq!(&*of_sent(b"abc-123/~"), "abc-123/~");
        assert_eq!(&*of_sent(&[b'x'; 128]), "x".repeat(128));
    }

    #[test]
    fn a_bad_one_is_replaced() {
        for bad in [&b""[..], &[b'x'; 129], b"a b", b"a\tb", "é".as_bytes(), &[0xff]] {
            let id = of_sent(bad);
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
        assert_ne!(of(&HeaderMap::new()), of(&HeaderMap::new()));
    }
}
