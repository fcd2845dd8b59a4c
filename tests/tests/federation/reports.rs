//! Reports that cross the border, both ways.

use serde_json::json;
use tests::{Instance, Remote, eventually};

async fn quiet(a: &Instance) {
    eventually("no job waits", async || {
        (a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_report_comes_from_the_instance() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let mallory = remote.actor("mallory");
    let actor = mallory.look_up(&alice.handle).await;
    let note = mallory.note("rude", &[actor["id"].as_str().unwrap()]);
    remote.serve(&note);
    mallory.send(actor["inbox"].as_str().unwrap(), &mallory.create(&note)).await;
    let status = alice.is_notified("mention", "mallory").await["status"].clone();
    let body = |forward: bool| {
        json!({
            "account_id": status["account"]["id"], "status_ids": [status["id"]], "comment": "Look", "forward": forward,
        })
    };
    let kept = alice.client.post_json("/api/v1/reports", &body(false)).await.ok();
    assert_eq!(kept["forwarded"], false);
    let sent = alice.client.post_json("/api/v1/reports", &body(true)).await.ok();
    assert_eq!(sent["forwarded"], true);
    let arrival = remote.receives("Flag", 1).await.remove(0);
    let flag = &arrival.activity;
    assert_eq!(flag["actor"], format!("{}/actor", a.url));
    assert_eq!(flag["object"], json!([mallory.uri, note["id"]]));
    assert_eq!((&flag["content"], &flag["to"]), (&json!("Look"), &json!([mallory.uri])));
    let text = String::from_utf8(arrival.body.to_vec()).unwrap();
    assert!(!text.contains("alice"), "who reported is not told: {text}");
    let document = a.client();
    let document =
        document.request(http::Method::GET, "/actor").header("accept", "application/activity+json");
    let document = a.client().send(document).await.ok();
    arrival.assert_signed_by(document["publicKey"]["publicKeyPem"].as_str().unwrap());
    quiet(&a).await;
    assert_eq!(remote.arrivals_of("Flag").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_becomes_a_report() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let (status, other) = (alice.post("mine").await, bob.post("not mine").await);
    let police = remote.actor("instance");
    let actor = police.look_up(&alice.handle).await;
    let shared = format!("{}/inbox", a.url);
    let mut flag = police.does(
        "Flag",
        json!([
            actor["id"],
            status["uri"],
            other["uri"],
            "https://elsewhere.example/1",
            format!("{}/users/x", a.url)
        ]),
    );
    flag["content"] = json!("<p>He is &lt;rude&gt;</p>");
    for _ in 0..2 {
        assert!(police.send(&shared, &flag).await.status.is_success());
    }
    quiet(&a).await;
    let query = "SELECT t.username, r.comment, r.status_ids, r.foreign_uris FROM reports r \
         JOIN accounts t ON t.id = r.target_account_id";
    let rows = a.database.query(query, &[]).await;
    assert_eq!(rows.len(), 1, "the same twice is one");
    let (target, comment): (String, String) = (rows[0].get(0), rows[0].get(1));
    let (statuses, others): (Vec<i64>, Vec<String>) = (rows[0].get(2), rows[0].get(3));
    assert_eq!((target.as_str(), comment.as_str()), ("alice", "He is <rude>"));
    assert_eq!(statuses, [status["id"].as_str().unwrap().parse::<i64>().unwrap()], "only the target's own");
    assert!(others.contains(&"https://elsewhere.example/1".to_owned()), "{others:?}");
    // The account that was reported hears nothing of it.
    assert!(alice.notifications().await.is_empty());

    // A status alone names its author; an address in the words is one; and nobody here is nothing.
    for (object, content) in [
        (json!(status["uri"]), ""),
        (json!("https://elsewhere.example/users/x"), status["url"].as_str().unwrap()),
        (json!([{ "id": bob.id, "type": "Person" }, { "id": other["uri"], "type": "Note" }]), ""),
        (json!("https://elsewhere.example/users/x"), "nobody"),
    ] {
        let mut flag = police.does("Flag", object);
        flag["content"] = json!(content);
        police.send(&shared, &flag).await;
    }
    quiet(&a).await;
    let names = a
        .database
        .query("SELECT t.username FROM reports r JOIN accounts t ON t.id = r.target_account_id", &[])
        .await;
    let mut names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
    names.sort();
    assert_eq!(names, ["alice", "alice", "alice", "bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_flags_is_dammed() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let police = remote.actor("instance");
    let actor = police.look_up(&alice.handle).await;
    let shared = format!("{}/inbox", a.url);
    police.send(&shared, &police.does("Flag", actor["id"].clone())).await;
    quiet(&a).await;
    let many = "INSERT INTO reports (account_id, target_account_id) \
         SELECT account_id, target_account_id FROM reports, generate_series(1, 199)";
    a.database.execute(many).await;
    let mut flag = police.does("Flag", actor["id"].clone());
    flag["content"] = json!("x".repeat(50_000));
    police.send(&shared, &flag).await;
    quiet(&a).await;
    assert_eq!(a.database.number("SELECT count(*) FROM reports").await, 200);
    a.database.execute("UPDATE reports SET resolved_at = now()").await;
    let mut flag = police.does("Flag", actor["id"].clone());
    flag["content"] = json!("x".repeat(50_000));
    police.send(&shared, &flag).await;
    quiet(&a).await;
    assert_eq!(a.database.number("SELECT max(length(comment))::bigint FROM reports").await, 5_000);
}
