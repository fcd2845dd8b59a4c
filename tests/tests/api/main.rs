//! One instance: its API, its command line, its health.

#![expect(clippy::unwrap_used, reason = "tests")]

mod absent;
mod accounts;
mod announcements;
mod applications;
mod attachments;
mod bad_input;
mod buckets;
mod command_line;
mod conversations;
mod crowds;
mod departures;
mod discovery;
mod drafts;
mod entities;
mod feeds;
mod freshness;
mod grouped_notifications;
mod health;
mod instances;
mod letters;
mod interactions;
mod logging;
mod media;
mod mutes;
mod notification_requests;
mod notifications;
mod oauth;
mod oembed;
mod pages;
mod polls;
mod profile;
mod push;
mod query_counts;
mod races;
mod rate_limits;
mod relationships;
mod reports;
mod requests;
mod scheduled_statuses;
mod starting;
mod statuses;
mod streaming;
mod tags;
mod timelines;
