//! Who may answer a status.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Answer, Instance, User};

/// A status that only these may answer, as GoToSocial's clients ask for it.
async fn post(user: &User, text: &str, who: &[&str]) -> Value {
    let policy = json!({ "can_reply": { "always": who } });
    user.publish(json!({ "status": text, "interaction_policy": policy })).await
}

async fn answer(user: &User, status: &Value) -> Answer {
    let reply = json!({ "status": "an answer", "in_reply_to_id": status["id"] });
    user.client.post_json("/api/v1/statuses", &reply).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_author_says_who_may_answer() {
    let a = Instance::start().await;
    let (alice, bob, carol, dora) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dora"));
    // Bob follows Alice, Alice follows Carol, and Dora and Alice follow each other.
    bob.follow(&alice.handle).await;
    alice.follow(&carol.handle).await;
    alice.follow(&dora.handle).await;
    dora.follow(&alice.handle).await;
    for (who, allowed) in [
        (&["public"][..], [true, true, true]),
        (&["followers"], [true, false, true]),
        (&["following"], [false, true, true]),
        (&["mutuals"], [false, false, true]),
        (&["author"], [false, false, false]),
        (&["followers", "following"], [true, true, true]),
    ] {
        let status = post(&alice, "Answer me", who).await;
        for (user, allowed) in [&bob, &carol, &dora].into_iter().zip(allowed) {
            let answer = answer(user, &status).await;
            let expected = if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, expected, "{who:?} {}: {}", user.name, answer.text);
        }
        assert_eq!(answer(&alice, &status).await.status, StatusCode::OK, "an author may always");
        let replies = allowed.iter().filter(|allowed| **allowed).count() + 1;
        assert_eq!(alice.status(&status["id"]).await.unwrap()["replies_count"], replies);
    }
    // Whoever is mentioned may always.
    let status = post(&alice, "What do you think, @bob?", &["author"]).await;
    assert_eq!(answer(&bob, &status).await.status, StatusCode::OK);
    assert_eq!(answer(&carol, &status).await.status, StatusCode::FORBIDDEN);
    let seen = bob.status(&status["id"]).await.unwrap();
    assert_eq!(seen["interaction_policy"]["can_reply"]["always"], json!(["author", "mentioned"]));
    // It stays with an edit, and is none where everybody may.
    alice.edit(&status, "What do you think?").await;
    assert_eq!(answer(&carol, &status).await.status, StatusCode::FORBIDDEN);
    assert_eq!(alice.post("open").await.get("interaction_policy"), None);
    // As a form, and what makes no sense.
    let form = [
        ("status", "By form"),
        ("interaction_policy[can_reply][always][0]", "followers"),
        ("interaction_policy[can_reply][always][1]", "me"),
    ];
    let request = alice.client.request(http::Method::POST, "/api/v1/statuses").form(&form);
    let status = alice.client.send(request).await.ok();
    assert_eq!(status["interaction_policy"]["can_reply"]["always"][2], "followers");
    for bad in [json!({ "can_reply": { "always": ["friends"] } }), json!("followers"), json!([1])] {
        let bad = json!({ "status": "x", "interaction_policy": bad });
        let refused = alice.client.post_json("/api/v1/statuses", &bad).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    }
}
