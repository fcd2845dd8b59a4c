//! Settings that clients follow.

use db::users::{User, quote_policy};
use serde::Serialize;
use utoipa::ToSchema;

/// <https://docs.joinmastodon.org/entities/Preferences/>
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Preferences<'a> {
    #[serde(rename = "posting:default:visibility")]
    pub visibility: &'static str,
    #[serde(rename = "posting:default:sensitive")]
    pub sensitive: bool,
    #[serde(rename = "posting:default:language")]
    pub language: Option<&'a str>,
    #[serde(rename = "posting:default:quote_policy")]
    pub quote_policy: &'static str,
    #[serde(rename = "reading:expand:media")]
    pub expand_media: &'static str,
    #[serde(rename = "reading:expand:spoilers")]
    pub expand_spoilers: bool,
    #[serde(rename = "reading:autoplay:gifs")]
    pub autoplay_gifs: bool,
}

impl<'a> From<&'a User> for Preferences<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            visibility: user.default_visibility.as_str(),
            sensitive: user.default_sensitive,
            language: user.default_language.as_deref(),
            quote_policy: quote_policy::word(user.default_quote_policy),
            expand_media: "default",
            expand_spoilers: false,
            autoplay_gifs: false,
        }
    }
}
