//! Pages: templates, forms, static files.
//!
//! Plain HTML that works without scripts. One file for each kind of page, each with its `router()`; every
//! request goes through [`visit`], which knows who comes, and writes what every answer carries.
//!
//! Architecture invariants: pages for everybody are read for nobody in particular (never with the visitor's
//! account), and no form changes anything without [`fields::Form::checked`].

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use services::{App, Resolver};

mod authorize;
mod cards;
mod confirmations;
mod consent;
mod documents;
mod feeds;
mod fields;
mod guard;
mod home;
mod interactions;
mod layout;
mod passwords;
mod problem;
mod profiles;
mod redirect;
mod scope_words;
mod settings;
mod sign_in;
mod sign_up;
mod statuses;
mod style;
mod tags;
mod visit;
mod visitor;

/// Largest form, in bytes.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// What pages have at hand.
#[derive(Clone)]
pub struct WebState {
    /// The server's parts, with the connections of requests.
    pub app: App,
    /// Finds what lives elsewhere.
    pub resolver: Arc<dyn Resolver>,
}

impl fmt::Debug for WebState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebState")
    }
}

/// All pages. It brings the fallback of the whole server: the page for addresses that lead nowhere.
pub fn router(state: WebState) -> Router {
    Router::new()
        .merge(home::router())
        .merge(documents::router())
        .merge(sign_in::router())
        .merge(sign_up::router())
        .merge(confirmations::router())
        .merge(passwords::router())
        .merge(authorize::router())
        .merge(interactions::router())
        .merge(settings::router())
        .merge(profiles::router())
        .merge(statuses::router())
        .merge(tags::router())
        .fallback(async || problem::Problem::not_found())
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(from_fn_with_state(state.clone(), visit::visit))
        .merge(style::router())
        .merge(feeds::router())
        .with_state(state)
}
