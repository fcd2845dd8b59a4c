//! Who wants a document and who a page, and the headers that go with a document (federation.md 2.1 to 2.4).

use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use crate::wire;

/// Whether a request asks for ActivityPub JSON: `Accept` names `application/activity+json` or
/// `application/ld+json`, wherever and with whatever parameters.
pub fn wants_activity(headers: &HeaderMap) -> bool {
    accepts(headers, &["application/activity+json", "application/ld+json"])
}

/// Whether a request comes from somebody who reads pages, and would rather see one.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    !wants_activity(headers) && accepts(headers, &["text/html", "application/xhtml+xml"])
}

fn accepts(headers: &HeaderMap, types: &[&str]) -> bool {
    let named = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let wanted = parts.next().is_some_and(|name| types.iter().any(|one| name.eq_ignore_ascii_case(one)));
        wanted && !parts.any(is_zero_quality)
    };
    headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(ranges).any(named)
}

/// `q=0`: whoever says so does not want it at all.
fn is_zero_quality(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("q") && value.trim().parse().is_ok_and(|q: f32| q <= 0.0)
}

/// Splits at commas that are not inside quotes.
fn ranges(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// Who may see a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody.
    Open,
    /// Whoever signed the request; nobody may keep it.
    Signed,
}

/// Answers with a document, or with 304 for a caller that has it already.
pub(crate) fn document(headers: &HeaderMap, body: String, reach: Reach) -> Response {
    let hash = Sha256::digest(body.as_bytes());
    let tag = hash[..12].iter().fold(String::from("W/\""), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|one| one.trim() == tag));
    let mut response = if known && reach == Reach::Open {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, wire::CONTENT_TYPE)], body).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(VARY, HeaderValue::from_static("Accept, Signature"));
    match reach {
        Reach::Open => {
            answer.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0, must-revalidate"));
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                answer.insert(ETAG, tag);
            }
        }
        Reach::Signed => {
            answer.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])
    }

    #[test]
    fn activity_types_at_any_place_with_any_parameters() {
        for accept in [
            "application/activity+json",
            "application/ld+json",
            "Application/Activity+JSON; charset=utf-8",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            r#"application/ld+json;profile="https://www.w3.org/ns/activitystreams",application/json;q=0.9"#,
            "text/html, application/activity+json;q=0.1",
            "application/json, */*;q=0.1 , application/activity+json",
            r#"text/html; x="a,b", application/activity+json"#,
        ] {
            assert!(wants_activity(&headers(accept)), "{accept}");
            assert!(!wants_page(&headers(accept)), "{accept}");
        }
    }

    #[test]
    fn browsers_get_pages() {
        for accept in ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"] {
            assert!(wants_page(&headers(accept)) && !wants_activity(&headers(accept)), "{accept}");
        }
        for accept in ["*/*", "application/json", "", "text/plain", "application/activity+json;q=0"] {
            assert!(!wants_page(&headers(accept)) && !wants_activity(&headers(accept)), "{accept}");
        }
        assert!(!wants_activity(&HeaderMap::new()));
        assert!(!wants_activity(&headers(r#"text/html; x=", application/activity+json""#)));
    }

    #[test]
    fn several_accept_headers_count_together() {
        let mut both = headers("text/html");
        both.append(ACCEPT, HeaderValue::from_static("application/activity+json"));
        assert!(wants_activity(&both));
    }

    #[test]
    fn documents_say_exactly_what_they_are() {
        let answer = document(&HeaderMap::new(), "{}".to_owned(), Reach::Open);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/activity+json; charset=utf-8");
        assert_eq!(answer.headers()[VARY], "Accept, Signature");
        let again = HeaderMap::from_iter([(IF_NONE_MATCH, answer.headers()[ETAG].clone())]);
        assert_eq!(document(&again, "{}".to_owned(), Reach::Open).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(document(&again, "{} ".to_owned(), Reach::Open).status(), StatusCode::OK);
        let private = document(&again, "{}".to_owned(), Reach::Signed);
        assert_eq!(private.headers()[CACHE_CONTROL], "private, no-store");
        assert!(!private.headers().contains_key(ETAG));
    }
}
