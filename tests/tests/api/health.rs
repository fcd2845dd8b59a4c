//! Starting, being watched, ending.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;
use tests::{Instance, Options, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn health_says_what_it_is_asked() {
    let a = Instance::start().await;
    let nobody = a.client();
    for path in ["/health", "/health/live", "/health/ready"] {
        let answer = nobody.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "OK"), "{path}");
    }
    let details = nobody.get("/health/ready?verbose").await.ok();
    assert_eq!(details["checks"]["database"], "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_in_order_and_starts_again() {
    let mut a = Instance::start().await;
    let alice = a.user("alice").await;
    alice.post("Before").await;
    let took = a.stop_gracefully().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    a.restart().await;
    assert!(alice.has_at_home("Before").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_is_finished_while_nothing_new_is_wanted() {
    let mut a = Instance::start().await;
    let alice = a.user("alice").await;
    let body = r#"{"status": "Slowly typed"}"#;
    let (first, last) = body.split_at(10);
    let head = format!(
        "POST /api/v1/statuses HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{first}",
        a.domain,
        alice.token,
        body.len()
    );
    let mut slow = TcpStream::connect(&a.domain).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    a.terminate();
    eventually("it is not ready any more", async || {
        let answer = a.client().try_get("/health/ready").await?;
        (answer.status == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    slow.write_all(last.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(a.ended().await < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_travels_through_logs_and_jobs() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let request = alice.client.request(Method::POST, "/api/v1/statuses").header("x-request-id", "my-own-id");
    let answer = alice.client.send(request.json(&serde_json::json!({ "status": "A secret text" }))).await;
    assert_eq!(answer.headers["x-request-id"], "my-own-id");
    let generated = alice.client.get("/api/v1/timelines/home").await;
    assert_eq!(generated.headers["x-request-id"].len(), 32);
    eventually("the request is in the log", async || {
        let log = a.log_text();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.any(|line| line.to_string().contains("my-own-id")).then_some(())
    })
    .await;
    let log = a.log_text();
    for secret in ["A secret text", alice.token.as_str(), alice.password, alice.email.as_str()] {
        assert!(!log.contains(secret), "{secret:?} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_an_address_of_their_own() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = vec![("STOA_METRICS__LISTEN", format!("127.0.0.1:{port}"))];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let alice = a.user("alice").await;
    alice.post("Counted").await;
    assert_eq!(a.client().get("/metrics").await.status, StatusCode::NOT_FOUND);
    let metrics = tests::Client::new(&format!("http://127.0.0.1:{port}")).get("/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK);
    for name in [
        "http_requests_total{method=\"POST\",route=\"/api/v1/statuses\",status=\"2xx\"} 1",
        "http_request_duration_seconds_bucket",
        "database_connections_max{pool=\"jobs\"}",
        "jobs{queue=\"default\",state=\"ready\"}",
        "process_resident_memory_bytes",
        "deliveries_waiting 0",
    ] {
        assert!(metrics.text.contains(name), "{name} is missing in:\n{}", metrics.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_carry_protective_headers() {
    let a = Instance::start().await;
    let nobody = a.client();
    for path in ["/", "/api/v1/instance", "/api/v1/nothing", "/no/such/page"] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(
            answer.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'")
        );
        assert!(answer.headers.contains_key("referrer-policy"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_header_is_not_believed() {
    let a = Instance::start().await;
    let nobody = a.client();
    for path in ["/api/v2/instance", "/.well-known/nodeinfo", "/.well-known/oauth-authorization-server"] {
        let request = nobody.request(Method::GET, path).header("host", "evil.example");
        let answer = nobody.send(request.header("x-forwarded-host", "evil.example")).await;
        assert!(!answer.text.contains("evil.example"), "{path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_the_work() {
    let a = Instance::start().await;
    let settings = vec![("STOA_INSTANCE__DOMAIN", a.domain.clone())];
    let alice = a.user("alice").await;
    let options = Options { settings, database_url: Some(a.database.url.clone()), ..Options::default() };
    let second = Instance::start_with(options).await;
    let there = second.client().with_token(&alice.token);
    let status =
        there.post_json("/api/v1/statuses", &serde_json::json!({ "status": "Through the other" })).await;
    assert_eq!(status.status, StatusCode::OK, "{}", status.text);
    alice.sees_at_home("Through the other").await;
}
