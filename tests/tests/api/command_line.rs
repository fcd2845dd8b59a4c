//! The program's commands.

use std::process::Output;

use http::StatusCode;
use tests::{Instance, User};

pub(crate) fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_tokens_are_made_beside_the_server() {
    let a = Instance::start().await;
    let create = ["account", "create", "root", "--email", "root@example.org", "--password", "long enough"];
    let made = a.run(&[&create[..], &["--role", "owner", "--confirmed"]].concat()).await;
    assert!(made.status.success(), "{:?}", text(&made));
    let plain = ["account", "create", "plain", "--email", "plain@example.org", "--password", "long enough"];
    assert!(a.run(&plain).await.status.success());
    let (token, _) = text(&a.run(&["token", "create", "plain"]).await);
    User::with_token(&a, "plain", &token).await.post("Nobody here asks for a confirmed address").await;
    let again = a.run(&create).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again).1.contains("taken"), "{:?}", text(&again));

    let made = a.run(&["token", "create", "root", "--scopes", "read write follow push"]).await;
    let (token, complaints) = text(&made);
    assert!(made.status.success() && complaints.is_empty(), "{complaints}");
    assert!(!token.is_empty() && !token.contains(char::is_whitespace), "{token:?}");
    let root = User::with_token(&a, "root", &token).await;
    root.post("By the command line's token").await;

    let reader = text(&a.run(&["token", "create", "root", "--scopes", "read"]).await).0;
    let reader = a.client().with_token(&reader);
    let refused = reader.post_json("/api/v1/statuses", &serde_json::json!({ "status": "No" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let odd = a.run(&["token", "create", "root", "--scopes", "juggle"]).await;
    assert_eq!(odd.status.code(), Some(1));
    assert!(text(&odd).0.is_empty() && text(&odd).1.contains("juggle"), "{:?}", text(&odd));

    let done = a.run(&["account", "set-password", "root", "--password", "even longer now"]).await;
    assert!(done.status.success(), "{:?}", text(&done));
    let after = root.client.get("/api/v1/accounts/verify_credentials").await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED, "a new password ends all tokens");
    for command in
        [&["account", "promote", "root", "--role", "moderator"][..], &["account", "confirm", "root"]]
    {
        let done = a.run(command).await;
        assert!(done.status.success(), "{:?}", text(&done));
    }
    let unknown = a.run(&["account", "confirm", "nobody"]).await;
    assert_eq!(unknown.status.code(), Some(1));
    let done = a.run(&["account", "delete", "root"]).await;
    assert!(done.status.success(), "{:?}", text(&done));
    tests::eventually("the account is gone", async || {
        let found = a.client().get("/api/v1/accounts/lookup?acct=root").await;
        found.status.is_client_error().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_jobs_and_blocked_instances_are_looked_after() {
    let a = Instance::start().await;
    assert_eq!(text(&a.run(&["jobs", "dead"]).await).0, "");
    let dead = "INSERT INTO dead_jobs (id, kind, queue, payload, attempts, error, created_at) \
        VALUES (7, 'sweep', 'default', '{}', 10, 'the disk was full', now())";
    a.database.execute(dead).await;
    let (list, _) = text(&a.run(&["jobs", "dead"]).await);
    assert!(list.starts_with("7  sweep  ") && list.ends_with("the disk was full"), "{list}");
    let retried = a.run(&["jobs", "retry", "7"]).await;
    assert!(retried.status.success(), "{:?}", text(&retried));
    assert_eq!(a.run(&["jobs", "retry", "7"]).await.status.code(), Some(1));
    assert_eq!(a.database.number("SELECT count(*) FROM dead_jobs").await, 0);

    let blocked = "SELECT count(*) FROM instances WHERE host = 'evil.example' AND blocked";
    let done = a.run(&["instance", "block", "Evil.Example"]).await;
    assert_eq!(text(&done).0, "evil.example is blocked");
    assert_eq!(a.database.number(blocked).await, 1);
    assert!(a.run(&["instance", "unblock", "evil.example"]).await.status.success());
    assert_eq!(a.database.number(blocked).await, 0);
    assert_eq!(a.run(&["instance", "block", &a.domain]).await.status.code(), Some(1));
    assert_eq!(a.run(&["instance", "block", "no host"]).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_and_doctor_say_how_things_are() {
    let mut a = Instance::start().await;
    let done = a.run(&["migrate"]).await;
    assert_eq!(text(&done).0, "The database is up to date", "{:?}", text(&done));
    let healthy = a.run(&["doctor"]).await;
    let (report, _) = text(&healthy);
    assert!(healthy.status.success(), "{report}");
    for check in [
        "settings",
        "database",
        "migrations",
        "clock",
        "storage",
        "mail",
        "search",
        "public address",
        "public clock",
    ] {
        assert!(report.contains(&format!("ok    {check}: ")), "{check} is missing: {report}");
    }
    a.stop_gracefully().await;
    let ill = a.run(&["doctor"]).await;
    assert_eq!(ill.status.code(), Some(1));
    assert!(text(&ill).0.contains("FAIL  public address: "), "{:?}", text(&ill));
    let settings = [("STOA_DATABASE__URL", "postgres://stoa:hunter2@127.0.0.1:port/stoa")];
    let (report, complaint) = text(&a.run_with(&settings, &["doctor"]).await);
    assert!(report.contains("FAIL  database: database.url: "), "{report}");
    assert!(report.contains("ok    storage: ") && !report.contains("hunter2"), "{report}{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_setting_is_one_sentence_and_code_2() {
    let a = Instance::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, content, key) in [
        ("unknown.toml", "[server]\nlissten = \"127.0.0.1:1\"\n", "server.lissten"),
        ("bad.toml", "[server]\nmax_json_bytes = \"many\"\n", "server.max_json_bytes"),
        ("broken.toml", "[server\n", "TOML"),
        ("missing.toml", "", "missing.toml"),
    ] {
        let path = folder.path().join(name);
        if name != "missing.toml" {
            std::fs::write(&path, content).unwrap();
        }
        let output = a.run(&["--config", path.to_str().unwrap(), "serve"]).await;
        let (out, complaint) = text(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {complaint}");
        assert!(
            out.is_empty() && complaint.lines().count() == 1 && complaint.contains(key),
            "{name}: {complaint}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_names_every_command() {
    let a = Instance::start().await;
    let (help, _) = text(&a.run(&["help"]).await);
    for command in [
        "serve",
        "dev",
        "migrate",
        "doctor",
        "account",
        "token",
        "jobs",
        "instance",
        "announcement",
        "report",
        "--config",
    ] {
        assert!(help.contains(command), "{command} is missing: {help}");
    }
}
