//! Content types, parsed and never searched for substrings.

use http::HeaderMap;
use mime::Mime;

use crate::Error;

/// What we say we accept when asking for an actor or an object.
pub(crate) const ACTIVITY_ACCEPT: &str =
    r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;
/// What we send.
pub(crate) const ACTIVITY: &str = "application/activity+json";
/// What we say we accept when looking for the page of something.
pub(crate) const PAGE_ACCEPT: &str = "text/html, application/xhtml+xml";

const PROFILE: &str = "https://www.w3.org/ns/activitystreams";

/// The content type of an answer that has exactly one.
pub(crate) fn of(headers: &HeaderMap) -> Result<Mime, Error> {
    let mut values = headers.get_all("content-type").iter();
    let refused = |text: &str| Error::ContentType(text.chars().take(120).collect());
    let text = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if values.next().is_some() {
        return Err(refused("more than one"));
    }
    text.trim_end_matches([';', ' ']).parse().map_err(|_| refused(text))
}

/// Whether this is an `ActivityPub` document: `application/activity+json`, or `application/ld+json`
/// with the `ActivityStreams` profile among its profiles. Plain JSON is not, or every upload of a
/// JSON file would be a forged post.
pub(crate) fn is_activity(media_type: &Mime) -> bool {
    match media_type.essence_str() {
        ACTIVITY => true,
        "application/ld+json" => media_type
            .get_param("profile")
            .is_some_and(|profiles| profiles.as_str().split_ascii_whitespace().any(|one| one == PROFILE)),
        _ => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_from_the_rest() {
        for (text, expected) in [
            ("application/activity+json", true),
            ("Application/Activity+JSON; charset=utf-8;", true),
            (r#"application/activity+json; profile="https://example.org""#, true),
            (r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#, true),
            (
                r#"application/ld+json;profile="https://example.org https://www.w3.org/ns/activitystreams""#,
                true,
            ),
            ("application/ld+json", false),
            (r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams2""#, false),
            ("application/json", false),
            (r#"text/html; x="application/activity+json""#, false),
            ("text/plain", false),
            ("image/png", false),
        ] {
            let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, text.parse().unwrap())]);
            assert_eq!(is_activity(&of(&headers).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn none_or_two_are_refused() {
        let mut headers = HeaderMap::new();
        assert_eq!(of(&headers).unwrap_err(), Error::ContentType(String::new()));
        headers.append("content-type", "text/html".parse().unwrap());
        headers.append("content-type", ACTIVITY.parse().unwrap());
        assert!(matches!(of(&headers), Err(Error::ContentType(_))));
    }
}
