//! oEmbed documents (<https://oembed.com>), of which no HTML is taken but the address of a frame.

use db::cards::kind;
use serde_json::Value;
use url::Url;

use crate::{Federation, json};

/// Longest document, in bytes.
const MAX_DOCUMENT: usize = 64 * 1024;
/// Longest title and name, in characters.
const MAX_TITLE_CHARS: usize = 500;
const MAX_NAME_CHARS: usize = 200;

/// What a document says of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Embed {
    pub(super) kind: i16,
    pub(super) title: String,
    pub(super) author: String,
    pub(super) author_url: Option<String>,
    pub(super) provider: String,
    pub(super) provider_url: Option<String>,
    pub(super) frame: Option<String>,
    pub(super) size: (u32, u32),
    pub(super) picture: Option<String>,
}

/// The document at an address; `None` when it cannot be had, which does not matter much.
pub(super) async fn find(f: &Federation, at: &Url) -> Option<Embed> {
    let url = f.client.check(at).ok()?;
    let mut document = f.client.get_json(&url, "application/json", MAX_DOCUMENT).await.ok()?.body;
    json::strip_nul(&mut document);
    Some(read(&document))
}

fn read(document: &Value) -> Embed {
    let text =
        |name: &str, most| text::clean_line(&text::plain(document[name].as_str().unwrap_or_default()), most);
    let address = |name: &str| document[name].as_str().map(str::to_owned);
    // Some write numbers as texts, and "100%".
    let number = |name: &str| {
        let value = &document[name];
        let parsed = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        parsed.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
    };
    let kind = match document["type"].as_str() {
        Some("photo") => kind::PHOTO,
        Some("video") => kind::VIDEO,
        Some("rich") => kind::RICH,
        _ => kind::LINK,
    };
    let photo = address("url").filter(|_| kind == kind::PHOTO);
    Embed {
        kind,
        title: text("title", MAX_TITLE_CHARS),
        author: text("author_name", MAX_NAME_CHARS),
        author_url: address("author_url"),
        provider: text("provider_name", MAX_NAME_CHARS),
        provider_url: address("provider_url"),
        frame: document["html"].as_str().and_then(text::frame),
        size: (number("width"), number("height")),
        picture: photo.or_else(|| address("thumbnail_url")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_frame_is_taken_of_the_html() {
        let embed = read(&json!({
            "type": "video", "title": "A <b>film</b> &amp; more", "width": "640", "height": 360,
            "html": "<script>alert(1)</script><iframe src=\"https://player.vimeo.com/video/1?a=1&amp;b=2\"></iframe>",
            "thumbnail_url": "https://i.example/1.jpg", "provider_name": 5,
        }));
        assert_eq!(
            (embed.kind, embed.size, embed.title.as_str()),
            (kind::VIDEO, (640, 360), "A film & more")
        );
        assert_eq!(embed.frame.as_deref(), Some("https://player.vimeo.com/video/1?a=1&b=2"));
        assert_eq!(
            (embed.picture.as_deref(), embed.provider.as_str()),
            (Some("https://i.example/1.jpg"), "")
        );
        let photo = read(
            &json!({ "type": "photo", "url": "https://i.example/2.jpg", "width": -1, "height": "100%" }),
        );
        assert_eq!((photo.picture.as_deref(), photo.size), (Some("https://i.example/2.jpg"), (0, 0)));
        assert_eq!(read(&json!([])).title, "");
    }
}
