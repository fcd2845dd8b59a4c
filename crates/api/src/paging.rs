//! Pages of lists: which part is asked for, and the `Link` header that leads to the others.

use axum::extract::FromRequestParts;
use db::Page;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use services::Urls;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Type};
use utoipa::{IntoParams, PartialSchema};

use crate::{Error, params};

/// `max_id`, `since_id`, `min_id` and `limit` of the query
/// (<https://docs.joinmastodon.org/api/guidelines/#pagination>): `DEFAULT` entries unless `limit` says
/// otherwise, and never more than `MOST`. What cannot be read counts as absent.
#[derive(Clone, Debug)]
pub(crate) struct Paging<const DEFAULT: i64, const MOST: i64> {
    /// The part that is asked for.
    pub(crate) page: Page,
    path: String,
    /// The query without its cursors, for the links.
    kept: String,
}

const CURSORS: [&str; 3] = ["max_id", "since_id", "min_id"];

impl<const DEFAULT: i64, const MOST: i64> Paging<DEFAULT, MOST> {
    fn new(path: &str, query: &str) -> Result<Self, Error> {
        let tree = params::parse_query(query)?;
        let id = |name: &str| tree.get(name).and_then(Value::as_str).and_then(cursor);
        let limit =
            tree.get("limit").and_then(Value::as_str).and_then(|text| text.trim().parse::<i64>().ok());
        let page = Page {
            max_id: id("max_id"),
            since_id: id("since_id"),
            min_id: id("min_id"),
            limit: limit.unwrap_or(DEFAULT).clamp(1, MOST),
        };
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !CURSORS.contains(&pair.split('=').next().unwrap_or_default()))
            .collect();
        Ok(Self { page, path: path.to_owned(), kept: kept.join("&") })
    }

    /// The `Link` header to the neighbours of a page whose entries have these cursors, newest first; none for
    /// an empty page. Cursors of entries that were left out in the end count.
    pub(crate) fn links(&self, urls: &Urls, cursors: impl IntoIterator<Item = i64>) -> HeaderMap {
        let mut cursors = cursors.into_iter();
        let Some(newest) = cursors.next() else { return HeaderMap::new() };
        let oldest = cursors.last().unwrap_or(newest);
        let url = |cursor: &str, id: i64| {
            let (base, path, kept) = (urls.base(), &self.path, &self.kept);
            let and = if kept.is_empty() { "" } else { "&" };
            format!("{base}{path}?{kept}{and}{cursor}={id}")
        };
        let links =
            format!("<{}>; rel=\"next\", <{}>; rel=\"prev\"", url("max_id", oldest), url("min_id", newest));
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(links) {
            headers.insert(header::LINK, value);
        }
        headers
    }
}

/// `offset` and `limit` of the query, for lists that have no cursors. What cannot be read counts as absent.
#[derive(Clone, Debug)]
pub(crate) struct Offset<const DEFAULT: i64, const MOST: i64> {
    /// Skip so many.
    pub(crate) skip: i64,
    /// At most so many.
    pub(crate) limit: i64,
    path: String,
    kept: String,
}

/// Beyond so many entries nobody pages.
const MOST_SKIPPED: i64 = 10_000;

impl<const DEFAULT: i64, const MOST: i64> Offset<DEFAULT, MOST> {
    fn new(path: &str, query: &str) -> Result<Self, Error> {
        let paging = Paging::<DEFAULT, MOST>::new(path, query)?;
        let offset = params::parse_query(query)?.get("offset").and_then(Value::as_str).and_then(cursor);
        let kept = paging.kept.split('&').filter(|pair| !pair.starts_with("offset="));
        Ok(Self {
            skip: offset.unwrap_or_default().min(MOST_SKIPPED),
            limit: paging.page.limit,
            kept: kept.collect::<Vec<_>>().join("&"),
            path: paging.path,
        })
    }

    /// The `Link` header to the neighbours of a page with so many entries; none for an empty page.
    pub(crate) fn links(&self, urls: &Urls, entries: usize) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if entries == 0 {
            return headers;
        }
        let url = |offset: i64| {
            let and = if self.kept.is_empty() { "" } else { "&" };
            format!("{}{}?{}{and}offset={offset}", urls.base(), self.path, self.kept)
        };
        let mut links = format!("<{}>; rel=\"next\"", url(self.skip + self.limit));
        if self.skip > 0 {
            let before = url((self.skip - self.limit).max(0));
            links = format!("{links}, <{before}>; rel=\"prev\"");
        }
        if let Ok(value) = HeaderValue::try_from(links) {
            headers.insert(header::LINK, value);
        }
        headers
    }
}

impl<S: Send + Sync, const DEFAULT: i64, const MOST: i64> FromRequestParts<S> for Offset<DEFAULT, MOST> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Self::new(parts.uri.path(), parts.uri.query().unwrap_or_default())
    }
}

/// An id; one beyond all ids is the largest.
fn cursor(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(i64::MAX))
}

fn parameter(name: &str, what: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .description(Some(what))
        .schema(Some(String::schema()))
}

fn limit(usual: i64, most: i64) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(most))
        .default(Some(usual.into()));
    parameter("limit", "Most entries of the page").schema(Some(schema)).build()
}

impl<const DEFAULT: i64, const MOST: i64> IntoParams for Paging<DEFAULT, MOST> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            parameter("max_id", "Only what is older than this").build(),
            parameter("since_id", "Only what is newer than this, beginning with the newest").build(),
            parameter("min_id", "Only what is newer than this, beginning right after it").build(),
            limit(DEFAULT, MOST),
        ]
    }
}

impl<const DEFAULT: i64, const MOST: i64> IntoParams for Offset<DEFAULT, MOST> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let offset = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let offset = parameter("offset", "How many are left out").schema(Some(offset)).build();
        vec![offset, limit(DEFAULT, MOST)]
    }
}

impl<S: Send + Sync, const DEFAULT: i64, const MOST: i64> FromRequestParts<S> for Paging<DEFAULT, MOST> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Self::new(parts.uri.path(), parts.uri.query().unwrap_or_default())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn urls() -> Urls {
        let mut config = config::Config::default();
        config.instance.domain = "example.social".to_owned();
        Urls::new(&config)
    }

    fn paging(query: &str) -> Paging<20, 40> {
        Paging::new("/api/v1/timelines/public", query).unwrap()
    }

    #[test]
    fn limits_are_clamped_and_junk_is_ignored() {
        for (query, limit) in [
            ("", 20),
            ("limit=10", 10),
            ("limit=4000", 40),
            ("limit=0", 1),
            ("limit=-5", 1),
            ("limit=junk", 20),
            ("limit[]=3", 20),
            ("limit=99999999999999999999999", 20),
        ] {
            assert_eq!(paging(query).page.limit, limit, "{query}");
        }
        let page = paging("max_id=12&since_id=x&min_id=").page;
        assert_eq!((page.max_id, page.since_id, page.min_id), (Some(12), None, None));
        assert_eq!(paging("max_id=99999999999999999999").page.max_id, Some(i64::MAX));
        assert!(Paging::<20, 40>::new("/", "max_id=%00").is_err());
    }

    #[test]
    fn links_are_absolute_and_keep_the_filters() {
        let paging = paging("local=true&max_id=90&limit=3");
        let headers = paging.links(&urls(), [89, 70, 60]);
        let base = "https://example.social/api/v1/timelines/public?local=true&limit=3";
        let expected = format!("<{base}&max_id=60>; rel=\"next\", <{base}&min_id=89>; rel=\"prev\"");
        assert_eq!(headers[header::LINK], expected);
    }

    #[test]
    fn offsets_are_clamped_and_linked() {
        let of = |query: &str| Offset::<10, 20>::new("/api/v1/trends/tags", query).unwrap();
        for (query, offset) in
            [("", 0), ("offset=5", 5), ("offset=-1", 0), ("offset=x", 0), ("offset=9999999", 10_000)]
        {
            assert_eq!(of(query).skip, offset, "{query}");
        }
        let base = "https://example.social/api/v1/trends/tags?limit=5";
        let links = |query: &str| of(query).links(&urls(), 5).get(header::LINK).cloned().unwrap();
        assert_eq!(links("limit=5"), format!("<{base}&offset=5>; rel=\"next\""));
        let both = format!("<{base}&offset=8>; rel=\"next\", <{base}&offset=0>; rel=\"prev\"");
        assert_eq!(links("offset=3&limit=5"), both);
        assert!(of("").links(&urls(), 0).is_empty());
    }

    #[test]
    fn a_page_of_one_has_links_and_an_empty_one_has_none() {
        let headers = paging("").links(&urls(), [7]);
        let link = headers[header::LINK].to_str().unwrap().to_owned();
        assert!(link.contains("?max_id=7>") && link.contains("?min_id=7>"), "{link}");
        assert!(paging("").links(&urls(), []).is_empty());
    }
}
