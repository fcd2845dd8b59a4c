//! What the instance says of itself.

use std::fmt::Write;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};
use db::account_views::{self, AccountView};
use db::instance_activity::{Week, twelve_weeks};
use db::{Conn, instances, users};
use serde::Serialize;
use serde_json::json;
use services::numbers::{self, Kept};
use services::{keys, secrets};

use crate::auth::Viewer;
use crate::entities::{self, Id, Stats, Time};
use crate::{ApiState, Error, Json, Result};

/// How long the numbers of the weeks are kept; they read much.
const WEEKS_KEPT: Duration = Duration::from_mins(5);

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/instance", get(v1))
        .route("/api/v2/instance", get(v2))
        .route("/api/v1/instance/peers", get(peers))
        .route("/api/v1/instance/activity", get(activity))
        .route("/api/v1/instance/rules", get(rules))
        .route("/api/v1/instance/domain_blocks", get(domain_blocks))
        .route("/api/v1/instance/extended_description", get(extended_description))
        .route("/api/v1/instance/privacy_policy", get(privacy_policy))
        .route("/api/v1/instance/translation_languages", get(translation_languages))
        .route("/api/v1/instance/languages", get(languages))
        .layer(Extension(Weeks::default()))
}

/// Whoever looks after the place, if it is an account here.
async fn contact(conn: &mut Conn) -> Result<Option<AccountView>> {
    match users::head(conn).await? {
        Some(id) => Ok(account_views::load_in_order(conn, &[id]).await?.pop()),
        None => Ok(None),
    }
}

async fn v1(State(state): State<ApiState>) -> Result {
    let totals = numbers::totals(&state.app).await?;
    let numbers =
        Stats { user_count: totals.users.total, status_count: totals.statuses, domain_count: totals.hosts };
    let mut conn = state.app.conn().await?;
    let contact = contact(&mut conn).await?;
    let (config, urls) = (&state.app.config, &state.app.urls);
    Ok(Json(entities::instance_v1(config, urls, numbers, contact.as_ref())).into_response())
}

async fn v2(State(state): State<ApiState>) -> Result {
    let active_month = numbers::totals(&state.app).await?.users.active_month;
    let vapid = keys::vapid(&state.app).await?.public();
    let mut conn = state.app.conn().await?;
    let contact = contact(&mut conn).await?;
    let (config, urls) = (&state.app.config, &state.app.urls);
    Ok(Json(entities::instance(config, urls, active_month, &vapid, contact.as_ref())).into_response())
}

async fn peers(State(state): State<ApiState>) -> Result {
    Ok(Json(&*numbers::peers(&state.app).await?).into_response())
}

/// The numbers of the last weeks.
type Weeks = Kept<Vec<Week>>;

/// <https://docs.joinmastodon.org/methods/instance/#activity>; numbers are texts there.
#[derive(Clone, Copy, Debug, Serialize)]
struct Activity {
    week: Id,
    statuses: Id,
    logins: Id,
    registrations: Id,
}

impl From<&Week> for Activity {
    fn from(week: &Week) -> Self {
        Self {
            week: Id(week.week),
            statuses: Id(week.statuses),
            logins: Id(week.logins),
            registrations: Id(week.registrations),
        }
    }
}

async fn activity(State(state): State<ApiState>, Extension(kept): Extension<Weeks>) -> Result {
    let count = async || Ok(twelve_weeks(&mut *state.app.conn().await?).await?);
    let weeks = kept.get(WEEKS_KEPT, count).await?;
    Ok(Json(weeks.iter().map(Activity::from).collect::<Vec<_>>()).into_response())
}

/// None can be written down yet.
async fn rules() -> Json<[(); 0]> {
    Json([])
}

/// <https://docs.joinmastodon.org/entities/DomainBlock/>
#[derive(Clone, Debug, Serialize)]
struct DomainBlock<'a> {
    domain: &'a str,
    digest: String,
    severity: &'static str,
    comment: &'static str,
}

/// For those who have an account here: whom an instance does not talk to is nobody else's business, unless
/// it says so.
async fn domain_blocks(State(state): State<ApiState>, viewer: Option<Viewer>) -> Result {
    viewer.ok_or_else(Error::not_found)?;
    let mut conn = state.app.conn().await?;
    let hosts = instances::blocked(&mut conn).await?;
    let blocks: Vec<_> = hosts
        .iter()
        .map(|host| DomainBlock {
            domain: host,
            digest: hexadecimal(&secrets::hash(host)),
            severity: "suspend",
            comment: "",
        })
        .collect();
    Ok(Json(blocks).into_response())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A text about the place.
#[derive(Clone, Debug, Serialize)]
struct Document {
    updated_at: Time,
    content: String,
}

/// What the settings say of the place. They have no date, so that of the first start stands there.
async fn extended_description(State(state): State<ApiState>) -> Result {
    let mut conn = state.app.conn().await?;
    let links = text::Links { mentions: Vec::new(), tag_base: state.app.urls.tags() };
    let content = text::linkify_plain(&state.app.config.instance.description, &links).into_string();
    let updated_at = Time(instances::made_at(&mut conn).await?);
    Ok(Json(Document { updated_at, content }).into_response())
}

/// None can be written down yet.
async fn privacy_policy(State(state): State<ApiState>) -> Result {
    let mut conn = state.app.conn().await?;
    let updated_at = Time(instances::made_at(&mut conn).await?);
    Ok(Json(Document { updated_at, content: String::new() }).into_response())
}

async fn translation_languages() -> Result {
    Ok(Json(json!({})).into_response())
}

/// Not documented, but called: the languages spoken here.
async fn languages(State(state): State<ApiState>) -> Result {
    let languages = &state.app.config.instance.languages;
    let entities: Vec<_> =
        languages.iter().map(|code| json!({ "code": code, "name": language_name(code) })).collect();
    Ok(Json(entities).into_response())
}

/// What a language calls itself; the code for those that are not on this short list.
fn language_name(code: &str) -> &str {
    match code {
        "ca" => "Català",
        "cs" => "Čeština",
        "da" => "Dansk",
        "de" => "Deutsch",
        "el" => "Ελληνικά",
        "en" => "English",
        "eo" => "Esperanto",
        "es" => "Español",
        "eu" => "Euskara",
        "fi" => "Suomi",
        "fr" => "Français",
        "it" => "Italiano",
        "ja" => "日本語",
        "ko" => "한국어",
        "nl" => "Nederlands",
        "pl" => "Polski",
        "pt" => "Português",
        "ru" => "Русский",
        "sv" => "Svenska",
        "tr" => "Türkçe",
        "uk" => "Українська",
        "zh" => "中文",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha_256_in_hexadecimal() {
        let digest = hexadecimal(&secrets::hash("a"));
        assert_eq!(digest, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    }
}
