//! Many at once: counters are right in the end, and so are rows.

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use tests::{Client, Crowd, Instance};

const COUNT: usize = 100;

async fn all_post(crowd: &Crowd, path: &str) {
    post(&crowd.members, path).await;
}

async fn post(members: &[Client], path: &str) {
    let nothing = json!({});
    let answers = join_all(members.iter().map(|member| member.post_json(path, &nothing))).await;
    for answer in answers {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_favourite_one_status_and_take_it_back() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let crowd = Crowd::gather(&a, COUNT).await;
    let status = alice.post("Popular").await;
    let id = status["id"].as_str().unwrap();
    let expect = async |count: i64| {
        assert_eq!(alice.status(&status["id"]).await.unwrap()["favourites_count"], count);
        assert_eq!(a.database.number("SELECT count(*) FROM favourites").await, count);
    };
    all_post(&crowd, &format!("/api/v1/statuses/{id}/favourite")).await;
    expect(100).await;
    // Once more changes nothing.
    all_post(&crowd, &format!("/api/v1/statuses/{id}/favourite")).await;
    expect(100).await;
    let unfavourite = format!("/api/v1/statuses/{id}/unfavourite");
    // Twice is once here, too, which nothing but a count that is not zero shows.
    for _ in 0..2 {
        post(&crowd.members[..50], &unfavourite).await;
        expect(50).await;
    }
    all_post(&crowd, &unfavourite).await;
    expect(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_follow_one_account_and_take_it_back() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let crowd = Crowd::gather(&a, COUNT).await;
    let expect = async |count: i64| {
        let me = alice.client.get(&format!("/api/v1/accounts/{}", alice.id)).await.ok();
        assert_eq!(me["followers_count"], count);
        assert_eq!(a.database.number("SELECT count(*) FROM follows").await, count);
        let following = "SELECT coalesce(sum(following_count), 0)::bigint FROM account_stats";
        assert_eq!(a.database.number(following).await, count);
    };
    all_post(&crowd, &format!("/api/v1/accounts/{}/follow", alice.id)).await;
    expect(100).await;
    let unfollow = format!("/api/v1/accounts/{}/unfollow", alice.id);
    for _ in 0..2 {
        post(&crowd.members[..50], &unfollow).await;
        expect(50).await;
    }
    all_post(&crowd, &unfollow).await;
    expect(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_favourites_from_many_devices_at_once() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let status = alice.post("Once").await;
    let path = format!("/api/v1/statuses/{}/favourite", status["id"].as_str().unwrap());
    let nothing = json!({});
    let answers = join_all((0..20).map(|_| alice.client.post_json(&path, &nothing))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(alice.status(&status["id"]).await.unwrap()["favourites_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_posts_once() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let posts = (0..10).map(|_| {
        let request = alice.client.request(http::Method::POST, "/api/v1/statuses");
        let request = request.header("idempotency-key", "the same").json(&json!({ "status": "Once" }));
        alice.client.send(request)
    });
    let answers = join_all(posts).await;
    let first = answers[0].ok()["id"].clone();
    assert!(answers.iter().all(|answer| answer.ok()["id"] == first));
    let me = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(me["statuses_count"], 1);
}
