//! Timelines: pages without gaps or doubles, and what belongs into which.

use std::collections::HashSet;

use http::Method;
use serde_json::{Value, json};
use tests::{Client, Instance, Remote, User, eventually, never};

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|status| status["id"].as_str().unwrap().parse().unwrap()).collect()
}

fn id(status: &Value) -> i64 {
    status["id"].as_str().unwrap().parse().unwrap()
}

/// A page, and the paths of its neighbours.
struct Page {
    ids: Vec<i64>,
    next: Option<String>,
    prev: Option<String>,
}

async fn page(client: &Client, base: &str, path: &str) -> Page {
    let answer = client.get(path).await;
    let ids = ids(&answer.ok());
    let links = answer.headers.get("link").map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
    let link = |rel: &str| {
        let link = links.split(", ").find(|link| link.ends_with(&format!("rel=\"{rel}\"")))?;
        let url = link.split_once('<')?.1.split_once('>')?.0;
        Some(url.strip_prefix(base).expect("a link leads to this instance").to_owned())
    };
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "{path} is not newest first: {ids:?}");
    Page { next: link("next"), prev: link("prev"), ids }
}

/// All pages below a path, while something is done after each.
async fn walk(client: &Client, base: &str, path: &str, mut meanwhile: impl AsyncFnMut()) -> Vec<i64> {
    let (mut all, mut path) = (Vec::new(), Some(path.to_owned()));
    while let Some(here) = path {
        let page = page(client, base, &here).await;
        all.extend(&page.ids);
        path = page.next;
        meanwhile().await;
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_no_gaps_and_no_doubles_while_others_post() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    let mut expected = Vec::new();
    for n in 0..23 {
        expected.push(id(&bob.post(&format!("number {n} #walk")).await));
    }
    alice.sees_at_home("number 22").await;
    expected.reverse();
    let of_bob = format!("/api/v1/accounts/{}/statuses", bob.id);
    for list in ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/timelines/tag/walk", &of_bob]
    {
        let mut later = 0;
        let all = walk(&alice.client, &a.url, &format!("{list}?limit=4"), async || {
            later += 1;
            if later < 4 {
                bob.post("Meanwhile #walk").await;
            }
        })
        .await;
        let once: HashSet<i64> = all.iter().copied().collect();
        assert_eq!(once.len(), all.len(), "{list} has doubles: {all:?}");
        let known: Vec<i64> = all.into_iter().filter(|id| expected.contains(id)).collect();
        assert_eq!(known, expected, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn going_up_misses_nothing() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let mut all = Vec::new();
    for n in 0..17 {
        all.push(id(&alice.post(&format!("number {n} #up")).await));
    }
    let of_alice = format!("/api/v1/accounts/{}/statuses", alice.id);
    for list in ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/timelines/tag/up", &of_alice]
    {
        let oldest = all[0];
        // min_id: the page right above; since_id: the newest page, down to it.
        let up = page(&alice.client, &a.url, &format!("{list}?limit=5&min_id={oldest}")).await;
        let mut expected = all[1..6].to_vec();
        expected.reverse();
        assert_eq!(up.ids, expected, "{list}");
        let since = page(&alice.client, &a.url, &format!("{list}?limit=5&since_id={oldest}")).await;
        let mut expected = all[12..].to_vec();
        expected.reverse();
        assert_eq!(since.ids, expected, "{list}");
        let mut path = Some(format!("{list}?limit=5&min_id={oldest}"));
        let mut seen = vec![oldest];
        while let Some(here) = path {
            let next = page(&alice.client, &a.url, &here).await;
            seen.extend(next.ids.iter().rev());
            path = next.prev;
        }
        assert_eq!(seen, all, "{list}");
        let between = format!("{list}?max_id={}&since_id={}", all[9], all[4]);
        let mut expected = all[5..9].to_vec();
        expected.reverse();
        assert_eq!(page(&alice.client, &a.url, &between).await.ids, expected, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_to_strangers_stay_away() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    alice.follow(&bob.handle).await;
    alice.follow(&carol.handle).await;
    let (own, friend, stranger) =
        (alice.post("by alice").await, carol.post("by carol").await, dave.post("by dave").await);
    bob.reply(&stranger, "to a stranger").await;
    let monologue = bob.post("bob begins").await;
    for (to, text) in [(&own, "to alice"), (&friend, "to a friend"), (&monologue, "to himself")] {
        bob.reply(to, text).await;
    }
    bob.post("the last one").await;
    for text in ["to alice", "to a friend", "to himself", "the last one"] {
        alice.sees_at_home(text).await;
    }
    assert!(!alice.has_at_home("to a stranger").await);
    // A feed that is built anew holds the same.
    let before: Vec<Value> = alice.home().await.iter().map(|status| status["id"].clone()).collect();
    let account = alice.find(&dave.handle).await;
    alice.act_on("accounts", &account, "mute").await;
    let after: Vec<Value> = alice.home().await.iter().map(|status| status["id"].clone()).collect();
    assert_eq!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_boosted_into_a_feed_once() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    alice.follow(&bob.handle).await;
    alice.follow(&carol.handle).await;
    let status = dave.post("boosted by many").await;
    let (own, friends) = (alice.post("by alice").await, carol.post("already there").await);
    for person in [&bob, &carol] {
        person.reblog(&status).await;
    }
    bob.reblog(&own).await;
    bob.reblog(&friends).await;
    bob.post("the last one").await;
    alice.sees_at_home("the last one").await;
    let home = alice.home().await;
    let times = |status: &Value| {
        let is = |entry: &&Value| entry["id"] == status["id"] || entry["reblog"]["id"] == status["id"];
        home.iter().filter(is).count()
    };
    assert_eq!((times(&status), times(&own), times(&friends)), (1, 1, 1), "{home:?}");
    // Who wants no boosts of somebody has none.
    let account = alice.find(&bob.handle).await;
    let path = format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap());
    alice.client.post_json(&path, &json!({ "reblogs": false })).await.ok();
    let other = dave.post("boosted later").await;
    bob.reblog(&other).await;
    bob.post("the very last one").await;
    alice.sees_at_home("the very last one").await;
    assert!(!alice.has_at_home("boosted later").await);
}

async fn act(user: &User, account: &Value, verb: &str) {
    user.act_on("accounts", account, verb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_follows_relationships() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    assert!(alice.home().await.is_empty());
    bob.post("from before").await;
    let account = alice.follow(&bob.handle).await;
    alice.sees_at_home("from before").await;
    bob.post("and after").await;
    alice.sees_at_home("and after").await;
    let gone = async |what: &str| {
        let all_gone = async || {
            (!alice.has_at_home("from before").await && !alice.has_at_home("and after").await).then_some(())
        };
        eventually(what, all_gone).await;
    };
    act(&alice, &account, "mute").await;
    gone("what a muted account said is gone").await;
    act(&alice, &account, "unmute").await;
    alice.sees_at_home("from before").await;
    act(&alice, &account, "unfollow").await;
    gone("what an unfollowed account said is gone").await;
    alice.follow(&bob.handle).await;
    alice.sees_at_home("from before").await;
    act(&alice, &account, "block").await;
    gone("what a blocked account said is gone").await;
    assert_eq!(alice.relationship(&account).await["following"], false);
    act(&alice, &account, "unblock").await;
    // Boosts of somebody who is muted stay away too.
    let friend = alice.follow(&carol.handle).await;
    let status = bob.post("boosted by carol").await;
    carol.reblog(&status).await;
    alice.sees_at_home("boosted by carol").await;
    act(&alice, &account, "mute").await;
    eventually("a boost of a muted account is gone", async || {
        (!alice.has_at_home("boosted by carol").await).then_some(())
    })
    .await;
    act(&alice, &friend, "unfollow").await;
    assert!(alice.home().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn public_timelines_tell_here_from_elsewhere() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let note = carol.note("from elsewhere", &[actor["id"].as_str().unwrap()]);
    carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&note)).await;
    alice.is_notified("mention", "carol").await;
    let local = alice.post("from here #one").await;
    bob.reply(&local, "a reply").await;
    bob.reblog(&local).await;
    alice.post_for("unlisted", "not listed").await;
    alice.post_for("private", "not for all").await;
    let nobody = a.client();
    let texts = async |query: &str| -> Vec<String> {
        let list = nobody.get(&format!("/api/v1/timelines/public{query}")).await.ok();
        let plain = |status: &Value| status["content"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(plain).collect()
    };
    let (all, here, elsewhere) = (texts("").await, texts("?local=true").await, texts("?remote=true").await);
    assert_eq!((all.len(), here.len(), elsewhere.len()), (2, 1, 1), "{all:?} {here:?} {elsewhere:?}");
    assert!(here[0].contains("from here") && elsewhere[0].contains("from elsewhere"));
    assert!(texts("?only_media=true").await.is_empty());
    // Who is blocked or muted is not in one's own.
    let account = bob.find(&alice.handle).await;
    act(&bob, &account, "mute").await;
    let own = bob.client.get("/api/v1/timelines/public").await.ok();
    assert_eq!(own.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_combined() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let mut made = Vec::new();
    for text in ["#cats", "#dogs", "#cats #dogs", "#CATS #birds", "#birds"] {
        made.push(id(&alice.post(text).await));
    }
    alice.post_for("unlisted", "#cats, not listed").await;
    let nobody = a.client();
    for (query, expected) in [
        ("cats", vec![3, 2, 0]),
        ("CATS", vec![3, 2, 0]),
        ("cats?any[]=dogs", vec![3, 2, 1, 0]),
        ("cats?all[]=dogs", vec![2]),
        ("cats?none[]=dogs", vec![3, 0]),
        ("cats?any[]=dogs&none[]=birds", vec![2, 1, 0]),
        ("cats?any[]=birds&all[]=cats&none[]=dogs", vec![3, 0]),
        ("cats?remote=true", vec![]),
        ("cats?local=true&limit=1", vec![3]),
        ("unheard", vec![]),
    ] {
        let list = nobody.get(&format!("/api/v1/timelines/tag/{query}")).await.ok();
        let expected: Vec<i64> = expected.into_iter().map(|n: usize| made[n]).collect();
        assert_eq!(ids(&list), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_status_leaves_every_timeline() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    bob.follow(&alice.handle).await;
    let status = alice.post("Soon gone #gone").await;
    bob.sees_at_home("Soon gone").await;
    alice.delete(&status).await;
    assert!(!bob.has_at_home("Soon gone").await);
    for path in ["/api/v1/timelines/public", "/api/v1/timelines/tag/gone"] {
        let list = bob.client.send(bob.client.request(Method::GET, path)).await.ok();
        assert!(ids(&list).is_empty(), "{path}");
    }
    never("it comes back", async || bob.has_at_home("Soon gone").await).await;
}
