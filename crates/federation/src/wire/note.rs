//! Statuses as we send them (federation.md 6, 25, 26).

use std::collections::BTreeMap;

use activitypub_federation::fetch::object_id::ObjectId;
use activitypub_federation::kinds::collection::{CollectionPageType, CollectionType};
use activitypub_federation::kinds::object::DocumentType;
use serde::Serialize;

use super::{Picture, Question, Quoting};
use crate::objects::{FederatedAccount, FederatedStatus};

/// A local status.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    pub id: ObjectId<FederatedStatus>,
    #[serde(rename = "type")]
    pub kind: NoteKind,
    pub attributed_to: ObjectId<FederatedAccount>,
    /// The content warning, as plain text; null without one.
    pub summary: Option<String>,
    /// The id of the parent; null without one.
    pub in_reply_to: Option<String>,
    pub published: String,
    /// When it was last edited; absent for a status that never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// The page for people.
    pub url: String,
    pub to: Vec<String>,
    pub cc: Vec<String>,
    pub sensitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// HTML.
    pub content: String,
    /// The same by language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_map: Option<BTreeMap<String, String>>,
    pub attachment: Vec<Attachment>,
    pub tag: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<Replies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes: Option<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares: Option<Count>,
    /// What it quotes.
    #[serde(flatten)]
    pub quote: Option<Quoting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_policy: Option<InteractionPolicy>,
    /// What it asks.
    #[serde(flatten)]
    pub question: Option<Question>,
}

/// What a status is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum NoteKind {
    Note,
    /// With a poll.
    Question,
}

/// Who may do what with a status (FEP-044f).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InteractionPolicy {
    pub can_quote: CanQuote,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_reply: Option<CanReply>,
}

/// Whose quotes are approved without asking.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanQuote {
    pub automatic_approval: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub manual_approval: Vec<String>,
}

/// Whose replies are approved without asking; nobody else is asked about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanReply {
    pub automatic_approval: Vec<String>,
    pub manual_approval: [(); 0],
}

/// A tag of a status or of a profile.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(crate) enum Tag {
    /// Somebody is mentioned: `@user@host`.
    Mention { href: String, name: String },
    /// `#tag` with its page.
    Hashtag { href: String, name: String },
    /// `:shortcode:` with its picture.
    Emoji { id: String, name: String, icon: Picture, updated: String },
}

/// A file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    #[serde(rename = "type")]
    pub kind: DocumentType,
    pub media_type: String,
    pub url: String,
    /// What it shows; null when nobody said.
    #[serde(rename = "name")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_point: Option<[f64; 2]>,
}

/// Where the replies to a status are listed: an inline first page without items, as Mastodon has for a
/// status without replies by its author.
#[derive(Debug, Serialize)]
pub(crate) struct Replies {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: CollectionType,
    pub first: FirstReplies,
}

/// The inline page.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FirstReplies {
    #[serde(rename = "type")]
    pub kind: CollectionPageType,
    pub next: String,
    pub part_of: String,
    pub items: [String; 0],
}

impl Replies {
    /// Of the status with this id.
    pub(crate) fn of(status: &str) -> Self {
        let id = format!("{status}/replies");
        let first = FirstReplies {
            kind: CollectionPageType::CollectionPage,
            next: format!("{id}?page=true"),
            part_of: id.clone(),
            items: [],
        };
        Self { id, kind: CollectionType::Collection, first }
    }
}

/// A collection of which nothing is told but how much is in it: who favourited or shared something is for
/// whoever wrote it to know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Count {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: CollectionType,
    pub total_items: i64,
}

impl Count {
    /// The collection of this name of the status with this id.
    pub(crate) fn of(status: &str, name: &str, total_items: i64) -> Self {
        Self { id: format!("{status}/{name}"), kind: CollectionType::Collection, total_items }
    }
}
