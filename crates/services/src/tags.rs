//! What people do with hashtags: follow them, and show them on their profiles.

use db::accounts::Account;
use db::tags::{self, Tag};
use db::{Conn, featured_tags, tag_follows};
use diesel_async::AsyncConnection;

use crate::{App, Error, Result, news};

/// Tags that one account may show on its profile.
const MOST_FEATURED: i64 = 10;

/// The tag with this name in any spelling, made if nobody used it yet.
async fn find_or_make(conn: &mut Conn, name: &str) -> Result<Tag> {
    let normal = text::normalise_tag(name).ok_or_else(|| Error::invalid("Tag is invalid"))?;
    Ok(tags::find_or_make(conn, &normal, name.trim().trim_start_matches(['#', '＃'])).await?)
}

/// Lets a tag's public statuses come to the account's home timeline; twice is once.
pub async fn follow(app: &App, by: &Account, name: &str) -> Result<Tag> {
    let most = i64::from(app.config.limits.max_followed_tags);
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let tag = find_or_make(conn, name).await?;
        if tag_follows::insert(conn, by.id, tag.id).await? {
            if tag_follows::count(conn, by.id).await? > most {
                return Err(Error::invalid(format!("You cannot follow more than {most} hashtags")));
            }
            news::feed_changed(conn, &[by.id]).await?;
        }
        Ok(tag)
    })
    .await
}

/// Ends that; it need not have begun.
pub async fn unfollow(app: &App, by: &Account, tag: &Tag) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if tag_follows::delete(conn, by.id, tag.id).await? {
            news::feed_changed(conn, &[by.id]).await?;
        }
        Ok(())
    })
    .await
}

/// Shows a tag on the account's profile; twice is once.
pub async fn feature(app: &App, by: &Account, name: &str) -> Result<Tag> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let tag = find_or_make(conn, name).await?;
        let spelt = name.trim().trim_start_matches(['#', '＃']);
        if featured_tags::insert(conn, by.id, tag.id, spelt).await?
            && featured_tags::count(conn, by.id).await? > MOST_FEATURED
        {
            return Err(Error::invalid("You have already featured the maximum number of hashtags"));
        }
        Ok(tag)
    })
    .await
}

/// Shows a tag on the account's profile no more; it need not have been there.
pub async fn unfeature(app: &App, by: &Account, tag: &Tag) -> Result<()> {
    let mut conn = app.conn().await?;
    featured_tags::delete(&mut conn, by.id, tag.id).await?;
    Ok(())
}

/// The same by the number that the tag has on the profile.
///
/// # Errors
/// [`Error::NotFound`] when it is not one of the account's.
pub async fn unfeature_row(app: &App, by: &Account, id: i64) -> Result<()> {
    let mut conn = app.conn().await?;
    if featured_tags::delete_row(&mut conn, by.id, id).await? { Ok(()) } else { Err(Error::NotFound) }
}
