//! What a client sends to write or change a status.

use db::media::Media;
use db::reply_policies::ReplyPolicy;
use db::statuses::Status;
use db::users::quote_policy;
use db::{MediaId, StatusId, Visibility};
use serde::Deserialize;
use serde_json::Value;
use services::polls::PollDraft;
use services::preferences;
use services::statuses::format_of;
use text::Format;
use utoipa::ToSchema;

use crate::auth::Viewer;
use crate::media::changes;
use crate::params::{self, unless_blank};
use crate::{Error, Result};

/// Most accounts that a policy names, and the longest of their ids, in bytes.
const MAX_URIS: usize = 64;
const MAX_URI_BYTES: usize = 2048;

/// The parameters of `POST /api/v1/statuses`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct Draft {
    status: String,
    #[schema(value_type = Vec<String>)]
    media_ids: Vec<MediaId>,
    #[serde(deserialize_with = "unless_blank")]
    #[schema(value_type = Option<String>)]
    in_reply_to_id: Option<StatusId>,
    sensitive: Option<bool>,
    spoiler_text: String,
    visibility: String,
    language: String,
    content_type: String,
    #[schema(value_type = Option<PollForm>, inline)]
    poll: Value,
    /// When it is to be published; now if it is empty.
    pub(super) scheduled_at: String,
    local_only: bool,
    #[schema(value_type = Option<InteractionForm>, inline)]
    interaction_policy: Value,
    #[serde(alias = "quote_id", deserialize_with = "unless_blank")]
    #[schema(value_type = Option<String>)]
    quoted_status_id: Option<StatusId>,
    quote_approval_policy: String,
}

/// The parameters of `PUT /api/v1/statuses/:id`; what is absent is emptied, as Mastodon does.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct Edit {
    status: String,
    #[schema(value_type = Vec<String>)]
    media_ids: Vec<MediaId>,
    #[schema(inline, default = json!([]))]
    media_attributes: Vec<MediaAttributes>,
    sensitive: bool,
    spoiler_text: String,
    language: String,
    content_type: String,
    #[schema(value_type = Option<PollForm>, inline)]
    poll: Value,
    quote_approval_policy: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct MediaAttributes {
    #[schema(value_type = String)]
    id: MediaId,
    description: Option<String>,
    focus: Option<String>,
}

/// The parts of `poll`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct PollForm {
    options: Vec<String>,
    #[serde(deserialize_with = "unless_blank")]
    expires_in: Option<i64>,
    multiple: bool,
    hide_totals: bool,
}

/// What is asked. Clients send a poll without options where they have a form for one that was left empty.
fn poll(form: Value) -> Result<Option<PollDraft>> {
    let form: PollForm = match form {
        Value::Object(members) => params::from_tree(members)?,
        Value::Null | Value::Bool(false) => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::Array(entries) if entries.is_empty() => return Ok(None),
        _ => return Err(Error::invalid("poll must have named parts")),
    };
    if form.options.iter().all(|option| option.trim().is_empty()) {
        return Ok(None);
    }
    Ok(Some(PollDraft {
        options: form.options,
        expires_in: form.expires_in.unwrap_or_default(),
        multiple: form.multiple,
        hide_totals: form.hide_totals,
    }))
}

/// What is read of an `interaction_policy`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is here to be described; what else is in a policy is left alone")]
struct InteractionForm {
    #[schema(inline)]
    can_reply: ReplyRules,
}

/// The part of an `interaction_policy` that is about replies.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct ReplyRules {
    always: Vec<String>,
    automatic_approval: Vec<String>,
}

/// Who may answer, of a policy as GoToSocial's clients write it; `None` is everybody. Nobody is asked for approval
/// here, so `with_approval` counts nothing.
fn replies(form: Value) -> Result<Option<ReplyPolicy>> {
    let mut members = match form {
        Value::Object(members) => members,
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        _ => return Err(Error::invalid("interaction_policy must have named parts")),
    };
    let rules: ReplyRules = match members.remove("can_reply") {
        Some(Value::Object(rules)) => params::from_tree(rules)?,
        None | Some(Value::Null) => return Ok(None),
        Some(_) => return Err(Error::invalid("can_reply must have named parts")),
    };
    let words = [rules.always, rules.automatic_approval].concat();
    let mut policy = ReplyPolicy::default();
    for word in &words {
        match word.as_str() {
            "public" => return Ok(None),
            "followers" => policy.followers = true,
            "following" => policy.following = true,
            "mutuals" => policy.mutuals = true,
            "author" | "me" | "mentioned" | "" => {}
            uri if uri.starts_with("https://") && uri.len() <= MAX_URI_BYTES => {
                policy.uris.push(uri.to_owned());
            }
            _ => {
                return Err(Error::invalid(
                    "can_reply must be public, followers, following, mutuals, mentioned, author, or ids of accounts",
                ));
            }
        }
    }
    if policy.uris.len() > MAX_URIS {
        return Err(Error::invalid(format!("can_reply must not name more than {MAX_URIS} accounts")));
    }
    Ok((!words.is_empty()).then_some(policy))
}

fn format(content_type: &str) -> Result<Option<Format>> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "" => Ok(None),
        "text/plain" => Ok(Some(Format::Plain)),
        "text/markdown" | "text/x.misskeymarkdown" => Ok(Some(Format::Markdown)),
        "text/html" => Ok(Some(Format::Html)),
        _ => Err(Error::invalid("content_type must be text/plain, text/markdown or text/html")),
    }
}

/// How something is written, as a media type.
pub(crate) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Plain => "text/plain",
        Format::Markdown => "text/markdown",
        Format::Html => "text/html",
    }
}

/// Who may quote, counted as in the settings of users; `None` where nothing is said.
pub(super) fn policy(word: &str) -> Result<Option<i16>> {
    match (word, quote_policy::parse(word)) {
        ("", _) => Ok(None),
        (_, Some(number)) => Ok(Some(number)),
        _ => Err(Error::invalid("quote_approval_policy must be one of: public, followers, nobody")),
    }
}

/// A language tag such as `en` or `pt-BR`; what looks like none is no language.
fn language(tag: &str) -> Option<String> {
    Some(tag.trim()).filter(|tag| preferences::is_language(tag)).map(str::to_owned)
}

impl Draft {
    /// With the viewer's settings where nothing is said.
    pub(crate) fn checked(self, viewer: &Viewer, key: Option<String>) -> Result<services::statuses::Draft> {
        let user = viewer.user();
        let visibility = match self.visibility.as_str() {
            "" => user.default_visibility,
            // As Akkoma's clients write it.
            "local" => Visibility::Public,
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
            poll: poll(self.poll)?,
            local_only: self.local_only || self.visibility == "local",
            replies: replies(self.interaction_policy)?,
            quoted: self.quoted_status_id,
            quote_policy: policy(&self.quote_approval_policy)?.unwrap_or(user.default_quote_policy),
            stored: None,
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
            poll: poll(self.poll)?,
            quote_policy: policy(&self.quote_approval_policy)?,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_poll_without_options_is_none() {
        for form in
            [json!(null), json!(""), json!({}), json!([]), json!({ "options": [], "expires_in": 300 })]
        {
            assert_eq!(poll(form.clone()).unwrap(), None, "{form}");
        }
        assert_eq!(poll(json!({ "options": [""], "expires_in": "" })).unwrap(), None);
        assert!(poll(json!("yes")).is_err() && poll(json!(["a", "b"])).is_err());
    }

    #[test]
    fn polls_are_read_loosely() {
        let expected = PollDraft {
            options: vec!["a".to_owned(), "b".to_owned()],
            expires_in: 300,
            multiple: true,
            hide_totals: false,
        };
        for form in [
            json!({ "options": ["a", "b"], "expires_in": 300, "multiple": true }),
            json!({ "options": { "1": "b", "0": "a" }, "expires_in": "300", "multiple": "1", "hide_totals": "0" }),
        ] {
            assert_eq!(poll(form).unwrap(), Some(expected.clone()));
        }
        let refused = poll(json!({ "options": ["a", "b"], "expires_in": "soon" })).unwrap_err();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
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
        assert_eq!(format("text/html").unwrap(), Some(Format::Html));
        assert!(format("text/bbcode").is_err());
        assert_eq!(content_type(Format::Markdown), "text/markdown");
    }

    #[test]
    fn the_forms_of_clients_are_understood() {
        let query = "status=Hi&media_ids[]=5&in_reply_to_id=&sensitive=0&poll[options][]=&language=de";
        let draft: Draft = params::from_tree(params::parse_query(query).unwrap()).unwrap();
        assert_eq!((draft.status.as_str(), draft.media_ids), ("Hi", vec![MediaId(5)]));
        assert_eq!((draft.in_reply_to_id, draft.sensitive), (None, Some(false)));
        assert_eq!(poll(draft.poll).unwrap(), None);
        let query = "media_attributes[][id]=5&media_attributes[][focus]=0,0&media_attributes[][id]=6";
        let edit: Edit = params::from_tree(params::parse_query(query).unwrap()).unwrap();
        assert_eq!(edit.changed_media(), [MediaId(5), MediaId(6)]);
    }
}
