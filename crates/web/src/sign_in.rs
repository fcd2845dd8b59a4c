//! Signing in and out.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use db::users::User;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use services::{sessions, users};

use crate::WebState;
use crate::fields::{Fields, Form};
use crate::layout::{Layout, html, message};
use crate::problem::{Problem, Result};
use crate::redirect::{return_to, see_other};
use crate::visit::user_agent;
use crate::visitor::{CookieNames, Visitor};

pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/auth/sign_in", get(show).post(create)).route("/auth/sign_out", post(destroy))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    form_token: String,
    return_to: String,
    return_query: String,
    login: String,
    wrong: bool,
}

impl SignInPage {
    fn new(state: &WebState, visitor: &Visitor, fields: &Fields, wrong: bool) -> Self {
        let return_to = return_to(fields);
        let return_query = url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
        Self {
            layout: Layout::new(state, Some(visitor)),
            form_token: visitor.form_token(),
            return_to,
            return_query,
            login: fields.text("username"),
            wrong,
        }
    }
}

/// The address of the sign-in page that leads back to a path here.
pub(crate) fn path_to(return_to: &str, again: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("return_to", return_to);
    if again {
        query.append_pair("again", "1");
    }
    format!("/auth/sign_in?{}", query.finish())
}

/// Who is signed in goes on, except to sign in `again`, as somebody else perhaps.
async fn show(State(state): State<WebState>, visitor: Visitor, fields: Fields) -> Result {
    if visitor.signed_in.is_some() && !fields.flag("again") {
        return Ok(see_other(&return_to(&fields)));
    }
    html(&SignInPage::new(&state, &visitor, &fields, false))
}

/// Wrong names and wrong passwords look the same. What is in a user's way is told to who has the password.
async fn create(State(state): State<WebState>, visitor: Visitor, headers: HeaderMap, form: Form) -> Result {
    let fields = form.checked(&visitor)?;
    let (login, password) = (fields.text("username"), fields.text("password"));
    let Some((user, account)) = users::authenticate(&state.app, &login, &password).await? else {
        let page = html(&SignInPage::new(&state, &visitor, &fields, true))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    if let Some(obstacle) = users::obstacle(&user, &account) {
        let layout = Layout::new(&state, Some(&visitor));
        let page = message(layout, title(obstacle), advice(&state, obstacle))?;
        return Ok((StatusCode::FORBIDDEN, page).into_response());
    }
    open(&state, &visitor, &headers, &user, &return_to(&fields)).await
}

fn title(obstacle: users::Obstacle) -> &'static str {
    match obstacle {
        users::Obstacle::Unconfirmed => "Your account is not confirmed yet",
        other => other.sentence(),
    }
}

/// What somebody can do about an obstacle.
pub(crate) fn advice(state: &WebState, obstacle: users::Obstacle) -> &'static str {
    match obstacle {
        users::Obstacle::Disabled => {
            "Write to whoever runs this instance if you think that this is a mistake."
        }
        users::Obstacle::Unconfirmed if state.app.config.mail.smtp_url.is_some() => {
            "Open the link of the letter that you were sent, then sign in."
        }
        users::Obstacle::Unconfirmed => {
            "An administrator confirms new accounts here; come back in a while and sign in."
        }
        users::Obstacle::Pending => {
            "An administrator looks at every request here; come back in a while and sign in."
        }
    }
}

/// Opens a new session, ends the one before, and goes on.
pub(crate) async fn open(
    state: &WebState,
    visitor: &Visitor,
    headers: &HeaderMap,
    user: &User,
    to: &str,
) -> Result<Response> {
    let app = &state.app;
    let token = sessions::create(app, user, user_agent(headers)).await?;
    if let Some(former) = &visitor.session {
        sessions::destroy(app, former).await?;
    }
    let mut response = see_other(to);
    set_cookie(&mut response, CookieNames::new(app).open_session(app, &token));
    Ok(response)
}

async fn destroy(State(state): State<WebState>, visitor: Visitor, form: Form) -> Result {
    form.checked(&visitor)?;
    if let Some(token) = &visitor.session {
        sessions::destroy(&state.app, token).await?;
    }
    let mut response = see_other("/");
    set_cookie(&mut response, CookieNames::new(&state.app).close_session());
    Ok(response)
}

fn set_cookie(response: &mut Response, cookie: String) {
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// For pages that are only for who is signed in: a way to the sign-in page.
pub(crate) fn sign_in_first() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "You are not signed in", "Sign in, then send it again.")
}
