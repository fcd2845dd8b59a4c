//! What happens around every page: who comes, what the answer carries, and how problems look.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use services::Urls;

use crate::WebState;
use crate::guard::is_from_here;
use crate::layout::{FormTarget, Layout, html};
use crate::problem::{Problem, Result};
use crate::visitor::{CookieNames, Visitor};

/// Finds the visitor, runs the page, and adds cookies and headers.
pub(crate) async fn visit(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let mut response = match welcome(&state, request, next).await {
        Ok(response) => response,
        Err(problem) => draw(&state, &problem, None),
    };
    protect(&mut response, &state.app.urls);
    response
}

async fn welcome(state: &WebState, mut request: Request, next: Next) -> Result {
    let app = &state.app;
    if !is_from_here(request.method(), request.headers(), &app.urls) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "This form was sent from another site",
            "Open the page here and send it from there.",
        ));
    }
    let names = CookieNames::new(app);
    let mut visitor = Visitor::from_headers(app, request.headers()).await?;
    let mut cookies = Vec::new();
    if request.method() == Method::GET
        && let (Some(signed_in), Some(token)) = (&visitor.signed_in, &visitor.session)
        && signed_in.stale
    {
        let agent = user_agent(request.headers());
        let renewed = services::sessions::renew(app, token, &signed_in.user, agent).await?;
        cookies.push(names.open_session(app, &renewed));
        visitor.session = Some(renewed);
    }
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = draw(state, &problem, Some(&visitor));
    }
    cookies.extend(visitor.form_cookie(names));
    for cookie in cookies {
        if let Ok(value) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// What the browser calls itself.
pub(crate) fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    layout: Layout,
    title: &'a str,
    advice: &'a str,
}

fn draw(state: &WebState, problem: &Problem, visitor: Option<&Visitor>) -> Response {
    let layout = Layout::new(state, visitor);
    let page = ProblemPage { layout, title: &problem.title, advice: &problem.advice };
    match html(&page) {
        Ok(page) => (problem.status, page).into_response(),
        Err(_) => problem.status.into_response(),
    }
}

/// Headers of every page. Nothing may be run, framed, sniffed or kept.
fn protect(response: &mut Response, urls: &Urls) {
    let target = response.extensions_mut().remove::<FormTarget>();
    let form_action = target.map(|FormTarget(source)| format!(" {source}")).unwrap_or_default();
    let files = urls.origin_of_files().map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:{files}; media-src 'self'{files}; \
         form-action 'self'{form_action}; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; \
         script-src 'none'"
    );
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: with it, browsers send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::VARY, "Accept, Cookie"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin-allow-popups"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), interest-cohort=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
}
