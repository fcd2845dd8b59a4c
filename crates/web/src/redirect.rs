//! Where answers lead.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::fields::Fields;

/// 303: the browser goes there with GET. What cannot stand in a header leads to the front page.
pub(crate) fn see_other(to: &str) -> Response {
    let location = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Longest address to come back to, in bytes.
const MAX_RETURN_BYTES: usize = 8_000;

/// The page on this instance to go to after signing in; the front page unless the field names one.
pub(crate) fn return_to(fields: &Fields) -> String {
    fields.get("return_to").filter(|to| is_own_path(to)).unwrap_or("/").to_owned()
}

/// A path that no browser reads as another host's: `//host` and `/\host` are, and so is either with a tab or
/// newline in it.
fn is_own_path(to: &str) -> bool {
    to.len() <= MAX_RETURN_BYTES
        && to.starts_with('/')
        && !to.starts_with("//")
        && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// An address with parameters added to its query, as RFC 6749 section 4.1.2 has it; the rest of it is left
/// byte by byte as the application registered it.
pub(crate) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut added = url::form_urlencoded::Serializer::new(String::new());
    added.extend_pairs(parameters);
    let and = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{and}{}", added.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_are_returned_to() {
        for to in ["/", "/settings", "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fb.example%2F"] {
            assert!(is_own_path(to), "{to}");
        }
        for to in [
            "",
            "settings",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: b",
            "/ä",
            "/a b",
        ] {
            assert!(!is_own_path(to), "{to:?}");
        }
        assert!(!is_own_path(&format!("/{}", "a".repeat(MAX_RETURN_BYTES))));
    }

    #[test]
    fn answers_are_added_to_the_registered_address() {
        let code = [("code", "abc"), ("state", "a b&c=ä")];
        for (uri, answer) in [
            ("https://a.example/cb", "https://a.example/cb?code=abc&state=a+b%26c%3D%C3%A4"),
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&code=abc&state=a+b%26c%3D%C3%A4"),
            ("https://a.example/cb?", "https://a.example/cb?code=abc&state=a+b%26c%3D%C3%A4"),
            ("tusky://oauth", "tusky://oauth?code=abc&state=a+b%26c%3D%C3%A4"),
            ("com.tapbots.Ivory.10217:/t", "com.tapbots.Ivory.10217:/t?code=abc&state=a+b%26c%3D%C3%A4"),
        ] {
            assert_eq!(with_parameters(uri, &code), answer);
        }
    }
}
