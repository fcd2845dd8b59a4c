//! What the instance says of itself.

use std::fmt::Write;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};
use chrono::NaiveDate;
use config::ShownTo;
use db::account_views::{self, AccountView};
use db::instance_activity::{Week, twelve_weeks};
use db::instance_rules::Rule;
use db::instances;
use serde::Serialize;
use serde_json::json;
use services::instance_texts::{self, Kind};
use services::numbers::{self, Kept};
use services::{App, keys, secrets};

use crate::auth::Viewer;
use crate::entities::{self, About, Id, Stats, Time};
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
        .route("/api/v1/instance/terms_of_service", get(terms_of_service))
        .route("/api/v1/instance/terms_of_service/{date}", get(terms_of_day))
        .route("/api/v1/instance/translation_languages", get(translation_languages))
        .route("/api/v1/instance/languages", get(languages))
        .layer(Extension(Weeks::default()))
}

/// What is asked of the database for either document.
struct Facts {
    contact: Option<AccountView>,
    rules: Vec<Rule>,
    has_terms: bool,
    vapid_key: String,
}

impl Facts {
    async fn load(app: &App) -> Result<Self> {
        let mut conn = app.conn().await?;
        let contact = match services::instance::contact(app, &mut conn).await? {
            Some(id) => account_views::load_in_order(&mut conn, &[id]).await?.pop(),
            None => None,
        };
        let rules = db::instance_rules::list(&mut conn).await?;
        let has_terms = db::instance_texts::has_terms(&mut conn).await?;
        drop(conn);
        let vapid_key = keys::vapid(app).await?.public();
        Ok(Self { contact, rules, has_terms, vapid_key })
    }

    fn about<'a>(&'a self, app: &'a App) -> About<'a> {
        About {
            config: &app.config,
            urls: &app.urls,
            contact: self.contact.as_ref(),
            rules: &self.rules,
            has_terms: self.has_terms,
            vapid_key: &self.vapid_key,
        }
    }
}

async fn v1(State(state): State<ApiState>) -> Result {
    let totals = numbers::totals(&state.app).await?;
    let numbers =
        Stats { user_count: totals.users.total, status_count: totals.statuses, domain_count: totals.hosts };
    let facts = Facts::load(&state.app).await?;
    Ok(Json(entities::instance_v1(facts.about(&state.app), numbers)).into_response())
}

async fn v2(State(state): State<ApiState>) -> Result {
    let active_month = numbers::totals(&state.app).await?.users.active_month;
    let facts = Facts::load(&state.app).await?;
    Ok(Json(entities::instance(facts.about(&state.app), active_month)).into_response())
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

async fn rules(State(state): State<ApiState>) -> Result {
    let mut conn = state.app.conn().await?;
    let rules = db::instance_rules::list(&mut conn).await?;
    Ok(Json(entities::Rule::list(&rules)).into_response())
}

/// <https://docs.joinmastodon.org/entities/DomainBlock/>
#[derive(Clone, Debug, Serialize)]
struct DomainBlock<'a> {
    domain: &'a str,
    digest: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

/// For whom the settings say; a block here is of the strict kind, nothing comes and nothing goes.
async fn domain_blocks(State(state): State<ApiState>, viewer: Option<Viewer>) -> Result {
    let (instance, is_user) = (&state.app.config.instance, viewer.is_some());
    match instance.show_domain_blocks {
        shown if shown.is_shown(is_user) => {}
        ShownTo::Users => return Err(Error::unauthorized("This API requires an authenticated user")),
        _ => return Err(Error::not_found()),
    }
    let with_comments = instance.show_domain_block_comments.is_shown(is_user);
    let mut conn = state.app.conn().await?;
    let hosts = instances::blocked(&mut conn).await?;
    let blocks: Vec<_> = hosts
        .iter()
        .map(|(host, comment)| DomainBlock {
            domain: host,
            digest: hexadecimal(&secrets::hash(host)),
            severity: "suspend",
            comment: with_comments.then_some(comment),
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

async fn document(state: &ApiState, kind: Kind) -> Result {
    let text = instance_texts::find(&state.app, kind).await?;
    Ok(Json(Document { updated_at: Time(text.updated_at), content: text.content }).into_response())
}

async fn extended_description(State(state): State<ApiState>) -> Result {
    document(&state, Kind::ExtendedDescription).await
}

async fn privacy_policy(State(state): State<ApiState>) -> Result {
    document(&state, Kind::PrivacyPolicy).await
}

/// <https://docs.joinmastodon.org/entities/TermsOfService/>
#[derive(Clone, Debug, Serialize)]
struct TermsOfService {
    effective_date: NaiveDate,
    effective: bool,
    content: String,
    succeeded_by: Option<NaiveDate>,
}

async fn terms(state: &ApiState, day: Option<NaiveDate>) -> Result {
    let shown = instance_texts::terms(&state.app, day).await?;
    let entity = TermsOfService {
        effective_date: shown.terms.effective_on,
        effective: shown.effective,
        content: shown.terms.content,
        succeeded_by: shown.succeeded_by,
    };
    Ok(Json(entity).into_response())
}

async fn terms_of_service(State(state): State<ApiState>) -> Result {
    terms(&state, None).await
}

async fn terms_of_day(State(state): State<ApiState>, day: crate::path::Id<NaiveDate>) -> Result {
    terms(&state, Some(day.0)).await
}

/// Nobody translates here.
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
