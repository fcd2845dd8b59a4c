//! Activities we send: the shapes of federation.md E.4, which every peer takes.

use activitypub_federation::fetch::object_id::ObjectId;
use activitypub_federation::kinds::activity::FollowType;
use serde::Serialize;
use serde_json::Value;

use crate::objects::FederatedAccount;

/// An activity of a local actor; `K` is its type, `O` what it is about.
#[derive(Debug, Serialize)]
pub(crate) struct Activity<K, O> {
    /// Ours, and never used for another activity.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: K,
    /// Who does it, and whose key signs it.
    pub actor: ObjectId<FederatedAccount>,
    /// When it was done (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Addressed to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// And to these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    /// What it is about: embedded, or an id.
    pub object: O,
    /// The emoji of a reaction.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Value>,
    /// The collection that Add and Remove are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What an Accept grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl<K, O> Activity<K, O> {
    /// An activity addressed to nobody yet.
    pub(crate) fn new(id: String, kind: K, actor: ObjectId<FederatedAccount>, object: O) -> Self {
        Self {
            id,
            kind,
            actor,
            published: None,
            to: Vec::new(),
            cc: Vec::new(),
            object,
            reaction: None,
            target: None,
            result: None,
        }
    }

    /// Addressed to these.
    pub(crate) fn to(mut self, to: Vec<String>) -> Self {
        self.to = to;
        self
    }

    /// And to these.
    pub(crate) fn cc(mut self, cc: Vec<String>) -> Self {
        self.cc = cc;
        self
    }
}

/// A Follow by anybody, as it stands inside Accept, Reject and Undo: several peers take nothing less.
#[derive(Debug, Serialize)]
pub(crate) struct Follow {
    /// The id of the Follow, if it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(rename = "type")]
    kind: FollowType,
    /// Who follows.
    pub actor: String,
    /// Whom.
    pub object: String,
}

impl Follow {
    /// `actor` follows `object`.
    pub(crate) fn new(id: Option<String>, actor: &str, object: &str) -> Self {
        Self { id, kind: FollowType::Follow, actor: actor.to_owned(), object: object.to_owned() }
    }
}

/// What an Undo undoes: the activity as it was, without its addressing.
#[derive(Debug, Serialize)]
pub(crate) struct Undone<K> {
    /// The id it had.
    pub id: String,
    /// The type it had.
    #[serde(rename = "type")]
    pub kind: K,
    /// Who did it.
    pub actor: ObjectId<FederatedAccount>,
    /// What it was about.
    pub object: String,
    /// Its emoji, if it was a reaction.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Value>,
}
