//! Statuses: reading, writing, and what people do with them.

mod drafts;
mod interactions;
mod quotes;
mod readers;
mod translation;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use db::filters::Context;
use db::status_views::{self, StatusView};
use db::statuses::Extent;
use db::{AccountId, Conn, StatusId, media, status_edits};
use http::{HeaderMap, HeaderName};
use serde::Deserialize;
use services::drafts::Scheduled;
use services::statuses::format_of;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::params::Params;
use crate::path::Id;
use crate::rendering::Rendered;
use crate::{ApiState, Error, Json, Result, entities, scheduled_statuses};
use drafts::Edit;

pub(crate) use drafts::{Draft, content_type};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(index, create))
        .routes(routes!(show, update, destroy))
        .routes(routes!(context))
        .routes(routes!(source))
        .routes(routes!(history))
        .merge(interactions::router())
        .merge(quotes::router())
        .merge(readers::router())
        .merge(translation::router())
}

/// Most statuses that are asked for by id at once.
const MOST_AT_ONCE: usize = 40;
/// How much of a thread is for readers with an account here.
const WHOLE_THREAD: Extent = Extent { up: 1000, down: 1000, depth: 1000 };
/// How much of it is for everybody, who might ask for many.
const PART_OF_THREAD: Extent = Extent { up: 40, down: 60, depth: 20 };
/// Longest idempotency key, in bytes.
const LONGEST_KEY: usize = 255;

/// Answers with one status as the viewer sees it.
pub(crate) async fn answer(state: &ApiState, viewer: Option<AccountId>, id: StatusId) -> Result {
    let mut conn = state.app.conn().await?;
    Ok(state.renderer.status(&mut conn, viewer, id).await?.into_response())
}

/// Answers with a list of statuses as the viewer sees them, and the links to its neighbours.
pub(crate) async fn answer_list(
    state: &ApiState,
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
    links: HeaderMap,
) -> Result {
    Ok((links, state.renderer.statuses(conn, viewer, ids).await?).into_response())
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Wanted {
    id: Vec<String>,
}

/// Shows several statuses.
#[utoipa::path(
    get,
    path = "/api/v1/statuses",
    params(Wanted),
    responses((status = 200, body = Vec<entities::Status>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn index(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    Params(wanted): Params<Wanted>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let ids: Vec<StatusId> = wanted.id.iter().filter_map(|id| id.parse().ok()).take(MOST_AT_ONCE).collect();
    let mut conn = state.app.conn().await?;
    answer_list(&state, &mut conn, viewer, &ids, HeaderMap::new()).await
}

/// Shows a status.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}",
    responses((status = 200, body = entities::Status)),
    security((), ("user" = ["read:statuses"])),
)]
async fn show(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    answer(&state.within(Context::Thread), viewer, id).await
}

/// Publishes a status.
#[utoipa::path(
    post,
    path = "/api/v1/statuses",
    request_body = inline(Draft),
    responses((status = 200, body = entities::Published)),
    security(("user" = ["write:statuses"])),
)]
async fn create(
    State(state): State<ApiState>,
    viewer: Viewer,
    headers: HeaderMap,
    Params(draft): Params<Draft>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let key = idempotency_key(&headers)?;
    let at = scheduled_statuses::time(&draft.scheduled_at)?;
    let draft = draft.checked(&viewer, key.clone())?;
    let (app, resolver) = (&state.app, state.resolver.as_ref());
    if let Some(at) = at {
        return match services::drafts::schedule(app, by, draft, at).await? {
            Scheduled::Waiting(draft) => scheduled_statuses::answer(app, &draft).await,
            Scheduled::Published(status) => answer(&state, Some(by.id), status).await,
        };
    }
    match services::statuses::create(app, resolver, by, draft).await {
        // Its key may be that of something scheduled.
        Err(services::Error::NotFound) if key.is_some() => {
            let waiting = services::drafts::find_by_key(app, by, &key.unwrap_or_default()).await?;
            scheduled_statuses::answer(app, &waiting.ok_or_else(Error::not_found)?).await
        }
        status => answer(&state, Some(by.id), status?.id).await,
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let name = HeaderName::from_static("idempotency-key");
    let Some(value) = headers.get(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if key.len() <= LONGEST_KEY => Ok(Some(key.to_owned())),
        _ => Err(Error::invalid(format!("Idempotency-Key must be at most {LONGEST_KEY} ASCII characters"))),
    }
}

/// Edits a status.
#[utoipa::path(
    put,
    path = "/api/v1/statuses/{id}",
    request_body = inline(Edit),
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:statuses"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<StatusId>,
    Params(edit): Params<Edit>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let (status, media) = {
        let mut conn = state.app.conn().await?;
        let status = db::statuses::find_own(&mut conn, by.id, id).await?;
        (status, media::attachable(&mut conn, by.id, &edit.changed_media(), Some(id), None).await?)
    };
    let most_chars = state.app.config.media.max_description_chars as usize;
    let edit = edit.checked(&status, &media, most_chars)?;
    let resolver = state.resolver.as_ref();
    services::statuses::edit(&state.app, resolver, by, id, edit).await?;
    answer(&state, Some(by.id), id).await
}

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Deletion {
    delete_media: bool,
}

/// Deletes a status.
#[utoipa::path(
    delete,
    path = "/api/v1/statuses/{id}",
    params(Deletion),
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:statuses"])),
)]
async fn destroy(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<StatusId>,
    Params(deletion): Params<Deletion>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let (view, answer) = {
        let mut conn = state.app.conn().await?;
        let view = status_views::find(&mut conn, Some(by.id), id).await?;
        if view.status.account_id != by.id {
            return Err(Error::not_found());
        }
        let answer = state.renderer.status_with_text(&mut conn, by.id, id, typed(&view)).await?;
        (view, answer)
    };
    services::statuses::delete(&state.app, by, id).await?;
    if deletion.delete_media {
        let media: Vec<_> = view.media.iter().map(|media| media.id).collect();
        services::media::remove(&state.app, by, &media).await?;
    }
    Ok(answer.into_response())
}

/// What was typed; of a status from elsewhere, its text without markup.
fn typed(view: &StatusView) -> String {
    view.status.source.clone().unwrap_or_else(|| text::plain(&view.status.content))
}

/// Shows the thread of a status.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}/context",
    responses((status = 200, body = entities::Context)),
    security((), ("user" = ["read:statuses"])),
)]
async fn context(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let mut conn = state.app.conn().await?;
    let extent = if viewer.is_some() { WHOLE_THREAD } else { PART_OF_THREAD };
    let (above, below) = db::statuses::thread(&mut conn, id, extent).await?;
    let all = [above.as_slice(), &[id], below.as_slice()].concat();
    let list = state.renderer.thread(&mut conn, viewer, id, &all).await?;
    drop(conn);
    Ok(list.context_of(id.0)?.into_response())
}

/// Shows what was typed.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}/source",
    responses((status = 200, body = entities::StatusSource)),
    security(("user" = ["read:statuses"])),
)]
async fn source(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result<Response> {
    let by = viewer.require("read:statuses")?;
    let view = status_views::find(&mut *state.app.conn().await?, Some(by.id), id).await?;
    let source = entities::StatusSource {
        id: entities::Id(id.0),
        text: &typed(&view),
        spoiler_text: &view.status.spoiler_text,
        content_type: content_type(format_of(view.status.content_type)),
    };
    Ok(Json(source).into_response())
}

/// Lists the versions of a status.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}/history",
    responses((status = 200, body = Vec<entities::StatusEdit>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn history(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let mut conn = state.app.conn().await?;
    let view = status_views::find(&mut conn, viewer, id).await?;
    let former = status_edits::list(&mut conn, id).await?;
    let quote = match &view.quote {
        Some(_) => state.renderer.quote(&mut conn, viewer, id).await?,
        None => None,
    };
    drop(conn);
    let quote = quote.as_deref().map(Rendered::new);
    let urls = &state.app.urls;
    let former = former.iter().map(|edit| entities::StatusEdit::former(urls, &view, edit));
    let versions = former.chain(std::iter::once(entities::StatusEdit::present(urls, &view)));
    let versions: Vec<_> = versions.map(|version| version.with_quote(quote)).collect();
    Ok(Json(versions).into_response())
}
