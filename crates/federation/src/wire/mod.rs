//! The shapes we send: strict, compact, and every extension term defined.
//!
//! What others send is read elsewhere, and tolerantly; these types are only ever written.

mod activity;
mod actor;
mod collection;
mod flag;
mod note;
mod question;
mod quote;

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

pub(crate) use activity::{Activity, Follow, Undone};
pub(crate) use actor::{Actor, ActorType, Endpoints, Picture, PropertyValue};
pub(crate) use collection::{Collection, Page};
pub(crate) use flag::Flag;
pub(crate) use note::{
    Attachment, CanQuote, CanReply, Count, InteractionPolicy, Note, NoteKind, Replies, Tag,
};
pub(crate) use question::{Choice, Question, Tally, Vote};
pub(crate) use quote::{
    OlderNames, QuoteAuthorization, QuoteAuthorizationType, QuoteRequest, QuoteRequestType, Quoting,
};

/// Everybody. The only spelling that we send.
pub(crate) const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The content type of every document. Lemmy compares the whole string.
pub(crate) const CONTENT_TYPE: &str = "application/activity+json; charset=utf-8";

/// The `@context` that defines every term we use.
const FULL: &str = include_str!("context.json");
const PLAIN: &str = "\"https://www.w3.org/ns/activitystreams\"";

/// Something with extension terms, as JSON with `@context` as its first member.
pub(crate) fn document<T: Serialize>(inner: &T) -> serde_json::Result<String> {
    with_context(FULL, inner)
}

/// Something that uses no term beyond `ActivityStreams`, as JSON.
pub(crate) fn plain<T: Serialize>(inner: &T) -> serde_json::Result<String> {
    with_context(PLAIN, inner)
}

fn with_context<T: Serialize>(context: &str, inner: &T) -> serde_json::Result<String> {
    let inner = serde_json::to_string(inner)?;
    let members = inner.strip_prefix('{').expect("every document is an object with members");
    Ok(format!("{{\"@context\":{context},{members}"))
}

/// RFC 3339 in UTC with milliseconds and `Z`.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The media type of a stored file, by the extension that we gave it.
pub(crate) fn media_type(key: &str) -> Cow<'static, str> {
    Cow::Borrowed(match key.rsplit_once('.').map(|(_, extension)| extension) {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    })
}

/// Never written out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_context_comes_first_and_begins_with_activitystreams() {
        let text = document(&json!({ "id": "https://a.example/1" })).unwrap();
        assert!(text.starts_with("{\"@context\":[\"https://www.w3.org/ns/activitystreams\",\"https://w3id"));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["id"], "https://a.example/1");
        assert_eq!(value["@context"][2]["sensitive"], "as:sensitive");
    }

    #[test]
    fn times_end_in_z() {
        let at = DateTime::from_timestamp_millis(1_795_212_000_123).unwrap();
        assert_eq!(time(at), "2026-11-20T22:00:00.123Z");
    }
}
