//! Handing messages for devices to their push services.

use anyhow::{Context, Result, anyhow};
use fetch::{Error, Posted};
use http::{HeaderMap, HeaderValue, StatusCode};
use jobs::RetryAfter;
use services::push::{Letter, Push};

use crate::Parts;

/// Sends one, unless there is nothing to say any more. What the service cannot take now is tried again; a
/// subscription that it does not know any more, or does not want, ends.
pub(crate) async fn run(parts: Parts, job: Push) -> Result<()> {
    let Some(letter) = services::push::write(&parts.app, &job).await? else { return Ok(()) };
    let subscription = letter.subscription;
    match send(&parts.federation.client, letter).await {
        Ok(posted) if posted.status.is_success() => Ok(()),
        Ok(posted) if is_final(posted.status) => {
            tracing::info!(subscription, status = posted.status.as_u16(), "A push subscription has ended");
            Ok(services::push::forget(&parts.app, subscription).await?)
        }
        Ok(posted) => Err(later(posted)),
        Err(Error::Refused(refusal)) => {
            tracing::warn!(subscription, %refusal, "A push subscription leads nowhere and has ended");
            Ok(services::push::forget(&parts.app, subscription).await?)
        }
        Err(error) => Err(error).context("the push service cannot be reached"),
    }
}

async fn send(client: &fetch::Client, letter: Letter) -> Result<Posted, Error> {
    let url = client.check_url(&letter.endpoint)?;
    let mut headers = HeaderMap::new();
    for (name, value) in letter.headers.into_iter().chain(letter.message.headers) {
        // All of them are ASCII of our own.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
    headers.insert("content-type", HeaderValue::from_static("application/octet-stream"));
    client.post(&url, headers, letter.message.body.into()).await
}

/// Whether the answer will not be another one later.
fn is_final(status: StatusCode) -> bool {
    let for_now = [StatusCode::REQUEST_TIMEOUT, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::TOO_MANY_REQUESTS];
    (status.is_client_error() && !for_now.contains(&status)) || status.is_redirection()
}

fn later(posted: Posted) -> anyhow::Error {
    let error = anyhow!("the push service answered {}", posted.status.as_u16());
    match posted.retry_after {
        Some(pause) => error.context(RetryAfter(pause)),
        None => error,
    }
}
