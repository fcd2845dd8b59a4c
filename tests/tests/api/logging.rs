//! What the log holds, and what it must not.

use http::Method;
use serde_json::{Value, json};
use tests::{Browser, Instance, Options, Outgoing, Remote, eventually};
use url::Url;

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

/// The line of a log with this text, and the names of the spans around it with the request that they name.
fn line(log: &str, text: &str) -> Option<Vec<(String, Value)>> {
    let line = log.lines().find(|line| line.contains(text))?;
    // The last one may still be being written.
    let line: Value = serde_json::from_str(line).ok()?;
    let spans = line["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
    Some(
        spans
            .iter()
            .map(|span| (span["name"].as_str().unwrap().to_owned(), span["request_id"].clone()))
            .collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_logged_with_the_request_that_caused_it() {
    let settings = vec![("STOA_LOG__LEVEL", "info,federation=debug".to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let alice = a.user("alice").await;
    let mut remote = Remote::start();
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    // From the inbox into the job that finds out what the activity means.
    let url = Url::parse(actor["inbox"].as_str().unwrap()).unwrap();
    let body = carol.does("Like", json!("http://nowhere.localhost/1")).to_string();
    let (key_id, key) = (carol.key_id(), carol.key());
    let outgoing = Outgoing { url: &url, body: body.as_bytes(), key_id: &key_id, key: &key, mistake: None };
    let mut request = a.client().request(Method::POST, url.path()).header("x-request-id", "from-elsewhere-1");
    for (name, value) in outgoing.headers() {
        request = request.header(name, value);
    }
    let answer = a.client().send(request.body(body)).await;
    assert_eq!(answer.headers["x-request-id"], "from-elsewhere-1", "{}", answer.text);
    let spans =
        eventually("the job is in the log", async || line(&a.log_text(), "it likes what is not known here"))
            .await;
    assert!(spans.contains(&("job".to_owned(), json!("from-elsewhere-1"))), "{spans:?}");
    let answered = eventually("the request is in the log", async || {
        a.log_text()
            .lines()
            .find(|line| line.contains("from-elsewhere-1") && line.contains("/inbox"))
            .map(str::to_owned)
    });
    let answered: Value = serde_json::from_str(&answered.await).unwrap();
    assert_eq!(answered["spans"][0]["request_id"], "from-elsewhere-1", "it is called the same everywhere");
    // From the client API through the event into the delivery.
    remote.go_down();
    let request =
        alice.client.request(Method::POST, "/api/v1/statuses").header("x-request-id", "from-here-2");
    alice.client.send(request.json(&json!({ "status": "Down the line" }))).await.ok();
    let spans =
        eventually("the delivery is in the log", async || line(&a.log_text(), "failed, trying again in"))
            .await;
    assert!(spans.contains(&("delivery".to_owned(), json!("from-here-2"))), "{spans:?}");
}
