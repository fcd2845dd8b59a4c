//! Writing, changing and removing statuses of local accounts.

mod checks;

use std::collections::HashSet;

use chrono::Utc;
use db::accounts::{self, Account};
use db::ids::ApplicationId;
use db::media::MediaChanges;
use db::quotes::Policy;
use db::reply_policies::{self, ReplyPolicy};
use db::statuses::{self, Status};
use db::users::quote_policy;
use db::{AccountId, Conn, DraftId, MediaId, StatusId, Visibility, bookmarks, idempotency};
use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};
use text::{Format, Handle, Links, Rendered, ResolvedMention};

use crate::events::Event;
use crate::polls::PollDraft;
use crate::publish::{Origin, Parent, Post, Published, publish, revise};
use crate::quotes::{self, Quoted};
use crate::{App, Error, Resolver, Result};
use checks::{Said, check};

pub(crate) use checks::check_media;

/// At most so many people are mentioned by one status; further handles stay text.
const MAX_MENTIONS: usize = 50;
/// At most so many hashtags count.
const MAX_TAGS: usize = 32;
/// How long unknown mentions of one status are looked for.
const RESOLVE_WITHIN: std::time::Duration = std::time::Duration::from_secs(8);

/// A status as it was typed; drafts are stored in this form.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are the parameters of POST /api/v1/statuses")]
pub struct Draft {
    pub text: String,
    pub spoiler_text: String,
    pub visibility: Visibility,
    pub sensitive: bool,
    pub language: Option<String>,
    pub in_reply_to: Option<StatusId>,
    pub media: Vec<MediaId>,
    #[serde(with = "by_number")]
    pub format: Format,
    pub application: Option<ApplicationId>,
    pub idempotency_key: Option<String>,
    pub poll: Option<PollDraft>,
    /// For accounts of this instance alone, whatever the visibility.
    pub local_only: bool,
    /// What it quotes.
    #[serde(default)]
    pub quoted: Option<StatusId>,
    /// Who may quote it, as in the settings of users.
    #[serde(default = "nobody")]
    pub quote_policy: i16,
    /// Who may answer it; `None` is everybody.
    #[serde(default)]
    pub replies: Option<ReplyPolicy>,
    /// The stored draft that it is, which ends when it is published.
    #[serde(skip)]
    pub stored: Option<DraftId>,
}

/// For drafts from before there were quotes.
fn nobody() -> i16 {
    quote_policy::NOBODY
}

/// A format by its number in rows.
mod by_number {
    use serde::{Deserialize, Deserializer, Serializer};
    use text::Format;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(super) fn serialize<S: Serializer>(format: &Format, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i16(super::stored_format(*format))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Format, D::Error> {
        i16::deserialize(from).map(super::format_of)
    }
}

/// What an author makes of a status.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "they are the parameters of PUT /api/v1/statuses/:id")]
pub struct Edit {
    pub text: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub media: Vec<MediaId>,
    pub format: Format,
    pub media_changes: Vec<(MediaId, MediaChanges)>,
    pub poll: Option<PollDraft>,
    /// `None` leaves it as it is.
    pub quote_policy: Option<i16>,
}

/// Publishes a status, or returns the one that was published with the same idempotency key.
pub async fn create(app: &App, resolver: &dyn Resolver, author: &Account, draft: Draft) -> Result<Status> {
    check(app, &Said::in_draft(&draft))?;
    let poll = draft.poll.as_ref().map(|poll| poll.checked(app)).transpose()?;
    let mut conn = app.conn().await?;
    if let Some(key) = draft.idempotency_key.as_ref().filter(|_| draft.stored.is_none())
        && let Some(earlier) = idempotency::find(&mut conn, author.id, key).await?
    {
        return Ok(statuses::find_own(&mut conn, author.id, earlier).await?);
    }
    let parent = match draft.in_reply_to {
        Some(id) => Some(replied_to(&mut conn, author, id).await?),
        None => None,
    };
    let quoted = match draft.quoted {
        Some(id) => Some(quotes::quotable(&mut conn, author, id).await?),
        None => None,
    };
    let media = attachable(&mut conn, author.id, &draft.media, None, draft.stored).await?;
    drop(conn);
    let written = write(app, resolver, &draft.text, draft.format).await?;
    // What answers or quotes something that stays here would be a riddle elsewhere.
    let stays = |status: &Option<Status>| status.as_ref().is_some_and(|status| status.local_only);
    let local_only = draft.local_only || stays(&parent) || stays(&quoted);
    let visibility = quotes::visibility(author, draft.visibility, quoted.as_ref(), &written.mentions)?;
    let post = Post {
        visibility,
        content: quotes::with_link(written.rendered.html, &draft.text, quoted.as_ref()),
        sensitive: draft.sensitive || !draft.spoiler_text.is_empty(),
        spoiler_text: text::clean_line(&draft.spoiler_text, 500),
        language: draft.language,
        published: Utc::now(),
        edited: None,
        parent: parent.as_ref().map(Parent::from),
        silent_mentions: Vec::new(),
        mentions: written.mentions,
        tags: written.tags,
        poll,
        has_emojis: draft.text.contains(':') || draft.spoiler_text.contains(':'),
        replies: draft.replies,
        quote: quoted.as_ref().map(Quoted::known),
        quote_policy: Policy::of_setting(draft.quote_policy),
        origin: Origin::Local {
            source: draft.text,
            content_type: stored_format(draft.format),
            application: draft.application,
            media,
            key: draft.idempotency_key,
            draft: draft.stored,
            local_only,
        },
    };
    let mut conn = app.conn().await?;
    match publish(app, &mut conn, author, &post).await? {
        Published::New(status) => Ok(*status),
        Published::Known(Some(earlier)) => Ok(statuses::find_own(&mut conn, author.id, earlier).await?),
        Published::Known(None) if draft.stored.is_some() => Err(Error::NotFound),
        Published::Known(None) => Err(Error::Busy),
    }
}

/// Changes the author's status.
pub async fn edit(
    app: &App,
    resolver: &dyn Resolver,
    author: &Account,
    id: StatusId,
    edit: Edit,
) -> Result<Status> {
    let mut conn = app.conn().await?;
    let status = statuses::find_own(&mut conn, author.id, id).await?;
    if status.reblog_of_id.is_some() {
        return Err(Error::NotFound);
    }
    check(app, &Said::in_edit(&edit, status.has_quote))?;
    let poll = edit.poll.as_ref().map(|poll| poll.checked(app)).transpose()?;
    let quoted = quotes::quoted_in(&mut conn, &status).await?;
    let media = attachable(&mut conn, author.id, &edit.media, Some(id), None).await?;
    drop(conn);
    let written = write(app, resolver, &edit.text, edit.format).await?;
    let post = Post {
        visibility: status.visibility,
        content: quotes::with_link(written.rendered.html, &edit.text, quoted.as_ref()),
        sensitive: edit.sensitive || !edit.spoiler_text.is_empty(),
        spoiler_text: text::clean_line(&edit.spoiler_text, 500),
        language: edit.language.or_else(|| status.language.clone()),
        published: status.created_at,
        edited: Some(Utc::now()),
        parent: None,
        silent_mentions: Vec::new(),
        mentions: written.mentions,
        tags: written.tags,
        poll,
        has_emojis: edit.text.contains(':') || edit.spoiler_text.contains(':'),
        replies: None,
        quote: None,
        quote_policy: edit.quote_policy.map_or(Policy(status.quote_policy), Policy::of_setting),
        origin: Origin::Local {
            source: edit.text,
            content_type: stored_format(edit.format),
            application: status.application_id,
            media,
            key: None,
            draft: None,
            local_only: status.local_only,
        },
    };
    let mut conn = app.conn().await?;
    revise(app, &mut conn, author, id, post, &edit.media_changes).await
}

/// Removes a status of this account, here or elsewhere; returns it as it was. Media of local authors are let
/// go, so that a redraft may attach them again. Its reblogs and favourites cannot be seen any more, and go
/// after the answer.
pub async fn delete(app: &App, by: &Account, id: StatusId) -> Result<Status> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| remove(conn, by, id).await).await
}

/// Removes the status or reblog with this ActivityPub id, as its author on another server asks; one that is not
/// known yet will not be taken in when it comes.
///
/// # Errors
/// [`Error::Forbidden`] when somebody else wrote it.
pub async fn withdraw(app: &App, by: &Account, uri: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        db::tombstones::lock(conn, uri).await?;
        match statuses::find_by_uri(conn, uri).await? {
            None => db::tombstones::insert(conn, uri, &by.uri).await?,
            Some(status) if status.account_id != by.id => {
                return Err(Error::Forbidden("Only its author may delete a status"));
            }
            Some(status) if status.deleted_at.is_none() => drop(remove(conn, by, status.id).await?),
            Some(_) => {}
        }
        Ok(())
    })
    .await
}

/// As [`delete`], in the caller's transaction.
pub async fn remove(conn: &mut Conn, by: &Account, id: StatusId) -> Result<Status> {
    let status = statuses::lock(conn, id).await?;
    if status.account_id != by.id {
        return Err(Error::NotFound);
    }
    if let Some(original) = status.reblog_of_id {
        crate::reblogs::remove(conn, &status, original).await?;
        return Ok(status);
    }
    if by.is_local() {
        db::media::detach(conn, id).await?;
    } else {
        db::media::delete_of_status(conn, id).await?;
        db::tombstones::insert(conn, &status.uri, &by.uri).await?;
    }
    db::cards::detach(conn, id).await?;
    statuses::bury(conn, id).await?;
    if status.has_quote {
        quotes::forget(conn, id).await?;
    }
    if let Some(parent) = status.in_reply_to_id {
        statuses::count(conn, parent, statuses::Counter::Replies, -1).await?;
    }
    accounts::count(conn, by.id, accounts::Counter::Statuses, -1).await?;
    Event::StatusDeleted { status: id, by: by.id }.emit(conn).await?;
    Ok(status)
}

/// Bookmarks a status; nobody but the account ever knows.
pub async fn bookmark(app: &App, by: &Account, id: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let status = original(conn, by.id, id).await?;
        bookmarks::insert(conn, by.id, status.id).await?;
        Ok::<_, Error>(())
    })
    .await
}

/// Takes a bookmark away, also when the account may not see the status any more.
pub async fn unbookmark(app: &App, by: &Account, id: StatusId) -> Result<()> {
    let mut conn = app.conn().await?;
    let status = statuses::find(&mut conn, id).await?;
    bookmarks::delete(&mut conn, by.id, status.reblog_of_id.unwrap_or(status.id)).await?;
    Ok(())
}

/// The status that somebody wants to act on, if they may see it; of a reblog, what it reblogs. In a
/// transaction it is not deleted before that ends.
pub(crate) async fn original(conn: &mut Conn, by: AccountId, id: StatusId) -> Result<Status> {
    let status = statuses::hold_visible(conn, by, id).await?;
    match status.reblog_of_id {
        Some(original) => Ok(statuses::hold_visible(conn, by, original).await?),
        None => Ok(status),
    }
}

/// The status that somebody acted on, whether or not they may still see it; of a reblog, what it reblogs.
pub(crate) async fn acted_on(conn: &mut Conn, id: StatusId) -> Result<Status> {
    let status = statuses::find(conn, id).await?;
    match status.reblog_of_id {
        Some(original) => Ok(statuses::find(conn, original).await?),
        None => Ok(status),
    }
}

/// Whether what was typed could be published now: for what is put aside until later.
pub(crate) async fn check_draft(app: &App, author: &Account, draft: &Draft) -> Result<()> {
    check(app, &Said::in_draft(draft))?;
    if let Some(poll) = &draft.poll {
        poll.checked(app)?;
    }
    let mut conn = app.conn().await?;
    if let Some(parent) = draft.in_reply_to {
        replied_to(&mut conn, author, parent).await?;
    }
    if let Some(quoted) = draft.quoted {
        quotes::quotable(&mut conn, author, quoted).await?;
    }
    Ok(())
}

async fn replied_to(conn: &mut Conn, author: &Account, id: StatusId) -> Result<Status> {
    let parent = original(conn, author.id, id).await?;
    if db::relationships::blocks(conn, parent.account_id, author.id).await? {
        return Err(Error::NotFound);
    }
    if !reply_policies::permits(conn, parent.id, author.id, &author.uri).await? {
        return Err(Error::Forbidden("The author of this post does not want you to answer it"));
    }
    Ok(parent)
}

/// The media in the order asked for, or why they cannot be attached.
async fn attachable(
    conn: &mut Conn,
    owner: AccountId,
    wanted: &[MediaId],
    status: Option<StatusId>,
    from: Option<DraftId>,
) -> Result<Vec<MediaId>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let found = db::media::attachable(conn, owner, wanted, status, from).await?;
    let found: HashSet<MediaId> = found.into_iter().map(|media| media.id).collect();
    if let Some(missing) = wanted.iter().find(|id| !found.contains(id)) {
        return Err(Error::invalid(format!("Media {missing} does not exist or belongs to another post")));
    }
    let mut once = HashSet::new();
    Ok(wanted.iter().copied().filter(|id| once.insert(*id)).collect())
}

struct Written {
    rendered: Rendered,
    mentions: Vec<AccountId>,
    tags: Vec<(String, String)>,
}

/// Finds out who is mentioned, and turns what was typed into HTML.
async fn write(app: &App, resolver: &dyn Resolver, source: &str, format: Format) -> Result<Written> {
    let handles = text::scan(&text::readable(source, format)).mentions;
    let mut links = Links { mentions: Vec::new(), tag_base: app.urls.tags() };
    let mut mentions = Vec::new();
    let deadline = tokio::time::Instant::now() + RESOLVE_WITHIN;
    for handle in handles.into_iter().take(MAX_MENTIONS) {
        let found = tokio::time::timeout_at(deadline, mentioned(app, resolver, &handle)).await;
        let Ok(Some(account)) = found.unwrap_or(Ok(None)) else {
            continue;
        };
        if !mentions.contains(&account.id) {
            mentions.push(account.id);
        }
        links.mentions.push(ResolvedMention {
            url: app.urls.page_of(&account),
            acct_username: account.username.clone(),
            handle,
        });
    }
    let rendered = text::render(source, format, &links);
    let tags = rendered
        .hashtags
        .iter()
        .filter_map(|spelt| text::normalise_tag(spelt).map(|name| (name, spelt.clone())))
        .take(MAX_TAGS)
        .collect();
    Ok(Written { rendered, mentions, tags })
}

/// Who a handle stands for: known here, or found elsewhere. Not finding anybody is no error.
async fn mentioned(app: &App, resolver: &dyn Resolver, handle: &Handle) -> Result<Option<Account>> {
    let domain = handle.domain.as_deref().filter(|domain| *domain != app.urls.domain());
    let known = {
        let mut conn = app.conn().await?;
        accounts::find_by_handle(&mut conn, &handle.username, domain).await?
    };
    let found = match (known, domain) {
        (Some(account), _) => Some(account),
        (None, None) => None,
        (None, Some(_)) => resolver.account(handle).await?,
    };
    Ok(found.filter(|account| account.suspended_at.is_none() && !account.is_instance_actor()))
}

/// How a stored status is written, by the number in its row.
pub fn format_of(number: i16) -> Format {
    [Format::Markdown, Format::Html]
        .into_iter()
        .find(|format| stored_format(*format) == number)
        .unwrap_or_default()
}

fn stored_format(format: Format) -> i16 {
    match format {
        Format::Plain => 0,
        Format::Markdown => 1,
        Format::Html => 2,
    }
}
