//! How often one caller may ask.

use http::{Method, StatusCode};
use tests::{Answer, Browser, Client, Instance, Options};

async fn limited(settings: &[(&'static str, &str)]) -> Instance {
    let on = [("STOA_RATE_LIMITS__ENABLED", "true")];
    let settings = on.iter().chain(settings).map(|&(name, value)| (name, value.to_owned())).collect();
    Instance::start_with(Options { settings, ..Options::default() }).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name).unwrap_or_else(|| panic!("{name} is missing: {answer:?}"));
    value.to_str().unwrap()
}

async fn from(client: &Client, address: &str) -> Answer {
    let request = client.request(Method::GET, "/api/v1/instance").header("x-forwarded-for", address);
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_passwords_is_cut_short() {
    let a = limited(&[("STOA_RATE_LIMITS__SIGN_INS_PER_5_MINUTES", "4")]).await;
    // The test's own app has got its token, which is one.
    let alice = a.user("alice").await;
    let (mut browser, mut page) = Browser::open(&format!("{}/auth/sign_in", a.url)).await;
    for guess in ["one guess", "another guess", "a third guess"] {
        page = browser.submit(&page, &[("username", &alice.email), ("password", guess)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    }
    assert_eq!(header(&page, "x-ratelimit-remaining"), "0");
    let right = browser.submit(&page, &[("username", &alice.email), ("password", alice.password)]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "also for the right password");
    assert!(header(&right, "content-type").starts_with("text/html"), "{right:?}");
    assert!(right.text.contains("Wait") && right.headers.contains_key("retry-after"), "{right:?}");

    let nothing = serde_json::json!({});
    let token = a.client().post_json("/oauth/token", &nothing).await;
    assert_eq!(token.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(token.json(), serde_json::json!({ "error": "Too many requests" }));
    assert_eq!(browser.go("/auth/sign_in").await.status, StatusCode::OK, "the form can still be seen");
    alice.post("Who is signed in goes on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_how_many_requests_are_left() {
    let a = limited(&[("STOA_RATE_LIMITS__REQUESTS_PER_5_MINUTES", "3")]).await;
    let nobody = a.client();
    for left in ["2", "1", "0"] {
        let answer = nobody.get("/api/v1/instance").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(header(&answer, "x-ratelimit-limit"), "3");
        assert_eq!(header(&answer, "x-ratelimit-remaining"), left);
        let reset = header(&answer, "x-ratelimit-reset");
        assert!(reset.ends_with('Z') && reset.len() == "2026-01-01T00:00:00.000Z".len(), "{reset}");
    }
    let refused = nobody.get("/api/v1/instance").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json(), serde_json::json!({ "error": "Too many requests" }));
    assert!((1..=300).contains(&header(&refused, "retry-after").parse::<u32>().unwrap()), "{refused:?}");
    assert_eq!(header(&refused, "x-ratelimit-remaining"), "0");
    assert_eq!(header(&refused, "access-control-allow-origin"), "*");
    for path in ["/health/ready", "/.well-known/nodeinfo", "/api/v1/streaming/health", "/about"] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.headers.contains_key("x-ratelimit-limit"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarded_addresses_count_from_trusted_proxies_only() {
    let one = ("STOA_RATE_LIMITS__REQUESTS_PER_5_MINUTES", "1");
    let untrusting = limited(&[one]).await;
    let nobody = untrusting.client();
    assert_eq!(from(&nobody, "198.51.100.1").await.status, StatusCode::OK);
    assert_eq!(from(&nobody, "198.51.100.2").await.status, StatusCode::TOO_MANY_REQUESTS);

    let trusting = limited(&[one, ("STOA_SERVER__TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")]).await;
    let nobody = trusting.client();
    assert_eq!(from(&nobody, "198.51.100.1").await.status, StatusCode::OK);
    assert_eq!(from(&nobody, "198.51.100.2").await.status, StatusCode::OK);
    for same in ["198.51.100.2", "9.9.9.9, 198.51.100.2", "8.8.8.8, 198.51.100.2, 10.1.1.1"] {
        assert_eq!(from(&nobody, same).await.status, StatusCode::TOO_MANY_REQUESTS, "{same}");
    }
    assert_eq!(from(&nobody, "2001:db8::1").await.status, StatusCode::OK);
    assert_eq!(from(&nobody, "2001:db8::2").await.status, StatusCode::TOO_MANY_REQUESTS, "the same /64");
}

#[tokio::test(flavor = "multi_thread")]
async fn deletes_count_by_user() {
    let a = limited(&[("STOA_RATE_LIMITS__DELETES_PER_30_MINUTES", "1")]).await;
    let (alice, bob) = (a.user("alice").await, a.user("bob").await);
    for user in [&alice, &bob] {
        let (first, second) = (user.post("First").await, user.post("Second").await);
        user.delete(&first).await;
        let path = format!("/api/v1/statuses/{}", second["id"].as_str().unwrap());
        assert_eq!(user.client.delete(&path).await.status, StatusCode::TOO_MANY_REQUESTS, "{}", user.name);
        assert!(user.status(&second["id"]).await.is_some(), "what was refused is still there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_limited_when_that_is_off() {
    let settings = vec![("STOA_RATE_LIMITS__REQUESTS_PER_5_MINUTES", "1".to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    for _ in 0..3 {
        let answer = a.client().get("/api/v1/instance").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.headers.contains_key("x-ratelimit-limit"));
    }
}

/// A Redis server of the test's own, which ends with it.
struct Redis {
    folder: Option<tempfile::TempDir>,
    process: std::process::Child,
}

impl Redis {
    fn start(folder: tempfile::TempDir) -> Self {
        let path = folder.path().to_str().unwrap();
        let socket = format!("{path}/redis.sock");
        let process = std::process::Command::new("redis-server")
            .args(["--port", "0", "--unixsocket", &socket, "--save", "", "--appendonly", "no", "--dir", path])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        Self { folder: Some(folder), process }
    }

    fn url(&self) -> String {
        let folder = self.folder.as_ref().unwrap();
        format!("redis+unix://{}/redis.sock", folder.path().display())
    }

    /// Ends it, and leaves its place.
    fn stop(mut self) -> tempfile::TempDir {
        self.folder.take().unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

async fn redis_is(a: &Instance, word: &str) {
    tests::eventually(&format!("redis is {word}"), async || {
        a.client().get("/api/v1/instance/rules").await;
        let report = a.client().get("/health/ready?verbose").await.ok();
        (report["checks"]["redis"] == word).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_count_together_in_redis_and_alone_without() {
    let redis = Redis::start(tempfile::tempdir().unwrap());
    let url = redis.url();
    let settings = [("STOA_REDIS__URL", url.as_str()), ("STOA_RATE_LIMITS__APPS_PER_HOUR", "2")];
    let mut a = limited(&settings).await;
    redis_is(&a, "ok").await;
    let app = serde_json::json!({ "client_name": "A", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" });
    for left in ["1", "0"] {
        let answer = a.client().post_json("/api/v1/apps", &app).await;
        assert_eq!((answer.status, header(&answer, "x-ratelimit-remaining")), (StatusCode::OK, left));
        // Another process of the same instance.
        a.kill_hard();
        a.restart().await;
    }
    let refused = a.client().post_json("/api/v1/apps", &app).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((1..=3600).contains(&header(&refused, "retry-after").parse::<u32>().unwrap()), "{refused:?}");

    let folder = redis.stop();
    let answer = a.client().post_json("/api/v1/apps", &app).await;
    assert_eq!((answer.status, header(&answer, "x-ratelimit-remaining")), (StatusCode::OK, "1"), "by itself");
    redis_is(&a, "no answer").await;

    let _back = Redis::start(folder);
    redis_is(&a, "ok").await;
    let answer = a.client().post_json("/api/v1/apps", &app).await;
    assert_eq!(
        header(&answer, "x-ratelimit-remaining"),
        "1",
        "Redis has forgotten, being told to keep nothing"
    );
}
