//! Whether a form was sent from one of our own pages, as browsers say it.

use http::{HeaderMap, Method, header};
use services::Urls;

/// False for a request that changes something and comes from another site's page. Programs that are no
/// browsers say nothing of it, and carry no cookies that they were not given; forms have their token besides.
pub(crate) fn is_from_here(method: &Method, headers: &HeaderMap, urls: &Urls) -> bool {
    if method.is_safe() {
        return true;
    }
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match text(header::ORIGIN) {
        None => true,
        Some(origin) if origin.eq_ignore_ascii_case(urls.base()) => true,
        // Reached by another name, such as 127.0.0.1 in development.
        Some(origin) => match (origin.split_once("://"), text(header::HOST)) {
            (Some((_, from)), Some(host)) => from.eq_ignore_ascii_case(host),
            _ => false,
        },
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn outcome(method: Method, pairs: &[(&str, &str)]) -> bool {
        let config = config::Config::from_sources("[instance]\ndomain = \"stoa.example\"", []).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        is_from_here(&method, &headers, &Urls::new(&config))
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        for site in ["cross-site", "same-site", "nonsense"] {
            let pairs = [("sec-fetch-site", site), ("origin", "https://stoa.example")];
            assert!(!outcome(Method::POST, &pairs), "{site}");
        }
        for origin in ["https://evil.example", "null", "https://stoa.example.evil.example", ""] {
            assert!(!outcome(Method::POST, &[("origin", origin), ("host", "stoa.example")]), "{origin}");
        }
    }

    #[test]
    fn our_own_are_not() {
        assert!(outcome(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(outcome(Method::POST, &[("origin", "https://stoa.example")]));
        assert!(outcome(Method::POST, &[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")]));
        assert!(outcome(Method::POST, &[]));
        assert!(outcome(
            Method::GET,
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        ));
    }
}
