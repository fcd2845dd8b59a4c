//! Polls.

use db::polls::PollView;
use db::status_views::StatusView;
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::{CustomEmoji, Id, Time};

/// <https://docs.joinmastodon.org/entities/Poll/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Poll<'a> {
    pub id: Id,
    pub expires_at: Option<Time>,
    pub expired: bool,
    pub multiple: bool,
    pub votes_count: i64,
    pub voters_count: Option<i64>,
    pub options: Vec<PollOption<'a>>,
    pub emojis: Vec<CustomEmoji<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_votes: Option<&'a [i16]>,
}

/// <https://docs.joinmastodon.org/entities/Poll/#Option>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct PollOption<'a> {
    pub title: &'a str,
    pub votes_count: Option<i64>,
}

impl<'a> Poll<'a> {
    /// The poll of a status, if it has one. Its author counts as somebody who has voted: there is nothing left
    /// to do.
    pub fn of(urls: &Urls, view: &'a StatusView) -> Option<Self> {
        let own = view.viewer.map(|viewer| viewer.own);
        view.poll.as_ref().map(|poll| Self::new(urls, poll, own))
    }

    /// `own` says whether it is the viewer's; `None` for nobody.
    pub fn new(urls: &Urls, view: &'a PollView, own: Option<bool>) -> Self {
        let poll = &view.poll;
        let option = |(title, votes): (&'a String, &i64)| PollOption {
            title,
            votes_count: poll.shows_totals().then_some(*votes),
        };
        Self {
            id: Id(poll.status_id.0),
            expires_at: poll.expires_at.map(Time),
            expired: poll.has_ended(),
            multiple: poll.multiple,
            votes_count: poll.tallies.iter().sum(),
            voters_count: poll.multiple.then_some(poll.voters_count),
            options: poll.options.iter().zip(&poll.tallies).map(option).collect(),
            emojis: CustomEmoji::list(urls, &view.emojis),
            voted: own.map(|own| own || !view.own_votes.is_empty()),
            own_votes: own.map(|_| view.own_votes.as_slice()),
        }
    }
}

/// The options that a version of a status had, as its history shows them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct EditedPoll<'a> {
    pub options: Vec<EditedOption<'a>>,
}

/// One of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct EditedOption<'a> {
    pub title: &'a str,
}

impl<'a> EditedPoll<'a> {
    /// With these options.
    pub fn new(options: &'a [String]) -> Self {
        Self { options: options.iter().map(|title| EditedOption { title }).collect() }
    }
}
