//! What keeps the program from starting, and how it says so.

use tests::{Database, EncryptedPostgres, Instance, Options};

/// A process with these settings does not start: one sentence that names the key, code 2.
async fn refuses(a: &Instance, settings: &[(&str, &str)], key: &str) {
    let output = a.run_with(settings, &["serve"]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{settings:?}: {complaint}");
    let said = complaint.lines().last().unwrap_or_default();
    assert!(said.starts_with(&format!("stoa: {key}: ")), "{settings:?}: {complaint}");
    assert!(!complaint.contains("went wrong"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_its_key() {
    let a = Instance::start().await;
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.pem");
    std::fs::write(&broken, "not a certificate").unwrap();
    let missing = folder.path().join("missing.pem");
    let file = broken.join("media");
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();

    refuses(&a, &[], "server.listen").await;
    let metrics = [("STOA_METRICS__LISTEN", a.domain.as_str())];
    refuses(&a, &metrics, "metrics.listen").await;
    refuses(&a, &[("STOA_STORAGE__PATH", &path(&file))], "storage.path").await;
    refuses(&a, &[("STOA_STORAGE__KIND", "s3")], "storage.s3_bucket").await;
    refuses(&a, &[("STOA_FEDERATION__EXTRA_CA_FILE", &path(&missing))], "federation.extra_ca_file").await;
    refuses(&a, &[("STOA_FEDERATION__EXTRA_CA_FILE", &path(&broken))], "federation.extra_ca_file").await;
    refuses(&a, &[("STOA_INSTANCE__DOMAIN", "other.example")], "instance.domain").await;
    refuses(&a, &[("STOA_LOG__LEVEL", "loud")], "log.level").await;
    for query in ["sslmode=always", "sslmode=require&sslrootcert=no-such-file"] {
        let url = format!("postgres://stoa:hunter2@127.0.0.1:1/stoa?{query}");
        refuses(&a, &[("STOA_DATABASE__URL", &url)], "database.url").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_do_not_answer_hinder_nobody_and_are_told_of() {
    let settings = vec![
        ("STOA_REDIS__URL", "redis://:hunter2@127.0.0.1:1".to_owned()),
        ("STOA_SEARCH__MEILISEARCH_URL", "http://127.0.0.1:1".to_owned()),
    ];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    assert!(a.log_text().contains("search.meilisearch_url: "), "{}", a.log_text());
    let report = a.run(&["doctor"]).await;
    let said = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(!report.status.success(), "{said}");
    for line in ["FAIL  redis: redis.url: no answer", "FAIL  search: search.meilisearch_url: no answer"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("hunter2") && !a.log_text().contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_named_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let mut a = Instance::start().await;
    let details = a.client().get("/health/ready?verbose").await.ok();
    assert_eq!(details["checks"]["storage"], "ok");
    a.stop_gracefully().await;
    let nowhere = format!("postgres://stoa@/stoa?host={}", folder.path().display());
    let settings = [("STOA_DATABASE__URL", nowhere.as_str())];
    let output = a.run_with(&settings, &["account", "confirm", "alice"]).await;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in ["database.url", "No such file or directory"] {
        assert!(complaint.contains(part), "{complaint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_database_are_encrypted_and_its_certificate_is_checked() {
    let postgres = EncryptedPostgres::start().await;
    let authority = postgres.authority().to_str().unwrap().to_owned();
    let authority: String = url::form_urlencoded::byte_serialize(authority.as_bytes()).collect();
    let known = format!("sslmode=verify-full&sslrootcert={authority}");
    let url = postgres.url("localhost", &known);
    let options = Options { database_url: Some(url), ..Options::default() };
    let a = Instance::start_on(Database::create().await, options).await;
    // Jobs and the connection that listens are needed for this.
    let (alice, bob) = (a.user("alice").await, a.user("bob").await);
    bob.follow(&alice.handle).await;
    alice.post("Nobody else reads this on its way").await;
    bob.sees_at_home("Nobody else").await;

    for (host, query, problem) in [
        ("localhost", "", "no encryption"),
        ("localhost", "sslmode=prefer", "no encryption"),
        ("localhost", "sslmode=require", "UnknownIssuer"),
        ("127.0.0.1", &known, "not valid for name"),
    ] {
        let url = postgres.url(host, query);
        let output = a.run_with(&[("STOA_DATABASE__URL", &url)], &["migrate"]).await;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{url}: {complaint}");
        assert!(complaint.contains("database.url") && complaint.contains(problem), "{url}: {complaint}");
    }
}
