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
    // They are sent in order; who receives them works off several at a time.
    let home: Vec<String> = eventually("everything is there", async || {
        let home: Vec<String> = bob.home().await.iter().map(number).collect();
        (home.len() >= 9).then_some(home)
    })
    .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_lost_costs_nothing_until_it_is_heard_of() {
    let (mut a, mut remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    remote.go_down();
    alice.post("number 0").await;
    eventually("the host is known to be away, and what waits is out of the way", async || {
        let resting = "SELECT count(*) FROM deliveries d JOIN instances i USING (host) \
             WHERE d.resting AND i.waits AND i.failures > 0";
        (a.database.number(resting).await == 1).then_some(())
    })
    .await;
    // What is written for it until then is put to rest when it is met.
    alice.post("number 1").await;
    eventually("nothing is awake", async || {
        let deliveries = a.database.number("SELECT count(*) FROM deliveries WHERE resting").await;
        (deliveries == 2).then_some(())
    })
    .await;
    let lost = "UPDATE instances SET unreachable_since = now() - interval '8 days', \
         next_attempt_at = now() + interval '1 hour'";
    a.database.execute(lost).await;
    alice.post("number 2").await;
    worked_off(&a).await;
    assert_eq!(a.database.number("SELECT count(*) FROM deliveries").await, 2, "the host is lost");

    // With nothing that waits for it, it is written to when it is due.
    a.database.execute("DELETE FROM deliveries").await;
    alice.post("number 3").await;
    worked_off(&a).await;
    assert_eq!(a.database.number("SELECT count(*) FROM deliveries").await, 0, "it is not due");
    a.database.execute("UPDATE instances SET next_attempt_at = now()").await;
    alice.post("number 4").await;
    eventually("it was tried again", async || {
        let rests = "SELECT count(*) FROM deliveries d JOIN instances i USING (host) \
             WHERE d.attempts = 1 AND i.next_attempt_at > now()";
        (a.database.number(rests).await == 1).then_some(())
    })
    .await;
    alice.post("number 5").await;
    worked_off(&a).await;
    assert_eq!(a.database.number("SELECT count(*) FROM deliveries").await, 1, "one is enough");

    // Started anew, the process has heard of nobody.
    a.kill_hard();
    a.restart().await;
    remote.go_up();
    carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&carol.note("I am back", &[]))).await;
    alice.post("number 6").await;
    let arrived = remote.receives("Create", 2).await;
    let texts: Vec<&str> = arrived.iter().filter_map(|a| a.activity["object"]["content"].as_str()).collect();
    assert_eq!(texts, ["<p>number 4</p>", "<p>number 6</p>"]);
    let well =
        "SELECT count(*) FROM instances WHERE failures = 0 AND unreachable_since IS NULL AND NOT waits";
    eventually("the host is well", async || (a.database.number(well).await == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_lose_nothing_unless_one_activity_is_their_cause() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    carol.follow(&carol.look_up(&alice.handle).await).await;
    remote.answer_with(StatusCode::INTERNAL_SERVER_ERROR);
    for text in ["number 0", "the stumbling block", "number 1"] {
        alice.post(text).await;
    }
    for attempts in 1..=10 {
        eventually("the oldest is tried again", async || {
            a.retry_now().await;
            let tried = a.database.number("SELECT coalesce(max(attempts), 0)::bigint FROM deliveries").await;
            (tried >= attempts).then_some(())
        })
        .await;
    }
    assert_eq!(a.database.number("SELECT count(*) FROM deliveries").await, 3, "the host was ill");
    remote.answer_with(StatusCode::ACCEPTED);
    remote.stumble_over("stumbling");
    a.retry_now().await;
    remote.receives("Create", 1).await;
    a.database.execute("UPDATE deliveries SET attempts = 6 WHERE attempts < 6").await;
    eventually("nothing waits", async || {
        a.retry_now().await;
        (a.database.number("SELECT count(*) FROM deliveries").await == 0).then_some(())
    })
    .await;
    let arrived: Vec<String> =
        remote.arrivals_of("Create").iter().map(|a| number(&a.activity["object"])).collect();
    assert_eq!(arrived, ["number 0", "number 1"]);
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
