//! Addresses of what lives here: the one place that knows how they are built.

use config::{Config, Storage, StorageKind};
use db::StatusId;
use db::accounts::{Account, INSTANCE_ACTOR};

/// Builds ids and addresses from the configured public URL; never from a request's headers.
#[derive(Clone, Debug)]
pub struct Urls {
    /// `https://example.social`, without a slash at the end.
    base: String,
    /// The domain of handles.
    domain: String,
    /// What the addresses of stored files begin with, without a slash at the end.
    files: String,
    origin_of_files: Option<String>,
}

impl Urls {
    /// For this configuration.
    pub fn new(config: &Config) -> Self {
        let base = config.origin();
        let elsewhere = match &config.storage {
            Storage { kind: StorageKind::S3, s3_public_url: Some(url), .. } => Some(url),
            _ => None,
        };
        let files = elsewhere
            .map_or_else(|| format!("{base}/media"), |url| url.as_str().trim_end_matches('/').to_owned());
        let origin_of_files = elsewhere.map(|url| url.origin().ascii_serialization());
        Self { base, domain: config.instance.domain.clone(), files, origin_of_files }
    }

    /// `https://example.social`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The domain of handles, with its port if it has one.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The host (with port) that ids have.
    pub fn host(&self) -> &str {
        db::instances::host_of(&self.base).unwrap_or(&self.domain)
    }

    /// Whether an id or address is ours.
    pub fn is_ours(&self, uri: &str) -> bool {
        db::instances::is_on_host(uri, self.host())
    }

    /// The ActivityPub id of a local actor.
    pub fn actor(&self, username: &str) -> String {
        if username == INSTANCE_ACTOR {
            format!("{}/actor", self.base)
        } else {
            format!("{}/users/{username}", self.base)
        }
    }

    /// The page of a local account.
    pub fn profile(&self, username: &str) -> String {
        format!("{}/@{username}", self.base)
    }

    /// The ActivityPub id of a local status.
    pub fn status(&self, username: &str, id: StatusId) -> String {
        format!("{}/users/{username}/statuses/{id}", self.base)
    }

    /// The ActivityPub id of the approval that a local author gave to a quote: to the status that quotes.
    pub fn quote_authorization(&self, username: &str, quoting: StatusId) -> String {
        format!("{}/users/{username}/quote_authorizations/{quoting}", self.base)
    }

    /// The page of a local status.
    pub fn status_page(&self, username: &str, id: StatusId) -> String {
        format!("{}/@{username}/{id}", self.base)
    }

    /// The id of the local status that this is the address or the ActivityPub id of. Whether there is one, and
    /// whose, it does not say.
    pub fn local_status(&self, address: &str) -> Option<StatusId> {
        let path = address.strip_prefix(&self.base)?.split(['?', '#']).next()?.trim_end_matches('/');
        let digits = match *path.split('/').collect::<Vec<_>>() {
            ["", name, id] if name.len() > 1 && name.starts_with('@') => id,
            ["", "users", _, "statuses", id] => id,
            _ => return None,
        };
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    /// The ActivityPub id of a local reblog, which is an activity.
    pub fn reblog(&self, username: &str, id: StatusId) -> String {
        format!("{}/users/{username}/statuses/{id}/activity", self.base)
    }

    /// The ActivityPub id of a follow by a local account.
    pub fn follow(&self, username: &str, number: i64) -> String {
        format!("{}#follows/{number}", self.actor(username))
    }

    /// The ActivityPub id of a favourite by a local account.
    pub fn favourite(&self, username: &str, number: i64) -> String {
        format!("{}#likes/{number}", self.actor(username))
    }

    /// The ActivityPub id of a reaction by a local account.
    pub fn reaction(&self, username: &str, number: i64) -> String {
        format!("{}#reactions/{number}", self.actor(username))
    }

    /// The ActivityPub id of a block by a local account.
    pub fn block(&self, username: &str, number: i64) -> String {
        format!("{}#blocks/{number}", self.actor(username))
    }

    /// Where tags link to, without a slash at the end.
    pub fn tags(&self) -> String {
        format!("{}/tags", self.base)
    }

    /// The page of a tag.
    pub fn tag(&self, name: &str) -> String {
        let escaped: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("{}/tags/{escaped}", self.base)
    }

    /// The statuses of a local account with a tag.
    pub fn tagged(&self, username: &str, tag: &str) -> String {
        let escaped: String = url::form_urlencoded::byte_serialize(tag.as_bytes()).collect();
        format!("{}/tagged/{escaped}", self.profile(username))
    }

    /// The address of a stored file; that of an attachment here says `media` once.
    pub fn media(&self, key: &str) -> String {
        let path = if self.origin_of_files.is_none() { key.strip_prefix("media/") } else { None };
        format!("{}/{}", self.files, path.unwrap_or(key))
    }

    /// The origin of stored files, if it is not ours (for a `Content-Security-Policy`).
    pub fn origin_of_files(&self) -> Option<&str> {
        self.origin_of_files.as_deref()
    }

    /// An absolute address of a path here (beginning with a slash).
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The page of an account, wherever it lives.
    pub fn page_of(&self, account: &Account) -> String {
        match (&account.domain, &account.url) {
            (None, _) => self.profile(&account.username),
            (Some(_), Some(url)) => url.clone(),
            (Some(_), None) => account.uri.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use config::Config;
    use db::StatusId;

    use super::Urls;

    #[test]
    fn addresses_of_own_statuses_are_known() {
        let mut config = Config::default();
        "a.example".clone_into(&mut config.instance.domain);
        let urls = Urls::new(&config);
        for address in [
            "https://a.example/@alice/7",
            "https://a.example/@alice/7/?x=1#y",
            "https://a.example/users/alice/statuses/7",
        ] {
            assert_eq!(urls.local_status(address), Some(StatusId(7)), "{address}");
        }
        for address in [
            "",
            "https://a.example",
            "https://a.example/@alice",
            "https://a.example/@/7",
            "https://a.example/@alice/",
            "https://a.example/@alice/x",
            "https://a.example/@alice/-7",
            "https://a.example/@alice/7/more",
            "https://a.example.evil.example/@alice/7",
            "https://b.example/@alice/7",
            "https://a.example/users/alice/statuses/99999999999999999999",
        ] {
            assert_eq!(urls.local_status(address), None, "{address}");
        }
    }
}
