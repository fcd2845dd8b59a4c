//! Rows and queries: everything that speaks SQL.
//!
//! Queries are functions on a connection, named for what they answer, so that the caller owns the
//! transaction. They come in batches (`load_for(ids)`), never one by one. Who may see a status is decided
//! in [`visibility`] alone.
//!
//! Architecture invariant: nothing here knows of HTTP, JSON entities or ActivityPub documents.

pub mod access_tokens;
pub mod account_states;
pub mod account_views;
pub mod accounts;
pub mod activities;
pub mod actors;
mod address;
pub mod announcements;
pub mod applications;
pub mod authorization_codes;
pub mod bookmarks;
pub mod bus;
pub mod cards;
pub mod connect;
pub mod conversation_mutes;
pub mod conversations;
pub mod custom_emojis;
pub mod deliveries;
pub mod departures;
pub mod directory;
pub mod drafts;
pub mod endorsements;
pub mod favourites;
pub mod featured_tags;
pub mod feeds;
pub mod filters;
pub mod follows;
pub mod health;
pub mod idempotency;
pub mod ids;
pub mod instance_activity;
pub mod instance_rules;
pub mod instance_texts;
pub mod instances;
pub mod lists;
pub mod markers;
pub mod media;
pub mod mentions;
pub mod migrations;
pub mod notifications;
pub mod page;
mod pairs;
pub mod password_resets;
pub mod pins;
pub mod polls;
pub mod push_subscriptions;
pub mod quotes;
pub mod reactions;
pub mod relationships;
pub mod reply_policies;
pub mod reports;
pub mod search;
pub mod search_documents;
pub mod sessions;
pub mod sql;
pub mod status_edits;
pub mod status_states;
pub mod status_views;
pub mod statuses;
pub mod suggestions;
pub mod tag_follows;
pub mod tags;
pub mod timelines;
pub mod tombstones;
pub mod trends;
pub mod users;
pub mod visibility;

pub use connect::{Conn, Pool};
pub use ids::{
    AccessTokenId, AccountId, ApplicationId, CardId, DraftId, FilterId, FilterKeywordId, FilterStatusId,
    ListId, MediaId, NotificationId, StatusId, UserId,
};
pub use page::Page;
pub use visibility::Visibility;
