//! Telling one account of what is its own: notifications and conversations. Announcements come along: they are
//! as few.

use std::sync::Arc;

use db::ids::ConversationId;
use db::{AccountId, NotificationId};
use futures::StreamExt;
use serde::Serialize;
use streaming::{Frame, Message, Topic};
use tokio::sync::mpsc::Receiver;

use super::announcements;
use crate::notifications::About;
use crate::{ApiState, Result, conversations};

/// So many are looked up at once; the connections are shared with the teller of statuses.
const AT_ONCE: usize = 2;

pub(super) async fn tell(state: &ApiState, news: Receiver<Message>) {
    let news = futures::stream::unfold(news, async |mut news| news.recv().await.map(|one| (one, news)));
    news.for_each_concurrent(AT_ONCE, async |message| {
        let told = match message {
            Message::Notified { account, notification } => {
                notified(state, AccountId(account), NotificationId(notification)).await
            }
            Message::Conversation { account, conversation } => {
                talked(state, AccountId(account), ConversationId(conversation)).await
            }
            Message::Announced { announcement } => announcements::announced(state, announcement).await,
            Message::AnnouncementReaction { announcement, name } => {
                announcements::reacted(state, announcement, &name).await
            }
            _ => Ok(()),
        };
        if told.is_err() {
            // Its cause was logged where it became an answer.
            tracing::warn!("A listener was not told of something");
        }
    })
    .await;
}

async fn notified(state: &ApiState, viewer: AccountId, id: NotificationId) -> Result<()> {
    let mut conn = state.app.conn().await?;
    // Withdrawn since.
    let Ok(notification) = db::notifications::find_own(&mut conn, viewer, id).await else { return Ok(()) };
    let about = About::load(state, &mut conn, viewer, std::slice::from_ref(&notification)).await?;
    drop(conn);
    let Some(entity) = about.entity(&notification) else { return Ok(()) };
    send(state, &[Topic::HomeAlerts(viewer.0), Topic::Alerts(viewer.0)], "notification", &entity)
}

async fn talked(state: &ApiState, viewer: AccountId, id: ConversationId) -> Result<()> {
    let mut conn = state.app.conn().await?;
    // Removed since.
    let Ok(row) = db::conversations::find_own(&mut conn, viewer, id).await else { return Ok(()) };
    let views = conversations::Views::load(state, &mut conn, viewer, std::slice::from_ref(&row)).await?;
    drop(conn);
    send(state, &[Topic::Direct(viewer.0)], "conversation", &views.entity(&row))
}

fn send(state: &ApiState, topics: &[Topic], event: &'static str, entity: &impl Serialize) -> Result<()> {
    let payload: Arc<str> = serde_json::to_string(entity).map_err(anyhow::Error::new)?.into();
    for topic in topics {
        let frame = Frame::new(topic.names(None), event, Some(Arc::clone(&payload)));
        state.app.hub.send(topic, |_, _| Some(Arc::clone(&frame)));
    }
    Ok(())
}
