//! The hot copy of home feeds: ids only, newest first.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use moka::sync::Cache;

/// So many entries of a feed are kept; what is older is read from the database.
pub const FEED_LENGTH: usize = 800;

/// A reblog of something that stands among so many newest entries is not shown again.
pub const REBLOG_WINDOW: usize = 40;

/// An entry of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// The status, or the reblog.
    pub id: i64,
    /// The status itself, or what it reblogs.
    pub original: i64,
}

/// What is kept of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HotFeed {
    /// Newest first.
    pub items: Vec<FeedItem>,
    /// Whether that is all of it; else older entries are in the database alone.
    pub whole: bool,
}

#[derive(Debug, Default)]
struct Feed {
    /// `None` until it has been built.
    hot: Option<HotFeed>,
    /// What arrived meanwhile.
    pending: Vec<FeedItem>,
    /// When it is to be built anew.
    until: Option<SystemTime>,
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
    until: Option<SystemTime>,
}

impl Feeds {
    /// An empty cache for at most `capacity` feeds; a feed that neither is read nor gets anything for a day
    /// is dropped.
    pub fn new(capacity: u64) -> Self {
        let feeds = Cache::builder().max_capacity(capacity).time_to_idle(Duration::from_hours(24)).build();
        Self { feeds }
    }

    /// The newest entries of an account's feed, or the task of building it. Two readers may build at once:
    /// what they find is joined.
    pub fn get(&self, account: i64) -> Result<HotFeed, Building> {
        let feed = self.feeds.get_with(account, Arc::default);
        let hot = {
            let mut kept = lock(&feed);
            if kept.until.is_some_and(|until| until <= SystemTime::now()) {
                *kept = Feed::default();
            }
            kept.hot.clone()
        };
        hot.ok_or(Building { feed, until: None })
    }

    /// Puts a status into the feeds of those readers who have one here.
    pub fn push(&self, item: FeedItem, readers: &[i64]) {
        for reader in readers {
            if let Some(feed) = self.feeds.get(reader) {
                let mut feed = lock(&feed);
                let Feed { hot, pending, .. } = &mut *feed;
                match hot {
                    None if pending.len() < FEED_LENGTH => pending.push(item),
                    None => {}
                    Some(hot) => hot.insert(item),
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
    /// What is built is right until then, and is to be built anew afterwards: a mute ends, say.
    #[must_use]
    pub fn valid_until(self, until: Option<SystemTime>) -> Self {
        Self { until, ..self }
    }

    /// Takes what the database says (newest first, and `whole` if there is no more) and returns the feed. A
    /// feed that was dropped in the meantime is not brought back: what was built answers this reading only.
    pub fn finish(self, rows: impl DoubleEndedIterator<Item = FeedItem>, whole: bool) -> HotFeed {
        let mut built = HotFeed { items: Vec::new(), whole };
        for item in rows.rev() {
            built.insert(item);
        }
        let mut feed = lock(&self.feed);
        let earlier = feed.hot.take().map(|hot| hot.items).unwrap_or_default();
        for item in earlier.into_iter().rev().chain(std::mem::take(&mut feed.pending)) {
            built.insert(item);
        }
        feed.hot = Some(built.clone());
        feed.until = match (feed.until, self.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        built
    }
}

impl HotFeed {
    /// Inserts in order of ids, once; a reblog only if nothing among the newest shows the same. What is older
    /// than everything kept has no place in a part of a feed: it would hide what lies between.
    fn insert(&mut self, item: FeedItem) {
        let place = self.items.partition_point(|other| other.id > item.id);
        let known = self.items.get(place).is_some_and(|other| other.id == item.id);
        let beyond = !self.whole && place == self.items.len() && !self.items.is_empty();
        let near = &self.items[place..self.items.len().min(place + REBLOG_WINDOW)];
        let shown = item.id != item.original && near.iter().any(|other| other.original == item.original);
        if known || beyond || shown {
            return;
        }
        self.items.insert(place, item);
        if self.items.len() > FEED_LENGTH {
            self.items.truncate(FEED_LENGTH);
            self.whole = false;
        }
    }
}

/// Rows of a feed (newest first) without the reblogs that a feed does not show again.
pub fn unrepeated(rows: impl DoubleEndedIterator<Item = FeedItem>) -> Vec<FeedItem> {
    let mut feed = HotFeed { items: Vec::new(), whole: true };
    rows.rev().for_each(|row| feed.insert(row));
    feed.items
}

/// A poisoned lock only means that a reader panicked; ids stay ids.
fn lock(feed: &Mutex<Feed>) -> std::sync::MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{FEED_LENGTH, FeedItem, Feeds, HotFeed, unrepeated};

    fn own(id: i64) -> FeedItem {
        FeedItem { id, original: id }
    }

    fn built(feeds: &Feeds, account: i64, rows: &[FeedItem]) -> HotFeed {
        match feeds.get(account) {
            Ok(hot) => hot,
            Err(building) => building.finish(rows.iter().copied(), rows.len() < FEED_LENGTH),
        }
    }

    fn ids(feeds: &Feeds, account: i64) -> Vec<i64> {
        feeds.get(account).map(|hot| hot.items.iter().map(|item| item.id).collect()).unwrap_or_default()
    }

    #[test]
    fn a_feed_is_built_once_and_then_pushed_to() {
        let feeds = Feeds::new(10);
        assert_eq!(built(&feeds, 1, &[own(5), own(3)]).items, [own(5), own(3)]);
        feeds.push(own(7), &[1, 2]);
        feeds.push(own(4), &[1]);
        feeds.push(own(4), &[1]);
        assert_eq!(ids(&feeds, 1), [7, 5, 4, 3]);
        assert!(feeds.get(2).is_err(), "nobody reads the second feed, so nothing is kept for it");
    }

    #[test]
    fn what_is_pushed_while_a_feed_is_built_is_not_lost() {
        let feeds = Feeds::new(10);
        let (Err(first), Err(second)) = (feeds.get(1), feeds.get(1)) else { panic!("it is not built yet") };
        feeds.push(own(9), &[1]);
        first.finish([own(5)].into_iter(), true);
        feeds.push(own(10), &[1]);
        second.finish([own(5)].into_iter(), true);
        assert_eq!(ids(&feeds, 1), [10, 9, 5]);
    }

    #[test]
    fn a_reblog_of_something_near_is_not_shown() {
        let feeds = Feeds::new(10);
        built(&feeds, 1, &[own(5), own(3)]);
        feeds.push(FeedItem { id: 8, original: 3 }, &[1]);
        feeds.push(FeedItem { id: 9, original: 1 }, &[1]);
        feeds.push(FeedItem { id: 10, original: 1 }, &[1]);
        assert_eq!(ids(&feeds, 1), [9, 5, 3]);
    }

    #[test]
    fn rows_show_nothing_twice() {
        let reblog = |id, original| FeedItem { id, original };
        let rows = [reblog(9, 1), own(8), reblog(7, 3), reblog(6, 1), own(3)];
        assert_eq!(unrepeated(rows.into_iter()), [own(8), reblog(6, 1), own(3)]);
    }

    #[test]
    fn a_feed_is_built_anew_after_its_time() {
        let feeds = Feeds::new(10);
        let build = |until| {
            let Err(building) = feeds.get(1) else { panic!("it is there") };
            building.valid_until(Some(until)).finish([own(5)].into_iter(), true);
        };
        build(SystemTime::now() + Duration::from_mins(1));
        assert!(feeds.get(1).is_ok());
        feeds.drop_feed(1);
        build(SystemTime::now());
        assert!(feeds.get(1).is_err());
    }

    #[test]
    fn feeds_are_bounded_and_can_be_dropped() {
        let feeds = Feeds::new(10);
        let rows: Vec<FeedItem> = (1..=2_000).rev().map(own).collect();
        let hot = built(&feeds, 1, &rows);
        assert_eq!((hot.items.len(), hot.whole), (FEED_LENGTH, false));
        feeds.drop_feed(1);
        assert!(feeds.get(1).is_err());
    }

    #[test]
    fn a_part_of_a_feed_knows_that_it_is_one_and_takes_nothing_below_its_end() {
        let feeds = Feeds::new(10);
        let mut rows: Vec<FeedItem> = (101..=899).rev().map(own).collect();
        rows.push(FeedItem { id: 100, original: 101 });
        let hot = built(&feeds, 1, &rows);
        assert!(!hot.whole, "a dropped reblog does not make it whole");
        feeds.push(own(50), &[1]);
        assert!(!ids(&feeds, 1).contains(&50));
    }
}
