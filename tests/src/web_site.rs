//! A web site inside the test, which people link to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, Uri, header};

/// What is at an address.
#[derive(Clone, Debug)]
pub struct WebPage {
    status: StatusCode,
    content_type: &'static str,
    location: Option<String>,
    delay: Duration,
    body: Bytes,
}

impl WebPage {
    /// A page of HTML.
    pub fn html(body: impl Into<String>) -> Self {
        Self::file("text/html; charset=utf-8", body.into())
    }

    /// Any file.
    pub fn file(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let (status, delay) = (StatusCode::OK, Duration::ZERO);
        Self { status, content_type, location: None, delay, body: body.into() }
    }

    /// A way to another address.
    pub fn redirect(to: &str) -> Self {
        Self { status: StatusCode::FOUND, location: Some(to.to_owned()), ..Self::html("") }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same, answered late.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<HashMap<String, WebPage>>,
    asked: Mutex<Vec<String>>,
}

/// A web site, at an address of its own.
#[derive(Debug)]
pub struct WebSite {
    /// `127.0.0.1:port`.
    pub domain: String,
    shared: Arc<Shared>,
}

impl WebSite {
    /// An empty one.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let domain = listener.local_addr().expect("a listener has an address").to_string();
        let shared = Arc::new(Shared::default());
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(axum::serve(listener, routes).into_future());
        Self { domain, shared }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.domain)
    }

    /// Puts something at a path and returns its address.
    pub fn put(&self, path: &str, page: WebPage) -> String {
        self.shared.pages.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), page);
        self.url(path)
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        let asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|one| *one == path).count()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let path = uri.path().to_owned();
    let page = shared.pages.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let Some(page) = page else { return StatusCode::NOT_FOUND.into_response() };
    tokio::time::sleep(page.delay).await;
    let mut response =
        Response::builder().status(page.status).header(header::CONTENT_TYPE, page.content_type);
    if let Some(location) = page.location {
        response = response.header(header::LOCATION, location);
    }
    response.body(Body::from(page.body)).expect("it is a response")
}
