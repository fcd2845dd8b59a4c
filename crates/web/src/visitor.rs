//! Who comes: the session's cookie, and the secret that forms are tied to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use http::HeaderMap;
use http::request::Parts;
use services::sessions::SignedIn;
use services::{App, secrets};

use crate::problem::{Problem, Result};

/// Names the cookies; with https they are bound to this host and to https (RFC 6265bis section 4.1.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct CookieNames {
    secure: bool,
}

impl CookieNames {
    pub(crate) fn new(app: &App) -> Self {
        Self { secure: app.urls.base().starts_with("https://") }
    }

    /// The cookie that holds a session's token.
    pub(crate) fn session(self) -> &'static str {
        if self.secure { "__Host-stoa_session" } else { "stoa_session" }
    }

    /// The cookie that ties forms to a browser that is not signed in.
    fn form(self) -> &'static str {
        if self.secure { "__Host-stoa_form" } else { "stoa_form" }
    }

    fn set(self, name: &str, value: &str, max_age: Option<i64>) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let max_age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}")
    }

    /// `Set-Cookie` for a session that was opened or renewed.
    pub(crate) fn open_session(self, app: &App, token: &str) -> String {
        self.set(self.session(), token, Some(i64::from(app.config.sessions.lifetime_days) * 86_400))
    }

    /// `Set-Cookie` that takes the session's cookie away.
    pub(crate) fn close_session(self) -> String {
        self.set(self.session(), "", Some(0))
    }
}

/// Somebody in front of a page. As an argument, it comes from [`crate::visit`].
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// Who, if signed in.
    pub(crate) signed_in: Option<SignedIn>,
    /// The session's token, if signed in.
    pub(crate) session: Option<String>,
    /// What the visitor's forms are tied to, before signing in.
    form_secret: String,
    /// Whether the browser has the form secret already.
    form_secret_known: bool,
    drew_form: Arc<AtomicBool>,
}

impl Visitor {
    /// Reads the cookies; a session that has ended is none.
    pub(crate) async fn from_headers(app: &App, headers: &HeaderMap) -> Result<Self> {
        let names = CookieNames::new(app);
        let jar = CookieJar::from_headers(headers);
        let cookie = |name| jar.get(name).map(|c| c.value().to_owned()).filter(|value| value.len() == 43);
        let mut session = cookie(names.session());
        let signed_in = match &session {
            Some(token) => services::sessions::find(app, token).await?,
            None => None,
        };
        if signed_in.is_none() {
            session = None;
        }
        let known = cookie(names.form());
        Ok(Self {
            signed_in,
            session,
            form_secret_known: known.is_some(),
            form_secret: known.unwrap_or_else(secrets::generate),
            drew_form: Arc::new(AtomicBool::new(false)),
        })
    }

    /// The token that a form carries: made from the session's, or from the form cookie's.
    pub(crate) fn form_token(&self) -> String {
        self.drew_form.store(true, Ordering::Relaxed);
        self.expected_token()
    }

    fn expected_token(&self) -> String {
        secrets::derive(self.session.as_deref().unwrap_or(&self.form_secret), "form")
    }

    /// Whether a form's token is the one this visitor was given.
    pub(crate) fn made_form(&self, token: &str) -> bool {
        let known = self.session.is_some() || self.form_secret_known;
        known && secrets::same(token.as_bytes(), self.expected_token().as_bytes())
    }

    /// `Set-Cookie` for the form secret, if a form was drawn that needs it.
    pub(crate) fn form_cookie(&self, names: CookieNames) -> Option<String> {
        let needed =
            self.drew_form.load(Ordering::Relaxed) && self.session.is_none() && !self.form_secret_known;
        needed.then(|| names.set(names.form(), &self.form_secret, None))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(session: Option<&str>, secret: &str, known: bool) -> Visitor {
        Visitor {
            signed_in: None,
            session: session.map(str::to_owned),
            form_secret: secret.to_owned(),
            form_secret_known: known,
            drew_form: Arc::default(),
        }
    }

    #[test]
    fn a_form_belongs_to_one_session() {
        let token = visitor(Some("one"), "a", true).form_token();
        assert!(visitor(Some("one"), "b", false).made_form(&token));
        assert!(!visitor(Some("two"), "a", true).made_form(&token));
        assert!(!visitor(None, "a", true).made_form(&token));
        assert!(!visitor(Some("one"), "a", true).made_form(""));
        assert!(!visitor(Some("one"), "a", true).made_form("one"));
    }

    #[test]
    fn before_signing_in_it_belongs_to_one_browser() {
        let token = visitor(None, "a", false).form_token();
        assert!(visitor(None, "a", true).made_form(&token));
        assert!(!visitor(None, "b", true).made_form(&token));
        assert!(!visitor(None, "a", false).made_form(&token), "a browser without the cookie has no form");
        assert!(!visitor(Some("a session"), "a", true).made_form(&token));
    }

    #[test]
    fn cookies_are_closed_to_scripts_and_other_sites() {
        let plain = CookieNames { secure: false }.set("a", "b", None);
        assert_eq!(plain, "a=b; Path=/; HttpOnly; SameSite=Lax");
        let secure = CookieNames { secure: true };
        assert_eq!(
            secure.close_session(),
            "__Host-stoa_session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
        );
    }

    #[test]
    fn only_a_page_with_a_form_sets_the_form_cookie() {
        let names = CookieNames { secure: true };
        let reader = visitor(None, "a", false);
        assert_eq!(reader.form_cookie(names), None);
        reader.form_token();
        assert!(reader.form_cookie(names).is_some_and(|cookie| cookie.starts_with("__Host-stoa_form=a;")));
        let known = visitor(None, "a", true);
        known.form_token();
        assert_eq!(known.form_cookie(names), None);
    }
}
