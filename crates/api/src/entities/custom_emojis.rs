//! Custom emoji.

use std::borrow::Cow;

use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

/// <https://docs.joinmastodon.org/entities/CustomEmoji/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct CustomEmoji<'a> {
    pub shortcode: &'a str,
    pub url: Cow<'a, str>,
    pub static_url: Cow<'a, str>,
    pub visible_in_picker: bool,
    pub category: Option<&'a str>,
}

impl<'a> CustomEmoji<'a> {
    /// `None` when it has no picture.
    pub fn new(urls: &Urls, emoji: &'a db::custom_emojis::CustomEmoji) -> Option<Self> {
        let url = match (&emoji.image_key, &emoji.image_remote_url) {
            (Some(key), _) => Cow::Owned(urls.media(key)),
            (None, Some(url)) => Cow::Borrowed(url.as_str()),
            (None, None) => return None,
        };
        Some(Self {
            shortcode: &emoji.shortcode,
            static_url: url.clone(),
            url,
            visible_in_picker: emoji.visible,
            category: emoji.category.as_deref(),
        })
    }

    /// Those that have a picture.
    pub fn list(urls: &Urls, emojis: &'a [db::custom_emojis::CustomEmoji]) -> Vec<Self> {
        emojis.iter().filter_map(|emoji| Self::new(urls, emoji)).collect()
    }
}
