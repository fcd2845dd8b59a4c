//! The way to Meilisearch: our own HTTP client under the SDK.

use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use futures::AsyncReadExt;
use futures::io::AsyncRead;
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long Meilisearch may take to answer; PostgreSQL searches instead of waiting.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    /// With the key in each request.
    pub(crate) fn new(key: Option<&str>) -> Result<Self, Error> {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let mut value = HeaderValue::try_from(format!("Bearer {key}")).map_err(other)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client = reqwest::Client::builder().default_headers(headers).timeout(PATIENCE).no_proxy();
        Ok(Self(client.build().map_err(other)?))
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, Error> {
        let mut request = self.0.request(verb(&method), url).query(method.query());
        if let Some(body) = method.into_body() {
            let mut bytes = Vec::new();
            pin!(body).read_to_end(&mut bytes).await.map_err(other)?;
            request = request.header(CONTENT_TYPE, content_type).body(bytes);
        }
        let answer = request.send().await.map_err(other)?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(other)?;
        let text = if text.is_empty() { "null" } else { text.as_str() };
        parse_response(status, expected_status_code, text, url.to_owned())
    }

    fn is_tokio(&self) -> bool {
        true
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}

fn verb<Q, B>(method: &Method<Q, B>) -> reqwest::Method {
    match method {
        Method::Get { .. } => reqwest::Method::GET,
        Method::Post { .. } => reqwest::Method::POST,
        Method::Patch { .. } => reqwest::Method::PATCH,
        Method::Put { .. } => reqwest::Method::PUT,
        Method::Delete { .. } => reqwest::Method::DELETE,
    }
}
