//! Pages as a browser sees them: signing up and in, cookies, forms, and what every page carries.

use http::{Method, StatusCode};
use serde_json::json;
use tests::{Answer, Browser, Client, Instance};

fn header<'a>(page: &'a Answer, name: &str) -> &'a str {
    page.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let cookies =
        answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned());
    cookies.into_iter().find(|cookie| cookie.starts_with(&format!("{name}=")))
}

/// `name=value` alone.
fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

/// The form's token, as it stands in the page.
fn form_token(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("name=\"csrf_token\" value=\"").expect("a form with a token");
    rest.split('"').next().unwrap().to_owned()
}

/// The sign-in page: the cookie that its form is tied to, and the form's token.
async fn sign_in_form(nobody: &Client) -> (String, String) {
    let page = nobody.get("/auth/sign_in").await;
    (pair(&cookie(&page, "stoa_form").expect("a page with a form sets the cookie")), form_token(&page))
}

async fn sign_in(nobody: &Client, cookies: &str, fields: &[(&str, &str)]) -> Answer {
    nobody.send(nobody.request(Method::POST, "/auth/sign_in").header("cookie", cookies).form(fields)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_up_and_out_and_in_again() {
    let a = Instance::start().await;
    let (mut browser, page) = Browser::open(&format!("{}/auth/sign_up", a.url)).await;
    let fields = [("username", "erin"), ("email", "erin@example.org"), ("password", "several good words")];
    // Without agreeing, nobody joins, and what was typed stays but for the password.
    let page = browser.submit(&page, &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert_eq!(Browser::value(&page, "username").as_deref(), Some("erin"));
    assert!(!page.text.contains("several good words"), "the password is in the page");
    let page = browser.submit(&page, &[&fields[..], &[("agreement", "1")]].concat()).await;
    assert_eq!((page.status, browser.address().path()), (StatusCode::OK, "/"), "{}", page.text);
    let settings = browser.go("/settings").await;
    assert!(settings.text.contains("@erin@"), "{}", settings.text);

    let sign_out = settings.text.split("action=\"/auth/sign_out\"").count();
    assert!(sign_out > 1, "there is a way out: {}", settings.text);
    let page = browser.submit(&settings, &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let page = browser.go("/settings").await;
    assert!(page.text.contains("type=\"password\""), "{}", page.text);
    let page = browser.submit(&page, &[("username", "erin"), ("password", "wrong password")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.submit(&page, &[("username", "erin"), ("password", "several good words")]).await;
    assert_eq!((page.status, browser.address().path()), (StatusCode::OK, "/settings"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_instances_have_no_sign_up() {
    let settings = vec![("STOA_INSTANCE__REGISTRATIONS", "closed".to_owned())];
    let a = Instance::start_with(tests::Options { settings, ..tests::Options::default() }).await;
    let page = a.client().get("/auth/sign_up").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_closed_to_scripts_and_other_sites() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let nobody = a.client();
    let form = cookie(&nobody.get("/auth/sign_in").await, "stoa_form").unwrap();
    let (cookies, token) = sign_in_form(&nobody).await;
    let fields = [("csrf_token", token.as_str()), ("username", "alice"), ("password", alice.password)];
    let answer = sign_in(&nobody, &cookies, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let session = cookie(&answer, "stoa_session").expect("a session");
    for cookie in [&form, &session] {
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(flag), "{cookie} without {flag}");
        }
        assert!(!cookie.contains("Domain="), "{cookie}");
    }
    assert!(session.contains("Max-Age="), "{session}");
    // A session's cookie is not a token of the API.
    let request = nobody.request(Method::GET, "/api/v1/timelines/home").header("cookie", pair(&session));
    assert_eq!(nobody.send(request).await.status, StatusCode::UNAUTHORIZED);
    // A page without a form sets no cookie.
    assert!(!nobody.get("/about").await.headers.contains_key("set-cookie"));
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_that_are_not_ours_are_refused() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let nobody = a.client();
    let (cookies, token) = sign_in_form(&nobody).await;
    let (other_cookies, other_token) = sign_in_form(&nobody).await;
    let person = [("username", "alice"), ("password", alice.password)];
    for (cookies, token) in [
        (cookies.as_str(), None),
        (cookies.as_str(), Some("wrong")),
        (cookies.as_str(), Some(other_token.as_str())),
        (other_cookies.as_str(), Some(token.as_str())),
        ("", Some(token.as_str())),
    ] {
        let mut fields = person.to_vec();
        fields.extend(token.map(|token| ("csrf_token", token)));
        let answer = sign_in(&nobody, cookies, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{cookies} {token:?}");
        assert!(cookie(&answer, "stoa_session").is_none());
    }
    let fields = [&person[..], &[("csrf_token", token.as_str())]].concat();
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let request = nobody.request(Method::POST, "/auth/sign_in").header("cookie", &cookies);
        let answer = nobody.send(request.header(name, value).form(&fields)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    for path in ["/auth/sign_up", "/auth/sign_out", "/oauth/authorize", "/settings/applications/revoke"] {
        let request = nobody.request(Method::POST, path).header("cookie", &cookies).form(&person);
        let answer = nobody.send(request).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403), "{path}: {}", answer.status);
    }
    assert_eq!(sign_in(&nobody, &cookies, &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_own_pages_only() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let nobody = a.client();
    for (to, expected) in [
        ("/settings", "/settings"),
        ("/@alice?x=1", "/@alice?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ] {
        let (cookies, token) = sign_in_form(&nobody).await;
        let fields = [
            ("csrf_token", token.as_str()),
            ("username", "alice"),
            ("password", alice.password),
            ("return_to", to),
        ];
        let answer = sign_in(&nobody, &cookies, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{to}: {}", answer.text);
        assert_eq!(header(&answer, "location"), expected, "{to}");
        // Who is signed in already is led on at once, and no further.
        let session = pair(&cookie(&answer, "stoa_session").unwrap());
        let request = nobody.request(Method::GET, "/auth/sign_in").query(&[("return_to", to)]);
        let answer = nobody.send(request.header("cookie", session)).await;
        assert_eq!(header(&answer, "location"), expected, "{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_closed_to_scripts_and_frames() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let status = alice.post("<script>alert(1)</script> #tag").await;
    let nobody = a.client();
    let path = status["url"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    let paths =
        ["/", "/about", "/auth/sign_in", "/auth/sign_up", "/@alice", &path, "/tags/tag", "/no/such/page"];
    for path in paths {
        let page = nobody.send(nobody.request(Method::GET, path).header("accept", "text/html")).await;
        assert!(page.status.is_success() || path == "/no/such/page", "{path}: {}", page.status);
        let policy = header(&page, "content-security-policy");
        for part in ["default-src 'none'", "script-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(header(&page, "x-frame-options"), "DENY", "{path}");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff", "{path}");
        assert!(!page.text.contains("<script"), "{path}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_consent_lets_its_answer_through_and_nothing_else() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let redirect = "https://app.example/callback";
    let app = json!({ "client_name": "<b>App</b>", "redirect_uris": redirect, "scopes": "read write" });
    let app = a.client().post_json("/api/v1/apps", &app).await.ok();
    let address = format!(
        "{}/oauth/authorize?client_id={}&response_type=code&scope=read&redirect_uri={redirect}",
        a.url,
        app["client_id"].as_str().unwrap()
    );
    let (mut browser, page) = Browser::open(&address).await;
    let page = browser.submit(&page, &[("username", "alice"), ("password", alice.password)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    assert_eq!(header(&page, "x-frame-options"), "DENY");
    assert!(page.text.contains("app.example"), "the page says where the answer goes");
    assert!(!page.text.contains("<b>App"), "{}", page.text);
}
