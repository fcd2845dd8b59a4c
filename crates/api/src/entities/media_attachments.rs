//! Media attachments.

use std::borrow::Cow;

use db::media::{Media, kind};
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::Id;

/// <https://docs.joinmastodon.org/entities/MediaAttachment/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct MediaAttachment<'a> {
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub url: Option<Cow<'a, str>>,
    pub preview_url: Option<Cow<'a, str>>,
    pub remote_url: Option<&'a str>,
    #[schema(value_type = Option<String>)]
    pub preview_remote_url: (),
    #[schema(value_type = Option<String>)]
    pub text_url: (),
    #[schema(value_type = Object)]
    pub meta: &'a serde_json::Value,
    pub description: Option<&'a str>,
    pub blurhash: Option<&'a str>,
}

impl<'a> MediaAttachment<'a> {
    /// A file that is not stored here is shown from where it is.
    pub fn new(urls: &Urls, media: &'a Media) -> Self {
        let remote = media.remote_url.as_deref();
        let stored = |key: &str| Cow::Owned(urls.media(key));
        let url = media.file_key.as_deref().map(stored).or(remote.map(Cow::Borrowed));
        let still = matches!(media.kind, kind::IMAGE);
        let preview = media.preview_key.as_deref().map(stored).or_else(|| url.clone().filter(|_| still));
        Self {
            id: Id(media.id.0),
            kind: match media.kind {
                kind::IMAGE => "image",
                kind::GIFV => "gifv",
                kind::VIDEO => "video",
                kind::AUDIO => "audio",
                _ => "unknown",
            },
            url,
            preview_url: preview,
            remote_url: remote,
            preview_remote_url: (),
            text_url: (),
            meta: &media.meta,
            description: media.description.as_deref(),
            blurhash: media.blurhash.as_deref(),
        }
    }

    /// In order.
    pub fn list(urls: &Urls, media: &'a [Media]) -> Vec<Self> {
        media.iter().map(|media| Self::new(urls, media)).collect()
    }
}
