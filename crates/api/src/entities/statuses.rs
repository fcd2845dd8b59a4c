//! Statuses, their versions and their threads.

use std::borrow::Cow;

use db::mentions::MentionView;
use db::status_edits;
use db::status_views::StatusView;
use serde::Serialize;
use services::Urls;

use super::accounts::{acct, page};
use super::{Account, CustomEmoji, EditedPoll, Id, MediaAttachment, Poll, Time};

/// <https://docs.joinmastodon.org/entities/Status/>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Status<'a> {
    pub id: Id,
    pub uri: &'a str,
    pub created_at: Time,
    pub account: Account<'a>,
    pub content: &'a str,
    pub visibility: &'static str,
    pub sensitive: bool,
    pub spoiler_text: &'a str,
    pub media_attachments: Vec<MediaAttachment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<StatusApplication<'a>>,
    pub mentions: Vec<StatusMention<'a>>,
    pub tags: Vec<StatusTag<'a>>,
    pub emojis: Vec<CustomEmoji<'a>>,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    pub replies_count: i64,
    pub url: Cow<'a, str>,
    pub in_reply_to_id: Option<Id>,
    pub in_reply_to_account_id: Option<Id>,
    pub reblog: Option<Box<Status<'a>>>,
    pub poll: Option<Poll<'a>>,
    pub card: (),
    pub language: Option<&'a str>,
    /// Only in the answer to a deletion.
    pub text: Option<&'a str>,
    pub edited_at: Option<Time>,
    pub quote: (),
    pub quote_approval: Approval,
    pub filtered: [(); 0],
    pub tagged_collections: [(); 0],
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
    /// Not documented: whether it is for accounts of this instance alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_only: bool,
}

/// <https://docs.joinmastodon.org/entities/Status/#application>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusApplication<'a> {
    pub name: &'a str,
    pub website: Option<&'a str>,
}

/// <https://docs.joinmastodon.org/entities/Status/#Mention>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusMention<'a> {
    pub id: Id,
    pub username: &'a str,
    pub url: Cow<'a, str>,
    pub acct: Cow<'a, str>,
}

/// <https://docs.joinmastodon.org/entities/Status/#Tag>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusTag<'a> {
    pub name: &'a str,
    pub url: String,
}

/// `QuoteApproval` and `FeatureApproval`: who may quote a status, or feature an account
/// (<https://docs.joinmastodon.org/entities/QuoteApproval/>).
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Approval {
    pub automatic: [&'static str; 0],
    pub manual: [&'static str; 0],
    pub current_user: &'static str,
}

impl Approval {
    /// Nobody.
    pub const NONE: Self = Self { automatic: [], manual: [], current_user: "denied" };
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

impl<'a> Status<'a> {
    /// As the viewer sees it for whom the view was loaded.
    pub fn new(urls: &Urls, view: &'a StatusView) -> Self {
        let status = &view.status;
        // What somebody did with a reblog they did with what it reblogs.
        let state = view.reblog.as_ref().map_or(view.viewer, |reblog| reblog.viewer);
        let own = view.viewer.is_some_and(|viewer| viewer.own);
        let application = view.application.as_ref().filter(|_| own).map(|application| StatusApplication {
            name: &application.name,
            website: application.website.as_deref().filter(|url| !url.is_empty()),
        });
        let tags = view.tags.iter().map(|tag| StatusTag { name: &tag.name, url: urls.tag(&tag.name) });
        Self {
            id: Id(status.id.0),
            uri: &status.uri,
            created_at: Time(status.created_at),
            account: Account::new(urls, &view.account),
            content: &status.content,
            visibility: status.visibility.as_str(),
            sensitive: status.sensitive,
            spoiler_text: &status.spoiler_text,
            media_attachments: MediaAttachment::list(urls, &view.media),
            application,
            mentions: view.mentions.iter().map(|mention| StatusMention::new(urls, mention)).collect(),
            tags: tags.collect(),
            emojis: CustomEmoji::list(urls, &view.emojis),
            reblogs_count: view.reblogs_count,
            favourites_count: view.favourites_count,
            quotes_count: 0,
            replies_count: view.replies_count,
            url: url(urls, view),
            in_reply_to_id: status.in_reply_to_id.map(|id| Id(id.0)),
            in_reply_to_account_id: status.in_reply_to_account_id.map(|id| Id(id.0)),
            reblog: view.reblog.as_ref().map(|reblog| Box::new(Self::new(urls, reblog))),
            poll: Poll::of(urls, view),
            card: (),
            language: status.language.as_deref(),
            text: None,
            edited_at: status.edited_at.map(Time),
            quote: (),
            quote_approval: Approval::NONE,
            filtered: [],
            tagged_collections: [],
            favourited: state.map(|state| state.favourited),
            reblogged: state.map(|state| state.reblogged),
            muted: state.map(|state| state.muted),
            bookmarked: state.map(|state| state.bookmarked),
            pinned: view
                .viewer
                .filter(|viewer| viewer.own && view.reblog.is_none())
                .map(|viewer| viewer.pinned),
            local_only: status.local_only,
        }
    }

    /// The entities of a list.
    pub fn list(urls: &Urls, views: &'a [StatusView]) -> Vec<Self> {
        views.iter().map(|view| Self::new(urls, view)).collect()
    }

    /// With what was typed, for somebody who deletes it to write it anew.
    #[must_use]
    pub fn with_text(self, text: &'a str) -> Self {
        Self { text: Some(text), ..self }
    }
}

/// The page of a status, never empty.
fn url<'a>(urls: &Urls, view: &'a StatusView) -> Cow<'a, str> {
    let status = &view.status;
    match status.url.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => Cow::Borrowed(url),
        None if status.local && status.reblog_of_id.is_none() => {
            Cow::Owned(urls.status_page(&view.account.account.username, status.id))
        }
        None => Cow::Borrowed(&status.uri),
    }
}

/// <https://docs.joinmastodon.org/entities/Context/>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Context<'a> {
    pub ancestors: Vec<Status<'a>>,
    pub descendants: Vec<Status<'a>>,
}

/// <https://docs.joinmastodon.org/entities/StatusSource/>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct StatusSource<'a> {
    pub id: Id,
    pub text: &'a str,
    pub spoiler_text: &'a str,
    /// Not documented: how it is written, so that an editor can go on in it.
    pub content_type: &'static str,
}

/// <https://docs.joinmastodon.org/entities/StatusEdit/>
#[derive(Clone, Debug, Serialize)]
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
}

impl<'a> StatusEdit<'a> {
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
        }
    }
}
