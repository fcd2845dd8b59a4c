//! Uploads: pictures become safe files, then rows.

use bytes::Bytes;
use db::accounts::Account;
use db::media::{Media, NewMedia, kind};
use media::{AVATAR_SIZE, Encoded, Focus, Folder, HEADER_SIZE, Key, Options, process_avatar, process_image};
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
    let processed = blocking(move || process_image(bytes, Options::default())).await?;
    let file_key = store(app, Folder::Media, &processed.original).await?;
    let preview_key = store(app, Folder::Media, &processed.small).await?;
    let new = NewMedia {
        account_id: owner.id,
        status_id: None,
        kind: kind::IMAGE,
        mime: Some(processed.original.format.content_type().to_owned()),
        file_key: Some(file_key),
        preview_key: Some(preview_key),
        remote_url: None,
        description: description.map(|text| text::clean_text(&text, most)).filter(|text| !text.is_empty()),
        blurhash: Some(processed.blurhash.clone()),
        meta: media::meta(&processed, focus),
        position: 0,
    };
    let mut conn = app.conn().await?;
    Ok(db::media::insert(&mut conn, &new).await?)
}

/// Removes the stored files of an attachment; what cannot be removed now is only wasted space.
pub async fn remove_files(app: &App, media: &Media) {
    for key in [&media.file_key, &media.preview_key].into_iter().flatten() {
        if let Some(key) = Key::parse(key)
            && let Err(error) = app.media.delete(&key).await
        {
            tracing::warn!(media.id = %media.id, %error, "A stored file could not be removed");
        }
    }
}

/// Which picture of a profile.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    Avatar,
    Header,
}

/// Stores a new profile picture and returns what the column is set to; `None` leaves it.
pub(crate) async fn replace_picture(
    app: &App,
    picture: Option<Picture>,
    role: Role,
) -> Result<Option<Option<String>>> {
    let (folder, size) = match role {
        Role::Avatar => (Folder::Avatars, AVATAR_SIZE),
        Role::Header => (Folder::Headers, HEADER_SIZE),
    };
    match picture {
        None => Ok(None),
        Some(Picture::Remove) => Ok(Some(None)),
        Some(Picture::Upload(bytes)) => {
            let avatar = blocking(move || process_avatar(Bytes::from(bytes), size)).await?;
            let still = avatar.still.unwrap_or(avatar.image);
            Ok(Some(Some(store(app, folder, &still).await?)))
        }
    }
}

async fn store(app: &App, folder: Folder, file: &Encoded) -> Result<String> {
    let key = Key::random(folder, file.format);
    app.media.put(&key, file.bytes.clone()).await.map_err(refusal)?;
    Ok(key.as_str().to_owned())
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
