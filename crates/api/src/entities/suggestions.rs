//! Accounts that the viewer might like to follow.

use db::account_views::AccountView;
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::Account;

/// <https://docs.joinmastodon.org/entities/Suggestion/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Suggestion<'a> {
    pub source: &'static str,
    pub sources: Vec<&'static str>,
    pub account: Account<'a>,
}

impl<'a> Suggestion<'a> {
    /// With the reasons; `source` is the former word for the first of them.
    pub fn new(urls: &Urls, why: &db::suggestions::Suggestion, view: &'a AccountView) -> Self {
        let reasons = [(why.by_friends, "friends_of_friends"), (why.most_followed, "most_followed")];
        Self {
            source: if why.by_friends { "past_interactions" } else { "global" },
            sources: reasons.iter().filter_map(|(holds, word)| holds.then_some(*word)).collect(),
            account: Account::new(urls, view),
        }
    }
}
