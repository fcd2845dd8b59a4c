//! Finding the activity document a web page is another form of.
//!
//! A scan of the page's head, not a parser: whatever it finds is fetched through the guard and must
//! prove itself, so a page cannot gain anything by confusing it.

use mime::Mime;
use url::Url;

use crate::media_types;

/// Most attributes or parameters read of one link.
const MAX_ATTRIBUTES: usize = 32;

/// The target of the first fitting entry of a `Link` header (RFC 8288), relative to the page.
pub(crate) fn in_header(value: &str) -> Option<String> {
    let mut rest = value;
    loop {
        let (target, after) = rest.split_once('<')?.1.split_once('>')?;
        let (parameters, after) = until_unquoted(after, ',');
        let mut attributes = Vec::new();
        let mut parameters = parameters.trim_start_matches([';', ' ']);
        while !parameters.is_empty() && attributes.len() < MAX_ATTRIBUTES {
            let (one, after) = until_unquoted(parameters, ';');
            let (name, value) = one.split_once('=').unwrap_or((one, ""));
            attributes.push((name.trim(), value.trim().trim_matches('"')));
            parameters = after;
        }
        if fits(&attributes) {
            return Some(target.to_owned());
        }
        rest = after;
    }
}

/// The `href` of the first fitting `<link>` in the head of a page, relative to the page.
pub(crate) fn in_page(html: &str) -> Option<String> {
    let mut comment = false;
    for piece in html.split('<').skip(1) {
        comment |= piece.starts_with("!--");
        if comment {
            comment = !piece.contains("-->");
            continue;
        }
        let is = |tag: &str| piece.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        if is("body") || is("/head") {
            return None;
        }
        if is("link") {
            let attributes = attributes(piece.get(4..)?);
            if let Some(href) = value(&attributes, "href").filter(|_| fits(&attributes)) {
                return Some(href.trim().replace("&amp;", "&"));
            }
        }
    }
    None
}

/// Whether a page says, by `rel="me"` on an `<a>` or `<link>`, that whoever it is about is also at an address that
/// `is_back` knows; `base` is where the page was.
pub(crate) fn leads_back(html: &str, base: &Url, is_back: impl Fn(&Url) -> bool) -> bool {
    let mut comment = false;
    for piece in html.split('<').skip(1) {
        comment |= piece.starts_with("!--");
        if comment {
            comment = !piece.contains("-->");
            continue;
        }
        let name = piece.find(|c: char| !c.is_ascii_alphanumeric()).map_or(piece, |end| &piece[..end]);
        if !name.eq_ignore_ascii_case("a") && !name.eq_ignore_ascii_case("link") {
            continue;
        }
        let attributes = attributes(&piece[name.len()..]);
        let is_me = value(&attributes, "rel")
            .is_some_and(|rel| rel.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case("me")));
        let href = value(&attributes, "href").filter(|_| is_me).map(|href| href.trim().replace("&amp;", "&"));
        if href.and_then(|href| base.join(&href).ok()).is_some_and(|target| is_back(&target)) {
            return true;
        }
    }
    false
}

/// An alternate form of the page, as an activity document.
fn fits(attributes: &[(&str, &str)]) -> bool {
    let alternate = value(attributes, "rel")
        .is_some_and(|rel| rel.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case("alternate")));
    let media_type = value(attributes, "type").map(|text| text.replace("&quot;", "\""));
    let media_type = media_type.and_then(|text| text.parse::<Mime>().ok());
    alternate && media_type.is_some_and(|media_type| media_types::is_activity(&media_type))
}

fn value<'a>(attributes: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// The attributes of a tag, from behind its name to its `>`.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut list = Vec::new();
    let mut rest = tag;
    while list.len() < MAX_ATTRIBUTES {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/' || c == '=');
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let end = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
        let (name, after) = rest.split_at(rest.find(end).unwrap_or(rest.len()));
        let Some(after_equals) = after.trim_start().strip_prefix('=') else {
            list.push((name, ""));
            rest = after;
            continue;
        };
        let text = after_equals.trim_start();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => match text[1..].split_once(quote) {
                Some(parts) => parts,
                None => break,
            },
            None => {
                text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
            }
        };
        list.push((name, value));
        rest = after;
    }
    list
}

/// What stands before the first `separator` outside quotes, and what stands after it.
fn until_unquoted(text: &str, separator: char) -> (&str, &str) {
    let mut quoted = false;
    for (position, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            return (&text[..position], &text[position + separator.len_utf8()..]);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_in_pages() {
        let good = "/users/a/statuses/1?x=1&y=2";
        for page in [
            r#"<html><head><link href="/users/a/statuses/1?x=1&amp;y=2" rel="alternate" type="application/activity+json"></head>"#,
            "<!doctype html><HEAD><LINK\n type='application/activity+json' rel='canonical Alternate' href='/users/a/statuses/1?x=1&y=2' />",
            "<link rel=alternate type=application/activity+json href=/users/a/statuses/1?x=1&y=2>",
            r#"<link rel="alternate" type="application/rss+xml" href="/feed"><!-- <link rel=alternate type=application/activity+json href=/no> --><link disabled type='application/ld+json; profile="https://www.w3.org/ns/activitystreams"' rel=alternate href="/users/a/statuses/1?x=1&amp;y=2">"#,
        ] {
            assert_eq!(in_page(page).as_deref(), Some(good), "{page}");
        }
        for page in [
            "",
            "<link rel=alternate type=text/html href=/a>",
            "<link type=application/activity+json href=/a>",
            "<link rel=alternate type=application/activity+json>",
            "<link rel=alternate type=application/activity+json href='/a",
            "<head></head><link rel=alternate type=application/activity+json href=/a>",
            "<body><link rel=alternate type=application/activity+json href=/a>",
        ] {
            assert_eq!(in_page(page), None, "{page}");
        }
    }

    #[test]
    fn links_back() {
        let base = Url::parse("https://blog.example/about").expect("an address");
        let leads =
            |html: &str| leads_back(html, &base, |url| url.as_str() == "https://us.example/@a?x=1&y=2");
        for page in [
            r#"<body><p><a class="x" href="https://us.example/@a?x=1&amp;y=2" rel="nofollow me">me</a>"#,
            "<LINK REL=Me HREF='https://us.example/@a?x=1&y=2'>",
        ] {
            assert!(leads(page), "{page}");
        }
        for page in [
            "",
            "<a href='https://us.example/@a?x=1&y=2'>",
            "<a rel=me>",
            "<a rel=me href='https://us.example/@b'>",
            "<!-- <a rel=me href='https://us.example/@a?x=1&y=2'> -->",
            "<article rel=me href='https://us.example/@a?x=1&y=2'>",
            "<a rel=me href='https://us.example/@a?x=1&y=2",
        ] {
            assert!(!leads(page), "{page}");
        }
    }

    #[test]
    fn links_in_headers() {
        let value = r#"<https://a.example/x>; rel="lrdd"; title="a, b", <https://a.example/1>; rel="alternate"; type="application/activity+json""#;
        assert_eq!(in_header(value).as_deref(), Some("https://a.example/1"));
        assert_eq!(in_header("<https://a.example/x>; rel=alternate"), None);
        assert_eq!(in_header("nonsense"), None);
    }

    proptest! {
        #[test]
        fn anything_is_survived(text in "([<>\"'=;,/ é]|<link |rel=|alternate|href=|<!--|-->){0,60}") {
            let _ = in_page(&text);
            let _ = in_header(&text);
            let base = Url::parse("https://a.example/").expect("an address");
            let _ = leads_back(&text, &base, |_| false);
        }
    }
}
