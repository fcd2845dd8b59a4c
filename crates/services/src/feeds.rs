//! Home timelines: the hot copy where there is one, else the database.

use db::feeds::{FeedEntry, rebuild};
use db::relationships::next_end_of_mute;
use db::status_states::{Reading, States};
use db::{AccountId, Conn, Page, StatusId};
use streaming::{FEED_LENGTH, FeedItem, HotFeed, REBLOG_WINDOW, unrepeated};

use crate::{App, Result};

/// How often a page is filled up after entries were filtered out, before a short page is handed out.
const ROUNDS: usize = 4;

/// A page of somebody's home timeline, newest first, as far as it still belongs there: one query where the hot
/// copy reaches and nothing has to be left out.
pub async fn home(app: &App, conn: &mut Conn, viewer: AccountId, page: Page) -> Result<States> {
    let feed = feed(app, conn, viewer).await?;
    let wanted = usize::try_from(page.limit).unwrap_or_default();
    let mut found = States::default();
    let mut rest = page;
    for _ in 0..ROUNDS {
        let candidates = slice(conn, viewer, &feed, rest).await?;
        let Some((first, last)) = candidates.first().zip(candidates.last()) else {
            break;
        };
        if rest.upwards() {
            rest.min_id = Some(first.0);
        } else {
            rest.max_id = Some(last.0);
        }
        let exhausted = candidates.len() < wanted;
        let kept = States::load(conn, Some(viewer), &candidates, Reading::Feed).await?;
        found = if rest.upwards() { kept.followed_by(found) } else { found.followed_by(kept) };
        if found.ids().len() >= wanted || exhausted {
            break;
        }
    }
    Ok(if page.upwards() { found.last(wanted) } else { found.first(wanted) })
}

/// The hot copy, built if need be.
async fn feed(app: &App, conn: &mut Conn, viewer: AccountId) -> Result<HotFeed> {
    match app.hub.feeds().get(viewer.0) {
        Ok(hot) => Ok(hot),
        Err(building) => {
            // What a muted account wrote is not in it; from the end of the mute on it must be.
            let until = next_end_of_mute(conn, viewer).await?;
            let rows =
                rebuild(conn, viewer, Page::first(i64::try_from(FEED_LENGTH).unwrap_or(i64::MAX))).await?;
            let whole = rows.len() < FEED_LENGTH;
            Ok(building.valid_until(until.map(Into::into)).finish(rows.into_iter().map(item), whole))
        }
    }
}

fn item(entry: FeedEntry) -> FeedItem {
    FeedItem { id: entry.id.0, original: entry.original.0 }
}

/// A page's worth of entries, newest first: from the hot copy as far as it reaches, else from the database.
async fn slice(conn: &mut Conn, viewer: AccountId, feed: &HotFeed, page: Page) -> Result<Vec<StatusId>> {
    let wanted = usize::try_from(page.limit).unwrap_or_default();
    let within = |item: &&FeedItem| item.id < page.below() && item.id > page.above();
    let reaches = feed.whole || feed.items.last().is_some_and(|oldest| oldest.id <= page.above());
    if page.upwards() && !reaches {
        return stored(conn, viewer, page).await;
    }
    if page.upwards() {
        let lowest = feed.items.iter().rev().filter(within).take(wanted);
        let mut ids: Vec<StatusId> = lowest.map(|item| StatusId(item.id)).collect();
        ids.reverse();
        return Ok(ids);
    }
    let mut ids: Vec<StatusId> =
        feed.items.iter().filter(within).take(wanted).map(|item| StatusId(item.id)).collect();
    if ids.len() < wanted && !reaches {
        let below = ids.last().map_or(page.below(), |id| id.0);
        let limit = i64::try_from(wanted - ids.len()).unwrap_or_default();
        ids.extend(stored(conn, viewer, Page { max_id: Some(below), limit, ..page }).await?);
    }
    Ok(ids)
}

/// A page's worth of entries from the database, without reblogs of what stands near below them.
async fn stored(conn: &mut Conn, viewer: AccountId, page: Page) -> Result<Vec<StatusId>> {
    let wanted = usize::try_from(page.limit).unwrap_or_default();
    let window = i64::try_from(REBLOG_WINDOW).unwrap_or_default();
    let rows = rebuild(conn, viewer, Page { limit: page.limit + window, ..page }).await?;
    let mut items = unrepeated(rows.into_iter().map(item));
    if page.upwards() {
        items.drain(..items.len().saturating_sub(wanted));
    } else {
        items.truncate(wanted);
    }
    Ok(items.into_iter().map(|item| StatusId(item.id)).collect())
}
