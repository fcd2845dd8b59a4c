//! Quotes: making them, who may, what each viewer sees of them, and taking them back.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Client, Instance, User, eventually, never};

use crate::command_line::text;
use crate::streaming::listener::Listener;

async fn ask(user: &User, quoted: &Value, more: Value) -> Answer {
    let mut form = json!({ "status": "Look at this", "quoted_status_id": quoted["id"] });
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user.client.post_json("/api/v1/statuses", &form).await
}

async fn quote(user: &User, quoted: &Value) -> Value {
    ask(user, quoted, json!({})).await.ok()
}

fn quotes_path(quoted: &Value) -> String {
    format!("/api/v1/statuses/{}/quotes", quoted["id"].as_str().unwrap())
}

async fn revoke(user: &User, quoted: &Value, quoting: &Value) -> Answer {
    let path = format!("{}/{}/revoke", quotes_path(quoted), quoting["id"].as_str().unwrap());
    user.client.post_json(&path, &json!({})).await
}

async fn put(user: &User, path: &str, body: &Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, path).json(body)).await
}

async fn set_policy(user: &User, status: &Value, word: &str) -> Answer {
    let path = format!("/api/v1/statuses/{}/interaction_policy", status["id"].as_str().unwrap());
    put(user, &path, &json!({ "quote_approval_policy": word })).await
}

/// The quote in a status as this client sees it.
async fn seen(client: &Client, quoting: &Value) -> Value {
    client.get(&format!("/api/v1/statuses/{}", quoting["id"].as_str().unwrap())).await.ok()["quote"].clone()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|status| status["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_shows_what_it_quotes_and_its_author_is_told() {
    let a = Instance::start().await;
    let (alice, bob, carol) = (a.user("alice").await, a.user("bob").await, a.user("carol").await);
    let original = alice.post("The original").await;
    let approval = &original["quote_approval"];
    assert_eq!(approval, &json!({ "automatic": ["public"], "manual": [], "current_user": "automatic" }));
    let quoting = quote(&bob, &original).await;
    assert_eq!(quoting["quote"]["state"], "accepted");
    assert_eq!(quoting["quote"]["quoted_status"]["id"], original["id"]);
    assert_eq!(quoting["quote"]["quoted_status"]["quote"], Value::Null);
    let content = quoting["content"].as_str().unwrap();
    let link = format!("<p class=\"quote-inline\">RE: <a href=\"{}\"", original["url"].as_str().unwrap());
    assert!(content.starts_with(&link) && content.ends_with("<p>Look at this</p>"), "{content}");
    let source = format!("/api/v1/statuses/{}/source", quoting["id"].as_str().unwrap());
    assert_eq!(bob.client.get(&source).await.ok()["text"], "Look at this");
    let told = alice.is_notified("quote", "bob").await;
    assert_eq!(told["status"]["id"], quoting["id"]);
    crate::entities::check("Quote", &quoting["quote"]);

    // A quote in what is quoted is a line.
    let outer = quote(&carol, &quoting).await;
    let inner = &outer["quote"]["quoted_status"]["quote"];
    assert_eq!(inner, &json!({ "state": "accepted", "quoted_status_id": original["id"] }));
    crate::entities::check("ShallowQuote", inner);
    let reblog = alice.reblog(&outer).await;
    assert_eq!(reblog["reblog"]["quote"]["quoted_status"]["id"], quoting["id"]);
    assert_eq!(seen(&a.client(), &quoting).await["quoted_status"]["id"], original["id"]);

    // One that is named is not named again; the own one, and a reblog of one, can be quoted, too.
    let named = json!({ "status": format!("See {}", original["url"].as_str().unwrap()) });
    let named = ask(&carol, &original, named).await.ok();
    assert!(!named["content"].as_str().unwrap().contains("quote-inline"), "{named}");
    let own = quote(&alice, &original).await;
    assert_eq!(own["quote"]["state"], "accepted");
    let shared = bob.reblog(&original).await;
    let again = quote(&bob, &shared).await;
    assert_eq!(again["quote"]["quoted_status"]["id"], original["id"]);
    let wordless = ask(&bob, &original, json!({ "status": "" })).await.ok();
    assert_eq!(wordless["quote"]["state"], "accepted");

    let read = alice.status(&original["id"]).await.unwrap();
    assert_eq!(read["quotes_count"], 5);
    let path = quotes_path(&original);
    let all = [&wordless, &again, &own, &named, &quoting];
    let all: Vec<&str> = all.iter().map(|status| status["id"].as_str().unwrap()).collect();
    let page = carol.client.get(&format!("{path}?limit=2")).await;
    assert_eq!(ids(&page.json()), all[..2]);
    let link = page.headers["link"].to_str().unwrap();
    assert!(link.contains(&format!("{path}?limit=2&max_id={}", all[1])), "{link}");
    let rest = carol.client.get(&format!("{path}?max_id={}", all[1])).await.ok();
    assert_eq!(ids(&rest), all[2..]);
    assert_eq!(rest[0]["quote"]["quoted_status"]["id"], original["id"]);
    assert_eq!(a.client().get(&path).await.status, StatusCode::UNAUTHORIZED);

    // An edit keeps it, and so does the history.
    let edited = bob.edit(&quoting, "Look again").await;
    assert_eq!(edited["quote"]["quoted_status"]["id"], original["id"]);
    assert!(edited["content"].as_str().unwrap().contains("quote-inline"));
    let history = format!("/api/v1/statuses/{}/history", quoting["id"].as_str().unwrap());
    for version in bob.client.get(&history).await.ok().as_array().unwrap() {
        assert_eq!(version["quote"]["quoted_status"]["id"], original["id"]);
    }
    alice.edit(&original, "The original, improved").await;
    let told = bob.is_notified("quoted_update", "alice").await;
    assert!(all.contains(&told["status"]["id"].as_str().unwrap()), "the quote, not what is quoted: {told}");
    assert!(alice.notifications().await.iter().all(|news| news["type"] != "quoted_update"));

    bob.delete(&wordless).await;
    assert_eq!(alice.status(&original["id"]).await.unwrap()["quotes_count"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_author_says_who_may_quote() {
    let a = Instance::start().await;
    let (alice, bob, carol) = (a.user("alice").await, a.user("bob").await, a.user("carol").await);
    bob.follow("alice").await;
    let post = async |more: Value| {
        let mut form = json!({ "status": "Mine" });
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        alice.publish(form).await
    };
    let public = post(json!({})).await;
    let followers = post(json!({ "quote_approval_policy": "followers" })).await;
    let nobody = post(json!({ "quote_approval_policy": "nobody" })).await;
    let private = post(json!({ "visibility": "private", "quote_approval_policy": "public" })).await;
    let direct = post(json!({ "visibility": "direct", "status": "@bob @carol a word" })).await;
    assert_eq!(private["quote_approval"]["automatic"], json!([]), "what is private is quoted by nobody");
    for (status, words, [by_alice, by_bob, by_carol]) in [
        (&public, json!(["public"]), ["automatic", "automatic", "automatic"]),
        (&followers, json!(["followers"]), ["automatic", "automatic", "denied"]),
        (&nobody, json!([]), ["automatic", "denied", "denied"]),
        (&private, json!([]), ["automatic", "denied", ""]),
        (&direct, json!([]), ["denied", "denied", "denied"]),
    ] {
        for (user, expected) in [(&alice, by_alice), (&bob, by_bob), (&carol, by_carol)] {
            let answer = ask(user, status, json!({ "visibility": "unlisted" })).await;
            let what = format!("{} quotes {words}", user.name);
            match expected {
                "automatic" => assert_eq!(answer.ok()["quote"]["state"], "accepted", "{what}"),
                _ => assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what}: {}", answer.text),
            }
            if let Some(read) = user.status(&status["id"]).await {
                let approval = json!({ "automatic": words, "manual": [], "current_user": expected });
                assert_eq!(read["quote_approval"], approval, "{what}");
            } else {
                assert_eq!(expected, "", "{what}");
            }
        }
    }
    let anonymous = a.client().get(&format!("/api/v1/statuses/{}", public["id"].as_str().unwrap())).await;
    assert_eq!(anonymous.ok()["quote_approval"]["current_user"], "denied");

    // It can be changed later, which changes nothing that is there.
    let earlier = quote(&carol, &public).await;
    let changed = set_policy(&alice, &public, "nobody").await.ok();
    assert_eq!(changed["quote_approval"]["automatic"], json!([]));
    assert_eq!(changed["edited_at"], Value::Null);
    assert_eq!(ask(&carol, &public, json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(seen(&carol.client, &earlier).await["state"], "accepted");
    let path = format!("/api/v1/statuses/{}", public["id"].as_str().unwrap());
    let edit = json!({ "status": "Mine", "quote_approval_policy": "followers" });
    let edited = put(&alice, &path, &edit).await.ok();
    assert_eq!(edited["quote_approval"]["automatic"], json!(["followers"]));
    let edited = put(&alice, &path, &json!({ "status": "Still mine" })).await.ok();
    assert_eq!(edited["quote_approval"]["automatic"], json!(["followers"]), "nothing is said of it");
    assert_eq!(set_policy(&alice, &private, "public").await.ok()["quote_approval"]["automatic"], json!([]));
    assert_eq!(set_policy(&bob, &public, "public").await.status, StatusCode::NOT_FOUND);
    assert_eq!(set_policy(&alice, &public, "friends").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let odd = json!({ "status": "x", "quote_approval_policy": "all" });
    let odd = alice.client.post_json("/api/v1/statuses", &odd).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);

    // The setting counts where nothing is said.
    alice.update(&json!({ "source": { "quote_policy": "nobody" } })).await;
    assert_eq!(post(json!({})).await["quote_approval"]["automatic"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_quoted_is_refused() {
    let a = Instance::start().await;
    let (alice, bob, carol) = (a.user("alice").await, a.user("bob").await, a.user("carol").await);
    let original = alice.post("The original").await;
    let gone = alice.post("Gone").await;
    alice.delete(&gone).await;
    for id in [&gone["id"], &json!("1")] {
        let answer = ask(&bob, &json!({ "id": id }), json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text);
        assert_eq!(answer.json()["error"], "Record not found");
    }
    let poll = json!({ "options": ["yes", "no"], "expires_in": 300 });
    let refused = async |user: &User, more: Value, error: &str| {
        let answer = ask(user, &original, more).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        assert_eq!(answer.json()["error"], format!("Validation failed: {error}"));
    };
    refused(&bob, json!({ "poll": poll }), "A quote post cannot have media or a poll").await;
    let unmentioned = "Cannot quote a non-mentioned user in a Private Mention post.";
    refused(&bob, json!({ "visibility": "direct", "status": "@carol look" }), unmentioned).await;
    let direct = json!({ "visibility": "direct", "status": "@alice look" });
    assert_eq!(ask(&bob, &original, direct).await.ok()["quote"]["state"], "accepted");

    // Neither blocks the other.
    let (alices, bobs) = (carol.find("alice").await, alice.find("bob").await);
    carol.act_on("accounts", &alices, "block").await;
    alice.act_on("accounts", &bobs, "block").await;
    for user in [&bob, &carol] {
        let answer = ask(user, &original, json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}: {}", user.name, answer.text);
    }

    // What is for followers only stays so.
    let private = alice.post_for("private", "For followers").await;
    for (wanted, made) in [("public", "private"), ("unlisted", "private"), ("direct", "direct")] {
        let quoting = ask(&alice, &private, json!({ "visibility": wanted })).await.ok();
        assert_eq!(quoting["visibility"], made, "{wanted}");
    }
    let reader = text(&a.run(&["token", "create", "alice", "--scopes", "read"]).await).0;
    let form = json!({ "status": "x", "quoted_status_id": original["id"] });
    let answer = a.client().with_token(&reader).post_json("/api/v1/statuses", &form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    // What stays here is not quoted elsewhere.
    let here = alice.publish(json!({ "status": "For us", "local_only": true })).await;
    assert_eq!(quote(&alice, &here).await["local_only"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_author_takes_consent_back() {
    let a = Instance::start().await;
    let (alice, bob, carol) = (a.user("alice").await, a.user("bob").await, a.user("carol").await);
    carol.follow("bob").await;
    let (original, other) = (alice.post("The original").await, alice.post("Another").await);
    let quoting = quote(&bob, &original).await;
    alice.is_notified("quote", "bob").await;
    carol.sees_at_home("Look at this").await;
    let mut listener = Listener::to(&a, &carol, &[json!({ "stream": "user" })]).await;
    for (user, quoted, code) in [
        (&bob, &original, StatusCode::FORBIDDEN),
        (&carol, &original, StatusCode::FORBIDDEN),
        (&alice, &other, StatusCode::NOT_FOUND),
        (&alice, &json!({ "id": "1" }), StatusCode::NOT_FOUND),
    ] {
        let answer = revoke(user, quoted, &quoting).await;
        assert_eq!(answer.status, code, "{}: {}", user.name, answer.text);
    }
    assert_eq!(seen(&carol.client, &quoting).await["state"], "accepted");
    let revoked = revoke(&alice, &original, &quoting).await.ok();
    assert_eq!(revoked["quote"], json!({ "state": "revoked", "quoted_status": null }));
    for client in [&alice.client, &bob.client, &carol.client, &a.client()] {
        assert_eq!(seen(client, &quoting).await, revoked["quote"]);
    }
    let told = listener.until("status.update").await;
    assert_eq!(told.last().unwrap().1["quote"], revoked["quote"]);
    assert_eq!(alice.status(&original["id"]).await.unwrap()["quotes_count"], 0);
    assert_eq!(alice.client.get(&quotes_path(&original)).await.ok(), json!([]));
    assert!(alice.notifications().await.iter().all(|news| news["type"] != "quote"));
    assert_eq!(revoke(&alice, &original, &quoting).await.ok()["quote"]["state"], "revoked", "once is enough");
    alice.edit(&original, "Improved").await;
    never("who quotes no more is told", async || {
        bob.notifications().await.iter().any(|news| news["type"] == "quoted_update")
    })
    .await;
    let nobody = a.client().post_json(&format!("{}/1/revoke", quotes_path(&original)), &json!({})).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_they_may_of_a_quote() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave, eve) = (
        a.user("alice").await,
        a.user("bob").await,
        a.user("carol").await,
        a.user("dave").await,
        a.user("eve").await,
    );
    let original = alice.post("The original").await;
    let quoting = quote(&bob, &original).await;
    let on = async |user: &User, of: &str, verb: &str| {
        let account = user.find(of).await;
        user.act_on("accounts", &account, verb).await;
    };
    on(&carol, "alice", "block").await;
    on(&dave, "alice", "mute").await;
    let evil = alice.find("eve").await;
    alice.act_on("accounts", &evil, "block").await;
    for (user, state, has_status) in [
        (&alice, "accepted", true),
        (&bob, "accepted", true),
        (&carol, "blocked_account", true),
        (&dave, "muted_account", true),
        (&eve, "unauthorized", false),
    ] {
        let seen = seen(&user.client, &quoting).await;
        assert_eq!(
            (&seen["state"], seen["quoted_status"].is_object()),
            (&json!(state), has_status),
            "{}",
            user.name
        );
        assert_eq!(seen.to_string().contains("The original"), has_status);
    }

    // A stream shows each what the API does.
    for user in [&carol, &dave, &eve] {
        user.follow("bob").await;
        assert!(user.home().await.len() <= 2);
    }
    let mut listeners = Vec::new();
    for user in [&carol, &dave, &eve] {
        listeners.push(Listener::to(&a, user, &[json!({ "stream": "user" })]).await);
    }
    let second = quote(&bob, &original).await;
    for (listener, state) in listeners.iter_mut().zip(["blocked_account", "muted_account", "unauthorized"]) {
        let told = listener.until("update").await;
        let told = &told.last().unwrap().1;
        assert_eq!((&told["id"], &told["quote"]["state"]), (&second["id"], &json!(state)));
        assert_eq!(told.to_string().contains("The original"), state != "unauthorized");
    }

    // Who is let in by a mention is let into nothing else.
    let private = alice.post_for("private", "For followers alone").await;
    let mixed = json!({ "visibility": "private", "status": "@dave look" });
    let mixed = ask(&alice, &private, mixed).await.ok();
    let told = dave.status(&mixed["id"]).await.unwrap();
    assert_eq!(told["quote"], json!({ "state": "unauthorized", "quoted_status": null }));
    assert!(!told.to_string().contains("For followers alone"));
    let outer = alice
        .publish(
            json!({ "status": "@dave deeper", "visibility": "private", "quoted_status_id": mixed["id"] }),
        )
        .await;
    let deeper = seen(&dave.client, &outer).await;
    let nothing = json!({ "state": "unauthorized", "quoted_status_id": null });
    assert_eq!(deeper["quoted_status"]["quote"], nothing);

    // Deleted: the answer to a deletion has what was quoted, whatever became of it.
    alice.delete(&original).await;
    let deleted = json!({ "state": "deleted", "quoted_status": null });
    for client in [&bob.client, &a.client()] {
        assert_eq!(seen(client, &quoting).await, deleted);
    }
    let kept = dave.post("Kept").await;
    let refused = quote(&bob, &kept).await;
    revoke(&dave, &kept, &refused).await.ok();
    let answer = bob.delete(&refused).await;
    assert_eq!(
        (&answer["quote"]["state"], &answer["quote"]["quoted_status"]["id"]),
        (&json!("revoked"), &kept["id"])
    );
    assert_eq!(answer["text"], "Look at this");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_and_scheduled_statuses_quote_too() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let original = alice.post("The original").await;
    let at = (chrono::Utc::now() + chrono::Duration::hours(1)).to_rfc3339();
    let more = json!({ "scheduled_at": at, "quote_approval_policy": "nobody" });
    let waiting = ask(&bob, &original, more).await.ok();
    let params = &waiting["params"];
    assert_eq!(params["quoted_status_id"].to_string(), original["id"].as_str().unwrap());
    assert_eq!(params["quote_approval_policy"], "nobody");
    let gone = ask(&bob, &json!({ "id": "1" }), json!({ "scheduled_at": at })).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    a.database.execute("UPDATE drafts SET scheduled_at = now()").await;
    a.retry_now().await;
    let published = eventually("it is published", async || {
        bob.home().await.into_iter().find(|status| status["quote"]["state"] == "accepted")
    })
    .await;
    assert_eq!(published["quote"]["quoted_status"]["id"], original["id"]);
    assert_eq!(published["quote_approval"]["automatic"], json!([]));

    // The page shows it, as far as everybody may see it.
    let path = |status: &Value| status["url"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    let page = a.client().get(&path(&published)).await.text;
    assert!(page.contains("class=\"quote\"") && page.contains("The original"), "{page}");
    revoke(&alice, &original, &published).await.ok();
    let page = a.client().get(&path(&published)).await.text;
    assert!(!page.contains("class=\"quote\"") && !page.contains("The original"), "{page}");
}
