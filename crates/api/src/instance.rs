//! What the instance says of itself.

use std::fmt::Write;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{Datelike, NaiveDate};
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
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::entities::{self, About, Id, Stats, Time};
use crate::{ApiState, Error, Json, Result};

/// How long the numbers of the weeks are kept; they read much.
const WEEKS_KEPT: Duration = Duration::from_mins(5);

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(v1))
        .routes(routes!(v2))
        .routes(routes!(peers))
        .routes(routes!(activity))
        .routes(routes!(rules))
        .routes(routes!(domain_blocks))
        .routes(routes!(extended_description))
        .routes(routes!(privacy_policy))
        .routes(routes!(terms_of_service))
        .routes(routes!(terms_of_day))
        .routes(routes!(translation_languages))
        .routes(routes!(languages))
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

/// Shows the instance in its former shape.
#[utoipa::path(get, path = "/api/v1/instance", responses((status = 200, body = entities::InstanceV1)))]
async fn v1(State(state): State<ApiState>) -> Result {
    let totals = numbers::totals(&state.app).await?;
    let numbers =
        Stats { user_count: totals.users.total, status_count: totals.statuses, domain_count: totals.hosts };
    let facts = Facts::load(&state.app).await?;
    Ok(Json(entities::instance_v1(facts.about(&state.app), numbers)).into_response())
}

/// Shows the instance.
#[utoipa::path(get, path = "/api/v2/instance", responses((status = 200, body = entities::Instance)))]
async fn v2(State(state): State<ApiState>) -> Result {
    let active_month = numbers::totals(&state.app).await?.users.active_month;
    let facts = Facts::load(&state.app).await?;
    Ok(Json(entities::instance(facts.about(&state.app), active_month)).into_response())
}

/// Lists known instances.
#[utoipa::path(get, path = "/api/v1/instance/peers", responses((status = 200, body = Vec<String>)))]
async fn peers(State(state): State<ApiState>) -> Result {
    Ok(Json(&*numbers::peers(&state.app).await?).into_response())
}

/// The numbers of the last weeks.
type Weeks = Kept<Vec<Week>>;

/// <https://docs.joinmastodon.org/methods/instance/#activity>; numbers are texts there.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
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

/// Shows the numbers of the last weeks.
#[utoipa::path(get, path = "/api/v1/instance/activity", responses((status = 200, body = Vec<Activity>)))]
async fn activity(State(state): State<ApiState>, Extension(kept): Extension<Weeks>) -> Result {
    let count = async || Ok(twelve_weeks(&mut *state.app.conn().await?).await?);
    let weeks = kept.get(WEEKS_KEPT, count).await?;
    Ok(Json(weeks.iter().map(Activity::from).collect::<Vec<_>>()).into_response())
}

/// Lists the rules.
#[utoipa::path(get, path = "/api/v1/instance/rules", responses((status = 200, body = Vec<entities::Rule>)))]
async fn rules(State(state): State<ApiState>) -> Result {
    let mut conn = state.app.conn().await?;
    let rules = db::instance_rules::list(&mut conn).await?;
    Ok(Json(entities::Rule::list(&rules)).into_response())
}

/// <https://docs.joinmastodon.org/entities/DomainBlock/>
#[derive(Clone, Debug, Serialize, ToSchema)]
struct DomainBlock<'a> {
    domain: &'a str,
    digest: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

/// Lists blocked instances.
///
/// For whom the settings say; a block here is of the strict kind, nothing comes and nothing goes.
#[utoipa::path(
    get,
    path = "/api/v1/instance/domain_blocks",
    responses((status = 200, body = Vec<DomainBlock>)),
    security((), ("user" = [])),
)]
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
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Document {
    updated_at: Time,
    content: String,
}

async fn document(state: &ApiState, kind: Kind) -> Result {
    let text = instance_texts::find(&state.app, kind).await?;
    Ok(Json(Document { updated_at: Time(text.updated_at), content: text.content }).into_response())
}

/// Shows the long description.
#[utoipa::path(
    get,
    path = "/api/v1/instance/extended_description",
    responses((status = 200, body = Document)),
)]
async fn extended_description(State(state): State<ApiState>) -> Result {
    document(&state, Kind::ExtendedDescription).await
}

/// Shows the privacy policy.
#[utoipa::path(get, path = "/api/v1/instance/privacy_policy", responses((status = 200, body = Document)))]
async fn privacy_policy(State(state): State<ApiState>) -> Result {
    document(&state, Kind::PrivacyPolicy).await
}

/// <https://docs.joinmastodon.org/entities/TermsOfService/>
#[derive(Clone, Debug, Serialize, ToSchema)]
struct TermsOfService {
    #[schema(value_type = String, format = Date)]
    effective_date: NaiveDate,
    effective: bool,
    content: String,
    #[schema(value_type = Option<String>, format = Date)]
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

/// Shows the terms of service.
#[utoipa::path(
    get,
    path = "/api/v1/instance/terms_of_service",
    responses((status = 200, body = TermsOfService)),
)]
async fn terms_of_service(State(state): State<ApiState>) -> Result {
    terms(&state, None).await
}

/// Shows the terms of service of a day.
#[utoipa::path(
    get,
    path = "/api/v1/instance/terms_of_service/{date}",
    responses((status = 200, body = TermsOfService)),
)]
async fn terms_of_day(State(state): State<ApiState>, day: crate::path::Id<NaiveDate>) -> Result {
    // Beyond these years nothing was ever in force, and the database counts no days.
    let day = Some(day.0).filter(|day| (1..=9999).contains(&day.year()));
    terms(&state, Some(day.ok_or_else(Error::not_found)?)).await
}

/// Lists languages that can be translated.
///
/// Nobody translates here.
#[utoipa::path(
    get,
    path = "/api/v1/instance/translation_languages",
    responses((status = 200, body = Object)),
)]
async fn translation_languages() -> Result {
    Ok(Json(json!({})).into_response())
}

/// Lists the languages spoken here.
///
/// Not documented, but called: the languages spoken here.
#[utoipa::path(get, path = "/api/v1/instance/languages", responses((status = 200, body = Vec<Object>)))]
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
