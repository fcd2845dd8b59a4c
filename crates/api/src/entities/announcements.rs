//! Announcements and the reactions to them.

use std::collections::HashMap;

use db::announcements::AnnouncementView;
use db::custom_emojis::CustomEmoji as Picture;
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::{CustomEmoji, Id, Time};

/// <https://docs.joinmastodon.org/entities/Announcement/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Announcement<'a> {
    pub id: Id,
    pub content: &'a str,
    pub starts_at: Option<Time>,
    pub ends_at: Option<Time>,
    pub all_day: bool,
    pub published_at: Time,
    pub updated_at: Time,
    pub read: bool,
    pub mentions: Vec<AnnouncementAccount>,
    pub statuses: Vec<AnnouncementStatus>,
    pub tags: Vec<AnnouncementTag<'a>>,
    pub emojis: Vec<CustomEmoji<'a>>,
    pub reactions: Vec<Reaction<'a>>,
}

/// <https://docs.joinmastodon.org/entities/Announcement/#Account>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct AnnouncementAccount {
    pub id: Id,
    pub username: String,
    pub url: String,
    pub acct: String,
}

/// <https://docs.joinmastodon.org/entities/Announcement/#Status>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct AnnouncementStatus {
    pub id: Id,
    pub url: String,
}

/// <https://docs.joinmastodon.org/entities/Status/#Tag>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct AnnouncementTag<'a> {
    pub name: &'a str,
    pub url: String,
}

/// <https://docs.joinmastodon.org/entities/Reaction/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Reaction<'a> {
    pub name: &'a str,
    pub count: i64,
    pub me: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub static_url: Option<String>,
}

impl<'a> Reaction<'a> {
    /// With the picture of a custom emoji.
    pub fn new(
        urls: &Urls,
        reaction: &'a db::announcements::Reaction,
        pictures: &HashMap<String, Picture>,
    ) -> Self {
        let picture = pictures.get(&reaction.name).and_then(|picture| CustomEmoji::new(urls, picture));
        Self {
            name: &reaction.name,
            count: reaction.count,
            me: reaction.me,
            url: picture.as_ref().map(|picture| picture.url.to_string()),
            static_url: picture.map(|picture| picture.static_url.into_owned()),
        }
    }
}

impl<'a> Announcement<'a> {
    /// As its viewer sees it.
    pub fn new(urls: &Urls, view: &'a AnnouncementView) -> Self {
        let row = &view.announcement;
        let account = |account: &db::accounts::Account| AnnouncementAccount {
            id: Id(account.id.0),
            username: account.username.clone(),
            url: urls.page_of(account),
            acct: account.acct(),
        };
        let status = |status: &db::statuses::Status| {
            let author = view.authors.get(&status.account_id)?;
            let url = urls.status_page(&author.username, status.id);
            Some(AnnouncementStatus { id: Id(status.id.0), url })
        };
        Self {
            id: Id(row.id),
            content: &row.content,
            starts_at: row.starts_at.map(Time),
            ends_at: row.ends_at.map(Time),
            all_day: row.all_day,
            published_at: Time(row.published_at),
            updated_at: Time(row.updated_at),
            read: view.read,
            mentions: view.mentions.iter().map(account).collect(),
            statuses: view.statuses.iter().filter_map(status).collect(),
            tags: row.tags.iter().map(|name| AnnouncementTag { name, url: urls.tag(name) }).collect(),
            emojis: CustomEmoji::list(urls, &view.emojis),
            reactions: view.reactions.iter().map(|one| Reaction::new(urls, one, &view.pictures)).collect(),
        }
    }

    /// Several.
    pub fn list(urls: &Urls, views: &'a [AnnouncementView]) -> Vec<Self> {
        views.iter().map(|view| Self::new(urls, view)).collect()
    }
}
