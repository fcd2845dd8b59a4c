//! The `attachment` member (federation 26): media by their addresses, nothing is fetched here.

use db::media::kind;
use serde_json::{Value, json as value};
use services::publish::RemoteMedia;
use url::Url;

use crate::json;

/// What clients show as pictures. SVG is none: it is a document, and may hold scripts.
const PICTURES: [&str; 10] = ["png", "apng", "jpeg", "jpg", "gif", "webp", "avif", "heic", "heif", "jxl"];
/// Endings of what is a document, whatever it is called.
const DOCUMENTS: [&str; 8] = ["svg", "svgz", "html", "htm", "xhtml", "xml", "pdf", "js"];

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
    let kind = by_type(mime.as_deref(), &url).unwrap_or_else(|| match () {
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

/// Whether a file may be called a picture, by its type if that is told, and by its address.
pub(crate) fn is_picture(mime: Option<&str>, url: &str) -> bool {
    by_type(mime, url).is_none_or(|found| found == kind::IMAGE)
}

/// The kind of a file as far as its media type and its address say; `None` where they say nothing.
fn by_type(mime: Option<&str>, url: &str) -> Option<i16> {
    let path = Url::parse(url).ok()?.path().to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.rsplit_once('.').is_some_and(|(_, ending)| DOCUMENTS.contains(&ending)) {
        return Some(kind::UNKNOWN);
    }
    let mime = mime.map(str::to_ascii_lowercase)?;
    match mime.split(';').next().unwrap_or_default().trim().split_once('/')? {
        ("image", format) if PICTURES.contains(&format) => Some(kind::IMAGE),
        ("video", _) => Some(kind::VIDEO),
        ("audio", _) => Some(kind::AUDIO),
        ("application", "octet-stream") | ("image", "*") => None,
        _ => Some(kind::UNKNOWN),
    }
}

/// Where the file is and of what type it claims to be: `url` or `href`, a string, a Link or a list of Links.
fn file(item: &Value) -> Option<(String, Option<String>)> {
    let mime = |value: &Value| {
        let name = json::text(value, "mediaType")?.split(';').next()?.trim().to_ascii_lowercase();
        let fits = name.len() <= 100 && name.contains('/') && name.bytes().all(|b| b.is_ascii_graphic());
        fits.then_some(name)
    };
    let from = |name: &str| {
        let mut files = json::many(item, name)
            .filter_map(|link| Some((json::reference(link).and_then(json::file_url)?, mime(link))));
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
        let kind_of =
            |item: Value| attachments(&value!({ "attachment": item })).first().map(|media| media.kind);
        for (item, expected) in [
            (
                value!({"type": "Document", "mediaType": "image/svg+xml", "url": "https://a.example/1"}),
                kind::UNKNOWN,
            ),
            (
                value!({"type": "Image", "mediaType": "Image/SVG+XML; charset=utf-8", "url": "https://a.example/1"}),
                kind::UNKNOWN,
            ),
            (
                value!({"type": "Image", "mediaType": "text/html", "url": "https://a.example/1.png"}),
                kind::UNKNOWN,
            ),
            (value!({"type": "Image", "url": "https://a.example/1.SVG?x=.png"}), kind::UNKNOWN),
            (
                value!({"type": "Image", "mediaType": "image/png", "url": "https://a.example/1.svg#.png"}),
                kind::UNKNOWN,
            ),
            (
                value!({"type": "Image", "mediaType": "application/octet-stream", "url": "https://a.example/1"}),
                kind::IMAGE,
            ),
            (value!({"type": "Image", "url": "https://a.example/1"}), kind::IMAGE),
            (value!({"type": "Document", "url": "https://a.example/1"}), kind::UNKNOWN),
            (
                value!({"type": "Document", "mediaType": "image/jpeg", "url": "https://a.example/1"}),
                kind::IMAGE,
            ),
        ] {
            assert_eq!(kind_of(item.clone()), Some(expected), "{item}");
        }
        for url in
            ["data:image/png,x", "https://u:p@a.example/1.png", "//a.example/1.png", "ftp://a.example/1.png"]
        {
            assert_eq!(kind_of(value!({"type": "Image", "url": url})), None, "{url}");
        }
        let odd =
            attachments(&value!({"attachment": {"type": "Image", "url": "https://A.example/\"><b>.png"}}));
        assert_eq!(odd[0].url, "https://a.example/%22%3E%3Cb%3E.png");
        let many: Vec<_> = std::iter::repeat_n(&document["attachment"][0], 99).collect();
        assert_eq!(attachments(&value!({ "attachment": many })).len(), MAX_ATTACHMENTS);
    }
}
