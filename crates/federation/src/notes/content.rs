//! What a post says (federation 27, 28): its HTML, or title, excerpt and link of what is no Note.

use serde_json::Value;
use text::{Format, Links, SafeHtml};

use crate::json;

/// Characters of an excerpt.
const EXCERPT: usize = 500;

/// How a document becomes a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// All of it is shown.
    Whole,
    /// Title, excerpt and link are.
    Excerpt,
}

impl Form {
    /// None for what is no post.
    pub(crate) fn of(document: &Value) -> Option<Self> {
        json::types(document).find_map(|name| match name {
            "Note" | "Question" | "Comment" | "Quotation" | "GeneratedNote" => Some(Self::Whole),
            "Article" | "Page" | "Video" | "Audio" | "Image" | "Event" | "Review" => Some(Self::Excerpt),
            _ => None,
        })
    }
}

/// The content and its language; `link` leads to the original.
pub(crate) fn content(document: &Value, form: Form, link: &str) -> (SafeHtml, Option<String>) {
    let (written, language) = json::natural(document, "content");
    let language = language.or_else(|| {
        let named = json::one(document, "language")?;
        json::language(json::text(named, "identifier").or_else(|| named.as_str())?)
    });
    let written = html(document, written.unwrap_or_default());
    let title = json::natural(document, "name").0.map(|name| text::clean_line(&text::plain(name), EXCERPT));
    let title = title.filter(|title| !title.is_empty());
    let content = match form {
        Form::Whole if written.is_empty() => title.map_or(written, |title| linked(&title)),
        Form::Whole => written,
        Form::Excerpt => excerpt(document, title.as_deref(), &written, link),
    };
    (content, language)
}

/// Content by its media type (27.10); HTML where nothing else is said.
fn html(document: &Value, written: &str) -> SafeHtml {
    match json::text(document, "mediaType") {
        Some("text/markdown") => text::render(written, Format::Markdown, &Links::default()).html,
        Some("text/plain") => linked(written),
        _ => text::sanitise(written),
    }
}

fn linked(plain: &str) -> SafeHtml {
    text::render(plain, Format::Plain, &Links::default()).html
}

/// Title, time and place of an Event, the summary or the beginning of the content, and the link.
fn excerpt(document: &Value, title: Option<&str>, written: &SafeHtml, link: &str) -> SafeHtml {
    let mut parts = Vec::new();
    if let Some(title) = title {
        parts.push(format!("<p><strong>{}</strong></p>", escaped(title)));
    }
    let location = json::one(document, "location").and_then(|place| json::text(place, "name"));
    let when = [json::text(document, "startTime"), location];
    let when: Vec<String> =
        when.into_iter().flatten().map(|line| escaped(&text::clean_line(line, 200))).collect();
    if json::is(document, "Event") && !when.is_empty() {
        parts.push(format!("<p>{}</p>", when.join("<br>")));
    }
    let summary = json::natural(document, "summary").0.map(text::plain).filter(|summary| !summary.is_empty());
    let plain = written.to_plain();
    match summary {
        None if plain.chars().nth(EXCERPT).is_none() => parts.push(written.as_str().to_owned()),
        summary => parts.push(linked(&shortened(&summary.unwrap_or(plain))).into_string()),
    }
    let target = json::many(document, "attachment")
        .filter(|item| json::is(item, "Link"))
        .find_map(|item| json::web_link(item, "href"));
    for link in [target.as_deref(), Some(link)].into_iter().flatten() {
        parts.push(linked(link).into_string());
    }
    text::sanitise(&parts.concat())
}

fn shortened(plain: &str) -> String {
    match plain.char_indices().nth(EXCERPT) {
        Some((at, _)) => format!("{}…", plain[..at].trim_end()),
        None => plain.to_owned(),
    }
}

fn escaped(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    fn of(document: &Value) -> String {
        let form = Form::of(document).expect("it is a post");
        content(document, form, "https://a.example/1").0.into_string()
    }

    #[test]
    fn notes_are_sanitised() {
        let note = value!({"type": "Note", "content": "<p onclick=x>hi<script>x</script></p>"});
        assert_eq!(of(&note), "<p>hi</p>");
        let named = value!({"type": "Note", "name": "a <b>"});
        assert!(of(&named).starts_with("<p>a"), "{}", of(&named));
        let plain = value!({"type": "Note", "mediaType": "text/plain", "content": "<b>"});
        assert_eq!(of(&plain), "<p>&lt;b&gt;</p>");
    }

    #[test]
    fn articles_are_title_excerpt_and_link() {
        let article = value!({"type": "Article", "name": "A & <b>", "content": format!("<p>{}</p>", "long ".repeat(300))});
        let html = of(&article);
        assert!(html.starts_with("<p><strong>A &amp;"), "{html}");
        assert!(html.contains('…') && html.contains("href=\"https://a.example/1\""), "{html}");
        assert!(html.len() < 1500);
        let event = value!({"type": "Event", "name": "Fair", "startTime": "2026-01-01T00:00:00Z", "location": {"name": "Hall"}});
        assert!(of(&event).contains("2026-01-01T00:00:00Z<br />Hall"), "{}", of(&event));
        let page = value!({"type": "Page", "name": "x", "attachment": [{"type": "Link", "href": "https://b.example/y"}]});
        assert!(of(&page).contains("https://b.example/y"));
    }
}
