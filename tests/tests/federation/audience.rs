//! Posts reach those they are for, and nobody else.

use http::Method;
use tests::{Instance, Remote, eventually, never};

#[tokio::test(flavor = "multi_thread")]
async fn private_posts_reach_followers_only() {
    let [a, b, c] = Instance::start_many().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), b.user("bob"), c.user("carol"));
    let dave = b.user("dave").await;
    bob.follow(&alice.handle).await;
    // Known there, but no follower.
    let known = carol.find(&alice.handle).await;

    let secret = alice.post_for("private", "Among friends").await;
    let seen = bob.sees_at_home("Among friends").await;
    assert_eq!(seen["visibility"], "private");

    assert!(dave.status(&seen["id"]).await.is_none(), "somebody else on the follower's instance sees it");
    assert!(carol.find_status(secret["uri"].as_str().unwrap()).await.is_none());
    let path = format!("/api/v1/accounts/{}/statuses", known["id"].as_str().unwrap());
    assert_eq!(carol.client.get(&path).await.ok().as_array().unwrap().len(), 0);
    hidden_from_strangers(&a, &secret["uri"], &secret["url"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn direct_posts_reach_the_mentioned_only() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, dave) = tokio::join!(a.user("alice"), b.user("bob"), b.user("dave"));
    // A follower at home and one beside the mentioned, neither of them mentioned.
    let erin = a.user("erin").await;
    erin.follow(&alice.handle).await;
    dave.follow(&alice.handle).await;

    let secret = alice.post_for("direct", &format!("@{} just for you", bob.handle)).await;
    // Bob does not know alice, so that her message waits in a request.
    let seen = eventually("bob is asked", async || {
        let requests = bob.client.get("/api/v1/notifications/requests").await.ok();
        requests[0]["last_status"].is_object().then(|| requests[0]["last_status"].clone())
    })
    .await;
    assert_eq!(seen["visibility"], "direct");
    // A later public post proves that what was to come has come.
    alice.post("For everybody").await;
    for (reader, id) in [(&dave, &seen["id"]), (&erin, &secret["id"])] {
        reader.sees_at_home("For everybody").await;
        assert!(!reader.has_at_home("just for you").await, "{} has it", reader.handle);
        assert!(reader.status(id).await.is_none(), "{} sees it", reader.handle);
        assert!(reader.notifications().await.is_empty(), "{} hears of it", reader.handle);
    }
    hidden_from_strangers(&a, &secret["uri"], &secret["url"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn private_posts_do_not_leave_for_servers_without_followers() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let (carol, dave) = (remote.actor("carol"), remote.actor("dave"));
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    alice.post_for("direct", "Dear diary").await;
    alice.post_for("private", &format!("Hello @{}", dave.handle)).await;
    let arrived = remote.receives("Create", 1).await;
    assert!(arrived[0].activity.to_string().contains("Hello"), "the diary left: {:?}", arrived[0].activity);
    let audience = format!("{}{}", arrived[0].activity["to"], arrived[0].activity["cc"]);
    assert!(!audience.contains("#Public"), "{audience}");
    assert!(audience.contains(&dave.uri), "{audience}");
    never("the diary leaves", async || remote.arrivals_of("Create").len() > 1).await;
}

/// Neither the page nor the object nor the API shows it to somebody without a token.
async fn hidden_from_strangers(instance: &Instance, uri: &serde_json::Value, url: &serde_json::Value) {
    let nobody = instance.client();
    for address in [uri, url] {
        let path = address.as_str().unwrap().strip_prefix(&instance.url).unwrap();
        for accept in ["application/activity+json", "text/html"] {
            let answer = nobody.send(nobody.request(Method::GET, path).header("accept", accept)).await;
            assert!(answer.status.is_client_error(), "{path} as {accept}: {}", answer.status);
        }
    }
}
