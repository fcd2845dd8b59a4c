//! The sender is killed in the middle of its work.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::stream::{self, StreamExt};
use rand::Rng;
use signatures::PrivateKey;
use tests::{Instance, Remote, RemoteActor, eventually};

const HOSTS: usize = 200;
/// Answered before the kill; all others hang at that moment or have not begun.
const ANSWERED: usize = 60;
/// For the kill at any moment.
const FEWER_HOSTS: usize = 40;
const POSTS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_with_200_deliveries_outstanding_each_arrives_exactly_once() {
    let (mut a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let key = PrivateKey::generate().unwrap();
    let followers: Vec<RemoteActor> =
        (0..HOSTS).map(|n| remote.actor_on(&format!("h{n}"), "fan", &key)).collect();
    let actor = followers[0].look_up(&alice.handle).await;
    stream::iter(&followers)
        .for_each_concurrent(8, async |follower| drop(follower.follow(&actor).await))
        .await;
    let accepted = remote.arrivals().len();
    assert_eq!(accepted, HOSTS);

    remote.hold_after(ANSWERED);
    alice.post("To be delivered").await;
    remote.receives("Create", ANSWERED).await;
    // Those that were answered are noted as done; those that hang are not answered before the kill.
    eventually("what was answered is noted", async || {
        let left = a.database.number("SELECT count(*) FROM deliveries").await;
        (left <= i64::try_from(HOSTS - ANSWERED).unwrap()).then_some(())
    })
    .await;
    a.kill_hard();
    tokio::time::sleep(Duration::from_millis(300)).await;
    remote.answer_again();
    a.restart().await;
    remote.receives("Create", HOSTS).await;
    eventually("nothing is left", async || {
        (a.database.number("SELECT count(*) FROM deliveries").await == 0).then_some(())
    })
    .await;
    let mut times: HashMap<String, usize> = HashMap::new();
    for arrival in remote.arrivals_of("Create") {
        *times.entry(arrival.inbox).or_default() += 1;
    }
    assert_eq!(times.len(), HOSTS);
    let repeated: Vec<_> = times.iter().filter(|(_, count)| **count > 1).collect();
    assert!(repeated.is_empty(), "{repeated:?}");
}

/// Kills at a moment that nothing was prepared for: what a peer had accepted and was not noted yet comes
/// again, once for each lane at most, and a peer knows it by the activity's id.
#[tokio::test(flavor = "multi_thread")]
async fn after_kill_9_at_any_moment_each_arrives_and_few_arrive_twice() {
    let (mut a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let key = PrivateKey::generate().unwrap();
    let followers: Vec<RemoteActor> =
        (0..FEWER_HOSTS).map(|n| remote.actor_on(&format!("h{n}"), "fan", &key)).collect();
    let actor = followers[0].look_up(&alice.handle).await;
    stream::iter(&followers)
        .for_each_concurrent(8, async |follower| drop(follower.follow(&actor).await))
        .await;
    remote.answer_after(Duration::from_millis(20));
    for _ in 0..POSTS {
        alice.post("To be delivered").await;
    }
    let all = FEWER_HOSTS * POSTS;
    let mut kills = 0;
    let mut before = 0;
    while kills < 3 && distinct(&remote).len() < all {
        eventually("deliveries are under way", async || {
            (remote.arrivals_of("Create").len() > before).then_some(())
        })
        .await;
        let pause = rand::rng().random_range(0..30);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        a.kill_hard();
        kills += 1;
        before = remote.arrivals_of("Create").len();
        println!("kill {kills} after {pause} ms and {before} arrivals");
        a.restart().await;
    }
    eventually("each activity is at each host", async || (distinct(&remote).len() == all).then_some(()))
        .await;
    eventually("nothing is left", async || {
        (a.database.number("SELECT count(*) FROM deliveries").await == 0).then_some(())
    })
    .await;
    assert_eq!(distinct(&remote).len(), all);
    let repeated = remote.arrivals_of("Create").len() - all;
    // A lane sends one thing at a time, so that each kill leaves at most one unnoted in each.
    assert!(repeated <= kills * FEWER_HOSTS, "{repeated} came again after {kills} kills");
    println!("{repeated} of {all} came again");
}

/// What has arrived where, without repetitions.
fn distinct(remote: &Remote) -> HashSet<(String, String)> {
    let arrivals = remote.arrivals_of("Create").into_iter();
    arrivals.map(|arrival| (arrival.inbox, arrival.activity["id"].to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_kill_9_has_its_consequences() {
    let [mut a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    for n in 0..20 {
        alice.post(&format!("number {n}")).await;
    }
    a.kill_hard();
    a.restart().await;
    // Some begin anew with the process, and so arrive after others.
    let home = eventually("all have arrived", async || {
        let home = bob.home().await;
        (home.len() >= 20).then_some(home)
    })
    .await;
    for n in 0..20 {
        let text = format!("<p>number {n}</p>");
        assert_eq!(home.iter().filter(|status| status["content"] == text.as_str()).count(), 1, "{text}");
    }
}
