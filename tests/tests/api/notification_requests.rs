//! Whom one wants to hear of: the policy, and the requests that wait because of it.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, User, eventually, never};

use crate::streaming::listener::Listener;

const POLICY: &str = "/api/v2/notifications/policy";
const REQUESTS: &str = "/api/v1/notifications/requests";

async fn set(user: &User, changes: Value) -> Answer {
    user.client.send(user.client.request(Method::PATCH, POLICY).json(&changes)).await
}

async fn waiting(user: &User, count: usize) -> Vec<Value> {
    eventually(&format!("{count} requests wait for {}", user.name), async || {
        let list = user.client.get(REQUESTS).await.ok().as_array().unwrap().clone();
        (list.len() == count).then_some(list)
    })
    .await
}

async fn act(user: &User, request: &Value, verb: &str) -> Answer {
    let path = format!("{REQUESTS}/{}/{verb}", request["id"].as_str().unwrap());
    user.client.post_json(&path, &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_asks_before_a_private_message_is_heard() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let status = bob.post_for("direct", "@alice hello").await;
    let request = waiting(&alice, 1).await.remove(0);
    assert_eq!(
        (&request["account"]["username"], &request["notifications_count"]),
        (&json!("bob"), &json!("1"))
    );
    assert_eq!(request["last_status"]["id"], status["id"]);
    assert!(alice.notifications().await.is_empty());
    let all = alice.client.get("/api/v1/notifications?include_filtered=true").await.ok();
    assert_eq!((&all[0]["type"], &all[0]["filtered"]), (&json!("mention"), &json!(true)));
    let grouped = alice.client.get("/api/v2/notifications").await.ok();
    assert_eq!(grouped["notification_groups"], json!([]));
    let policy = alice.client.get(POLICY).await.ok();
    assert_eq!(policy["for_private_mentions"], "filter");
    assert_eq!(policy["summary"], json!({ "pending_requests_count": 1, "pending_notifications_count": 1 }));
    let path = format!("{REQUESTS}/{}", request["id"].as_str().unwrap());
    assert_eq!(alice.client.get(&path).await.ok(), request);
    assert_eq!(carol.client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(act(&carol, &request, "accept").await.status, StatusCode::NOT_FOUND);
    assert_eq!(act(&carol, &request, "dismiss").await.status, StatusCode::NOT_FOUND);

    let mut listener = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let mut alerts = Listener::to(&a, &alice, &[json!({ "stream": "user:notification" })]).await;
    assert_eq!(act(&alice, &request, "accept").await.ok(), json!({}));
    for listener in [&mut listener, &mut alerts] {
        listener.until("notifications_merged").await;
    }
    let mention = alice.is_notified("mention", "bob").await;
    assert!(mention.get("filtered").is_none(), "{mention}");
    waiting(&alice, 0).await;
    assert_eq!(alice.client.get(&format!("{REQUESTS}/merged")).await.ok(), json!({ "merged": true }));
    assert_eq!(act(&alice, &request, "accept").await.status, StatusCode::NOT_FOUND);
    // From now on bob is heard.
    let next = bob.post_for("direct", "@alice again").await;
    eventually("it is heard at once", async || {
        alice.notifications().await.iter().any(|news| news["status"]["id"] == next["id"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_and_somebody_followed_need_not_ask() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let question = alice.post_for("direct", "@bob a question").await;
    waiting(&bob, 1).await;
    let answer =
        json!({ "status": "@alice an answer", "in_reply_to_id": question["id"], "visibility": "direct" });
    bob.publish(answer).await;
    alice.is_notified("mention", "bob").await;
    alice.follow(&carol.handle).await;
    carol.post_for("direct", "@alice hello").await;
    alice.is_notified("mention", "carol").await;
    waiting(&alice, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_filters_and_drops() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let policy = set(&alice, json!({ "for_not_following": "filter" })).await.ok();
    assert_eq!(
        (&policy["for_not_following"], &policy["for_new_accounts"]),
        (&json!("filter"), &json!("accept"))
    );
    let status = alice.post("status").await;
    bob.favourite(&status).await;
    carol.post("@alice hello").await;
    let requests = waiting(&alice, 2).await;
    assert!(requests[1].get("last_status").is_some() || requests[0].get("last_status").is_some());
    // Dismissed: gone for good, but not the next.
    let from = |name: &str| requests.iter().find(|request| request["account"]["username"] == name).unwrap();
    assert_eq!(act(&alice, from("carol"), "dismiss").await.ok(), json!({}));
    waiting(&alice, 1).await;
    eventually("it is removed", async || {
        let left = "SELECT count(*) FROM notifications";
        (a.database.number(left).await == 1).then_some(())
    })
    .await;
    carol.post("@alice hello again").await;
    let requests = waiting(&alice, 2).await;
    let ids: Vec<&Value> = requests.iter().map(|request| &request["id"]).collect();
    let many = json!({ "id": ids });
    assert_eq!(bob_cannot(&bob, &many).await, json!({}));
    waiting(&alice, 2).await;
    alice.client.post_json(&format!("{REQUESTS}/accept"), &many).await.ok();
    alice.is_notified("favourite", "bob").await;
    alice.is_notified("mention", "carol").await;

    set(&bob, json!({ "for_new_accounts": "drop" })).await.ok();
    let theirs = bob.post("status").await;
    carol.favourite(&theirs).await;
    never("bob hears", async || {
        let all = bob.client.get("/api/v1/notifications?include_filtered=true").await.ok();
        all.as_array().is_some_and(|all| !all.is_empty())
    })
    .await;
}

/// Other people's requests are as good as none.
async fn bob_cannot(bob: &User, many: &Value) -> Value {
    bob.client.post_json(&format!("{REQUESTS}/dismiss"), many).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_and_strangers_change_nothing() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    for changes in [json!({ "for_not_following": "nonsense" }), json!({ "for_new_accounts": ["drop"] })] {
        let answer = set(&alice, changes).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    }
    assert_eq!(alice.client.get(POLICY).await.ok()["for_not_following"], "accept");
    let too_many: Vec<String> = (0..81).map(|n| n.to_string()).collect();
    for body in [json!({}), json!({ "id": too_many })] {
        for verb in ["accept", "dismiss"] {
            let answer = alice.client.post_json(&format!("{REQUESTS}/{verb}"), &body).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        }
    }
    for path in ["/1", "/nonsense"] {
        assert_eq!(alice.client.get(&format!("{REQUESTS}{path}")).await.status, StatusCode::NOT_FOUND);
    }
    let nobody = a.client();
    for path in [POLICY, REQUESTS, &format!("{REQUESTS}/merged")] {
        assert_eq!(nobody.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    a.database.execute("UPDATE access_tokens SET scopes = 'read:notifications'").await;
    assert_eq!(set(&alice, json!({})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(act(&alice, &json!({ "id": "1" }), "accept").await.status, StatusCode::FORBIDDEN);
    a.database.execute("UPDATE access_tokens SET scopes = 'write'").await;
    assert_eq!(alice.client.get(REQUESTS).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn moderators_hear_of_who_signs_up_and_the_old_is_forgotten() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    a.database.execute("UPDATE users SET role = 1").await;
    let bob = a.user("bob").await;
    alice.is_notified("admin.sign_up", "bob").await;
    assert!(bob.notifications().await.is_empty());
    bob.post("@alice hello").await;
    alice.is_notified("mention", "bob").await;
    a.database
        .execute(
            "UPDATE notifications SET id = new_id(now() - interval '31 days') WHERE kind = 7; \
             INSERT INTO jobs (kind, queue, payload) VALUES ('sweep', 'default', '{}') ON CONFLICT DO NOTHING; \
             SELECT pg_notify('stoa_jobs', 'default')",
        )
        .await;
    eventually("the old one is forgotten", async || (alice.notifications().await.len() == 1).then_some(()))
        .await;
}
