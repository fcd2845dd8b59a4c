//! Joining.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use config::Registrations;
use http::{HeaderMap, StatusCode};
use services::registrations::{self, Problem as FieldProblem, Registration, RegistrationError};
use services::{passwords, users};

use crate::WebState;
use crate::fields::{Fields, Form};
use crate::layout::{Layout, html, message};
use crate::problem::{Problem, Result};
use crate::redirect::{return_to, see_other};
use crate::sign_in::{advice, open};
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/auth/sign_up", get(show).post(create))
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage {
    layout: Layout,
    form_token: String,
    return_to: String,
    return_query: String,
    username: String,
    email: String,
    reason: String,
    approval: bool,
    confirmation: bool,
    sends_letters: bool,
    minimum_age: u8,
    date_of_birth: String,
    least: usize,
    most: usize,
    problems: Vec<FieldProblem>,
}

impl SignUpPage {
    fn new(state: &WebState, visitor: &Visitor, fields: &Fields, problems: Vec<FieldProblem>) -> Self {
        let return_to = return_to(fields);
        Self {
            layout: Layout::new(state, Some(visitor)),
            form_token: visitor.form_token(),
            return_query: url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect(),
            return_to,
            username: fields.text("username"),
            email: fields.text("email"),
            reason: fields.text("reason"),
            approval: state.app.config.instance.registrations == Registrations::Approval,
            confirmation: state.app.config.instance.require_confirmation,
            sends_letters: state.app.config.mail.smtp_url.is_some(),
            minimum_age: state.app.config.instance.minimum_age,
            date_of_birth: fields.text("date_of_birth"),
            least: passwords::MIN_CHARS,
            most: passwords::MAX_CHARS,
            problems,
        }
    }

    /// What is wrong with a field, to be shown beside it.
    fn problem(&self, field: &str) -> Option<String> {
        self.problems.iter().find(|problem| problem.field == field).map(FieldProblem::sentence)
    }
}

fn closed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "Nobody can sign up here at the moment",
        "Ask whoever runs this instance for an account, or join another one.",
    )
}

async fn show(State(state): State<WebState>, visitor: Visitor, fields: Fields) -> Result {
    if state.app.config.instance.registrations == Registrations::Closed {
        return Err(closed());
    }
    if visitor.signed_in.is_some() {
        return Ok(see_other(&return_to(&fields)));
    }
    html(&SignUpPage::new(&state, &visitor, &fields, Vec::new()))
}

async fn create(State(state): State<WebState>, visitor: Visitor, headers: HeaderMap, form: Form) -> Result {
    let fields = form.checked(&visitor)?;
    let registration = Registration {
        username: fields.text("username").trim().to_owned(),
        email: fields.text("email").trim().to_owned(),
        password: fields.text("password"),
        agreement: fields.flag("agreement"),
        locale: fields.text("locale"),
        reason: fields.get("reason").map(str::to_owned),
        date_of_birth: fields.get("date_of_birth").and_then(|day| day.parse().ok()),
    };
    match registrations::register(&state.app, registration).await {
        Ok((user, account)) => match users::obstacle(&user, &account) {
            None => open(&state, &visitor, &headers, &user, &return_to(&fields)).await,
            Some(obstacle) => {
                let asked = state.app.config.instance.registrations == Registrations::Approval;
                let title = if asked { "You have asked for an account" } else { "Your account is made" };
                message(Layout::new(&state, Some(&visitor)), title, advice(&state, obstacle))
            }
        },
        Err(RegistrationError::Invalid(problems)) => {
            let page = html(&SignUpPage::new(&state, &visitor, &fields, problems))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(RegistrationError::Closed) => Err(closed()),
        Err(RegistrationError::Other(error)) => Err(error.into()),
    }
}
