//! What happens at the same time, or before its consequences are worked off.

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::json;
use tests::{Crowd, Instance, eventually};

async fn nothing_waits(instance: &Instance) {
    eventually("no job waits", async || {
        (instance.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_writes_nothing_into_what_was_deleted() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let statuses = join_all((0..20).map(async |n| alice.post(&format!("Secret {n}")).await)).await;
    join_all(statuses.iter().map(async |status| {
        let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
        let text = json!({ "status": "Secret again" });
        let edit = alice.client.send(alice.client.request(Method::PUT, &path).json(&text));
        let (edited, deleted) = tokio::join!(edit, alice.client.delete(&path));
        assert!([StatusCode::OK, StatusCode::NOT_FOUND].contains(&edited.status), "{}", edited.text);
        assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text);
    }))
    .await;
    nothing_waits(&a).await;
    for left in [
        "SELECT count(*) FROM statuses WHERE deleted_at IS NULL OR content <> '' OR source IS NOT NULL",
        "SELECT count(*) FROM status_edits",
        "SELECT coalesce(sum(statuses_count), 0)::bigint FROM account_stats",
    ] {
        assert_eq!(a.database.number(left).await, 0, "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_at_once_keep_each_version_once() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let status = alice.post("Version 0").await;
    let texts: Vec<String> = (1..=10).map(|n| format!("Version {n}")).collect();
    join_all(texts.iter().map(|text| alice.edit(&status, text))).await;
    let path = format!("/api/v1/statuses/{}/history", status["id"].as_str().unwrap());
    let history = alice.client.get(&path).await.ok();
    let mut versions: Vec<&str> =
        history.as_array().unwrap().iter().map(|version| version["content"].as_str().unwrap()).collect();
    assert_eq!(versions.len(), 11, "{versions:?}");
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), 11, "{versions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_favourite_taken_back_leaves_no_notification() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let crowd = Crowd::gather(&a, 40).await;
    let status = alice.post("Do you like it?").await;
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    join_all(crowd.members.iter().map(async |member| {
        member.post_json(&format!("{path}/favourite"), &json!({})).await.ok();
        member.post_json(&format!("{path}/unfavourite"), &json!({})).await.ok();
    }))
    .await;
    nothing_waits(&a).await;
    assert_eq!(a.database.number("SELECT count(*) FROM notifications").await, 0);
    assert_eq!(alice.status(&status["id"]).await.unwrap()["favourites_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reblogs_of_a_deleted_status_go_too() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let crowd = Crowd::gather(&a, 30).await;
    let (status, kept) = (alice.post("Share this").await, alice.post("And this").await);
    for status in [&status, &kept] {
        let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
        join_all(crowd.members.iter().map(async |member| {
            member.post_json(&format!("{path}/reblog"), &json!({})).await.ok();
            member.post_json(&format!("{path}/favourite"), &json!({})).await.ok();
            member.post_json(&format!("{path}/bookmark"), &json!({})).await.ok();
        }))
        .await;
    }
    alice.delete(&status).await;
    nothing_waits(&a).await;
    for (count, expected) in [
        ("SELECT count(*) FROM statuses WHERE reblog_of_id IS NOT NULL AND deleted_at IS NULL", 30),
        ("SELECT count(*) FROM favourites", 30),
        ("SELECT count(*) FROM bookmarks", 30),
        ("SELECT count(*) FROM account_stats WHERE statuses_count = 1", 31),
        (
            "SELECT count(*) FROM notifications n JOIN statuses s ON s.id = n.status_id WHERE s.deleted_at IS NOT NULL",
            0,
        ),
    ] {
        assert_eq!(a.database.number(count).await, expected, "{count}");
    }
    let kept = alice.status(&kept["id"]).await.unwrap();
    assert_eq!((&kept["reblogs_count"], &kept["favourites_count"]), (&json!(30), &json!(30)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follow_each_other_at_once_do_not_fail() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let follow = |whom: &str| format!("/api/v1/accounts/{whom}/follow");
    for _ in 0..20 {
        let nothing = json!({});
        let (to_bob, to_alice) = (follow(&bob.id), follow(&alice.id));
        let (one, other) = tokio::join!(
            alice.client.post_json(&to_bob, &nothing),
            bob.client.post_json(&to_alice, &nothing)
        );
        assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
        let (to_bob, to_alice) =
            (to_bob.replace("/follow", "/unfollow"), to_alice.replace("/follow", "/unfollow"));
        let (one, other) = tokio::join!(
            alice.client.post_json(&to_bob, &nothing),
            bob.client.post_json(&to_alice, &nothing)
        );
        assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    }
    let counts = "SELECT coalesce(sum(following_count + followers_count), 0)::bigint FROM account_stats";
    assert_eq!(a.database.number(counts).await, 0);
}
