use meilisearch_sdk::settings::Settings;
use serde::Serialize;

/// An account, as it can be found.
#[derive(Clone, Debug, Serialize)]
pub struct AccountDocument {
    /// Its id.
    pub id: i64,
    /// `name` of `name@host`.
    pub username: String,
    /// `host` of `name@host`; `None` for accounts here.
    pub domain: Option<String>,
    /// How it calls itself.
    pub display_name: String,
    /// What it says of itself, without markup.
    pub note: String,
    /// How many follow it: the more, the earlier it is found.
    pub followers: i64,
}

/// A status, as it can be found.
#[derive(Clone, Debug, Serialize)]
pub struct StatusDocument {
    /// Its id, which grows with time.
    pub id: i64,
    /// Its author.
    pub account_id: i64,
    /// Warning and text, without markup.
    pub text: String,
    /// Whether everybody with an account may find it.
    pub open: bool,
    /// Accounts here that may find it in any case: the author, and who interacted with it or is mentioned.
    pub readers: Vec<i64>,
    /// Whether it has media.
    pub media: bool,
    /// Its language (ISO 639), if that is known.
    pub language: Option<String>,
}

/// A hashtag, as it can be found.
#[derive(Clone, Debug, Serialize)]
pub struct TagDocument {
    /// Its id.
    pub id: i64,
    /// Its name, normalised.
    pub name: String,
    /// When it was used last, in seconds since 1970.
    pub used_at: i64,
}

/// The three indexes, with what Meilisearch is to know of each.
pub(crate) fn indexes() -> [(&'static str, Settings); 3] {
    let ranking = ["words", "typo", "proximity", "attribute", "exactness"];
    let ranked = |last: &'static str| ranking.into_iter().chain([last]).collect::<Vec<_>>();
    [
        (
            ACCOUNTS,
            Settings::new()
                .with_searchable_attributes(["username", "display_name", "domain", "note"])
                .with_displayed_attributes(["id"])
                .with_ranking_rules(ranked("followers:desc")),
        ),
        (
            STATUSES,
            Settings::new()
                .with_searchable_attributes(["text"])
                .with_displayed_attributes(["id"])
                .with_filterable_attributes(["account_id", "open", "readers", "media", "language", "id"])
                .with_ranking_rules(ranked("id:desc")),
        ),
        (
            TAGS,
            Settings::new()
                .with_searchable_attributes(["name"])
                .with_displayed_attributes(["id"])
                .with_ranking_rules(ranked("used_at:desc")),
        ),
    ]
}

/// Names of the indexes, behind the prefix.
pub(crate) const ACCOUNTS: &str = "accounts";
pub(crate) const STATUSES: &str = "statuses";
pub(crate) const TAGS: &str = "tags";
