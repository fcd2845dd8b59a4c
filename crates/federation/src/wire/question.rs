//! What makes a Note a Question (federation.md 21), and the vote that answers one.

use activitypub_federation::kinds::collection::CollectionType;
use activitypub_federation::kinds::object::NoteType;
use serde::Serialize;

/// The members that a Question has besides those of a Note.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    /// The options, where one can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Choice>>,
    /// The options, where several can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Vec<Choice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// When it ended; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    pub voters_count: i64,
}

/// An option.
#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    #[serde(rename = "type")]
    pub kind: NoteType,
    /// Plain text.
    pub name: String,
    pub replies: Tally,
}

/// How many chose it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tally {
    #[serde(rename = "type")]
    pub kind: CollectionType,
    /// Absent while it is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_items: Option<i64>,
}

/// A vote: a Note that says nothing but the name of an option.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Vote {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: NoteType,
    pub name: String,
    pub attributed_to: String,
    /// The id of the Question.
    pub in_reply_to: String,
    /// The author of the Question, and nobody else.
    pub to: Vec<String>,
}
