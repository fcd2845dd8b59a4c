//! Reports, for whoever made them.

use db::account_views::AccountView;
use db::reports::Category;
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::{Account, Id, Time};

/// <https://docs.joinmastodon.org/entities/Report/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Report<'a> {
    pub id: Id,
    pub action_taken: bool,
    pub action_taken_at: Option<Time>,
    pub category: &'static str,
    pub comment: &'a str,
    pub forwarded: bool,
    pub created_at: Time,
    pub status_ids: Vec<Id>,
    /// Always empty: there are no collections.
    #[schema(value_type = Vec<Id>)]
    pub collection_ids: [Id; 0],
    pub rule_ids: Vec<Id>,
    pub target_account: Account<'a>,
}

impl<'a> Report<'a> {
    /// With the account that was reported.
    pub fn new(urls: &Urls, report: &'a db::reports::Report, target: &'a AccountView) -> Self {
        Self {
            id: Id(report.id),
            action_taken: report.resolved_at.is_some(),
            action_taken_at: report.resolved_at.map(Time),
            category: Category::from_number(report.category).as_str(),
            comment: &report.comment,
            forwarded: report.forwarded,
            created_at: Time(report.created_at),
            status_ids: report.status_ids.iter().map(|id| Id(id.0)).collect(),
            collection_ids: [],
            rule_ids: report.rule_ids.iter().map(|id| Id(*id)).collect(),
            target_account: Account::new(urls, target),
        }
    }
}
