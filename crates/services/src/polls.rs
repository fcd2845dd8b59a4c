//! Polls: asking, voting, counting, and the end.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use db::accounts::Account;
use db::polls::{self, NewPoll, Poll};
use db::statuses::{self, Status};
use db::{Conn, StatusId};
use diesel::OptionalExtension;
use diesel::result::QueryResult;
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::events::Event;
use crate::{App, Error, Result};

/// Tallies of a poll from elsewhere are asked for again when they are older.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(1);

/// A poll as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollDraft {
    /// What can be chosen, plain text.
    pub options: Vec<String>,
    /// Seconds from its publication.
    pub expires_in: i64,
    /// Whether several can be chosen.
    pub multiple: bool,
    /// Whether votes are counted in secret until the end.
    pub hide_totals: bool,
}

impl PollDraft {
    /// With options that are one line of text each, within the limits of this instance. A draft may be
    /// incomplete, and may not be too large.
    pub(crate) fn cleaned(&self, app: &App) -> Result<Self> {
        let limits = &app.config.limits;
        let (most, longest) = (limits.max_poll_options as usize, limits.max_poll_option_chars as usize);
        if self.options.len() > most {
            return Err(Error::invalid(format!("Choices can't contain more than {most} items")));
        }
        if self.options.iter().any(|option| option.trim().chars().count() > longest) {
            return Err(Error::invalid(format!("Choices cannot be longer than {longest} characters each")));
        }
        let options = self.options.iter().map(|option| text::clean_line(option, longest));
        Ok(Self { options: options.filter(|option| !option.is_empty()).collect(), ..self.clone() })
    }

    /// The poll as it begins now.
    pub(crate) fn checked(&self, app: &App) -> Result<NewPoll> {
        let cleaned = self.cleaned(app)?;
        if cleaned.options.len() < 2 {
            return Err(Error::invalid("Choices must have more than one item"));
        }
        if cleaned.options.iter().collect::<BTreeSet<_>>().len() < cleaned.options.len() {
            return Err(Error::invalid("Choices contain duplicate items"));
        }
        let limits = &app.config.limits;
        if self.expires_in == 0 {
            return Err(Error::invalid("Deadline can't be blank"));
        }
        if self.expires_in < i64::from(limits.min_poll_seconds) {
            return Err(Error::invalid("Deadline is too soon"));
        }
        if self.expires_in > i64::from(limits.max_poll_seconds) {
            return Err(Error::invalid("Deadline is too far into the future"));
        }
        Ok(NewPoll {
            tallies: vec![0; cleaned.options.len()],
            options: cleaned.options,
            multiple: self.multiple,
            hide_totals: self.hide_totals,
            voters_count: 0,
            expires_at: Some(Utc::now() + TimeDelta::seconds(self.expires_in)),
        })
    }
}

/// Acts upon the end of a poll, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndPoll {
    /// Whose poll.
    pub status: StatusId,
    /// The end that this was promised for, in milliseconds: an edit may move it.
    at: i64,
}

impl Job for EndPoll {
    const KIND: &'static str = "end_poll";
    const QUEUE: Queue = Queue::DEFAULT;
    const TIMEOUT: Duration = Duration::from_mins(5);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.status, self.at))
    }
}

impl EndPoll {
    /// Promises it, in the caller's transaction.
    pub async fn promise(conn: &mut Conn, status: StatusId, at: DateTime<Utc>) -> QueryResult<()> {
        jobs::enqueue_at(conn, &Self { status, at: at.timestamp_millis() }, at).await
    }
}

/// Asks the server of a poll from elsewhere for its tallies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshPoll {
    /// Whose poll.
    pub status: StatusId,
}

impl Job for RefreshPoll {
    const KIND: &'static str = "refresh_poll";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 5;
    const MAX_ATTEMPTS: i32 = 2;
    const TIMEOUT: Duration = Duration::from_mins(1);

    fn dedup_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }
}

/// Asks for newer tallies of a poll that somebody reads, if it is from elsewhere and they are old; they come
/// after the answer.
pub async fn refresh_if_stale(app: &App, status: &Status, poll: &Poll) -> Result<()> {
    let before = Utc::now() - FRESH_FOR;
    let is_final = poll.expires_at.is_some_and(|end| end < poll.fetched_at);
    if status.local || is_final || poll.fetched_at > before {
        return Ok(());
    }
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if polls::claim_refresh(conn, status.id, before).await? {
            jobs::enqueue(conn, &RefreshPoll { status: status.id }).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}

/// Votes for the options at these positions.
///
/// # Errors
/// [`Error::NotFound`] for a poll that the account may not see, [`Error::Invalid`] with the sentences that
/// clients know when it has ended, is the account's own, has no such option, or was voted in before.
pub async fn vote(app: &App, by: &Account, status: StatusId, choices: &[i64]) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let status = statuses::hold_visible(conn, by.id, status).await?;
        let poll = polls::lock(conn, status.id).await?;
        if poll.has_ended() {
            return Err(Error::invalid("The poll has already ended"));
        }
        if status.account_id == by.id {
            return Err(Error::invalid("You cannot vote in your own polls"));
        }
        let positions = positions(&poll, choices)?;
        if !polls::chosen_by(conn, status.id, by.id).await?.is_empty() {
            return Err(Error::invalid("You have already voted on this poll"));
        }
        count(conn, by, &status, &poll, &positions).await
    })
    .await
}

fn positions(poll: &Poll, choices: &[i64]) -> Result<Vec<i16>> {
    let known = |choice: &i64| {
        i16::try_from(*choice).ok().filter(|n| usize::try_from(*n).is_ok_and(|n| n < poll.options.len()))
    };
    let positions: Option<BTreeSet<i16>> = choices.iter().map(known).collect();
    let positions = positions.ok_or_else(|| Error::invalid("The chosen vote option does not exist"))?;
    match positions.len() {
        0 => Err(Error::invalid("Choices can't be blank")),
        2.. if !poll.multiple => Err(Error::invalid("Only one option can be chosen in this poll")),
        _ => Ok(positions.into_iter().collect()),
    }
}

async fn count(conn: &mut Conn, by: &Account, status: &Status, poll: &Poll, chosen: &[i16]) -> Result<()> {
    let votes = polls::cast(conn, poll, by.id, chosen).await?;
    if let Some(end) = poll.expires_at.filter(|_| !status.local) {
        // The end of a poll from elsewhere concerns those here who voted.
        EndPoll::promise(conn, status.id, end).await?;
    }
    if !votes.is_empty() {
        Event::PollVoted { status: status.id, by: by.id, votes }.emit(conn).await?;
    }
    Ok(())
}

/// Counts the vote of an account elsewhere for the option that is called `name`, in the poll with this
/// ActivityPub id. Several options are chosen one by one.
///
/// # Errors
/// Like those of [`vote`]; nobody reads their sentences.
pub async fn receive_vote(app: &App, by: &Account, uri: &str, name: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    let status = statuses::find_by_uri(&mut conn, uri).await?.ok_or(Error::NotFound)?;
    conn.transaction(async |conn| {
        let status = statuses::hold_visible(conn, by.id, status.id).await?;
        let poll = polls::lock(conn, status.id).await?;
        if !status.local || status.account_id == by.id || poll.has_ended() {
            return Err(Error::Forbidden("The poll is not open to the voter"));
        }
        let position = poll.options.iter().position(|option| option == name);
        let position = position.and_then(|position| i16::try_from(position).ok()).ok_or(Error::NotFound)?;
        if !poll.multiple && !polls::chosen_by(conn, status.id, by.id).await?.is_empty() {
            return Err(Error::invalid("You have already voted on this poll"));
        }
        count(conn, by, &status, &poll, &[position]).await
    })
    .await
}

/// Takes over what the author of a poll elsewhere says of its tallies and its end. A poll that asks something
/// else is an edit, and changes nothing here.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the author.
pub async fn receive_tallies(app: &App, author: &Account, status: &Status, said: &NewPoll) -> Result<()> {
    if status.account_id != author.id || status.local {
        return Err(Error::Forbidden("Only its author counts the votes of a poll"));
    }
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        statuses::lock(conn, status.id).await?;
        let Some(known) = polls::lock(conn, status.id).await.optional()? else { return Ok(()) };
        if said.asks_as(&known) { take_over(conn, &known, said).await } else { Ok(()) }
    })
    .await
}

/// Tallies and end of a poll from elsewhere that the caller's transaction holds.
pub(crate) async fn take_over(conn: &mut Conn, known: &Poll, said: &NewPoll) -> Result<()> {
    let end = said.expires_at.or(known.expires_at);
    polls::replace_tallies(conn, known.status_id, &said.tallies, said.voters_count, end).await?;
    if let Some(end) = end.filter(|end| known.expires_at != Some(*end))
        && polls::has_local_voters(conn, known.status_id).await?
    {
        EndPoll::promise(conn, known.status_id, end).await?;
    }
    Ok(())
}

/// Writes the poll of a new status, and promises its end if it is from here.
pub(crate) async fn begin(conn: &mut Conn, status: StatusId, poll: &NewPoll, local: bool) -> Result<()> {
    polls::insert(conn, status, poll).await?;
    if let Some(end) = poll.expires_at.filter(|_| local) {
        EndPoll::promise(conn, status, end).await?;
    }
    Ok(())
}

/// What an edit makes of the poll of a status that the caller's transaction holds: votes count no more when it
/// asks something else. Returns the options it had.
pub(crate) async fn revise(
    conn: &mut Conn,
    status: &Status,
    poll: Option<&NewPoll>,
) -> Result<Option<Vec<String>>> {
    let known = if status.has_poll { polls::lock(conn, status.id).await.optional()? } else { None };
    match (&known, poll) {
        (None, None) => {}
        (Some(_), None) => polls::delete(conn, status.id).await?,
        (None, Some(new)) => begin(conn, status.id, new, status.local).await?,
        (Some(known), Some(new)) if new.asks_as(known) && !status.local => {
            take_over(conn, known, new).await?;
        }
        (Some(known), Some(new)) => {
            if new.asks_as(known) {
                polls::reschedule(conn, known, new).await?;
            } else {
                polls::replace(conn, status.id, new).await?;
            }
            if let Some(end) = new.expires_at.filter(|_| status.local) {
                EndPoll::promise(conn, status.id, end).await?;
            }
        }
    }
    Ok(known.map(|known| known.options))
}
