//! What the page of consent shows, and where its answer goes.

use askama::Template;
use services::applications::OUT_OF_BAND;
use services::oauth::Consent;
use url::Url;

use crate::WebState;
use crate::fields::Fields;
use crate::layout::Layout;
use crate::scope_words::in_words;
use crate::visitor::Visitor;

/// What the form carries on, so that the answer is checked as the question was.
const CARRIED: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

#[derive(Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage {
    layout: Layout,
    form_token: String,
    username: String,
    application: String,
    website: Option<String>,
    scopes: Vec<String>,
    destination: Option<String>,
    carried: Vec<(&'static str, String)>,
    switch_account: String,
}

impl ConsentPage {
    pub(crate) fn new(
        state: &WebState,
        visitor: &Visitor,
        username: &str,
        consent: &Consent,
        asked: &Fields,
    ) -> Self {
        let carried: Vec<(&str, String)> = CARRIED
            .iter()
            .filter_map(|name| asked.get(name).map(|value| (*name, value.to_owned())))
            .collect();
        let again = format!("/oauth/authorize?{}", asked.without("force_login").to_query());
        Self {
            layout: Layout::new(state, Some(visitor)),
            form_token: visitor.form_token(),
            username: username.to_owned(),
            application: consent.application.name.clone(),
            website: consent.application.website.clone(),
            scopes: in_words(&consent.scopes),
            destination: destination(&consent.redirect_uri),
            carried,
            switch_account: crate::sign_in::path_to(&again, true),
        }
    }
}

/// The host that the answer goes to, for people to see; none for programs on their own device.
fn destination(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.host_str().map(str::to_owned)).flatten()
}

/// The source that the page's `form-action` must name for the browser to follow the answer
/// (<https://www.w3.org/TR/CSP3/#grammardef-source-list>): an origin, or a program's scheme.
pub(crate) fn form_target(redirect_uri: &str) -> Option<String> {
    if redirect_uri == OUT_OF_BAND {
        return None;
    }
    let url = Url::parse(redirect_uri).ok()?;
    match url.scheme() {
        "http" | "https" => Some(url.origin().ascii_serialization()),
        scheme => Some(format!("{scheme}:")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_the_answer_through() {
        for (uri, source) in [
            ("https://elk.zone/api/a;b/oauth?x=1", Some("https://elk.zone")),
            ("http://localhost:8080/", Some("http://localhost:8080")),
            ("https://a.example:443/", Some("https://a.example")),
            ("tusky://oauth", Some("tusky:")),
            ("com.tapbots.Ivory.10217:/request_token", Some("com.tapbots.ivory.10217:")),
            (OUT_OF_BAND, None),
        ] {
            assert_eq!(form_target(uri).as_deref(), source);
        }
    }

    #[test]
    fn people_see_where_the_answer_goes() {
        assert_eq!(destination("https://elk.zone/x").as_deref(), Some("elk.zone"));
        assert_eq!(destination("tusky://oauth"), None);
        assert_eq!(destination(OUT_OF_BAND), None);
    }
}
