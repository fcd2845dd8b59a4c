//! From consent to a token, what a token allows, and its end.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Answer, Browser, Client, Instance, User};

const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// A verifier and its challenge (RFC 7636 appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered application.
pub(crate) struct App {
    nobody: Client,
    id: String,
    secret: String,
    url: String,
}

impl App {
    pub(crate) async fn register(instance: &Instance) -> Self {
        let nobody = instance.client();
        let app =
            json!({ "client_name": "App", "redirect_uris": OUT_OF_BAND, "scopes": "read write follow" });
        let app = nobody.post_json("/api/v1/apps", &app).await.ok();
        let text = |name: &str| app[name].as_str().unwrap().to_owned();
        let (id, secret) = (text("client_id"), text("client_secret"));
        Self { nobody, id, secret, url: instance.url.clone() }
    }

    fn address(&self, more: &str) -> String {
        format!("{}/oauth/authorize?client_id={}&response_type=code{more}", self.url, self.id)
    }

    /// What a person does in the browser; returns the code.
    async fn code(&self, user: &User, more: &str) -> String {
        let address = self.address(&format!("&redirect_uri={OUT_OF_BAND}&scope=read+write{more}"));
        let (mut browser, page) = Browser::open(&address).await;
        let page = browser.submit(&page, &[("username", &user.email), ("password", user.password)]).await;
        let page = browser.submit(&page, &[("decision", "approve")]).await;
        Browser::value(&page, "code").unwrap_or_else(|| panic!("no code in: {}", page.text))
    }

    async fn exchange(&self, code: &str, more: Value) -> Answer {
        let mut grant = json!({
            "grant_type": "authorization_code", "client_id": self.id, "client_secret": self.secret,
            "code": code, "redirect_uri": OUT_OF_BAND,
        });
        grant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.nobody.post_json("/oauth/token", &grant).await
    }

    pub(crate) async fn own_token(&self, scope: &str) -> Answer {
        let grant = json!({
            "grant_type": "client_credentials", "client_id": self.id, "client_secret": self.secret,
            "scope": scope,
        });
        self.nobody.post_json("/oauth/token", &grant).await
    }

    async fn revoke(&self, token: &str) -> StatusCode {
        let form = json!({ "client_id": self.id, "client_secret": self.secret, "token": token });
        self.nobody.post_json("/oauth/revoke", &form).await.status
    }

    async fn is_good(&self, token: &str) -> bool {
        let answer = self.nobody.with_token(token).get("/api/v1/accounts/verify_credentials").await;
        assert!(matches!(answer.status.as_u16(), 200 | 401), "{}: {}", answer.status, answer.text);
        answer.status == StatusCode::OK
    }
}

fn token(answer: &Answer) -> String {
    answer.ok()["access_token"].as_str().unwrap().to_owned()
}

fn with_challenge() -> String {
    format!("&code_challenge={CHALLENGE}&code_challenge_method=S256")
}

#[track_caller]
fn assert_invalid_grant(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    assert_eq!(answer.json()["error"], "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_with_its_verifier_becomes_a_token() {
    let a = Instance::start().await;
    let (alice, app) = (a.user("alice").await, App::register(&a).await);
    let code = app.code(&alice, &with_challenge()).await;
    let answer = app.exchange(&code, json!({ "code_verifier": VERIFIER })).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let grant = answer.ok();
    assert_eq!((&grant["token_type"], &grant["scope"]), (&json!("Bearer"), &json!("read write")));
    let me = User::with_token(&a, "alice", &token(&answer)).await;
    assert_eq!(me.id, alice.id);
    me.post("By the new token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_is_neither_wrong_nor_missing_nor_too_many() {
    let a = Instance::start().await;
    let (alice, app) = (a.user("alice").await, App::register(&a).await);
    let wrong = "a".repeat(43);
    for more in [json!({ "code_verifier": wrong }), json!({}), json!({ "code_verifier": CHALLENGE })] {
        let code = app.code(&alice, &with_challenge()).await;
        assert_invalid_grant(&app.exchange(&code, more).await);
        // One guess, and no more.
        assert_invalid_grant(&app.exchange(&code, json!({ "code_verifier": VERIFIER })).await);
    }
    let code = app.code(&alice, "").await;
    assert_invalid_grant(&app.exchange(&code, json!({ "code_verifier": VERIFIER })).await);
    let code = app.code(&alice, "").await;
    let other = json!({ "redirect_uri": "https://elsewhere.example/" });
    assert_invalid_grant(&app.exchange(&code, other).await);
    assert_invalid_grant(&app.exchange("no such code", json!({})).await);
    let code = app.code(&alice, "").await;
    let stolen = app.exchange(&code, json!({ "client_secret": "wrong" })).await;
    assert_eq!(
        (stolen.status, &stolen.json()["error"]),
        (StatusCode::UNAUTHORIZED, &json!("invalid_client"))
    );
    let other_app = App::register(&a).await;
    assert_invalid_grant(&other_app.exchange(&code, json!({})).await);
    app.exchange(&code, json!({})).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_before_anybody_signs_in() {
    let a = Instance::start().await;
    let app = App::register(&a).await;
    let known = format!("&redirect_uri={OUT_OF_BAND}");
    let plain = format!("{known}&code_challenge={VERIFIER}&code_challenge_method=plain");
    for (more, word) in [
        (plain, "S256"),
        (format!("{known}&code_challenge={VERIFIER}"), "S256"),
        (format!("{known}&code_challenge=short&code_challenge_method=S256"), "challenge"),
        (format!("{known}&scope=read+juggle"), "invalid_scope"),
        (format!("{known}&scope=admin:read"), "invalid_scope"),
        ("&redirect_uri=https%3A%2F%2Fevil.example%2F".to_owned(), "not its own"),
        (format!("{known}%2F"), "not its own"),
        (String::new(), "not its own"),
    ] {
        // Redirects are not followed by this client.
        let path = app.address(&more);
        let page = app.nobody.get(path.strip_prefix(&a.url).unwrap()).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{more}");
        assert!(!page.headers.contains_key("location"), "{more}");
        assert!(page.text.contains(word), "{more}: {}", page.text);
    }
    let page = app.nobody.get("/oauth/authorize?client_id=unknown&response_type=code").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_goes_back_with_the_state() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let app = json!({ "client_name": "App", "redirect_uris": "myapp://done?x=1", "scopes": "read" });
    let app = a.client().post_json("/api/v1/apps", &app).await.ok();
    let id = app["client_id"].as_str().unwrap();
    let address = format!(
        "{}/oauth/authorize?client_id={id}&response_type=code&redirect_uri=myapp%3A%2F%2Fdone%3Fx%3D1&state=a%26b",
        a.url
    );
    for (decision, expected) in [("deny", "error=access_denied"), ("approve", "code=")] {
        let (mut browser, page) = Browser::open(&address).await;
        let page = browser.submit(&page, &[("username", "alice"), ("password", alice.password)]).await;
        let mut choice = vec![("decision", decision)];
        choice.push(("state", "a&b"));
        browser.submit(&page, &choice).await;
        let back = browser.address().as_str().to_owned();
        assert!(back.starts_with("myapp://done?x=1&"), "{back}");
        assert!(back.contains(expected) && back.contains("state=a%26b"), "{back}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_brought_twice_ends_its_token() {
    let a = Instance::start().await;
    let (alice, app) = (a.user("alice").await, App::register(&a).await);
    let code = app.code(&alice, "").await;
    let first = token(&app.exchange(&code, json!({})).await);
    assert!(app.is_good(&first).await);
    assert_invalid_grant(&app.exchange(&code, json!({})).await);
    assert!(!app.is_good(&first).await, "whoever stole the code keeps its token");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_nobody() {
    let a = Instance::start().await;
    let app = App::register(&a).await;
    let answer = app.own_token("read write").await;
    let client = app.nobody.with_token(&token(&answer));
    for path in ["/api/v1/accounts/verify_credentials", "/api/v1/timelines/home"] {
        assert_eq!(client.get(path).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    let refused = client.post_json("/api/v1/statuses", &json!({ "status": "By nobody" })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(client.get("/api/v1/apps/verify_credentials").await.ok()["name"], "App");
    client.get("/api/v1/timelines/public").await.ok();
    let too_much = app.own_token("read push").await;
    assert_eq!(
        (too_much.status, &too_much.json()["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_scope"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_given_back_by_those_who_got_them() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let (app, other) = (App::register(&a).await, App::register(&a).await);
    let code = app.code(&alice, "").await;
    let own = token(&app.exchange(&code, json!({})).await);
    assert_eq!(other.revoke(&own).await, StatusCode::FORBIDDEN);
    assert!(app.is_good(&own).await);
    assert_eq!(app.revoke("no such token").await, StatusCode::OK);
    assert_eq!(app.revoke(&own).await, StatusCode::OK);
    assert!(!app.is_good(&own).await);
    assert_eq!(app.revoke(&own).await, StatusCode::OK);
    assert!(app.is_good(&alice.token).await, "tokens of other applications stay");
}
