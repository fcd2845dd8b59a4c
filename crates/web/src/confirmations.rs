//! Confirming an address, by the link of a letter. Opening the page changes nothing, since programs that look
//! through mail open links too; pressing its button does.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use services::{Error, emails};

use crate::WebState;
use crate::fields::{Fields, Form};
use crate::layout::{Layout, html, message};
use crate::problem::{Problem, Result};
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/auth/confirm", get(show).post(create))
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    layout: Layout,
    form_token: String,
    token: String,
}

async fn show(State(state): State<WebState>, visitor: Visitor, fields: Fields) -> Result {
    html(&ConfirmPage {
        layout: Layout::new(&state, Some(&visitor)),
        form_token: visitor.form_token(),
        token: fields.text("token"),
    })
}

async fn create(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result {
    let fields = form.checked(&visitor)?;
    let user = emails::confirm(&state.app, &fields.text("token")).await.map_err(|error| match error {
        Error::NotFound => Problem::new(
            StatusCode::NOT_FOUND,
            "This link does not work any more",
            "It works once, and for a week. Sign in: if your address is confirmed, all is well; if it is not, \
             ask the app that you signed up with for another letter.",
        ),
        other => other.into(),
    })?;
    let layout = Layout::new(&state, Some(&visitor));
    let next = if user.approved_at.is_some() {
        "You can sign in now."
    } else {
        "An administrator looks at every request here; come back in a while and sign in."
    };
    message(layout, "Your address is confirmed", next)
}
