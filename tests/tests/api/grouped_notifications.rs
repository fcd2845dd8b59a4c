//! Notifications in groups: many that say the same are a few.

use std::collections::HashSet;

use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use tests::{Crowd, Instance, User, eventually};

const PATH: &str = "/api/v2/notifications";

async fn results(user: &User, query: &str) -> Value {
    user.client.get(&format!("{PATH}?{query}")).await.ok()
}

fn groups(results: &Value) -> Vec<Value> {
    results["notification_groups"].as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn all_favourite(crowd: &Crowd, status: &Value) {
    let path = format!("/api/v1/statuses/{}/favourite", text(&status["id"]));
    let nothing = json!({});
    for answer in join_all(crowd.members.iter().map(|member| member.post_json(&path, &nothing))).await {
        answer.ok();
    }
}

async fn has(a: &Instance, count: i64) {
    eventually(&format!("{count} notifications are written"), async || {
        (a.database.number("SELECT count(*) FROM notifications").await >= count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_favourites_are_a_few_groups() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let crowd = Crowd::gather(&a, 200).await;
    let status = alice.post("Popular").await;
    all_favourite(&crowd, &status).await;
    has(&a, 200).await;
    let page = results(&alice, "").await;
    let groups = groups(&page);
    assert_eq!(groups.len(), 4, "{groups:?}");
    for group in &groups {
        assert_eq!((&group["type"], &group["status_id"]), (&json!("favourite"), &status["id"]));
        assert_eq!(group["notifications_count"], 50);
        assert_eq!(group["sample_account_ids"].as_array().unwrap().len(), 8);
        assert_eq!(group["page_max_id"], group["most_recent_notification_id"]);
        assert!(group["page_min_id"].is_string() && group["latest_page_notification_at"].is_string());
    }
    assert_eq!(page["statuses"].as_array().unwrap().len(), 1);
    assert_eq!(page["accounts"].as_array().unwrap().len(), 32);
    assert!(page.get("partial_accounts").is_none());
    let count = async |path: &str| alice.client.get(path).await.ok()["count"].clone();
    assert_eq!(count("/api/v2/notifications/unread_count").await, 4);
    assert_eq!(count("/api/v2/notifications/unread_count?limit=3").await, 3);
    assert_eq!(count("/api/v2/notifications/unread_count?grouped_types[]=reblog").await, 100);
    assert_eq!(count("/api/v1/notifications/unread_count").await, 100);
    // One by one they are all there, each with its group.
    let single = alice.client.get("/api/v1/notifications?limit=80").await.ok();
    let keys: HashSet<&str> = single.as_array().unwrap().iter().map(|one| text(&one["group_key"])).collect();
    assert!(keys.iter().all(|key| groups.iter().any(|group| group["group_key"] == *key)));

    // Where pictures are enough, accounts beyond the first are short.
    let page = results(&alice, "expand_accounts=partial_avatars").await;
    assert_eq!(page["accounts"].as_array().unwrap().len(), 4);
    let partial = page["partial_accounts"].as_array().unwrap();
    assert_eq!(partial.len(), 28);
    assert!(partial[0]["avatar"].is_string() && partial[0].get("note").is_none());
    let refused = alice.client.get(&format!("{PATH}?expand_accounts=nonsense")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);

    // All of a group, page by page.
    let key = text(&groups[0]["group_key"]);
    let mut seen = HashSet::new();
    let mut query = "limit=20".to_owned();
    for expected in [20, 20, 10] {
        let page = alice.client.get(&format!("{PATH}/{key}/accounts?{query}")).await;
        let link = page.headers["link"].to_str().unwrap().to_owned();
        let accounts = page.ok();
        assert_eq!(accounts.as_array().unwrap().len(), expected);
        seen.extend(accounts.as_array().unwrap().iter().map(|account| text(&account["id"]).to_owned()));
        let next = link.split('>').next().unwrap();
        query = next.split_once('?').unwrap().1.to_owned();
    }
    assert_eq!(seen.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_hundreds_in_an_hour_there_is_one_group() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let mut crowd = Crowd::gather(&a, 121).await;
    let status = alice.post("Viral").await;
    let first = Crowd { members: vec![crowd.members.pop().unwrap()] };
    all_favourite(&first, &status).await;
    has(&a, 1).await;
    a.database.execute("UPDATE notification_groups SET hour_count = 500, size = 50").await;
    all_favourite(&crowd, &status).await;
    has(&a, 121).await;
    let groups = groups(&results(&alice, "").await);
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(groups[0]["notifications_count"], 121);
}

/// Bob and carol favourite and reblog alice's status, and dora mentions her in between.
async fn busy_day(a: &Instance) -> (User, User, Value) {
    let (alice, bob, carol, dora) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dora"));
    let status = alice.post("status").await;
    let mut count = 0;
    let mut heard = async || {
        count += 1;
        has(a, count).await;
    };
    bob.favourite(&status).await;
    heard().await;
    bob.reblog(&status).await;
    heard().await;
    dora.post("@alice hello").await;
    heard().await;
    carol.favourite(&status).await;
    heard().await;
    carol.reblog(&status).await;
    heard().await;
    (alice, bob, status)
}

fn kinds(groups: &[Value]) -> Vec<(&str, i64)> {
    groups
        .iter()
        .map(|group| (text(&group["type"]), group["notifications_count"].as_i64().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_paged_filtered_and_found() {
    let a = Instance::start().await;
    let (alice, bob, status) = busy_day(&a).await;
    let all = groups(&results(&alice, "").await);
    assert_eq!(kinds(&all), [("reblog", 2), ("favourite", 2), ("mention", 1)]);
    assert_eq!(groups(&alice.client.get("/api/v2_alpha/notifications").await.ok()), all);
    assert_eq!(groups(&results(&alice, "types[]=favourite").await).len(), 1);
    assert_eq!(groups(&results(&alice, "exclude_types[]=favourite").await).len(), 2);
    assert_eq!(groups(&results(&alice, "grouped_types[]=favourite").await).len(), 4);
    assert_eq!(groups(&results(&alice, &format!("account_id={}", bob.id)).await).len(), 2);
    assert!(groups(&results(&alice, "types[]=nonsense").await).is_empty());
    let first = alice.client.get(&format!("{PATH}?limit=1")).await;
    let link = first.headers["link"].to_str().unwrap().to_owned();
    assert!(link.contains("rel=\"next\"") && link.contains("limit=1"), "{link}");
    let reblogs = text(&all[0]["most_recent_notification_id"]);
    let next = groups(&results(&alice, &format!("max_id={reblogs}&limit=1")).await);
    assert_eq!(kinds(&next), [("favourite", 2)]);
    let mention = text(&all[2]["most_recent_notification_id"]);
    let newer = groups(&results(&alice, &format!("since_id={mention}")).await);
    assert_eq!(kinds(&newer), [("reblog", 2), ("favourite", 2)]);
    assert_eq!(newer[0]["page_min_id"], newer[0]["page_max_id"], "one of two is on the page");
    let nearest = groups(&results(&alice, &format!("min_id={mention}&limit=1")).await);
    assert_eq!(kinds(&nearest), [("favourite", 2)]);

    let key = text(&all[1]["group_key"]);
    let one = alice.client.get(&format!("{PATH}/{key}")).await.ok();
    assert_eq!(kinds(&groups(&one)), [("favourite", 2)]);
    assert_eq!(one["statuses"][0]["id"], status["id"]);
    let alone = text(&all[2]["group_key"]);
    assert_eq!(alone, format!("ungrouped-{mention}"));
    assert_eq!(kinds(&groups(&alice.client.get(&format!("{PATH}/{alone}")).await.ok())), [("mention", 1)]);
    let accounts = alice.client.get(&format!("{PATH}/{alone}/accounts")).await.ok();
    assert_eq!(accounts[0]["username"], "dora");
    for nowhere in ["nonsense", "ungrouped-1", "favourite-1", "reblog-x", "%00"] {
        let answer = alice.client.get(&format!("{PATH}/{nowhere}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_dismissed_by_their_owner() {
    let a = Instance::start().await;
    let (alice, bob, status) = busy_day(&a).await;
    let all = groups(&results(&alice, "").await);
    let (key, alone) = (text(&all[1]["group_key"]), text(&all[2]["group_key"]));
    for key in [key, alone] {
        assert_eq!(bob.client.get(&format!("{PATH}/{key}")).await.status, StatusCode::NOT_FOUND);
        bob.client.post_json(&format!("{PATH}/{key}/dismiss"), &json!({})).await.ok();
        let nobody = a.client();
        assert_eq!(nobody.get(&format!("{PATH}/{key}")).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(groups(&results(&alice, "").await).len(), 3, "they are not bob's");
    for key in [key, alone] {
        let answer = alice.client.post_json(&format!("{PATH}/{key}/dismiss"), &json!({})).await.ok();
        assert_eq!(answer, json!({}));
    }
    assert_eq!(kinds(&groups(&results(&alice, "").await)), [("reblog", 2)]);
    // What was dismissed does not come back by being done again at once.
    bob.unfavourite(&status).await;
    bob.favourite(&status).await;
    bob.post("@alice and this comes after it").await;
    alice.is_notified("mention", "bob").await;
    assert_eq!(kinds(&groups(&results(&alice, "").await)), [("mention", 1), ("reblog", 2)]);
    a.database.execute("UPDATE access_tokens SET scopes = 'read:statuses'").await;
    for path in ["", "/unread_count", &format!("/{key}"), &format!("/{key}/accounts")] {
        let answer = alice.client.get(&format!("{PATH}{path}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_again_at_once_is_no_news() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post("status").await;
    bob.favourite(&status).await;
    let first = alice.is_notified("favourite", "bob").await;
    bob.unfavourite(&status).await;
    assert!(alice.notifications().await.is_empty());
    bob.favourite(&status).await;
    assert_eq!(alice.is_notified("favourite", "bob").await, first, "it is the same as before");
    bob.unfavourite(&status).await;
    a.database.execute("UPDATE notification_cooldowns SET until = now()").await;
    bob.favourite(&status).await;
    assert_ne!(alice.is_notified("favourite", "bob").await["id"], first["id"]);
}
