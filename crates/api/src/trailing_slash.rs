//! `/oauth/authorize/` is `/oauth/authorize`.

use http::Request;
use http::uri::{PathAndQuery, Uri};

/// Removes slashes at the end of a request's path, as some clients send them. It must see the request before
/// any router does: `ServiceBuilder::new().map_request(api::normalise).service(router)`.
pub fn normalise<B>(mut request: Request<B>) -> Request<B> {
    if let Some(uri) = without_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || path == "/" {
        return None;
    }
    // Never `//host`, which would be an address of somebody else.
    let trimmed = format!("/{}", trimmed.trim_start_matches('/'));
    let both = match uri.query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(both).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_the_path_changes() {
        for (before, after) in [
            ("/oauth/authorize/?state=a/", "/oauth/authorize?state=a/"),
            ("/api/v1/instance/", "/api/v1/instance"),
            ("/api/v1/instance", "/api/v1/instance"),
            ("/", "/"),
            ("//", "/"),
            ("//evil.example//", "/evil.example"),
            ("/?a=b", "/?a=b"),
        ] {
            let request = Request::builder().uri(before).body(()).unwrap();
            assert_eq!(normalise(request).uri(), after, "{before}");
        }
    }
}
