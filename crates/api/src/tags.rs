//! Hashtags, and how much they were used lately.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use chrono::Utc;
use db::Conn;
use db::tags::Tag;
use services::Urls;

use crate::auth::Viewer;
use crate::entities;
use crate::path::Name;
use crate::{ApiState, Error, Json, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/tags/{name}", get(one)).route("/api/v1/followed_tags", get(followed))
}

/// A name that nobody has used yet is a tag, too, if it can be one.
async fn one(State(state): State<ApiState>, viewer: Option<Viewer>, Name(name): Name) -> Result {
    // Whatever scope the token has: the documentation names none.
    let signed_in = viewer.is_some();
    let normal = text::normalise_tag(&name).ok_or_else(Error::not_found)?;
    let mut conn = state.app.conn().await?;
    let known = db::tags::find_by_name(&mut conn, &normal).await?;
    let tag = known.unwrap_or(Tag { id: 0, name: normal, display_name: name });
    let usage = usage(&mut conn, std::slice::from_ref(&tag)).await?;
    Ok(Json(usage.entity(&state.app.urls, &tag, signed_in)).into_response())
}

/// How much some tags were used today and on the six days before.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    rows: Vec<db::tags::Usage>,
    today: i64,
}

/// In one query, however many tags.
pub(crate) async fn usage(conn: &mut Conn, tags: &[Tag]) -> Result<Usage> {
    let today = Utc::now().timestamp().div_euclid(86_400);
    let ids: Vec<i64> = tags.iter().map(|tag| tag.id).collect();
    Ok(Usage { rows: db::tags::usage(conn, &ids, today - 6).await?, today })
}

impl Usage {
    /// The entity with its history.
    pub(crate) fn entity<'a>(&self, urls: &Urls, tag: &'a Tag, signed_in: bool) -> entities::Tag<'a> {
        entities::Tag::new(urls, tag, signed_in).with_usage(&self.rows, self.today)
    }
}

/// Nobody can follow tags here yet.
async fn followed(viewer: Viewer) -> Result {
    viewer.require("read:follows")?;
    Ok(Json([(); 0]).into_response())
}
