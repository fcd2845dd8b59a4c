//! What stands between the viewer and others: follows, blocks, mutes, notes.

use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, Utc};
use db::accounts::Account;
use db::follows::Options;
use db::{AccountId, relationships};
use serde::Deserialize;
use services::{blocks, follows, mutes, notes, preferences};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::account_ids;
use crate::auth::Viewer;
use crate::entities;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result};

/// Most languages that one follow is limited to.
const MOST_LANGUAGES: usize = 50;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(follow))
        .routes(routes!(unfollow))
        .routes(routes!(remove_from_followers))
        .routes(routes!(block))
        .routes(routes!(unblock))
        .routes(routes!(mute))
        .routes(routes!(unmute))
        .routes(routes!(note))
}

/// The account that something is done to; a suspended one can be let go of, too.
pub(crate) async fn target(state: &ApiState, id: AccountId) -> Result<Account> {
    let mut conn = state.app.conn().await?;
    let account = db::accounts::find(&mut conn, id).await?;
    if account.is_instance_actor() { Err(Error::not_found()) } else { Ok(account) }
}

/// What stands between the viewer and an account now.
pub(crate) async fn answer(state: &ApiState, by: &Account, of: &Account) -> Result {
    let mut conn = state.app.conn().await?;
    let row = relationships::find(&mut conn, by.id, of.id).await?;
    Ok(Json(entities::Relationship::from(&row)).into_response())
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct With {
    id: Vec<String>,
    with_suspended: bool,
}

/// Shows what stands between the viewer and accounts.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/relationships",
    params(With),
    responses((status = 200, body = Vec<entities::Relationship>)),
    security(("user" = ["read:follows"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, with: Params<With>) -> Result {
    let by = viewer.require("read:follows")?;
    let mut ids = account_ids(&with.0.id);
    let mut conn = state.app.conn().await?;
    if !with.0.with_suspended {
        let there = db::accounts::load(&mut conn, &ids).await?;
        ids.retain(|id| there.iter().any(|account| account.id == *id && account.suspended_at.is_none()));
    }
    let rows = relationships::load(&mut conn, by.id, &ids).await?;
    let entities: Vec<_> = rows.iter().map(entities::Relationship::from).collect();
    Ok(Json(entities).into_response())
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct FollowForm {
    reblogs: Option<bool>,
    notify: Option<bool>,
    languages: Option<Vec<String>>,
}

impl FollowForm {
    fn options(self) -> Result<Options> {
        let plausible = self.languages.iter().all(|languages| {
            languages.len() <= MOST_LANGUAGES && languages.iter().all(|code| preferences::is_language(code))
        });
        if !plausible {
            return Err(Error::invalid("Languages must be language codes"));
        }
        Ok(Options { show_reblogs: self.reblogs, notify: self.notify, languages: self.languages })
    }
}

/// Follows an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/follow",
    request_body = inline(FollowForm),
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:follows"])),
)]
async fn follow(
    State(state): State<ApiState>,
    viewer: Viewer,
    id: Id<AccountId>,
    form: Params<FollowForm>,
) -> Result {
    let by = viewer.require("write:follows")?;
    let of = target(&state, id.0).await?;
    follows::follow(&state.app, by, &of, &form.0.options()?, None).await?;
    answer(&state, by, &of).await
}

/// Unfollows an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/unfollow",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:follows"])),
)]
async fn unfollow(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:follows")?;
    let of = target(&state, id.0).await?;
    follows::unfollow(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

/// Removes a follower.
///
/// Somebody who only asked to follow is not refused by this.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/remove_from_followers",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:follows"])),
)]
async fn remove_from_followers(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:follows")?;
    let follower = target(&state, id.0).await?;
    let follows_indeed = {
        let mut conn = state.app.conn().await?;
        db::follows::find(&mut conn, follower.id, by.id).await?.is_some()
    };
    if follows_indeed {
        follows::reject(&state.app, by, &follower).await?;
    }
    answer(&state, by, &follower).await
}

/// Blocks an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/block",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:blocks"])),
)]
async fn block(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:blocks")?;
    let of = target(&state, id.0).await?;
    blocks::block(&state.app, by, &of, None).await?;
    answer(&state, by, &of).await
}

/// Unblocks an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/unblock",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:blocks"])),
)]
async fn unblock(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:blocks")?;
    let of = target(&state, id.0).await?;
    blocks::unblock(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct MuteForm {
    notifications: Option<bool>,
    duration: Option<f64>,
}

impl MuteForm {
    /// When the mute ends; `None` for never, which is also what nobody will live to see.
    fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let seconds = self.duration.filter(|seconds| (1.0..=3.2e9).contains(seconds))?;
        #[expect(clippy::cast_possible_truncation, reason = "it was compared with its bounds")]
        let delta = TimeDelta::try_seconds(seconds as i64)?;
        now.checked_add_signed(delta)
    }
}

/// Mutes an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/mute",
    request_body = inline(MuteForm),
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:mutes"])),
)]
async fn mute(
    State(state): State<ApiState>,
    viewer: Viewer,
    id: Id<AccountId>,
    form: Params<MuteForm>,
) -> Result {
    let by = viewer.require("write:mutes")?;
    let of = target(&state, id.0).await?;
    let hide_notifications = form.0.notifications.unwrap_or(true);
    mutes::mute(&state.app, by, &of, hide_notifications, form.0.until(Utc::now())).await?;
    answer(&state, by, &of).await
}

/// Unmutes an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/unmute",
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:mutes"])),
)]
async fn unmute(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("write:mutes")?;
    let of = target(&state, id.0).await?;
    mutes::unmute(&state.app, by, &of).await?;
    answer(&state, by, &of).await
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct NoteForm {
    comment: String,
}

/// Writes a private note about an account.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{id}/note",
    request_body = inline(NoteForm),
    responses((status = 200, body = entities::Relationship)),
    security(("user" = ["write:accounts"])),
)]
async fn note(
    State(state): State<ApiState>,
    viewer: Viewer,
    id: Id<AccountId>,
    form: Params<NoteForm>,
) -> Result {
    let by = viewer.require("write:accounts")?;
    let of = target(&state, id.0).await?;
    notes::write(&state.app, by, &of, &form.0.comment).await?;
    answer(&state, by, &of).await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::params::{from_tree, parse_query};

    fn options(query: &str) -> Result<Options> {
        from_tree::<FollowForm>(parse_query(query).unwrap()).unwrap().options()
    }

    #[test]
    fn what_is_not_said_of_a_follow_stays_as_it_is() {
        assert_eq!(options("").unwrap(), Options::default());
        let said = options("reblogs=false&notify=1&languages[]=de&languages[]=en").unwrap();
        assert_eq!((said.show_reblogs, said.notify), (Some(false), Some(true)));
        assert_eq!(said.languages.unwrap(), ["de", "en"]);
        assert_eq!(options("languages[]=").unwrap().languages, Some(Vec::new()));
        assert!(options("languages[]=everything").is_err());
    }

    #[test]
    fn mutes_end_when_asked_and_never_overflow() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let until = |duration| MuteForm { notifications: None, duration }.until(now);
        assert_eq!(until(Some(60.0)), DateTime::from_timestamp(1_700_000_060, 0));
        for never in [None, Some(0.0), Some(-5.0), Some(1e300)] {
            assert_eq!(until(never), None, "{never:?}");
        }
    }
}
