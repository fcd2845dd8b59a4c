//! A person lets an application in (RFC 6749 section 4.1).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use services::applications::OUT_OF_BAND;
use services::oauth::{self, AuthorizationRequest, Consent, Unacceptable};

use crate::WebState;
use crate::consent::{ConsentPage, form_target};
use crate::fields::{Fields, Form};
use crate::layout::{FormTarget, Layout, html, message};
use crate::problem::{Problem, Result};
use crate::redirect::{see_other, with_parameters};
use crate::sign_in::{path_to, sign_in_first};
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<WebState> {
    Router::new()
        .route("/oauth/authorize", get(show).post(answer))
        // As one client has it.
        .route("/oauth/authorize/", get(show).post(answer))
}

/// Either what may be put to the person, or the answer that the request gets without.
async fn check(state: &WebState, fields: &Fields) -> Result<Result<Consent, Response>> {
    let text = |name: &str| fields.get(name).map(str::to_owned);
    let request = AuthorizationRequest {
        response_type: text("response_type"),
        client_id: text("client_id"),
        redirect_uri: text("redirect_uri"),
        scope: text("scope"),
        code_challenge: text("code_challenge"),
        code_challenge_method: text("code_challenge_method"),
    };
    match oauth::check(&state.app, &request).await {
        Ok(consent) => Ok(Ok(consent)),
        Err(Unacceptable::Untrusted(what)) => {
            let advice = "Go back to the application and try again; if it stays, tell those who make it.";
            Err(Problem::bad_request(what, advice))
        }
        Err(Unacceptable::Tell { redirect_uri, error, description }) => {
            if redirect_uri == OUT_OF_BAND {
                let advice = "Go back to the application and try again; if it stays, tell those who make it.";
                return Err(Problem::bad_request(format!("{error}: {description}"), advice));
            }
            let told = [("error", error), ("error_description", description)];
            Ok(Err(tell(&redirect_uri, &told, fields)))
        }
        Err(Unacceptable::Other(error)) => Err(error.into()),
    }
}

/// Sends the browser back to the application, with its `state` as it came.
fn tell(redirect_uri: &str, told: &[(&str, &str)], fields: &Fields) -> Response {
    let mut parameters = told.to_vec();
    if let Some(state) = fields.get("state") {
        parameters.push(("state", state));
    }
    see_other(&with_parameters(redirect_uri, &parameters))
}

/// The request is checked before anybody signs in for it, then the person is asked, every time.
async fn show(State(state): State<WebState>, visitor: Visitor, fields: Fields) -> Result {
    let consent = match check(&state, &fields).await? {
        Ok(consent) => consent,
        Err(response) => return Ok(response),
    };
    let force =
        fields.flag("force_login") || fields.get("prompt").is_some_and(|prompt| prompt.contains("login"));
    let signed_in = match &visitor.signed_in {
        Some(signed_in) if !force => signed_in,
        _ => {
            let back = fields.without("force_login").without("prompt");
            return Ok(see_other(&path_to(&format!("/oauth/authorize?{}", back.to_query()), force)));
        }
    };
    let page = ConsentPage::new(&state, &visitor, &signed_in.account.username, &consent, &fields);
    let mut response = html(&page)?;
    if let Some(source) = form_target(&consent.redirect_uri) {
        response.extensions_mut().insert(FormTarget(source));
    }
    Ok(response)
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    layout: Layout,
    application: String,
    code: String,
}

async fn answer(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result {
    let Some(signed_in) = &visitor.signed_in else { return Err(sign_in_first()) };
    let fields = form.checked(&visitor)?;
    let consent = match check(&state, &fields).await? {
        Ok(consent) => consent,
        Err(response) => return Ok(response),
    };
    let shown = consent.redirect_uri == OUT_OF_BAND;
    if fields.get("decision") != Some("approve") {
        if shown {
            let layout = Layout::new(&state, Some(&visitor));
            return message(layout, "You said no", "The application gets nothing; you can close this page.");
        }
        let description = "The resource owner or authorization server denied the request.";
        let told = [("error", "access_denied"), ("error_description", description)];
        return Ok(tell(&consent.redirect_uri, &told, &fields));
    }
    let code = oauth::approve(&state.app, &signed_in.user, &consent).await?;
    if shown {
        let layout = Layout::new(&state, Some(&visitor));
        return html(&CodePage { layout, application: consent.application.name, code });
    }
    Ok(tell(&consent.redirect_uri, &[("code", &code)], &fields))
}
