//! Who may see what, by which way: one table for each visibility, relation and way of reading.

#![expect(clippy::unnecessary_wraps, reason = "what is never left open stands in one table with what is")]

use std::sync::{Arc, Mutex};

use futures::StreamExt;
use http::{Method, header};
use serde_json::{Value, json};
use tests::{Client, Instance, User, eventually};

const VISIBILITIES: [&str; 4] = ["public", "unlisted", "private", "direct"];

/// What somebody is to the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Oneself,
    Follower,
    Mentioned,
    Stranger,
    Blocked,
    Anonymous,
}

use Relation::{Anonymous, Blocked, Follower, Mentioned, Oneself, Stranger};

const RELATIONS: [Relation; 6] = [Oneself, Follower, Mentioned, Stranger, Blocked, Anonymous];

/// Whether a status is to be had at all.
fn may_see(visibility: &str, relation: Relation) -> bool {
    match relation {
        Blocked => false,
        Oneself | Mentioned => true,
        Follower => visibility != "direct",
        Stranger | Anonymous => matches!(visibility, "public" | "unlisted"),
    }
}

/// A way of reading.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// An address that answers 200 to those who may see the status, made from its id and its poll's.
    Address(fn(&Post) -> String),
    /// A list that holds the words of the status if it is there for the reader.
    List(fn(&Post) -> String, fn(&str, Relation) -> Option<bool>),
    /// What was heard on a stream.
    Stream(&'static str, fn(&str, Relation) -> Option<bool>),
    /// A document of the other protocols, or a page: for those who are not signed in.
    Document(fn(&Post) -> String, &'static str, fn(&str) -> Option<bool>),
}

const JSON: &str = "application/activity+json";
const HTML: &str = "text/html";

/// Every way, by its name. An expectation of `None` leaves it open.
const WAYS: &[(&str, Way)] = &[
    ("status", Way::Address(|post| format!("/api/v1/statuses/{}", post.id))),
    ("history", Way::Address(|post| format!("/api/v1/statuses/{}/history", post.id))),
    ("context", Way::Address(|post| format!("/api/v1/statuses/{}/context", post.id))),
    ("favourited_by", Way::Address(|post| format!("/api/v1/statuses/{}/favourited_by", post.id))),
    ("reblogged_by", Way::Address(|post| format!("/api/v1/statuses/{}/reblogged_by", post.id))),
    ("poll", Way::Address(|post| format!("/api/v1/polls/{}", post.poll))),
    ("what a quote shows", Way::List(|post| format!("/api/v1/statuses/{}", post.quoting), sight)),
    ("quotes", Way::List(|post| format!("/api/v1/statuses/{}/quotes", post.id), in_quotes)),
    ("several", Way::List(|post| format!("/api/v1/statuses?id[]={}", post.id), sight)),
    ("thread", Way::List(|post| format!("/api/v1/statuses/{}/context", post.root), sight)),
    ("profile", Way::List(|post| format!("/api/v1/accounts/{}/statuses", post.author), in_profile)),
    ("home", Way::List(|_| "/api/v1/timelines/home".to_owned(), at_home)),
    ("public", Way::List(|_| "/api/v1/timelines/public".to_owned(), in_public)),
    ("tag", Way::List(|_| "/api/v1/timelines/tag/matrix".to_owned(), in_public)),
    ("search", Way::List(|post| format!("/api/v2/search?q={}&type=statuses", post.marker), found)),
    ("address", Way::List(|post| format!("/api/v2/search?resolve=true&q={}", post.uri), found)),
    ("notifications", Way::List(|_| "/api/v1/notifications".to_owned(), told)),
    ("grouped notifications", Way::List(|_| "/api/v2/notifications".to_owned(), told)),
    ("conversations", Way::List(|_| "/api/v1/conversations".to_owned(), talked)),
    (
        "user stream",
        Way::Stream("user", |visibility, relation| {
            Some(at_home(visibility, relation) == Some(true) || relation == Mentioned)
        }),
    ),
    (
        "public stream",
        Way::Stream("public", |visibility, relation| {
            Some(relation != Anonymous && in_public(visibility, relation) == Some(true))
        }),
    ),
    ("object", Way::Document(|post| post.uri.clone(), JSON, open)),
    ("outbox", Way::Document(|post| post.outbox.clone(), JSON, open)),
    ("replies", Way::Document(|post| post.replies.clone(), JSON, open)),
    ("page", Way::Document(|post| post.url.clone(), HTML, open)),
    (
        "profile page",
        Way::Document(
            |post| post.profile.clone(),
            HTML,
            |visibility| (visibility != "unlisted").then_some(visibility == "public"),
        ),
    ),
];

fn sight(visibility: &str, relation: Relation) -> Option<bool> {
    Some(may_see(visibility, relation))
}

fn in_quotes(visibility: &str, relation: Relation) -> Option<bool> {
    Some(relation != Anonymous && may_see(visibility, relation))
}

/// Whether a profile shows direct statuses to those they are for is left open.
fn in_profile(visibility: &str, relation: Relation) -> Option<bool> {
    sight(visibility, relation).filter(|seen| visibility != "direct" || !seen)
}

fn at_home(visibility: &str, relation: Relation) -> Option<bool> {
    Some(relation == Oneself || relation == Follower && may_see(visibility, relation))
}

fn in_public(visibility: &str, relation: Relation) -> Option<bool> {
    Some(visibility == "public" && may_see(visibility, relation))
}

/// Not everything that may be seen may be searched.
fn found(visibility: &str, relation: Relation) -> Option<bool> {
    match relation {
        Oneself => Some(true),
        _ => (!may_see(visibility, relation)).then_some(false),
    }
}

fn told(_: &str, relation: Relation) -> Option<bool> {
    Some(relation == Mentioned)
}

fn talked(visibility: &str, relation: Relation) -> Option<bool> {
    Some(visibility == "direct" && matches!(relation, Oneself | Mentioned))
}

fn open(visibility: &str) -> Option<bool> {
    Some(matches!(visibility, "public" | "unlisted"))
}

/// A status, with the words that tell it from others and everything that addresses are made of.
struct Post {
    visibility: &'static str,
    marker: String,
    id: String,
    poll: String,
    /// A status for everybody that quotes it, though nobody could have made it so.
    quoting: String,
    uri: String,
    url: String,
    root: String,
    author: String,
    outbox: String,
    replies: String,
    profile: String,
}

struct Reader {
    relation: Relation,
    client: Client,
    streams: Vec<(&'static str, Arc<Mutex<String>>)>,
}

impl Reader {
    async fn new(relation: Relation, client: Client) -> Self {
        let mut streams = Vec::new();
        if relation != Anonymous {
            for stream in ["user", "public"] {
                streams.push((stream, listen(&client, stream).await));
            }
        }
        Self { relation, client, streams }
    }

    async fn sees(&self, way: Way, post: &Post) -> bool {
        match way {
            Way::Address(address) => self.client.get(&address(post)).await.status.is_success(),
            Way::List(address, _) => self.client.get(&address(post)).await.text.contains(&post.marker),
            Way::Stream(stream, _) => self
                .streams
                .iter()
                .any(|(name, heard)| *name == stream && heard.lock().unwrap().contains(&post.marker)),
            Way::Document(address, kind, _) => {
                let request = self.client.request(Method::GET, &path_of(&address(post)));
                let text = self.client.send(request.header(header::ACCEPT, kind)).await.text;
                text.contains(&post.marker) || text.contains(&post.uri)
            }
        }
    }
}

fn expectation(way: Way, visibility: &str, relation: Relation) -> Option<bool> {
    match way {
        Way::Address(_) => sight(visibility, relation),
        Way::List(_, expected) | Way::Stream(_, expected) => expected(visibility, relation),
        Way::Document(_, _, expected) if relation == Anonymous => expected(visibility),
        Way::Document(..) => None,
    }
}

fn path_of(url: &str) -> String {
    let url: url::Url = url.parse().unwrap();
    url[url::Position::BeforePath..].to_owned()
}

/// Collects what a stream of server-sent events says.
async fn listen(client: &Client, stream: &str) -> Arc<Mutex<String>> {
    let request = client.request(Method::GET, &format!("/api/v1/streaming/{stream}"));
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let heard = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut body = answer.bytes_stream();
        while let Some(Ok(part)) = body.next().await {
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&part));
        }
    });
    heard
}

async fn document(client: &Client, url: &str) -> Value {
    let request = client.request(Method::GET, &path_of(url)).header(header::ACCEPT, JSON);
    client.send(request).await.ok()
}

/// The address of the page of a collection that holds the items.
async fn first_page(client: &Client, collection: &Value) -> String {
    let collection = match collection {
        Value::String(url) => document(client, url).await,
        embedded => embedded.clone(),
    };
    let first = &collection["first"];
    // One that is embedded may be empty, and say where the next one is.
    let page = first.as_str().or(first["id"].as_str()).or(first["next"].as_str());
    page.unwrap_or_else(|| panic!("no first page: {collection}")).to_owned()
}

async fn publish(a: &Instance, alice: &User, root: &Value, visibility: &'static str) -> Post {
    let nobody = &a.client();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let marker = format!("marker{visibility}");
    let status = alice
        .publish(json!({
            "status": format!("@carol {marker} #matrix"), "visibility": visibility, "in_reply_to_id": root["id"],
            "poll": { "options": ["yes", "no"], "expires_in": 3600 },
        }))
        .await;
    let quoting = json!({ "status": "Look", "visibility": "unlisted", "quoted_status_id": root["id"] });
    let quoting = text(&alice.publish(quoting).await["id"]);
    let id = status["id"].as_str().unwrap();
    let point = format!("UPDATE quotes SET quoted_status_id = {id} WHERE status_id = {quoting}");
    a.database.execute(&point).await;
    let actor = document(nobody, status["account"]["url"].as_str().unwrap()).await;
    let note = document(nobody, root["uri"].as_str().unwrap()).await;
    Post {
        visibility,
        marker,
        id: text(&status["id"]),
        poll: text(&status["poll"]["id"]),
        quoting,
        uri: text(&status["uri"]),
        url: text(&status["url"]),
        root: text(&root["id"]),
        author: text(&status["account"]["id"]),
        outbox: first_page(nobody, &actor["outbox"]).await,
        replies: first_page(nobody, &note["replies"]).await,
        profile: text(&status["account"]["url"]),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_shows_what_it_may_to_whom_it_may() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let (bob, carol, dave, eve) =
        (a.user("bob").await, a.user("carol").await, a.user("dave").await, a.user("eve").await);
    bob.follow("alice").await;
    carol.hears_strangers().await;
    let blocked = alice.find("eve").await;
    alice.act_on("accounts", &blocked, "block").await;
    let root = alice.post("The beginning").await;
    let mut readers = Vec::new();
    for (relation, client) in RELATIONS.into_iter().zip([
        alice.client.clone(),
        bob.client.clone(),
        carol.client.clone(),
        dave.client.clone(),
        eve.client.clone(),
        a.client(),
    ]) {
        readers.push(Reader::new(relation, client).await);
    }
    let mut posts = Vec::new();
    for visibility in VISIBILITIES {
        posts.push(publish(&a, &alice, &root, visibility).await);
    }
    // What is to come has come when everything that is waited for is there.
    for expected in [true, false] {
        for post in &posts {
            for reader in &readers {
                for (name, way) in WAYS {
                    if expectation(*way, post.visibility, reader.relation) != Some(expected) {
                        continue;
                    }
                    let what = format!("{name} of a {} status to {:?}", post.visibility, reader.relation);
                    if expected {
                        eventually(&what, async || reader.sees(*way, post).await.then_some(())).await;
                    } else {
                        assert!(!reader.sees(*way, post).await, "{what} shows it");
                    }
                }
            }
        }
    }
}
