//! What trends, as of the last calculation.

use axum::extract::State;
use axum::response::IntoResponse;
use chrono::Utc;
use db::cards::Card;
use db::{AccountId, CardId, cards, trends};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::entities::{self, PreviewCard, TrendsLink};
use crate::openapi::at;
use crate::paging::Offset;
use crate::statuses::answer_list;
use crate::{ApiState, Json, Result, tags};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(hashtags))
        .routes(at("/api/v1/trends", routes!(hashtags)))
        .routes(routes!(statuses))
        .routes(routes!(links))
}

/// Lists trending hashtags.
#[utoipa::path(
    get,
    path = "/api/v1/trends/tags",
    params(Offset<10, 20>),
    responses((status = 200, body = Vec<entities::Tag>)),
    security((), ("user" = [])),
)]
async fn hashtags(State(state): State<ApiState>, viewer: Option<Viewer>, paging: Offset<10, 20>) -> Result {
    let viewer = viewer.map(|viewer| viewer.id());
    let mut conn = state.app.conn().await?;
    let found = trends::tags(&mut conn, paging.skip, paging.limit).await?;
    let usage = tags::usage(&mut conn, viewer, &found).await?;
    let urls = &state.app.urls;
    Ok((paging.links(urls, found.len()), Json(usage.list(urls, &found))).into_response())
}

/// Lists trending statuses.
#[utoipa::path(
    get,
    path = "/api/v1/trends/statuses",
    params(Offset<20, 40>),
    responses((status = 200, body = Vec<entities::Status>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn statuses(State(state): State<ApiState>, viewer: Option<Viewer>, paging: Offset<20, 40>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let mut conn = state.app.conn().await?;
    let ids = trends::statuses(&mut conn, viewer, paging.skip, paging.limit).await?;
    let links = paging.links(&state.app.urls, ids.len());
    answer_list(&state.within(db::filters::Context::Public), &mut conn, viewer, &ids, links).await
}

/// Lists trending links.
#[utoipa::path(
    get,
    path = "/api/v1/trends/links",
    params(Offset<10, 20>),
    responses((status = 200, body = Vec<entities::TrendsLink>)),
)]
async fn links(State(state): State<ApiState>, paging: Offset<10, 20>) -> Result {
    let mut conn = state.app.conn().await?;
    let found = trends::links(&mut conn, paging.skip, paging.limit).await?;
    let today = Utc::now().timestamp().div_euclid(86_400);
    let ids: Vec<CardId> = found.iter().map(|card| card.id).collect();
    let usage = cards::usage(&mut conn, &ids, today - 6).await?;
    let agreed = |card: &Card| card.content.author_account_id.filter(|_| card.content.author_agrees);
    let writers: Vec<AccountId> = found.iter().filter_map(agreed).collect();
    let writers = state.renderer.accounts(&mut conn, &writers).await?;
    let urls = &state.app.urls;
    let link = |card| {
        let account = agreed(card).and_then(|id| writers.get(id.0));
        TrendsLink::new(PreviewCard::new(urls, card).by(account, false), card, &usage, today)
    };
    let list: Vec<TrendsLink<'_>> = found.iter().map(link).collect();
    Ok((paging.links(urls, list.len()), Json(&list)).into_response())
}
