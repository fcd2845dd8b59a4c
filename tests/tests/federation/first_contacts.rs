//! Meeting somebody for the first time, among others who make that hard.

use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use signatures::PrivateKey;
use tests::{Instance, Outgoing, Remote};
use url::Url;

/// More hosts than keys are fetched of at a time, each of which takes its time to show its key.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_slow_hosts_does_not_keep_others_out() {
    let (a, slow, good) = (Instance::start().await, Remote::start(), Remote::start());
    let alice = a.user("alice").await;
    let carol = good.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap();
    let key = PrivateKey::generate().unwrap();
    let crowd: Vec<_> = (0..40).map(|n| slow.actor_on(&format!("s{n}"), "slow", &key)).collect();
    slow.serve_after(Duration::from_secs(6));
    let knocking = join_all(
        crowd.iter().map(async |slow| slow.send(inbox, &slow.does("Follow", actor["id"].clone())).await),
    );
    let meeting = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        carol.send(inbox, &carol.does("Follow", actor["id"].clone())).await
    };
    let (answers, met) = tokio::join!(knocking, meeting);
    assert_eq!(met.status, StatusCode::ACCEPTED, "{}", met.text);
    for answer in answers {
        let status = answer.status;
        assert!(
            [StatusCode::ACCEPTED, StatusCode::SERVICE_UNAVAILABLE].contains(&status),
            "{status} {}",
            answer.text
        );
    }
    alice.is_notified("follow", "carol").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_is_not_unpacked() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap();
    let body = carol.does("Follow", json!(actor["id"])).to_string();
    for (encoding, expected) in [("gzip", 415), ("br", 415), ("identity, gzip", 415), ("identity", 202)] {
        let url = Url::parse(inbox).unwrap();
        let (key_id, key) = (carol.key_id(), carol.key());
        let outgoing =
            Outgoing { url: &url, body: body.as_bytes(), key_id: &key_id, key: &key, mistake: None };
        let mut request =
            a.client().request(http::Method::POST, url.path()).header("content-encoding", encoding);
        for (name, value) in outgoing.headers() {
            request = request.header(name, value);
        }
        let answer = a.client().send(request.body(body.clone())).await;
        assert_eq!(answer.status.as_u16(), expected, "{encoding}: {}", answer.text);
    }
}
