//! Reading documents of many dialects: a value may be absent, null, one or a list; a reference a string or
//! an object; a text may come by language (federation 3.14, 3.17, 9.1). Everything is bounded.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;
use url::Url;

/// The public, in its three spellings (24.2).
pub(crate) const PUBLIC: [&str; 3] = ["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"];
/// Most members looked at of any list.
const MOST: usize = 1000;
/// Longest id or address, in bytes (3.10).
const LONGEST_URL: usize = 2048;

/// Parses a document and takes out what PostgreSQL cannot hold.
pub(crate) fn parse(text: &str) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::from_str(text)?;
    if text.contains("\\u0000") {
        strip_nul(&mut value);
    }
    Ok(value)
}

/// Takes NUL characters out of every text. The parser has bounded the depth.
pub(crate) fn strip_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => text.retain(|c| c != '\0'),
        Value::Array(items) => items.iter_mut().for_each(strip_nul),
        Value::Object(members) => members.values_mut().for_each(strip_nul),
        _ => {}
    }
}

/// The members of a list, or the one value; null is nothing.
pub(crate) fn many<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let found = value.get(name).unwrap_or(&Value::Null);
    let items = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
    items.iter().filter(|item| !item.is_null()).take(MOST)
}

/// The first of [`many`].
pub(crate) fn one<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    many(value, name).next()
}

/// What a reference names: a string, the `id` of an object, or the `href` of a Link; the first of a list.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    let id = match value {
        Value::String(id) => Some(id.as_str()),
        Value::Object(members) => {
            ["id", "@id", "href"].iter().find_map(|name| members.get(*name).and_then(Value::as_str))
        }
        Value::Array(items) => items.first().filter(|item| !item.is_array()).and_then(reference),
        _ => None,
    };
    id.filter(|id| !id.is_empty() && id.len() <= LONGEST_URL)
}

/// The document's own id.
pub(crate) fn id(document: &Value) -> Option<&str> {
    document.is_object().then(|| reference(document)).flatten()
}

/// The id that the member holds.
pub(crate) fn link<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    one(value, name).and_then(reference)
}

/// Up to `most` ids that the member holds.
pub(crate) fn links<'a>(
    value: &'a Value,
    name: &str,
    most: usize,
) -> impl Iterator<Item = &'a str> + use<'a> {
    many(value, name).filter_map(reference).take(most)
}

/// The types of a document, without a prefix such as `as:`.
pub(crate) fn types(document: &Value) -> impl Iterator<Item = &str> {
    let name = if document.get("type").is_some() { "type" } else { "@type" };
    many(document, name)
        .filter_map(Value::as_str)
        .take(8)
        .map(|name| name.rsplit(['#', ':']).next().unwrap_or(name))
}

/// Whether it is of this type.
pub(crate) fn is(document: &Value, name: &str) -> bool {
    types(document).any(|known| known == name)
}

/// A text, which must be a string; the first of a list.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    one(value, name)?.as_str()
}

/// A text that may come by language only (`contentMap`), with the language it is in where the map says so.
pub(crate) fn natural<'a>(value: &'a Value, name: &str) -> (Option<&'a str>, Option<String>) {
    let plain = text(value, name);
    let map = value.get(format!("{name}Map")).and_then(Value::as_object);
    let versions = || map.into_iter().flatten().filter_map(|(key, text)| Some((key, text.as_str()?)));
    let Some(plain) = plain.filter(|plain| !plain.is_empty()) else {
        let first = versions().next();
        return (first.map(|(_, text)| text).or(plain), first.and_then(|(key, _)| language(key)));
    };
    let fitting = versions().find(|(_, text)| *text == plain).or_else(|| versions().next());
    (Some(plain), fitting.and_then(|(key, _)| language(key)))
}

/// A BCP 47 tag that could be one; "undetermined" is none.
pub(crate) fn language(tag: &str) -> Option<String> {
    let mut parts = tag.split(['-', '_']);
    let first = parts.next()?;
    let letters = (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let rest =
        parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    let fits = letters && rest && tag.len() <= 35 && !first.eq_ignore_ascii_case("und");
    fits.then(|| tag.replace('_', "-").replacen(first, &first.to_ascii_lowercase(), 1))
}

/// A yes; anything else is no.
pub(crate) fn flag(value: &Value, name: &str) -> bool {
    one(value, name).and_then(Value::as_bool).unwrap_or(false)
}

/// A time as others write it: RFC 3339, also with `+0000`, also without an offset (then UTC); never before
/// 1970.
pub(crate) fn time(value: &Value, name: &str) -> Option<DateTime<Utc>> {
    let text = text(value, name)?;
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|time| time.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()));
    time.ok().map(|time| time.max(DateTime::UNIX_EPOCH))
}

/// An http(s) address without user information, as it was written.
pub(crate) fn web_url(text: &str) -> Option<String> {
    if text.len() > LONGEST_URL || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    fits.then(|| text.to_owned())
}

/// The same for a file, which is no id: in its normal form, as it may stand in pages.
pub(crate) fn file_url(text: &str) -> Option<String> {
    Some(Url::parse(&web_url(text)?).ok()?.into())
}

/// The address that a member holds.
pub(crate) fn web_link(value: &Value, name: &str) -> Option<String> {
    link(value, name).and_then(web_url)
}

/// The page of something (28.3): the first `text/html` Link, else the first http(s) address.
pub(crate) fn page(document: &Value) -> Option<String> {
    let is_page = |item: &&Value| text(item, "mediaType").is_some_and(|kind| kind.starts_with("text/html"));
    let address = |item: &Value| {
        let plain = item.get("rel").is_none_or(|rel| rel.as_str() == Some("canonical") || rel.is_null());
        reference(item).filter(|_| plain).and_then(web_url)
    };
    many(document, "url")
        .filter(is_page)
        .find_map(|item| reference(item).and_then(web_url))
        .or_else(|| many(document, "url").find_map(address))
}

/// Who wrote something: the one actor that `attributedTo` (or else `actor`) names, however often. A Group beside
/// the others is where it was posted, and no author (28.4); two authors are none (security F1).
pub(crate) fn author(document: &Value) -> Option<&str> {
    let named = |name: &str| document.get(name).is_some_and(|value| !value.is_null());
    let member = if named("attributedTo") { "attributedTo" } else { "actor" };
    let is_group = |one: &&Value| is(one, "Group");
    let people = many(document, member).filter(|one| !is_group(one)).filter_map(reference);
    let groups = many(document, member).filter(is_group).filter_map(reference);
    only(people).unwrap_or_else(|| only(groups).flatten())
}

/// The one value that all are, if there is one; none if there are none.
fn only<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<Option<&'a str>> {
    let first = values.next()?;
    Some(values.all(|other| other == first).then_some(first))
}

/// Whether two ids are of one server: same scheme, host and port (FEP-fe34).
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    origin(one).is_some_and(|found| Some(found) == origin(other))
}

/// What stands before the fragment.
pub(crate) fn without_fragment(id: &str) -> &str {
    id.split_once('#').map_or(id, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes_are_one() {
        for value in [
            json!("https://a.example/1"),
            json!({"id": "https://a.example/1"}),
            json!(["https://a.example/1"]),
            json!([{"@id": "https://a.example/1"}]),
            json!({"type": "Link", "href": "https://a.example/1"}),
        ] {
            assert_eq!(link(&json!({ "object": value }), "object"), Some("https://a.example/1"), "{value}");
        }
        for value in [
            json!(null),
            json!([]),
            json!([[["x"]]]),
            json!(3),
            json!({}),
            json!(""),
            json!("a".repeat(3000)),
        ] {
            assert_eq!(link(&json!({ "object": value }), "object"), None, "{value}");
        }
        assert!(is(&json!({"type": ["Image", "as:Note"]}), "Note"));
        assert!(is(&json!({"@type": "https://www.w3.org/ns/activitystreams#Note"}), "Note"));
    }

    #[test]
    fn one_author_or_none() {
        let (bob, eve) = ("https://a.example/bob", "https://a.example/eve");
        for (value, expected) in [
            (json!(bob), Some(bob)),
            (json!([bob, null, 7, bob, {"id": bob}]), Some(bob)),
            (json!([{"type": "Person", "id": bob}, {"type": "Group", "id": eve}]), Some(bob)),
            (json!([{"type": "Group", "id": eve}]), Some(eve)),
            (json!([{"type": "Group", "id": eve}, {"type": "Group", "id": bob}]), None),
            (json!([bob, eve]), None),
            (json!([{"id": bob}, {"id": eve}]), None),
            (json!([bob, "https://b.example/eve"]), None),
            (json!([bob, "tag:eve"]), None),
            (json!([]), None),
            (json!(null), None),
            (json!({}), None),
        ] {
            assert_eq!(author(&json!({ "attributedTo": value })), expected, "{value}");
        }
        assert_eq!(author(&json!({ "actor": bob })), Some(bob));
        assert_eq!(author(&json!({ "attributedTo": bob, "actor": eve })), Some(bob));
    }

    #[test]
    fn nul_is_taken_out() {
        let value = parse(r#"{"a": ["x\u0000y"], "b": {"c": "\u0000"}}"#).unwrap_or_default();
        assert_eq!(value, json!({"a": ["xy"], "b": {"c": ""}}));
    }

    #[test]
    fn times_in_every_spelling() {
        for text in [
            "2026-10-05T15:00:00Z",
            "2026-10-05T15:00:00+0000",
            "2026-10-05T17:00:00.000+02:00",
            "2026-10-05T15:00:00",
        ] {
            let time = time(&json!({ "published": text }), "published");
            assert_eq!(time.map(|time| time.timestamp()), Some(1_791_212_400), "{text}");
        }
        for text in ["", "yesterday", "-9999-01-01T00:00:00Z"] {
            let time = time(&json!({ "published": text }), "published");
            assert!(time.is_none_or(|time| time == DateTime::UNIX_EPOCH), "{text}");
        }
    }

    #[test]
    fn languages() {
        assert_eq!(language("EN").as_deref(), Some("en"));
        assert_eq!(language("zh-Hant-TW").as_deref(), Some("zh-Hant-TW"));
        for bad in ["", "und", "english", "e", "en-", "e<"] {
            assert_eq!(language(bad), None, "{bad}");
        }
        let both = json!({"content": "b", "contentMap": {"en": "a", "de": "b"}});
        assert_eq!(natural(&both, "content"), (Some("b"), Some("de".to_owned())));
        assert_eq!(
            natural(&json!({"contentMap": {"en": "a"}}), "content"),
            (Some("a"), Some("en".to_owned()))
        );
        assert_eq!(natural(&json!({"contentMap": []}), "content"), (None, None));
    }

    #[test]
    fn pages_and_origins() {
        let threads = json!({"url": [{"type": "Link", "href": "threads://post/x", "mediaType": "application/x-threads"}, {"href": "https://www.threads.net/x", "mediaType": "text/html"}]});
        assert_eq!(page(&threads).as_deref(), Some("https://www.threads.net/x"));
        assert_eq!(page(&json!({"url": "javascript:alert(1)"})), None);
        assert!(same_origin("https://A.example/1", "https://a.example:443/2"));
        assert!(!same_origin("https://a.example/1", "http://a.example/1"));
        assert!(!same_origin("tag:x", "tag:x"));
    }
}
