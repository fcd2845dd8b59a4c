//! Uploads: pictures become safe files, then rows.

use bytes::Bytes;
use chrono::Utc;
use db::accounts::Account;
use db::media::{Media, MediaChanges, NewMedia, kind};
use db::{AccountId, Conn, MediaId, StatusId};
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use media::{AVATAR_SIZE, Encoded, Focus, Folder, HEADER_SIZE, Key, Options, process_avatar, process_image};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::accounts::Picture;
use crate::{App, Error, Result};

/// Decoding is heavy on CPU and memory: so many at a time in a process.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// Stores an uploaded picture with its preview, ready to be attached.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong with the file.
pub async fn upload(
    app: &App,
    owner: &Account,
    bytes: Bytes,
    description: Option<String>,
    focus: Option<Focus>,
) -> Result<Media> {
    let most = app.config.media.max_description_chars as usize;
    if description.as_ref().is_some_and(|text| text.chars().count() > most) {
        return Err(Error::invalid(format!("Description is too long (maximum is {most} characters)")));
    }
    let options = Options { max_pixels: app.config.media.max_image_pixels, ..Options::default() };
    let processed = blocking(move || process_image(bytes, options)).await?;
    let stored = store(app, Folder::Media, &[&processed.original, &processed.small]).await?;
    let mut keys = stored.keys.iter().cloned();
    let new = NewMedia {
        account_id: owner.id,
        status_id: None,
        kind: kind::IMAGE,
        mime: Some(processed.original.format.content_type().to_owned()),
        file_key: keys.next(),
        preview_key: keys.next(),
        remote_url: None,
        description: description.map(|text| text::clean_text(&text, most)).filter(|text| !text.is_empty()),
        blurhash: Some(processed.blurhash.clone()),
        meta: media::meta(&processed, focus),
        position: 0,
    };
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        stored.keep(conn).await?;
        Ok(db::media::insert(conn, &new).await?)
    })
    .await
}

/// Files that nothing refers to any more: enqueued in the transaction that drops the last reference, so that
/// a file is never removed too early, and never forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveFiles {
    /// Keys in the store of media.
    pub keys: Vec<String>,
    /// Names the promise, if it may be taken back.
    #[serde(default)]
    pub ticket: Option<String>,
}

impl Job for RemoveFiles {
    const KIND: &'static str = "remove_files";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 50;
    const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(5);

    fn dedup_key(&self) -> Option<String> {
        self.ticket.clone()
    }
}

impl RemoveFiles {
    /// Promises that these files go, in the caller's transaction.
    pub async fn promise(conn: &mut Conn, keys: Vec<String>) -> diesel::result::QueryResult<()> {
        if keys.is_empty() { Ok(()) } else { jobs::enqueue(conn, &Self { keys, ticket: None }).await }
    }

    /// Removes them; one that is gone already is as good.
    pub async fn carry_out(&self, app: &App) -> anyhow::Result<()> {
        for key in self.keys.iter().filter_map(|key| Key::parse(key)) {
            app.media.delete(&key).await?;
        }
        Ok(())
    }
}

/// Attaches media to a status of their owner in the order given, and lets go of others that it had, in the
/// caller's transaction.
///
/// # Errors
/// [`Error::Invalid`] when one of them hangs on another status by now.
pub(crate) async fn attach(
    conn: &mut Conn,
    owner: AccountId,
    status: StatusId,
    ids: &[MediaId],
) -> Result<()> {
    if db::media::attach(conn, owner, status, ids).await? {
        Ok(())
    } else {
        Err(Error::invalid("Media does not exist or belongs to another post"))
    }
}

/// Changes description or focus of an attachment that hangs on no status.
///
/// # Errors
/// [`Error::NotFound`] for one that does: it is changed with its status, so that readers learn of it.
pub async fn describe(app: &App, owner: &Account, id: MediaId, changes: &MediaChanges) -> Result<Media> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let before = db::media::find_own(conn, owner.id, id).await?;
        if before.status_id.is_some() {
            return Err(Error::NotFound);
        }
        match changes {
            MediaChanges { description: None, meta: None } => Ok(before),
            changes => Ok(db::media::update(conn, owner.id, id, changes).await?),
        }
    })
    .await
}

/// Removes attachments of one owner that hang on no status, and their files; others stay.
pub async fn remove(app: &App, owner: &Account, ids: &[MediaId]) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let mut keys = Vec::new();
        for id in ids {
            if let Some(gone) = db::media::delete_unattached(conn, owner.id, *id).await? {
                keys.extend([gone.file_key, gone.preview_key].into_iter().flatten());
            }
        }
        Ok::<_, Error>(RemoveFiles::promise(conn, keys).await?)
    })
    .await
}

/// The picture of a card, stored, to be kept with it.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are columns of cards")]
pub struct CardPicture {
    pub image_key: Option<String>,
    pub blurhash: String,
    pub width: u32,
    pub height: u32,
    stored: Stored,
}

impl CardPicture {
    /// See [`Stored::keep`].
    pub(crate) async fn keep(&self, conn: &mut Conn) -> Result<()> {
        self.stored.keep(conn).await
    }
}

/// Stores a small copy of a picture for a card.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong with the file.
pub async fn store_for_card(app: &App, bytes: Bytes) -> Result<CardPicture> {
    let options = Options { max_pixels: app.config.media.max_image_pixels, ..Options::default() };
    let processed = blocking(move || process_image(bytes, options)).await?;
    let small = &processed.small;
    let stored = store(app, Folder::Cards, &[small]).await?;
    Ok(CardPicture {
        image_key: stored.keys.first().cloned(),
        blurhash: processed.blurhash,
        width: small.width,
        height: small.height,
        stored,
    })
}

/// Which picture of a profile.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    Avatar,
    Header,
}

/// What the column of a picture is set to, and the file behind it, which is to be kept in the same transaction.
pub(crate) struct Replacement {
    /// `None` leaves it.
    pub(crate) column: Option<Option<String>>,
    stored: Option<Stored>,
}

impl Replacement {
    /// See [`Stored::keep`].
    pub(crate) async fn keep(&self, conn: &mut Conn) -> Result<()> {
        match &self.stored {
            Some(stored) => stored.keep(conn).await,
            None => Ok(()),
        }
    }
}

/// Stores a new profile picture.
pub(crate) async fn replace_picture(app: &App, picture: Option<Picture>, role: Role) -> Result<Replacement> {
    let (folder, size) = match role {
        Role::Avatar => (Folder::Avatars, AVATAR_SIZE),
        Role::Header => (Folder::Headers, HEADER_SIZE),
    };
    match picture {
        None => Ok(Replacement { column: None, stored: None }),
        Some(Picture::Remove) => Ok(Replacement { column: Some(None), stored: None }),
        Some(Picture::Upload(bytes)) => {
            let most = app.config.media.max_image_pixels;
            let avatar = blocking(move || process_avatar(Bytes::from(bytes), size, most)).await?;
            let stored = store(app, folder, &[&avatar.still.unwrap_or(avatar.image)]).await?;
            Ok(Replacement { column: Some(stored.keys.first().cloned()), stored: Some(stored) })
        }
    }
}

/// How long a file may lie there before a row refers to it. Writing one takes a minute at most.
const UNKEPT_FOR: chrono::Duration = chrono::Duration::hours(1);

/// Files that go again by themselves unless they are kept: whatever comes between, none stays that no row knows.
#[derive(Debug)]
struct Stored {
    keys: Vec<String>,
    ticket: String,
}

impl Stored {
    /// They stay, if the caller's transaction, which writes the row that refers to them, does.
    ///
    /// # Errors
    /// [`Error::Busy`] when they are being removed.
    async fn keep(&self, conn: &mut Conn) -> Result<()> {
        if jobs::withdraw::<RemoveFiles>(conn, &self.ticket).await? { Ok(()) } else { Err(Error::Busy) }
    }
}

async fn store(app: &App, folder: Folder, files: &[&Encoded]) -> Result<Stored> {
    let named: Vec<_> = files.iter().map(|file| (Key::random(folder, file.format), file)).collect();
    let keys: Vec<String> = named.iter().map(|(key, _)| key.as_str().to_owned()).collect();
    let ticket = keys.first().cloned().unwrap_or_default();
    let removal = RemoveFiles { keys: keys.clone(), ticket: Some(ticket.clone()) };
    jobs::enqueue_at(&mut *app.conn().await?, &removal, Utc::now() + UNKEPT_FOR).await?;
    for (key, file) in named {
        app.media.put(&key, file.bytes.clone()).await.map_err(refusal)?;
    }
    Ok(Stored { keys, ticket })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, media::Error> + Send + 'static,
) -> Result<T> {
    let permit = DECODERS.acquire().await.map_err(|error| Error::Internal(error.into()))?;
    let result = tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))?;
    drop(permit);
    result.map_err(refusal)
}

/// A file that is refused is the sender's matter; anything else is ours.
fn refusal(error: media::Error) -> Error {
    if error.is_refusal() { Error::invalid(error.to_string()) } else { Error::Internal(error.into()) }
}
