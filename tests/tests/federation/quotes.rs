//! Quotes between servers: asked for, approved, refused, taken back, and forged.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, Remote, RemoteActor, User, eventually, never};

async fn quote(user: &User, quoted: &Value, text: &str) -> Value {
    user.publish(json!({ "status": text, "quoted_status_id": quoted["id"] })).await
}

/// Waits until a quote stands so for somebody.
async fn becomes(user: &User, quoting: &Value, state: &str) -> Value {
    eventually(&format!("{} sees the quote {state}", user.handle), async || {
        let quote = user.status(&quoting["id"]).await?["quote"].clone();
        (quote["state"] == state).then_some(quote)
    })
    .await
}

async fn document(client: &tests::Client, url: &str) -> tests::Answer {
    let url: url::Url = url.parse().unwrap();
    let request = client.request(Method::GET, &url[url::Position::BeforePath..]);
    client.send(request.header("accept", "application/activity+json")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_is_asked_for_approved_and_revoked() {
    let [a, b, c] = Instance::start_many().await;
    let (alice, bob, dave) = tokio::join!(a.user("alice"), b.user("bob"), c.user("dave"));
    dave.follow(&bob.handle).await;
    let original = alice.post("The original").await;
    let found = bob.find_status(original["uri"].as_str().unwrap()).await.unwrap();
    let approval = &found["quote_approval"];
    assert_eq!(approval, &json!({ "automatic": ["public"], "manual": [], "current_user": "automatic" }));
    let quoting = quote(&bob, &found, "Look there").await;
    assert!(["pending", "accepted"].contains(&quoting["quote"]["state"].as_str().unwrap()), "{quoting}");

    // Approved: at the quoter's, at the author's, and at a server that has to do with neither.
    let accepted = becomes(&bob, &quoting, "accepted").await;
    assert_eq!(accepted["quoted_status"]["id"], found["id"]);
    let told = alice.is_notified("quote", "bob").await;
    assert_eq!(told["status"]["quote"]["quoted_status"]["id"], original["id"]);
    let arrived = dave.sees_at_home("Look there").await;
    let there = becomes(&dave, &arrived, "accepted").await;
    assert_eq!(there["quoted_status"]["uri"], original["uri"]);
    for (user, status) in [(&alice, &original), (&bob, &found), (&dave, &there["quoted_status"])] {
        assert_eq!(user.status(&status["id"]).await.unwrap()["quotes_count"], 1, "{}", user.handle);
    }
    let note = document(&b.client(), quoting["uri"].as_str().unwrap()).await.ok();
    for name in ["quote", "quoteUrl", "quoteUri", "_misskey_quote"] {
        assert_eq!(note[name], original["uri"], "{name}");
    }
    assert!(note["content"].as_str().unwrap().contains("quote-inline"));
    let stamp = note["quoteAuthorization"].as_str().unwrap();
    assert!(stamp.starts_with(&a.url), "{stamp}");
    let approval = document(&a.client(), stamp).await.ok();
    assert_eq!((&approval["id"], &approval["type"]), (&json!(stamp), &json!("QuoteAuthorization")));
    let ends = (&approval["attributedTo"], &approval["interactingObject"], &approval["interactionTarget"]);
    let author = original["account"]["uri"].clone();
    assert_eq!(ends, (&author, &quoting["uri"], &original["uri"]));
    for other in [stamp.replace("/alice/", "/bob/"), format!("{stamp}1"), stamp.replace(char::is_numeric, "")]
    {
        assert!(document(&a.client(), &other).await.status.is_client_error(), "{other}");
    }

    // An edit of what is quoted is told, wherever it was quoted.
    alice.edit(&original, "The original, improved").await;
    let told = bob.is_notified("quoted_update", "alice").await;
    assert_eq!(told["status"]["id"], quoting["id"]);

    // Taken back, everywhere.
    let path = format!(
        "/api/v1/statuses/{}/quotes/{}/revoke",
        original["id"].as_str().unwrap(),
        alice.find_status(quoting["uri"].as_str().unwrap()).await.unwrap()["id"].as_str().unwrap()
    );
    assert_eq!(alice.client.post_json(&path, &json!({})).await.ok()["quote"]["state"], "revoked");
    for (user, status) in [(&bob, &quoting), (&dave, &arrived)] {
        let revoked = becomes(user, status, "revoked").await;
        assert_eq!(revoked["quoted_status"], Value::Null);
    }
    assert_eq!(document(&a.client(), stamp).await.status, StatusCode::NOT_FOUND);
    let note = document(&b.client(), quoting["uri"].as_str().unwrap()).await.ok();
    assert!(note.get("quoteAuthorization").is_none() && note.get("quoteUrl").is_none(), "{note}");
    assert_eq!(bob.status(&found["id"]).await.unwrap()["quotes_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_travels_and_a_refusal_comes_back() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    let form = json!({ "status": "For followers to quote", "quote_approval_policy": "followers" });
    let original = alice.publish(form).await;
    let found = bob.sees_at_home("For followers to quote").await;
    let approval = &found["quote_approval"];
    assert_eq!(approval, &json!({ "automatic": ["followers"], "manual": [], "current_user": "automatic" }));
    let carol = b.user("carol").await;
    let seen = carol.status(&found["id"]).await.unwrap();
    assert_eq!(seen["quote_approval"]["current_user"], "denied");
    let form = json!({ "status": "x", "quoted_status_id": found["id"] });
    assert_eq!(carol.client.post_json("/api/v1/statuses", &form).await.status, StatusCode::NOT_FOUND);

    // The other server knows better than we do.
    a.database.execute("UPDATE statuses SET quote_policy = 0").await;
    let quoting = quote(&bob, &found, "Too late").await;
    let rejected = becomes(&bob, &quoting, "rejected").await;
    assert_eq!(rejected["quoted_status"], Value::Null);
    assert!(alice.notifications().await.iter().all(|news| news["type"] != "quote"));
    assert_eq!(alice.status(&original["id"]).await.unwrap()["quotes_count"], 0);

    let path = format!("/api/v1/statuses/{}/interaction_policy", original["id"].as_str().unwrap());
    let request =
        alice.client.request(Method::PUT, &path).json(&json!({ "quote_approval_policy": "public" }));
    alice.client.send(request).await.ok();
    eventually("the policy arrives", async || {
        let approval = carol.status(&found["id"]).await?["quote_approval"].clone();
        (approval["current_user"] == "automatic").then_some(())
    })
    .await;
    let quoting = quote(&carol, &found, "In time").await;
    becomes(&carol, &quoting, "accepted").await;

    // A block is a refusal.
    let blocked = alice.find(&bob.handle).await;
    alice.act_on("accounts", &blocked, "block").await;
    let form = json!({ "status": "Blocked", "quoted_status_id": found["id"] });
    let answer = bob.client.post_json("/api/v1/statuses", &form).await;
    if answer.status.is_success() {
        never("a blocked one is approved", async || {
            bob.status(&answer.json()["id"]).await.unwrap()["quote"]["state"] == "accepted"
        })
        .await;
    }
}

/// Two servers that behave as they like, one instance, and a note of the victim's that Alice sees.
struct Scene {
    a: Instance,
    alice: User,
    actor: Value,
    remote: Remote,
    elsewhere: Remote,
    victim: RemoteActor,
    mallory: RemoteActor,
    note: Value,
}

impl Scene {
    async fn set() -> Self {
        let (a, remote, elsewhere) = (Instance::start().await, Remote::start(), Remote::start());
        let alice = a.user("alice").await;
        let (victim, mallory) = (remote.actor("victim"), elsewhere.actor("mallory"));
        let actor = victim.look_up(&alice.handle).await;
        let mut note = victim.note("The truth", &[actor["id"].as_str().unwrap()]);
        let everybody = json!({ "automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"] });
        note["interactionPolicy"] = json!({ "canQuote": everybody });
        remote.serve(&note);
        let scene = Self { a, alice, actor, remote, elsewhere, victim, mallory, note };
        scene.send(&scene.victim, &scene.victim.create(&scene.note)).await;
        scene
    }

    async fn send(&self, sender: &RemoteActor, activity: &Value) {
        let answer = sender.send(self.actor["inbox"].as_str().unwrap(), activity).await;
        assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text);
        eventually("nothing waits", async || {
            (self.a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
        })
        .await;
    }

    /// A note of mallory's that mentions Alice and quotes something.
    fn quoting(&self, name: &str, quoted: &Value) -> Value {
        let mut note = self.mallory.note("Look", &[self.actor["id"].as_str().unwrap()]);
        note[name] = quoted.clone();
        self.elsewhere.serve(&note);
        note
    }

    /// The approval of a quote, as the victim would give it.
    fn stamp(&self, path: &str, quoting: &Value) -> Value {
        json!({
            "id": format!("{}/stamps/{path}", self.victim.uri), "type": "QuoteAuthorization",
            "attributedTo": self.victim.uri, "interactingObject": quoting["id"],
            "interactionTarget": self.note["id"],
        })
    }

    async fn state(&self, note: &Value) -> String {
        let found = self.alice.find_status(note["id"].as_str().unwrap()).await.unwrap();
        found["quote"]["state"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_approval_of_its_author_for_this_quote_counts() {
    let scene = Scene::set().await;
    let (note, victim, mallory) = (&scene.note["id"], &scene.victim, &scene.mallory);
    // Without one, by any name.
    for name in ["quote", "quoteUrl", "quoteUri", "_misskey_quote"] {
        let quoting = scene.quoting(name, note);
        scene.send(mallory, &mallory.create(&quoting)).await;
        assert_eq!(scene.state(&quoting).await, "pending", "{name}");
    }
    // On the quoter's host, in the quoted one's name.
    let mut quoting = scene.quoting("quote", note);
    let mut stamp = scene.stamp("forged", &quoting);
    stamp["id"] = json!(format!("{}/stamps/forged", mallory.uri));
    scene.elsewhere.serve(&stamp);
    quoting["quoteAuthorization"] = stamp["id"].clone();
    scene.send(mallory, &mallory.create(&quoting)).await;
    assert_eq!(scene.state(&quoting).await, "pending", "forged");
    // Of another quote, of another target, by another author, under another id, and not there at all.
    for (what, change) in [
        ("other", json!({ "interactingObject": format!("{}/notes/other", mallory.uri) })),
        ("target", json!({ "interactionTarget": format!("{}/notes/other", victim.uri) })),
        ("author", json!({ "attributedTo": mallory.uri })),
        ("type", json!({ "type": "Note" })),
        ("absent", json!(null)),
    ] {
        let mut quoting = scene.quoting("quote", note);
        let mut stamp = scene.stamp(what, &quoting);
        if let Some(change) = change.as_object() {
            stamp.as_object_mut().unwrap().extend(change.clone());
            scene.remote.serve(&stamp);
        }
        quoting["quoteAuthorization"] = stamp["id"].clone();
        scene.send(mallory, &mallory.create(&quoting)).await;
        assert_eq!(scene.state(&quoting).await, "pending", "{what}");
    }
    // A good one; also when it comes later, without an edit.
    let mut quoting = scene.quoting("quote", note);
    scene.send(mallory, &mallory.create(&quoting)).await;
    assert_eq!(scene.state(&quoting).await, "pending");
    let stamp = scene.stamp("good", &quoting);
    scene.remote.serve(&stamp);
    quoting["quoteAuthorization"] = stamp["id"].clone();
    scene.send(mallory, &mallory.does("Update", quoting.clone())).await;
    assert_eq!(scene.state(&quoting).await, "accepted");
    let known = scene.alice.find_status(note.as_str().unwrap()).await.unwrap();
    assert_eq!(known["quotes_count"], 1);

    // Nobody else takes it back.
    scene
        .send(mallory, &mallory.does("Delete", json!({ "id": stamp["id"], "type": "QuoteAuthorization" })))
        .await;
    let neighbour = scene.remote.actor("neighbour");
    scene.send(&neighbour, &neighbour.does("Delete", stamp["id"].clone())).await;
    assert_eq!(scene.state(&quoting).await, "accepted");
    scene.send(victim, &victim.does("Delete", stamp.clone())).await;
    assert_eq!(scene.state(&quoting).await, "revoked");
    // And what was taken back does not come again.
    scene.send(mallory, &mallory.does("Update", quoting.clone())).await;
    assert_ne!(scene.state(&quoting).await, "accepted");

    // Oneself needs nobody's leave.
    let mut own = scene.victim.note("As I said", &[scene.actor["id"].as_str().unwrap()]);
    own["quoteUrl"] = note.clone();
    scene.send(victim, &victim.create(&own)).await;
    assert_eq!(scene.state(&own).await, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_author_of_what_is_quoted_answers_us() {
    let scene = Scene::set().await;
    let (victim, mallory) = (&scene.victim, &scene.mallory);
    let known = scene.alice.find_status(scene.note["id"].as_str().unwrap()).await.unwrap();
    let quoting = quote(&scene.alice, &known, "What do you say?").await;
    assert_eq!(quoting["quote"], json!({ "state": "pending", "quoted_status": null }));
    let sent = scene.remote.receives("QuoteRequest", 1).await.remove(0);
    assert_eq!(sent.inbox, format!("{}/inbox", victim.uri));
    let request = &sent.activity;
    assert_eq!((&request["object"], &request["actor"]), (&scene.note["id"], &scene.actor["id"]));
    assert_eq!(request["instrument"]["id"], quoting["uri"]);
    assert_eq!(request["instrument"]["quote"], scene.note["id"]);

    let mut stamp = scene.stamp("yes", &json!({ "id": quoting["uri"] }));
    scene.remote.serve(&stamp);
    let accept = |by: &RemoteActor, object: Value, result: &Value| {
        let mut accept = by.does("Accept", object);
        accept["result"] = result.clone();
        accept
    };
    let bare = json!({
        "type": "QuoteRequest", "actor": request["actor"], "object": scene.note["id"], "instrument": quoting["uri"],
    });
    // By somebody else, with somebody else's approval, with none, with one that is not there.
    scene.send(mallory, &accept(mallory, request.clone(), &stamp["id"])).await;
    scene.send(mallory, &accept(mallory, bare.clone(), &json!(format!("{}/stamps/yes", mallory.uri)))).await;
    scene.send(victim, &accept(victim, bare.clone(), &json!(null))).await;
    let foreign = json!(format!("{}/stamps/yes", mallory.uri));
    stamp["id"] = foreign.clone();
    scene.elsewhere.serve(&stamp);
    scene.send(victim, &accept(victim, bare.clone(), &foreign)).await;
    scene.send(mallory, &mallory.does("Reject", request.clone())).await;
    let state = async || scene.alice.status(&quoting["id"]).await.unwrap()["quote"]["state"].clone();
    assert_eq!(state().await, "pending");

    let good = json!(format!("{}/stamps/yes", victim.uri));
    scene.send(victim, &accept(victim, request["id"].clone(), &good)).await;
    assert_eq!(state().await, "accepted");
    scene.send(mallory, &mallory.does("Reject", request.clone())).await;
    assert_eq!(state().await, "accepted");
    scene.send(victim, &victim.does("Reject", bare)).await;
    assert_eq!(state().await, "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_us_gets_an_answer_and_nothing_private() {
    let scene = Scene::set().await;
    let mallory = &scene.mallory;
    let open = scene.alice.post("Open").await;
    let closed = scene.alice.publish(json!({ "status": "Closed", "quote_approval_policy": "nobody" })).await;
    let secret = scene.alice.post_for("private", "Secret").await;
    let ask = |quoted: &Value, instrument: Value| {
        let mut request = mallory.does("QuoteRequest", quoted["uri"].clone());
        request["instrument"] = instrument;
        request
    };
    // Not ours, not the actor's, not what it says, not to be seen.
    let theirs = scene.quoting("quote", &scene.note["id"]);
    scene.send(mallory, &ask(&json!({ "uri": scene.note["id"] }), theirs.clone())).await;
    scene.send(mallory, &ask(&open, scene.note.clone())).await;
    scene.send(mallory, &ask(&open, theirs)).await;
    let peeking = scene.quoting("quote", &secret["uri"]);
    scene.send(mallory, &ask(&secret, peeking.clone())).await;
    scene.send(mallory, &mallory.create(&peeking)).await;
    let found = scene.alice.find_status(peeking["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(found["quote"], Value::Null, "what its author may not see is not shown");
    assert!(
        scene.elsewhere.arrivals_of("Accept").is_empty() && scene.elsewhere.arrivals_of("Reject").is_empty()
    );

    // By the policy.
    let refused = scene.quoting("quote", &closed["uri"]);
    scene.send(mallory, &ask(&closed, refused)).await;
    let reject = scene.elsewhere.receives("Reject", 1).await.remove(0).activity;
    assert_eq!(
        (&reject["object"]["type"], &reject["object"]["object"]),
        (&json!("QuoteRequest"), &closed["uri"])
    );

    // Embedded, or by its id.
    for embedded in [true, false] {
        let before = scene.elsewhere.arrivals_of("Accept").len();
        let quoting = scene.quoting("quote", &open["uri"]);
        let request = ask(&open, if embedded { quoting.clone() } else { quoting["id"].clone() });
        scene.send(mallory, &request).await;
        let accept = scene.elsewhere.receives("Accept", before + 1).await.remove(before).activity;
        assert_eq!(accept["object"]["id"], request["id"]);
        let stamp = document(&scene.a.client(), accept["result"].as_str().unwrap()).await.ok();
        assert_eq!(stamp["interactingObject"], quoting["id"]);
        assert_eq!(scene.state(&quoting).await, "accepted");
        let found = scene.alice.find_status(quoting["id"].as_str().unwrap()).await.unwrap();
        let told = scene.alice.is_notified("quote", "mallory").await;
        assert!(told["status"]["quote"].is_object());

        // Asked again, answered again; revoked once, refused for good.
        let again = || {
            let mut again = request.clone();
            again["id"] = json!(format!("{}/again/{}", mallory.uri, rand::random::<u64>()));
            again
        };
        scene.send(mallory, &again()).await;
        scene.elsewhere.receives("Accept", before + 2).await;
        let path = format!(
            "/api/v1/statuses/{}/quotes/{}/revoke",
            open["id"].as_str().unwrap(),
            found["id"].as_str().unwrap()
        );
        scene.alice.client.post_json(&path, &json!({})).await.ok();
        let deleted = eventually("the approval is deleted", async || {
            let all = scene.elsewhere.arrivals_of("Delete");
            all.into_iter().find(|one| one.activity["object"] == accept["result"])
        })
        .await;
        assert_eq!(deleted.activity["actor"], scene.actor["id"]);
        let refusals = scene.elsewhere.arrivals_of("Reject").len();
        scene.send(mallory, &again()).await;
        scene.elsewhere.receives("Reject", refusals + 1).await;
        assert_eq!(scene.state(&quoting).await, "revoked");
        let gone = document(&scene.a.client(), accept["result"].as_str().unwrap()).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(scene.alice.status(&open["id"]).await.unwrap()["quotes_count"], 0);
}
