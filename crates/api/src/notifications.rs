//! What others did that concerns the viewer.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::IntoResponse;
use db::filters::Context;
use db::notifications::{Filter, Kind, Notification};
use db::{AccountId, Conn, NotificationId, StatusId};
use serde::{Deserialize, Serialize};
use services::notifications;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::entities;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::rendering::List;
use crate::{ApiState, Error, Json, Result};
use reports::Reports;

mod grouped;
mod reports;
mod requests;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(grouped::router())
        .merge(requests::router())
        .routes(routes!(list))
        .routes(routes!(clear))
        .routes(routes!(unread_count))
        .routes(routes!(one))
        .routes(routes!(dismiss))
}

/// Kinds that do not exist here are nothing to show and nothing to leave out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Form {
    types: Vec<String>,
    exclude_types: Vec<String>,
    account_id: Option<String>,
    include_filtered: bool,
}

impl Form {
    /// `None` when nothing can be what is asked for.
    fn filter(&self) -> Option<Filter> {
        let kinds = |words: &[String]| -> Vec<Kind> { words.iter().filter_map(|w| Kind::parse(w)).collect() };
        let (only, except) = (kinds(&self.types), kinds(&self.exclude_types));
        if only.is_empty() && !self.types.is_empty() {
            return None;
        }
        let from = match self.account_id.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(id) => Some(id.parse::<AccountId>().ok()?),
        };
        Some(Filter { only, except, from, filtered: self.include_filtered })
    }
}

/// Lists notifications.
#[utoipa::path(
    get,
    path = "/api/v1/notifications",
    params(Paging<40, 80>, Form),
    responses((status = 200, body = Vec<entities::Notification>)),
    security(("user" = ["read:notifications"])),
)]
async fn list(
    State(state): State<ApiState>,
    viewer: Viewer,
    paging: Paging<40, 80>,
    form: Params<Form>,
) -> Result {
    let account = viewer.require("read:notifications")?;
    let mut conn = state.app.conn().await?;
    let rows = match form.0.filter() {
        Some(filter) => db::notifications::list(&mut conn, account.id, &filter, paging.page).await?,
        None => Vec::new(),
    };
    let links = paging.links(&state.app.urls, rows.iter().map(|row| row.id.0));
    let about = About::load(&state, &mut conn, account.id, &rows).await?;
    let entities: Vec<_> = rows.iter().filter_map(|row| about.entity(row)).collect();
    Ok((links, Json(entities)).into_response())
}

/// Shows a notification.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/{id}",
    responses((status = 200, body = entities::Notification)),
    security(("user" = ["read:notifications"])),
)]
async fn one(State(state): State<ApiState>, viewer: Viewer, id: Id<NotificationId>) -> Result {
    let account = viewer.require("read:notifications")?;
    let mut conn = state.app.conn().await?;
    let row = db::notifications::find_own(&mut conn, account.id, id.0).await?;
    let about = About::load(&state, &mut conn, account.id, std::slice::from_ref(&row)).await?;
    let entity = about.entity(&row).ok_or_else(Error::not_found)?;
    Ok(Json(entity).into_response())
}

/// What notifications of a page are about.
pub(crate) struct About {
    accounts: List,
    statuses: List,
    reports: Reports,
    emojis: HashMap<(AccountId, StatusId), (String, Option<String>)>,
}

impl About {
    pub(crate) async fn load(
        state: &ApiState,
        conn: &mut Conn,
        viewer: AccountId,
        rows: &[Notification],
    ) -> Result<Self> {
        let mut accounts: Vec<AccountId> = rows.iter().map(|row| row.from_account_id).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut statuses: Vec<StatusId> = rows.iter().filter_map(|row| row.status_id).collect();
        statuses.sort_unstable();
        statuses.dedup();
        let subjects = rows.iter().map(|row| (row.kind, row.subject_id));
        Ok(Self {
            reports: Reports::load(&state.app.urls, conn, viewer, subjects).await?,
            emojis: emojis(state, conn, rows).await?,
            accounts: state.renderer.accounts(conn, &accounts).await?,
            statuses: state
                .renderer
                .within(Context::Notifications)
                .statuses(conn, Some(viewer), &statuses)
                .await?,
        })
    }

    /// `None` when who caused it, or what it is about, is not to be seen any more.
    pub(crate) fn entity(&self, row: &Notification) -> Option<entities::Notification<'_>> {
        let from = self.accounts.get(row.from_account_id.0)?;
        let status = match row.status_id {
            Some(id) => Some(self.statuses.get(id.0)?),
            None => None,
        };
        let report = self.reports.get(row.kind, row.subject_id);
        let emoji = row.status_id.and_then(|id| self.emojis.get(&(row.from_account_id, id)).cloned());
        Some(entities::Notification::new(row, from, status, report).with_emoji(emoji))
    }
}

/// What those reacted with who did, and its pictures.
async fn emojis(
    state: &ApiState,
    conn: &mut Conn,
    rows: &[Notification],
) -> Result<HashMap<(AccountId, StatusId), (String, Option<String>)>> {
    let reactions = rows.iter().filter(|row| row.kind == Kind::Reaction);
    let pairs: Vec<_> = reactions.filter_map(|row| Some((row.from_account_id, row.status_id?))).collect();
    let latest = db::reactions::latest(conn, &pairs).await?;
    let named = latest.into_iter().map(|(pair, (emoji, picture))| {
        let picture = picture
            .as_ref()
            .and_then(|picture| Some(entities::CustomEmoji::new(&state.app.urls, picture)?.url.into_owned()));
        (pair, (entities::reaction_name(&emoji), picture))
    });
    Ok(named.collect())
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct Count {
    count: i64,
}

/// Counts unread notifications.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/unread_count",
    params(Paging<100, 1000>, Form),
    responses((status = 200, body = Count)),
    security(("user" = ["read:notifications"])),
)]
async fn unread_count(
    State(state): State<ApiState>,
    viewer: Viewer,
    paging: Paging<100, 1000>,
    form: Params<Form>,
) -> Result {
    let account = viewer.require("read:notifications")?;
    let count = match form.0.filter() {
        Some(filter) => {
            let mut conn = state.app.conn().await?;
            db::notifications::unread_count(&mut conn, account.id, &filter, paging.page.limit).await?
        }
        None => 0,
    };
    Ok(Json(Count { count }).into_response())
}

/// Dismisses all notifications.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/clear",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn clear(State(state): State<ApiState>, viewer: Viewer) -> Result {
    notifications::clear(&state.app, viewer.require("write:notifications")?).await?;
    Ok(Json(Empty {}).into_response())
}

/// Dismisses a notification.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/{id}/dismiss",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn dismiss(State(state): State<ApiState>, viewer: Viewer, id: Id<NotificationId>) -> Result {
    notifications::dismiss(&state.app, viewer.require("write:notifications")?, id.0).await?;
    Ok(Json(Empty {}).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(types: &[&str], exclude_types: &[&str], account_id: Option<&str>) -> Form {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Form {
            types: owned(types),
            exclude_types: owned(exclude_types),
            account_id: account_id.map(str::to_owned),
            include_filtered: false,
        }
    }

    #[test]
    fn unknown_kinds_alone_are_nothing_not_everything() {
        let filter = form(&["mention", "nonsense"], &["reblog", "more"], Some("7")).filter();
        let filter = filter.map(|filter| (filter.only, filter.except, filter.from));
        assert_eq!(filter, Some((vec![Kind::Mention], vec![Kind::Reblog], Some(AccountId(7)))));
        assert!(form(&["nonsense"], &[], None).filter().is_none());
        assert!(form(&[], &["nonsense"], None).filter().is_some());
        assert!(form(&[], &[], Some("junk")).filter().is_none());
        assert!(form(&[], &[], Some("")).filter().is_some());
    }
}
