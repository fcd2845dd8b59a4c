//! Publishing: the one place where a status comes to be, typed here or received from elsewhere.

mod revision;

use chrono::{DateTime, Utc};
use db::accounts::{self, Account};
use db::ids::ApplicationId;
use db::media::NewMedia;
use db::polls::NewPoll;
use db::quotes::Policy;
use db::reply_policies::{self, ReplyPolicy};
use db::statuses::{self, NewStatus, Reserved, Status};
use db::{AccountId, Conn, DraftId, MediaId, StatusId, Visibility, drafts, idempotency, mentions, tags};
use diesel_async::AsyncConnection;
use text::SafeHtml;

use crate::events::Event;
use crate::quotes::Quoted;
use crate::{App, Error, Result};

pub use revision::receive_edit;
pub(crate) use revision::revise;

/// How often something is written anew whose id was taken or that got into a deadlock.
const TRIES: usize = 3;

/// Media of a remote status; only its address is kept until somebody asks for it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "they are columns of media_attachments")]
pub struct RemoteMedia {
    pub url: String,
    pub kind: i16,
    pub mime: Option<String>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub meta: serde_json::Value,
}

/// A status as it came from elsewhere: verified, sanitised, its addressees resolved.
#[derive(Clone, Debug)]
pub struct RemoteStatus {
    /// Its ActivityPub id.
    pub uri: String,
    /// Its page.
    pub url: Option<String>,
    /// For whom it was written.
    pub visibility: Visibility,
    /// What it says.
    pub content: SafeHtml,
    /// Content warning, plain text.
    pub spoiler_text: String,
    /// Whether media are hidden at first.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// When it was published; the future counts as now.
    pub published: DateTime<Utc>,
    /// When it was last edited.
    pub updated: Option<DateTime<Utc>>,
    /// What it answers, known here or not.
    pub in_reply_to_uri: Option<String>,
    /// Who is mentioned.
    pub mentions: Vec<AccountId>,
    /// Who else it is addressed to.
    pub silent_mentions: Vec<AccountId>,
    /// Hashtags, normalised and as spelt.
    pub tags: Vec<(String, String)>,
    /// Attachments in order.
    pub media: Vec<RemoteMedia>,
    /// What it asks, with the tallies that its author says.
    pub poll: Option<NewPoll>,
    /// Whether it comes with custom emoji.
    pub has_emojis: bool,
    /// What it quotes.
    pub quote: Option<Quoted>,
    /// Who may quote it.
    pub quote_policy: Policy,
    /// Who may answer it; `None` is everybody.
    pub replies: Option<ReplyPolicy>,
}

/// What a status answers.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    pub(crate) id: StatusId,
    pub(crate) account_id: AccountId,
    pub(crate) conversation_id: i64,
    pub(crate) uri: String,
}

impl From<&Status> for Parent {
    fn from(status: &Status) -> Self {
        Self {
            id: status.id,
            account_id: status.account_id,
            conversation_id: status.conversation_id,
            uri: status.uri.clone(),
        }
    }
}

/// Where a status comes from, and what only its kind has.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// Typed here.
    Local {
        source: String,
        content_type: i16,
        application: Option<ApplicationId>,
        media: Vec<MediaId>,
        key: Option<String>,
        /// The stored draft that ends with it.
        draft: Option<DraftId>,
        local_only: bool,
    },
    /// Received.
    Remote {
        uri: String,
        url: Option<String>,
        in_reply_to_uri: Option<String>,
        media: Vec<RemoteMedia>,
        /// Whether what it answers is fetched if it is not known.
        upwards: bool,
    },
}

/// A status ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) visibility: Visibility,
    pub(crate) content: SafeHtml,
    pub(crate) spoiler_text: String,
    pub(crate) sensitive: bool,
    pub(crate) language: Option<String>,
    pub(crate) published: DateTime<Utc>,
    pub(crate) edited: Option<DateTime<Utc>>,
    pub(crate) parent: Option<Parent>,
    pub(crate) mentions: Vec<AccountId>,
    pub(crate) silent_mentions: Vec<AccountId>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) poll: Option<NewPoll>,
    pub(crate) has_emojis: bool,
    pub(crate) quote: Option<Quoted>,
    pub(crate) quote_policy: Policy,
    pub(crate) replies: Option<ReplyPolicy>,
    pub(crate) origin: Origin,
}

/// What became of a post.
pub(crate) enum Published {
    /// It is new.
    New(Box<Status>),
    /// It, or one with the same idempotency key, was there before.
    Known(Option<StatusId>),
}

/// Takes in a status from elsewhere; `None` when it is known already or was deleted by its author. `upwards`
/// says whether what it answers is to be fetched if it is not known.
///
/// # Errors
/// [`Error::Invalid`] when it claims an address of ours.
pub async fn receive(
    app: &App,
    author: &Account,
    remote: RemoteStatus,
    upwards: bool,
) -> Result<Option<Status>> {
    if author.is_local() || app.urls.is_ours(&remote.uri) {
        return Err(Error::invalid("a remote status must live elsewhere"));
    }
    let mut conn = app.conn().await?;
    let parent = match &remote.in_reply_to_uri {
        Some(uri) => {
            statuses::find_by_uri(&mut conn, uri).await?.filter(|parent| parent.deleted_at.is_none())
        }
        None => None,
    };
    if let Some(parent) = &parent
        && !statuses::may_see(&mut conn, Some(author.id), parent.id).await?
    {
        return Err(Error::Forbidden("What it answers is not for its author"));
    }
    // What answers somebody elsewhere is for their server to refuse.
    if let Some(parent) = parent.as_ref().filter(|parent| parent.local)
        && !reply_policies::permits(&mut conn, parent.id, author.id, &author.uri).await?
    {
        return Err(Error::Forbidden("The author of what it answers wants no answer by its author"));
    }
    let post = Post {
        visibility: remote.visibility,
        content: remote.content,
        spoiler_text: remote.spoiler_text,
        sensitive: remote.sensitive,
        language: remote.language,
        published: remote.published.min(Utc::now()),
        edited: remote.updated,
        parent: parent.as_ref().map(Parent::from),
        mentions: remote.mentions,
        silent_mentions: remote.silent_mentions,
        tags: remote.tags,
        poll: remote.poll,
        has_emojis: remote.has_emojis,
        replies: remote.replies,
        quote: remote.quote,
        quote_policy: remote.quote_policy,
        origin: Origin::Remote {
            uri: remote.uri,
            url: remote.url,
            in_reply_to_uri: remote.in_reply_to_uri,
            media: remote.media,
            upwards,
        },
    };
    match publish(app, &mut conn, author, &post).await? {
        Published::New(status) => Ok(Some(*status)),
        Published::Known(_) => Ok(None),
    }
}

/// Writes a status with everything that hangs on it, counts it, and records that it happened.
pub(crate) async fn publish(app: &App, conn: &mut Conn, author: &Account, post: &Post) -> Result<Published> {
    for _ in 1..TRIES {
        match write(app, conn, author, post).await {
            Err(Error::Busy) => {}
            done => return done,
        }
    }
    write(app, conn, author, post).await
}

async fn write(app: &App, conn: &mut Conn, author: &Account, post: &Post) -> Result<Published> {
    conn.transaction(async |conn| {
        let Reserved { id, conversation, buried } = reserve(conn, author, post).await?;
        let answers = conversation.is_some();
        let is_local = author.is_local();
        if buried {
            return Ok(Published::Known(None));
        }
        // Deleted since it was looked up.
        if post.parent.is_some() && !answers && is_local {
            return Err(Error::NotFound);
        }
        if let Some(known) = known_by_key(conn, author, post, id).await? {
            return Ok(known);
        }
        let parent = post.parent.as_ref().filter(|_| answers);
        let quote = crate::quotes::prepare(app, conn, author, id, post.quote.as_ref()).await?;
        let mut new = row(app, author, post, parent, id);
        new.has_quote = quote.is_some();
        // The parent may have moved into another one since it was looked up.
        new.conversation_id = conversation.unwrap_or(new.conversation_id);
        let Some(status) = statuses::insert(conn, &new).await? else {
            return match statuses::find_by_uri(conn, &new.uri).await? {
                Some(_) if !is_local => Ok(Published::Known(None)),
                // Only its id is taken; another one may not be.
                _ => Err(Error::Busy),
            };
        };
        hang_on(conn, author, post, id).await?;
        if post.replies.is_some() {
            reply_policies::set(conn, id, post.replies.as_ref()).await?;
        }
        if let Some(quote) = &quote {
            crate::quotes::begin(conn, quote, is_local).await?;
        }
        if let Some(poll) = &post.poll {
            crate::polls::begin(conn, id, poll, is_local).await?;
        }
        if let Some(parent) = parent {
            statuses::count(conn, parent.id, statuses::Counter::Replies, 1).await?;
        }
        accounts::count_published(conn, author.id, post.published).await?;
        let upwards = matches!(post.origin, Origin::Remote { upwards: true, .. });
        Event::StatusCreated { status: id, upwards }.emit(conn).await?;
        Ok::<_, Error>(Published::New(Box::new(status)))
    })
    .await
}

/// What has the idempotency key of a local post already, or why there is nothing left to publish.
async fn known_by_key(
    conn: &mut Conn,
    author: &Account,
    post: &Post,
    id: StatusId,
) -> Result<Option<Published>> {
    let Origin::Local { key, draft, .. } = &post.origin else { return Ok(None) };
    match (draft, key) {
        (Some(draft), key) => {
            if !drafts::delete(conn, author.id, *draft).await? {
                return Ok(Some(Published::Known(None)));
            }
            if let Some(key) = key {
                idempotency::hand_over(conn, author.id, key, *draft, id).await?;
            }
            Ok(None)
        }
        (None, Some(key)) => {
            let earlier = idempotency::take(conn, author.id, key, id).await?;
            Ok(earlier.map(|earlier| Published::Known(Some(earlier))))
        }
        (None, None) => Ok(None),
    }
}

async fn reserve(conn: &mut Conn, author: &Account, post: &Post) -> Result<Reserved> {
    let remote = match &post.origin {
        Origin::Remote { uri, .. } => Some((uri.as_str(), author.uri.as_str())),
        Origin::Local { .. } => None,
    };
    if let Some((uri, _)) = remote {
        db::tombstones::lock(conn, uri).await?;
    }
    let parent = post.parent.as_ref().map(|parent| parent.id);
    Ok(statuses::reserve(conn, post.published, parent, remote).await?)
}

fn row(app: &App, author: &Account, post: &Post, parent: Option<&Parent>, id: StatusId) -> NewStatus {
    let count = |n: usize| i16::try_from(n).unwrap_or(i16::MAX);
    let (uri, url, in_reply_to_uri, source, content_type, application_id, media_count) = match &post.origin {
        Origin::Local { source, content_type, application, media, .. } => (
            app.urls.status(&author.username, id),
            Some(app.urls.status_page(&author.username, id)),
            parent.map(|parent| parent.uri.clone()),
            Some(source.clone()),
            *content_type,
            *application,
            count(media.len()),
        ),
        Origin::Remote { uri, url, in_reply_to_uri, media, .. } => {
            (uri.clone(), url.clone(), in_reply_to_uri.clone(), None, 0, None, count(media.len()))
        }
    };
    NewStatus {
        id,
        account_id: author.id,
        uri,
        url,
        local: author.is_local(),
        visibility: post.visibility,
        content: post.content.as_str().to_owned(),
        spoiler_text: post.spoiler_text.clone(),
        sensitive: post.sensitive,
        language: post.language.clone(),
        source,
        content_type,
        conversation_id: parent.map_or(id.0, |parent| parent.conversation_id),
        in_reply_to_id: parent.map(|parent| parent.id),
        in_reply_to_account_id: parent.map(|parent| parent.account_id),
        in_reply_to_uri,
        reblog_of_id: None,
        application_id,
        media_count,
        mentions_count: count(post.mentions.len()),
        tags_count: count(post.tags.len()),
        emojis_count: i16::from(post.has_emojis),
        created_at: post.published,
        has_poll: post.poll.is_some(),
        local_only: matches!(post.origin, Origin::Local { local_only: true, .. }),
        quote_policy: if post.visibility.is_open() { post.quote_policy.0 } else { Policy::NOBODY.0 },
        has_quote: false,
    }
}

/// Media, mentions and tags.
async fn hang_on(conn: &mut Conn, author: &Account, post: &Post, id: StatusId) -> Result<()> {
    match &post.origin {
        Origin::Local { media, .. } if media.is_empty() && post.edited.is_none() => {}
        Origin::Local { media, .. } => crate::media::attach(conn, author.id, id, media).await?,
        Origin::Remote { media, .. } => attach_remote(conn, author, id, media).await?,
    }
    mentions::insert(conn, id, &post.mentions, false).await?;
    mentions::insert(conn, id, &post.silent_mentions, true).await?;
    tags::attach(conn, id, &post.tags).await?;
    Ok(())
}

async fn attach_remote(conn: &mut Conn, author: &Account, id: StatusId, media: &[RemoteMedia]) -> Result<()> {
    for (position, medium) in (0_i16..).zip(media) {
        let new = NewMedia {
            account_id: author.id,
            status_id: Some(id),
            kind: medium.kind,
            mime: medium.mime.clone(),
            file_key: None,
            preview_key: None,
            remote_url: Some(medium.url.clone()),
            description: medium.description.clone(),
            blurhash: medium.blurhash.clone(),
            meta: medium.meta.clone(),
            position,
        };
        db::media::insert(conn, &new).await?;
    }
    Ok(())
}
