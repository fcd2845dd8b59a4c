//! How others embed a status (<https://oembed.com>, <https://docs.joinmastodon.org/methods/oembed/>).

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::params::Params;
use crate::{ApiState, Error, Json, Result};

/// Width unless the caller has less room, in pixels.
const WIDTH: u32 = 400;
/// For how long others may keep the answer, in seconds.
const CACHE_AGE: u32 = 86_400;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    #[serde(default)]
    url: String,
    #[serde(default)]
    format: String,
    maxwidth: Option<u32>,
}

/// Shows how to embed a status.
///
/// For what everybody may see and was written here. Pages here are not to be framed, so that the text itself is
/// what others embed: sanitised, and without a script.
#[utoipa::path(get, path = "/api/oembed", params(Wanted), responses((status = 200, body = Object)))]
async fn show(State(state): State<ApiState>, Params(wanted): Params<Wanted>) -> Result {
    if !matches!(wanted.format.as_str(), "" | "json") {
        return Err(Error::new(http::StatusCode::NOT_IMPLEMENTED, "Only JSON is answered"));
    }
    let urls = &state.app.urls;
    let id = urls.local_status(&wanted.url).ok_or_else(Error::not_found)?;
    let mut conn = state.app.conn().await?;
    let view = db::status_views::find(&mut conn, None, id).await?;
    let account = &view.account.account;
    if !view.status.local || view.status.reblog_of_id.is_some() {
        return Err(Error::not_found());
    }
    let page = urls.status_page(&account.username, id);
    let warned = !view.status.spoiler_text.is_empty();
    let told = if warned { escaped(&view.status.spoiler_text) } else { view.status.content.clone() };
    let name = if account.display_name.is_empty() { &account.username } else { &account.display_name };
    let handle = format!("{}@{}", account.username, urls.domain());
    let html = format!(
        "<blockquote cite=\"{page}\">{told}<p>{} (@{handle}), <a href=\"{page}\">{}</a></p></blockquote>",
        escaped(name),
        view.status.created_at.format("%-d %B %Y")
    );
    let entity = json!({
        "type": "rich",
        "version": "1.0",
        "title": format!("New status by {}", account.username),
        "author_name": name,
        "author_url": urls.profile(&account.username),
        "provider_name": urls.domain(),
        "provider_url": urls.at("/"),
        "cache_age": CACHE_AGE,
        "html": html,
        "width": wanted.maxwidth.map_or(WIDTH, |most| most.clamp(1, WIDTH)),
        "height": null,
    });
    Ok(Json(entity).into_response())
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_text() {
        assert_eq!(super::escaped("<b a=\"'\">&"), "&lt;b a=&quot;&#39;&quot;&gt;&amp;");
    }
}
