//! Hashtags: how much they were used lately, and following them.

use axum::extract::State;
use axum::response::IntoResponse;
use chrono::Utc;
use db::tags::Tag;
use db::{AccountId, Conn, tag_follows};
use services::Urls;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::entities;
use crate::paging::Paging;
use crate::path::Name;
use crate::{ApiState, Error, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(one))
        .routes(routes!(follow))
        .routes(routes!(unfollow))
        .routes(routes!(feature))
        .routes(routes!(unfeature))
        .routes(routes!(followed))
}

/// The tag with this name; one that nobody has used yet is a tag, too, if it can be one. Digits alone can be
/// none, so that they are the number of one.
async fn named(conn: &mut Conn, name: &str) -> Result<Tag> {
    let Some(normal) = text::normalise_tag(name) else {
        let id = name.parse().map_err(|_| Error::not_found())?;
        return db::tags::find(conn, id).await?.ok_or_else(Error::not_found);
    };
    let known = db::tags::find_by_name(conn, &normal).await?;
    Ok(known.unwrap_or_else(|| Tag { id: 0, name: normal, display_name: name.to_owned() }))
}

/// Shows a hashtag.
#[utoipa::path(
    get,
    path = "/api/v1/tags/{name}",
    responses((status = 200, body = entities::Tag)),
    security((), ("user" = [])),
)]
async fn one(State(state): State<ApiState>, viewer: Option<Viewer>, Name(name): Name) -> Result {
    // Whatever scope the token has: the documentation names none.
    let viewer = viewer.map(|viewer| viewer.id());
    let mut conn = state.app.conn().await?;
    let tag = named(&mut conn, &name).await?;
    answer(&state, &mut conn, viewer, &tag).await
}

async fn answer(state: &ApiState, conn: &mut Conn, viewer: Option<AccountId>, tag: &Tag) -> Result {
    let usage = usage(conn, viewer, std::slice::from_ref(tag)).await?;
    Ok(Json(usage.entity(&state.app.urls, tag)).into_response())
}

/// What is known of some tags for a viewer: their use today and on the six days before, and whether the viewer
/// follows and features them.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    rows: Vec<db::tags::Usage>,
    today: i64,
    ties: Option<Vec<db::tags::Tie>>,
}

/// In two queries, however many tags.
pub(crate) async fn usage(conn: &mut Conn, viewer: Option<AccountId>, tags: &[Tag]) -> Result<Usage> {
    let today = Utc::now().timestamp().div_euclid(86_400);
    let ids: Vec<i64> = tags.iter().map(|tag| tag.id).collect();
    let rows = db::tags::usage(conn, &ids, today - 6).await?;
    let ties = match viewer {
        Some(viewer) => Some(db::tags::ties(conn, viewer, &ids).await?),
        None => None,
    };
    Ok(Usage { rows, today, ties })
}

impl Usage {
    /// The entity with its history.
    pub(crate) fn entity<'a>(&self, urls: &Urls, tag: &'a Tag) -> entities::Tag<'a> {
        let tie = self.ties.as_ref().map(|ties| {
            let none = db::tags::Tie { tag_id: tag.id, following: false, featuring: false };
            ties.iter().find(|tie| tie.tag_id == tag.id).copied().unwrap_or(none)
        });
        entities::Tag::new(urls, tag, tie).with_usage(&self.rows, self.today)
    }

    /// The entities of a list.
    pub(crate) fn list<'a>(&self, urls: &Urls, tags: &'a [Tag]) -> Vec<entities::Tag<'a>> {
        tags.iter().map(|tag| self.entity(urls, tag)).collect()
    }
}

/// Follows a hashtag.
#[utoipa::path(
    post,
    path = "/api/v1/tags/{name}/follow",
    responses((status = 200, body = entities::Tag)),
    security(("user" = ["write:follows"])),
)]
async fn follow(State(state): State<ApiState>, viewer: Viewer, Name(name): Name) -> Result {
    let by = viewer.require("write:follows")?;
    let tag = services::tags::follow(&state.app, by, &known_name(&state, name).await?).await?;
    answer(&state, &mut *state.app.conn().await?, Some(by.id), &tag).await
}

/// Unfollows a hashtag.
#[utoipa::path(
    post,
    path = "/api/v1/tags/{name}/unfollow",
    responses((status = 200, body = entities::Tag)),
    security(("user" = ["write:follows"])),
)]
async fn unfollow(State(state): State<ApiState>, viewer: Viewer, Name(name): Name) -> Result {
    let by = viewer.require("write:follows")?;
    let tag = named(&mut *state.app.conn().await?, &name).await?;
    services::tags::unfollow(&state.app, by, &tag).await?;
    answer(&state, &mut *state.app.conn().await?, Some(by.id), &tag).await
}

/// Shows a hashtag on the own profile.
#[utoipa::path(
    post,
    path = "/api/v1/tags/{name}/feature",
    responses((status = 200, body = entities::Tag)),
    security(("user" = ["write:accounts"])),
)]
async fn feature(State(state): State<ApiState>, viewer: Viewer, Name(name): Name) -> Result {
    let by = viewer.require("write:accounts")?;
    let tag = services::tags::feature(&state.app, by, &known_name(&state, name).await?).await?;
    answer(&state, &mut *state.app.conn().await?, Some(by.id), &tag).await
}

/// Shows a hashtag on the own profile no more.
#[utoipa::path(
    post,
    path = "/api/v1/tags/{name}/unfeature",
    responses((status = 200, body = entities::Tag)),
    security(("user" = ["write:accounts"])),
)]
async fn unfeature(State(state): State<ApiState>, viewer: Viewer, Name(name): Name) -> Result {
    let by = viewer.require("write:accounts")?;
    let tag = named(&mut *state.app.conn().await?, &name).await?;
    services::tags::unfeature(&state.app, by, &tag).await?;
    answer(&state, &mut *state.app.conn().await?, Some(by.id), &tag).await
}

/// The name as it was written, or the one of the tag with this number.
async fn known_name(state: &ApiState, name: String) -> Result<String> {
    if text::normalise_tag(&name).is_some() {
        return Ok(name);
    }
    Ok(named(&mut *state.app.conn().await?, &name).await?.name)
}

/// Lists followed hashtags.
#[utoipa::path(
    get,
    path = "/api/v1/followed_tags",
    params(Paging<100, 200>),
    responses((status = 200, body = Vec<entities::Tag>)),
    security(("user" = ["read:follows"])),
)]
async fn followed(State(state): State<ApiState>, viewer: Viewer, paging: Paging<100, 200>) -> Result {
    let by = viewer.require("read:follows")?;
    let urls = &state.app.urls;
    let mut conn = state.app.conn().await?;
    let rows = tag_follows::list(&mut conn, by.id, paging.page).await?;
    let links = paging.links(urls, rows.iter().map(|row| row.cursor));
    let tags: Vec<Tag> = rows.into_iter().map(|row| row.tag).collect();
    let usage = usage(&mut conn, Some(by.id), &tags).await?;
    Ok((links, Json(usage.list(urls, &tags))).into_response())
}
