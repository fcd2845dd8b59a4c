//! Handing something to an inbox, or to a push service.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use reqwest::RequestBuilder;
use tokio::time::timeout;

use crate::{
    Client, Error, RemoteUrl, Signer,
    body::{drain, retry_after},
    client::{send, signed},
    media_types::ACTIVITY,
};

/// Until there is a status.
const DEADLINE: Duration = Duration::from_secs(15);
/// The body of an answer is nothing to us; a short one is read so that the connection lives on.
const MAX_ANSWER: usize = 64 * 1024;
const ANSWER_DEADLINE: Duration = Duration::from_secs(2);

/// What the inbox said. Redirects are not followed: 301 and 308 arrive here as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// Any status, good or bad.
    pub status: StatusCode,
    /// What `Retry-After` asks for, at most a day.
    pub retry_after: Option<Duration>,
}

impl Client {
    /// Signs `body` now and posts it as `application/activity+json` with a `Content-Length`. Every
    /// status is an `Ok`; an error means that there was none within 15 seconds.
    pub async fn post_signed(&self, url: &RemoteUrl, body: Bytes, signer: &Signer) -> Result<Posted, Error> {
        let request = self.request(url).header("content-type", ACTIVITY);
        let request = signed(request, &Method::POST, url, Some(&body), signer, false)?.body(body);
        posted(request).await
    }

    /// Posts `body` as it is, unsigned, with these headers. Every status is an `Ok`; an error means that there
    /// was none within 15 seconds.
    pub async fn post(&self, url: &RemoteUrl, headers: HeaderMap, body: Bytes) -> Result<Posted, Error> {
        posted(self.request(url).headers(headers).body(body)).await
    }
}

async fn posted(request: RequestBuilder) -> Result<Posted, Error> {
    let response = timeout(DEADLINE, send(request)).await.unwrap_or(Err(Error::Timeout))?;
    let posted = Posted { status: response.status(), retry_after: retry_after(response.headers()) };
    // Too long or too slow an answer costs the connection, not the delivery.
    let _ = timeout(ANSWER_DEADLINE, drain(response, MAX_ANSWER)).await;
    Ok(posted)
}
