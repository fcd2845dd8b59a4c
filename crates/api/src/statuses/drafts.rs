//! What a client sends to write or change a status.

use db::media::Media;
use db::statuses::Status;
use db::{MediaId, StatusId, Visibility};
use serde::Deserialize;
use serde_json::Value;
use services::preferences;
use services::statuses::format_of;
use text::Format;

use crate::auth::Viewer;
use crate::media::changes;
use crate::params::unless_blank;
use crate::{Error, Result};

/// The parameters of `POST /api/v1/statuses`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    status: String,
    media_ids: Vec<MediaId>,
    #[serde(deserialize_with = "unless_blank")]
    in_reply_to_id: Option<StatusId>,
    sensitive: Option<bool>,
    spoiler_text: String,
    visibility: String,
    language: String,
    content_type: String,
    poll: Value,
    scheduled_at: String,
    quoted_status_id: String,
}

/// The parameters of `PUT /api/v1/statuses/:id`; what is absent is emptied, as Mastodon does.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Edit {
    status: String,
    media_ids: Vec<MediaId>,
    media_attributes: Vec<MediaAttributes>,
    sensitive: bool,
    spoiler_text: String,
    language: String,
    content_type: String,
    poll: Value,
}

#[derive(Debug, Deserialize)]
struct MediaAttributes {
    id: MediaId,
    description: Option<String>,
    focus: Option<String>,
}

/// Clients send a poll without options where they have a form for one that was left empty.
fn no_poll(poll: &Value) -> Result<()> {
    let options = match poll {
        Value::Object(members) => members.get("options").unwrap_or(&Value::Null),
        other => other,
    };
    let is_empty = match options {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(options) => options.iter().all(|option| option.as_str() == Some("")),
        _ => false,
    };
    if is_empty { Ok(()) } else { Err(Error::invalid("This server does not offer polls yet")) }
}

fn format(content_type: &str) -> Result<Option<Format>> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "" => Ok(None),
        "text/plain" => Ok(Some(Format::Plain)),
        "text/markdown" | "text/x.misskeymarkdown" => Ok(Some(Format::Markdown)),
        _ => Err(Error::invalid("content_type must be text/plain or text/markdown")),
    }
}

/// How a stored status is written.
pub(super) fn content_type(number: i16) -> &'static str {
    match format_of(number) {
        Format::Plain => "text/plain",
        Format::Markdown => "text/markdown",
    }
}

/// A language tag such as `en` or `pt-BR`; what looks like none is no language.
fn language(tag: &str) -> Option<String> {
    Some(tag.trim()).filter(|tag| preferences::is_language(tag)).map(str::to_owned)
}

impl Draft {
    /// With the viewer's settings where nothing is said.
    pub(super) fn checked(self, viewer: &Viewer, key: Option<String>) -> Result<services::statuses::Draft> {
        no_poll(&self.poll)?;
        if !self.scheduled_at.is_empty() {
            return Err(Error::invalid("This server does not schedule posts yet"));
        }
        if !self.quoted_status_id.is_empty() {
            return Err(Error::invalid("This server does not offer quote posts yet"));
        }
        let user = viewer.user();
        let visibility = match self.visibility.as_str() {
            "" => user.default_visibility,
            word => Visibility::parse(word).ok_or_else(|| {
                Error::invalid("visibility must be one of: public, unlisted, private, direct")
            })?,
        };
        Ok(services::statuses::Draft {
            text: self.status,
            spoiler_text: self.spoiler_text,
            visibility,
            sensitive: self.sensitive.unwrap_or(user.default_sensitive),
            language: language(&self.language).or_else(|| user.default_language.clone()),
            in_reply_to: self.in_reply_to_id,
            media: self.media_ids,
            format: format(&self.content_type)?.unwrap_or_default(),
            application: Some(viewer.application()),
            idempotency_key: key,
        })
    }
}

impl Edit {
    /// The attachments whose description or focus is to change.
    pub(super) fn changed_media(&self) -> Vec<MediaId> {
        self.media_attributes.iter().map(|attributes| attributes.id).collect()
    }

    /// `media` are those of [`Edit::changed_media`] that may be changed, with descriptions of at most
    /// `most_chars`.
    pub(super) fn checked(
        self,
        status: &Status,
        media: &[Media],
        most_chars: usize,
    ) -> Result<services::statuses::Edit> {
        no_poll(&self.poll)?;
        let mut media_changes = Vec::with_capacity(self.media_attributes.len());
        for attributes in self.media_attributes {
            let before = media.iter().find(|media| media.id == attributes.id).ok_or_else(Error::not_found)?;
            let changes = changes(before, attributes.description, attributes.focus, most_chars)?;
            if changes.description.is_some() || changes.meta.is_some() {
                media_changes.push((before.id, changes));
            }
        }
        Ok(services::statuses::Edit {
            text: self.status,
            spoiler_text: self.spoiler_text,
            sensitive: self.sensitive,
            language: language(&self.language),
            media: self.media_ids,
            format: format(&self.content_type)?.unwrap_or_else(|| format_of(status.content_type)),
            media_changes,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::params;

    #[test]
    fn a_poll_without_options_is_none() {
        for poll in [json!(null), json!(""), json!({}), json!({ "options": [], "expires_in": 300 })] {
            assert!(no_poll(&poll).is_ok(), "{poll}");
        }
        assert!(no_poll(&json!({ "options": [""] })).is_ok());
        let error = no_poll(&json!({ "options": ["a", "b"] })).unwrap_err();
        assert_eq!(error.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(no_poll(&json!({ "options": { "0": "a" } })).is_err());
    }

    #[test]
    fn languages_look_like_languages() {
        for (tag, expected) in [
            ("en", Some("en")),
            (" pt-BR ", Some("pt-BR")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("", None),
            ("english", None),
            ("e1", None),
            ("en-", None),
            ("en'; --", None),
        ] {
            assert_eq!(language(tag).as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn formats_are_known_by_their_media_type() {
        assert_eq!(format("").unwrap(), None);
        assert_eq!(format("text/plain; charset=utf-8").unwrap(), Some(Format::Plain));
        assert_eq!(format("text/markdown").unwrap(), Some(Format::Markdown));
        assert!(format("text/html").is_err());
        assert_eq!(content_type(1), "text/markdown");
    }

    #[test]
    fn the_forms_of_clients_are_understood() {
        let query = "status=Hi&media_ids[]=5&in_reply_to_id=&sensitive=0&poll[options][]=&language=de";
        let draft: Draft = params::from_tree(params::parse_query(query).unwrap()).unwrap();
        assert_eq!((draft.status.as_str(), draft.media_ids), ("Hi", vec![MediaId(5)]));
        assert_eq!((draft.in_reply_to_id, draft.sensitive), (None, Some(false)));
        assert!(no_poll(&draft.poll).is_ok());
        let query = "media_attributes[][id]=5&media_attributes[][focus]=0,0&media_attributes[][id]=6";
        let edit: Edit = params::from_tree(params::parse_query(query).unwrap()).unwrap();
        assert_eq!(edit.changed_media(), [MediaId(5), MediaId(6)]);
    }
}
