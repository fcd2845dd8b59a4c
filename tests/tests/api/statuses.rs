//! Statuses: writing them once, changing them, what people do with them, and who may see which.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Client, Instance, User, eventually, never};

fn path(status: &Value, more: &str) -> String {
    format!("/api/v1/statuses/{}{more}", status["id"].as_str().unwrap())
}

fn ids(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].clone()).collect()
}

async fn keyed(user: &User, key: &str, body: Value) -> Answer {
    let request = user.client.request(Method::POST, "/api/v1/statuses");
    user.client.send(request.header("idempotency-key", key).json(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_posts_once_for_each_person() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let first = keyed(&alice, "key", json!({ "status": "Once" })).await.ok();
    let second = keyed(&alice, "key", json!({ "status": "Twice" })).await.ok();
    assert_eq!((&second["id"], &second["content"]), (&first["id"], &first["content"]));
    assert_ne!(keyed(&alice, "other key", json!({ "status": "Once" })).await.ok()["id"], first["id"]);
    assert_ne!(keyed(&bob, "key", json!({ "status": "Once" })).await.ok()["id"], first["id"]);
    let long = keyed(&alice, &"k".repeat(300), json!({ "status": "Long" })).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(alice.home().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_seen_and_the_former_version_kept() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.publish(json!({ "status": "First *draft*", "spoiler_text": "Careful" })).await;
    assert_eq!(status["edited_at"], Value::Null);
    bob.reblog(&status).await;
    let source = alice.client.get(&path(&status, "/source")).await.ok();
    assert_eq!((&source["text"], &source["spoiler_text"]), (&json!("First *draft*"), &json!("Careful")));
    let edited = alice.edit(&status, "Second with @bob").await;
    assert!(edited["content"].as_str().unwrap().contains("Second"), "{edited}");
    assert!(edited["edited_at"].is_string() && edited["created_at"] == status["created_at"], "{edited}");
    bob.is_notified("mention", "alice").await;
    bob.is_notified("update", "alice").await;
    let history = bob.client.get(&path(&status, "/history")).await.ok();
    let texts: Vec<&str> =
        history.as_array().unwrap().iter().map(|version| version["content"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("First") && texts[1].contains("Second"), "{texts:?}");
    assert_eq!((&history[0]["spoiler_text"], &history[1]["spoiler_text"]), (&json!("Careful"), &json!("")));
    assert_eq!(
        bob.client
            .send(bob.client.request(Method::PUT, &path(&status, "")).json(&json!({ "status": "Mine" })))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_stands_above_and_below() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let root = alice.post("root").await;
    let one = bob.reply(&root, "one").await;
    let two = alice.reply(&one, "two").await;
    let three = carol.reply(&two, "three").await;
    let side = carol.reply(&root, "side").await;
    let secret = bob
        .publish(json!({ "status": "@alice secret", "visibility": "direct", "in_reply_to_id": two["id"] }))
        .await;
    let context = a.client().get(&path(&two, "/context")).await.ok();
    assert_eq!(ids(&context["ancestors"]), [root["id"].clone(), one["id"].clone()]);
    assert_eq!(ids(&context["descendants"]), [three["id"].clone()]);
    let context = alice.client.get(&path(&root, "/context")).await.ok();
    assert_eq!(context["ancestors"], json!([]));
    let mut below = ids(&context["descendants"]);
    // Each stands below what it answers.
    let position = |id: &Value| below.iter().position(|other| other == id).unwrap();
    assert!(position(&one["id"]) < position(&two["id"]) && position(&two["id"]) < position(&three["id"]));
    below.sort_by_key(|id| id.as_str().unwrap().parse::<i64>().unwrap());
    assert_eq!(below, [&one, &two, &three, &side, &secret].map(|status| status["id"].clone()));
    assert_eq!(alice.status(&root["id"]).await.unwrap()["replies_count"], 2);
    assert_eq!(two["in_reply_to_account_id"], bob.id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn five_can_be_pinned_and_only_own_ones() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let mut statuses = Vec::new();
    for n in 0..6 {
        statuses.push(alice.post(&format!("number {n}")).await);
    }
    for status in &statuses[..5] {
        assert_eq!(alice.act_on("statuses", status, "pin").await["pinned"], true);
    }
    alice.act_on("statuses", &statuses[0], "pin").await;
    let pin = async |user: &User, status: &Value| {
        user.client.post_json(&path(status, "/pin"), &json!({})).await.status
    };
    assert_eq!(pin(&alice, &statuses[5]).await, StatusCode::UNPROCESSABLE_ENTITY, "a sixth");
    assert_eq!(pin(&bob, &statuses[0]).await, StatusCode::UNPROCESSABLE_ENTITY, "another's");
    let direct = bob.post_for("direct", "diary").await;
    assert_eq!(pin(&bob, &direct).await, StatusCode::UNPROCESSABLE_ENTITY, "a direct one");
    let boost = bob.reblog(&statuses[0]).await;
    assert_eq!(pin(&bob, &boost).await, StatusCode::UNPROCESSABLE_ENTITY, "a reblog");
    let pinned = format!("/api/v1/accounts/{}/statuses?pinned=true", alice.id);
    let list = ids(&a.client().get(&pinned).await.ok());
    let expected: Vec<Value> = statuses[..5].iter().rev().map(|status| status["id"].clone()).collect();
    assert_eq!(list, expected, "the last one pinned stands first");
    assert_eq!(alice.act_on("statuses", &statuses[0], "unpin").await["pinned"], false);
    assert_eq!(pin(&alice, &statuses[5]).await, StatusCode::OK);
    // What only followers may see is pinned for them alone.
    alice.act_on("statuses", &statuses[1], "unpin").await;
    let private = alice.post_for("private", "for friends").await;
    assert_eq!(pin(&alice, &private).await, StatusCode::OK);
    assert!(!ids(&a.client().get(&pinned).await.ok()).contains(&private["id"]));
    assert!(ids(&alice.client.get(&pinned).await.ok()).contains(&private["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn bookmarks_are_ones_own() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let (first, second) = (alice.post("first").await, alice.post("second").await);
    assert_eq!(bob.act_on("statuses", &second, "bookmark").await["bookmarked"], true);
    bob.act_on("statuses", &first, "bookmark").await;
    bob.act_on("statuses", &first, "bookmark").await;
    let list = async |user: &User| ids(&user.client.get("/api/v1/bookmarks").await.ok());
    assert_eq!(
        list(&bob).await,
        [first["id"].clone(), second["id"].clone()],
        "the last one made stands first"
    );
    assert!(list(&alice).await.is_empty());
    assert_eq!(alice.status(&first["id"]).await.unwrap()["bookmarked"], false);
    assert_eq!(bob.act_on("statuses", &first, "unbookmark").await["bookmarked"], false);
    assert_eq!(list(&bob).await, [second["id"].clone()]);
    alice.delete(&second).await;
    assert!(list(&bob).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_conversation_is_silent() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let root = alice.post("root").await;
    let one = bob.reply(&root, "@alice one").await;
    alice.is_notified("mention", "bob").await;
    assert_eq!(alice.act_on("statuses", &one, "mute").await["muted"], true);
    assert_eq!(alice.status(&root["id"]).await.unwrap()["muted"], true);
    bob.reply(&root, "@alice two").await;
    let other = alice.post("other").await;
    bob.reply(&other, "@alice three").await;
    eventually("the other conversation is heard", async || {
        (alice.notifications().await.len() >= 2).then_some(())
    })
    .await;
    let heard = alice.notifications().await;
    assert!(
        heard.iter().all(|news| !news["status"]["content"].as_str().unwrap().contains("two")),
        "{heard:?}"
    );
    assert_eq!(alice.act_on("statuses", &root, "unmute").await["muted"], false);
    bob.reply(&root, "@alice four").await;
    eventually("it is heard again", async || (alice.notifications().await.len() >= 3).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_comes_back_as_text_and_is_gone() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post("Wrng & <b>spelling</b> #tag").await;
    let parent = bob.post("parent").await;
    let reply = alice.reply(&parent, "reply").await;
    let boost = bob.reblog(&status).await;
    bob.favourite(&status).await;
    let deleted = alice.delete(&status).await;
    assert_eq!((&deleted["id"], &deleted["text"]), (&status["id"], &json!("Wrng & <b>spelling</b> #tag")));
    for (user, id) in [(&alice, &status["id"]), (&bob, &status["id"]), (&bob, &boost["id"])] {
        assert!(user.status(id).await.is_none());
    }
    assert_eq!(alice.client.delete(&path(&status, "")).await.status, StatusCode::NOT_FOUND);
    assert!(!bob.has_at_home("spelling").await);
    alice.delete(&reply).await;
    assert_eq!(bob.status(&parent["id"]).await.unwrap()["replies_count"], 0);
    let count = async |user: &User| {
        user.client.get("/api/v1/accounts/verify_credentials").await.ok()["statuses_count"].clone()
    };
    // Bob's boost is cleared away by a job.
    eventually("both are counted right", async || {
        ((count(&alice).await, count(&bob).await) == (json!(0), json!(1))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reblogs_and_favourites_count_once_and_are_taken_back() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post("status").await;
    let boost = bob.reblog(&status).await;
    assert_eq!(bob.reblog(&status).await["id"], boost["id"]);
    // What is done to a reblog is done to what it reblogs.
    bob.favourite(&boost).await;
    let now = alice.status(&status["id"]).await.unwrap();
    assert_eq!((&now["reblogs_count"], &now["favourites_count"]), (&json!(1), &json!(1)));
    for list in ["/reblogged_by", "/favourited_by"] {
        let people = a.client().get(&path(&status, list)).await.ok();
        assert_eq!(ids(&people), [json!(bob.id)], "{list}");
    }
    let original = bob.act_on("statuses", &boost, "unreblog").await;
    assert_eq!((&original["id"], &original["reblogged"]), (&status["id"], &json!(false)));
    bob.unfavourite(&status).await;
    bob.unfavourite(&status).await;
    let now = alice.status(&status["id"]).await.unwrap();
    assert_eq!((&now["reblogs_count"], &now["favourites_count"]), (&json!(0), &json!(0)));
    let private = alice.post_for("private", "for friends").await;
    bob.follow(&alice.handle).await;
    let refused = bob.client.post_json(&path(&private, "/reblog"), &json!({})).await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
}

/// A status, the word that only it has, and who may see it.
struct Case {
    visibility: &'static str,
    status: Value,
    /// Whether followers and strangers may.
    followers: bool,
    everybody: bool,
}

async fn sees(client: &Client, case: &Case, author: &User, root: &Value) -> Vec<(&'static str, bool)> {
    let id = &case.status["id"];
    let direct = client.get(&path(&case.status, "")).await;
    assert!(matches!(direct.status.as_u16(), 200 | 404), "{}: {}", case.visibility, direct.text);
    let context = client.get(&path(root, "/context")).await.ok();
    let of_account = client.get(&format!("/api/v1/accounts/{}/statuses?limit=40", author.id)).await.ok();
    let by_id = client.get(&format!("/api/v1/statuses?id[]={}", id.as_str().unwrap())).await.ok();
    let sub = |more: &'static str| async move {
        let answer = client.get(&path(&case.status, more)).await;
        assert!(
            matches!(answer.status.as_u16(), 200 | 404),
            "{more} of {}: {}",
            case.visibility,
            answer.text
        );
        (more, answer.status == StatusCode::OK)
    };
    vec![
        ("GET", direct.status == StatusCode::OK),
        ("the thread", ids(&context["descendants"]).contains(id)),
        // Direct ones stand on nobody's profile but for the author.
        ("the profile", ids(&of_account).contains(id)),
        ("several", ids(&by_id).contains(id)),
        sub("/context").await,
        sub("/favourited_by").await,
        sub("/reblogged_by").await,
        sub("/history").await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_visibility_is_for_whom_it_says() {
    let a = Instance::start().await;
    let (alice, fan, named, stranger) =
        tokio::join!(a.user("alice"), a.user("fan"), a.user("named"), a.user("stranger"));
    fan.follow(&alice.handle).await;
    let root = alice.post("the root").await;
    let mut cases = Vec::new();
    for visibility in ["public", "unlisted", "private", "direct"] {
        let status = alice
            .publish(json!({
                "status": format!("@named word{visibility}"), "visibility": visibility, "in_reply_to_id": root["id"],
            }))
            .await;
        let everybody = matches!(visibility, "public" | "unlisted");
        cases.push(Case { visibility, status, followers: visibility != "direct", everybody });
    }
    for case in &cases {
        for (who, client, may) in [
            ("the author", &alice.client, true),
            ("a follower", &fan.client, case.followers),
            ("the mentioned", &named.client, true),
            ("a stranger", &stranger.client, case.everybody),
            ("nobody", &a.client(), case.everybody),
        ] {
            for (where_, seen) in sees(client, case, &alice, &root).await {
                let may =
                    may && (where_ != "the profile" || case.visibility != "direct" || who == "the author");
                assert_eq!(seen, may, "{who} sees a {} one by {where_}", case.visibility);
            }
        }
        let word = format!("word{}", case.visibility);
        if case.followers {
            fan.sees_at_home(&word).await;
        } else {
            assert!(!fan.has_at_home(&word).await, "{word}");
        }
        assert!(!stranger.has_at_home(&word).await, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_what_one_may_find() {
    let a = Instance::start().await;
    let (alice, fan, named, stranger) =
        tokio::join!(a.user("alice"), a.user("fan"), a.user("named"), a.user("stranger"));
    fan.follow(&alice.handle).await;
    let found = async |client: &Client, word: &str| {
        let answer = client.get(&format!("/api/v2/search?type=statuses&q={word}")).await.ok();
        !answer["statuses"].as_array().unwrap().is_empty()
    };
    for visibility in ["public", "unlisted", "private", "direct"] {
        let word = format!("word{visibility}");
        let status = alice.post_for(visibility, &format!("@named {word}")).await;
        eventually("the author finds it", async || found(&alice.client, &word).await.then_some(())).await;
        assert!(found(&named.client, &word).await, "{visibility}");
        assert!(!found(&stranger.client, &word).await, "{visibility}");
        assert!(!found(&a.client(), &word).await, "{visibility}");
        assert!(!found(&fan.client, &word).await, "{visibility}: not indexable");
        // Nor by its address.
        let open = matches!(visibility, "public" | "unlisted");
        let url = status["url"].as_str().unwrap();
        assert_eq!(stranger.find_status(url).await.is_some(), open, "{visibility}");
        assert_eq!(fan.find_status(url).await.is_some(), visibility != "direct", "{visibility}");
    }
    alice.update(&json!({ "indexable": true })).await;
    assert!(found(&stranger.client, "wordpublic").await);
    for word in ["wordunlisted", "wordprivate", "worddirect"] {
        assert!(!found(&stranger.client, word).await, "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_taken_back_also_out_of_sight() {
    let a = Instance::start().await;
    let (alice, mallory) = tokio::join!(a.user("alice"), a.user("mallory"));
    let status = alice.post("for everybody but one, soon").await;
    for verb in ["favourite", "reblog", "bookmark"] {
        mallory.act_on("statuses", &status, verb).await;
    }
    let account = alice.find(&mallory.handle).await;
    alice.act_on("accounts", &account, "block").await;
    for verb in ["unfavourite", "unreblog", "unbookmark"] {
        let answer = mallory.client.post_json(&path(&status, &format!("/{verb}")), &json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{verb} shows nothing: {}", answer.text);
    }
    let now = alice.status(&status["id"]).await.unwrap();
    assert_eq!((&now["reblogs_count"], &now["favourites_count"]), (&json!(0), &json!(0)));
    assert_eq!(a.database.number("SELECT count(*) FROM bookmarks").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_sees_nothing() {
    let a = Instance::start().await;
    let (alice, mallory) = tokio::join!(a.user("alice"), a.user("mallory"));
    let status = alice.post("for everybody but one").await;
    let account = alice.find(&mallory.handle).await;
    alice.act_on("accounts", &account, "block").await;
    assert!(mallory.status(&status["id"]).await.is_none());
    for (verb, code) in [("favourite", 404), ("reblog", 404), ("bookmark", 404)] {
        let answer = mallory.client.post_json(&path(&status, &format!("/{verb}")), &json!({})).await;
        assert_eq!(answer.status.as_u16(), code, "{verb}: {}", answer.text);
    }
    let reply = json!({ "status": "@alice let me in", "in_reply_to_id": status["id"] });
    let reply = mallory.client.post_json("/api/v1/statuses", &reply).await;
    assert!(reply.status.is_client_error(), "{}", reply.text);
    mallory.post("@alice hello?").await;
    never("alice hears of it", async || !alice.notifications().await.is_empty()).await;
}
