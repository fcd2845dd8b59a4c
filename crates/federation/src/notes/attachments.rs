//! The `attachment` member (federation 26): media by their addresses, nothing is fetched here.

use db::media::kind;
use serde_json::{Value, json as value};
use services::publish::RemoteMedia;

use crate::json;

/// Most attachments kept of one post, and characters of a description.
const MAX_ATTACHMENTS: usize = 16;
const MAX_DESCRIPTION: usize = 1500;

/// The media of a post.
pub(crate) fn attachments(document: &Value) -> Vec<RemoteMedia> {
    let own = json::is(document, "Image").then_some(document).into_iter();
    json::many(document, "attachment").chain(own).filter_map(attachment).take(MAX_ATTACHMENTS).collect()
}

fn attachment(item: &Value) -> Option<RemoteMedia> {
    let kinds: Vec<&str> = json::types(item).collect();
    let is = |name: &str| kinds.contains(&name);
    if !["Image", "Video", "Audio", "Document"].iter().any(|name| is(name)) {
        return None;
    }
    let (url, mime) = file(item)?;
    let by_type = |kind: &str| match kind.split('/').next() {
        Some("image") => Some(kind::IMAGE),
        Some("video") => Some(kind::VIDEO),
        Some("audio") => Some(kind::AUDIO),
        _ => None,
    };
    let kind = mime.as_deref().and_then(by_type).unwrap_or_else(|| match () {
        () if is("Image") => kind::IMAGE,
        () if is("Video") => kind::VIDEO,
        () if is("Audio") => kind::AUDIO,
        () => kind::UNKNOWN,
    });
    let described = |name: &str| json::natural(item, name).0.filter(|text| !text.trim().is_empty());
    let description = described("summary").or_else(|| described("name"));
    Some(RemoteMedia {
        url,
        kind,
        mime,
        description: description.map(|text| text::clean_text(text, MAX_DESCRIPTION)),
        blurhash: json::text(item, "blurhash").filter(|hash| media::is_blurhash(hash)).map(str::to_owned),
        meta: meta(item),
    })
}

/// Where the file is and of what type it claims to be: `url` or `href`, a string, a Link or a list of Links.
fn file(item: &Value) -> Option<(String, Option<String>)> {
    let mime = |value: &Value| {
        let name = json::text(value, "mediaType")?.to_ascii_lowercase();
        let fits = name.len() <= 100 && name.contains('/') && name.bytes().all(|b| b.is_ascii_graphic());
        fits.then_some(name)
    };
    let from = |name: &str| {
        let mut files = json::many(item, name)
            .filter_map(|link| Some((json::reference(link).and_then(json::web_url)?, mime(link))));
        files.next()
    };
    let (url, linked) = from("url").or_else(|| from("href"))?;
    Some((url, linked.or_else(|| mime(item))))
}

/// Size and focal point in the shape of the client API, as far as they make sense.
fn meta(item: &Value) -> Value {
    let mut meta = value!({});
    let side = |name: &str| {
        let side = json::one(item, name)?.as_f64()?;
        (1.0..=65_535.0).contains(&side).then_some(side.round())
    };
    if let (Some(width), Some(height)) = (side("width"), side("height")) {
        meta["original"] = value!({
            "width": width,
            "height": height,
            "size": format!("{width}x{height}"),
            "aspect": width / height,
        });
        // Sides are whole numbers in JSON too.
        for (name, side) in [("width", width), ("height", height)] {
            if let Ok(whole) = format!("{side}").parse::<u32>() {
                meta["original"][name] = value!(whole);
            }
        }
    }
    let focus: Vec<f64> = json::many(item, "focalPoint").filter_map(Value::as_f64).collect();
    if let [x, y] = focus[..]
        && media::Focus::new(x, y).is_ok()
    {
        meta["focus"] = value!({ "x": x, "y": y });
    }
    meta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_media_with_an_address_count() {
        let document = value!({"attachment": [
            {"type": "Document", "mediaType": "image/png", "url": "https://a.example/1.png", "name": "alt", "width": 800, "height": 400.0, "focalPoint": [0.5, -0.5], "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj"},
            {"type": "Image", "url": [{"type": "Link", "href": "https://a.example/2", "mediaType": "image/webp"}], "summary": "more", "name": "x", "focalPoint": [9, 0], "blurhash": "<"},
            {"type": "Video", "href": "https://a.example/3"},
            {"type": "Image", "url": "javascript:x"}, {"type": "Image", "url": null}, {"type": "Link", "href": "https://a.example"}, null, 7,
        ]});
        let found = attachments(&document);
        assert_eq!(found.iter().map(|m| m.kind).collect::<Vec<_>>(), [kind::IMAGE, kind::IMAGE, kind::VIDEO]);
        assert_eq!(
            found[0].meta,
            value!({"original": {"width": 800, "height": 400, "size": "800x400", "aspect": 2.0}, "focus": {"x": 0.5, "y": -0.5}})
        );
        assert_eq!(
            (found[0].description.as_deref(), found[1].description.as_deref()),
            (Some("alt"), Some("more"))
        );
        assert_eq!(
            (found[1].mime.as_deref(), &found[1].meta, &found[1].blurhash),
            (Some("image/webp"), &value!({}), &None)
        );
        let many: Vec<_> = std::iter::repeat_n(&document["attachment"][0], 99).collect();
        assert_eq!(attachments(&value!({ "attachment": many })).len(), MAX_ATTACHMENTS);
    }
}
