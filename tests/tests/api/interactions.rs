//! The page to which other servers send somebody who wants to follow or see something with an account here.

use http::{Method, StatusCode};
use tests::{Browser, Instance, Remote, User};

fn page_of(a: &Instance, uri: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    format!("{}/authorize_interaction?uri={query}", a.url)
}

async fn sign_in(browser: &mut Browser, page: &tests::Answer, user: &User) -> tests::Answer {
    assert!(page.text.contains("type=\"password\""), "{}", page.text);
    browser.submit(page, &[("username", &user.email), ("password", user.password)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_followed_from_elsewhere() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let asked = || remote.requests().iter().filter(|address| **address == carol.uri).count();
    let (mut browser, page) = Browser::open(&page_of(&a, &format!("acct:{}", carol.handle))).await;
    assert_eq!(asked(), 0, "strangers make us ask nobody");
    let page = sign_in(&mut browser, &page, &alice).await;
    assert_eq!(
        (page.status, browser.address().path()),
        (StatusCode::OK, "/authorize_interaction"),
        "{}",
        page.text
    );
    assert!(page.text.contains(&carol.handle) && page.text.contains("Follow"), "{}", page.text);
    let page = browser.submit(&page, &[("account", &account_in(&page.text))]).await;
    assert!(page.text.contains("You have asked to follow"), "{}", page.text);
    remote.receives("Follow", 1).await;
    // A form that was not drawn here does nothing, signed in or not.
    let form = [("account", "1")];
    let nobody = a.client();
    let refused = nobody.send(nobody.request(Method::POST, "/authorize_interaction").form(&form)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let forged = "<form method=\"post\" action=\"/authorize_interaction\"><input name=\"account\"></form>";
    let refused = browser.submit(&tests::Answer { text: forged.to_owned(), ..page }, &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
}

/// The account that the form of a page would follow.
fn account_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"account\" value=\"").expect("a form");
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_shown_and_nonsense_is_not() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let note = carol.note("Seen from afar", &[]);
    remote.serve(&note);
    let (mut browser, page) = Browser::open(&page_of(&a, note["id"].as_str().unwrap())).await;
    let page = sign_in(&mut browser, &page, &alice).await;
    assert!(page.text.contains("Seen from afar") && page.text.contains("Follow"), "{}", page.text);
    let own = alice.post("Mine").await;
    let page = browser.go(&page_of(&a, own["uri"].as_str().unwrap())).await;
    assert!(page.text.contains("Mine") && page.text.contains("This is you"), "{}", page.text);
    let private = alice.post_for("private", "For few").await;
    for (uri, expected) in [
        (private["uri"].as_str().unwrap(), 404),
        ("", 400),
        ("nonsense <b>", 400),
        ("javascript:alert(1)", 400),
        ("acct:nobody@127.0.0.1:1", 404),
        ("https://u:p@a.example/", 404),
        (&format!("http://{}/none", remote.domain), 404),
    ] {
        let page = browser.go(&page_of(&a, uri)).await;
        assert_eq!(page.status.as_u16(), expected, "{uri}: {}", page.text);
        assert!(!page.text.contains("<b>") && !page.text.contains("For few"), "{}", page.text);
    }
}
