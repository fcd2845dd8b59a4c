//! A search server for tests: the one that `MEILISEARCH_URL` (and `MEILISEARCH_KEY`) names, or else a small one
//! that answers by Meilisearch's published HTTP API, as far as Stoa uses it: settings, documents, and search
//! with filters. It knows words by their beginning, but no typing errors and no ranking.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The key that the small server wants.
const KEY: &str = "a key of the tests";

/// A running search server.
#[derive(Debug)]
pub struct Meilisearch {
    /// Where it answers.
    pub url: String,
    /// The key that it wants.
    pub key: String,
    task: Option<JoinHandle<()>>,
}

/// Documents by id, by index.
type Indexes = Arc<Mutex<HashMap<String, BTreeMap<i64, Value>>>>;

impl Meilisearch {
    /// The one that is named, or a small one.
    pub async fn start() -> Self {
        if let Ok(url) = std::env::var("MEILISEARCH_URL") {
            return Self { url, key: std::env::var("MEILISEARCH_KEY").unwrap_or_default(), task: None };
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let routes = Router::new()
            .route("/health", get(async || Json(json!({ "status": "available" }))))
            .route("/indexes/{index}/settings", patch(settings))
            .route("/indexes/{index}/documents", post(put))
            .route("/indexes/{index}/documents/delete-batch", post(remove))
            .route("/indexes/{index}/search", post(search))
            .layer(from_fn(authorized))
            .with_state(Indexes::default());
        let task = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it serves");
        });
        Self { url, key: KEY.to_owned(), task: Some(task) }
    }

    /// Ends the small one; one that is not ours goes on, and false is answered.
    pub fn stop(&self) -> bool {
        self.task.as_ref().map(JoinHandle::abort).is_some()
    }
}

async fn authorized(request: Request, next: Next) -> Result<Response, StatusCode> {
    let sent = request.headers().get(header::AUTHORIZATION);
    if sent.is_some_and(|sent| sent == format!("Bearer {KEY}").as_str()) || request.uri().path() == "/health"
    {
        Ok(next.run(request).await)
    } else {
        Err(StatusCode::FORBIDDEN)
    }
}

fn task(index: &str, kind: &str) -> (StatusCode, Json<Value>) {
    let task = json!({
        "taskUid": 1, "indexUid": index, "status": "enqueued", "type": kind,
        "enqueuedAt": "2026-01-01T00:00:00Z",
    });
    (StatusCode::ACCEPTED, Json(task))
}

async fn settings(Path(index): Path<String>, Json(settings): Json<Value>) -> (StatusCode, Json<Value>) {
    assert!(settings["searchableAttributes"].is_array(), "{settings}");
    task(&index, "settingsUpdate")
}

async fn put(
    State(indexes): State<Indexes>,
    Path(index): Path<String>,
    Json(documents): Json<Vec<Value>>,
) -> (StatusCode, Json<Value>) {
    let mut indexes = indexes.lock().expect("no holder has panicked");
    let documents = documents.into_iter().map(|document| (document["id"].as_i64().expect("an id"), document));
    indexes.entry(index.clone()).or_default().extend(documents);
    task(&index, "documentAdditionOrUpdate")
}

async fn remove(
    State(indexes): State<Indexes>,
    Path(index): Path<String>,
    Json(ids): Json<Vec<i64>>,
) -> (StatusCode, Json<Value>) {
    let mut indexes = indexes.lock().expect("no holder has panicked");
    indexes.entry(index.clone()).or_default().retain(|id, _| !ids.contains(id));
    task(&index, "documentDeletion")
}

async fn search(
    State(indexes): State<Indexes>,
    Path(index): Path<String>,
    Json(query): Json<Value>,
) -> Json<Value> {
    let indexes = indexes.lock().expect("no holder has panicked");
    let words = query["q"].as_str().unwrap_or_default().to_lowercase();
    let filter = query["filter"].as_str().unwrap_or_default();
    let number = |key: &str, default| {
        query[key].as_u64().map_or(default, |n| usize::try_from(n).expect("a small number"))
    };
    let documents = indexes.get(&index).into_iter().flat_map(|documents| documents.values().rev());
    let hits: Vec<Value> = documents
        .filter(|document| words.split_whitespace().all(|word| has(document, word)))
        .filter(|document| filter.is_empty() || filter.split(" AND ").all(|part| holds(document, part)))
        .skip(number("offset", 0))
        .take(number("limit", 20))
        .map(|document| json!({ "id": document["id"] }))
        .collect();
    Json(json!({
        "hits": hits, "offset": 0, "limit": 20, "estimatedTotalHits": hits.len(), "processingTimeMs": 0,
        "query": words,
    }))
}

fn has(document: &Value, word: &str) -> bool {
    let texts = document.as_object().into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_str);
    texts
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .any(|other| other.to_lowercase().starts_with(word))
}

/// `(a = 1 OR b = 2)`, `a = 1`, `a < 1` or `a > 1`; a list has a value if one of its items is it.
fn holds(document: &Value, condition: &str) -> bool {
    let condition = condition.trim_matches(['(', ')']);
    condition.split(" OR ").any(|comparison| {
        let parts: Vec<&str> = comparison.split(' ').collect();
        let [field, operator, value] = parts[..] else { panic!("not understood: {comparison}") };
        let value: Value = serde_json::from_str(value).expect("a literal");
        match (&document[field], operator) {
            (Value::Array(items), "=") => items.contains(&value),
            (item, "=") => *item == value,
            (item, "<") => item.as_i64() < value.as_i64(),
            (item, ">") => item.as_i64() > value.as_i64(),
            _ => panic!("not understood: {comparison}"),
        }
    })
}
