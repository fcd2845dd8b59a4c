//! What the instance says of itself at length: the privacy policy and the terms of service.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chrono::NaiveDate;
use services::instance_texts::{self, Kind};

use crate::WebState;
use crate::layout::{Layout, html};
use crate::problem::{Problem, Result};
use crate::visitor::Visitor;

/// How days are written for people.
const DAY: &str = "%-d %B %Y";

pub(crate) fn router() -> Router<WebState> {
    Router::new()
        .route("/privacy-policy", get(privacy_policy))
        .route("/terms-of-service", get(terms_of_service))
        .route("/terms-of-service/{date}", get(terms_of_day))
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage {
    layout: Layout,
    title: &'static str,
    about: String,
    /// Sanitised HTML.
    content: String,
    next: Option<(String, String)>,
}

async fn privacy_policy(State(state): State<WebState>, visitor: Visitor) -> Result {
    let text = instance_texts::find(&state.app, Kind::PrivacyPolicy).await?;
    html(&DocumentPage {
        layout: Layout::new(&state, Some(&visitor)),
        title: "Privacy policy",
        about: format!("Last changed on {}", text.updated_at.format(DAY)),
        content: text.content,
        next: None,
    })
}

async fn terms(state: &WebState, visitor: &Visitor, day: Option<NaiveDate>) -> Result {
    let shown = instance_texts::terms(&state.app, day).await?;
    let from = shown.terms.effective_on.format(DAY);
    let about =
        if shown.effective { format!("In force since {from}") } else { format!("In force from {from}") };
    html(&DocumentPage {
        layout: Layout::new(state, Some(visitor)),
        title: "Terms of service",
        about,
        content: shown.terms.content,
        next: shown.succeeded_by.map(|day| (day.to_string(), day.format(DAY).to_string())),
    })
}

async fn terms_of_service(State(state): State<WebState>, visitor: Visitor) -> Result {
    terms(&state, &visitor, None).await
}

async fn terms_of_day(
    State(state): State<WebState>,
    visitor: Visitor,
    axum::extract::Path(day): axum::extract::Path<String>,
) -> Result {
    let day = day.parse().map_err(|_| Problem::not_found())?;
    terms(&state, &visitor, Some(day)).await
}
