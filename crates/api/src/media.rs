//! Attachments: uploading, describing, taking back.

use ::media::Focus;
use axum::extract::State;
use axum::response::IntoResponse;
use db::MediaId;
use db::media::{Media, MediaChanges};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::openapi::at;
use crate::params::Upload;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(at("/api/v1/media", routes!(create)))
        .routes(routes!(show, update, destroy))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Attributes {
    /// Comes as a file; it is here to be described.
    #[schema(value_type = Option<String>, format = Binary, default = json!(null))]
    file: Option<IgnoredAny>,
    description: Option<String>,
    focus: Option<String>,
}

/// Uploads a file.
///
/// Pictures are ready when the answer goes out, so that it is always 200 with a URL.
#[utoipa::path(
    post,
    path = "/api/v2/media",
    request_body = inline(Attributes),
    responses((status = 200, body = entities::MediaAttachment)),
    security(("user" = ["write:media"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, upload: Upload<Attributes>) -> Result {
    let by = viewer.require("write:media")?;
    let Upload { params, mut files } = upload;
    let file = files.take("file").ok_or_else(|| Error::invalid("File can't be blank"))?;
    let largest = state.app.config.media.max_image_bytes;
    if file.len() as u64 > largest {
        return Err(Error::invalid(format!("File is too large (maximum is {largest} bytes)")));
    }
    let focus = focus(params.focus.as_deref())?;
    let media = services::media::upload(&state.app, by, file, params.description, focus).await?;
    Ok(Json(entities::MediaAttachment::new(&state.app.urls, &media)).into_response())
}

/// Shows an attachment.
#[utoipa::path(
    get,
    path = "/api/v1/media/{id}",
    responses((status = 200, body = entities::MediaAttachment)),
    security(("user" = ["write:media"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<MediaId>) -> Result {
    let by = viewer.require("write:media")?;
    let media = db::media::find_own(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::MediaAttachment::new(&state.app.urls, &media)).into_response())
}

/// Describes an attachment.
///
/// What hangs on a status already is changed with the status, so that its readers learn of it.
#[utoipa::path(
    put,
    path = "/api/v1/media/{id}",
    request_body = inline(Attributes),
    responses((status = 200, body = entities::MediaAttachment)),
    security(("user" = ["write:media"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<MediaId>,
    upload: Upload<Attributes>,
) -> Result {
    let by = viewer.require("write:media")?;
    let before = db::media::find_own(&mut *state.app.conn().await?, by.id, id).await?;
    let most = state.app.config.media.max_description_chars as usize;
    let changes = changes(&before, upload.params.description, upload.params.focus, most)?;
    let media = services::media::describe(&state.app, by, id, &changes).await?;
    Ok(Json(entities::MediaAttachment::new(&state.app.urls, &media)).into_response())
}

/// Deletes an attachment.
#[utoipa::path(
    delete,
    path = "/api/v1/media/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:media"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<MediaId>) -> Result {
    let by = viewer.require("write:media")?;
    let mut conn = state.app.conn().await?;
    let media = db::media::find_own(&mut conn, by.id, id).await?;
    let is_used = media.status_id.is_some() || db::media::is_scheduled(&mut conn, id).await?;
    drop(conn);
    if is_used {
        return Err(Error::invalid("Media attachment is currently used by a status"));
    }
    services::media::remove(&state.app, by, &[id]).await?;
    Ok(Json(Empty {}).into_response())
}

/// What changes of an attachment when a client sends these; a description has at most `most` characters.
pub(crate) fn changes(
    before: &Media,
    description: Option<String>,
    point: Option<String>,
    most: usize,
) -> Result<MediaChanges> {
    if description.as_ref().is_some_and(|text| text.chars().count() > most) {
        return Err(Error::invalid(format!("Description is too long (maximum is {most} characters)")));
    }
    let focus = focus(point.as_deref())?;
    Ok(MediaChanges {
        description: description.map(|description| text::clean_text(&description, most)),
        meta: focus.map(|focus| with_focus(&before.meta, focus)),
    })
}

fn focus(text: Option<&str>) -> Result<Option<Focus>> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => Ok(Some(text.parse().map_err(Error::of_file)?)),
    }
}

fn with_focus(meta: &Value, focus: Focus) -> Value {
    let mut meta = match meta {
        Value::Object(members) => members.clone(),
        _ => serde_json::Map::new(),
    };
    meta.insert("focus".to_owned(), json!({ "x": focus.x(), "y": focus.y() }));
    Value::Object(meta)
}
