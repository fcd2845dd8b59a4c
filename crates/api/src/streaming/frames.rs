//! From news on the bus to what one listener is told.

use db::status_views::StatusView;
use db::{AccountId, Conn, NotificationId, StatusId, Visibility};
use http::StatusCode;
use streaming::{Listening, MAX_STREAMS, Message};

use super::channel::{Channel, Origin};
use crate::auth::Viewer;
use crate::{ApiState, Error, Result, entities};

/// Something to tell a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// On which stream.
    pub(super) channel: Channel,
    /// `update`, `status.update`, `delete`, `notification`.
    pub(super) event: &'static str,
    /// JSON as text; of `delete`, an id.
    pub(super) payload: String,
}

/// A place for one more stream of a viewer; 429 when it has too many open.
pub(super) fn seat(state: &ApiState, viewer: &Viewer) -> Result<Listening> {
    let account = viewer.require_any(&["read:statuses", "read:notifications"])?;
    state.app.hub.listen(account.id.0).ok_or_else(|| {
        Error::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("At most {MAX_STREAMS} streams can be open at once"),
        )
    })
}

/// Whether a listener must go: its token is worth nothing any more, or may be, and is not.
pub(super) async fn is_over(state: &ApiState, viewer: &Viewer, message: &Message) -> bool {
    match message {
        Message::TokenRevoked { token } => *token == viewer.token().0,
        Message::Missed => {
            let Ok(mut conn) = state.app.conn().await else { return true };
            !db::access_tokens::is_live(&mut conn, viewer.token()).await.unwrap_or(false)
        }
        _ => false,
    }
}

/// What a message means for a viewer who listens to these streams.
pub(super) async fn frames(
    state: &ApiState,
    listener: &Viewer,
    channels: &[Channel],
    message: &Message,
) -> Result<Vec<Frame>> {
    let viewer = listener.require_any(&["read:statuses", "read:notifications"])?.id;
    match message {
        Message::Published { status, readers, open, .. } => {
            let id = StatusId(*status);
            let concerned = channels.contains(&Channel::User) && readers.contains(&viewer.0);
            let mut told = if concerned { home(state, viewer, id).await? } else { Vec::new() };
            if *open {
                told.extend(public(state, viewer, channels, id, "update").await?);
            }
            Ok(told)
        }
        Message::Edited { status } => {
            let id = StatusId(*status);
            let mut told = public(state, viewer, channels, id, "status.update").await?;
            if channels.contains(&Channel::User) {
                told.extend(edited(state, viewer, id).await?);
            }
            Ok(told)
        }
        Message::Deleted { status } => Ok(deleted(channels, *status)),
        Message::Notified { account, notification }
            if *account == viewer.0 && listener.require("read:notifications").is_ok() =>
        {
            notified(state, viewer, channels, NotificationId(*notification)).await
        }
        Message::Notified { .. }
        | Message::FeedChanged { .. }
        | Message::Missed
        | Message::TokenRevoked { .. } => Ok(Vec::new()),
    }
}

async fn home(state: &ApiState, viewer: AccountId, id: StatusId) -> Result<Vec<Frame>> {
    let mut conn = state.app.conn().await?;
    let welcome = db::feeds::still_welcome(&mut conn, viewer, &[id]).await?;
    let Some(view) = load(&mut conn, viewer, &welcome).await? else { return Ok(Vec::new()) };
    Ok(vec![Frame { channel: Channel::User, event: "update", payload: json(state, &view)? }])
}

async fn edited(state: &ApiState, viewer: AccountId, id: StatusId) -> Result<Vec<Frame>> {
    let mut conn = state.app.conn().await?;
    let Some(view) = load(&mut conn, viewer, &[id]).await? else { return Ok(Vec::new()) };
    let author = view.status.account_id;
    let at_home = author == viewer
        || view.mentions.iter().any(|mention| mention.account_id == viewer)
        || db::follows::find(&mut conn, viewer, author).await?.is_some();
    if !at_home {
        return Ok(Vec::new());
    }
    Ok(vec![Frame { channel: Channel::User, event: "status.update", payload: json(state, &view)? }])
}

async fn public(
    state: &ApiState,
    viewer: AccountId,
    channels: &[Channel],
    id: StatusId,
    event: &'static str,
) -> Result<Vec<Frame>> {
    if !channels.iter().any(|channel| matches!(channel, Channel::Public { .. } | Channel::Hashtag { .. })) {
        return Ok(Vec::new());
    }
    let mut conn = state.app.conn().await?;
    let welcome = db::feeds::still_welcome(&mut conn, viewer, &[id]).await?;
    let Some(view) = load(&mut conn, viewer, &welcome).await? else { return Ok(Vec::new()) };
    let wanted: Vec<&Channel> = channels.iter().filter(|channel| belongs(channel, &view)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let payload = json(state, &view)?;
    Ok(wanted
        .into_iter()
        .map(|channel| Frame { channel: channel.clone(), event, payload: payload.clone() })
        .collect())
}

/// Whether a public stream shows a status, by the rules of the timeline of the same name.
fn belongs(channel: &Channel, view: &StatusView) -> bool {
    let status = &view.status;
    let open = status.visibility == Visibility::Public
        && status.reblog_of_id.is_none()
        && view.account.account.silenced_at.is_none();
    match channel {
        Channel::Public { origin, only_media } => {
            let answers_others =
                status.in_reply_to_uri.is_some() && status.in_reply_to_account_id != Some(status.account_id);
            let origin = match origin {
                Origin::Any => true,
                Origin::Local => status.local,
                Origin::Remote => !status.local,
            };
            open && origin && !answers_others && (!only_media || status.media_count > 0)
        }
        Channel::Hashtag { tag, local } => {
            open && (!local || status.local) && view.tags.iter().any(|own| own.name == *tag)
        }
        Channel::User | Channel::UserNotification => false,
    }
}

/// Who listens to statuses is told the bare id of one that is gone; it says nothing of what it was.
fn deleted(channels: &[Channel], status: i64) -> Vec<Frame> {
    channels
        .iter()
        .filter(|channel| !matches!(channel, Channel::UserNotification))
        .map(|channel| Frame { channel: channel.clone(), event: "delete", payload: status.to_string() })
        .collect()
}

async fn notified(
    state: &ApiState,
    viewer: AccountId,
    channels: &[Channel],
    id: NotificationId,
) -> Result<Vec<Frame>> {
    let wanted: Vec<&Channel> = channels
        .iter()
        .filter(|channel| matches!(channel, Channel::User | Channel::UserNotification))
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut conn = state.app.conn().await?;
    let notification = db::notifications::find_own(&mut conn, viewer, id).await?;
    let from = db::account_views::find(&mut conn, notification.from_account_id).await?;
    let status = match notification.status_id {
        Some(status) => load(&mut conn, viewer, &[status]).await?,
        None => None,
    };
    if notification.status_id.is_some() && status.is_none() || from.account.suspended_at.is_some() {
        return Ok(Vec::new());
    }
    let entity = entities::Notification::new(&state.app.urls, &notification, &from, status.as_ref());
    let payload = serde_json::to_string(&entity).map_err(anyhow::Error::new)?;
    Ok(wanted
        .into_iter()
        .map(|channel| Frame { channel: channel.clone(), event: "notification", payload: payload.clone() })
        .collect())
}

async fn load(conn: &mut Conn, viewer: AccountId, ids: &[StatusId]) -> Result<Option<StatusView>> {
    Ok(db::status_views::load(conn, Some(viewer), ids).await?.pop())
}

fn json(state: &ApiState, view: &StatusView) -> Result<String> {
    let entity = entities::Status::new(&state.app.urls, view);
    Ok(serde_json::to_string(&entity).map_err(anyhow::Error::new)?)
}
