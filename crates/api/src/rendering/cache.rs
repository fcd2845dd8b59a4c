//! The fixed parts of entities, by id and version, bounded by their size.

use std::sync::Arc;

use db::{AccountId, StatusId};

/// What an entry costs beside its JSON: key, counters and links of the cache, the allocation.
const OVERHEAD: usize = 200;

/// Whose fixed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Status(StatusId),
    Account(AccountId),
}

#[derive(Clone, Debug)]
struct Kept {
    version: u32,
    epoch: u64,
    json: Arc<[u8]>,
}

/// What was written lately.
#[derive(Clone, Debug)]
pub(super) struct Cache(moka::sync::Cache<Key, Kept>);

impl Cache {
    /// At most so many bytes; with none, nothing is kept.
    pub(super) fn new(bytes: u64) -> Self {
        let weigh = |_: &Key, kept: &Kept| u32::try_from(kept.json.len() + OVERHEAD).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    /// What is kept under this version and epoch, and no other.
    pub(super) fn get(&self, key: Key, version: u32, epoch: u64) -> Option<Arc<[u8]>> {
        let kept = self.0.get(&key)?;
        (kept.version == version && kept.epoch == epoch).then_some(kept.json)
    }

    pub(super) fn keep(&self, key: Key, version: u32, epoch: u64, json: &Arc<[u8]>) {
        self.0.insert(key, Kept { version, epoch, json: Arc::clone(json) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_or_epoch_is_not_served() {
        let cache = Cache::new(1 << 20);
        let (key, json) = (Key::Status(StatusId(1)), Arc::from(&b"\"id\":\"1\""[..]));
        cache.keep(key, 7, 0, &json);
        assert_eq!(cache.get(key, 7, 0).as_deref(), Some(&*json));
        assert_eq!(cache.get(key, 8, 0), None);
        assert_eq!(cache.get(key, 7, 1), None);
        assert_eq!(cache.get(Key::Account(AccountId(1)), 7, 0), None);
    }

    #[test]
    fn it_is_bounded_by_bytes() {
        let cache = Cache::new(10_000);
        let json: Arc<[u8]> = vec![b'x'; 1_000].into();
        for id in 0..100 {
            cache.keep(Key::Status(StatusId(id)), 1, 0, &json);
        }
        cache.0.run_pending_tasks();
        assert!(cache.0.weighted_size() <= 10_000 && cache.0.entry_count() > 0);
    }
}
