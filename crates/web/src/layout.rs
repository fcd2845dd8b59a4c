//! What is the same on every page.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

use crate::WebState;
use crate::problem::{Problem, Result};
use crate::style;
use crate::visitor::Visitor;

/// The frame of a page.
pub(crate) struct Layout {
    /// The instance's name.
    pub(crate) site: String,
    /// The domain of handles.
    pub(crate) domain: String,
    /// The style sheet.
    pub(crate) style: String,
    /// Who is signed in.
    pub(crate) user: Option<Signed>,
    /// Whether there is a sign-up page worth linking to.
    pub(crate) joinable: bool,
}

/// What the frame says of who is signed in.
pub(crate) struct Signed {
    /// The username.
    pub(crate) name: String,
    /// The token of the sign-out form.
    pub(crate) form_token: String,
}

impl Layout {
    /// For this visitor.
    pub(crate) fn new(state: &WebState, visitor: Option<&Visitor>) -> Self {
        let instance = &state.app.config.instance;
        let user = visitor.and_then(|visitor| {
            let signed_in = visitor.signed_in.as_ref()?;
            Some(Signed { name: signed_in.account.username.clone(), form_token: visitor.form_token() })
        });
        Self {
            site: instance.title.clone(),
            domain: instance.domain.clone(),
            style: style::path(),
            user,
            joinable: instance.registrations != config::Registrations::Closed,
        }
    }
}

/// Where the forms of a page may lead besides here, as a source of the page's policy: put into the answer's
/// extensions.
#[derive(Clone, Debug)]
pub(crate) struct FormTarget(pub(crate) String);

/// A drawn page.
pub(crate) fn html(page: &impl Template) -> Result {
    let text = page.render().map_err(|error| {
        Problem::from(services::Error::Internal(anyhow::Error::new(error).context("A page cannot be drawn")))
    })?;
    Ok(Html(text).into_response())
}

/// A page that says something and offers a way on.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    pub(crate) layout: Layout,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
}

/// Draws a [`Message`].
pub(crate) fn message(layout: Layout, title: &str, text: &str) -> Result<Response> {
    html(&Message { layout, title, text })
}
