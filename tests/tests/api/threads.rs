//! Threads: what a reader gets of them.

use serde_json::{Value, json};
use tests::{Client, Instance};

async fn context(client: &Client, status: &Value, part: &str) -> Vec<String> {
    let path = format!("/api/v1/statuses/{}/context", status["id"].as_str().unwrap());
    let context = client.get(&path).await.ok();
    let list = context[part].as_array().unwrap();
    list.iter().map(|status| status["account"]["username"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_does_not_want_to_read_is_left_out_of_threads() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let (dave, erin) = tokio::join!(a.user("dave"), a.user("erin"));
    let root = alice.post("A question").await;
    let of_bob = bob.reply(&root, "An answer").await;
    let of_carol = carol.reply(&of_bob, "Another one").await;
    let of_dave = dave.reply(&of_carol, "A third one").await;
    let far = format!(
        "INSERT INTO accounts (username, domain, uri) VALUES ('far', 'r.example', 'https://r.example/far');
         INSERT INTO statuses (id, account_id, uri, local, visibility, conversation_id, in_reply_to_id, created_at)
         SELECT new_id(), a.id, a.uri || '/1', false, 0, s.conversation_id, s.id, now()
         FROM accounts a, statuses s WHERE a.username = 'far' AND s.id = {}",
        of_dave["id"].as_str().unwrap()
    );
    a.database.execute(&far).await;

    let all = ["bob", "carol", "dave", "far"];
    assert_eq!(context(&erin.client, &root, "descendants").await, all);
    assert_eq!(context(&a.client(), &root, "descendants").await, all);
    alice.act_on("accounts", &json!({ "id": bob.id }), "block").await;
    assert_eq!(context(&alice.client, &root, "descendants").await, ["carol", "dave", "far"]);
    alice.act_on("accounts", &json!({ "id": carol.id }), "mute").await;
    assert_eq!(context(&alice.client, &root, "descendants").await, ["dave", "far"]);
    alice.client.post_json("/api/v1/domain_blocks", &json!({ "domain": "r.example" })).await.ok();
    assert_eq!(context(&alice.client, &root, "descendants").await, ["dave"]);
    assert_eq!(context(&alice.client, &of_dave, "ancestors").await, ["alice"]);
    // What was asked for is shown, whoever wrote it; and whoever is blocked does not read who blocks them.
    assert_eq!(context(&alice.client, &of_carol, "descendants").await, ["dave"]);
    assert_eq!(context(&bob.client, &of_dave, "ancestors").await, ["bob", "carol"]);
    assert_eq!(context(&erin.client, &of_dave, "ancestors").await, ["alice", "bob", "carol"]);
}

/// 70 replies to the root, and 50 more, each to the one before.
const FILL: &str = "
CREATE TEMPORARY TABLE root AS SELECT * FROM statuses;
CREATE TEMPORARY TABLE link AS SELECT n, new_id() AS id FROM generate_series(1, 50) n;
INSERT INTO statuses (id, account_id, uri, local, visibility, conversation_id, in_reply_to_id, created_at)
SELECT new_id(), account_id, uri || '/wide/' || n, true, 0, conversation_id, id, now()
FROM root, generate_series(1, 70) n;
INSERT INTO statuses (id, account_id, uri, local, visibility, conversation_id, in_reply_to_id, created_at)
SELECT l.id, r.account_id, r.uri || '/deep/' || l.n, true, 0, r.conversation_id, coalesce(p.id, r.id), now()
FROM root r, link l LEFT JOIN link p ON p.n = l.n - 1;
";

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_a_part_of_a_thread_and_who_has_an_account_all_of_it() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let root = alice.post("The root").await;
    a.database.execute(FILL).await;
    let end = a.database.number("SELECT id FROM statuses WHERE uri LIKE '%/deep/50'").await;
    let twentieth = a.database.number("SELECT id FROM statuses WHERE uri LIKE '%/deep/20'").await;
    let end = json!({ "id": end.to_string() });
    let twentieth = json!({ "id": twentieth.to_string() });
    for (client, ancestors, descendants, below) in [(&alice.client, 50, 120, 30), (&a.client(), 40, 60, 20)] {
        assert_eq!(context(client, &end, "ancestors").await.len(), ancestors);
        assert_eq!(context(client, &root, "descendants").await.len(), descendants);
        assert_eq!(context(client, &twentieth, "descendants").await.len(), below);
    }
}
