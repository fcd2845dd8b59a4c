//! Requests that are odd before anybody looks at what they are for.

use std::time::{Duration, Instant};

use tests::{Instance, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends bytes as they are, and reads the answer until the connection closes; its status and its text.
async fn raw(domain: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(domain).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(30), stream.read_to_end(&mut answer))
        .await
        .expect("there is an answer")
        .unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let settings = vec![("STOA_SERVER__REQUEST_TIMEOUT_SECONDS", "2".to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let alice = a.user("alice").await;
    let (domain, token) = (&a.domain, &alice.token);
    let head = |path: &str, kind: &str, length: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {domain}\r\nContent-Type: {kind}\r\n{length}\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        )
    };
    let requests = [
        head("/inbox", "application/activity+json", "Content-Length: 100"),
        head("/inbox", "application/activity+json", "Content-Length: 100000"),
        head("/inbox", "application/activity+json", "Transfer-Encoding: chunked"),
        head("/api/v1/statuses", "application/json", "Content-Length: 100") + "{\"status\":",
        head("/auth/sign_in", "application/x-www-form-urlencoded", "Content-Length: 100") + "username=",
    ];
    let begun = Instant::now();
    let answers = futures::future::join_all(requests.iter().map(|request| raw(domain, request))).await;
    for (request, (status, text)) in requests.iter().zip(answers) {
        assert_eq!(status, 408, "{request}\n{text}");
        assert!(text.contains("{\"error\":") && text.to_lowercase().contains("connection: close"), "{text}");
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(!a.log_text().contains("\"level\":\"ERROR\""), "nothing of this is our fault");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_another_host_is_refused() {
    let a = Instance::start().await;
    let get = async |path: &str, hosts: &str| {
        raw(&a.domain, &format!("GET {path} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")).await
    };
    let ours = format!("Host: {}\r\n", a.domain);
    let foreign = "Host: evil.example\r\n";
    for path in ["/", "/auth/sign_in", "/api/v2/instance", "/users/alice", "/.well-known/nodeinfo"] {
        let (status, text) = get(path, foreign).await;
        assert_eq!(status, 421, "{path}");
        assert!(!text.contains("evil.example"), "{text}");
        assert_eq!(get(path, "").await.0, 400, "{path}");
        assert_eq!(get(path, &format!("{ours}{foreign}")).await.0, 400, "{path}");
        assert_eq!(get(path, &format!("{ours}{ours}")).await.0, 400, "{path}");
    }
    assert_eq!(get("/api/v2/instance", &ours).await.0, 200);
    assert_eq!(get("http://evil.example/api/v2/instance", &ours).await.0, 421);
    // Who watches over the process asks by any name.
    for hosts in ["", foreign, &ours] {
        assert_eq!(get("/health/live", hosts).await.0, 200, "{hosts}");
        assert_eq!(get("/health/ready", hosts).await.0, 200, "{hosts}");
    }
}
