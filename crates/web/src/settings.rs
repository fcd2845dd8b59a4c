//! Who one is here, and whom one let in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use db::ApplicationId;
use services::oauth;
use services::scopes::Scopes;

use crate::WebState;
use crate::fields::Form;
use crate::layout::{Layout, html};
use crate::problem::{Problem, Result};
use crate::redirect::see_other;
use crate::scope_words::in_words;
use crate::sign_in::{path_to, sign_in_first};
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/settings", get(show)).route("/settings/applications/revoke", post(revoke))
}

struct Application {
    id: ApplicationId,
    name: String,
    website: Option<String>,
    scopes: Vec<String>,
    since: String,
    last_used: Option<String>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    layout: Layout,
    form_token: String,
    username: String,
    email: String,
    applications: Vec<Application>,
}

async fn show(State(state): State<WebState>, visitor: Visitor) -> Result {
    let Some(signed_in) = &visitor.signed_in else { return Ok(see_other(&path_to("/settings", false))) };
    let day = "%-d %B %Y";
    let applications = oauth::grants(&state.app, signed_in.user.id)
        .await?
        .into_iter()
        .map(|grant| Application {
            id: grant.application.id,
            name: grant.application.name,
            website: grant.application.website,
            scopes: in_words(&Scopes::from_stored(&grant.scopes)),
            since: grant.since.format(day).to_string(),
            last_used: grant.last_used_on.map(|date| date.format(day).to_string()),
        })
        .collect();
    html(&SettingsPage {
        layout: Layout::new(&state, Some(&visitor)),
        form_token: visitor.form_token(),
        username: signed_in.account.username.clone(),
        email: signed_in.user.email.clone(),
        applications,
    })
}

async fn revoke(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result {
    let Some(signed_in) = &visitor.signed_in else { return Err(sign_in_first()) };
    let fields = form.checked(&visitor)?;
    let id = fields.text("application").parse::<ApplicationId>().map_err(|_| Problem::not_found())?;
    oauth::withdraw_from(&state.app, signed_in.user.id, id).await?;
    Ok(see_other("/settings"))
}
