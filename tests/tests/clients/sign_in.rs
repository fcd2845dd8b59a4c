//! What a person does in the browser while a client program waits for a code.

use tests::{Browser, User};

/// Signs in, consents, and copies the code that the page shows.
pub(crate) async fn authorize(address: &str, user: &User) -> String {
    let (mut browser, page) = Browser::open(address).await;
    let page = if page.text.contains("type=\"password\"") {
        browser.submit(&page, &[("username", &user.email), ("password", user.password)]).await
    } else {
        page
    };
    assert!(page.status.is_success(), "{}: {}", page.status, page.text);
    let page = browser.submit(&page, &[("decision", "approve")]).await;
    assert!(page.status.is_success(), "{}: {}", page.status, page.text);
    Browser::value(&page, "code").unwrap_or_else(|| panic!("no code in: {}", page.text))
}
