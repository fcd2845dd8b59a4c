//! Home timelines: the hot copy where there is one, else the database.

use db::feeds::{FeedEntry, rebuild, still_welcome};
use db::{AccountId, Conn, Page, StatusId};
use streaming::{FEED_LENGTH, FeedItem, HotFeed};

use crate::{App, Result};

/// How often a page is filled up after entries were filtered out, before a short page is handed out.
const ROUNDS: usize = 4;

/// The statuses of a page of somebody's home timeline, newest first, as far as they still belong there.
pub async fn home(app: &App, conn: &mut Conn, viewer: AccountId, page: Page) -> Result<Vec<StatusId>> {
    let feed = feed(app, conn, viewer).await?;
    let wanted = usize::try_from(page.limit).unwrap_or_default();
    let mut found: Vec<StatusId> = Vec::with_capacity(wanted);
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
        let kept: std::collections::HashSet<StatusId> =
            still_welcome(conn, viewer, &candidates).await?.into_iter().collect();
        let kept = candidates.into_iter().filter(|id| kept.contains(id));
        if rest.upwards() {
            let mut higher: Vec<StatusId> = kept.collect();
            higher.append(&mut found);
            found = higher;
        } else {
            found.extend(kept);
        }
        if found.len() >= wanted || exhausted {
            break;
        }
    }
    if page.upwards() {
        found.drain(..found.len().saturating_sub(wanted));
    }
    found.truncate(wanted);
    Ok(found)
}

/// The hot copy, built if need be.
async fn feed(app: &App, conn: &mut Conn, viewer: AccountId) -> Result<HotFeed> {
    match app.hub.feeds().get(viewer.0) {
        Ok(hot) => Ok(hot),
        Err(building) => {
            let rows =
                rebuild(conn, viewer, Page::first(i64::try_from(FEED_LENGTH).unwrap_or(i64::MAX))).await?;
            let whole = rows.len() < FEED_LENGTH;
            Ok(building.finish(rows.into_iter().map(item), whole))
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
        return Ok(rebuild(conn, viewer, page).await?.into_iter().map(|entry| entry.id).collect());
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
        let older = rebuild(conn, viewer, Page { max_id: Some(below), limit, ..page }).await?;
        ids.extend(older.into_iter().map(|entry| entry.id));
    }
    Ok(ids)
}
