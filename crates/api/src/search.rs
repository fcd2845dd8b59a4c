//! Search: handles and addresses are looked up, words are looked for.

use axum::extract::State;
use axum::response::IntoResponse;
use db::account_views::{self, AccountView};
use db::tags::Tag;
use db::{AccountId, Conn, Page, StatusId};
use serde::Deserialize;
use services::resolver::Found;
use text::Handle;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::entities;
use crate::paging::Paging;
use crate::params::{Params, unless_blank};
use crate::rendering::List;
use crate::tags::{self, Usage};
use crate::{ApiState, Error, Json, Result};

/// Longest text looked for, in characters; nothing is found by more.
const LONGEST: usize = 1000;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(search))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Type {
    Accounts,
    Statuses,
    Hashtags,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Query {
    q: String,
    #[serde(rename = "type")]
    #[param(inline)]
    only: Option<Type>,
    #[serde(default)]
    resolve: bool,
    #[serde(default)]
    following: bool,
    #[serde(default, deserialize_with = "unless_blank")]
    #[param(value_type = Option<String>)]
    account_id: Option<AccountId>,
    #[serde(default, deserialize_with = "unless_blank")]
    offset: Option<i64>,
}

/// Which accounts are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// A handle, or the beginning of one or of a name.
    pub(crate) text: &'a str,
    /// Who asks.
    pub(crate) viewer: Option<AccountId>,
    /// Whether other servers may be asked; only for a viewer.
    pub(crate) resolve: bool,
    /// Only accounts that the viewer follows.
    pub(crate) only_following: bool,
    /// Skip so many.
    pub(crate) offset: i64,
    /// At most so many.
    pub(crate) limit: i64,
    /// Bounds for the ids of statuses.
    pub(crate) page: Page,
}

#[derive(Default)]
struct Hits {
    accounts: Vec<AccountView>,
    statuses: Option<List>,
    tags: Vec<Tag>,
    usage: Usage,
}

/// Accounts whose handle or name is like the text, the one with exactly this handle first.
pub(crate) async fn accounts(state: &ApiState, wanted: &Wanted<'_>) -> Result<Vec<AccountView>> {
    let Wanted { text, viewer, .. } = *wanted;
    if text.is_empty() || text.chars().count() > LONGEST || text.starts_with('#') {
        return Ok(Vec::new());
    }
    let exact = match Handle::parse(text) {
        Ok(handle) if wanted.offset == 0 && !wanted.only_following => exact(state, wanted, &handle).await?,
        _ => None,
    };
    let mut conn = state.app.conn().await?;
    let (following, offset, limit) = (wanted.only_following, wanted.offset, wanted.limit);
    let similar =
        services::search::accounts(&state.app, &mut conn, viewer, text, following, offset, limit).await?;
    let mut ids: Vec<AccountId> = exact.into_iter().collect();
    ids.extend(similar.into_iter().filter(|id| Some(*id) != exact));
    ids.truncate(usize::try_from(wanted.limit).unwrap_or_default());
    Ok(account_views::load_in_order(&mut conn, &ids).await?)
}

/// The account with this handle; one that another server must be asked for needs a host in it.
async fn exact(state: &ApiState, wanted: &Wanted<'_>, handle: &Handle) -> Result<Option<AccountId>> {
    let known = {
        let mut conn = state.app.conn().await?;
        services::accounts::find_known(&state.app, &mut conn, handle).await?
    };
    let found = match known {
        None if wanted.resolve && wanted.viewer.is_some() && handle.domain.is_some() => {
            nothing_if_refused(state.resolver.account(handle).await)?
        }
        known => known,
    };
    Ok(found.map(|account| account.id))
}

/// That another server does not answer well is not the searcher's fault: nothing was found.
fn nothing_if_refused<T>(answer: services::Result<Option<T>>) -> Result<Option<T>> {
    match answer {
        Err(error @ (services::Error::Internal(_) | services::Error::Busy)) => Err(error.into()),
        Err(_) => Ok(None),
        Ok(found) => Ok(found),
    }
}

/// Searches.
#[utoipa::path(
    get,
    path = "/api/v2/search",
    params(Paging<20, 40>, Query),
    responses((status = 200, body = entities::Search)),
    security((), ("user" = ["read:search"])),
)]
async fn search(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    paging: Paging<20, 40>,
    query: Params<Query>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:search")?;
    let Query { q, only, resolve, following, account_id, offset } = query.0;
    let offset = offset.unwrap_or_default().max(0);
    if viewer.is_none() && (resolve || offset > 0) {
        let text = if resolve {
            "Search queries that resolve remote resources are not supported without authentication"
        } else {
            "Search queries pagination is not supported without authentication"
        };
        return Err(Error::unauthorized(text));
    }
    // Without a type, all pages would have to be counted at once.
    let offset = if only.is_some() { offset } else { 0 };
    let text = q.trim();
    let wanted = Wanted {
        text,
        viewer,
        resolve,
        only_following: following,
        offset,
        limit: paging.page.limit,
        page: paging.page,
    };
    let hits = if text.starts_with("https://") || text.starts_with("http://") {
        if offset == 0 { at_address(&state, &wanted).await? } else { Hits::default() }
    } else {
        by_words(&state, &wanted, only, account_id).await?
    };
    let shown = |this: Type| only.is_none_or(|only| only == this);
    let urls = &state.app.urls;
    let mut found = entities::Search::default();
    if shown(Type::Accounts) {
        found.accounts = entities::Account::list(urls, &hits.accounts);
    }
    if shown(Type::Statuses) {
        found.statuses = hits.statuses.iter().flat_map(List::iter).map(|(_, status)| status).collect();
    }
    if shown(Type::Hashtags) {
        found.hashtags = hits.usage.list(urls, &hits.tags);
    }
    Ok(Json(found).into_response())
}

/// What is at an address: fetched if it may be, or else if it is known here.
async fn at_address(state: &ApiState, wanted: &Wanted<'_>) -> Result<Hits> {
    let Wanted { text: url, viewer, .. } = *wanted;
    if url.chars().count() > LONGEST {
        return Ok(Hits::default());
    }
    let found = if wanted.resolve && viewer.is_some() {
        nothing_if_refused(state.resolver.url(url).await)?
    } else {
        known_at(&mut *state.app.conn().await?, url).await?
    };
    let mut conn = state.app.conn().await?;
    let mut hits = Hits::default();
    match found {
        Some(Found::Account(account)) => {
            hits.accounts = account_views::load_in_order(&mut conn, &[account.id]).await?;
        }
        Some(Found::Status(status)) => {
            hits.statuses = Some(state.renderer.statuses(&mut conn, viewer, &[status]).await?);
        }
        None => {}
    }
    Ok(hits)
}

async fn known_at(conn: &mut Conn, uri: &str) -> Result<Option<Found>> {
    if let Some(account) = db::accounts::find_by_uri(conn, uri).await? {
        return Ok((!account.is_instance_actor()).then(|| Found::Account(Box::new(account))));
    }
    Ok(db::statuses::find_by_uri(conn, uri).await?.map(|status| Found::Status(status.id)))
}

async fn by_words(
    state: &ApiState,
    wanted: &Wanted<'_>,
    only: Option<Type>,
    author: Option<AccountId>,
) -> Result<Hits> {
    let Wanted { text, viewer, offset, limit, .. } = *wanted;
    let mut hits = Hits::default();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Ok(hits);
    }
    let asked = |this: Type| only.is_none_or(|only| only == this);
    if asked(Type::Accounts) {
        hits.accounts = accounts(state, wanted).await?;
    }
    let mut conn = state.app.conn().await?;
    if asked(Type::Hashtags)
        && let Some(name) = text::normalise_tag(text)
    {
        hits.tags = services::search::tags(&state.app, &mut conn, &name, offset, limit).await?;
        hits.usage = tags::usage(&mut conn, viewer, &hits.tags).await?;
    }
    let words = !text.starts_with(['#', '@']);
    if let (true, true, Some(viewer)) = (asked(Type::Statuses), words, viewer) {
        drop(conn);
        hits.statuses = Some(statuses(state, wanted, viewer, author).await?);
    }
    Ok(hits)
}

/// Words that say where to look instead of what for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Operators<'a> {
    words: String,
    from: Option<&'a str>,
    only_media: bool,
}

impl<'a> Operators<'a> {
    fn read(text: &'a str) -> Self {
        let mut found = Self::default();
        for word in text.split_whitespace() {
            match word.split_once(':') {
                Some(("from", who)) if !who.is_empty() => found.from = Some(who),
                Some(("has", "media")) => found.only_media = true,
                _ => {
                    if !found.words.is_empty() {
                        found.words.push(' ');
                    }
                    found.words.push_str(word);
                }
            }
        }
        found
    }
}

async fn statuses(
    state: &ApiState,
    wanted: &Wanted<'_>,
    viewer: AccountId,
    author: Option<AccountId>,
) -> Result<List> {
    let Operators { words, from, only_media } = Operators::read(wanted.text);
    let mut conn = state.app.conn().await?;
    let by = match from {
        None => author,
        Some("me") => Some(viewer),
        Some(handle) => {
            let Ok(handle) = Handle::parse(handle) else { return Ok(List::default()) };
            let Some(account) = services::accounts::find_known(&state.app, &mut conn, &handle).await? else {
                return Ok(List::default());
            };
            Some(account.id)
        }
    };
    if author.is_some() && by != author {
        return Ok(List::default());
    }
    let (below, above) = (wanted.page.below(), wanted.page.above());
    let (offset, limit) = (wanted.offset, wanted.limit);
    let what = db::search::Statuses { by, only_media, below, above, offset, limit };
    let ids: Vec<StatusId> = services::search::statuses(&state.app, &mut conn, viewer, &words, what).await?;
    state.renderer.statuses(&mut conn, Some(viewer), &ids).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_taken_out_of_the_words() {
        let read = Operators::read("from:me  some words has:media here:too");
        let expected =
            Operators { words: "some words here:too".to_owned(), from: Some("me"), only_media: true };
        assert_eq!(read, expected);
        assert_eq!(Operators::read("from: x").words, "from: x");
    }
}
