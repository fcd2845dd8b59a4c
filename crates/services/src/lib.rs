//! What the server does: one function for each use case, whoever asks.
//!
//! A use case checks its rules, writes rows and counters, and records an [`events::Event`], in one
//! transaction. Everything that follows from it (timelines, notifications, federation) is done by jobs from
//! that event. The client API, the pages and the inbox all come through here.
//!
//! Architecture invariants: nothing here opens a socket (what may need the network takes a [`Resolver`]),
//! and nothing here knows of status codes, JSON entities or activities.

pub mod accounts;
pub mod announcements;
pub mod app;
pub mod applications;
pub mod audience;
pub mod blocks;
pub mod cards;
pub mod conversations;
pub mod drafts;
pub mod emails;
pub mod endorsements;
pub mod error;
pub mod events;
pub mod favourites;
pub mod feeds;
pub mod filters;
pub mod follows;
pub mod instance;
pub mod instance_rules;
pub mod instance_texts;
pub mod keys;
pub mod letters;
pub mod lists;
pub mod local_accounts;
pub mod markers;
pub mod media;
pub mod mutes;
pub mod news;
pub mod notes;
pub mod notifications;
pub mod numbers;
pub mod oauth;
pub mod password_resets;
pub mod passwords;
pub mod pins;
pub mod polls;
pub mod preferences;
pub mod publish;
pub mod push;
pub mod quotes;
pub mod reactions;
pub mod reblogs;
pub mod registrations;
pub mod reports;
pub mod resolver;
pub mod scopes;
pub mod search;
pub mod secrets;
pub mod sessions;
pub mod statuses;
pub mod suggestions;
pub mod tags;
pub mod trends;
pub mod urls;
pub mod users;

pub use app::App;
pub use error::{Error, Result};
pub use resolver::Resolver;
pub use urls::Urls;
