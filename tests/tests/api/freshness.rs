//! What one process changes shows in the very next answer of another one that has everything in memory.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, Neighbour, User, eventually};

/// Alice and Bob, who follow each other, and a second process, whom Bob asks in `there`.
struct Scene {
    a: Instance,
    b: Neighbour,
    alice: User,
    bob: User,
    there: User,
}

impl Scene {
    async fn new() -> Self {
        let a = Instance::start().await;
        let (b, alice, bob) = tokio::join!(a.beside(), a.user("alice"), a.user("bob"));
        for (by, of) in [(&alice, &bob), (&bob, &alice)] {
            by.client.post_json(&format!("/api/v1/accounts/{}/follow", of.id), &json!({})).await.ok();
        }
        let there = b.user(&bob);
        Self { a, b, alice, bob, there }
    }

    /// Alice's status, which the second process has in memory, Bob's home feed with it.
    async fn known(&self, visibility: &str, text: &str) -> Value {
        let status = self.alice.post_for(visibility, text).await;
        let home = async || self.there.home().await.into_iter().any(|shown| shown["id"] == status["id"]);
        eventually("it is in the feed", async || home().await.then_some(())).await;
        self.there.status(&status["id"]).await.unwrap();
        status
    }

    async fn run(&self, statement: &str) {
        self.a.database.execute(statement).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_a_status_show_at_once() {
    let s = Scene::new().await;
    let status = s.known("public", "The first version").await;
    s.alice.edit(&status, "The second version").await;
    let read = s.there.status(&status["id"]).await.unwrap();
    assert_eq!(read["content"], "<p>The second version</p>");
    assert!(s.there.has_at_home("The second version").await);

    s.alice.favourite(&status).await;
    s.alice.reblog(&status).await;
    let read = s.there.status(&status["id"]).await.unwrap();
    assert_eq!((&read["favourites_count"], &read["reblogs_count"]), (&json!(1), &json!(1)));
    s.bob.favourite(&status).await;
    assert_eq!(s.there.status(&status["id"]).await.unwrap()["favourited"], true);
    s.there.unfavourite(&status).await;
    assert_eq!(s.bob.status(&status["id"]).await.unwrap()["favourited"], false);

    let quoting = s.bob.publish(json!({ "status": "Look", "quoted_status_id": status["id"] })).await;
    let quote = async || s.there.status(&quoting["id"]).await.unwrap()["quote"]["state"].clone();
    assert_eq!(quote().await, "accepted");
    assert_eq!(s.there.status(&status["id"]).await.unwrap()["quotes_count"], 1);
    let (quoted, by) = (status["id"].as_str().unwrap(), quoting["id"].as_str().unwrap());
    let revoke = format!("/api/v1/statuses/{quoted}/quotes/{by}/revoke");
    s.alice.client.post_json(&revoke, &json!({})).await.ok();
    assert_eq!(quote().await, "revoked");
    assert_eq!(s.there.status(&status["id"]).await.unwrap()["quotes_count"], 0);
    let kept = s.bob.publish(json!({ "status": "Again", "quoted_status_id": status["id"] })).await;

    s.alice.delete(&status).await;
    assert_eq!(s.there.status(&kept["id"]).await.unwrap()["quote"]["state"], "deleted");
    assert_eq!(s.there.status(&status["id"]).await, None);
    assert!(!s.there.has_at_home("The second version").await);
    let context = format!("/api/v1/statuses/{}/context", status["id"].as_str().unwrap());
    assert_eq!(s.there.client.get(&context).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_what_hangs_on_a_status_show_at_once() {
    let s = Scene::new().await;
    let status = s.known("public", "With @bob, #tea and a picture").await;
    let id = status["id"].as_str().unwrap();
    let read = async || s.there.status(&status["id"]).await.unwrap();
    let statement =
        |text: &str| text.replace("$status", id).replace("$alice", &s.alice.id).replace("$bob", &s.bob.id);
    s.run(&statement(
        "UPDATE statuses SET media_count = 1 WHERE id = $status; \
         INSERT INTO media_attachments (account_id, status_id, kind, remote_url) \
         VALUES ($alice, $status, 1, 'https://r.example/1.png')",
    ))
    .await;
    assert_eq!(read().await["media_attachments"][0]["description"], Value::Null);
    s.run("UPDATE media_attachments SET description = 'A cup', blurhash = 'x'").await;
    assert_eq!(read().await["media_attachments"][0]["description"], "A cup");
    s.run("DELETE FROM media_attachments").await;
    assert_eq!(read().await["media_attachments"], json!([]));
    s.run("INSERT INTO cards (url, title) VALUES ('https://page.example/', 'Page')").await;
    s.run(&statement("INSERT INTO status_cards (status_id, card_id) SELECT $status, id FROM cards")).await;
    assert_eq!(read().await["card"]["title"], "Page");
    s.run("UPDATE cards SET title = 'Other'").await;
    assert_eq!(read().await["card"]["title"], "Other");
    s.run(&statement("UPDATE cards SET author_account_id = $alice, author_agrees = true")).await;
    assert_eq!(read().await["card"]["authors"][0]["account"]["id"], json!(s.alice.id));
    let restrict = "INSERT INTO reply_policies (status_id, followers, following, mutuals) \
                    VALUES ($status, true, false, false)";
    s.run(&statement(restrict)).await;
    assert_eq!(read().await["interaction_policy"]["can_reply"]["always"][2], "followers");
    s.run("DELETE FROM reply_policies").await;
    assert_eq!(read().await.get("interaction_policy"), None);
    s.run("DELETE FROM status_cards").await;
    assert_eq!(read().await["card"], Value::Null);
    s.run(&statement(
        "INSERT INTO media_attachments (account_id, status_id, kind, remote_url) \
         VALUES ($alice, $status, 1, 'https://r.example/2.png')",
    ))
    .await;
    assert_eq!(read().await["media_attachments"][0]["remote_url"], "https://r.example/2.png");

    assert_eq!(read().await["mentions"][0]["username"], "bob");
    s.run(&statement("UPDATE accounts SET username = 'robert' WHERE id = $bob")).await;
    assert_eq!(read().await["mentions"][0]["username"], "robert");
    s.run(&statement("UPDATE mentions SET silent = true WHERE status_id = $status")).await;
    assert_eq!(read().await["mentions"], json!([]));
    assert_eq!(read().await["tags"][0]["name"], "tea");
    s.run("DELETE FROM tags").await;
    assert_eq!(read().await["tags"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_an_account_show_at_once() {
    let s = Scene::new().await;
    s.known("public", "By somebody").await;
    let author = async || {
        let home = s.there.home().await;
        let status = home.into_iter().find(|status| status["account"]["id"] == json!(s.alice.id));
        let lookup = s.there.client.get("/api/v1/accounts/lookup?acct=alice").await.ok();
        let author = status.unwrap()["account"].clone();
        assert_eq!(author, lookup);
        author
    };
    assert_eq!(author().await["display_name"], "");
    s.alice.update(&json!({ "display_name": "Alice A." })).await;
    assert_eq!(author().await["display_name"], "Alice A.");
    assert_eq!(author().await["roles"], json!([]));
    let done = s.a.run(&["account", "promote", "alice", "--role", "moderator"]).await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(author().await["roles"][0]["name"], "Moderator");
    assert_eq!(author().await["followers_count"], 1);
    s.bob.client.post_json(&format!("/api/v1/accounts/{}/unfollow", s.alice.id), &json!({})).await.ok();
    let lookup = s.there.client.get("/api/v1/accounts/lookup?acct=alice").await.ok();
    assert_eq!(lookup["followers_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_lost_followers_are_felt_at_once() {
    let s = Scene::new().await;
    let private = s.known("private", "For followers").await;
    let public = s.known("public", "For all").await;
    s.alice.act_on("accounts", &json!({ "id": s.bob.id }), "remove_from_followers").await;
    assert_eq!(s.there.status(&private["id"]).await, None);
    assert!(!s.there.has_at_home("For followers").await);
    assert!(s.there.status(&public["id"]).await.is_some());
    s.alice.act_on("accounts", &json!({ "id": s.bob.id }), "block").await;
    assert_eq!(s.there.status(&public["id"]).await, None);
    let profile = format!("/api/v1/accounts/{}/statuses", s.alice.id);
    assert_eq!(s.there.client.get(&profile).await.ok(), json!([]));
    s.b.client().get(&format!("/api/v1/statuses/{}", public["id"].as_str().unwrap())).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_is_gone_at_once_and_pages_are_full() {
    let s = Scene::new().await;
    let carol = s.a.user("carol").await;
    s.bob.client.post_json(&format!("/api/v1/accounts/{}/follow", carol.id), &json!({})).await.ok();
    for number in 0..3 {
        carol.post(&format!("Carol {number}")).await;
    }
    let status = s.known("public", "Soon suspended").await;
    carol.reblog(&status).await;
    let page = async || s.there.client.get("/api/v1/timelines/home?limit=3").await.ok();
    eventually("all are at home", async || (s.there.home().await.len() >= 4).then_some(())).await;
    page().await;
    s.run(&format!("UPDATE accounts SET suspended_at = now() WHERE id = {}", s.alice.id)).await;
    assert_eq!(s.there.status(&status["id"]).await, None);
    let seen = page().await;
    let contents: Vec<_> = seen.as_array().unwrap().iter().map(|status| status["content"].clone()).collect();
    assert_eq!(contents, ["<p>Carol 2</p>", "<p>Carol 1</p>", "<p>Carol 0</p>"]);
    let lookup = s.there.client.get("/api/v1/accounts/lookup?acct=alice").await;
    assert_eq!(lookup.status, StatusCode::GONE);
    assert_eq!(s.b.user(&s.alice).client.get("/api/v1/timelines/home").await.status, StatusCode::FORBIDDEN);
    s.run(&format!("UPDATE accounts SET suspended_at = NULL WHERE id = {}", s.alice.id)).await;
    assert!(s.there.status(&status["id"]).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_at_once_everywhere() {
    let s = Scene::new().await;
    let paths = ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/accounts/verify_credentials"];
    for path in paths {
        s.there.client.get(path).await.ok();
        s.bob.client.get(path).await.ok();
    }
    let done = s.a.run(&["account", "set-password", "bob", "--password", "another battery"]).await;
    assert!(done.status.success(), "{done:?}");
    for path in paths {
        for client in [&s.there.client, &s.bob.client] {
            assert_eq!(client.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn content_of_a_blocked_instance_is_not_shown() {
    let s = Scene::new().await;
    s.run(
        "INSERT INTO accounts (username, domain, uri) VALUES \
         ('rita', 'sub.r.example', 'https://sub.r.example/users/rita'), ('hal', 'h.example', 'https://social.h.example/u/hal');
         INSERT INTO statuses (id, account_id, uri, local, visibility, content, conversation_id, created_at) \
         SELECT new_id(), id, uri || '/1', false, 0, '<p>By ' || username || '</p>', new_id(), now() \
         FROM accounts WHERE domain IS NOT NULL",
    )
    .await;
    let shown = async || {
        let public = s.there.client.get("/api/v1/timelines/public").await.ok();
        let mut names: Vec<String> = public
            .as_array()
            .unwrap()
            .iter()
            .map(|status| status["account"]["username"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(shown().await, ["hal", "rita"]);
    for (arguments, expected) in [
        (["instance", "block", "r.example"], vec!["hal"]),
        (["instance", "block", "social.h.example"], vec![]),
        (["instance", "block", "sub.r.example"], vec![]),
        (["instance", "unblock", "r.example"], vec![]),
        (["instance", "unblock", "sub.r.example"], vec!["rita"]),
        (["instance", "unblock", "social.h.example"], vec!["hal", "rita"]),
    ] {
        let done = s.a.run(&arguments).await;
        assert!(done.status.success(), "{done:?}");
        assert_eq!(shown().await, expected, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_picture_of_an_emoji_shows() {
    let s = Scene::new().await;
    s.run(
        "INSERT INTO accounts (username, domain, uri) VALUES ('rita', 'r.example', 'https://r.example/users/rita');
         INSERT INTO custom_emojis (shortcode, domain, image_remote_url) VALUES ('cup', 'r.example', 'https://r.example/1.png');
         INSERT INTO statuses (id, account_id, uri, local, visibility, content, conversation_id, emojis_count, created_at) \
         SELECT new_id(), id, uri || '/1', false, 0, '<p>:cup:</p>', new_id(), 1, now() FROM accounts WHERE domain IS NOT NULL",
    )
    .await;
    let url =
        async || s.there.client.get("/api/v1/timelines/public").await.ok()[0]["emojis"][0]["url"].clone();
    assert_eq!(url().await, "https://r.example/1.png");
    s.run("UPDATE custom_emojis SET image_remote_url = 'https://r.example/2.png'").await;
    s.run("SELECT pg_notify('stoa_bus', '{\"t\":\"emojis_changed\"}')").await;
    eventually("the new picture shows", async || (url().await == "https://r.example/2.png").then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_whole_again_when_a_mute_ends_by_itself() {
    let s = Scene::new().await;
    let mute = json!({ "duration": 2 });
    s.bob.client.post_json(&format!("/api/v1/accounts/{}/mute", s.alice.id), &mute).await.ok();
    s.alice.post("While she was muted").await;
    assert!(!s.there.has_at_home("While she was muted").await);
    eventually("what she wrote is there", async || {
        s.there.has_at_home("While she was muted").await.then_some(())
    })
    .await;
}
