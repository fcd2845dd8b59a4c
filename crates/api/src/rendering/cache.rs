//! The fixed parts of entities, by id and version, bounded by their size.

use std::sync::Arc;

use db::cards::Card;
use db::{AccountId, StatusId};
use text::Folded;

/// What an entry costs beside its JSON: key, counters and links of the cache, the allocation.
const OVERHEAD: usize = 200;

/// Whose fixed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Status(StatusId),
    Account(AccountId),
}

/// A fixed part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Its fields, without the braces around them.
    pub(super) json: Vec<u8>,
    /// Of a status, the text in which filters look for keywords.
    pub(super) text: Folded,
    /// Of a status, a card whose author has an account: the state of that account is not the status's own.
    pub(super) card: Option<Box<Card>>,
}

impl Part {
    /// About how many bytes it takes.
    fn size(&self) -> usize {
        let card = self.card.as_ref().map_or(0, |card| {
            let content = &card.content;
            size_of::<Card>() + card.url.len() + content.title.len() + content.description.len()
        });
        self.json.len() + self.text.size() + card + OVERHEAD
    }
}

#[derive(Clone, Debug)]
struct Kept {
    version: u32,
    epoch: u64,
    part: Arc<Part>,
}

/// What was written lately.
#[derive(Clone, Debug)]
pub(super) struct Cache(moka::sync::Cache<Key, Kept>);

impl Cache {
    /// At most so many bytes; with none, nothing is kept.
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |_: &Key, kept: &Kept| u32::try_from(kept.part.size()).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    /// What is kept under this version and epoch, and no other.
    pub(super) fn get(&self, key: Key, version: u32, epoch: u64) -> Option<Arc<Part>> {
        let kept = self.0.get(&key)?;
        (kept.version == version && kept.epoch == epoch).then_some(kept.part)
    }

    pub(super) fn keep(&self, key: Key, version: u32, epoch: u64, part: &Arc<Part>) {
        self.0.insert(key, Kept { version, epoch, part: Arc::clone(part) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_or_epoch_is_not_served() {
        let cache = Cache::new(1 << 20);
        let part = Part { json: b"\"id\":\"1\"".to_vec(), text: Folded::new(["text"]), card: None };
        let (key, part) = (Key::Status(StatusId(1)), Arc::new(part));
        cache.keep(key, 7, 0, &part);
        assert_eq!(cache.get(key, 7, 0), Some(part));
        assert_eq!(cache.get(key, 8, 0), None);
        assert_eq!(cache.get(key, 7, 1), None);
        assert_eq!(cache.get(Key::Account(AccountId(1)), 7, 0), None);
    }

    #[test]
    fn it_is_bounded_by_bytes() {
        let cache = Cache::new(10_000);
        let text = "x".repeat(500);
        let part = Arc::new(Part { json: vec![b'x'; 500], text: Folded::new([text.as_str()]), card: None });
        for id in 0..100 {
            cache.keep(Key::Status(StatusId(id)), 1, 0, &part);
        }
        cache.0.run_pending_tasks();
        assert!(cache.0.weighted_size() <= 10_000 && (1..=9).contains(&cache.0.entry_count()));
    }
}
