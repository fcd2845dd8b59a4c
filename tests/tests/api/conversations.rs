//! Conversations in direct statuses.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, Remote, User, eventually};

async fn list(user: &User, query: &str) -> Vec<Value> {
    let list = user.client.get(&format!("/api/v1/conversations?{query}")).await.ok();
    list.as_array().unwrap().clone()
}

/// Waits until the newest conversation ends with this text, and returns it.
async fn newest(user: &User, text: &str) -> Value {
    eventually(&format!("{} talks about {text}", user.name), async || {
        let first = list(user, "").await.into_iter().next()?;
        first["last_status"]["content"].as_str()?.contains(text).then_some(first)
    })
    .await
}

fn people(conversation: &Value) -> Vec<&str> {
    let accounts = conversation["accounts"].as_array().unwrap();
    let mut names: Vec<&str> = accounts.iter().map(|account| account["username"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Answers directly.
async fn answer(user: &User, to: &Value, text: &str) -> Value {
    user.publish(json!({ "status": text, "visibility": "direct", "in_reply_to_id": to["id"] })).await
}

async fn act(user: &User, conversation: &Value, verb: &str) -> tests::Answer {
    let path = format!("/api/v1/conversations/{}/{verb}", conversation["id"].as_str().unwrap());
    user.client.post_json(&path, &json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_its_own_and_reads_it_alone() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let first = alice.post_for("direct", "@bob first").await;
    let (ours, theirs) = (newest(&alice, "first").await, newest(&bob, "first").await);
    assert_eq!((people(&ours), &ours["unread"]), (vec!["bob"], &json!(false)));
    assert_eq!((people(&theirs), &theirs["unread"]), (vec!["alice"], &json!(true)));
    assert_ne!(ours["id"], theirs["id"]);
    let second = answer(&bob, &first, "@alice second").await;
    assert_eq!(newest(&alice, "second").await["unread"], true);
    assert_eq!(newest(&bob, "second").await["unread"], false);
    for (verb, unread) in [("read", false), ("unread", true), ("read", false)] {
        assert_eq!(act(&alice, &ours, verb).await.ok()["unread"], unread);
        assert_eq!(list(&alice, "").await[0]["unread"], unread);
    }
    // Not one's own, and nobody's.
    for user in [&bob, &carol] {
        assert_eq!(act(user, &ours, "read").await.status, StatusCode::NOT_FOUND);
    }
    // With somebody else in it, it is another one.
    answer(&bob, &second, "@alice @carol third").await;
    assert_eq!(people(&newest(&carol, "third").await), ["alice", "bob"]);
    newest(&alice, "third").await;
    assert_eq!(list(&alice, "").await.len(), 2);
    let oldest = list(&alice, "limit=1").await[0]["last_status"]["id"].as_str().unwrap().to_owned();
    let older = list(&alice, &format!("max_id={oldest}")).await;
    assert_eq!((older.len(), &older[0]["id"]), (1, &ours["id"]));
    let newer = list(&alice, &format!("min_id={}", second["id"].as_str().unwrap())).await;
    assert_eq!(newer[0]["last_status"]["id"], oldest.as_str());
    // What others may read makes none.
    alice.post_for("private", "@bob not direct").await;
    alice.post_for("direct", "to myself").await;
    assert_eq!(people(&newest(&alice, "to myself").await), ["alice"]);
    assert_eq!(list(&alice, "").await.len(), 3);
    let direct = alice.client.get("/api/v1/timelines/direct").await.ok();
    let contents: Vec<&str> =
        direct.as_array().unwrap().iter().map(|status| status["content"].as_str().unwrap()).collect();
    assert_eq!(contents.len(), 4, "{contents:?}");
    assert!(contents[0].contains("myself") && contents[3].contains("first"), "{contents:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_edits_and_blocks_change_them() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let first = alice.post_for("direct", "@bob first").await;
    newest(&bob, "first").await;
    let second = answer(&alice, &first, "@bob second").await;
    newest(&bob, "second").await;
    alice.edit(&second, "@bob edited").await;
    newest(&bob, "edited").await;
    // Somebody more: for everybody another conversation, and the first one ends where it did before.
    alice.edit(&second, "@bob @carol edited").await;
    newest(&carol, "edited").await;
    let two = list(&bob, "").await;
    assert_eq!(two.iter().map(people).collect::<Vec<_>>(), [vec!["alice", "carol"], vec!["alice"]]);
    assert_eq!(two[1]["last_status"]["id"], first["id"]);
    alice.delete(&second).await;
    eventually("it ends as it began", async || {
        let left = list(&bob, "").await;
        (left.len() == 1 && left[0]["last_status"]["id"] == first["id"]).then_some(())
    })
    .await;
    eventually("carol has none", async || list(&carol, "").await.is_empty().then_some(())).await;
    // Removed, it comes back with the next status.
    let path = format!("/api/v1/conversations/{}", two[1]["id"].as_str().unwrap());
    assert_eq!(carol.client.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.client.delete(&path).await.ok(), json!({}));
    assert_eq!(bob.client.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert!(list(&bob, "").await.is_empty());
    answer(&alice, &first, "@bob third").await;
    newest(&bob, "third").await;
    bob.act_on("accounts", &json!({ "id": alice.id }), "block").await;
    assert!(list(&bob, "").await.is_empty());
    let ours = list(&alice, "").await;
    assert_eq!(ours[0]["last_status"]["account"]["id"], json!(alice.id));
    alice.post_for("direct", "@bob are you there?").await;
    newest(&alice, "are you there").await;
    assert!(list(&bob, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_conversation_notifies_nobody() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.hears_strangers().await;
    let first = bob.post_for("direct", "@alice first").await;
    let theirs = newest(&alice, "first").await;
    act(&alice, &theirs, "read").await.ok();
    assert_eq!(theirs["last_status"]["muted"], false);
    assert_eq!(alice.act_on("statuses", &first, "mute").await["muted"], true);
    answer(&bob, &first, "@alice second").await;
    let muted = newest(&alice, "second").await;
    assert_eq!((&muted["unread"], &muted["last_status"]["muted"]), (&json!(false), &json!(true)));
    assert_eq!(alice.notifications().await.len(), 1);
    assert_eq!(alice.act_on("statuses", &first, "unmute").await["muted"], false);
    answer(&bob, &first, "@alice third").await;
    assert_eq!(newest(&alice, "third").await["unread"], true);
    alice.is_notified("mention", "bob").await;
    eventually("the second mention", async || (alice.notifications().await.len() == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn remote_people_talk_too_and_replies_find_their_conversation() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let (id, inbox) = (actor["id"].as_str().unwrap(), actor["inbox"].as_str().unwrap());
    let direct = |text: &str| {
        let mut note = carol.note(text, &[id]);
        (note["to"], note["cc"]) = (json!([id]), json!([]));
        note
    };
    let note = direct("hello");
    // The answer to it comes first.
    let mut reply = direct("more");
    reply["inReplyTo"] = note["id"].clone();
    remote.forget(note["id"].as_str().unwrap());
    carol.send(inbox, &carol.create(&reply)).await;
    let early = newest(&alice, "more").await;
    assert_eq!((people(&early), &early["unread"]), (vec!["carol"], &json!(true)));
    carol.send(inbox, &carol.create(&note)).await;
    eventually("both are one conversation", async || {
        let direct = alice.client.get("/api/v1/timelines/direct").await.ok();
        (direct.as_array().unwrap().len() == 2 && list(&alice, "").await.len() == 1).then_some(())
    })
    .await;
    let status = list(&alice, "").await[0]["last_status"].clone();
    alice
        .publish(json!({
            "status": format!("@carol@{} hello back", remote.domain), "visibility": "direct",
            "in_reply_to_id": status["id"],
        }))
        .await;
    let ours = newest(&alice, "hello back").await;
    assert_eq!((list(&alice, "").await.len(), &ours["unread"]), (1, &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_need_the_scopes() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    assert_eq!(a.client().get("/api/v1/conversations").await.status, StatusCode::UNAUTHORIZED);
    alice.post_for("direct", "to myself").await;
    let own = newest(&alice, "myself").await;
    let token = a.run(&["token", "create", "alice", "--scopes", "read:accounts write:statuses"]).await;
    let token = String::from_utf8(token.stdout).unwrap();
    let narrow = User::with_token(&a, "alice", token.trim()).await;
    assert_eq!(narrow.client.get("/api/v1/conversations").await.status, StatusCode::FORBIDDEN);
    assert_eq!(narrow.client.get("/api/v1/timelines/direct").await.status, StatusCode::FORBIDDEN);
    assert_eq!(act(&narrow, &own, "read").await.status, StatusCode::FORBIDDEN);
    for id in ["0", "abc", "99999999999999999999"] {
        let path = format!("/api/v1/conversations/{id}/read");
        assert_eq!(alice.client.post_json(&path, &json!({})).await.status, StatusCode::NOT_FOUND);
    }
}
