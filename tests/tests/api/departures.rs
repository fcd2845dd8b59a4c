//! What stays of an account that is deleted: its name, and nothing else.

use serde_json::json;
use tests::{Instance, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_leaves_nothing_and_is_counted_nowhere() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    for (by, of) in [(&alice, &bob), (&bob, &alice)] {
        by.client.post_json(&format!("/api/v1/accounts/{}/follow", of.id), &json!({})).await.ok();
    }
    let (kept, gone) = (bob.post("Bob's own").await, alice.post("Soon gone, @bob").await);
    alice.favourite(&kept).await;
    alice.reblog(&kept).await;
    alice.reply(&kept, "An answer").await;
    alice.reblog(&gone).await;
    bob.reblog(&gone).await;
    bob.favourite(&gone).await;
    let note = json!({ "comment": "Remember her" });
    bob.client.post_json(&format!("/api/v1/accounts/{}/note", alice.id), &note).await.ok();
    alice.update(&json!({ "note": "Here I am" })).await;
    for (by, of) in [(&alice, &bob), (&bob, &alice)] {
        let list = by.client.post_json("/api/v1/lists", &json!({ "title": "Friends" })).await.ok();
        let path = format!("/api/v1/lists/{}/accounts", list["id"].as_str().unwrap());
        by.client.post_json(&path, &json!({ "account_ids": [of.id] })).await.ok();
    }
    let filter = json!({ "phrase": "cats", "context": ["home"] });
    alice.client.post_json("/api/v1/filters", &filter).await.ok();

    let done = a.run(&["account", "delete", "alice"]).await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(alice.client.get("/api/v1/timelines/home").await.status, http::StatusCode::UNAUTHORIZED);
    eventually("everything is removed", async || {
        let users = a.database.number("SELECT count(*) FROM users").await;
        (users == 1 && a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
    assert_eq!(a.database.number("SELECT count(*) FROM dead_jobs").await, 0);
    let id = &alice.id;
    for (table, columns) in [
        ("statuses", "account_id"),
        ("favourites", "account_id"),
        ("follows", "account_id, target_account_id"),
        ("notifications", "account_id, from_account_id"),
        ("mentions", "account_id"),
        ("account_notes", "account_id, target_account_id"),
        ("account_stats", "account_id"),
        ("access_tokens", "user_id"),
        ("lists", "account_id"),
        ("list_accounts", "account_id"),
        ("filters", "account_id"),
    ] {
        let left = format!("SELECT count(*) FROM {table} WHERE {id} IN ({columns})");
        assert_eq!(a.database.number(&left).await, 0, "{table}");
    }
    let status = bob.status(&kept["id"]).await.unwrap();
    for count in ["favourites_count", "reblogs_count", "replies_count"] {
        assert_eq!(status[count], 0, "{count}: {status}");
    }
    let me = bob.client.get("/api/v1/accounts/verify_credentials").await.ok();
    for (count, expected) in [("followers_count", 0), ("following_count", 0), ("statuses_count", 1)] {
        assert_eq!(me[count], expected, "{count}: {me}");
    }
    assert!(!bob.has_at_home("Soon gone").await);
    let name = format!("SELECT count(*) FROM accounts WHERE id = {id} AND note = ''");
    assert_eq!(a.database.number(&name).await, 1, "nobody else may take the name");
}
