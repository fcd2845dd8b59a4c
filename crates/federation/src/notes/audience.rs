//! For whom a post was written (federation 24): from addresses to visibility and accounts.

use std::collections::HashMap;
use std::time::Duration;

use db::accounts::Account;
use db::{AccountId, Visibility};
use serde_json::Value;
use text::Handle;
use tokio::time::timeout;

use super::Note;
use crate::fault::Fault;
use crate::fetching::{self, Budget};
use crate::{Federation, json};

/// Most addresses looked at in each member.
const MOST: usize = 100;
/// Most unknown actors fetched because a post mentions them.
const MAX_STRANGERS: usize = 5;
/// How long a post waits for them.
const PATIENCE: Duration = Duration::from_secs(5);

/// `to` and `cc`, as ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audience {
    to: Vec<String>,
    cc: Vec<String>,
}

impl Audience {
    /// Of an object; what it does not say, the activity that carried it says (11.4).
    pub(crate) fn of(object: &Value, activity: Option<&Value>) -> Self {
        let read = |name: &str| {
            let member = if object.get(name).is_some() { Some(object) } else { activity };
            member.map(|value| json::links(value, name, MOST).map(str::to_owned).collect())
        };
        Self { to: read("to").unwrap_or_default(), cc: read("cc").unwrap_or_default() }
    }

    /// The visibility that these addresses mean (24.1), with the author's followers collection. What is
    /// addressed to nobody known, or to other collections, is for named accounts only (24.6, 24.9).
    pub(crate) fn visibility(&self, followers: Option<&str>) -> Visibility {
        let public = |list: &[String]| list.iter().any(|id| json::PUBLIC.contains(&id.as_str()));
        let followers = |id: &String| followers == Some(id.as_str());
        if public(&self.to) {
            Visibility::Public
        } else if public(&self.cc) {
            Visibility::Unlisted
        } else if self.to.iter().chain(&self.cc).any(followers) {
            Visibility::Private
        } else {
            Visibility::Direct
        }
    }

    /// Everything addressed that may be somebody.
    fn people<'a>(&'a self, followers: Option<&'a str>) -> impl Iterator<Item = &'a String> {
        let all = self.to.iter().chain(&self.cc);
        all.filter(move |id| !json::PUBLIC.contains(&id.as_str()) && followers != Some(id.as_str()))
    }
}

/// Whom a post reaches, by accounts.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    pub(crate) visibility: Visibility,
    /// Named in the text.
    pub(crate) mentions: Vec<AccountId>,
    /// Addressed, but not named.
    pub(crate) silent: Vec<AccountId>,
    /// Whether somebody who lives here is among them.
    pub(crate) somebody_here: bool,
    /// Mentioned actors that nobody here has met.
    strangers: Vec<String>,
}

/// Finds the accounts that a post names or is addressed to, in one query. `recipient` is the owner of the
/// inbox that it came to: who got it without being addressed may read it (11.7).
pub(crate) async fn readers(
    f: &Federation,
    note: &Note,
    author: AccountId,
    followers: Option<&str>,
    recipient: Option<AccountId>,
) -> Result<Readers, Fault> {
    let visibility = note.audience.visibility(followers);
    let addressed: Vec<String> = note.audience.people(followers).map(|id| ours(f, id)).take(MOST).collect();
    let named: Vec<String> = note.mentions.iter().filter_map(|target| named(f, target)).collect();
    let mut uris: Vec<String> = named.iter().chain(&addressed).cloned().collect();
    uris.sort_unstable();
    uris.dedup();
    let mut readers = Readers {
        visibility,
        mentions: Vec::new(),
        silent: Vec::new(),
        somebody_here: false,
        strangers: Vec::new(),
    };
    if !uris.is_empty() {
        let found = db::accounts::load_by_uris(&mut *f.app.conn().await?, &uris).await?;
        let found: HashMap<String, Account> = found.into_iter().map(|a| (a.uri.clone(), a)).collect();
        for uri in &named {
            match found.get(uri) {
                // A mention of somebody here counts if it is addressed, or was put into the own inbox (25.2).
                Some(account) if account.is_local() => {
                    if addressed.contains(uri) || recipient == Some(account.id) {
                        readers.mentions.push(account.id);
                        readers.somebody_here = true;
                    }
                }
                Some(account) => readers.mentions.push(account.id),
                None if f.app.urls.is_ours(uri) => {}
                None => readers.strangers.push(uri.clone()),
            }
        }
        for account in addressed.iter().filter_map(|uri| found.get(uri)) {
            readers.somebody_here |= account.is_local();
            // What everybody may read needs no list of readers.
            let listed = readers.mentions.contains(&account.id) || readers.silent.contains(&account.id);
            if !visibility.is_open() && !listed {
                readers.silent.push(account.id);
            }
        }
    }
    if let Some(owner) = recipient.filter(|_| !visibility.is_open())
        && !readers.mentions.contains(&owner)
        && !readers.silent.contains(&owner)
    {
        readers.silent.push(owner);
        readers.somebody_here = true;
    }
    readers.mentions.retain(|id| *id != author);
    readers.silent.retain(|id| *id != author);
    Ok(readers)
}

impl Readers {
    /// Fetches a few of the mentioned actors that nobody here has met; whoever does not answer is left out.
    pub(crate) async fn meet_strangers(&mut self, f: &Federation, budget: &Budget) {
        let strangers = std::mem::take(&mut self.strangers);
        let fetches = strangers
            .iter()
            .take(MAX_STRANGERS)
            .map(|uri| timeout(PATIENCE, fetching::actor(f, uri, budget)));
        for account in futures::future::join_all(fetches).await.into_iter().flatten().flatten() {
            if !self.mentions.contains(&account.id) {
                self.mentions.push(account.id);
            }
        }
    }
}

/// The actor's id for what may be the page of a local profile.
fn ours(f: &Federation, id: &str) -> String {
    let username = id.strip_prefix(f.app.urls.base()).and_then(|path| path.strip_prefix("/@"));
    username.map_or_else(|| id.to_owned(), |username| f.app.urls.actor(username))
}

/// The actor's id that a mention names.
fn named(f: &Federation, target: &str) -> Option<String> {
    let Some(handle) = target.strip_prefix("acct:") else { return Some(ours(f, target)) };
    let handle = Handle::parse(handle).ok()?;
    let here = handle.domain.as_deref() == Some(f.app.urls.domain());
    here.then(|| f.app.urls.actor(&handle.username))
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn addresses_mean_visibility() {
        let followers = Some("https://a.example/f");
        for (to, cc, expected) in [
            (value!("as:Public"), value!([]), Visibility::Public),
            (value!(["https://a.example/f"]), value!(["Public"]), Visibility::Unlisted),
            (value!("https://a.example/f"), value!(null), Visibility::Private),
            (value!(["https://b.example/u"]), value!([{"id": "https://a.example/f"}]), Visibility::Private),
            (value!(["https://b.example/u"]), value!([]), Visibility::Direct),
            (value!(["https://b.example/f"]), value!([]), Visibility::Direct),
            (value!(null), value!(null), Visibility::Direct),
        ] {
            let audience = Audience::of(&value!({ "to": to, "cc": cc }), None);
            assert_eq!(audience.visibility(followers), expected, "{to} {cc}");
        }
    }

    #[test]
    fn the_activity_fills_in() {
        let activity = value!({"to": "as:Public", "cc": "https://a.example/f"});
        let audience = Audience::of(&value!({"cc": []}), Some(&activity));
        assert_eq!(audience, Audience { to: vec!["as:Public".to_owned()], cc: vec![] });
    }
}
