//! Where other servers send somebody who wants to follow, or look at, something there with an account here:
//! `/authorize_interaction?uri=…` (the template that `WebFinger` gives out; federation 1.10).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use db::accounts::Account;
use db::follows::{self, Options};
use db::{AccountId, Conn, account_views, status_views};
use http::StatusCode;
use services::resolver::Found;
use text::Handle;

use crate::WebState;
use crate::cards::{Card, Person, excerpt};
use crate::fields::{Fields, Form};
use crate::layout::{Layout, html};
use crate::problem::{Problem, Result};
use crate::redirect::see_other;
use crate::sign_in::{path_to, sign_in_first};
use crate::visitor::Visitor;

/// Longest address or handle looked for, in bytes.
const LONGEST: usize = 2048;

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/authorize_interaction", get(show).post(follow))
}

/// How the visitor stands to the account that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Oneself,
    Following,
    Requested,
    Stranger,
}

#[derive(Template)]
#[template(path = "interaction.html")]
struct InteractionPage {
    layout: Layout,
    form_token: String,
    account: AccountId,
    person: Person,
    note: String,
    standing: Standing,
    status: Option<Card>,
}

/// The account, or the status with its author. Asking other servers is for those alone who are signed in.
async fn show(State(state): State<WebState>, visitor: Visitor, fields: Fields) -> Result {
    let Some(signed_in) = &visitor.signed_in else {
        return Ok(see_other(&path_to(&format!("/authorize_interaction?{}", fields.to_query()), false)));
    };
    let found = find(&state, fields.get("uri").unwrap_or_default()).await?;
    let urls = &state.app.urls;
    let mut conn = state.app.conn().await?;
    let (author, status) = match found {
        Found::Account(account) => (account.id, None),
        // Read as nobody in particular: what is private is not there, whoever asks.
        Found::Status(id) => {
            let view = status_views::find(&mut conn, None, id).await?;
            (view.status.account_id, Some(Card::new(urls, view)))
        }
    };
    let view = account_views::find(&mut conn, author).await?;
    if view.account.suspended_at.is_some() {
        return Err(Problem::not_found());
    }
    let standing = standing(&mut conn, signed_in.account.id, author).await?;
    drop(conn);
    html(&InteractionPage {
        layout: Layout::new(&state, Some(&visitor)),
        form_token: visitor.form_token(),
        account: author,
        note: excerpt(&view.account.note, 500),
        person: Person::new(urls, &view),
        standing,
        status,
    })
}

async fn standing(conn: &mut Conn, visitor: AccountId, of: AccountId) -> Result<Standing> {
    Ok(if visitor == of {
        Standing::Oneself
    } else if follows::find(conn, visitor, of).await?.is_some() {
        Standing::Following
    } else if follows::find_request(conn, visitor, of).await?.is_some() {
        Standing::Requested
    } else {
        Standing::Stranger
    })
}

/// What an address or a handle (`acct:name@host`, `@name@host`) leads to.
async fn find(state: &WebState, uri: &str) -> Result<Found> {
    let nothing = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "Nothing was found there",
            "Check the address; perhaps its server does not answer at the moment, or keeps it to itself.",
        )
    };
    let uri = uri.trim();
    if uri.is_empty() || uri.len() > LONGEST {
        return Err(Problem::bad_request("There is no address to look at", "Go back and start again."));
    }
    if uri.starts_with("https://") || uri.starts_with("http://") {
        return state.resolver.url(uri).await?.ok_or_else(nothing);
    }
    let handle = Handle::parse(uri).map_err(|_| {
        Problem::bad_request("This is neither an address nor a handle", "Go back and start again.")
    })?;
    let account: Option<Account> = state.resolver.account(&handle).await?;
    account.map(|account| Found::Account(Box::new(account))).ok_or_else(nothing)
}

async fn follow(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result<Response> {
    let Some(signed_in) = &visitor.signed_in else { return Err(sign_in_first()) };
    let fields = form.checked(&visitor)?;
    let id: AccountId = fields.text("account").parse().map_err(|_| Problem::not_found())?;
    let of = db::accounts::find(&mut *state.app.conn().await?, id).await?;
    services::follows::follow(&state.app, &signed_in.account, &of, &Options::default(), None).await?;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("uri", &of.uri).finish();
    Ok(see_other(&format!("/authorize_interaction?{query}")))
}
