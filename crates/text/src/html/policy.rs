//! The allow-list: elements, attributes, classes and schemes that may stay (federation requirements 27.1 to 27.3,
//! security requirement H1), and the one form in which links are written.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::markup::Tag;
use crate::{characters::is_unwanted, web_url};

/// Where the HTML was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Sent to us: every link is marked as foreign.
    Remote,
    /// By our own renderer: its mentions and hashtags stay as it wrote them.
    Here,
}

/// `wbr` is no part of the list: [`super::nesting`] puts it in and [`finish`] takes it out.
const TAGS: [&str; 21] = [
    "p",
    "br",
    "span",
    "a",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ul",
    "ol",
    "li",
    "ruby",
    "rt",
    "rp",
    "wbr",
];

const FOREIGN_REL: [&str; 3] = ["nofollow", "noopener", "noreferrer"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let attributes: [(&str, &[&str]); 5] = [
        ("a", &["href", "class", "rel", "target", "translate"]),
        ("span", &["class", "translate"]),
        ("p", &["class"]),
        ("ol", &["start", "reversed"]),
        ("li", &["value"]),
    ];
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into())
        .tag_attributes(attributes.map(|(tag, names)| (tag, names.iter().copied().collect())).into())
        .tag_attribute_values(HashMap::new())
        .generic_attributes(HashSet::new())
        .clean_content_tags(["script", "style"].into())
        .url_schemes(web_url::SCHEMES.into())
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(attribute);
    builder
});

/// Applies the allow-list to what [`super::nesting`] made.
pub(super) fn apply(tamed: &str, origin: Origin) -> String {
    finish(&CLEANER.clean(tamed).to_string(), origin)
}

/// The value an attribute keeps; `None` takes it away.
fn attribute<'v>(element: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let kept = match (element, name) {
        (_, "href") => return web_url::normalise_href(value).map(Cow::Owned),
        (_, "class") => tokens(value, is_class),
        ("a", "rel") => tokens(value, |rel| matches!(rel, "tag" | "me")),
        (_, "translate") if matches!(value, "no" | "yes") => return Some(Cow::Borrowed(value)),
        ("ol", "reversed") => return Some(Cow::Borrowed("")),
        ("ol", "start") | ("li", "value") => {
            value.trim().parse::<i32>().map_or(String::new(), |n| n.to_string())
        }
        // `target` too: [`link`] writes it.
        _ => String::new(),
    };
    (!kept.is_empty()).then_some(Cow::Owned(kept))
}

/// The words of a value that may stay, each once.
fn tokens(value: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for token in value.split_ascii_whitespace() {
        if keep(token) && kept.len() < 16 && !kept.contains(&token) {
            kept.push(token);
        }
    }
    kept.join(" ")
}

/// Microformats and the classes clients give a meaning to.
fn is_class(class: &str) -> bool {
    let is_plain =
        class.len() <= 40 && class.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let is_microformat = ["h-", "p-", "u-", "dt-", "e-"].iter().any(|prefix| class.starts_with(prefix));
    (is_plain && is_microformat)
        || matches!(class, "mention" | "hashtag" | "ellipsis" | "invisible" | "quote-inline")
}

/// Writes links and line breaks in their one form, and takes out what entities have smuggled in. The input is
/// ammonia's output: well-formed, and with no `<` or `>` in text or attribute values.
fn finish(html: &str, origin: Origin) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let mut rest = html;
    let mut drops_link = false;
    while let Some(start) = rest.find('<') {
        text(&mut out, &rest[..start]);
        let Some(end) = rest[start..].find('>').map(|at| start + at) else { break };
        let tag = &rest[start..=end];
        match tag {
            "<br>" => out.push_str("<br />"),
            "<wbr>" => {}
            "</a>" if drops_link => drops_link = false,
            _ if tag == "<a>" || tag.starts_with("<a ") => match link(&tag[2..], origin) {
                Some(link) => out.push_str(&link),
                None => drops_link = true,
            },
            _ => out.push_str(tag),
        }
        rest = &rest[end + 1..];
    }
    text(&mut out, rest);
    out
}

/// Entities can stand for characters that were taken out before, and for newlines at the start of `<pre>`, which
/// the next parser would take away.
fn text(out: &mut String, text: &str) {
    if !text.contains(|c: char| is_unwanted(c) || c == '\n') {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        if !(is_unwanted(c) || c == '\n' && out.ends_with("<pre>")) {
            out.push(c);
        }
    }
}

/// The start tag of a link whose attributes are `written`; `None` if it leads nowhere.
fn link(written: &str, origin: Origin) -> Option<String> {
    let attributes = Tag::read(written)?.attributes;
    let value = |name| attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    let mut tag = format!("<a href=\"{}\"", value("href")?);
    let class = value("class");
    if let Some(class) = class {
        tag.extend([" class=\"", class, "\""]);
    }
    let is_ours = origin == Origin::Here && class.is_some_and(|c| c.split(' ').any(|c| c == "mention"));
    let mut rel: Vec<&str> = value("rel").map(|rel| rel.split(' ').collect()).unwrap_or_default();
    if !is_ours {
        tag.push_str(" target=\"_blank\"");
        rel.extend(FOREIGN_REL);
    }
    if !rel.is_empty() {
        tag.extend([" rel=\"", &rel.join(" "), "\""]);
    }
    if let Some(translate) = value("translate") {
        tag.extend([" translate=\"", translate, "\""]);
    }
    tag.push('>');
    Some(tag)
}
