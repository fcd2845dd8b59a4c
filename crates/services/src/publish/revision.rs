//! Edits: a new version of a status that is known.

use chrono::{Duration, Utc};
use db::accounts::Account;
use db::media::MediaChanges;
use db::polls::{self, NewPoll};
use db::statuses::{self, Status, StatusChanges};
use db::{AccountId, Conn, MediaId, StatusId, mentions, reply_policies, status_edits, tags};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;

use super::{Origin, Post, RemoteStatus, hang_on};
use crate::events::Event;
use crate::{App, Error, Result};

/// Takes in what a remote author made of a status that is known here. Visibility never changes, and an
/// edit that is not newer than what is known changes nothing.
pub async fn receive_edit(app: &App, author: &Account, status: &Status, remote: RemoteStatus) -> Result<()> {
    if status.account_id != author.id || status.local {
        return Err(Error::Forbidden("Only its author may edit a status"));
    }
    let Some(updated) = remote.updated.map(|at| at.min(Utc::now())).filter(|at| is_newer(*at, status)) else {
        return Ok(());
    };
    let mut conn = app.conn().await?;
    if let Some(poll) = &remote.poll
        && says_the_same(&mut conn, status, &remote, poll).await?
    {
        drop(conn);
        return crate::polls::receive_tallies(app, author, status, poll).await;
    }
    let post = Post {
        visibility: status.visibility,
        content: remote.content,
        spoiler_text: remote.spoiler_text,
        sensitive: remote.sensitive,
        language: remote.language,
        published: status.created_at,
        edited: Some(updated),
        parent: None,
        mentions: remote.mentions,
        silent_mentions: remote.silent_mentions,
        tags: remote.tags,
        poll: remote.poll,
        has_emojis: remote.has_emojis,
        replies: remote.replies,
        quote: remote.quote,
        quote_policy: remote.quote_policy,
        origin: Origin::Remote {
            uri: remote.uri,
            url: remote.url,
            in_reply_to_uri: None,
            media: remote.media,
            upwards: false,
        },
    };
    revise(app, &mut conn, author, status.id, post, &[]).await?;
    Ok(())
}

/// Whether nothing but the tallies of its poll is another one: that is no edit.
async fn says_the_same(
    conn: &mut Conn,
    status: &Status,
    remote: &RemoteStatus,
    poll: &NewPoll,
) -> Result<bool> {
    let same = status.content == remote.content.as_str()
        && status.spoiler_text == remote.spoiler_text
        && status.sensitive == remote.sensitive;
    if !same || !status.has_poll {
        return Ok(false);
    }
    Ok(polls::find(conn, status.id).await.optional()?.is_some_and(|known| poll.asks_as(&known)))
}

fn is_newer(at: chrono::DateTime<Utc>, known: &Status) -> bool {
    at > known.edited_at.unwrap_or(known.created_at)
}

/// Replaces what a status says and what is said of its media, keeps the former version, and records that it
/// happened. What came from elsewhere and is overtaken by a newer version changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when the status was deleted meanwhile.
pub(crate) async fn revise(
    app: &App,
    conn: &mut Conn,
    author: &Account,
    id: StatusId,
    mut post: Post,
    media_changes: &[(MediaId, MediaChanges)],
) -> Result<Status> {
    conn.transaction(async |conn| {
        let status = statuses::lock(conn, id).await?;
        if !status.local && post.edited.is_none_or(|at| !is_newer(at, &status)) {
            return Ok(status);
        }
        if status.local {
            let after = status.edited_at.unwrap_or(status.created_at) + Duration::milliseconds(1);
            post.edited = Some(Utc::now().max(after));
        }
        let attached = db::media::load_for(conn, &[id]).await?.remove(&id).unwrap_or_default();
        let asked = crate::polls::revise(conn, &status, post.poll.as_ref()).await?;
        status_edits::keep(conn, &status, snapshot(&attached), asked.as_deref()).await?;
        for (medium, changes) in media_changes {
            db::media::update(conn, author.id, *medium, changes).await?;
        }
        let before: Vec<AccountId> =
            mentions::of_status(conn, id).await?.into_iter().map(|(account, _)| account).collect();
        if !status.local {
            db::media::delete_of_status(conn, id).await?;
        }
        let revised = statuses::update(conn, id, &changes(&post)).await?;
        tags::detach(conn, id).await?;
        hang_on(conn, author, &post, id).await?;
        if !status.local {
            reply_policies::set(conn, id, post.replies.as_ref()).await?;
        }
        crate::quotes::revise(app, conn, author, &status, &post).await?;
        mentions::silence_others(conn, id, &post.mentions).await?;
        let mentioned = post.mentions.iter().filter(|account| !before.contains(account)).copied().collect();
        Event::StatusEdited { status: id, mentioned }.emit(conn).await?;
        Ok::<_, Error>(revised)
    })
    .await
}

fn changes(post: &Post) -> StatusChanges {
    let (source, content_type, media_count) = match &post.origin {
        Origin::Local { source, content_type, media, .. } => {
            (Some(source.clone()), *content_type, media.len())
        }
        Origin::Remote { media, .. } => (None, 0, media.len()),
    };
    let count = |n: usize| i16::try_from(n).unwrap_or(i16::MAX);
    StatusChanges {
        content: post.content.as_str().to_owned(),
        spoiler_text: post.spoiler_text.clone(),
        sensitive: post.sensitive,
        language: post.language.clone(),
        source,
        content_type,
        media_count: count(media_count),
        mentions_count: count(post.mentions.len()),
        tags_count: count(post.tags.len()),
        emojis_count: i16::from(post.has_emojis),
        edited_at: post.edited,
        has_poll: post.poll.is_some(),
    }
}

/// What a former version remembers of its media.
fn snapshot(media: &[db::media::Media]) -> serde_json::Value {
    media.iter().map(|m| serde_json::json!({ "id": m.id, "description": m.description })).collect()
}
