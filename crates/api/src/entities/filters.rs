//! Filters, and what they found.

use db::filters::{self, Action, Keyword};
use serde::Serialize;
use services::filters::{FilterView, Match};
use utoipa::ToSchema;

use super::{Id, Time};

/// <https://docs.joinmastodon.org/entities/Filter/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Filter<'a> {
    pub id: Id,
    pub title: &'a str,
    pub context: Vec<&'static str>,
    pub expires_at: Option<Time>,
    pub filter_action: &'static str,
    /// Not within a [`FilterResult`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Vec<FilterKeyword<'a>>>,
    /// Not within a [`FilterResult`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<FilterStatus>>,
}

impl<'a> Filter<'a> {
    fn bare(filter: &'a filters::Filter) -> Self {
        Self {
            id: Id(filter.id.0),
            title: &filter.title,
            context: filter.contexts.words(),
            expires_at: filter.expires_at.map(Time),
            filter_action: filter.action.as_str(),
            keywords: None,
            statuses: None,
        }
    }
}

impl<'a> From<&'a FilterView> for Filter<'a> {
    fn from(view: &'a FilterView) -> Self {
        Self {
            keywords: Some(view.keywords.iter().map(FilterKeyword::from).collect()),
            statuses: Some(view.statuses.iter().map(FilterStatus::from).collect()),
            ..Self::bare(&view.filter)
        }
    }
}

/// <https://docs.joinmastodon.org/entities/FilterKeyword/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FilterKeyword<'a> {
    pub id: Id,
    pub keyword: &'a str,
    pub whole_word: bool,
}

impl<'a> From<&'a Keyword> for FilterKeyword<'a> {
    fn from(row: &'a Keyword) -> Self {
        Self { id: Id(row.id.0), keyword: &row.keyword, whole_word: row.whole_word }
    }
}

/// <https://docs.joinmastodon.org/entities/FilterStatus/>
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FilterStatus {
    pub id: Id,
    pub status_id: Id,
}

impl From<&filters::FilteredStatus> for FilterStatus {
    fn from(row: &filters::FilteredStatus) -> Self {
        Self { id: Id(row.id.0), status_id: Id(row.status_id.0) }
    }
}

/// <https://docs.joinmastodon.org/entities/FilterResult/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FilterResult<'a> {
    pub filter: Filter<'a>,
    pub keyword_matches: Option<Vec<&'a str>>,
    pub status_matches: Option<Vec<Id>>,
}

impl<'a> From<&Match<'a>> for FilterResult<'a> {
    fn from(found: &Match<'a>) -> Self {
        let statuses: Vec<Id> = found.statuses.iter().map(|id| Id(id.0)).collect();
        Self {
            filter: Filter::bare(found.filter),
            keyword_matches: found.keyword.map(|keyword| vec![keyword]),
            status_matches: (!statuses.is_empty()).then_some(statuses),
        }
    }
}

/// `V1::Filter`: a keyword, as a filter of its own (<https://docs.joinmastodon.org/entities/V1_Filter/>).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Phrase<'a> {
    pub id: Id,
    pub phrase: &'a str,
    pub context: Vec<&'static str>,
    pub whole_word: bool,
    pub expires_at: Option<Time>,
    pub irreversible: bool,
}

impl<'a> Phrase<'a> {
    /// A keyword of a filter.
    pub fn new(keyword: &'a Keyword, filter: &filters::Filter) -> Self {
        Self {
            id: Id(keyword.id.0),
            phrase: &keyword.keyword,
            context: filter.contexts.words(),
            whole_word: keyword.whole_word,
            expires_at: filter.expires_at.map(Time),
            irreversible: filter.action == Action::Hide,
        }
    }
}
