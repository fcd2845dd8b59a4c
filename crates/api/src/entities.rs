//! The entities of the client API, as their documentation names and spells them
//! (<https://docs.joinmastodon.org/entities/>): made from views of `db`, at once and without asking anybody.
//!
//! Every documented field is there, even when it has nothing to say: strict decoders fail a whole list on
//! one missing key. They borrow from the views and are written to JSON before those go.

mod accounts;
mod announcements;
mod applications;
mod cards;
mod conversations;
mod custom_emojis;
mod drafts;
mod familiar_followers;
mod filters;
mod instances;
mod interaction_policies;
mod lists;
mod markers;
mod media_attachments;
mod notifications;
mod polls;
mod preferences;
mod profiles;
mod push;
mod reactions;
mod relationships;
mod reports;
mod rules;
mod search;
mod statuses;
mod suggestions;
mod tags;
#[cfg(test)]
mod tests;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

pub use accounts::{
    Account, AccountRole, CredentialAccount, Field, FixedAccount, LiveAccount, MutedAccount, Role, Source,
};
pub use announcements::{Announcement, AnnouncementAccount, AnnouncementStatus, AnnouncementTag, Reaction};
pub use applications::{Application, CredentialApplication, Token};
pub use cards::{PreviewCard, PreviewCardAuthor, TrendsLink};
pub use conversations::Conversation;
pub use custom_emojis::CustomEmoji;
pub use drafts::{Draft, Params, PollParams, Published, ScheduledStatus, Waiting};
pub use familiar_followers::FamiliarFollowers;
pub use filters::{Filter, FilterKeyword, FilterResult, FilterStatus, Phrase};
pub use instances::{About, Instance, InstanceV1, Stats, instance, instance_v1, version};
pub use interaction_policies::{InteractionPolicy, InteractionRules};
pub use lists::List;
pub use markers::Marker;
pub use media_attachments::MediaAttachment;
pub use notifications::{
    GroupedNotificationsResults, Notification, NotificationGroup, NotificationPolicy, NotificationRequest,
    NotificationSummary, PartialAccountWithAvatar,
};
pub use polls::{EditedOption, EditedPoll, Poll, PollOption};
pub use preferences::Preferences;
pub use profiles::Profile;
pub use push::WebPushSubscription;
pub use reactions::{PleromaStatus, StatusReaction, StatusReactionAccounts, StatusReactions, reaction_name};
pub use relationships::Relationship;
pub use reports::Report;
pub use rules::Rule;
pub use search::Search;
pub use statuses::{
    Approval, Context, FixedStatus, LiveStatus, Quote, Quoted, ShallowQuote, Status, StatusApplication,
    StatusEdit, StatusMention, StatusSource, StatusTag,
};
pub use suggestions::Suggestion;
pub use tags::{FeaturedTag, Tag, TagHistory};

/// An id: a number here, a string in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^-?[0-9]+$")]
pub struct Id(pub i64);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// A time, as `2026-11-21T01:12:46.000Z`: some clients read nothing else.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A day, as `2026-11-21`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, format = Date)]
pub struct Day(pub DateTime<Utc>);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0.date_naive())
    }
}
