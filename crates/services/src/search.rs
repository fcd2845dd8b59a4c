//! Looking for accounts, statuses and tags: in Meilisearch where there is one that answers, else in
//! PostgreSQL, which also decides about everything that Meilisearch found.

use std::time::Duration;

use db::search::Statuses;
use db::tags::Tag;
use db::{AccountId, Conn, StatusId, search_documents};
use diesel::result::QueryResult;
use jobs::{Job, Queue};
use search::{AccountDocument, Meilisearch, Slice, StatusDocument, TagDocument, Wanted};
use serde::{Deserialize, Serialize};

use crate::{App, Result};

/// So many hits are asked for in place of each that is wanted, since some may not be seen by the viewer.
const SPARE: usize = 3;
/// Longest text that is indexed of one thing, in characters.
const LONGEST: usize = 10_000;
/// How many rows `reindex` takes at a time.
const BATCH: i64 = 500;

/// Accounts whose handle or name is like the text (see [`db::search::accounts`]).
pub async fn accounts(
    app: &App,
    conn: &mut Conn,
    viewer: Option<AccountId>,
    text: &str,
    only_following: bool,
    offset: i64,
    limit: i64,
) -> Result<Vec<AccountId>> {
    // Handles are matched from their beginning, which PostgreSQL does.
    if let Some(engine) = engine(app).filter(|_| !only_following && !text.contains('@'))
        && let Some(ids) = answered(engine.accounts(text, slice(offset, limit)).await)
    {
        let ids: Vec<AccountId> = ids.into_iter().map(AccountId).collect();
        let shown = db::search::accounts_among(conn, viewer, &ids).await?;
        return Ok(kept(ids, &shown, limit));
    }
    Ok(db::search::accounts(conn, viewer, text, only_following, offset, limit).await?)
}

/// Statuses that contain the words, and that the viewer may find (see [`db::search::statuses`]).
pub async fn statuses(
    app: &App,
    conn: &mut Conn,
    viewer: AccountId,
    words: &str,
    what: Statuses,
) -> Result<Vec<StatusId>> {
    let Statuses { by, only_media, below, above, offset, limit } = what;
    let wanted = Wanted { viewer: viewer.0, by: by.map(|by| by.0), only_media, below, above };
    if let Some(engine) = engine(app).filter(|_| !words.is_empty())
        && let Some(ids) = answered(engine.statuses(words, wanted, slice(offset, limit)).await)
    {
        let ids: Vec<StatusId> = ids.into_iter().map(StatusId).collect();
        let shown = db::search::statuses_among(conn, viewer, &ids, what).await?;
        return Ok(kept(ids, &shown, limit));
    }
    Ok(db::search::statuses(conn, viewer, words, what).await?)
}

/// Tags whose name begins with the (normalised) text.
pub async fn tags(app: &App, conn: &mut Conn, text: &str, offset: i64, limit: i64) -> Result<Vec<Tag>> {
    if let Some(engine) = engine(app)
        && let Some(ids) = answered(engine.tags(text, slice(offset, limit)).await)
    {
        let mut tags = db::tags::with_ids(conn, &ids).await?;
        tags.sort_by_key(|tag| ids.iter().position(|id| *id == tag.id));
        tags.truncate(usize::try_from(limit).unwrap_or_default());
        return Ok(tags);
    }
    Ok(db::search::tags(conn, text, offset, limit).await?)
}

fn engine(app: &App) -> Option<&Meilisearch> {
    app.search.as_deref().filter(|engine| engine.is_awake())
}

/// A search never fails for want of Meilisearch.
fn answered(answer: std::result::Result<Vec<i64>, search::Error>) -> Option<Vec<i64>> {
    answer.inspect_err(|error| tracing::warn!(%error, "PostgreSQL searches instead")).ok()
}

fn slice(offset: i64, limit: i64) -> Slice {
    let number = |number: i64| usize::try_from(number).unwrap_or_default();
    Slice { offset: number(offset), limit: number(limit).saturating_mul(SPARE) }
}

/// What may be shown, in the order in which it was found.
fn kept<T: PartialEq>(found: Vec<T>, shown: &[T], limit: i64) -> Vec<T> {
    let limit = usize::try_from(limit).unwrap_or_default();
    found.into_iter().filter(|id| shown.contains(id)).take(limit).collect()
}

/// Tells Meilisearch what is new of these, or that they are gone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Index {
    /// Accounts.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// Statuses, and with them their tags.
    #[serde(default)]
    pub statuses: Vec<StatusId>,
}

impl Job for Index {
    const KIND: &'static str = "index";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 40;
    const TIMEOUT: Duration = Duration::from_mins(1);
}

impl Index {
    /// An account.
    pub fn account(id: AccountId) -> Self {
        Self { accounts: vec![id], ..Self::default() }
    }

    /// A status.
    pub fn status(id: StatusId) -> Self {
        Self { statuses: vec![id], ..Self::default() }
    }

    /// Enqueues it in the caller's transaction, where there is a Meilisearch.
    pub async fn request(&self, app: &App, conn: &mut Conn) -> QueryResult<()> {
        if app.search.is_some() { jobs::enqueue(conn, self).await } else { Ok(()) }
    }

    /// Does it; may be repeated.
    pub async fn carry_out(&self, app: &App) -> anyhow::Result<()> {
        let Some(engine) = app.search.as_deref() else { return Ok(()) };
        let mut conn = app.conn().await?;
        let accounts = search_documents::accounts(&mut conn, &self.accounts).await?;
        let statuses = search_documents::statuses(&mut conn, &self.statuses).await?;
        let tags = search_documents::tags_of(&mut conn, &self.statuses).await?;
        drop(conn);
        let gone = |ids: Vec<i64>, there: Vec<i64>| -> Vec<i64> {
            ids.into_iter().filter(|id| !there.contains(id)).collect()
        };
        let lost = gone(
            self.accounts.iter().map(|id| id.0).collect(),
            accounts.iter().map(|account| account.id.0).collect(),
        );
        engine.remove_accounts(&lost).await?;
        let lost = gone(
            self.statuses.iter().map(|id| id.0).collect(),
            statuses.iter().map(|status| status.id.0).collect(),
        );
        engine.remove_statuses(&lost).await?;
        engine.put_accounts(&accounts.into_iter().map(account_document).collect::<Vec<_>>()).await?;
        engine.put_statuses(&statuses.into_iter().map(status_document).collect::<Vec<_>>()).await?;
        engine.put_tags(&tags.into_iter().map(tag_document).collect::<Vec<_>>()).await?;
        Ok(())
    }
}

/// Tells Meilisearch everything anew; `progress` hears how many accounts and statuses were told so far.
///
/// # Errors
/// When Meilisearch or the database does not answer. What was told stays told.
pub async fn reindex(app: &App, progress: impl Fn(usize, usize)) -> anyhow::Result<(usize, usize)> {
    if let Some(engine) = app.search.as_deref() {
        engine.prepare().await?;
    }
    let (mut accounts, mut statuses) = (0, 0);
    let mut last = AccountId(0);
    loop {
        let ids = search_documents::accounts_above(&mut *app.conn().await?, last, BATCH).await?;
        let Some(id) = ids.last() else { break };
        (last, accounts) = (*id, accounts + ids.len());
        Index { accounts: ids, statuses: Vec::new() }.carry_out(app).await?;
        progress(accounts, statuses);
    }
    let mut last = StatusId(0);
    loop {
        let ids = search_documents::statuses_above(&mut *app.conn().await?, last, BATCH).await?;
        let Some(id) = ids.last() else { break };
        (last, statuses) = (*id, statuses + ids.len());
        Index { accounts: Vec::new(), statuses: ids }.carry_out(app).await?;
        progress(accounts, statuses);
    }
    Ok((accounts, statuses))
}

fn plain(html: &str) -> String {
    text::plain(html).chars().take(LONGEST).collect()
}

fn account_document(account: search_documents::FoundAccount) -> AccountDocument {
    AccountDocument {
        id: account.id.0,
        username: account.username,
        domain: account.domain,
        display_name: account.display_name,
        note: plain(&account.note),
        followers: account.followers,
    }
}

fn status_document(status: search_documents::FoundStatus) -> StatusDocument {
    StatusDocument {
        id: status.id.0,
        account_id: status.account_id.0,
        text: format!("{}\n{}", status.spoiler_text, plain(&status.content)),
        open: status.open,
        readers: status.readers,
        media: status.media,
        language: status.language,
    }
}

fn tag_document(tag: search_documents::FoundTag) -> TagDocument {
    let used_at = tag.last_status_at.map(|when| when.timestamp()).unwrap_or_default();
    TagDocument { id: tag.id, name: tag.name, used_at }
}
