use std::sync::Mutex;
use std::time::{Duration, Instant};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::indexes::Index;
use serde::{Deserialize, Serialize};

use crate::documents::{ACCOUNTS, STATUSES, TAGS, indexes};
use crate::http::Http;
use crate::{AccountDocument, StatusDocument, TagDocument};

/// For how long nothing is asked of a server that has just failed to answer.
const REST: Duration = Duration::from_secs(10);

/// Why Meilisearch did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It failed a moment ago, and is given time.
    #[error("Meilisearch failed a moment ago")]
    Resting,
    /// It did not answer, or refused.
    #[error("Meilisearch: {0}")]
    Failed(#[from] meilisearch_sdk::errors::Error),
}

type Result<T> = std::result::Result<T, Error>;

/// Which part of the hits is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Skip so many.
    pub offset: usize,
    /// At most so many.
    pub limit: usize,
}

/// Which statuses are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Who looks for them.
    pub viewer: i64,
    /// Only by this account.
    pub by: Option<i64>,
    /// Only with media.
    pub only_media: bool,
    /// Only with ids below this.
    pub below: i64,
    /// Only with ids above this.
    pub above: i64,
}

impl Wanted {
    /// As a filter (<https://www.meilisearch.com/docs/learn/filtering_and_sorting/filter_expression_reference>).
    fn filter(&self) -> String {
        let conditions = [
            Some(format!("(open = true OR readers = {})", self.viewer)),
            self.by.map(|by| format!("account_id = {by}")),
            self.only_media.then(|| "media = true".to_owned()),
            (self.below < i64::MAX).then(|| format!("id < {}", self.below)),
            (self.above > 0).then(|| format!("id > {}", self.above)),
        ];
        conditions.into_iter().flatten().collect::<Vec<_>>().join(" AND ")
    }
}

/// A Meilisearch server with our three indexes.
#[derive(Debug)]
pub struct Meilisearch {
    client: Client<Http>,
    prefix: String,
    failed: Mutex<Option<Instant>>,
}

#[derive(Deserialize)]
struct Hit {
    id: i64,
}

impl Meilisearch {
    /// The server at this address, with a key that may read and write indexes whose names begin with the
    /// prefix. Nothing is connected yet.
    ///
    /// # Errors
    /// When the key cannot stand in a header.
    pub fn new(url: &str, key: Option<&str>, prefix: String) -> Result<Self> {
        let http = Http::new(key)?;
        let client = Client::new_with_client(url.trim_end_matches('/'), key, http);
        Ok(Self { client, prefix, failed: Mutex::new(None) })
    }

    /// Tells it the settings of each index, which makes those that are not there.
    pub async fn prepare(&self) -> Result<()> {
        for (name, settings) in indexes() {
            self.noted(self.index(name).set_settings(&settings).await)?;
        }
        Ok(())
    }

    /// Whether it is asked at all: it has not failed lately.
    pub fn is_awake(&self) -> bool {
        let failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        failed.is_none_or(|when| when.elapsed() > REST)
    }

    /// Asks for a sign of life (`stoa doctor`).
    pub async fn ping(&self) -> Result<()> {
        self.noted(self.client.health().await.map(|_| ()))
    }

    /// Accounts by handle, name and description.
    pub async fn accounts(&self, text: &str, slice: Slice) -> Result<Vec<i64>> {
        self.search(ACCOUNTS, text, None, slice).await
    }

    /// Statuses by words.
    pub async fn statuses(&self, text: &str, wanted: Wanted, slice: Slice) -> Result<Vec<i64>> {
        self.search(STATUSES, text, Some(wanted.filter()), slice).await
    }

    /// Tags by the beginning of their name.
    pub async fn tags(&self, text: &str, slice: Slice) -> Result<Vec<i64>> {
        self.search(TAGS, text, None, slice).await
    }

    /// Adds these accounts, or what is new of them.
    pub async fn put_accounts(&self, documents: &[AccountDocument]) -> Result<()> {
        self.put(ACCOUNTS, documents).await
    }

    /// Adds these statuses, or what is new of them.
    pub async fn put_statuses(&self, documents: &[StatusDocument]) -> Result<()> {
        self.put(STATUSES, documents).await
    }

    /// Adds these tags, or what is new of them.
    pub async fn put_tags(&self, documents: &[TagDocument]) -> Result<()> {
        self.put(TAGS, documents).await
    }

    /// Forgets these accounts.
    pub async fn remove_accounts(&self, ids: &[i64]) -> Result<()> {
        self.remove(ACCOUNTS, ids).await
    }

    /// Forgets these statuses.
    pub async fn remove_statuses(&self, ids: &[i64]) -> Result<()> {
        self.remove(STATUSES, ids).await
    }

    fn index(&self, name: &str) -> Index<Http> {
        self.client.index(format!("{}{name}", self.prefix))
    }

    async fn search(
        &self,
        index: &str,
        text: &str,
        filter: Option<String>,
        slice: Slice,
    ) -> Result<Vec<i64>> {
        if !self.is_awake() {
            return Err(Error::Resting);
        }
        let index = self.index(index);
        let mut query = index.search();
        query.with_query(text).with_offset(slice.offset).with_limit(slice.limit);
        if let Some(filter) = &filter {
            query.with_filter(filter);
        }
        let found = self.noted(query.execute::<Hit>().await)?;
        Ok(found.hits.into_iter().map(|hit| hit.result.id).collect())
    }

    /// Meilisearch works later, in the order in which it was told.
    async fn put<T: Serialize + Send + Sync>(&self, index: &str, documents: &[T]) -> Result<()> {
        if documents.is_empty() {
            return Ok(());
        }
        self.noted(self.index(index).add_or_replace(documents, Some("id")).await.map(|_| ()))
    }

    async fn remove(&self, index: &str, ids: &[i64]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.noted(self.index(index).delete_documents(ids).await.map(|_| ()))
    }

    /// Remembers whether it answered.
    fn noted<T>(&self, answer: std::result::Result<T, meilisearch_sdk::errors::Error>) -> Result<T> {
        let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *failed = answer.is_err().then(Instant::now);
        Ok(answer?)
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn a_filter_names_who_may_find() {
        let all = Wanted { viewer: 7, by: None, only_media: false, below: i64::MAX, above: 0 };
        assert_eq!(all.filter(), "(open = true OR readers = 7)");
        let some = Wanted { by: Some(3), only_media: true, below: 9, above: 2, ..all };
        assert_eq!(
            some.filter(),
            "(open = true OR readers = 7) AND account_id = 3 AND media = true AND id < 9 AND id > 2"
        );
    }
}
