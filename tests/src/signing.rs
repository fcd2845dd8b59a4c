//! Signed requests as another server sends them, and the mistakes and attacks among them.

use std::time::{Duration, SystemTime};

use http::Method;
use signatures::{PrivateKey, SigningInput};
use url::Url;

/// What is wrong with a request.
#[derive(Clone, Debug)]
pub enum Mistake {
    /// No signature at all.
    Unsigned,
    /// The body is not the one that the (signed) digest speaks of.
    WrongDigest,
    /// Body and digest were replaced after signing.
    ChangedAfterSigning,
    /// The digest is neither sent nor signed.
    WithoutDigest,
    /// Made by this key instead of the one that is named.
    WrongKey(PrivateKey),
    /// Signed so long ago.
    Old(Duration),
    /// Signed so far ahead.
    Future(Duration),
    /// Signed for another path.
    OtherTarget,
    /// Signed for another host.
    OtherHost,
}

/// An activity on its way to an inbox.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The inbox.
    pub url: &'a Url,
    /// The activity.
    pub body: &'a [u8],
    /// The name of the key.
    pub key_id: &'a str,
    /// The key.
    pub key: &'a PrivateKey,
    /// What is wrong, if anything is.
    pub mistake: Option<Mistake>,
}

impl Outgoing<'_> {
    /// The headers beside `Host`, by name and value.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("content-type", "application/activity+json".to_owned())];
        if matches!(self.mistake, Some(Mistake::Unsigned)) {
            headers.push(("date", httpdate::fmt_http_date(SystemTime::now())));
            headers.push(("digest", signatures::digest_header(self.body)));
            return headers;
        }
        let now = SystemTime::now();
        let date = match self.mistake {
            Some(Mistake::Old(age)) => now - age,
            Some(Mistake::Future(ahead)) => now + ahead,
            _ => now,
        };
        let (signed_body, key) = match &self.mistake {
            Some(Mistake::WrongDigest | Mistake::ChangedAfterSigning) => (Some(&b"{}"[..]), self.key),
            Some(Mistake::WithoutDigest) => (None, self.key),
            Some(Mistake::WrongKey(other)) => (Some(self.body), other),
            _ => (Some(self.body), self.key),
        };
        let (mut url, mut host) = (self.url.clone(), signatures::host_header(self.url));
        match self.mistake {
            Some(Mistake::OtherTarget) => url.set_path("/another/inbox"),
            Some(Mistake::OtherHost) => "elsewhere.example".clone_into(&mut host),
            _ => {}
        }
        let input = SigningInput {
            method: &Method::POST,
            url: &url,
            host: &host,
            date,
            body: signed_body,
            content_type: None,
            without_query: false,
        };
        let signed = signatures::sign(&input, self.key_id, key).expect("the key id is an address");
        headers.push(("date", signed.date));
        headers.push(("signature", signed.signature));
        let digest = match self.mistake {
            Some(Mistake::ChangedAfterSigning) => Some(signatures::digest_header(self.body)),
            _ => signed.digest,
        };
        headers.extend(digest.map(|digest| ("digest", digest)));
        headers
    }
}
