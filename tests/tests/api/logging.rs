//! What the log must not hold.

use tests::{Browser, Instance, Options, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn no_level_logs_what_people_write() {
    let settings = vec![("STOA_LOG__LEVEL", "trace,tokio_postgres=trace,hyper=trace".to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let alice = a.user("alice").await;
    let text = "Only for the one who reads it";
    alice.post_for("direct", text).await;
    let (mut browser, page) = Browser::open(&format!("{}/auth/sign_in", a.url)).await;
    browser.submit(&page, &[("username", &alice.email), ("password", alice.password)]).await;
    alice.sees_at_home(text).await;
    eventually("the work is in the log", async || a.log_text().contains("/auth/sign_in").then_some(())).await;
    let log = a.log_text();
    assert!(
        log.contains("\"level\":\"DEBUG\"") || log.contains("\"level\":\"TRACE\""),
        "finer levels are on"
    );
    for secret in [text, alice.password, &alice.email, &alice.token, "$argon2", "PRIVATE KEY"] {
        let bytes: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
        let hexadecimal: String =
            secret.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        for form in [secret, &bytes.join(", "), &hexadecimal] {
            let line = log.lines().find(|line| line.contains(form));
            assert!(line.is_none(), "{secret:?} is in the log: {line:?}");
        }
    }
}
