//! Actors we send (federation.md 4).

use activitypub_federation::fetch::object_id::ObjectId;
use activitypub_federation::kinds::object::ImageType;
use activitypub_federation::protocol::public_key::PublicKey;
use serde::Serialize;

use super::{Tag, is_false};
use crate::objects::FederatedAccount;

/// The types an actor of ours may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum ActorType {
    Person,
    Service,
    Group,
    Organization,
    Application,
}

/// A local actor.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Actor {
    pub id: ObjectId<FederatedAccount>,
    #[serde(rename = "type")]
    pub kind: ActorType,
    pub preferred_username: String,
    /// Never empty: Misskey refuses an empty name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub inbox: String,
    pub outbox: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured_tags: Option<String>,
    pub endpoints: Endpoints,
    pub public_key: PublicKey,
    pub manually_approves_followers: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    pub attachment: Vec<PropertyValue>,
    pub tag: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Picture>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_known_as: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub memorial: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub suspended: bool,
}

/// Where else an actor can be reached.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoints {
    pub shared_inbox: String,
}

/// A row of a profile's table.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(crate) struct PropertyValue {
    /// Plain text.
    pub name: String,
    /// HTML.
    pub value: String,
}

/// An avatar, a header, or the picture of an emoji.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Picture {
    #[serde(rename = "type")]
    pub kind: ImageType,
    pub media_type: String,
    pub url: String,
    /// What it shows.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
