//! Telling everybody who listens to a home timeline of announcements.

use std::sync::Arc;

use db::announcements;
use serde_json::json;

use crate::{ApiState, Result, entities};

/// As somebody sees it who has not read it and has not reacted.
pub(super) async fn announced(state: &ApiState, id: i64) -> Result<()> {
    let mut conn = state.app.conn().await?;
    // Taken back since.
    let Ok(row) = announcements::find(&mut conn, id).await else { return Ok(()) };
    let views = announcements::views(&mut conn, None, vec![row]).await?;
    drop(conn);
    for entity in entities::Announcement::list(&state.app.urls, &views) {
        let payload: Arc<str> = serde_json::to_string(&entity).map_err(anyhow::Error::new)?.into();
        state.app.hub.send_home("announcement", &payload);
    }
    Ok(())
}

/// How many there are now; none when the last was taken back.
pub(super) async fn reacted(state: &ApiState, id: i64, name: &str) -> Result<()> {
    let mut conn = state.app.conn().await?;
    let Ok(row) = announcements::find(&mut conn, id).await else { return Ok(()) };
    let views = announcements::views(&mut conn, None, vec![row]).await?;
    drop(conn);
    let urls = &state.app.urls;
    let reaction = views.iter().find_map(|view| {
        let reaction = view.reactions.iter().find(|reaction| reaction.name == name)?;
        Some(entities::Reaction::new(urls, reaction, &view.pictures))
    });
    let count = reaction.as_ref().map_or(0, |reaction| reaction.count);
    let mut told = json!({ "name": name, "count": count, "announcement_id": id.to_string() });
    if let Some(entities::Reaction { url: Some(url), static_url: Some(still), .. }) = reaction {
        told["url"] = url.into();
        told["static_url"] = still.into();
    }
    state.app.hub.send_home("announcement.reaction", &told.to_string().into());
    Ok(())
}
