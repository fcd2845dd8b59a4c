//! A host that is away for a while misses nothing.

use http::StatusCode;
use serde_json::Value;
use tests::{Instance, Remote, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_gets_everything_once_and_in_order_when_its_host_is_back() {
    let [a, mut b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    alice.post("number 0").await;
    bob.sees_at_home("number 0").await;

    b.kill_hard();
    for n in 1..=8 {
        alice.post(&format!("number {n}")).await;
    }
    // At least one attempt has failed by then, so that there is something to try again.
    eventually("the host is known to be away", async || {
        (a.database.number("SELECT count(*) FROM instances WHERE failures > 0").await > 0).then_some(())
    })
    .await;
    b.restart().await;
    a.retry_now().await;
    bob.sees_at_home("number 8").await;
    let home: Vec<String> = bob.home().await.iter().map(number).collect();
    let expected: Vec<String> = (0..=8).rev().map(|n| format!("number {n}")).collect();
    assert_eq!(home, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn order_is_kept_for_each_host_through_failures() {
    let (a, mut remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    carol.follow(&carol.look_up(&alice.handle).await).await;

    remote.answer_with(StatusCode::SERVICE_UNAVAILABLE);
    let status = alice.post("to be edited").await;
    worked_off(&a).await;
    alice.edit(&status, "edited once").await;
    worked_off(&a).await;
    remote.go_down();
    alice.edit(&status, "edited twice").await;
    worked_off(&a).await;
    alice.delete(&status).await;
    alice.post("the end").await;
    remote.answer_with(StatusCode::ACCEPTED);
    remote.go_up();
    let kinds = eventually("everything arrives", async || {
        a.retry_now().await;
        let arrived = remote.arrivals();
        let is_last = arrived.last().is_some_and(|last| last.activity.to_string().contains("the end"));
        let kinds = arrived.iter().map(|arrival| arrival.activity["type"].as_str().unwrap().to_owned());
        is_last.then(|| kinds.skip_while(|kind| kind == "Accept").collect::<Vec<_>>())
    })
    .await;
    assert_eq!(kinds, ["Create", "Update", "Update", "Delete", "Create"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_away_does_not_hold_up_the_others() {
    let (a, mut away, there) = (Instance::start().await, Remote::start(), Remote::start());
    let alice = a.user("alice").await;
    let (carol, dave) = (away.actor("carol"), there.actor("dave"));
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    dave.follow(&actor).await;
    away.go_down();
    for n in 0..5 {
        alice.post(&format!("number {n}")).await;
    }
    there.receives("Create", 5).await;
}

/// Waits until every event has become deliveries: an activity says what is so when it is made.
async fn worked_off(instance: &Instance) {
    eventually("no job waits", async || {
        (instance.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
}

fn number(status: &Value) -> String {
    status["content"].as_str().unwrap().replace("<p>", "").replace("</p>", "")
}
