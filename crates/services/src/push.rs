//! Telling devices: subscriptions, and what they are sent (<https://docs.joinmastodon.org/methods/push/>).

use std::net::IpAddr;
use std::time::Duration;

use chrono::Utc;
use db::account_views::{self, AccountView};
use db::notifications::groups::{self, Group};
use db::notifications::{GroupKey, Kind, Notification, Priority};
use db::push_subscriptions::{self, NewSubscription, Policy, Subscription};
use db::statuses::{self, Status};
use db::{AccessTokenId, Conn, NotificationId};
use diesel::OptionalExtension;
use diesel::result::QueryResult;
use jobs::{Job, Queue};
use push::{Message, Subscriber};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::{App, Error, Result, keys};

/// Messages to push services have workers of their own: one that does not answer holds up nobody else.
pub const QUEUE: Queue = Queue("push");
/// Longest address of a device, in bytes; what goes out is not longer either.
const MAX_ENDPOINT_BYTES: usize = 2048;
/// A push service keeps a message for so many seconds for a device that is off.
const KEPT_FOR: u32 = 48 * 60 * 60;
/// What joins a group is told after so long at least, together with all that came meanwhile.
const PAUSE: Duration = Duration::from_mins(5);
/// Longest address of a picture in a message, in bytes, and characters of each name and of the text: all together
/// are shorter than [`push::MAX_PLAINTEXT`].
const MAX_ICON_BYTES: usize = 1024;
const MAX_NAME_CHARS: usize = 60;
const MAX_TEXT_CHARS: usize = 140;

/// Subscribes the device that holds a token, in place of what it subscribed before.
///
/// # Errors
/// [`Error::Invalid`] for an address that nothing may be sent to, or broken keys.
pub async fn subscribe(app: &App, new: NewSubscription) -> Result<Subscription> {
    check_endpoint(&new.endpoint, app.config.federation.insecure_dev)?;
    Subscriber::parse(&new.p256dh, &new.auth).map_err(|error| Error::invalid(error.to_string()))?;
    let mut conn = app.conn().await?;
    Ok(push_subscriptions::replace(&mut conn, &new).await?)
}

/// Changes what a device is told; without a `policy`, that stays.
///
/// # Errors
/// [`Error::NotFound`] when it is not subscribed.
pub async fn change(
    app: &App,
    token: AccessTokenId,
    alerts: &[Kind],
    policy: Option<Policy>,
) -> Result<Subscription> {
    let mut conn = app.conn().await?;
    push_subscriptions::update(&mut conn, token, alerts, policy).await?.ok_or(Error::NotFound)
}

/// Ends the subscription of a device; there need not be one.
pub async fn unsubscribe(app: &App, token: AccessTokenId) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(push_subscriptions::delete(&mut conn, &[token]).await?)
}

/// Refuses at once what the way out will refuse anyway; what a name resolves to is looked at when sending.
fn check_endpoint(text: &str, insecure_dev: bool) -> Result<()> {
    let refuse = |what: &str| Err(Error::invalid(format!("The endpoint {what}")));
    if text.is_empty() {
        return refuse("can't be blank");
    }
    if text.len() > MAX_ENDPOINT_BYTES {
        return refuse(&format!("is longer than {MAX_ENDPOINT_BYTES} bytes"));
    }
    let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let Some(url) = Url::parse(text).ok().filter(|url| clean && url.has_host()) else {
        return refuse("is not a URL");
    };
    let secure = url.scheme() == "https";
    if !(secure || insecure_dev && url.scheme() == "http") {
        return refuse("must be an https URL");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user name or a password");
    }
    let full_name = match url.host() {
        Some(Host::Domain(name)) => name.contains('.') && name.parse::<IpAddr>().is_err(),
        _ => false,
    };
    let public = full_name && url.port().is_none();
    if !(public || insecure_dev) {
        return refuse("must have a full domain name and no port");
    }
    Ok(())
}

/// A message to be sent to a device, as a job: about the notification or, if it is in a group, about all of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    subscription: i64,
    notification: NotificationId,
    group_key: String,
}

impl Job for Push {
    const KIND: &'static str = "push";
    const QUEUE: Queue = QUEUE;
    const MAX_ATTEMPTS: i32 = 8;
    const TIMEOUT: Duration = Duration::from_mins(1);

    /// While a message about a group waits, what joins the group is part of it.
    fn dedup_key(&self) -> Option<String> {
        Some(format!("push:{}:{}", self.subscription, self.group_key))
    }
}

/// Promises a message to each device that wants to be told; `joined` says that its group was there before.
pub(crate) async fn promise(conn: &mut Conn, made: &Notification, joined: bool) -> QueryResult<()> {
    let (account, from) = (made.account_id, made.from_account_id);
    let rules = made.kind.rules();
    let pause = match rules.grouping {
        Some(grouping) if joined => grouping.window.max(PAUSE),
        _ => rules.delay,
    };
    let due = Utc::now() + pause;
    for subscription in push_subscriptions::wanting(conn, account, from, made.kind).await? {
        let job = Push { subscription, notification: made.id, group_key: made.group_key().to_string() };
        if pause.is_zero() {
            jobs::enqueue(conn, &job).await?;
        } else {
            jobs::enqueue_at(conn, &job, due).await?;
        }
    }
    Ok(())
}

/// What is posted to a push service.
#[derive(Debug)]
pub struct Letter {
    /// The subscription.
    pub subscription: i64,
    /// Where to.
    pub endpoint: String,
    /// Encrypted and signed.
    pub message: Message,
    /// `TTL`, `Urgency` and `Topic` (RFC 8030 section 5).
    pub headers: Vec<(&'static str, String)>,
}

/// Writes the letter of a job; `None` when there is nothing to say any more: what happened was taken back, or
/// nobody listens.
pub async fn write(app: &App, job: &Push) -> Result<Option<Letter>> {
    let mut conn = app.conn().await?;
    let found = push_subscriptions::find_live(&mut conn, job.subscription).await?;
    let Some((to, locale)) = found else { return Ok(None) };
    let key = GroupKey::parse(&job.group_key).unwrap_or(GroupKey::Single(job.notification));
    let found = groups::find(&mut conn, to.account_id, key).await.optional()?;
    let Some(group) = found else { return Ok(None) };
    let people = account_views::load_in_order(&mut conn, &group.samples).await?;
    if people.is_empty() {
        return Ok(None);
    }
    let status = match group.status {
        Some(id) => statuses::find(&mut conn, id).await.optional()?,
        None => None,
    };
    drop(conn);
    let (broken, url) = (|error: push::Error| Error::Internal(error.into()), Url::parse(&to.endpoint));
    let origin = url.map_err(|error| Error::Internal(error.into()))?.origin().ascii_serialization();
    let subscriber = Subscriber::parse(&to.p256dh, &to.auth).map_err(broken)?;
    let (vapid, subject) = (keys::vapid(app).await?, subject(app));
    let text = payload(app, &group, &people, status.as_ref(), &locale).to_string();
    let message = push::seal(text.as_bytes(), &subscriber, to.standard, &vapid, &origin, &subject);
    let urgency = match group.kind.rules().priority {
        Priority::Low => "low",
        Priority::Medium => "normal",
        Priority::High => "high",
    };
    let topic = match key {
        GroupKey::Group(_, number) => number,
        GroupKey::Single(id) => id.0,
    };
    let headers = vec![
        ("ttl", KEPT_FOR.to_string()),
        ("urgency", urgency.to_owned()),
        // A newer message about the same takes the place of one that the device has not fetched yet.
        ("topic", topic.to_string()),
    ];
    Ok(Some(Letter {
        subscription: to.id,
        endpoint: to.endpoint,
        message: message.map_err(broken)?,
        headers,
    }))
}

/// What the device reads, as Mastodon writes it.
fn payload(app: &App, group: &Group, people: &[AccountView], status: Option<&Status>, locale: &str) -> Value {
    let first = people.first();
    json!({
        // Part of it for clients that insist; tokens are not kept here, only their hashes.
        "access_token": "",
        "preferred_locale": locale,
        "notification_id": group.newest,
        "notification_type": group.kind.as_str(),
        "icon": first.map(|first| icon(app, first)),
        "title": title(group, people),
        "body": first.map(|first| body(status, first)),
    })
}

/// Ends a subscription that its push service does not know, or does not want to serve.
pub async fn forget(app: &App, subscription: i64) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(push_subscriptions::delete_gone(&mut conn, subscription).await?)
}

/// Where the people of a push service find ours (RFC 8292 section 2.1).
fn subject(app: &App) -> String {
    match app.config.instance.contact_email.as_deref() {
        Some(email) if !email.is_empty() => format!("mailto:{email}"),
        _ => app.urls.base().to_owned(),
    }
}

fn icon(app: &App, of: &AccountView) -> String {
    let account = &of.account;
    match (&account.avatar_key, &account.avatar_remote_url) {
        (Some(key), _) => app.urls.media(key),
        (None, Some(url)) if !url.is_empty() && url.len() <= MAX_ICON_BYTES => url.clone(),
        _ => app.urls.at("/avatars/original/missing.png"),
    }
}

fn name(of: &AccountView) -> String {
    let account = &of.account;
    let name = text::clean_line(&account.display_name, MAX_NAME_CHARS);
    if name.is_empty() { account.username.clone() } else { name }
}

/// One: "A favourited your post"; two: "A and B"; three to five: "A, B and 3 others"; more: "A and 7 others".
fn title(group: &Group, people: &[AccountView]) -> String {
    let others = |named: i64| match group.count - named {
        1 => "1 other".to_owned(),
        count => format!("{count} others"),
    };
    let who = match (people, group.count) {
        ([first, ..], ..=1) => name(first),
        ([first, second, ..], 2) => format!("{} and {}", name(first), name(second)),
        ([first, second, ..], 3..=5) => format!("{}, {} and {}", name(first), name(second), others(2)),
        ([first, ..], _) => format!("{} and {}", name(first), others(1)),
        ([], _) => String::new(),
    };
    let what = match group.kind {
        Kind::Mention => "mentioned you",
        Kind::Status => "just posted",
        Kind::Reblog => "boosted your post",
        Kind::Follow => "followed you",
        Kind::FollowRequest => "asked to follow you",
        Kind::Favourite => "favourited your post",
        Kind::Update => "edited a post that you boosted",
        Kind::SignUp => "signed up",
        Kind::Quote => "quoted your post",
        Kind::QuotedUpdate => "edited a post that you quoted",
        Kind::Report => "reported something",
        Kind::Reaction => "reacted to your post",
        Kind::Poll => return "A poll that you took part in has ended".to_owned(),
        Kind::SeveredRelationships => return "You have lost some followers or followed accounts".to_owned(),
        Kind::ModerationWarning => return "You have received a moderation warning".to_owned(),
    };
    format!("{who} {what}")
}

/// The beginning of the status, or its warning; of one that is not for everybody, nothing: a device shows it where
/// everybody can read along. Without a status, what the account says of itself.
fn body(status: Option<&Status>, of: &AccountView) -> String {
    let said = match status {
        Some(status) if !status.visibility.is_open() => return String::new(),
        Some(status) if !status.spoiler_text.is_empty() => status.spoiler_text.clone(),
        Some(status) => text::plain(&status.content),
        None => text::plain(&of.account.note),
    };
    let short = text::clean_line(&said, MAX_TEXT_CHARS);
    if short.is_empty() { format!("@{}", of.account.username) } else { short }
}

#[cfg(test)]
mod tests;
