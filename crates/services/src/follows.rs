//! Following: asking, granting, refusing, ending.

use chrono::Utc;
use db::accounts::{self, Account};
use db::follows::{self, Options};
use db::notifications::{self, Kind};
use db::{AccountId, Conn, endorsements, lists, relationships, statuses};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::{App, Error, Result, news};

/// Lets `by` follow `of`, or ask to: a remote account grants it with an Accept, a locked local one by hand.
/// Doing it again changes only the options. `uri` is the id of a remote Follow.
///
/// # Errors
/// [`Error::Gone`] when that was taken back before.
pub async fn follow(
    app: &App,
    by: &Account,
    of: &Account,
    options: &Options,
    uri: Option<&str>,
) -> Result<()> {
    if by.id == of.id {
        return Err(Error::invalid("You cannot follow yourself"));
    }
    if of.is_instance_actor() || by.is_instance_actor() || of.suspended_at.is_some() {
        return Err(Error::NotFound);
    }
    if of.moved_to_id.is_some() {
        return Err(Error::Forbidden("This account has moved; follow the new one"));
    }
    let mut conn = app.conn().await?;
    let most = i64::from(app.config.limits.max_follows);
    conn.transaction(async |conn| {
        if let Some(uri) = uri
            && db::tombstones::hold(conn, uri, &by.uri).await?
        {
            return Err(Error::Gone);
        }
        relationships::lock_pair(conn, by.id, of.id).await?;
        if relationships::either_blocks(conn, by.id, of.id).await? {
            return Err(Error::Forbidden("This action is not allowed"));
        }
        if follows::update(conn, by.id, of.id, options).await?.is_some() {
            return repeat(conn, by, of, uri).await;
        }
        if by.is_local() && accounts::following_count(conn, by.id).await? >= most {
            return Err(Error::invalid(format!("You cannot follow more than {most} accounts")));
        }
        let must_ask = !of.is_local() || of.locked || by.silenced_at.is_some();
        if must_ask {
            ask(app, conn, by, of, options, uri).await
        } else {
            start(conn, by, of, options, uri).await
        }
    })
    .await
}

/// A Follow that came again: its id is the one that counts from now on, and it is answered again.
async fn repeat(conn: &mut Conn, by: &Account, of: &Account, uri: Option<&str>) -> Result<()> {
    if let Some(uri) = uri {
        follows::set_uri(conn, by.id, of.id, uri).await?;
        Event::FollowRepeated { by: by.id, of: of.id }.emit(conn).await?;
    } else {
        news::feed_changed(conn, &[by.id]).await?;
    }
    Ok(())
}

async fn ask(
    app: &App,
    conn: &mut Conn,
    by: &Account,
    of: &Account,
    options: &Options,
    uri: Option<&str>,
) -> Result<()> {
    let own = match uri {
        None if !of.is_local() => {
            let number = statuses::new_id(conn, Utc::now()).await?;
            Some(app.urls.follow(&by.username, number.0))
        }
        _ => None,
    };
    let uri = uri.or(own.as_deref());
    if follows::insert_request(conn, by.id, of.id, uri, options).await?.is_some() {
        Event::FollowRequested { by: by.id, of: of.id }.emit(conn).await?;
        return Ok(());
    }
    follows::update_request(conn, by.id, of.id, options).await?;
    if let (Some(uri), false) = (uri, by.is_local()) {
        follows::set_request_uri(conn, by.id, of.id, uri).await?;
    }
    Ok(())
}

async fn start(
    conn: &mut Conn,
    by: &Account,
    of: &Account,
    options: &Options,
    uri: Option<&str>,
) -> Result<()> {
    if follows::insert(conn, by.id, of.id, uri, options).await?.is_some() {
        accounts::count_follow(conn, by.id, of.id, 1).await?;
        news::feed_changed(conn, &[by.id]).await?;
        Event::Followed { by: by.id, of: of.id }.emit(conn).await?;
    }
    Ok(())
}

/// Grants a request: `of` lets `by` follow.
///
/// # Errors
/// [`Error::NotFound`] when nobody asked.
pub async fn accept(app: &App, of: &Account, by: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let request = follows::delete_request(conn, by.id, of.id).await?.ok_or(Error::NotFound)?;
        notifications::withdraw(conn, of.id, by.id, Kind::FollowRequest, None).await?;
        let options = Options {
            show_reblogs: Some(request.show_reblogs),
            notify: Some(request.notify),
            languages: request.languages,
        };
        start(conn, by, of, &options, request.uri.as_deref()).await
    })
    .await
}

/// Refuses a request, or removes a follower: `of` does not let `by` follow (any more).
///
/// # Errors
/// [`Error::NotFound`] when `by` neither asked nor follows.
pub async fn reject(app: &App, of: &Account, by: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let uri = end(conn, by.id, of.id).await?.ok_or(Error::NotFound)?;
        Event::FollowRejected { by: by.id, of: of.id, uri }.emit(conn).await?;
        Ok::<_, Error>(())
    })
    .await
}

/// Stops following, or takes a request back; there need not be either.
pub async fn unfollow(app: &App, by: &Account, of: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(uri) = end(conn, by.id, of.id).await? {
            Event::Unfollowed { by: by.id, of: of.id, uri }.emit(conn).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}

/// Removes follow and request of a pair with counters and notifications; `Some` is the id of the Follow
/// activity (if it has one) of what there was.
pub(crate) async fn end(conn: &mut Conn, by: AccountId, of: AccountId) -> Result<Option<Option<String>>> {
    let request = follows::delete_request(conn, by, of).await?;
    if request.is_some() {
        notifications::withdraw(conn, of, by, Kind::FollowRequest, None).await?;
    }
    let follow = follows::delete(conn, by, of).await?;
    if follow.is_some() {
        accounts::count_follow(conn, by, of, -1).await?;
        endorsements::delete(conn, by, of).await?;
        notifications::withdraw(conn, of, by, Kind::Follow, None).await?;
        news::feed_changed(conn, &[by]).await?;
    }
    if follow.is_some() || request.is_some() {
        lists::remove_from_all(conn, by, of).await?;
    }
    Ok(follow.or(request).map(|row| row.uri))
}
