//! Statuses that are not published yet.

use db::drafts;
use db::media::Media;
use db::users::quote_policy;
use serde::Serialize;
use services::Urls;
use services::polls::PollDraft;
use services::statuses::Draft as Typed;
use utoipa::ToSchema;

use super::{Id, MediaAttachment, Status, Time};

/// A row with what was typed, and its media: what the entities here are made from.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The row.
    pub draft: drafts::Draft,
    /// What was typed.
    pub typed: Typed,
    /// What is kept for it, in order.
    pub media: Vec<Media>,
}

/// <https://docs.joinmastodon.org/entities/ScheduledStatus/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct ScheduledStatus<'a> {
    pub id: Id,
    pub scheduled_at: Option<Time>,
    pub params: Params<'a>,
    pub media_attachments: Vec<MediaAttachment<'a>>,
}

/// What comes of publishing a status; it stands here for the description of the API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Published<'a> {
    /// At once.
    Status(Box<Status<'a>>),
    /// Later.
    Scheduled(Box<ScheduledStatus<'a>>),
}

/// A draft. Not documented: like a `ScheduledStatus`, with when it was made and changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "its fields say what they are")]
pub struct Draft<'a> {
    pub id: Id,
    pub created_at: Time,
    pub updated_at: Time,
    pub params: Params<'a>,
    pub media_attachments: Vec<MediaAttachment<'a>>,
}

/// <https://docs.joinmastodon.org/entities/ScheduledStatus/#params>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Params<'a> {
    pub text: &'a str,
    pub poll: Option<PollParams<'a>>,
    pub media_ids: Option<Vec<Id>>,
    pub sensitive: bool,
    pub spoiler_text: Option<&'a str>,
    pub visibility: &'static str,
    pub in_reply_to_id: Option<i64>,
    pub language: Option<&'a str>,
    pub application_id: i64,
    #[schema(value_type = Option<String>)]
    pub scheduled_at: (),
    pub idempotency: Option<&'a str>,
    pub with_rate_limit: bool,
    /// Not documented.
    pub content_type: &'static str,
    /// Not documented.
    pub local_only: bool,
    pub quoted_status_id: Option<i64>,
    pub quote_approval_policy: &'static str,
}

/// What a poll is to ask.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct PollParams<'a> {
    pub options: &'a [String],
    pub expires_in: i64,
    pub multiple: bool,
    pub hide_totals: bool,
}

impl<'a> From<&'a PollDraft> for PollParams<'a> {
    fn from(draft: &'a PollDraft) -> Self {
        let PollDraft { options, expires_in, multiple, hide_totals } = draft;
        Self { options, expires_in: *expires_in, multiple: *multiple, hide_totals: *hide_totals }
    }
}

impl<'a> ScheduledStatus<'a> {
    /// Of a row with a time.
    pub fn new(urls: &Urls, waiting: &'a Waiting) -> Self {
        Self {
            id: Id(waiting.draft.id.0),
            scheduled_at: waiting.draft.scheduled_at.map(Time),
            params: Params::new(waiting),
            media_attachments: MediaAttachment::list(urls, &waiting.media),
        }
    }
}

impl<'a> Draft<'a> {
    /// Of a row without one.
    pub fn new(urls: &Urls, waiting: &'a Waiting) -> Self {
        Self {
            id: Id(waiting.draft.id.0),
            created_at: Time(waiting.draft.created_at),
            updated_at: Time(waiting.draft.updated_at),
            params: Params::new(waiting),
            media_attachments: MediaAttachment::list(urls, &waiting.media),
        }
    }
}

impl<'a> Params<'a> {
    /// Of the media only what is still there: what was attached to something else is not.
    fn new(waiting: &'a Waiting) -> Self {
        let typed = &waiting.typed;
        let media: Vec<Id> = waiting.media.iter().map(|media| Id(media.id.0)).collect();
        Self {
            text: &typed.text,
            poll: typed.poll.as_ref().map(PollParams::from),
            media_ids: (!media.is_empty()).then_some(media),
            sensitive: typed.sensitive,
            spoiler_text: Some(typed.spoiler_text.as_str()).filter(|text| !text.is_empty()),
            visibility: typed.visibility.as_str(),
            in_reply_to_id: typed.in_reply_to.map(|id| id.0),
            language: typed.language.as_deref(),
            application_id: typed.application.map(|id| id.0).unwrap_or_default(),
            scheduled_at: (),
            idempotency: typed.idempotency_key.as_deref(),
            with_rate_limit: false,
            content_type: crate::statuses::content_type(typed.format),
            local_only: typed.local_only,
            quoted_status_id: typed.quoted.map(|id| id.0),
            quote_approval_policy: quote_policy::word(typed.quote_policy),
        }
    }
}
