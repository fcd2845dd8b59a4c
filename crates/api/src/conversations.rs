//! Conversations in direct statuses (<https://docs.joinmastodon.org/methods/conversations/>).

use std::collections::HashSet;

use axum::extract::State;
use axum::response::IntoResponse;
use db::conversations::Conversation;
use db::ids::ConversationId;
use db::{AccountId, Conn, StatusId};
use services::conversations;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::path::Id;
use crate::rendering::List;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(destroy))
        .routes(routes!(read))
        .routes(routes!(unread))
}

/// What conversations of a page are about, for their owner.
pub(crate) struct Views {
    accounts: List,
    statuses: List,
}

impl Views {
    /// Loads it in a fixed number of queries.
    pub(crate) async fn load(
        state: &ApiState,
        conn: &mut Conn,
        viewer: AccountId,
        rows: &[Conversation],
    ) -> Result<Self> {
        let people: HashSet<AccountId> = rows
            .iter()
            .flat_map(|row| row.participants.iter().copied().chain(std::iter::once(row.account_id)))
            .collect();
        let people: Vec<AccountId> = people.into_iter().collect();
        let last: Vec<StatusId> = rows.iter().map(|row| row.last_status_id).collect();
        Ok(Self {
            accounts: state.renderer.accounts(conn, &people).await?,
            statuses: state.renderer.statuses(conn, Some(viewer), &last).await?,
        })
    }

    /// The entity. Who talks to nobody else talks to itself; a last status that is not to be seen is not there.
    pub(crate) fn entity(&self, row: &Conversation) -> entities::Conversation<'_> {
        let itself = [row.account_id];
        let people = if row.participants.is_empty() { &itself[..] } else { &row.participants };
        entities::Conversation {
            id: entities::Id(row.id.0),
            unread: row.unread,
            accounts: people.iter().filter_map(|id| self.accounts.get(id.0)).collect(),
            last_status: self.statuses.get(row.last_status_id.0),
        }
    }
}

/// Lists conversations.
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Conversation>)),
    security(("user" = ["read:statuses"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let mut conn = state.app.conn().await?;
    let rows = db::conversations::list(&mut conn, by.id, paging.page).await?;
    let links = paging.links(&state.app.urls, rows.iter().map(|row| row.last_status_id.0));
    let views = Views::load(&state, &mut conn, by.id, &rows).await?;
    let entities: Vec<_> = rows.iter().map(|row| views.entity(row)).collect();
    Ok((links, Json(entities)).into_response())
}

/// Marks a conversation as read.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/read",
    responses((status = 200, body = entities::Conversation)),
    security(("user" = ["write:conversations"])),
)]
async fn read(State(state): State<ApiState>, viewer: Viewer, id: Id<ConversationId>) -> Result {
    mark(&state, &viewer, id.0, false).await
}

/// Marks a conversation as unread.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/unread",
    responses((status = 200, body = entities::Conversation)),
    security(("user" = ["write:conversations"])),
)]
async fn unread(State(state): State<ApiState>, viewer: Viewer, id: Id<ConversationId>) -> Result {
    mark(&state, &viewer, id.0, true).await
}

async fn mark(state: &ApiState, viewer: &Viewer, id: ConversationId, unread: bool) -> Result {
    let by = viewer.require("write:conversations")?;
    let row = conversations::mark(&state.app, by, id, unread).await?;
    let views = Views::load(state, &mut *state.app.conn().await?, by.id, std::slice::from_ref(&row)).await?;
    Ok(Json(views.entity(&row)).into_response())
}

/// Removes a conversation.
#[utoipa::path(
    delete,
    path = "/api/v1/conversations/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:conversations"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, id: Id<ConversationId>) -> Result {
    conversations::delete(&state.app, viewer.require("write:conversations")?, id.0).await?;
    Ok::<_, Error>(Json(Empty {}).into_response())
}
