//! Search by Meilisearch: what it is told, what is shown of what it finds, and what happens without it.

use serde_json::{Value, json};
use tests::{Client, Instance, Meilisearch, Options, eventually};

async fn with(engine: &Meilisearch) -> Instance {
    let settings = vec![
        ("STOA_SEARCH__MEILISEARCH_URL", engine.url.clone()),
        ("STOA_SEARCH__MEILISEARCH_KEY", engine.key.clone()),
    ];
    Instance::start_with(Options { settings, ..Options::default() }).await
}

async fn found(client: &Client, kind: &str, text: &str) -> Vec<Value> {
    let answer = client.get(&format!("/api/v2/search?type={kind}&q={text}")).await.ok();
    answer[kind].as_array().unwrap().clone()
}

async fn finds(client: &Client, kind: &str, text: &str, count: usize) {
    eventually(&format!("{count} {kind} by {text}"), async || {
        (found(client, kind, text).await.len() == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finds_what_may_be_found_and_nothing_else() {
    let engine = Meilisearch::start().await;
    let a = with(&engine).await;
    let (alice, bob) = (a.user("alice").await, a.user("bob").await);
    alice.update(&json!({ "indexable": true, "note": "Gardener of quinces" })).await;
    let open = alice.post("A walnut tree #orchards").await;
    let hidden = alice.post_for("private", "A walnut kept to oneself").await;
    finds(&alice.client, "statuses", "walnut", 2).await;
    finds(&bob.client, "statuses", "walnut", 1).await;
    finds(&bob.client, "hashtags", "orch", 1).await;
    // By words of the profile, which PostgreSQL alone would not find.
    finds(&bob.client, "accounts", "quinces", 1).await;
    assert!(found(&a.client(), "statuses", "walnut").await.is_empty(), "not without signing in");

    alice.edit(&open, "A hazel tree").await;
    finds(&bob.client, "statuses", "hazel", 1).await;
    finds(&bob.client, "statuses", "walnut", 0).await;
    let account = bob.find("alice").await;
    bob.act_on("accounts", &account, "block").await;
    finds(&bob.client, "statuses", "hazel", 0).await;
    alice.delete(&hidden).await;
    finds(&alice.client, "statuses", "walnut", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_interacted_with_can_be_found_again() {
    let engine = Meilisearch::start().await;
    let a = with(&engine).await;
    let (alice, bob) = (a.user("alice").await, a.user("bob").await);
    let status = alice.post("A pear not for everybody").await;
    finds(&alice.client, "statuses", "pear", 1).await;
    assert!(found(&bob.client, "statuses", "pear").await.is_empty(), "alice does not agree to be found");
    bob.favourite(&status).await;
    finds(&bob.client, "statuses", "pear", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_it_postgresql_searches() {
    let engine = Meilisearch::start().await;
    let a = with(&engine).await;
    let alice = a.user("alice").await;
    alice.post("A medlar").await;
    finds(&alice.client, "statuses", "medlar", 1).await;
    if engine.stop() {
        finds(&alice.client, "statuses", "medlar", 1).await;
        assert_eq!(found(&alice.client, "accounts", "alic").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_told_anew() {
    let engine = Meilisearch::start().await;
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    alice.post("A sloe from before").await;
    let settings = [
        ("STOA_SEARCH__MEILISEARCH_URL", engine.url.as_str()),
        ("STOA_SEARCH__MEILISEARCH_KEY", &engine.key),
    ];
    let output = a.run_with(&settings, &["search", "reindex"]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("and 1 statuses"), "{text}");
    let refused = a.run(&["search", "reindex"]).await;
    assert!(!refused.status.success(), "there is nothing to tell");
}
