//! Filters: what the viewer does not want to read.

mod keywords;
mod phrases;
mod statuses;

use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, Utc};
use db::FilterId;
use db::filters::Action;
use http::StatusCode;
use serde::Deserialize;
use services::filters::{self, Draft, KeywordDraft};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(index, create))
        .routes(routes!(show, update, destroy))
        .merge(keywords::router())
        .merge(phrases::router())
        .merge(statuses::router())
}

/// When something ends that is given in seconds from now: `None` when nothing is said, `Some(None)` for never,
/// which is what an empty text says, and what nobody will live to see.
fn expiry(seconds: Option<&str>, now: DateTime<Utc>) -> Result<Option<Option<DateTime<Utc>>>> {
    let Some(seconds) = seconds.map(str::trim) else { return Ok(None) };
    if seconds.is_empty() {
        return Ok(Some(None));
    }
    let seconds: u32 = match seconds.parse::<u64>() {
        Ok(seconds) => match u32::try_from(seconds) {
            Ok(seconds) => seconds,
            Err(_) => return Ok(Some(None)),
        },
        Err(_) => return Err(Error::invalid("Expires in must be a number of seconds")),
    };
    Ok(Some(now.checked_add_signed(TimeDelta::seconds(seconds.into()))))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    title: Option<String>,
    context: Option<Vec<String>>,
    filter_action: Option<String>,
    expires_in: Option<String>,
    #[schema(inline, default = json!([]))]
    keywords_attributes: Vec<KeywordForm>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct KeywordForm {
    id: Option<String>,
    keyword: Option<String>,
    whole_word: Option<bool>,
    #[serde(rename = "_destroy")]
    destroy: bool,
}

impl KeywordForm {
    fn draft(self) -> Result<KeywordDraft> {
        let id = match self.id.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(id) => Some(id.parse().map_err(|_| Error::not_found())?),
        };
        Ok(KeywordDraft { id, keyword: self.keyword, whole_word: self.whole_word, is_gone: self.destroy })
    }
}

impl Form {
    fn draft(self) -> Result<Draft> {
        let action = match self.filter_action.as_deref() {
            None => None,
            Some(word) => Some(Action::parse(word).ok_or_else(|| {
                let text = format!("'{word}' is not a valid filter_action");
                Error::new(StatusCode::UNPROCESSABLE_ENTITY, text)
            })?),
        };
        Ok(Draft {
            title: self.title,
            contexts: self.context,
            action,
            expires_at: expiry(self.expires_in.as_deref(), Utc::now())?,
            keywords: self.keywords_attributes.into_iter().map(KeywordForm::draft).collect::<Result<_>>()?,
        })
    }
}

/// Lists filters.
#[utoipa::path(
    get,
    path = "/api/v2/filters",
    responses((status = 200, body = Vec<entities::Filter>)),
    security(("user" = ["read:filters"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let by = viewer.require("read:filters")?;
    let views = filters::list(&mut *state.app.conn().await?, by.id).await?;
    let entities: Vec<_> = views.iter().map(entities::Filter::from).collect();
    Ok(Json(entities).into_response())
}

/// Shows a filter.
#[utoipa::path(
    get,
    path = "/api/v2/filters/{id}",
    responses((status = 200, body = entities::Filter)),
    security(("user" = ["read:filters"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterId>) -> Result {
    let by = viewer.require("read:filters")?;
    let view = filters::find(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::Filter::from(&view)).into_response())
}

/// Makes a filter.
#[utoipa::path(
    post,
    path = "/api/v2/filters",
    request_body = inline(Form),
    responses((status = 200, body = entities::Filter)),
    security(("user" = ["write:filters"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    let by = viewer.require("write:filters")?;
    let view = filters::create(&state.app, by, form.0.draft()?).await?;
    Ok(Json(entities::Filter::from(&view)).into_response())
}

/// Changes a filter.
#[utoipa::path(
    put,
    path = "/api/v2/filters/{id}",
    request_body = inline(Form),
    responses((status = 200, body = entities::Filter)),
    security(("user" = ["write:filters"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<FilterId>,
    form: Params<Form>,
) -> Result {
    let by = viewer.require("write:filters")?;
    let view = filters::update(&state.app, by, id, form.0.draft()?).await?;
    Ok(Json(entities::Filter::from(&view)).into_response())
}

/// Deletes a filter.
#[utoipa::path(
    delete,
    path = "/api/v2/filters/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:filters"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterId>) -> Result {
    filters::delete(&state.app, viewer.require("write:filters")?, id).await?;
    Ok(Json(Empty {}).into_response())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use db::FilterKeywordId;

    use super::*;
    use crate::params::{from_tree, parse_query};

    fn draft(query: &str) -> Result<Draft> {
        from_tree::<Form>(parse_query(query).unwrap()).unwrap().draft()
    }

    #[test]
    fn seconds_from_now_never_or_nothing() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let at = |seconds| expiry(seconds, now).unwrap();
        assert_eq!(at(None), None);
        assert_eq!(at(Some("")), Some(None));
        assert_eq!(at(Some("60")), Some(DateTime::from_timestamp(1_700_000_060, 0)));
        assert_eq!(at(Some("0")), Some(Some(now)));
        assert_eq!(at(Some("18446744073709551615")), Some(None));
        for bad in ["-1", "1.5", "soon", "99999999999999999999999"] {
            assert!(expiry(Some(bad), now).is_err(), "{bad}");
        }
    }

    #[test]
    fn keywords_come_with_numbers_or_without() {
        let numbered = "keywords_attributes[0][keyword]=cats&keywords_attributes[0][whole_word]=false\
            &keywords_attributes[1][id]=7&keywords_attributes[1][_destroy]=1";
        let unnumbered = "keywords_attributes[][keyword]=cats&keywords_attributes[][whole_word]=false\
            &keywords_attributes[][id]=7&keywords_attributes[][_destroy]=1";
        let keywords = draft(numbered).unwrap().keywords;
        assert_eq!(keywords.len(), 2);
        assert_eq!((keywords[0].keyword.as_deref(), keywords[0].whole_word), (Some("cats"), Some(false)));
        assert_eq!((keywords[1].id, keywords[1].is_gone), (Some(FilterKeywordId(7)), true));
        // A row begins where a name comes again.
        assert_eq!(draft(unnumbered).unwrap().keywords.len(), 1);
        let twice = "keywords_attributes[][keyword]=cats&keywords_attributes[][keyword]=dogs";
        assert_eq!(draft(twice).unwrap().keywords.len(), 2);
    }

    #[test]
    fn an_unknown_action_is_refused() {
        assert_eq!(draft("filter_action=blur").unwrap().action, Some(Action::Blur));
        assert_eq!(draft("filter_action=burn").unwrap_err().status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(draft("keywords_attributes[][id]=x").unwrap_err().status(), StatusCode::NOT_FOUND);
    }
}
