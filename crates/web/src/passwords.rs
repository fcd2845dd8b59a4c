//! Choosing another password: with the present one, or by the link of a letter.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use services::{Error, password_resets, passwords};

use crate::WebState;
use crate::fields::{Fields, Form};
use crate::layout::{Layout, html, message};
use crate::problem::{Problem, Result};
use crate::redirect::see_other;
use crate::sign_in::{open, path_to, sign_in_first};
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<WebState> {
    Router::new()
        .route("/auth/password/new", get(ask).post(send))
        .route("/auth/password/edit", get(edit).post(redeem))
        .route("/settings/password", get(show).post(change))
        .route("/.well-known/change-password", get(async || Redirect::to("/settings/password")))
}

#[derive(Template)]
#[template(path = "password_new.html")]
struct AskPage {
    layout: Layout,
    form_token: String,
    sends_letters: bool,
}

async fn ask(State(state): State<WebState>, visitor: Visitor) -> Result {
    html(&AskPage {
        layout: Layout::new(&state, Some(&visitor)),
        form_token: visitor.form_token(),
        sends_letters: state.app.config.mail.smtp_url.is_some(),
    })
}

/// The same page whether the address is somebody's or not.
async fn send(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result {
    let fields = form.checked(&visitor)?;
    password_resets::ask(&state.app, &fields.text("email")).await?;
    let text = "If the address belongs to an account here, a letter is on its way to it. Its link works for an \
                hour. If nothing comes, look among unwanted mail, then try again.";
    message(Layout::new(&state, Some(&visitor)), "Look into your mail", text)
}

#[derive(Template)]
#[template(path = "password_edit.html")]
struct EditPage {
    layout: Layout,
    form_token: String,
    /// Of a letter; nothing for somebody who is signed in and gives the present password.
    token: Option<String>,
    least: usize,
    most: usize,
    problem: Option<String>,
}

impl EditPage {
    fn new(state: &WebState, visitor: &Visitor, token: Option<String>, problem: Option<String>) -> Self {
        Self {
            layout: Layout::new(state, Some(visitor)),
            form_token: visitor.form_token(),
            token,
            least: passwords::MIN_CHARS,
            most: passwords::MAX_CHARS,
            problem,
        }
    }

    fn refused(self) -> Result<Response> {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&self)?).into_response())
    }
}

fn useless() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "This link does not work any more",
        "It works once, and for an hour. Ask for another letter.",
    )
}

async fn edit(State(state): State<WebState>, visitor: Visitor, fields: Fields) -> Result {
    let token = fields.text("token");
    if !password_resets::is_good(&state.app, &token).await? {
        return Err(useless());
    }
    html(&EditPage::new(&state, &visitor, Some(token), None))
}

async fn redeem(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result {
    let fields = form.checked(&visitor)?;
    let token = fields.text("token");
    match password_resets::redeem(&state.app, &token, &fields.text("password")).await {
        Ok(()) => {
            let layout = Layout::new(&state, Some(&visitor));
            message(
                layout,
                "You have a new password",
                "Sign in with it; every browser and app was signed out.",
            )
        }
        Err(Error::Invalid(problem)) => EditPage::new(&state, &visitor, Some(token), Some(problem)).refused(),
        Err(Error::NotFound) => Err(useless()),
        Err(other) => Err(other.into()),
    }
}

async fn show(State(state): State<WebState>, visitor: Visitor) -> Result {
    if visitor.signed_in.is_none() {
        return Ok(see_other(&path_to("/settings/password", false)));
    }
    html(&EditPage::new(&state, &visitor, None, None))
}

/// Everything is signed out, and this browser signed in anew.
async fn change(State(state): State<WebState>, visitor: Visitor, headers: HeaderMap, form: Form) -> Result {
    let Some(signed_in) = &visitor.signed_in else { return Err(sign_in_first()) };
    let fields = form.checked(&visitor)?;
    let (old, new) = (fields.text("present"), fields.text("password"));
    match password_resets::change(&state.app, &signed_in.user, &old, &new).await {
        Ok(()) => open(&state, &visitor, &headers, &signed_in.user, "/settings").await,
        Err(Error::Invalid(problem)) => EditPage::new(&state, &visitor, None, Some(problem)).refused(),
        Err(Error::Forbidden(problem)) => {
            EditPage::new(&state, &visitor, None, Some(problem.to_owned())).refused()
        }
        Err(other) => Err(other.into()),
    }
}
