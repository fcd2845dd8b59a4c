//! Ids as long as they may be.

use tests::{Instance, Remote};

#[tokio::test(flavor = "multi_thread")]
async fn an_activity_with_a_long_id_is_accepted() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let bob = remote.actor("bob");
    let actor = bob.look_up(&alice.handle).await;
    let note = bob.note("From afar", &[actor["id"].as_str().unwrap()]);
    let mut create = bob.create(&note);
    // No text that compression would make short.
    let mut id = format!("{}#", bob.uri);
    while id.len() < 2_000 {
        id.push_str(&rand::random::<u64>().to_string());
    }
    id.truncate(2_000);
    create["id"] = id.into();
    let inbox = actor["inbox"].as_str().unwrap();
    for _ in 0..2 {
        let answer = bob.send(inbox, &create).await;
        assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text);
    }
    alice.is_notified("mention", "bob").await;
    tests::eventually("it is remembered", async || {
        let known = "SELECT count(*) FROM received_activities WHERE length(uri) = 2000";
        (a.database.number(known).await == 1).then_some(())
    })
    .await;
}
