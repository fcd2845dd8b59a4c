//! Filters: what somebody does not want to read.

mod compiled;
mod drafts;
mod phrases;

use db::accounts::Account;
use db::filters::{self, Filter, FilteredStatus, Keyword, Settings};
use db::{AccountId, Conn, FilterId, FilterKeywordId, FilterStatusId, StatusId, statuses};
use diesel_async::AsyncConnection;
use streaming::Message;

use crate::{App, Error, Result, news};

pub use compiled::{Cache, Compiled, Match, hides_notification, options_of, text_of};
pub use drafts::{Draft, KeywordDraft};
pub use phrases::{PhraseDraft, create_phrase, delete_phrase, update_phrase};

/// Most filters of one account.
pub const MOST_FILTERS: i64 = 100;
/// Most keywords in all filters of one account.
pub const MOST_KEYWORDS: i64 = 500;
/// Most characters of those keywords together: they are searched for at once, and kept in memory.
pub const MOST_CHARS: i64 = 10_000;
/// Most statuses that all filters of one account name.
pub const MOST_STATUSES: i64 = 1_000;

/// A filter with what it matches.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the types say what they are")]
pub struct FilterView {
    pub filter: Filter,
    pub keywords: Vec<Keyword>,
    pub statuses: Vec<FilteredStatus>,
}

/// All of an account's filters.
pub async fn list(conn: &mut Conn, owner: AccountId) -> Result<Vec<FilterView>> {
    let filters = filters::list(conn, owner).await?;
    let keywords = filters::keywords_of_account(conn, owner).await?;
    let statuses = filters::statuses_of_account(conn, owner).await?;
    let view = |filter: Filter| FilterView {
        keywords: keywords.iter().filter(|row| row.filter_id == filter.id).cloned().collect(),
        statuses: statuses.iter().filter(|row| row.filter_id == filter.id).copied().collect(),
        filter,
    };
    Ok(filters.into_iter().map(view).collect())
}

/// One of an account's filters.
///
/// # Errors
/// [`Error::NotFound`] when it has no such filter, here and in the other functions.
pub async fn find(conn: &mut Conn, owner: AccountId, id: FilterId) -> Result<FilterView> {
    let filter = filters::find_own(conn, owner, id).await?;
    with_matches(conn, filter).await
}

async fn with_matches(conn: &mut Conn, filter: Filter) -> Result<FilterView> {
    let keywords = filters::keywords_of(conn, filter.id).await?;
    let statuses = filters::statuses_of(conn, filter.id).await?;
    Ok(FilterView { filter, keywords, statuses })
}

/// Changes an account's filters in one transaction, that no other change of them runs beside; checks the
/// limits, and tells everybody who keeps the filters or listens to changes.
macro_rules! change {
    ($app:expr, $by:expr, $conn:ident => $work:block) => {{
        let mut conn = $app.conn().await?;
        let done = conn
            .transaction(async |$conn| {
                db::accounts::lock($conn, $by.id).await?;
                let done = $work;
                $crate::filters::settle($conn, $by.id).await?;
                Ok::<_, $crate::Error>(done)
            })
            .await;
        // The bus says so to all processes; whoever reads next in this one need not wait for it.
        $app.filters.forget($by.id);
        done
    }};
}

use change;

async fn settle(conn: &mut Conn, owner: AccountId) -> Result<()> {
    within_limits(conn, owner).await?;
    Ok(news::tell(conn, &Message::FiltersChanged { account: owner.0 }).await?)
}

async fn within_limits(conn: &mut Conn, owner: AccountId) -> Result<()> {
    let (keywords, chars) = filters::keywords_size(conn, owner).await?;
    let limits = [
        (filters::count(conn, owner).await?, MOST_FILTERS, "filters"),
        (keywords, MOST_KEYWORDS, "filter keywords"),
        (chars, MOST_CHARS, "characters in all filter keywords"),
        (filters::count_statuses(conn, owner).await?, MOST_STATUSES, "filtered posts"),
    ];
    match limits.iter().find(|(count, most, _)| count > most) {
        Some((_, most, what)) => Err(Error::invalid(format!("You cannot have more than {most} {what}"))),
        None => Ok(()),
    }
}

/// Makes a filter.
pub async fn create(app: &App, by: &Account, draft: Draft) -> Result<FilterView> {
    let (settings, keywords) = draft.checked(None)?;
    change!(app, by, conn => {
        let filter = filters::insert(conn, by.id, &settings).await?;
        drafts::apply(conn, filter.id, keywords).await?;
        with_matches(conn, filter).await?
    })
}

/// Changes a filter.
pub async fn update(app: &App, by: &Account, id: FilterId, draft: Draft) -> Result<FilterView> {
    change!(app, by, conn => {
        let before = filters::find_own(conn, by.id, id).await?;
        let (settings, keywords) = draft.checked(Some(before))?;
        let filter = filters::update(conn, id, &settings).await?;
        drafts::apply(conn, id, keywords).await?;
        with_matches(conn, filter).await?
    })
}

/// Removes a filter.
pub async fn delete(app: &App, by: &Account, id: FilterId) -> Result<()> {
    change!(app, by, conn => {
        filters::find_own(conn, by.id, id).await?;
        filters::delete(conn, id).await?;
    })
}

/// Adds a keyword to a filter.
pub async fn add_keyword(app: &App, by: &Account, id: FilterId, draft: KeywordDraft) -> Result<Keyword> {
    change!(app, by, conn => {
        filters::find_own(conn, by.id, id).await?;
        let keyword = drafts::checked_keyword("Keyword", draft.keyword.as_deref())?;
        filters::insert_keyword(conn, id, &keyword, draft.whole_word.unwrap_or(true)).await?
    })
}

/// Changes a keyword; what is not said of it stays as it is.
pub async fn update_keyword(
    app: &App,
    by: &Account,
    id: FilterKeywordId,
    draft: KeywordDraft,
) -> Result<Keyword> {
    change!(app, by, conn => {
        let (before, _) = filters::find_own_keyword(conn, by.id, id).await?;
        let keyword = draft.keyword.unwrap_or(before.keyword);
        let keyword = drafts::checked_keyword("Keyword", Some(&keyword))?;
        let whole_word = draft.whole_word.unwrap_or(before.whole_word);
        filters::update_keyword(conn, id, &keyword, whole_word).await?
    })
}

/// Removes a keyword from its filter.
pub async fn delete_keyword(app: &App, by: &Account, id: FilterKeywordId) -> Result<()> {
    change!(app, by, conn => {
        filters::find_own_keyword(conn, by.id, id).await?;
        filters::delete_keyword(conn, id).await?;
    })
}

/// Lets a filter match a single status, which the account must be allowed to see.
pub async fn add_status(app: &App, by: &Account, id: FilterId, status: StatusId) -> Result<FilteredStatus> {
    change!(app, by, conn => {
        filters::find_own(conn, by.id, id).await?;
        statuses::hold_visible(conn, by.id, status).await?;
        let added = filters::insert_status(conn, id, status).await?;
        added.ok_or_else(|| Error::invalid("Status has already been taken"))?
    })
}

/// Removes a status from its filter, and returns what it was there.
pub async fn delete_status(app: &App, by: &Account, id: FilterStatusId) -> Result<FilteredStatus> {
    change!(app, by, conn => {
        let row = filters::find_own_status(conn, by.id, id).await?;
        filters::delete_status(conn, id).await?;
        row
    })
}
