//! Reports to the moderators.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Answer, Instance, User};

use crate::command_line::text;
use crate::entities::Documentation;

async fn report(by: &User, body: Value) -> Answer {
    by.client.post_json("/api/v1/reports", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_kept_and_done_with() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let rule = text(&a.run(&["instance", "rule", "add", "Be kind"]).await).0;
    let rule = rule.split(' ').next().unwrap().to_owned();
    let status = bob.post("Rude").await;
    let body = json!({
        "account_id": bob.id, "status_ids": [status["id"], status["id"]], "comment": "He is\nrude", "forward": true,
        "category": "spam", "rule_ids": [rule],
    });
    let made = report(&alice, body).await.ok();
    assert_eq!((&made["category"], &made["rule_ids"]), (&json!("violation"), &json!([rule])));
    assert_eq!((&made["status_ids"], &made["action_taken"]), (&json!([status["id"]]), &json!(false)));
    assert_eq!((&made["forwarded"], &made["comment"]), (&json!(false), &json!("He is\nrude")), "he is local");
    assert_eq!(made["target_account"]["id"], bob.id.as_str());
    let plain = report(&alice, json!({ "account_id": bob.id })).await.ok();
    assert_eq!((&plain["category"], &plain["status_ids"]), (&json!("other"), &json!([])));
    if let Some(documentation) = Documentation::read() {
        let mut wrong = Vec::new();
        documentation.check("Report", &made, "POST /api/v1/reports", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    let (list, _) = text(&a.run(&["report", "list"]).await);
    let id = made["id"].as_str().unwrap();
    let line = list.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(line.contains("open  violation  bob by alice") && line.ends_with("He is rude"), "{line}");
    assert!(a.run(&["report", "resolve", id]).await.status.success());
    assert_eq!(a.run(&["report", "resolve", id]).await.status.code(), Some(1));
    assert!(!text(&a.run(&["report", "list"]).await).0.contains(id));
    assert!(text(&a.run(&["report", "list", "--all"]).await).0.contains("done  violation"));

    let page = alice.client.get("/api/v1/reports?limit=1").await;
    assert_eq!(page.json()[0]["id"], plain["id"]);
    assert!(page.headers["link"].to_str().unwrap().contains("rel=\"next\""));
    let next =
        alice.client.get(&format!("/api/v1/reports?max_id={}", plain["id"].as_str().unwrap())).await.ok();
    assert_eq!((&next[0]["id"], &next[0]["action_taken"]), (&made["id"], &json!(true)));
    assert_eq!(bob.client.get("/api/v1/reports").await.ok(), json!([]), "one's own only");
    // The report stays when the status goes.
    bob.delete(&status).await;
    let kept = alice.client.get("/api/v1/reports").await.ok();
    assert_eq!(kept[1]["status_ids"], json!([status["id"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn moderators_are_told_unless_it_is_about_them() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    for name in ["bob", "carol"] {
        let promote = ["account", "promote", name, "--role", "moderator"];
        assert!(a.run(&promote).await.status.success());
    }
    report(&alice, json!({ "account_id": bob.id })).await.ok();
    let told = carol.is_notified("admin.report", "alice").await;
    crate::entities::check("Notification", &told);
    assert_eq!(told["report"]["target_account"]["id"], bob.id.as_str());
    let grouped = carol.client.get("/api/v2/notifications").await.ok();
    assert_eq!(grouped["notification_groups"][0]["report"], told["report"]);
    assert!(bob.notifications().await.is_empty(), "who is reported is not told");
    report(&dave, json!({ "account_id": alice.id })).await.ok();
    bob.is_notified("admin.report", "dave").await;
    assert!(alice.notifications().await.is_empty());
    // Who is no moderator any more reads no reports.
    assert!(a.run(&["account", "promote", "carol", "--role", "user"]).await.status.success());
    let left = carol.notifications().await;
    assert!(left.iter().all(|news| news.get("report").is_none()), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reported_is_refused() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let (secret, other) = (bob.post_for("private", "secret").await, carol.post("other").await);
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    for (body, status, says) in [
        (json!({}), StatusCode::NOT_FOUND, "Record not found"),
        (json!({ "account_id": "1" }), StatusCode::NOT_FOUND, "Record not found"),
        (json!({ "account_id": "x" }), StatusCode::NOT_FOUND, "Record not found"),
        (json!({ "account_id": bob.id, "status_ids": [secret["id"]] }), StatusCode::NOT_FOUND, "not found"),
        (json!({ "account_id": bob.id, "status_ids": [other["id"]] }), StatusCode::NOT_FOUND, "not found"),
        (json!({ "account_id": bob.id, "status_ids": ["x"] }), StatusCode::NOT_FOUND, "not found"),
        (json!({ "account_id": alice.id }), invalid, "yourself"),
        (json!({ "account_id": bob.id, "category": "envy" }), invalid, "Category"),
        (
            json!({ "account_id": bob.id, "category": "violation" }),
            invalid,
            "Validation failed: Rule ids does not reference valid rules",
        ),
        (
            json!({ "account_id": bob.id, "rule_ids": ["7"] }),
            invalid,
            "Rule ids does not reference valid rules",
        ),
        (json!({ "account_id": bob.id, "comment": "x".repeat(1_001) }), invalid, "Comment is too long"),
        (json!({ "account_id": bob.id, "rule_ids": vec!["7"; 101] }), invalid, "Rule ids has too many"),
    ] {
        let answer = report(&alice, body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        assert!(answer.text.contains(says), "{body}: {}", answer.text);
    }
    assert_eq!(a.database.number("SELECT count(*) FROM reports").await, 0);
    let reader = text(&a.run(&["token", "create", "alice", "--scopes", "read"]).await).0;
    let reader = a.client().with_token(&reader);
    let refused = reader.post_json("/api/v1/reports", &json!({ "account_id": bob.id })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(reader.get("/api/v1/reports").await.status, StatusCode::OK);
    let nobody = a.client().post_json("/api/v1/reports", &json!({ "account_id": bob.id })).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}
