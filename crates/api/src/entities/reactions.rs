//! Emoji below statuses, in the shapes of those servers that have them.

use db::reactions::{Emoji, Tally};
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::{Account, CustomEmoji};
use crate::rendering::Rendered;

/// An emoji below a status, as Pleroma, glitch-soc and Iceshrimp write it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusReaction {
    /// The emoji, or the shortcode of one of ours, or `shortcode@host`.
    pub name: String,
    /// How many people.
    pub count: i64,
    /// Whether the viewer is one of them.
    pub me: bool,
    /// The picture of a custom emoji.
    pub url: Option<String>,
    /// The same without movement.
    pub static_url: Option<String>,
}

/// The part of a status that clients of Pleroma look for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PleromaStatus<'a> {
    /// The same again, under the name that Pleroma has for it.
    pub emoji_reactions: &'a [StatusReaction],
}

/// What stands below a status, under both of its names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusReactions<'a> {
    /// As glitch-soc names them.
    pub reactions: &'a [StatusReaction],
    /// As Pleroma names them.
    pub pleroma: PleromaStatus<'a>,
}

impl<'a> StatusReactions<'a> {
    /// Under both names.
    pub fn new(reactions: &'a [StatusReaction]) -> Self {
        Self { reactions, pleroma: PleromaStatus { emoji_reactions: reactions } }
    }
}

/// An emoji with those who reacted with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusReactionAccounts<'a> {
    /// Which.
    #[serde(flatten)]
    pub reaction: StatusReaction,
    /// Who, as far as the viewer wants to see them.
    #[schema(value_type = Vec<Account>)]
    pub accounts: Vec<Rendered<'a>>,
}

/// The name of an emoji for clients.
pub fn reaction_name(emoji: &Emoji) -> String {
    if emoji.domain.is_empty() { emoji.name.clone() } else { format!("{}@{}", emoji.name, emoji.domain) }
}

impl StatusReaction {
    /// From what was counted.
    pub fn new(urls: &Urls, tally: &Tally) -> Self {
        let picture = tally.picture.as_ref().and_then(|picture| CustomEmoji::new(urls, picture));
        Self {
            name: reaction_name(&tally.emoji),
            count: tally.count,
            me: tally.me,
            url: picture.as_ref().map(|picture| picture.url.to_string()),
            static_url: picture.map(|picture| picture.static_url.into_owned()),
        }
    }
}
