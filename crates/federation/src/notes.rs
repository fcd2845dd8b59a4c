//! Reading a remote post (federation 11, 24 to 28): a Note or Question as it is, other types as title, excerpt
//! and link.

pub(crate) mod arrival;
pub(crate) mod attachments;
pub(crate) mod audience;
pub(crate) mod content;
pub(crate) mod polls;
pub(crate) mod quotes;
pub(crate) mod tags;

use chrono::{DateTime, Utc};
use db::polls::NewPoll;
use db::quotes::Policy;
use db::reply_policies::ReplyPolicy;
use serde_json::Value;
use services::accounts::RemoteEmoji;
use services::publish::{RemoteMedia, RemoteStatus};
use services::quotes::Quoted;
use text::SafeHtml;

use crate::json;
use audience::{Audience, Readers};

/// Characters of a content warning that are kept.
const MAX_WARNING: usize = 1000;
/// Accounts and collections of a policy that are kept.
const MAX_REPLIERS: usize = 64;

/// What a document says of its post, checked and sanitised; whom its addressees are is not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Its id.
    pub(crate) uri: String,
    /// Who wrote it: one actor on the id's host.
    pub(crate) author: String,
    pub(crate) audience: Audience,
    /// Ids or profile addresses of those it mentions; `acct:` and a handle where there was nothing else.
    pub(crate) mentions: Vec<String>,
    pub(crate) in_reply_to_uri: Option<String>,
    pub(crate) updated: Option<DateTime<Utc>>,
    pub(crate) emojis: Vec<RemoteEmoji>,
    pub(crate) poll: Option<NewPoll>,
    pub(crate) quote: Option<Quoted>,
    pub(crate) may_quote: quotes::Allowed,
    url: Option<String>,
    content: SafeHtml,
    spoiler_text: String,
    sensitive: bool,
    language: Option<String>,
    published: DateTime<Utc>,
    tags: Vec<(String, String)>,
    media: Vec<RemoteMedia>,
    /// Whose replies are approved without asking, as ids and collections; `None` is everybody.
    repliers: Option<Vec<String>>,
}

/// Whether this is a vote and not a post (21.6): a name, nothing said, in answer to something.
pub(crate) fn is_vote(document: &Value) -> bool {
    json::text(document, "name").is_some_and(|name| !name.is_empty())
        && json::natural(document, "content").0.is_none_or(str::is_empty)
        && json::is(document, "Note")
        && json::link(document, "inReplyTo").is_some()
        && json::one(document, "attachment").is_none()
}

/// Reads a post; `activity` carried it and says to whom where it does not itself (11.4). The caller has made
/// sure that the document speaks for its id.
pub(crate) fn parse(document: &Value, activity: Option<&Value>) -> Result<Note, String> {
    let form = content::Form::of(document).ok_or("it is not a post")?;
    if is_vote(document) {
        return Err("it is a vote".to_owned());
    }
    let uri = json::id(document).and_then(json::web_url).ok_or("the post has no usable id")?;
    let author = json::author(document).filter(|author| json::same_origin(author, &uri));
    let author = author.ok_or("the post is not attributed to one actor on its own host")?.to_owned();
    let url = json::page(document);
    let (content, language) = content::content(document, form, url.as_deref().unwrap_or(&uri));
    let media = attachments::attachments(document);
    let summary = json::natural(document, "summary").0.filter(|_| form == content::Form::Whole);
    let spoiler_text = text::clean_line(&text::plain(summary.unwrap_or_default()), MAX_WARNING);
    if content.to_plain().is_empty()
        && media.is_empty()
        && spoiler_text.is_empty()
        && !json::is(document, "Question")
        && quotes::quote(document).is_none()
    {
        return Err("the post is empty".to_owned());
    }
    Ok(Note {
        audience: Audience::of(document, activity),
        mentions: tags::mentions(document),
        in_reply_to_uri: json::link(document, "inReplyTo").filter(|parent| *parent != uri).map(str::to_owned),
        updated: json::time(document, "updated"),
        emojis: tags::emojis(document),
        poll: polls::poll(document),
        quote: quotes::quote(document).filter(|quote| quote.uri != uri),
        may_quote: quotes::Allowed::by(document),
        url,
        content,
        sensitive: json::flag(document, "sensitive") || !spoiler_text.is_empty(),
        spoiler_text,
        language,
        published: json::time(document, "published").unwrap_or_else(Utc::now).min(Utc::now()),
        tags: tags::hashtags(document),
        media,
        repliers: repliers(document),
        author,
        uri,
    })
}

/// Whose replies the policy of GoToSocial approves (22.7), under its new or its old name.
fn repliers(document: &Value) -> Option<Vec<String>> {
    let rules = json::one(json::one(document, "interactionPolicy")?, "canReply")?;
    let name = if rules.get("automaticApproval").is_some() { "automaticApproval" } else { "always" };
    let ids: Vec<String> = json::links(rules, name, MAX_REPLIERS).map(str::to_owned).collect();
    (!ids.iter().any(|id| json::PUBLIC.contains(&id.as_str()))).then_some(ids)
}

impl Note {
    /// Who may answer it; `followers` is the collection of its author.
    pub(crate) fn reply_policy(&self, followers: Option<&str>) -> Option<ReplyPolicy> {
        let mut policy = ReplyPolicy::default();
        for id in self.repliers.as_ref()? {
            if followers == Some(id.as_str()) {
                policy.followers = true;
            } else if id.ends_with("/following") && json::same_origin(id, &self.author) {
                policy.following = true;
            } else {
                policy.uris.extend(json::web_url(id).filter(|id| *id != self.author));
            }
        }
        Some(policy)
    }

    /// Forgets files and pictures at addresses that are not `good`: nobody here is sent where we would not go.
    fn keep_files(&mut self, good: impl Fn(&str) -> bool) {
        self.media.retain(|media| good(&media.url));
        self.emojis.retain(|emoji| good(&emoji.image_url));
    }

    /// The same with its addressees.
    pub(crate) fn addressed(self, readers: Readers, quote_policy: Policy) -> RemoteStatus {
        RemoteStatus {
            uri: self.uri,
            url: self.url,
            visibility: readers.visibility,
            content: self.content,
            spoiler_text: self.spoiler_text,
            sensitive: self.sensitive,
            language: self.language,
            published: self.published,
            updated: self.updated,
            in_reply_to_uri: self.in_reply_to_uri,
            mentions: readers.mentions,
            silent_mentions: readers.silent,
            tags: self.tags,
            media: self.media,
            poll: self.poll,
            has_emojis: !self.emojis.is_empty(),
            replies: None,
            quote: self.quote,
            quote_policy,
        }
    }
}

#[cfg(test)]
mod tests;
