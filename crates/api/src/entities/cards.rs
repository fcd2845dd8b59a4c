//! What is shown of the pages that statuses link to.

use std::borrow::Cow;

use db::cards::{Card, Usage, kind};
use serde::Serialize;
use services::Urls;
use services::cards::iframe;
use utoipa::ToSchema;

use super::{Account, Id, TagHistory, Time};
use crate::rendering::Rendered;

/// <https://docs.joinmastodon.org/entities/PreviewCard/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct PreviewCard<'a> {
    pub url: &'a str,
    pub title: &'a str,
    pub description: &'a str,
    /// Not documented, but known to clients.
    pub language: Option<&'a str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub authors: Vec<PreviewCardAuthor<'a>>,
    pub author_name: &'a str,
    pub author_url: &'a str,
    pub provider_name: &'a str,
    pub provider_url: &'a str,
    pub html: String,
    pub width: i32,
    pub height: i32,
    pub image: Option<String>,
    /// Not documented, but known to clients.
    pub image_description: &'a str,
    pub embed_url: Cow<'a, str>,
    pub blurhash: Option<&'a str>,
    pub missing_attribution: bool,
    pub published_at: Option<Time>,
}

/// <https://docs.joinmastodon.org/entities/PreviewCardAuthor/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct PreviewCardAuthor<'a> {
    pub name: &'a str,
    pub url: &'a str,
    #[schema(value_type = Option<Account>)]
    pub account: Option<Rendered<'a>>,
}

impl<'a> PreviewCard<'a> {
    /// Without the account of its author.
    pub fn new(urls: &Urls, card: &'a Card) -> Self {
        let content = &card.content;
        let image = content.image_key.as_deref().map(|key| urls.media(key));
        let is_named = !content.author_name.is_empty() || !content.author_url.is_empty();
        let (name, url) = (content.author_name.as_str(), content.author_url.as_str());
        let html = content.frame_url.as_deref();
        let html = html.map(|player| iframe(player, content.width, content.height));
        Self {
            url: &card.url,
            title: &content.title,
            description: &content.description,
            language: content.language.as_deref(),
            kind: match content.kind {
                kind::PHOTO => "photo",
                kind::VIDEO => "video",
                kind::RICH => "rich",
                _ => "link",
            },
            authors: is_named.then_some(PreviewCardAuthor { name, url, account: None }).into_iter().collect(),
            author_name: name,
            author_url: url,
            provider_name: &content.provider_name,
            provider_url: &content.provider_url,
            html: html.unwrap_or_default(),
            width: content.width,
            height: content.height,
            // Ours as well: readers never ask the server of the page.
            embed_url: image.clone().filter(|_| content.kind == kind::PHOTO).unwrap_or_default().into(),
            image,
            image_description: &content.image_description,
            blurhash: content.blurhash.as_deref(),
            missing_attribution: false,
            published_at: content.published_at.map(Time),
        }
    }

    /// With the account of its author, who writes for the website of the page; if that account does not say so, the
    /// author is not shown, and told (`is_missed`).
    #[must_use]
    pub fn by(mut self, account: Option<Rendered<'a>>, is_missed: bool) -> Self {
        if account.is_some() {
            self.authors = vec![PreviewCardAuthor { name: self.author_name, url: self.author_url, account }];
        }
        Self { missing_attribution: is_missed, ..self }
    }
}

/// <https://docs.joinmastodon.org/entities/PreviewCard/#trends-link>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct TrendsLink<'a> {
    #[serde(flatten)]
    pub card: PreviewCard<'a>,
    pub history: Vec<TagHistory>,
}

impl<'a> TrendsLink<'a> {
    /// With its use on a day (counted from 1970) and on the six before, latest first; `usage` may hold other
    /// links' as well.
    pub fn new(card: PreviewCard<'a>, of: &Card, usage: &[Usage], today: i64) -> Self {
        let on = |day| {
            let row = usage.iter().find(|row| row.card_id == of.id && row.day == day);
            row.map_or((0, 0), |row| (row.uses, row.accounts))
        };
        let day = |day| {
            let (uses, accounts) = on(day);
            TagHistory { day: Id(day * 86_400), uses: Id(uses), accounts: Id(accounts) }
        };
        Self { card, history: (today - 6..=today).rev().map(day).collect() }
    }
}
