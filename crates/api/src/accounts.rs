//! Accounts: looking at them, their statuses, and whom they know.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use db::account_states::{self, AccountState};
use db::account_views::AccountView;
use db::accounts::Account;
use db::filters::Context;
use db::follows::Side;
use db::page::Entry;
use db::timelines::OfAccount;
use db::{AccountId, Conn, account_views, follows, relationships, timelines};
use serde::Deserialize;
use text::Handle;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::entities;
use crate::paging::Paging;
use crate::params::{Params, unless_blank};
use crate::path::Id;
use crate::{ApiState, Error, Json, Result};

/// Pages of accounts.
pub(crate) type Accounts = Paging<40, 80>;

/// Most accounts that are asked for by id at once.
const MOST_IDS: usize = 40;
/// Most accounts named for one account of `familiar_followers`.
const MOST_FAMILIAR: i64 = 40;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(several))
        .routes(routes!(verify_credentials))
        .routes(routes!(lookup))
        .routes(routes!(search))
        .routes(routes!(familiar_followers))
        .routes(routes!(one))
        .routes(routes!(statuses))
        .routes(routes!(followers))
        .routes(routes!(following))
}

/// The account with this id: 404 for nobody, 410 for one that is suspended.
pub(crate) async fn find(conn: &mut Conn, id: AccountId) -> Result<Account> {
    present(db::accounts::find(conn, id).await?)
}

fn present(account: Account) -> Result<Account> {
    if account.is_instance_actor() {
        Err(Error::not_found())
    } else if account.suspended_at.is_some() {
        Err(services::Error::Gone.into())
    } else {
        Ok(account)
    }
}

/// A page of accounts with links that lead by the rows between them.
pub(crate) async fn page(
    state: &ApiState,
    conn: &mut Conn,
    paging: &Accounts,
    entries: &[Entry],
) -> Result<Response> {
    let ids: Vec<AccountId> = entries.iter().map(|entry| AccountId(entry.target)).collect();
    let views = account_views::load_in_order(conn, &ids).await?;
    let links = paging.links(&state.app.urls, entries.iter().map(|entry| entry.id));
    Ok((links, list(state, &views)).into_response())
}

pub(crate) fn list<'a>(state: &ApiState, views: &'a [AccountView]) -> Json<Vec<entities::Account<'a>>> {
    Json(entities::Account::list(&state.app.urls, views))
}

/// One account: 404 for nobody, 410 for one that is suspended.
async fn answer(state: &ApiState, conn: &mut Conn, known: Option<AccountState>) -> Result {
    let known = known.ok_or_else(Error::not_found)?;
    if known.is_gone {
        return Err(services::Error::Gone.into());
    }
    Ok(state.renderer.account_list(conn, &[&known]).await?.one()?.into_response())
}

/// Shows an account.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}",
    responses((status = 200, body = entities::Account)),
    security((), ("user" = ["read:accounts"])),
)]
async fn one(State(state): State<ApiState>, viewer: Option<Viewer>, id: Id<AccountId>) -> Result {
    reader(viewer.as_ref(), "read:accounts")?;
    let mut conn = state.app.conn().await?;
    let known = account_states::find(&mut conn, id.0).await?;
    answer(&state, &mut conn, known).await
}

/// The ids among some texts, each once, in the order given; the first [`MOST_IDS`].
pub(crate) fn account_ids(texts: &[String]) -> Vec<AccountId> {
    let mut ids = Vec::with_capacity(texts.len().min(MOST_IDS));
    for id in texts.iter().filter_map(|text| text.trim().parse().ok()) {
        if ids.len() < MOST_IDS && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Ids {
    id: Vec<String>,
}

/// Shows several accounts.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    params(Ids),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:accounts"])),
)]
async fn several(State(state): State<ApiState>, viewer: Option<Viewer>, ids: Params<Ids>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:accounts")?;
    let mut ids = account_ids(&ids.0.id);
    let mut conn = state.app.conn().await?;
    if let Some(viewer) = viewer {
        let hostile = relationships::blockers_among(&mut conn, viewer, &ids).await?;
        ids.retain(|id| !hostile.contains(id));
    }
    let mut views = account_views::load_in_order(&mut conn, &ids).await?;
    views.retain(|view| !view.account.is_instance_actor());
    Ok(list(&state, &views).into_response())
}

/// Shows the own account.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/verify_credentials",
    responses((status = 200, body = entities::CredentialAccount)),
    security(("user" = ["profile"]), ("user" = ["read:accounts"])),
)]
async fn verify_credentials(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let account = viewer.require_any(&["profile", "read:accounts"])?;
    let mut conn = state.app.conn().await?;
    let view = account_views::find(&mut conn, account.id).await?;
    let requests = follows::count_requests(&mut conn, account.id).await?;
    let urls = &state.app.urls;
    Ok(Json(entities::CredentialAccount::new(urls, &view, viewer.user(), requests)).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Lookup {
    acct: String,
}

/// Finds an account by its handle.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/lookup",
    params(Lookup),
    responses((status = 200, body = entities::Account)),
    security((), ("user" = ["read:accounts"])),
)]
async fn lookup(State(state): State<ApiState>, viewer: Option<Viewer>, form: Params<Lookup>) -> Result {
    reader(viewer.as_ref(), "read:accounts")?;
    let handle = Handle::parse(&form.0.acct).map_err(|_| Error::not_found())?;
    let domain = handle.domain.as_deref().filter(|domain| *domain != state.app.urls.domain());
    let mut conn = state.app.conn().await?;
    let known = account_states::find_by_handle(&mut conn, &handle.username, domain).await?;
    answer(&state, &mut conn, known).await
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Search {
    q: String,
    #[serde(deserialize_with = "unless_blank")]
    offset: Option<i64>,
    resolve: bool,
    following: bool,
}

/// Searches for accounts.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/search",
    params(Accounts, Search),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read:accounts"])),
)]
async fn search(
    State(state): State<ApiState>,
    viewer: Viewer,
    paging: Accounts,
    form: Params<Search>,
) -> Result {
    let by = viewer.require("read:accounts")?;
    let wanted = crate::search::Wanted {
        text: form.0.q.trim(),
        viewer: Some(by.id),
        resolve: form.0.resolve,
        only_following: form.0.following,
        offset: form.0.offset.unwrap_or_default().max(0),
        limit: paging.page.limit,
        page: paging.page,
    };
    let views = crate::search::accounts(&state, &wanted).await?;
    Ok(list(&state, &views).into_response())
}

/// Lists followers of accounts whom the viewer follows.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/familiar_followers",
    params(Ids),
    responses((status = 200, body = Vec<entities::FamiliarFollowers>)),
    security(("user" = ["read:follows"])),
)]
async fn familiar_followers(State(state): State<ApiState>, viewer: Viewer, ids: Params<Ids>) -> Result {
    let by = viewer.require("read:follows")?;
    let ids = account_ids(&ids.0.id);
    let mut conn = state.app.conn().await?;
    let familiar = follows::familiar(&mut conn, by.id, &ids, MOST_FAMILIAR).await?;
    let mut followers: Vec<AccountId> = familiar.iter().map(|row| row.follower).collect();
    followers.sort_unstable();
    followers.dedup();
    let mut views = account_views::load(&mut conn, &followers).await?;
    views.retain(|_, view| view.account.suspended_at.is_none());
    let entities: Vec<_> = ids
        .iter()
        .map(|id| entities::FamiliarFollowers {
            id: entities::Id(id.0),
            accounts: familiar
                .iter()
                .filter(|row| row.of == *id)
                .filter_map(|row| views.get(&row.follower))
                .map(|view| entities::Account::new(&state.app.urls, view))
                .collect(),
        })
        .collect();
    Ok(Json(entities).into_response())
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Which {
    pinned: bool,
    only_media: bool,
    exclude_replies: bool,
    exclude_reblogs: bool,
    tagged: Option<String>,
}

/// Lists an account's statuses.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/statuses",
    params(Paging<20, 40>, Which),
    responses((status = 200, body = Vec<entities::Status>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn statuses(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    id: Id<AccountId>,
    paging: Paging<20, 40>,
    which: Params<Which>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let Which { pinned, only_media, exclude_replies, exclude_reblogs, tagged } = which.0;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, id.0).await?;
    let tagged = tagged.filter(|tag| !tag.trim().is_empty());
    let ids = match (pinned, tagged.as_deref().map(text::normalise_tag)) {
        (true, _) => db::pins::list(&mut conn, account.id).await?,
        (false, Some(None)) => Vec::new(),
        (false, tagged) => {
            let tagged = tagged.flatten();
            let what = OfAccount { only_media, exclude_replies, exclude_reblogs, tagged };
            timelines::of_account(&mut conn, viewer, account.id, &what, paging.page).await?
        }
    };
    let entities = state.renderer.within(Context::Account).statuses(&mut conn, viewer, &ids).await?;
    if pinned {
        // They stand in the order of their pinning, all of them: cursors would mean nothing.
        return Ok(entities.into_response());
    }
    Ok((paging.links(&state.app.urls, ids.iter().map(|id| id.0)), entities).into_response())
}

/// Lists an account's followers.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/followers",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:accounts"])),
)]
async fn followers(
    state: State<ApiState>,
    viewer: Option<Viewer>,
    id: Id<AccountId>,
    paging: Accounts,
) -> Result {
    people(state, viewer, id, paging, Side::Followers).await
}

/// Lists whom an account follows.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/following",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:accounts"])),
)]
async fn following(
    state: State<ApiState>,
    viewer: Option<Viewer>,
    id: Id<AccountId>,
    paging: Accounts,
) -> Result {
    people(state, viewer, id, paging, Side::Following).await
}

async fn people(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    id: Id<AccountId>,
    paging: Accounts,
    side: Side,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:accounts")?;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, id.0).await?;
    let entries = if shows_collections(&mut conn, &account, viewer).await? {
        follows::people(&mut conn, account.id, side, viewer, paging.page).await?
    } else {
        Vec::new()
    };
    page(&state, &mut conn, &paging, &entries).await
}

/// Whether an account lets the viewer see whom it knows.
async fn shows_collections(conn: &mut Conn, account: &Account, viewer: Option<AccountId>) -> Result<bool> {
    match viewer {
        Some(viewer) if viewer == account.id => Ok(true),
        _ if account.hide_collections => Ok(false),
        Some(viewer) => Ok(!relationships::blocks(conn, account.id, viewer).await?),
        None => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_each_taken_once_and_junk_is_ignored() {
        let ids =
            |texts: &[&str]| account_ids(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        assert_eq!(ids(&["3", " 1 ", "3", "x", ""]), [AccountId(3), AccountId(1)]);
        assert_eq!(ids(&["99999999999999999999"]), []);
        assert_eq!(ids(&[]), []);
        let many: Vec<String> = (1..=100).map(|number| number.to_string()).collect();
        assert_eq!(account_ids(&many), (1..=40).map(AccountId).collect::<Vec<_>>());
    }
}
