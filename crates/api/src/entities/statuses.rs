//! Statuses, their versions and their threads.

use std::borrow::Cow;

use db::mentions::MentionView;
use db::polls::PollView;
use db::quotes::Quotable;
use db::status_edits;
use db::status_states::StatusState;
use db::status_views::{StatusBody, StatusView};
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::accounts::{acct, page};
use crate::rendering::Rendered;

use super::{
    Account, CustomEmoji, EditedPoll, FilterResult, Id, InteractionPolicy, MediaAttachment, Poll,
    PreviewCard, StatusReaction, StatusReactions, Time,
};

/// The part of a Status (<https://docs.joinmastodon.org/entities/Status/>) that is the same for everybody who
/// may see it: written once and kept by [`crate::rendering`] as long as the version of its row does not change.
///
/// Only what is made from a [`StatusBody`] belongs here. What depends on the viewer or on the time, or changes
/// without the row of `statuses` being written, is a field of [`LiveStatus`].
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FixedStatus<'a> {
    pub id: Id,
    pub uri: &'a str,
    pub created_at: Time,
    pub content: &'a str,
    pub visibility: &'static str,
    pub sensitive: bool,
    pub spoiler_text: &'a str,
    pub media_attachments: Vec<MediaAttachment<'a>>,
    pub mentions: Vec<StatusMention<'a>>,
    pub tags: Vec<StatusTag<'a>>,
    pub emojis: Vec<CustomEmoji<'a>>,
    pub url: Cow<'a, str>,
    pub in_reply_to_id: Option<Id>,
    pub in_reply_to_account_id: Option<Id>,
    /// Written with the live part where its author has an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PreviewCard>)]
    pub card: Option<Option<PreviewCard<'a>>>,
    pub language: Option<&'a str>,
    pub edited_at: Option<Time>,
    #[schema(value_type = Vec<Object>)]
    pub tagged_collections: [(); 0],
    /// Not documented: who may answer it, if not everybody may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_policy: Option<InteractionPolicy>,
    /// Not documented: whether it is for accounts of this instance alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_only: bool,
}

/// The part of a Status that is made anew for each answer. `account` `reblog` and `quote` are written between the
/// two parts.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct LiveStatus<'a> {
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    pub quote_approval: Approval,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<StatusApplication<'a>>,
    /// Only in the answer to a deletion.
    pub text: Option<&'a str>,
    pub poll: Option<Poll<'a>>,
    pub filtered: &'a [FilterResult<'a>],
    /// Not documented: emoji below it.
    #[serde(flatten)]
    pub reactions: StatusReactions<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourited: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reblogged: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bookmarked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
}

/// <https://docs.joinmastodon.org/entities/Status/>, as [`crate::rendering`] writes it: both parts, one behind the
/// other. It stands here for the description of the API.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Status<'a> {
    #[serde(flatten)]
    pub fixed: FixedStatus<'a>,
    pub account: Account<'a>,
    #[schema(no_recursion)]
    pub reblog: Option<Box<Status<'a>>>,
    pub quote: Option<Box<Quoted<'a>>>,
    #[serde(flatten)]
    pub live: LiveStatus<'a>,
}

/// <https://docs.joinmastodon.org/entities/Context/>, likewise.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Context<'a> {
    pub ancestors: Vec<Status<'a>>,
    pub descendants: Vec<Status<'a>>,
}

/// <https://docs.joinmastodon.org/entities/Status/#application>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusApplication<'a> {
    pub name: &'a str,
    pub website: Option<&'a str>,
}

/// <https://docs.joinmastodon.org/entities/Status/#Mention>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusMention<'a> {
    pub id: Id,
    pub username: &'a str,
    pub url: Cow<'a, str>,
    pub acct: Cow<'a, str>,
}

/// <https://docs.joinmastodon.org/entities/Status/#Tag>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusTag<'a> {
    pub name: &'a str,
    pub url: String,
}

/// `QuoteApproval` and `FeatureApproval`: who may quote a status, or feature an account
/// (<https://docs.joinmastodon.org/entities/QuoteApproval/>).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Approval {
    pub automatic: Vec<&'static str>,
    pub manual: Vec<&'static str>,
    pub current_user: &'static str,
}

impl Approval {
    /// Nobody.
    pub const NONE: Self = Self { automatic: Vec::new(), manual: Vec::new(), current_user: "denied" };

    /// Who may quote this status.
    fn of_quotes(state: &StatusState) -> Self {
        let policy = state.quote_policy;
        let quotable = match state.viewer {
            None => Quotable::Denied,
            Some(_) if state.is_direct => Quotable::Denied,
            Some(viewer) if viewer.own => Quotable::Automatic,
            Some(viewer) => policy.for_viewer(viewer.follows, viewer.followed),
        };
        Self { automatic: policy.automatic(), manual: policy.manual(), current_user: quotable.as_str() }
    }
}

impl<'a> StatusMention<'a> {
    fn new(urls: &Urls, mention: &'a MentionView) -> Self {
        let domain = mention.domain.as_deref();
        Self {
            id: Id(mention.account_id.0),
            username: &mention.username,
            url: page(urls, &mention.username, domain, mention.url.as_deref(), &mention.uri),
            acct: acct(&mention.username, domain),
        }
    }
}

impl<'a> FixedStatus<'a> {
    /// From the row and what hangs on it.
    pub fn new(urls: &Urls, body: &'a StatusBody) -> Self {
        let status = &body.status;
        let tags = body.tags.iter().map(|tag| StatusTag { name: &tag.name, url: urls.tag(&tag.name) });
        Self {
            id: Id(status.id.0),
            uri: &status.uri,
            created_at: Time(status.created_at),
            content: &status.content,
            visibility: status.visibility.as_str(),
            sensitive: status.sensitive,
            spoiler_text: &status.spoiler_text,
            media_attachments: MediaAttachment::list(urls, &body.media),
            mentions: body.mentions.iter().map(|mention| StatusMention::new(urls, mention)).collect(),
            tags: tags.collect(),
            emojis: CustomEmoji::list(urls, &body.emojis),
            url: url(urls, body),
            in_reply_to_id: status.in_reply_to_id.map(|id| Id(id.0)),
            in_reply_to_account_id: status.in_reply_to_account_id.map(|id| Id(id.0)),
            card: match &body.card {
                Some(card) if card.content.author_account_id.is_some() => None,
                card => Some(card.as_ref().map(|card| PreviewCard::new(urls, card))),
            },
            language: status.language.as_deref(),
            edited_at: status.edited_at.map(Time),
            tagged_collections: [],
            interaction_policy: body.replies.as_ref().map(InteractionPolicy::from),
            local_only: status.local_only,
        }
    }
}

impl<'a> LiveStatus<'a> {
    /// At this moment; `reblogged` is what it reblogs.
    pub fn new(
        urls: &Urls,
        state: &'a StatusState,
        reblogged: Option<&StatusState>,
        poll: Option<&'a PollView>,
    ) -> Self {
        // What somebody did with a reblog they did with what it reblogs.
        let (own, viewer) = (state.viewer, reblogged.unwrap_or(state).viewer);
        let application = state.application_name.as_deref().map(|name| StatusApplication {
            name,
            website: state.application_website.as_deref().filter(|url| !url.is_empty()),
        });
        Self {
            replies_count: state.replies_count.unwrap_or_default(),
            reblogs_count: state.reblogs_count.unwrap_or_default(),
            favourites_count: state.favourites_count.unwrap_or_default(),
            quotes_count: state.quotes_count.unwrap_or_default(),
            quote_approval: Approval::of_quotes(reblogged.unwrap_or(state)),
            application: application.filter(|_| own.is_some_and(|viewer| viewer.own)),
            text: None,
            poll: poll.map(|poll| Poll::new(urls, poll, own.map(|viewer| viewer.own))),
            filtered: &[],
            reactions: StatusReactions::new(&[]),
            favourited: viewer.map(|viewer| viewer.favourited),
            reblogged: viewer.map(|viewer| viewer.reblogged),
            muted: viewer.map(|viewer| viewer.muted),
            bookmarked: viewer.map(|viewer| viewer.bookmarked),
            pinned: own.filter(|own| own.own && reblogged.is_none()).map(|own| own.pinned),
        }
    }

    /// With the viewer's filters that it matches.
    #[must_use]
    pub fn with_filtered(self, filtered: &'a [FilterResult<'a>]) -> Self {
        Self { filtered, ..self }
    }

    /// With the emoji below it.
    #[must_use]
    pub fn with_reactions(self, reactions: &'a [StatusReaction]) -> Self {
        Self { reactions: StatusReactions::new(reactions), ..self }
    }

    /// With what was typed, for somebody who deletes it to write it anew.
    #[must_use]
    pub fn with_text(self, text: Option<&'a str>) -> Self {
        Self { text, ..self }
    }
}

/// The page of a status, never empty.
fn url<'a>(urls: &Urls, body: &'a StatusBody) -> Cow<'a, str> {
    let status = &body.status;
    match status.url.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => Cow::Borrowed(url),
        None if status.local && status.reblog_of_id.is_none() => {
            Cow::Owned(urls.status_page(&body.username, status.id))
        }
        None => Cow::Borrowed(&status.uri),
    }
}

/// <https://docs.joinmastodon.org/entities/Quote/>, likewise.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Quote<'a> {
    pub state: &'static str,
    #[schema(no_recursion)]
    pub quoted_status: Option<Box<Status<'a>>>,
}

/// What a status quotes; what is quoted itself only names it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Quoted<'a> {
    /// With the status.
    Quote(Quote<'a>),
    /// With its id.
    Shallow(ShallowQuote),
}

/// <https://docs.joinmastodon.org/entities/ShallowQuote/>
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct ShallowQuote {
    pub state: &'static str,
    pub quoted_status_id: Option<Id>,
}

/// <https://docs.joinmastodon.org/entities/StatusSource/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusSource<'a> {
    pub id: Id,
    pub text: &'a str,
    pub spoiler_text: &'a str,
    /// Not documented: how it is written, so that an editor can go on in it.
    pub content_type: &'static str,
}

/// <https://docs.joinmastodon.org/entities/StatusEdit/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusEdit<'a> {
    pub content: &'a str,
    pub spoiler_text: &'a str,
    pub sensitive: bool,
    pub created_at: Time,
    pub account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<EditedPoll<'a>>,
    pub media_attachments: Vec<MediaAttachment<'a>>,
    pub emojis: Vec<CustomEmoji<'a>>,
    #[schema(value_type = Option<Quoted>)]
    pub quote: Option<Rendered<'a>>,
}

impl<'a> StatusEdit<'a> {
    /// The same, of a status that quotes something; no edit changes what.
    #[must_use]
    pub fn with_quote(self, quote: Option<Rendered<'a>>) -> Self {
        Self { quote, ..self }
    }

    /// A former version; of its attachments those that the status still has.
    pub fn former(urls: &Urls, view: &'a StatusView, edit: &'a status_edits::StatusEdit) -> Self {
        let had = |id: i64| {
            let ids = edit.media.as_array().map(Vec::as_slice).unwrap_or_default();
            ids.iter().any(|had| had["id"].as_i64() == Some(id))
        };
        let media = view.media.iter().filter(|media| had(media.id.0));
        Self {
            content: &edit.content,
            spoiler_text: &edit.spoiler_text,
            sensitive: edit.sensitive,
            created_at: Time(edit.created_at),
            poll: edit.poll.as_deref().map(EditedPoll::new),
            media_attachments: media.map(|media| MediaAttachment::new(urls, media)).collect(),
            ..Self::present(urls, view)
        }
    }

    /// The version that is read now.
    pub fn present(urls: &Urls, view: &'a StatusView) -> Self {
        let status = &view.status;
        Self {
            content: &status.content,
            spoiler_text: &status.spoiler_text,
            sensitive: status.sensitive,
            created_at: Time(status.edited_at.unwrap_or(status.created_at)),
            account: Account::new(urls, &view.account),
            poll: view.poll.as_ref().map(|poll| EditedPoll::new(&poll.poll.options)),
            media_attachments: MediaAttachment::list(urls, &view.media),
            emojis: CustomEmoji::list(urls, &view.emojis),
            quote: None,
        }
    }
}
