//! The Mastodon client API: routes, entities, OAuth, the streaming socket.
//!
//! One file for each noun of the URLs, each with its `router()`; this page merges them. A handler parses
//! (`params`, `paging`, `path`), calls `services` once to write or `db` to read a view for the viewer,
//! and hands out an entity ([`entities`]), which is made from views without waiting for anything. Statuses come
//! out of `rendering`, which keeps what is the same for all viewers.
//!
//! Architecture invariants: no SQL here; status codes and the shape of errors are decided in `error` alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use services::{App, Resolver};
use utoipa_axum::router::OpenApiRouter;

mod accounts;
mod announcements;
mod annual_reports;
mod apps;
mod async_refreshes;
mod auth;
mod blocks;
mod bookmarks;
mod conversations;
mod cors;
mod custom_emojis;
mod directory;
mod domain_blocks;
mod drafts;
mod emails;
mod endorsements;
pub mod entities;
mod error;
mod favourites;
mod featured_tags;
mod files;
mod filters;
mod follow_requests;
mod identity_proofs;
mod instance;
mod json;
mod lists;
mod markers;
mod media;
mod mutes;
mod notifications;
mod oauth;
mod oembed;
mod openapi;
mod paging;
mod params;
mod path;
mod polls;
mod profile;
mod push;
mod reactions;
mod registration;
mod relationships;
mod rendering;
mod reports;
mod scheduled_statuses;
mod search;
mod statuses;
mod streaming;
mod suggestions;
mod tags;
#[cfg(test)]
mod tests;
mod timelines;
mod trailing_slash;
mod trends;

pub use cors::cors;
pub use error::{Error, Result};
pub use json::Json;
pub use streaming::tell;
pub use trailing_slash::normalise;

/// What handlers have at hand.
#[derive(Clone)]
pub struct ApiState {
    /// The server's parts, with the connections of requests.
    pub app: App,
    /// Finds accounts and statuses of other instances.
    pub resolver: Arc<dyn Resolver>,
    renderer: rendering::Renderer,
    tokens: auth::Tokens,
}

impl ApiState {
    /// With empty caches.
    pub fn new(app: App, resolver: Arc<dyn Resolver>) -> Self {
        Self { renderer: rendering::Renderer::new(&app), tokens: auth::Tokens::default(), app, resolver }
    }

    /// The same, for an answer that is shown in this context: only the viewer's filters for it count.
    pub(crate) fn within(&self, context: db::filters::Context) -> Self {
        Self { renderer: self.renderer.within(context), ..self.clone() }
    }
}

/// Everything that is described; see [`openapi`].
fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(accounts::router())
        .merge(announcements::router())
        .merge(annual_reports::router())
        .merge(apps::router())
        .merge(async_refreshes::router())
        .merge(blocks::router())
        .merge(bookmarks::router())
        .merge(conversations::router())
        .merge(custom_emojis::router())
        .merge(directory::router())
        .merge(domain_blocks::router())
        .merge(drafts::router())
        .merge(emails::router())
        .merge(endorsements::router())
        .merge(favourites::router())
        .merge(featured_tags::router())
        .merge(filters::router())
        .merge(follow_requests::router())
        .merge(identity_proofs::router())
        .merge(instance::router())
        .merge(lists::router())
        .merge(markers::router())
        .merge(media::router())
        .merge(mutes::router())
        .merge(notifications::router())
        .merge(oauth::router())
        .merge(oembed::router())
        .merge(openapi::router())
        .merge(polls::router())
        .merge(profile::router())
        .merge(push::router())
        .merge(reactions::router())
        .merge(registration::router())
        .merge(relationships::router())
        .merge(reports::router())
        .merge(scheduled_statuses::router())
        .merge(search::router())
        .merge(statuses::router())
        .merge(streaming::router())
        .merge(suggestions::router())
        .merge(tags::router())
        .merge(timelines::router())
        .merge(trends::router())
}

/// All of the client API. Requests should have gone through [`normalise`] first.
pub fn router(state: ApiState) -> Router {
    let largest_body = state.app.config.server.max_json_bytes;
    let (routes, _) = routes().split_for_parts();
    routes
        .merge(files::router())
        .route("/api", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::max(largest_body))
        .layer(cors())
        .with_state(state)
}

async fn unknown() -> Error {
    Error::not_found()
}
