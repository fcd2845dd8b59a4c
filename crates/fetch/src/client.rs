//! The client: how it is set up, and the one road every request takes.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};
use reqwest::{Certificate, RequestBuilder, Response};
use signatures::SigningInput;
use url::Url;

use crate::{
    Error, Refusal, RemoteUrl, Signer,
    error::unreachable,
    guard::Guard,
    resolver::{self, Lookup, Resolver},
};

const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// Connections kept open are few and short-lived: a post may go to hundreds of hosts at once.
const IDLE_PER_HOST: usize = 2;
const IDLE_DEADLINE: Duration = Duration::from_secs(15);
const MAX_REDIRECTS: usize = 3;
/// Bytes of headers, and their number.
const MAX_HEADER_BYTES: u32 = 64 * 1024;
const MAX_HEADERS: usize = 100;

/// What the configuration says about going out.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The whole `User-Agent`: name, version and our address.
    pub user_agent: String,
    /// Allows http, ports, IP literals and private addresses; `localhost` and `*.localhost` are
    /// 127.0.0.1. Never in production.
    pub insecure_dev: bool,
    /// PEM certificates to trust beside the system's.
    pub extra_ca_file: Option<PathBuf>,
}

/// The only HTTP client for addresses that others chose. Clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    guard: Guard,
}

impl Client {
    /// Reads the certificates and builds the connection pool; fails with [`Error::Setup`]. Installs
    /// aws-lc-rs as the process's TLS provider unless there is one already.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::with(&settings, Guard::new(settings.insecure_dev), resolver::system)
    }

    pub(crate) fn with(settings: &Settings, guard: Guard, lookup: Lookup) -> Result<Self, Error> {
        // An error says that one is installed, which is all that is wanted.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let extra = settings.extra_ca_file.as_deref().map(certificates).transpose()?.unwrap_or_default();
        let builder = || {
            reqwest::Client::builder()
                .user_agent(&settings.user_agent)
                .dns_resolver(Resolver::new(guard, lookup))
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .https_only(!guard.plain_http)
                .connect_timeout(CONNECT_DEADLINE)
                .pool_max_idle_per_host(IDLE_PER_HOST)
                .pool_idle_timeout(IDLE_DEADLINE)
                .http1_max_headers(MAX_HEADERS)
                .http2_max_header_list_size(MAX_HEADER_BYTES)
        };
        let built = match builder().tls_certs_merge(extra.clone()).build() {
            // A bare container has no certificates at all, and needs none to try things out by http.
            Err(_) if settings.insecure_dev => builder().tls_certs_only(extra).build(),
            built => built,
        };
        let http = built.map_err(|error| Error::Setup(chain(&error)))?;
        Ok(Self { http, guard })
    }

    /// Lets a URL pass as something to ask for, or says why not. Its fragment is dropped.
    pub fn check_url(&self, text: &str) -> Result<RemoteUrl, Error> {
        Ok(self.guard.check_text(text)?)
    }

    /// [`Client::check_url`] for a URL already parsed.
    pub fn check(&self, url: &Url) -> Result<RemoteUrl, Error> {
        Ok(self.guard.check(url.clone())?)
    }

    /// The connections underneath, for a library that asks for some and is never made to use them: the
    /// guard is not in them, only the address filter.
    pub fn connections(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// GET, through at most three redirects, each checked and signed like the first. The answer may
    /// have any status; the URL is the one that gave it.
    pub(crate) async fn get(
        &self,
        url: &RemoteUrl,
        accept: &str,
        signer: Option<&Signer>,
    ) -> Result<(RemoteUrl, Response), Error> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.knock(&url, accept, signer).await?;
            let Some(location) = redirection(&response) else { return Ok((url, response)) };
            let next = std::str::from_utf8(location).ok().and_then(|location| url.join(location).ok());
            let next = next.ok_or(Refusal::Malformed)?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Refusal::Downgrade.into());
            }
            url = self.guard.check(next)?;
        }
        Err(Error::TooManyRedirects)
    }

    /// One GET; if its signature was refused and there is a query, again with the query left out of
    /// what is signed, as old servers check it.
    async fn knock(&self, url: &RemoteUrl, accept: &str, signer: Option<&Signer>) -> Result<Response, Error> {
        let request = || self.http.get(url.as_url().clone()).header("accept", accept);
        let Some(signer) = signer else { return send(request()).await };
        let response = send(signed(request(), &Method::GET, url, None, signer, false)?).await?;
        let refused = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !refused || url.query().is_none() {
            return Ok(response);
        }
        send(signed(request(), &Method::GET, url, None, signer, true)?).await
    }

    pub(crate) fn request(&self, url: &RemoteUrl) -> RequestBuilder {
        self.http.post(url.as_url().clone())
    }
}

/// Adds date, digest and signature. `Host` is left to the connection, which writes the same one,
/// and over HTTP/2 none.
pub(crate) fn signed(
    request: RequestBuilder,
    method: &Method,
    url: &RemoteUrl,
    body: Option<&[u8]>,
    signer: &Signer,
    without_query: bool,
) -> Result<RequestBuilder, Error> {
    let host = signatures::host_header(url);
    let input = SigningInput {
        method,
        url,
        host: &host,
        date: SystemTime::now(),
        body,
        content_type: None,
        without_query,
    };
    let headers = signatures::sign(&input, &signer.key_id, &signer.key)?;
    let request = request.header("date", headers.date).header("signature", headers.signature);
    Ok(match headers.digest {
        Some(digest) => request.header("digest", digest),
        None => request,
    })
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Response, Error> {
    request.send().await.map_err(|error| unreachable(&error))
}

fn redirection(response: &Response) -> Option<&[u8]> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    response.headers().get("location").filter(|_| redirects).map(http::HeaderValue::as_bytes)
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, Error> {
    let complaint = |what: String| Error::Setup(format!("the CA file {} {what}", file.display()));
    let pem = std::fs::read(file).map_err(|error| complaint(format!("cannot be read: {error}")))?;
    let list =
        Certificate::from_pem_bundle(&pem).map_err(|error| complaint(format!("is broken: {error}")))?;
    if list.is_empty() { Err(complaint("holds no certificate".to_owned())) } else { Ok(list) }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
