//! Getting something from elsewhere: activity documents, plain JSON, pages, media.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    Client, Error, RemoteUrl, Signer,
    body::{check_status, read},
    links,
    media_types::{self, ACTIVITY_ACCEPT, PAGE_ACCEPT},
};

/// All redirects and the body together.
pub(crate) const DOCUMENT_DEADLINE: Duration = Duration::from_secs(10);
const MEDIA_DEADLINE: Duration = Duration::from_mins(1);
/// Longest activity document or page, decoded.
const MAX_DOCUMENT: usize = 1024 * 1024;

/// A JSON document and where it was in the end.
#[derive(Debug, Clone)]
pub struct Document {
    /// The URL after redirects. Whether the document may speak for it is for the caller to check.
    pub url: RemoteUrl,
    /// What it says; at most 128 levels deep, of a repeated member the last.
    pub body: Value,
}

/// A file in memory and where it was in the end.
#[derive(Debug, Clone)]
pub struct Download {
    /// The URL after redirects.
    pub url: RemoteUrl,
    /// The content type as sent, lower case without parameters; a claim, not a fact.
    pub content_type: String,
    /// The file.
    pub bytes: Bytes,
}

impl Client {
    /// An actor, object or collection (federation 3.1 to 3.6): signed by `signer` if there is one,
    /// again without the query in the signed target after a 401 or 403; only with an `ActivityPub`
    /// content type, at most 1 MiB decoded, within 10 seconds.
    pub async fn get_activity(&self, url: &RemoteUrl, signer: Option<&Signer>) -> Result<Document, Error> {
        within(DOCUMENT_DEADLINE, async {
            let (url, response) = self.get(url, ACTIVITY_ACCEPT, signer).await?;
            check_status(&response)?;
            let media_type = media_types::of(response.headers())?;
            if !media_types::is_activity(&media_type) {
                return Err(Error::ContentType(media_type.essence_str().to_owned()));
            }
            let body = json(&read(response, MAX_DOCUMENT).await?)?;
            Ok(Document { url, body })
        })
        .await
    }

    /// `WebFinger`, `NodeInfo` and the like: unsigned, at most `max_bytes` decoded, within 10
    /// seconds. Any content type will do, since static hosts often know none for these; so nothing
    /// from here may pass for an activity document.
    pub async fn get_json(&self, url: &RemoteUrl, accept: &str, max_bytes: usize) -> Result<Document, Error> {
        within(DOCUMENT_DEADLINE, async {
            let (url, response) = self.get(url, accept, None).await?;
            check_status(&response)?;
            let body = json(&read(response, max_bytes).await?)?;
            Ok(Document { url, body })
        })
        .await
    }

    /// What time it is for whoever answers at this address, with whatever status, by the `Date` of the answer (RFC
    /// 9110, 6.6.1), in whole seconds; `None` without one.
    pub async fn clock_at(&self, url: &RemoteUrl) -> Result<Option<SystemTime>, Error> {
        within(DOCUMENT_DEADLINE, async {
            let (_, response) = self.get(url, "*/*", None).await?;
            let date = response.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
            Ok(date.and_then(|date| httpdate::parse_http_date(date).ok()))
        })
        .await
    }

    /// The activity document an HTML page (at most 1 MiB) says it is another form of, by a `Link`
    /// header or a `<link rel="alternate">`. What people paste into a search box is often such a
    /// page.
    pub async fn get_page_alternate(&self, url: &RemoteUrl) -> Result<Option<RemoteUrl>, Error> {
        within(DOCUMENT_DEADLINE, async {
            let (url, response) = self.get(url, PAGE_ACCEPT, None).await?;
            check_status(&response)?;
            let media_type = media_types::of(response.headers())?;
            if !matches!(media_type.essence_str(), "text/html" | "application/xhtml+xml") {
                return Err(Error::ContentType(media_type.essence_str().to_owned()));
            }
            let lines = response.headers().get_all("link").iter();
            let header = lines.filter_map(|line| line.to_str().ok()).find_map(links::in_header);
            let found = match header {
                Some(target) => Some(target),
                None => links::in_page(&String::from_utf8_lossy(&read(response, MAX_DOCUMENT).await?)),
            };
            let target = found.and_then(|target| url.join(&target).ok());
            target.map(|target| self.check(&target)).transpose()
        })
        .await
    }

    /// Whether an HTML page (at most 1 MiB) links with `rel="me"` to one of these addresses, whether they
    /// end in a slash or not.
    pub async fn page_leads_back(&self, url: &RemoteUrl, to: &[String]) -> Result<bool, Error> {
        within(DOCUMENT_DEADLINE, async {
            let (url, response) = self.get(url, PAGE_ACCEPT, None).await?;
            check_status(&response)?;
            let media_type = media_types::of(response.headers())?;
            if !matches!(media_type.essence_str(), "text/html" | "application/xhtml+xml") {
                return Err(Error::ContentType(media_type.essence_str().to_owned()));
            }
            let page = read(response, MAX_DOCUMENT).await?;
            let plain = |url: &str| url.trim_end_matches('/').to_lowercase();
            let is_back = |target: &url::Url| to.iter().any(|one| plain(one) == plain(target.as_str()));
            Ok(links::leads_back(&String::from_utf8_lossy(&page), &url, is_back))
        })
        .await
    }

    /// A file of at most `max` bytes within a minute, if its content type begins with one of
    /// `accepted`, such as `image/`. An empty list accepts all.
    pub async fn get_bytes(&self, url: &RemoteUrl, max: usize, accepted: &[&str]) -> Result<Download, Error> {
        within(MEDIA_DEADLINE, async {
            let (url, response) = self.get(url, "*/*", None).await?;
            check_status(&response)?;
            let content_type = match media_types::of(response.headers()) {
                Ok(media_type) => media_type.essence_str().to_owned(),
                Err(_) if accepted.is_empty() => String::new(),
                Err(error) => return Err(error),
            };
            if !accepted.is_empty() && !accepted.iter().any(|prefix| content_type.starts_with(prefix)) {
                return Err(Error::ContentType(content_type));
            }
            Ok(Download { url, content_type, bytes: read(response, max).await? })
        })
        .await
    }
}

pub(crate) async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    timeout(deadline, work).await.unwrap_or(Err(Error::Timeout))
}

fn json(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::Malformed(error.to_string()))
}
