//! The hot copy of home feeds: ids only, newest first.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

/// So many entries of a feed are kept; what is older is read from the database.
pub const FEED_LENGTH: usize = 800;

/// A reblog of something that stands among so many newest entries is not shown again.
const REBLOG_WINDOW: usize = 40;

/// An entry of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// The status, or the reblog.
    pub id: i64,
    /// The status itself, or what it reblogs.
    pub original: i64,
}

#[derive(Debug, Default)]
struct Feed {
    /// Newest first; `None` while it is being built.
    items: Option<Vec<FeedItem>>,
    /// What arrived meanwhile.
    pending: Vec<FeedItem>,
}

/// Home feeds of those who read lately, in process.
#[derive(Clone, Debug)]
pub struct Feeds {
    feeds: Cache<i64, Arc<Mutex<Feed>>>,
}

/// A feed that its first reader builds from the database; what is pushed meanwhile is not lost.
#[derive(Debug)]
pub struct Building {
    feed: Arc<Mutex<Feed>>,
}

impl Feeds {
    /// An empty cache for at most `capacity` feeds; a feed that nobody reads for a day is dropped.
    pub fn new(capacity: u64) -> Self {
        let feeds = Cache::builder().max_capacity(capacity).time_to_idle(Duration::from_hours(24)).build();
        Self { feeds }
    }

    /// The newest entries of an account's feed, or the task of building it. Two readers may build at once;
    /// the later result stands, and both are right.
    pub fn get(&self, account: i64) -> Result<Vec<FeedItem>, Building> {
        let feed = self.feeds.get_with(account, Arc::default);
        let items = lock(&feed).items.clone();
        items.ok_or(Building { feed })
    }

    /// Puts a status into the feeds of those readers who have one here.
    pub fn push(&self, item: FeedItem, readers: &[i64]) {
        for reader in readers {
            if let Some(feed) = self.feeds.get(reader) {
                let mut feed = lock(&feed);
                let Feed { items, pending } = &mut *feed;
                match items {
                    None if pending.len() < FEED_LENGTH => pending.push(item),
                    None => {}
                    Some(items) => insert(items, item),
                }
            }
        }
    }

    /// Drops an account's feed, so that its next reading builds it anew.
    pub fn drop_feed(&self, account: i64) {
        self.feeds.invalidate(&account);
    }

    /// Drops everything: messages may have been missed.
    pub fn clear(&self) {
        self.feeds.invalidate_all();
    }
}

impl Building {
    /// Takes what the database says (newest first) and returns the feed. A feed that was dropped in the
    /// meantime is not brought back: what was built answers this reading only.
    pub fn finish(self, rows: impl IntoIterator<Item = FeedItem>) -> Vec<FeedItem> {
        let mut items: Vec<FeedItem> = Vec::new();
        let rows: Vec<FeedItem> = rows.into_iter().collect();
        for item in rows.into_iter().rev() {
            insert(&mut items, item);
        }
        let mut feed = lock(&self.feed);
        for item in std::mem::take(&mut feed.pending) {
            insert(&mut items, item);
        }
        feed.items = Some(items.clone());
        items
    }
}

/// A poisoned lock only means that a reader panicked; ids stay ids.
fn lock(feed: &Mutex<Feed>) -> std::sync::MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Inserts in order of ids, once; a reblog only if nothing among the newest shows the same.
fn insert(items: &mut Vec<FeedItem>, item: FeedItem) {
    let place = items.partition_point(|other| other.id > item.id);
    if items.get(place).is_some_and(|other| other.id == item.id) {
        return;
    }
    let is_reblog = item.id != item.original;
    let near = &items[place..items.len().min(place + REBLOG_WINDOW)];
    if is_reblog && near.iter().any(|other| other.original == item.original) {
        return;
    }
    items.insert(place, item);
    items.truncate(FEED_LENGTH);
}

#[cfg(test)]
mod tests {
    use super::{FEED_LENGTH, FeedItem, Feeds};

    fn own(id: i64) -> FeedItem {
        FeedItem { id, original: id }
    }

    fn built(feeds: &Feeds, account: i64, rows: Vec<FeedItem>) -> Vec<FeedItem> {
        match feeds.get(account) {
            Ok(items) => items,
            Err(building) => building.finish(rows),
        }
    }

    #[test]
    fn a_feed_is_built_once_and_then_pushed_to() {
        let feeds = Feeds::new(10);
        assert_eq!(built(&feeds, 1, vec![own(5), own(3)]), [own(5), own(3)]);
        feeds.push(own(7), &[1, 2]);
        feeds.push(own(4), &[1]);
        feeds.push(own(4), &[1]);
        assert_eq!(feeds.get(1).ok(), Some(vec![own(7), own(5), own(4), own(3)]));
        assert!(feeds.get(2).is_err(), "nobody reads the second feed, so nothing is kept for it");
    }

    #[test]
    fn what_is_pushed_while_a_feed_is_built_is_not_lost() {
        let feeds = Feeds::new(10);
        let Err(building) = feeds.get(1) else { panic!("the feed is not built yet") };
        feeds.push(own(9), &[1]);
        assert_eq!(building.finish([own(5)]), [own(9), own(5)]);
        assert_eq!(feeds.get(1).ok(), Some(vec![own(9), own(5)]));
    }

    #[test]
    fn a_reblog_of_something_near_is_not_shown() {
        let feeds = Feeds::new(10);
        built(&feeds, 1, vec![own(5), own(3)]);
        feeds.push(FeedItem { id: 8, original: 3 }, &[1]);
        feeds.push(FeedItem { id: 9, original: 1 }, &[1]);
        feeds.push(FeedItem { id: 10, original: 1 }, &[1]);
        let ids: Vec<i64> = feeds.get(1).unwrap_or_default().iter().map(|item| item.id).collect();
        assert_eq!(ids, [9, 5, 3]);
    }

    #[test]
    fn feeds_are_bounded_and_can_be_dropped() {
        let feeds = Feeds::new(10);
        built(&feeds, 1, (1..=2_000).rev().map(own).collect());
        assert_eq!(feeds.get(1).map(|items| items.len()).ok(), Some(FEED_LENGTH));
        feeds.drop_feed(1);
        assert!(feeds.get(1).is_err());
    }
}
