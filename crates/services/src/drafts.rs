//! Statuses that are not published yet: drafts, and scheduled ones, which have a time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use db::accounts::Account;
use db::drafts::{self, Draft};
use db::{Conn, DraftId, MediaId, StatusId, idempotency};
use diesel::OptionalExtension;
use diesel::result::QueryResult;
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::statuses::{self, Draft as Typed};
use crate::users::obstacle;
use crate::{App, Error, Resolver, Result};

/// The least time between now and a publication.
const LEAST: TimeDelta = TimeDelta::minutes(5);
/// The most, so that a time is a time and not a mistake.
const MOST: TimeDelta = TimeDelta::days(3660);
/// How many one account may have scheduled, in all and for one day (UTC).
const SCHEDULED: i64 = 300;
const SCHEDULED_A_DAY: i64 = 25;
/// How many drafts one account may keep, and how long their texts may be, in characters: longer than what may
/// be published, for drafts are to be shortened.
const DRAFTS: i64 = 300;
const LONGEST: usize = 20_000;

/// Publishes a scheduled status when its time has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishDraft {
    /// Which one.
    pub draft: DraftId,
    /// The time that this was promised for, in milliseconds: its author may change it.
    at: i64,
}

impl Job for PublishDraft {
    const KIND: &'static str = "publish_draft";
    const QUEUE: Queue = Queue::DEFAULT;
    const TIMEOUT: Duration = Duration::from_mins(1);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.draft, self.at))
    }
}

impl PublishDraft {
    async fn promise(conn: &mut Conn, draft: DraftId, at: DateTime<Utc>) -> QueryResult<()> {
        jobs::enqueue_at(conn, &Self { draft, at: at.timestamp_millis() }, at).await
    }
}

/// What scheduling led to.
#[derive(Clone, Debug)]
pub enum Scheduled {
    /// It waits.
    Waiting(Box<Draft>),
    /// The idempotency key belongs to a status that is published.
    Published(StatusId),
}

/// Puts a status aside until `at`, with its media, or returns what has its idempotency key.
pub async fn schedule(app: &App, by: &Account, typed: Typed, at: DateTime<Utc>) -> Result<Scheduled> {
    check_time(at)?;
    statuses::check_draft(app, by, &typed).await?;
    let params = stored(&typed)?;
    let mut conn = app.conn().await?;
    if let Some(key) = &typed.idempotency_key
        && let Some(earlier) = idempotency::find(&mut conn, by.id, key).await?
    {
        return earlier_one(&mut conn, by, earlier).await;
    }
    conn.transaction(async |conn| {
        let counts = drafts::count(conn, by.id, at).await?;
        let draft = drafts::insert(conn, by.id, &params, Some(at)).await?;
        if let Some(key) = &typed.idempotency_key
            && let Some(earlier) = idempotency::take(conn, by.id, key, StatusId(draft.id.0)).await?
        {
            drafts::delete(conn, by.id, draft.id).await?;
            return earlier_one(conn, by, earlier).await;
        }
        check_counts(counts.scheduled, counts.on_day)?;
        keep_media(conn, by, draft.id, &typed.media).await?;
        PublishDraft::promise(conn, draft.id, at).await?;
        Ok(Scheduled::Waiting(Box::new(draft)))
    })
    .await
}

async fn earlier_one(conn: &mut Conn, by: &Account, earlier: StatusId) -> Result<Scheduled> {
    match drafts::find_own(conn, by.id, DraftId(earlier.0), true).await.optional()? {
        Some(draft) => Ok(Scheduled::Waiting(Box::new(draft))),
        None => Ok(Scheduled::Published(earlier)),
    }
}

/// The scheduled status that has an idempotency key.
pub async fn find_by_key(app: &App, by: &Account, key: &str) -> Result<Option<Draft>> {
    let mut conn = app.conn().await?;
    let Some(id) = idempotency::find(&mut conn, by.id, key).await? else { return Ok(None) };
    Ok(drafts::find_own(&mut conn, by.id, DraftId(id.0), true).await.optional()?)
}

fn check_time(at: DateTime<Utc>) -> Result<()> {
    let now = Utc::now();
    if at < now + LEAST {
        return Err(Error::invalid("Scheduled at The scheduled date must be in the future"));
    }
    if at > now + MOST {
        return Err(Error::invalid("Scheduled at The scheduled date is too far into the future"));
    }
    Ok(())
}

fn check_counts(scheduled: i64, on_day: i64) -> Result<()> {
    if scheduled >= SCHEDULED {
        return Err(Error::invalid(format!("You have exceeded the limit of {SCHEDULED} scheduled posts")));
    }
    if on_day >= SCHEDULED_A_DAY {
        let problem = format!("You have exceeded the limit of {SCHEDULED_A_DAY} scheduled posts for today");
        return Err(Error::invalid(problem));
    }
    Ok(())
}

/// Changes the time of a scheduled status.
pub async fn reschedule(app: &App, by: &Account, id: DraftId, at: DateTime<Utc>) -> Result<Draft> {
    let mut conn = app.conn().await?;
    let known = drafts::find_own(&mut conn, by.id, id, true).await?;
    if known.scheduled_at == Some(at) {
        return Ok(known);
    }
    check_time(at)?;
    conn.transaction(async |conn| {
        let counts = drafts::count(conn, by.id, at).await?;
        let same_day = known.scheduled_at.is_some_and(|before| before.date_naive() == at.date_naive());
        check_counts(counts.scheduled - 1, counts.on_day - i64::from(same_day))?;
        let draft = drafts::reschedule(conn, by.id, id, at).await?;
        PublishDraft::promise(conn, id, at).await?;
        Ok(draft)
    })
    .await
}

/// Keeps a draft, with its media.
pub async fn keep(app: &App, by: &Account, typed: Typed) -> Result<Draft> {
    let typed = bounded(app, typed)?;
    let params = stored(&typed)?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if drafts::count(conn, by.id, Utc::now()).await?.drafts >= DRAFTS {
            return Err(Error::invalid(format!("You have exceeded the limit of {DRAFTS} drafts")));
        }
        let draft = drafts::insert(conn, by.id, &params, None).await?;
        keep_media(conn, by, draft.id, &typed.media).await?;
        Ok(draft)
    })
    .await
}

/// Replaces what was typed of a draft.
pub async fn change(app: &App, by: &Account, id: DraftId, typed: Typed) -> Result<Draft> {
    let typed = bounded(app, typed)?;
    let params = stored(&typed)?;
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let draft = drafts::update(conn, by.id, id, &params).await?;
        keep_media(conn, by, id, &typed.media).await?;
        Ok(draft)
    })
    .await
}

/// Removes a draft, or a scheduled status; its media are let go.
pub async fn remove(app: &App, by: &Account, id: DraftId, scheduled: bool) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        drafts::find_own(conn, by.id, id, scheduled).await?;
        keep_media(conn, by, id, &[]).await?;
        if drafts::delete(conn, by.id, id).await? { Ok(()) } else { Err(Error::NotFound) }
    })
    .await
}

/// A draft may be incomplete, and may not be too large.
fn bounded(app: &App, typed: Typed) -> Result<Typed> {
    if typed.text.chars().count() > LONGEST || typed.spoiler_text.chars().count() > LONGEST {
        return Err(Error::invalid(format!("Text character limit of {LONGEST} exceeded")));
    }
    statuses::check_media(app, &typed.media)?;
    let poll = typed.poll.map(|poll| poll.cleaned(app)).transpose()?;
    Ok(Typed { poll, idempotency_key: None, ..typed })
}

async fn keep_media(conn: &mut Conn, by: &Account, draft: DraftId, media: &[MediaId]) -> Result<()> {
    if db::media::keep(conn, by.id, draft, media).await? {
        Ok(())
    } else {
        Err(Error::invalid("Media does not exist or belongs to another post"))
    }
}

fn stored(typed: &Typed) -> Result<serde_json::Value> {
    serde_json::to_value(typed).map_err(|error| Error::Internal(error.into()))
}

/// What was typed, as it was stored.
pub fn typed(draft: &Draft) -> Result<Typed> {
    let typed: Typed =
        serde_json::from_value(draft.params.clone()).map_err(|error| Error::Internal(error.into()))?;
    Ok(Typed { stored: Some(draft.id), ..typed })
}

/// Publishes a scheduled status whose time has come; by whoever does so first, once. What cannot be published
/// by then (its parent is gone, its author may not post any more) is dropped, with a line in the log.
///
/// # Errors
/// Only what another try may mend.
pub async fn publish(app: &App, resolver: &dyn Resolver, id: DraftId) -> Result<()> {
    let mut conn = app.conn().await?;
    let Some(draft) = drafts::find_due(&mut conn, id).await.optional()? else {
        return promise_again(&mut conn, id).await;
    };
    let author = db::accounts::find(&mut conn, draft.account_id).await?;
    let user = db::users::find_by_account(&mut conn, author.id).await.optional()?;
    drop(conn);
    let published = match user.map(|user| obstacle(&user, &author)) {
        Some(None) => statuses::create(app, resolver, &author, typed(&draft)?).await.map(drop),
        Some(Some(obstacle)) => Err(Error::Forbidden(obstacle.sentence())),
        None => Err(Error::Gone),
    };
    match published {
        Ok(()) => Ok(()),
        Err(error @ (Error::Busy | Error::Internal(_))) => Err(error),
        Err(refusal) => drop_it(app, &author, id, &refusal).await,
    }
}

/// Its time was changed, or the job came a moment too early.
async fn promise_again(conn: &mut Conn, id: DraftId) -> Result<()> {
    let draft = drafts::find(conn, id).await.optional()?;
    if let Some(at) = draft.and_then(|draft| draft.scheduled_at) {
        PublishDraft::promise(conn, id, at).await?;
    }
    Ok(())
}

async fn drop_it(app: &App, author: &Account, id: DraftId, why: &Error) -> Result<()> {
    match remove(app, author, id, true).await {
        Ok(()) => {
            tracing::warn!(draft.id = %id, account.id = %author.id, "A scheduled status was dropped: {why}");
            Ok(())
        }
        // It is published, by somebody who was faster.
        Err(Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}
