//! What others may read here.

use http::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Instance, Remote};

async fn read(client: &Client, address: &str) -> Answer {
    let path = address.split_once("//").map_or(address, |(_, rest)| &rest[rest.find('/').unwrap()..]);
    client.send(client.request(Method::GET, path).header("accept", "application/activity+json")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_and_shares_are_counted_and_nobody_is_named() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let nobody = a.client();
    let status = alice.post("Count me").await;
    bob.favourite(&status).await;
    bob.reblog(&status).await;
    let uri = status["uri"].as_str().unwrap();
    let note = read(&nobody, uri).await.ok();
    for name in ["likes", "shares"] {
        let expected = json!({ "id": format!("{uri}/{name}"), "type": "Collection", "totalItems": 1 });
        assert_eq!(note[name], expected);
        let answer = read(&nobody, &format!("{uri}/{name}")).await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("application/activity+json"));
        let collection = answer.ok();
        assert_eq!((&collection["id"], &collection["totalItems"]), (&expected["id"], &json!(1)));
        assert!(!answer_names(&collection, "bob"), "{collection}");
        let private = alice.post_for("private", "Not for all").await;
        let hidden = read(&nobody, &format!("{}/{name}", private["uri"].as_str().unwrap())).await;
        assert_eq!(hidden.status.as_u16(), 404);
    }
    alice.delete(&status).await;
    assert_eq!(read(&nobody, &format!("{uri}/likes")).await.status.as_u16(), 410);
}

fn answer_names(answer: &Value, name: &str) -> bool {
    answer.to_string().contains(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn hashtags_travel_as_they_were_written() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.post("#catsofmastodon").await;
    let status = bob.post("#CatsOfMastodon and #ÖKO").await;
    let note = read(&a.client(), status["uri"].as_str().unwrap()).await.ok();
    let names: Vec<&str> =
        note["tag"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["#CatsOfMastodon", "#ÖKO"]);
    // Clients go by the common name, and an edit keeps its own spelling.
    assert_eq!(status["tags"][0]["name"], "catsofmastodon");
    bob.edit(&status, "#CATSofMastodon").await;
    let note = read(&a.client(), status["uri"].as_str().unwrap()).await.ok();
    assert_eq!(note["tag"][0]["name"], "#CATSofMastodon");
    drop(remote);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodeinfo_says_what_runs_here_and_how_much() {
    let settings = vec![("STOA_INSTANCE__SOURCE_URL", "https://code.example/stoa".to_owned())];
    let a = Instance::start_with(tests::Options { settings, ..tests::Options::default() }).await;
    let alice = a.user("alice").await;
    alice.post("One").await;
    a.user("bob").await;
    let nobody = a.client();
    let info = nobody.get("/nodeinfo/2.1").await.ok();
    assert_eq!(info["software"]["repository"], "https://code.example/stoa");
    assert_eq!(info["software"]["homepage"], a.url.as_str());
    assert_eq!(info["metadata"]["upstream"]["name"], "mastodon");
    let usage = &info["usage"];
    assert_eq!((&usage["users"]["total"], &usage["localPosts"]), (&json!(2), &json!(1)), "{usage}");
    assert_eq!(usage["users"]["activeMonth"], 2, "{usage}");
    let old = nobody.get("/nodeinfo/2.0").await.ok();
    assert!(old["software"].get("repository").is_none() && old["software"].get("homepage").is_none());
    assert_eq!(nobody.get("/api/v2/instance").await.ok()["source_url"], "https://code.example/stoa");
}
