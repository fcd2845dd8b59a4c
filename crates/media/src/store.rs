use std::{fmt, io, ops::Range, pin::Pin};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{Error, Folder, Format, Key, Result};

/// Where files are kept. A file is written whole, once, under a [`Key`] of its own, and never changed, so it
/// may be cached for ever. The content type always follows from the key.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync {
    /// Writes the file; readers see all of it or nothing.
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()>;

    /// Opens the file, or a part of it, for streaming; `None` if there is none, [`Error::Range`] if the range
    /// lies behind its end.
    async fn open(&self, key: &Key, range: Option<ByteRange>) -> Result<Option<Object>>;

    /// Removes the file; one that is not there is no error, for deletion may be repeated.
    async fn delete(&self, key: &Key) -> Result<()>;

    /// True if there is such a file.
    async fn exists(&self, key: &Key) -> Result<bool>;

    /// The whole file in memory; for the server's own use. Serving streams with [`open`](Self::open).
    async fn get(&self, key: &Key) -> Result<Option<Bytes>> {
        let Some(mut object) = self.open(key, None).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        object.body.read_to_end(&mut bytes).await.map_err(Error::storage)?;
        Ok(Some(bytes.into()))
    }

    /// Writes a small file, always the same one, and reads it back: to learn whether a store that has worked still
    /// does. Several processes may do so at once.
    async fn probe(&self) -> Result<()> {
        let (key, bytes) = (Key::probe(), Bytes::from_static(b"probe"));
        self.put(&key, bytes.clone()).await?;
        if self.get(&key).await? == Some(bytes) {
            return Ok(());
        }
        Err(Error::storage(io::Error::other("what was written could not be read back")))
    }

    /// Writes, reads and deletes a small file, to learn whether the store works at all (`stoa doctor`).
    async fn check(&self) -> Result<()> {
        let key = Key::random(Folder::Probes, Format::Png);
        let bytes = Bytes::from_static(b"probe");
        self.put(&key, bytes.clone()).await?;
        let read = self.get(&key).await;
        self.delete(&key).await?;
        if read? != Some(bytes) {
            return Err(Error::storage(io::Error::other("what was written could not be read back")));
        }
        if self.exists(&key).await? {
            return Err(Error::storage(io::Error::other("what was deleted is still there")));
        }
        Ok(())
    }
}

/// A file, or a part of one, on its way out.
pub struct Object {
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// Bytes of the whole file.
    pub len: u64,
    /// Which of them `body` yields; all of them if no range was asked for.
    pub part: Range<u64>,
    /// The bytes.
    pub body: Pin<Box<dyn AsyncRead + Send>>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("content_type", &self.content_type)
            .field("len", &self.len)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

/// The single range of an HTTP `Range` header (RFC 9110 section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=first-` or `bytes=first-last`, both inclusive.
    From {
        /// First byte.
        first: u64,
        /// Last byte; `None` for the end.
        last: Option<u64>,
    },
    /// `bytes=-n`: this many bytes at the end.
    Last(u64),
}

impl ByteRange {
    /// Reads a `Range` header; `None` (send everything) for other units, several ranges and nonsense.
    pub fn parse(header: &str) -> Option<Self> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
        match (first, last) {
            ("", last) => number(last).map(Self::Last),
            (first, "") => Some(Self::From { first: number(first)?, last: None }),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From { first, last: Some(last) })
            }
        }
    }

    /// The bytes meant in a file of `len` bytes, never empty, or [`Error::Range`].
    pub fn within(self, len: u64) -> Result<Range<u64>> {
        let range = match self {
            Self::From { first, last } => first..last.map_or(len, |last| last.saturating_add(1).min(len)),
            Self::Last(count) => len.saturating_sub(count)..len,
        };
        if range.is_empty() { Err(Error::Range { len }) } else { Ok(range) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_clamped_to_the_file() {
        let within = |header| ByteRange::parse(header).unwrap().within(100);
        assert_eq!(within("bytes=0-").unwrap(), 0..100);
        assert_eq!(within("bytes=10-19").unwrap(), 10..20);
        assert_eq!(within("bytes=90-18446744073709551615").unwrap(), 90..100);
        assert_eq!(within("bytes=-5").unwrap(), 95..100);
        assert_eq!(within("bytes=-500").unwrap(), 0..100);
        assert!(matches!(within("bytes=100-"), Err(Error::Range { len: 100 })));
        assert!(within("bytes=-0").is_err());
    }

    #[test]
    fn strange_ranges_are_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "items=0-1",
            "bytes=5-2",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "bytes=a-b",
        ] {
            assert_eq!(ByteRange::parse(header), None, "{header}");
        }
    }
}
