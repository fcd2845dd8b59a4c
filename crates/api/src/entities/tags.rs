//! Hashtags.

use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::{Day, Id};

/// <https://docs.joinmastodon.org/entities/Tag/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Tag<'a> {
    pub id: Id,
    pub name: &'a str,
    pub url: String,
    pub history: Vec<TagHistory>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featuring: Option<bool>,
}

impl<'a> Tag<'a> {
    /// `tie` is what the viewer has with it; `None` for somebody who is not signed in.
    pub fn new(urls: &Urls, tag: &'a db::tags::Tag, tie: Option<db::tags::Tie>) -> Self {
        Self {
            id: Id(tag.id),
            name: &tag.name,
            url: urls.tag(&tag.name),
            history: Vec::new(),
            following: tie.map(|tie| tie.following),
            featuring: tie.map(|tie| tie.featuring),
        }
    }

    /// With its use on a day (counted from 1970) and on the six before, latest first; `usage` may hold other
    /// tags' as well.
    #[must_use]
    pub fn with_usage(self, usage: &[db::tags::Usage], today: i64) -> Self {
        let on = |day| usage.iter().find(|row| row.tag_id == self.id.0 && row.day == day);
        let history = (today - 6..=today).rev().map(|day| TagHistory::new(day, on(day))).collect();
        Self { history, ..self }
    }
}

/// <https://docs.joinmastodon.org/entities/Tag/#history>; numbers are texts there.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct TagHistory {
    pub day: Id,
    pub uses: Id,
    pub accounts: Id,
}

impl TagHistory {
    fn new(day: i64, usage: Option<&db::tags::Usage>) -> Self {
        let (uses, accounts) = usage.map_or((0, 0), |row| (row.uses, row.accounts));
        Self { day: Id(day * 86_400), uses: Id(uses), accounts: Id(accounts) }
    }
}

/// <https://docs.joinmastodon.org/entities/FeaturedTag/>; the number is a text there.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FeaturedTag<'a> {
    pub id: Id,
    pub name: &'a str,
    pub url: String,
    pub statuses_count: Id,
    pub last_status_at: Option<Day>,
}

impl<'a> FeaturedTag<'a> {
    /// On the profile of `owner`.
    pub fn new(urls: &Urls, owner: &db::accounts::Account, row: &'a db::featured_tags::FeaturedTag) -> Self {
        let url = match &owner.domain {
            None => urls.tagged(&owner.username, &row.tag),
            Some(_) => urls.tag(&row.tag),
        };
        Self {
            id: Id(row.id),
            name: &row.name,
            url,
            statuses_count: Id(row.statuses_count),
            last_status_at: row.last_status_at.map(Day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_has_seven_days_with_or_without_use() {
        let mut config = config::Config::default();
        config.instance.domain = "example.social".to_owned();
        let urls = Urls::new(&config);
        let tag = db::tags::Tag { id: 5, name: "tea".to_owned(), display_name: "Tea".to_owned() };
        let usage = [
            db::tags::Usage { tag_id: 5, day: 20_000, uses: 3, accounts: 2 },
            db::tags::Usage { tag_id: 6, day: 20_000, uses: 9, accounts: 9 },
            db::tags::Usage { tag_id: 5, day: 19_994, uses: 1, accounts: 1 },
            db::tags::Usage { tag_id: 5, day: 19_993, uses: 1, accounts: 1 },
        ];
        let tag = serde_json::to_value(Tag::new(&urls, &tag, None).with_usage(&usage, 20_000)).ok();
        let history = tag.as_ref().and_then(|tag| tag["history"].as_array()).map_or(&[][..], Vec::as_slice);
        let day = |at: usize| (&history[at]["day"], &history[at]["uses"], &history[at]["accounts"]);
        assert_eq!(history.len(), 7);
        assert_eq!(day(0), (&"1728000000".into(), &"3".into(), &"2".into()));
        assert_eq!(day(1), (&"1727913600".into(), &"0".into(), &"0".into()));
        assert_eq!(day(6).1, "1");
    }
}
