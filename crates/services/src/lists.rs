//! Lists: accounts that somebody reads apart from the others.

use db::accounts::Account;
use db::feeds::FeedEntry;
use db::lists::{self, List, RepliesPolicy, Settings};
use db::{AccountId, Conn, ListId, Page, StatusId, accounts, follows};
use diesel_async::AsyncConnection;
use streaming::{FeedItem, REBLOG_WINDOW, unrepeated};

use crate::{App, Error, Result, news};

/// Most lists of one account.
pub const MOST_LISTS: i64 = 50;
/// Most members of one list: its timeline is read from each of them.
pub const MOST_MEMBERS: i64 = 500;
/// Longest title, in characters.
const MOST_CHARS: usize = 256;

/// What is said of a list; what is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Its name.
    pub title: Option<String>,
    /// Replies to whom are shown.
    pub replies_policy: Option<RepliesPolicy>,
    /// Whether members stay out of the home timeline.
    pub exclusive: Option<bool>,
}

impl Changes {
    fn settings(self, before: Option<&List>) -> Result<Settings> {
        let title = match (self.title, before) {
            (Some(title), _) => checked_title(&title)?,
            (None, Some(list)) => list.title.clone(),
            (None, None) => checked_title("")?,
        };
        let policy = self.replies_policy.or(before.map(|list| list.replies_policy));
        let exclusive = self.exclusive.or(before.map(|list| list.exclusive));
        let (replies_policy, exclusive) = (policy.unwrap_or_default(), exclusive.unwrap_or_default());
        Ok(Settings { title, replies_policy, exclusive })
    }
}

fn checked_title(title: &str) -> Result<String> {
    if title.chars().count() > MOST_CHARS {
        return Err(Error::invalid(format!("Title is too long (maximum is {MOST_CHARS} characters)")));
    }
    let title = text::clean_line(title, MOST_CHARS);
    if title.is_empty() { Err(Error::invalid("Title can't be blank")) } else { Ok(title) }
}

/// Makes an empty list.
pub async fn create(app: &App, by: &Account, changes: Changes) -> Result<List> {
    let settings = changes.settings(None)?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        accounts::lock(conn, by.id).await?;
        if lists::count(conn, by.id).await? >= MOST_LISTS {
            return Err(Error::invalid(format!("You cannot have more than {MOST_LISTS} lists")));
        }
        Ok(lists::insert(conn, by.id, &settings).await?)
    })
    .await
}

/// Changes a list.
///
/// # Errors
/// [`Error::NotFound`] when it is not one of the account's, here and in the other functions.
pub async fn update(app: &App, by: &Account, id: ListId, changes: Changes) -> Result<List> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let before = lists::lock_own(conn, by.id, id).await?;
        let list = lists::update(conn, id, &changes.settings(Some(&before))?).await?;
        if list.exclusive != before.exclusive {
            news::feed_changed(conn, &[by.id]).await?;
        }
        Ok(list)
    })
    .await
}

/// Removes a list; its members stay followed.
pub async fn delete(app: &App, by: &Account, id: ListId) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let list = lists::lock_own(conn, by.id, id).await?;
        lists::delete(conn, id).await?;
        members_changed(conn, &list).await
    })
    .await
}

/// Adds members, all of them or none.
///
/// # Errors
/// [`Error::NotFound`] when one is not followed, nor asked, nor oneself; [`Error::Invalid`] when one is a
/// member already, or there are too many.
pub async fn add(app: &App, by: &Account, id: ListId, members: &[AccountId]) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let list = lists::lock_own(conn, by.id, id).await?;
        let known = follows::hold_targets(conn, by.id, members).await?;
        if members.iter().any(|member| *member != by.id && !known.contains(member)) {
            return Err(Error::NotFound);
        }
        if members.is_empty() {
            return Ok(());
        }
        if lists::add(conn, id, members).await? < members.len() {
            return Err(Error::invalid("Account has already been taken"));
        }
        if lists::count_members(conn, id).await? > MOST_MEMBERS {
            return Err(Error::invalid(format!("A list cannot have more than {MOST_MEMBERS} accounts")));
        }
        members_changed(conn, &list).await
    })
    .await
}

/// Removes members; those who are none are not missed.
pub async fn remove(app: &App, by: &Account, id: ListId, members: &[AccountId]) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let list = lists::lock_own(conn, by.id, id).await?;
        if lists::remove(conn, id, members).await? > 0 {
            members_changed(conn, &list).await?;
        }
        Ok(())
    })
    .await
}

/// Who comes or goes in an exclusive list goes from the home timeline, or comes back.
async fn members_changed(conn: &mut Conn, list: &List) -> Result<()> {
    if list.exclusive {
        news::feed_changed(conn, &[list.account_id]).await?;
    }
    Ok(())
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// What is shown, newest first.
    pub shown: Vec<StatusId>,
    /// Those, and what was left out between them: the neighbours of the page begin there.
    pub cursors: Vec<StatusId>,
}

/// The statuses of a page of a list.
pub async fn timeline(conn: &mut Conn, owner: AccountId, id: ListId, page: Page) -> Result<ListPage> {
    lists::find_own(conn, owner, id).await?;
    let entries = lists::timeline(conn, owner, id, page).await?;
    let has_reblogs = entries.iter().any(|entry| entry.id != entry.original);
    let below = match entries.last().filter(|_| has_reblogs) {
        Some(last) => {
            let limit = i64::try_from(REBLOG_WINDOW).unwrap_or_default();
            let page = Page { max_id: Some(last.id.0), ..Page::first(limit) };
            lists::timeline(conn, owner, id, page).await?
        }
        None => Vec::new(),
    };
    let cursors: Vec<StatusId> = entries.iter().map(|entry| entry.id).collect();
    let item = |entry: FeedEntry| FeedItem { id: entry.id.0, original: entry.original.0 };
    let mut shown = unrepeated(entries.into_iter().chain(below).map(item));
    let last = cursors.last().map_or(i64::MAX, |last| last.0);
    shown.retain(|item| item.id >= last);
    Ok(ListPage { shown: shown.into_iter().map(|item| StatusId(item.id)).collect(), cursors })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_that_says_something() {
        assert_eq!(checked_title("  Good\nfriends ").unwrap(), "Good friends");
        for bad in ["", " \n ", "\u{202e}", &"x".repeat(257)] {
            assert!(checked_title(bad).is_err(), "{bad:?}");
        }
        assert!(checked_title(&"ü".repeat(256)).is_ok());
    }
}
