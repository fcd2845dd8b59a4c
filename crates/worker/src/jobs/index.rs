//! Telling Meilisearch what is new.

use db::statuses;
use db::{Conn, StatusId};
use diesel::OptionalExtension;
use services::App;
use services::events::Event;
use services::search::Index;

use crate::Parts;

/// Tells it.
pub(crate) async fn run(parts: Parts, job: Index) -> anyhow::Result<()> {
    job.carry_out(&parts.app).await
}

/// Requests what follows from an event for those who search.
pub(crate) async fn follow(app: &App, conn: &mut Conn, event: &Event) -> anyhow::Result<()> {
    if app.search.is_none() {
        return Ok(());
    }
    let index = match event {
        Event::StatusCreated { status, .. } => Index::status(original(conn, *status).await?),
        Event::StatusEdited { status, .. }
        | Event::StatusDeleted { status, .. }
        | Event::StatusFavourited { status, .. }
        | Event::StatusUnfavourited { status, .. } => Index::status(*status),
        Event::ReblogDeleted { of, .. } => Index::status(*of),
        Event::AccountUpdated { account } | Event::AccountDeleted { account } => Index::account(*account),
        Event::Followed { of, .. } | Event::Unfollowed { of, .. } => Index::account(*of),
        _ => return Ok(()),
    };
    index.request(app, conn).await?;
    Ok(())
}

/// The status, or what it reblogs.
async fn original(conn: &mut Conn, id: StatusId) -> anyhow::Result<StatusId> {
    let status = statuses::find(conn, id).await.optional()?;
    Ok(status.and_then(|status| status.reblog_of_id).unwrap_or(id))
}
