//! Who may answer a status, between servers.

use serde_json::json;
use tests::{Instance, Remote, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_travels_and_is_kept_on_both_sides() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), b.user("bob"), b.user("carol"));
    bob.follow(&alice.handle).await;
    let policy = json!({ "can_reply": { "always": ["followers"] } });
    let status = alice.publish(json!({ "status": "For followers", "interaction_policy": policy })).await;
    let seen = bob.sees_at_home("For followers").await;
    assert_eq!(
        seen["interaction_policy"]["can_reply"]["always"],
        json!(["author", "mentioned", "followers"])
    );
    let refused = json!({ "status": "may I?", "in_reply_to_id": seen["id"] });
    let refused = carol.client.post_json("/api/v1/statuses", &refused).await;
    assert_eq!(refused.status, http::StatusCode::FORBIDDEN, "{}", refused.text);
    bob.reply(&seen, &format!("@{} I may", alice.handle)).await;
    alice.is_notified("mention", "bob").await;
    assert_eq!(alice.status(&status["id"]).await.unwrap()["replies_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_those_who_may_not_do_not_come_in() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let (carol, dora) = (remote.actor("carol"), remote.actor("dora"));
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    let policy = json!({ "can_reply": { "always": ["followers"] } });
    let status = alice.publish(json!({ "status": "For followers", "interaction_policy": policy })).await;
    let create = remote.receives("Create", 1).await.remove(0).activity;
    let wire = &create["object"]["interactionPolicy"]["canReply"]["automaticApproval"];
    assert!(
        wire.as_array().unwrap().contains(&json!(format!("{}/followers", actor["id"].as_str().unwrap())))
    );
    for person in [&dora, &carol] {
        let mut note = person.note("@alice an answer", &[actor["id"].as_str().unwrap()]);
        note["inReplyTo"] = status["uri"].clone();
        person.send(actor["inbox"].as_str().unwrap(), &person.create(&note)).await;
    }
    alice.is_notified("mention", "carol").await;
    eventually("one answer is there", async || {
        (alice.status(&status["id"]).await?["replies_count"] == 1).then_some(())
    })
    .await;
    assert_eq!(a.database.number("SELECT count(*) FROM accounts WHERE username = 'dora'").await, 1);
    assert!(alice.notifications().await.iter().all(|news| news["account"]["username"] != "dora"));
    assert_eq!(a.database.number("SELECT count(*) FROM statuses WHERE NOT local").await, 1);
}
