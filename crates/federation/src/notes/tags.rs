//! The `tag` member: mentions, hashtags, custom emoji (federation 25).

use serde_json::Value;
use services::accounts::RemoteEmoji;

use crate::json;

/// Most of each that are looked at; the rest is ignored.
const MAX_MENTIONS: usize = 50;
const MAX_HASHTAGS: usize = 32;
const MAX_EMOJI: usize = 64;

/// Whom the post mentions: the address of each, or `acct:` and the handle (25.2).
pub(crate) fn mentions(document: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for tag in json::many(document, "tag").filter(|tag| json::is(tag, "Mention")).take(MAX_MENTIONS) {
        let target = match json::text(tag, "href").filter(|href| !href.is_empty()) {
            Some(href) => json::web_url(href),
            None => json::text(tag, "name").map(|name| format!("acct:{}", name.trim_start_matches('@'))),
        };
        if let Some(target) = target.filter(|target| !found.contains(target)) {
            found.push(target);
        }
    }
    found
}

/// The hashtags, normalised and as spelt; each once.
pub(crate) fn hashtags(document: &Value) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for tag in json::many(document, "tag").filter(|tag| json::is(tag, "Hashtag")) {
        let Some(name) = json::text(tag, "name") else { continue };
        let Some(normalised) = text::normalise_tag(name) else { continue };
        if found.len() < MAX_HASHTAGS && !found.iter().any(|(known, _)| *known == normalised) {
            let spelt = text::clean_line(name.trim().trim_start_matches(['#', '＃']), text::MAX_TAG_CHARS);
            found.push((normalised, spelt));
        }
    }
    found
}

/// The custom emoji; a shortcode that is none never gets any further (25.7).
pub(crate) fn emojis(document: &Value) -> Vec<RemoteEmoji> {
    let emoji = |tag: &Value| {
        let name = json::text(tag, "name")?.trim().trim_matches(':');
        let fits =
            (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let icon = json::one(tag, "icon")?;
        let image_url = crate::actors::image(icon)?;
        let uri = json::id(tag).and_then(json::web_url);
        fits.then(|| RemoteEmoji { shortcode: name.to_owned(), uri, image_url })
    };
    json::many(document, "tag")
        .filter(|tag| json::is(tag, "Emoji"))
        .filter_map(emoji)
        .take(MAX_EMOJI)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_of_all_shapes() {
        let document = json!({"tag": [
            null, "x", 3, {"type": "Unknown"},
            {"type": "Mention", "href": "https://a.example/users/b", "name": "@b"},
            {"type": "Mention", "href": "https://a.example/users/b"},
            {"type": "Mention", "href": "javascript:x"},
            {"type": "Mention", "name": "@c@here.example"},
            {"type": ["Hashtag"], "name": "#Café"}, {"type": "Hashtag", "name": "CAFÉ"}, {"type": "Hashtag", "name": "#<b>"},
            {"type": "Emoji", "id": null, "name": ":blob:", "icon": {"type": "Image", "url": "https://a.example/e.png"}},
            {"type": "Emoji", "name": "cat", "icon": {"url": {"href": "https://a.example/c.png"}}},
            {"type": "Emoji", "name": ":a b:", "icon": {"url": "https://a.example/e.png"}},
            {"type": "Emoji", "name": ":no:", "icon": {"url": "data:x"}},
            {"type": "Emoji", "name": ":svg:", "icon": {"mediaType": "image/svg+xml", "url": "https://a.example/e"}},
        ]});
        assert_eq!(mentions(&document), ["https://a.example/users/b", "acct:c@here.example"]);
        assert_eq!(hashtags(&document), [("café".to_owned(), "Café".to_owned())]);
        let codes: Vec<_> = emojis(&document).into_iter().map(|emoji| emoji.shortcode).collect();
        assert_eq!(codes, ["blob", "cat"]);
    }
}
