//! The front page, and what this instance is.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use config::Registrations;
use db::instance_rules::Rule;
use services::instance_texts::{self, Kind};

use crate::WebState;
use crate::layout::{Layout, html};
use crate::problem::Result;
use crate::visitor::Visitor;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/", get(home)).route("/about", get(about))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    layout: Layout,
    description: String,
    approval: bool,
    display_name: String,
}

async fn home(State(state): State<WebState>, visitor: Visitor) -> Result {
    let instance = &state.app.config.instance;
    let display_name = visitor.signed_in.as_ref().map(|signed_in| {
        let account = &signed_in.account;
        if account.display_name.is_empty() { account.username.clone() } else { account.display_name.clone() }
    });
    html(&HomePage {
        layout: Layout::new(&state, Some(&visitor)),
        description: instance.description.clone(),
        approval: instance.registrations == Registrations::Approval,
        display_name: display_name.unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    layout: Layout,
    description: String,
    /// Sanitised HTML, if it says more than the description.
    extended: Option<String>,
    rules: Vec<Rule>,
    has_terms: bool,
    /// Name and page.
    contact_account: Option<(String, String)>,
    contact: Option<String>,
    source: Option<String>,
    approval: bool,
    users: i64,
    statuses: i64,
    version: &'static str,
}

async fn about(State(state): State<WebState>, visitor: Visitor) -> Result {
    let totals = services::numbers::totals(&state.app).await?;
    let instance = &state.app.config.instance;
    let text = instance_texts::find(&state.app, Kind::ExtendedDescription).await?;
    let mut conn = state.app.conn().await?;
    let contact_account = match services::instance::contact(&state.app, &mut conn).await? {
        Some(id) => db::accounts::load(&mut conn, &[id]).await?.pop(),
        None => None,
    };
    let contact_account =
        contact_account.map(|account| (account.acct(), state.app.urls.profile(&account.username)));
    html(&AboutPage {
        layout: Layout::new(&state, Some(&visitor)),
        description: instance.description.clone(),
        extended: Some(text.content).filter(|_| text.source != instance.description),
        rules: db::instance_rules::list(&mut conn).await?,
        has_terms: db::instance_texts::has_terms(&mut conn).await?,
        contact_account,
        contact: instance.contact_email.clone(),
        source: instance.source_url.as_ref().map(ToString::to_string),
        approval: instance.registrations == Registrations::Approval,
        users: totals.users.total,
        statuses: totals.statuses,
        version: env!("CARGO_PKG_VERSION"),
    })
}
