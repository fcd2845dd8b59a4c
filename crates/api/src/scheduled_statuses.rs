//! Statuses that are to be published later.

use axum::extract::State;
use axum::response::IntoResponse;
use db::drafts::{self, Draft};
use db::{Conn, DraftId, media};
use http::StatusCode;
use serde::Deserialize;
use services::{App, Urls};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index)).routes(routes!(show, update, destroy))
}

/// Answers with one.
pub(crate) async fn answer(app: &App, draft: &Draft) -> Result {
    let waiting = load(&mut *app.conn().await?, std::slice::from_ref(draft)).await?;
    let entity = waiting.first().map(|waiting| entity(&app.urls, waiting)).ok_or_else(Error::not_found)?;
    Ok(Json(entity).into_response())
}

/// What waits, with what was typed and its media, in order; also what waits for its author alone.
pub(crate) async fn load(conn: &mut Conn, drafts: &[Draft]) -> Result<Vec<entities::Waiting>> {
    let ids: Vec<DraftId> = drafts.iter().map(|draft| draft.id).collect();
    let mut media = media::load_for_drafts(conn, &ids).await?;
    let mut waiting = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let typed = services::drafts::typed(draft)?;
        let media = media.remove(&draft.id).unwrap_or_default();
        waiting.push(entities::Waiting { draft: draft.clone(), typed, media });
    }
    Ok(waiting)
}

fn entity<'a>(urls: &Urls, waiting: &'a entities::Waiting) -> entities::ScheduledStatus<'a> {
    entities::ScheduledStatus::new(urls, waiting)
}

/// Lists scheduled statuses.
#[utoipa::path(
    get,
    path = "/api/v1/scheduled_statuses",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::ScheduledStatus>)),
    security(("user" = ["read:statuses"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:statuses")?;
    let mut conn = state.app.conn().await?;
    let page = drafts::list(&mut conn, by.id, true, paging.page).await?;
    let waiting = load(&mut conn, &page).await?;
    let urls = &state.app.urls;
    let links = paging.links(urls, page.iter().map(|draft| draft.id.0));
    let list: Vec<_> = waiting.iter().map(|waiting| entity(urls, waiting)).collect();
    Ok((links, Json(list)).into_response())
}

/// Shows a scheduled status.
#[utoipa::path(
    get,
    path = "/api/v1/scheduled_statuses/{id}",
    responses((status = 200, body = entities::ScheduledStatus)),
    security(("user" = ["read:statuses"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<DraftId>) -> Result {
    let by = viewer.require("read:statuses")?;
    let draft = drafts::find_own(&mut *state.app.conn().await?, by.id, id, true).await?;
    answer(&state.app, &draft).await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Changes {
    scheduled_at: String,
}

/// Changes when a status is published.
#[utoipa::path(
    put,
    path = "/api/v1/scheduled_statuses/{id}",
    request_body = inline(Changes),
    responses((status = 200, body = entities::ScheduledStatus)),
    security(("user" = ["write:statuses"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<DraftId>,
    Params(changes): Params<Changes>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let draft = match time(&changes.scheduled_at)? {
        Some(at) => services::drafts::reschedule(&state.app, by, id, at).await?,
        None => drafts::find_own(&mut *state.app.conn().await?, by.id, id, true).await?,
    };
    answer(&state.app, &draft).await
}

/// Takes a scheduled status back.
#[utoipa::path(
    delete,
    path = "/api/v1/scheduled_statuses/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:statuses"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<DraftId>) -> Result {
    let by = viewer.require("write:statuses")?;
    services::drafts::remove(&state.app, by, id, true).await?;
    Ok(Json(Empty {}).into_response())
}

/// A time as clients write it: RFC 3339, also with a space, also without an offset (then UTC); `None` when
/// nothing was written. Milliseconds are kept, as they are shown.
pub(crate) fn time(text: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
    use chrono::{DateTime, NaiveDateTime, Timelike};
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let plain = text.trim_end_matches(" UTC").replacen(' ', "T", 1);
    let read = DateTime::parse_from_rfc3339(&plain)
        .or_else(|_| DateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .map(|time| time.to_utc())
        .or_else(|_| NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc()))
        .or_else(|_| NaiveDateTime::parse_from_str(&plain, "%Y-%m-%dT%H:%M").map(|time| time.and_utc()));
    let whole = read.ok().and_then(|time| time.with_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000));
    // The very words that clients know.
    whole.map(Some).ok_or_else(|| Error::new(StatusCode::UNPROCESSABLE_ENTITY, "Record invalid"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        for text in [
            "2030-05-01T10:00:00.123Z",
            "2030-05-01T12:00:00.123456+02:00",
            "2030-05-01T10:00:00.123",
            "2030-05-01 10:00:00.123 UTC",
            " 2030-05-01T10:00:00.123+0000 ",
        ] {
            let at = time(text).unwrap().unwrap();
            assert_eq!(at.timestamp_millis(), 1_903_860_000_123, "{text}");
        }
        assert!(time("2030-05-01T10:00").unwrap().is_some());
        assert_eq!(time(" ").unwrap(), None);
        for text in ["tomorrow", "2030", "2030-13-01T10:00:00Z", "99999-01-01T00:00:00Z", "0"] {
            assert_eq!(time(text).unwrap_err().text(), "Record invalid", "{text}");
        }
    }
}
