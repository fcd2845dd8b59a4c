//! Notifications in groups (<https://docs.joinmastodon.org/methods/grouped_notifications/>).

use std::collections::HashSet;

use axum::extract::State;
use axum::response::IntoResponse;
use db::account_views::{self, AccountView};
use db::filters::Context;
use db::notifications::Kind;
use db::notifications::groups::{self, Group, GroupKey, GroupPage};
use db::{AccountId, Conn, StatusId};
use http::StatusCode;
use serde::Deserialize;
use services::{Urls, notifications};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reports::Reports;
use super::{Count, Form};
use crate::accounts::{self, Accounts};
use crate::auth::Viewer;
use crate::entities;
use crate::entities::{
    FixedAccount, GroupedNotificationsResults, NotificationGroup, PartialAccountWithAvatar,
};
use crate::json::Empty;
use crate::openapi::at;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Name;
use crate::rendering::List;
use crate::{ApiState, Error, Json, Result};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(unread_count))
        .routes(routes!(one))
        .routes(routes!(accounts_of))
        .routes(routes!(dismiss))
        .routes(at("/api/v2_alpha/notifications", routes!(list)))
        .routes(at("/api/v2_alpha/notifications/unread_count", routes!(unread_count)))
        .routes(at("/api/v2_alpha/notifications/{group_key}", routes!(one)))
        .routes(at("/api/v2_alpha/notifications/{group_key}/accounts", routes!(accounts_of)))
        .routes(at("/api/v2_alpha/notifications/{group_key}/dismiss", routes!(dismiss)))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct GroupForm {
    types: Vec<String>,
    exclude_types: Vec<String>,
    account_id: Option<String>,
    include_filtered: bool,
    grouped_types: Vec<String>,
    expand_accounts: Option<String>,
}

impl GroupForm {
    /// Which kinds are grouped: all that can be, unless some are named.
    fn grouped(&self) -> Vec<Kind> {
        let named = |kind: &Kind| {
            self.grouped_types.is_empty() || self.grouped_types.iter().any(|word| word == kind.as_str())
        };
        Kind::ALL.into_iter().filter(|kind| kind.rules().grouping.is_some()).filter(named).collect()
    }

    /// Whether accounts beyond the first of a group are to be short.
    fn partial(&self) -> Result<bool> {
        match self.expand_accounts.as_deref() {
            None | Some("" | "full") => Ok(false),
            Some("partial_avatars") => Ok(true),
            Some(_) => {
                let text =
                    "Invalid value for 'expand_accounts', allowed values are 'full' and 'partial_avatars'";
                Err(Error::new(StatusCode::BAD_REQUEST, text))
            }
        }
    }

    fn form(self) -> Form {
        Form {
            types: self.types,
            exclude_types: self.exclude_types,
            account_id: self.account_id,
            include_filtered: self.include_filtered,
        }
    }
}

/// Lists notifications in groups.
#[utoipa::path(
    get,
    path = "/api/v2/notifications",
    params(Paging<40, 80>, GroupForm),
    responses((status = 200, body = entities::GroupedNotificationsResults)),
    security(("user" = ["read:notifications"])),
)]
async fn list(
    State(state): State<ApiState>,
    viewer: Viewer,
    paging: Paging<40, 80>,
    form: Params<GroupForm>,
) -> Result {
    let account = viewer.require("read:notifications")?;
    let (grouped, partial) = (form.0.grouped(), form.0.partial()?);
    let mut conn = state.app.conn().await?;
    let page = match form.0.form().filter() {
        Some(filter) => groups::list(&mut conn, account.id, &filter, &grouped, paging.page).await?,
        None => GroupPage::default(),
    };
    let links = paging.links(&state.app.urls, page.cursors);
    let views = Views::load(&state, &mut conn, account.id, &page.groups, partial).await?;
    Ok((links, Json(views.results(&state.app.urls, &page.groups, partial))).into_response())
}

/// What groups of a page show.
struct Views {
    accounts: List,
    /// Those of which only a part may be shown, if that is wanted.
    short: Vec<AccountView>,
    statuses: List,
    reports: Reports,
}

impl Views {
    async fn load(
        state: &ApiState,
        conn: &mut Conn,
        viewer: AccountId,
        groups: &[Group],
        partial: bool,
    ) -> Result<Self> {
        let mut seen = HashSet::new();
        let accounts: Vec<AccountId> = groups
            .iter()
            .flat_map(|group| group.samples.iter().copied())
            .filter(|id| seen.insert(*id))
            .collect();
        let mut seen = HashSet::new();
        let statuses: Vec<StatusId> =
            groups.iter().filter_map(|group| group.status).filter(|id| seen.insert(*id)).collect();
        let short: &[AccountId] = if partial { &accounts } else { &[] };
        let subjects = groups.iter().map(|group| (group.kind, group.subject));
        Ok(Self {
            reports: Reports::load(&state.app.urls, conn, viewer, subjects).await?,
            short: account_views::load_in_order(conn, short).await?,
            accounts: state.renderer.accounts(conn, &accounts).await?,
            statuses: state
                .renderer
                .within(Context::Notifications)
                .statuses(conn, Some(viewer), &statuses)
                .await?,
        })
    }

    /// Without groups of whose accounts none is left, or whose status went.
    fn results(&self, urls: &Urls, groups: &[Group], partial: bool) -> GroupedNotificationsResults<'_> {
        let has_status = |group: &&Group| group.status.is_none_or(|id| self.statuses.get(id.0).is_some());
        let groups: Vec<NotificationGroup<'_>> = groups
            .iter()
            .filter(has_status)
            .filter_map(|group| {
                let report = self.reports.get(group.kind, group.subject);
                NotificationGroup::new(group, |id| self.accounts.get(id.0).is_some(), report)
            })
            .collect();
        let shown: HashSet<i64> =
            groups.iter().flat_map(|group| group.sample_account_ids.iter().map(|id| id.0)).collect();
        let first: HashSet<i64> =
            groups.iter().filter_map(|group| group.sample_account_ids.first().map(|id| id.0)).collect();
        let is_full = |id: i64| shown.contains(&id) && (!partial || first.contains(&id));
        let is_short = |id: i64| shown.contains(&id) && !first.contains(&id);
        let short = self.short.iter().filter(|view| is_short(view.account.id.0));
        let short = short.map(|view| PartialAccountWithAvatar::new(FixedAccount::new(urls, view)));
        GroupedNotificationsResults {
            accounts: self.accounts.iter().filter(|(id, _)| is_full(*id)).map(|(_, one)| one).collect(),
            partial_accounts: partial.then(|| short.collect()),
            statuses: self.statuses.iter().map(|(_, status)| status).collect(),
            notification_groups: groups,
        }
    }
}

fn key(name: &Name) -> Result<GroupKey> {
    GroupKey::parse(&name.0).ok_or_else(Error::not_found)
}

/// Shows a group.
#[utoipa::path(
    get,
    path = "/api/v2/notifications/{group_key}",
    responses((status = 200, body = entities::GroupedNotificationsResults)),
    security(("user" = ["read:notifications"])),
)]
async fn one(State(state): State<ApiState>, viewer: Viewer, name: Name) -> Result {
    let account = viewer.require("read:notifications")?;
    let mut conn = state.app.conn().await?;
    let group = groups::find(&mut conn, account.id, key(&name)?).await?;
    let groups = [group];
    let views = Views::load(&state, &mut conn, account.id, &groups, false).await?;
    let results = views.results(&state.app.urls, &groups, false);
    if results.notification_groups.is_empty() {
        return Err(Error::not_found());
    }
    Ok(Json(results).into_response())
}

/// Lists the accounts of a group.
///
/// The documentation asks for the right to write; reading is what it is.
#[utoipa::path(
    get,
    path = "/api/v2/notifications/{group_key}/accounts",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read:notifications"]), ("user" = ["write:notifications"])),
)]
async fn accounts_of(State(state): State<ApiState>, viewer: Viewer, name: Name, paging: Accounts) -> Result {
    let account = viewer.require_any(&["read:notifications", "write:notifications"])?;
    let mut conn = state.app.conn().await?;
    let key = key(&name)?;
    let entries = groups::accounts(&mut conn, account.id, key, paging.page).await?;
    accounts::page(&state, &mut conn, &paging, &entries).await
}

/// Dismisses a group.
#[utoipa::path(
    post,
    path = "/api/v2/notifications/{group_key}/dismiss",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn dismiss(State(state): State<ApiState>, viewer: Viewer, name: Name) -> Result {
    let account = viewer.require("write:notifications")?;
    notifications::dismiss_group(&state.app, account, key(&name)?).await?;
    Ok(Json(Empty {}).into_response())
}

/// Counts unread groups.
#[utoipa::path(
    get,
    path = "/api/v2/notifications/unread_count",
    params(Paging<100, 1000>, GroupForm),
    responses((status = 200, body = Count)),
    security(("user" = ["read:notifications"])),
)]
async fn unread_count(
    State(state): State<ApiState>,
    viewer: Viewer,
    paging: Paging<100, 1000>,
    form: Params<GroupForm>,
) -> Result {
    let account = viewer.require("read:notifications")?;
    let grouped = form.0.grouped();
    let count = match form.0.form().filter() {
        Some(filter) => {
            let mut conn = state.app.conn().await?;
            groups::unread_count(&mut conn, account.id, &filter, &grouped, paging.page.limit).await?
        }
        None => 0,
    };
    Ok(Json(Count { count }).into_response())
}
