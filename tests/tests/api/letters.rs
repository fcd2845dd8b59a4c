//! Letters: confirming an address, and new passwords.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Browser, Client, Instance, MailServer, Options, eventually};

use crate::command_line::text;

const PASSWORD: &str = "several good words";

async fn instance(mail: &MailServer, more: &[(&'static str, &str)]) -> Instance {
    let mut settings = mail.settings();
    settings.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Instance::start_with(Options { settings, ..Options::default() }).await
}

/// Somebody signs up by a client program, and gets a token of it.
async fn sign_up(a: &Instance, name: &str) -> (Client, Value) {
    let nobody = a.client();
    let app =
        json!({ "client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write" });
    let app = nobody.post_json("/api/v1/apps", &app).await.ok();
    let grant = json!({
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "scope": "read write",
    });
    let token = nobody.post_json("/oauth/token", &grant).await.ok();
    let person = json!({
        "username": name, "email": format!("{name}@example.org"), "password": PASSWORD, "agreement": true,
        "locale": "en",
    });
    let registrar = nobody.with_token(token["access_token"].as_str().unwrap());
    let token = registrar.post_json("/api/v1/accounts", &person).await.ok();
    (nobody.with_token(token["access_token"].as_str().unwrap()), token)
}

async fn ask_again(client: &Client, body: Value) -> tests::Answer {
    client.post_json("/api/v1/emails/confirmations", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_confirmed_by_its_letter() {
    let Some(mail) = MailServer::start().await else { return };
    let a = instance(&mail, &[("STOA_INSTANCE__REQUIRE_CONFIRMATION", "true")]).await;
    let (erin, _) = sign_up(&a, "erin").await;
    let waiting = erin.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(waiting.status, StatusCode::FORBIDDEN);
    assert_eq!(waiting.json()["error"], "Your login is missing a confirmed e-mail address");
    assert_eq!(erin.get("/api/v1/emails/check_confirmation").await.ok(), json!(false));
    let first = mail.link("erin@example.org", "Confirm your address", &[]).await;
    let letter = mail.letters_to("erin@example.org").pop().unwrap();
    for part in
        ["From: Stoa <noreply@example.org>", "Auto-Submitted: auto-generated", "Message-ID: ", "@erin@"]
    {
        assert!(letter.contains(part), "{part} is missing: {letter}");
    }

    // Asked again at once, there is no second letter; to another address there is, and the first link ends.
    ask_again(&erin, json!({})).await.ok();
    for (email, says) in [("no address", "is not a valid"), ("erin@", "is not a valid")] {
        let refused = ask_again(&erin, json!({ "email": email })).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        assert!(refused.text.contains(says), "{}", refused.text);
    }
    ask_again(&erin, json!({ "email": "erin@elsewhere.example" })).await.ok();
    let second = mail.link("erin@elsewhere.example", "Confirm your address", &[]).await;
    assert_eq!(mail.letters_to("erin@example.org").len(), 1);

    let (mut browser, page) = Browser::open(&first).await;
    let page = browser.submit(&page, &[]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text);
    // Opening the page is not enough: programs that look through mail do that.
    let (mut browser, page) = Browser::open(&second).await;
    assert_eq!(erin.get("/api/v1/emails/check_confirmation").await.ok(), json!(false));
    let done = browser.submit(&page, &[]).await;
    assert!(done.text.contains("Your address is confirmed"), "{}", done.text);
    assert_eq!(erin.get("/api/v1/emails/check_confirmation").await.ok(), json!(true));
    erin.get("/api/v1/accounts/verify_credentials").await.ok();
    let again = browser.submit(&page, &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "it works once");
    let late = ask_again(&erin, json!({})).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.text.contains("while the e-mail is awaiting confirmation"), "{}", late.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_client_of_the_sign_up_asks_for_letters() {
    let Some(mail) = MailServer::start().await else { return };
    let a = instance(&mail, &[("STOA_INSTANCE__REQUIRE_CONFIRMATION", "true")]).await;
    sign_up(&a, "erin").await;
    sign_up(&a, "frank").await;
    let token = text(&a.run(&["token", "create", "erin"]).await).0;
    let other = a.client().with_token(&token);
    let refused = ask_again(&other, json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("the application the user originally signed-up with"), "{}", refused.text);
    assert_eq!(ask_again(&a.client(), json!({})).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(a.client().get("/api/v1/emails/check_confirmation").await.status, StatusCode::UNAUTHORIZED);
    let (gina, _) = sign_up(&a, "gina").await;
    let refused = ask_again(&gina, json!({ "email": "Frank@example.org" })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("has already been taken"), "{}", refused.text);
    // A link that is older than a week does nothing.
    let link = mail.link("gina@example.org", "Confirm your address", &[]).await;
    a.database.execute("UPDATE users SET confirmation_sent_at = now() - interval '8 days'").await;
    let (mut browser, page) = Browser::open(&link).await;
    assert_eq!(browser.submit(&page, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_once() {
    let Some(mail) = MailServer::start().await else { return };
    let a = instance(&mail, &[]).await;
    let (erin, _) = sign_up(&a, "erin").await;
    let ask = format!("{}/auth/password/new", a.url);
    let (mut browser, page) = Browser::open(&ask).await;
    let known = browser.submit(&page, &[("email", "Erin@example.org")]).await;
    let page = browser.go(&ask).await;
    let unknown = browser.submit(&page, &[("email", "nobody@example.org")]).await;
    let page = browser.go(&ask).await;
    let nonsense = browser.submit(&page, &[("email", "no address")]).await;
    assert_eq!((known.status, &known.text), (StatusCode::OK, &unknown.text), "the answer does not tell");
    assert_eq!((nonsense.status, &nonsense.text), (StatusCode::OK, &known.text));
    let link = mail.link("erin@example.org", "A new password", &[]).await;
    let token = link.split_once("token=").unwrap().1;
    let stored = a.database.query("SELECT token_hash FROM password_resets", &[]).await;
    let hash: Vec<u8> = stored[0].get(0);
    assert!(stored.len() == 1 && hash != token.as_bytes(), "only a hash is kept");

    let (mut browser, page) = Browser::open(&link).await;
    let short = browser.submit(&page, &[("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", short.text);
    let done = browser.submit(&short, &[("password", "quite another one")]).await;
    assert!(done.text.contains("You have a new password"), "{}", done.text);
    assert_eq!(erin.get("/api/v1/accounts/verify_credentials").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.submit(&page, &[("password", "and a third one")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.go(&link).await.status, StatusCode::NOT_FOUND);
    let page = browser.go("/auth/sign_in").await;
    browser.submit(&page, &[("username", "erin"), ("password", "quite another one")]).await;
    assert!(browser.go("/settings").await.text.contains("@erin@"));
    mail.link("erin@example.org", "Your password", &[]).await;
    assert!(mail.letters_to("nobody@example.org").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_gives_no_password() {
    let Some(mail) = MailServer::start().await else { return };
    let a = instance(&mail, &[]).await;
    sign_up(&a, "erin").await;
    let (mut browser, page) = Browser::open(&format!("{}/auth/password/new", a.url)).await;
    browser.submit(&page, &[("email", "erin@example.org")]).await;
    let link = mail.link("erin@example.org", "A new password", &[]).await;
    let (mut other, form) = Browser::open(&link).await;
    a.database.execute("UPDATE password_resets SET expires_at = now()").await;
    assert_eq!(other.submit(&form, &[("password", "quite another one")]).await.status, StatusCode::NOT_FOUND);
    a.database.execute("UPDATE password_resets SET expires_at = now() + interval '1 hour'").await;
    // A password that is set otherwise ends it too.
    assert!(a.run(&["account", "set-password", "erin", "--password", "by the owner"]).await.status.success());
    assert_eq!(other.submit(&form, &[("password", "quite another one")]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_changes_the_password() {
    let Some(mail) = MailServer::start().await else { return };
    let a = instance(&mail, &[]).await;
    let (erin, _) = sign_up(&a, "erin").await;
    let (mut browser, page) = Browser::open(&format!("{}/.well-known/change-password", a.url)).await;
    assert_eq!(browser.address().path(), "/auth/sign_in");
    let page = browser.submit(&page, &[("username", "erin"), ("password", PASSWORD)]).await;
    assert_eq!(browser.address().path(), "/settings/password");
    let wrong = [("present", "not this one"), ("password", "quite another one")];
    let refused = browser.submit(&page, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("present password"), "{}", refused.text);
    let settings = browser.submit(&page, &[("present", PASSWORD), ("password", "quite another one")]).await;
    assert!(settings.text.contains("@erin@"), "this browser stays signed in: {}", settings.text);
    assert_eq!(erin.get("/api/v1/accounts/verify_credentials").await.status, StatusCode::UNAUTHORIZED);
    mail.link("erin@example.org", "Your password", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_the_log_says_so_and_no_more() {
    let settings = vec![("STOA_INSTANCE__REQUIRE_CONFIRMATION", "true".to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    sign_up(&a, "erin").await;
    eventually("the log says so", async || {
        a.log_text().contains("mail is not configured (mail.smtp_url)").then_some(())
    })
    .await;
    assert!(!a.log_text().contains("erin@example.org"), "{}", a.log_text());
    assert!(a.client().get("/auth/password/new").await.text.contains("sends no mail"));
}
