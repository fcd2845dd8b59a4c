use std::{
    fs, io,
    io::SeekFrom,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::{ByteRange, Error, Key, Object, Result, Store};

/// Files below one directory, each at the path that its key spells.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// A store below `root`, which is created with the first file.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }
}

#[async_trait]
impl Store for Disk {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        let path = self.path(key);
        let written = tokio::task::spawn_blocking(move || write_atomically(&path, &bytes)).await;
        written.map_err(Error::storage)?.map_err(Error::storage)
    }

    async fn open(&self, key: &Key, range: Option<ByteRange>) -> Result<Option<Object>> {
        let Some(mut file) = found(tokio::fs::File::open(self.path(key)).await)? else { return Ok(None) };
        let metadata = file.metadata().await.map_err(Error::storage)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let len = metadata.len();
        let part = range.map_or(Ok(0..len), |range| range.within(len))?;
        if part.start > 0 {
            file.seek(SeekFrom::Start(part.start)).await.map_err(Error::storage)?;
        }
        let body = Box::pin(file.take(part.end - part.start));
        Ok(Some(Object { content_type: key.content_type(), len, part, body }))
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        found(tokio::fs::remove_file(self.path(key)).await).map(|_| ())
    }

    async fn exists(&self, key: &Key) -> Result<bool> {
        Ok(found(tokio::fs::metadata(self.path(key)).await)?.is_some_and(|metadata| metadata.is_file()))
    }
}

fn found<T>(result: io::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::storage(error)),
    }
}

/// Renaming within a directory replaces in one step; a crash leaves at most a temporary file, whose name no
/// key can spell.
fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().expect("a key has several parts");
    fs::create_dir_all(directory)?;
    let temporary = directory.join(format!(".{}.tmp", hex::encode(rand::random::<[u8; 8]>())));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell of.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::{Folder, Format};

    #[tokio::test]
    async fn files_come_back_as_they_went() {
        let root = tempfile::tempdir().unwrap();
        let store: Box<dyn Store> = Box::new(Disk::new(root.path().join("media")));
        let key = Key::random(Folder::Media, Format::Webp);
        assert!(!store.exists(&key).await.unwrap());
        assert!(store.open(&key, None).await.unwrap().is_none());
        store.delete(&key).await.unwrap();

        store.put(&key, Bytes::from_static(b"0123456789")).await.unwrap();
        assert!(store.exists(&key).await.unwrap());
        assert_eq!(store.get(&key).await.unwrap().unwrap(), "0123456789");
        let directory = root.path().join("media").join(key.as_str());
        assert_eq!(fs::read_dir(directory.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");

        store.put(&key, Bytes::from_static(b"replaced")).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap().unwrap(), "replaced");
        store.delete(&key).await.unwrap();
        assert!(store.get(&key).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn parts_are_served() {
        let root = tempfile::tempdir().unwrap();
        let store = Disk::new(root.path());
        let key = Key::random(Folder::Media, Format::Png);
        store.put(&key, Bytes::from_static(b"0123456789")).await.unwrap();
        let range = ByteRange::parse("bytes=2-5");
        let mut object = store.open(&key, range).await.unwrap().unwrap();
        assert_eq!((object.len, object.part.clone(), object.content_type), (10, 2..6, "image/png"));
        let mut text = String::new();
        object.body.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "2345");
        let behind = store.open(&key, ByteRange::parse("bytes=10-")).await;
        assert!(matches!(behind, Err(Error::Range { len: 10 })));
    }

    #[tokio::test]
    async fn check_tells_whether_the_store_works() {
        let root = tempfile::tempdir().unwrap();
        Disk::new(root.path()).check().await.unwrap();
        Disk::new(root.path()).probe().await.unwrap();
        Disk::new(root.path()).probe().await.unwrap();
        assert!(Disk::new(root.path()).exists(&Key::probe()).await.unwrap());
        assert_eq!(Key::parse(Key::probe().as_str()), Some(Key::probe()));
        let file = root.path().join("file");
        fs::write(&file, "not a directory").unwrap();
        let error = Disk::new(&file).check().await.unwrap_err();
        assert!(!error.is_refusal());
        assert!(Disk::new(&file).probe().await.is_err());
    }
}
