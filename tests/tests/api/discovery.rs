//! The directory, suggestions, trends, and search.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Crowd, Instance, User, eventually};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

fn of(user: &User) -> Value {
    json!({ "id": user.id })
}

async fn be_found(user: &User) {
    user.update(&json!({ "discoverable": true })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_shows_who_wants_to_be_found() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let nobody = a.client();
    assert_eq!(nobody.get("/api/v1/directory").await.ok(), json!([]));
    be_found(&alice).await;
    be_found(&bob).await;
    alice.post("first").await;
    bob.post("second").await;
    let directory = async |query: &str| nobody.get(&format!("/api/v1/directory?{query}")).await.ok();
    assert_eq!(ids(&directory("").await), [&*bob.id, &*alice.id]);
    alice.post("third").await;
    assert_eq!(ids(&directory("order=active").await), [&*alice.id, &*bob.id]);
    let mut by_age = [&*alice.id, &*bob.id];
    by_age.sort_by_key(|id| std::cmp::Reverse(id.parse::<i64>().unwrap()));
    assert_eq!(ids(&directory("order=new&local=true").await), by_age);
    assert_eq!(ids(&directory("order=active&limit=1&offset=1").await), [&*bob.id]);
    assert_eq!(directory("offset=2").await, json!([]));
    carol.act_on("accounts", &of(&bob), "block").await;
    assert_eq!(ids(&carol.client.get("/api/v1/directory").await.ok()), [&*alice.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_have_reasons_and_can_be_dismissed() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    for user in [&carol, &dave] {
        be_found(user).await;
        user.post("Hello").await;
    }
    // Bob, whom Alice follows, follows Carol; nobody follows Dave.
    alice.follow(&bob.handle).await;
    bob.follow(&carol.handle).await;
    let suggested = alice.client.get("/api/v2/suggestions").await.ok();
    assert_eq!(suggested.as_array().unwrap().len(), 1, "{suggested}");
    assert_eq!(suggested[0]["account"]["id"], carol.id.as_str());
    assert_eq!(suggested[0]["sources"], json!(["friends_of_friends", "most_followed"]));
    assert_eq!(ids(&alice.client.get("/api/v1/suggestions").await.ok()), [&*carol.id]);
    // Not what Bob hides.
    bob.update(&json!({ "hide_collections": true })).await;
    let suggested = alice.client.get("/api/v2/suggestions").await.ok();
    assert_eq!(suggested[0]["sources"], json!(["most_followed"]));
    bob.update(&json!({ "hide_collections": false })).await;
    // Not whom one knows already, or does not want to.
    for (verb, undo) in [("follow", "unfollow"), ("mute", "unmute"), ("block", "unblock")] {
        alice.act_on("accounts", &of(&carol), verb).await;
        assert_eq!(alice.client.get("/api/v1/suggestions").await.ok(), json!([]), "{verb}");
        alice.act_on("accounts", &of(&carol), undo).await;
    }
    assert_eq!(ids(&alice.client.get("/api/v1/suggestions").await.ok()), [&*carol.id]);
    let path = format!("/api/v1/suggestions/{}", carol.id);
    assert_eq!(alice.client.delete(&path).await.ok(), json!({}));
    assert_eq!(alice.client.get("/api/v2/suggestions").await.ok(), json!([]));
    assert_eq!(ids(&dave.client.get("/api/v1/suggestions").await.ok()), [&*carol.id]);
    assert_eq!(a.client().get("/api/v2/suggestions").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(a.client().delete(&path).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(alice.client.delete("/api/v1/suggestions/1").await.status, StatusCode::NOT_FOUND);
}

/// Trends are computed when a server starts, and every few minutes then.
async fn compute_trends(a: &mut Instance) {
    a.stop_gracefully().await;
    a.restart().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_several_people_do_at_once_trends() {
    let mut a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let crowd = Crowd::gather(&a, 4).await;
    a.database.execute("UPDATE accounts SET created_at = now() - interval '1 year'").await;
    be_found(&alice).await;
    let good = alice.post("good").await;
    let middling = alice.post("middling").await;
    let sensitive = alice.publish(json!({ "status": "careful", "sensitive": true })).await;
    let hidden = bob.post("bob does not want to be found").await;
    for (n, member) in crowd.members.iter().enumerate() {
        member.post_json("/api/v1/statuses", &json!({ "status": "about #trending" })).await.ok();
        for status in [&good, &sensitive, &hidden] {
            let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
            member.post_json(&format!("{path}/reblog"), &json!({})).await.ok();
        }
        let path = format!("/api/v1/statuses/{}/favourite", middling["id"].as_str().unwrap());
        member.post_json(&path, &json!({})).await.ok();
        if n < 2 {
            member.post_json("/api/v1/statuses", &json!({ "status": "about #toofew" })).await.ok();
        }
    }
    for _ in 0..5 {
        alice.post("alone about #loud").await;
    }
    compute_trends(&mut a).await;
    let nobody = a.client();
    let tags = eventually("a tag trends", async || {
        let tags = nobody.get("/api/v1/trends/tags").await.ok();
        (tags != json!([])).then_some(tags)
    })
    .await;
    assert_eq!(tags.as_array().unwrap().len(), 1, "{tags}");
    assert_eq!((&tags[0]["name"], &tags[0]["history"][0]["accounts"]), (&json!("trending"), &json!("4")));
    assert_eq!(nobody.get("/api/v1/trends").await.ok(), tags);
    assert_eq!(nobody.get("/api/v1/trends/tags?offset=1").await.ok(), json!([]));
    let trending = async |client: &tests::Client, query: &str| {
        client.get(&format!("/api/v1/trends/statuses?{query}")).await.ok()
    };
    let statuses = trending(&nobody, "").await;
    assert_eq!(ids(&statuses), [good["id"].as_str().unwrap(), middling["id"].as_str().unwrap()]);
    assert_eq!(ids(&trending(&nobody, "limit=1&offset=1").await), [middling["id"].as_str().unwrap()]);
    assert_eq!(nobody.get("/api/v1/trends/links").await.ok(), json!([]));
    // What changes after the calculation counts at once.
    bob.act_on("accounts", &of(&alice), "block").await;
    assert_eq!(trending(&bob.client, "").await, json!([]));
    alice.delete(&good).await;
    assert_eq!(ids(&trending(&nobody, "").await), [middling["id"].as_str().unwrap()]);
    alice.update(&json!({ "discoverable": false })).await;
    assert_eq!(trending(&nobody, "").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn young_accounts_alone_make_no_trend() {
    let mut a = Instance::start().await;
    let alice = a.user("alice").await;
    be_found(&alice).await;
    let status = alice.post("boost me").await;
    let crowd = Crowd::gather(&a, 5).await;
    a.database
        .execute("UPDATE accounts SET created_at = now() - interval '1 year' WHERE username = 'alice'")
        .await;
    for member in &crowd.members {
        member.post_json("/api/v1/statuses", &json!({ "status": "about #staged" })).await.ok();
        let path = format!("/api/v1/statuses/{}/reblog", status["id"].as_str().unwrap());
        member.post_json(&path, &json!({})).await.ok();
    }
    let before = a.database.number("SELECT count(*) FROM jobs WHERE kind = 'trends'").await;
    compute_trends(&mut a).await;
    eventually("it was computed", async || {
        (a.database.number("SELECT count(*) FROM jobs WHERE kind = 'trends'").await == before).then_some(())
    })
    .await;
    assert_eq!(a.client().get("/api/v1/trends/tags").await.ok(), json!([]));
    assert_eq!(a.client().get("/api/v1/trends/statuses").await.ok(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn search_is_narrowed() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    bob.update(&json!({ "indexable": true })).await;
    let mine = alice.post("a walrus of mine").await;
    let theirs = bob.post("a walrus of theirs").await;
    let later = bob.post("another walrus").await;
    let id = |status: &Value| status["id"].as_str().unwrap().to_owned();
    let search = async |query: &str| {
        let found = alice.client.get(&format!("/api/v2/search?type=statuses&{query}")).await.ok();
        ids(&found["statuses"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(search("q=walrus").await, [id(&later), id(&theirs), id(&mine)]);
    assert_eq!(search("q=walrus&limit=1&offset=1").await, [id(&theirs)]);
    assert_eq!(search(&format!("q=walrus&max_id={}", id(&later))).await, [id(&theirs), id(&mine)]);
    assert_eq!(search(&format!("q=walrus&min_id={}", id(&theirs))).await, [id(&later)]);
    assert_eq!(search(&format!("q=walrus&account_id={}", bob.id)).await, [id(&later), id(&theirs)]);
    assert_eq!(search("q=walrus+from:me").await, [id(&mine)]);
    assert_eq!(search("q=from:me").await, [id(&mine)]);
    assert_eq!(search("q=walrus+from:bob").await, [id(&later), id(&theirs)]);
    assert_eq!(search("q=walrus+from:nobody").await, Vec::<String>::new());
    assert_eq!(search("q=walrus+has:media").await, Vec::<String>::new());
    // Privacy comes last: who does not agree to be found is not, and nobody finds what is not for them.
    bob.update(&json!({ "indexable": false })).await;
    assert_eq!(search("q=walrus").await, [id(&mine)]);
    alice.favourite(&theirs).await;
    assert_eq!(search("q=walrus").await, [id(&theirs), id(&mine)]);
    bob.post_for("private", "a secret walrus").await;
    assert_eq!(search("q=walrus").await.len(), 2);
    // The exact name stands first, whoever is followed more.
    let alicia = a.user("alicia").await;
    bob.follow(&alicia.handle).await;
    let found = bob.client.get("/api/v2/search?type=accounts&q=alice").await.ok();
    assert_eq!(found["accounts"][0]["id"], alice.id.as_str());
    let found = bob.client.get("/api/v2/search?type=accounts&q=ali&following=true").await.ok();
    assert_eq!(ids(&found["accounts"]), [&*alicia.id]);
    assert_eq!(found["hashtags"], json!([]));
}
