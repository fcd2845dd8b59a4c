//! Accounts: what remote servers say of theirs, and what local people change of their own.

use db::accounts::{self, Account, AccountChanges, Field, NewAccount, kind};
use db::actors::{self, Actor};
use db::{AccountId, Conn, UserId, custom_emojis, departures, instances};
use diesel_async::AsyncConnection;
use streaming::Message;
use text::{Format, Handle, Links, ResolvedMention, SafeHtml};

use crate::events::Event;
use crate::media::{RemoveFiles, Role, replace_picture};
use crate::search::Index;
use crate::{App, Error, Result, news, preferences, users};

/// A custom emoji that a remote account uses.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "they are columns of custom_emojis")]
pub struct RemoteEmoji {
    pub shortcode: String,
    pub uri: Option<String>,
    pub image_url: String,
}

/// An account as its own server describes it: verified and sanitised.
#[derive(Clone, Debug)]
pub struct RemoteAccount {
    /// The public face.
    pub new: NewAccount,
    /// Inboxes and key; its `account_id` is filled in here.
    pub actor: Actor,
    /// Emoji that come with it.
    pub emojis: Vec<RemoteEmoji>,
    /// Hosts of websites that it says it writes for.
    pub attribution_domains: Vec<String>,
}

/// Takes in or refreshes an account from elsewhere. A handle that another actor held before (its server
/// began anew) goes to the newcomer, who was confirmed by `WebFinger`.
pub async fn receive(app: &App, remote: RemoteAccount) -> Result<Account> {
    let Some(domain) = remote.new.domain.clone().filter(|_| !app.urls.is_ours(&remote.new.uri)) else {
        return Err(Error::invalid("a remote account must live elsewhere"));
    };
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let account = match accounts::find_by_uri(conn, &remote.new.uri).await? {
            Some(known) => accounts::refresh(conn, known.id, &remote.new).await?,
            None => arrive(conn, &remote.new).await?,
        };
        actors::save(conn, &Actor { account_id: account.id, ..remote.actor.clone() }).await?;
        instances::seen(conn, &domain).await?;
        remember_emojis(conn, &domain, &remote.emojis).await?;
        db::cards::set_websites_of(conn, account.id, &remote.attribution_domains).await?;
        Index::account(account.id).request(app, conn).await?;
        Ok::<_, Error>(account)
    })
    .await
}

async fn arrive(conn: &mut Conn, new: &NewAccount) -> Result<Account> {
    if let Some(account) = accounts::insert(conn, new).await? {
        return Ok(account);
    }
    if let Some(account) = accounts::find_by_uri(conn, &new.uri).await? {
        return Ok(account);
    }
    if let Some(former) = accounts::find_by_handle(conn, &new.username, new.domain.as_deref()).await? {
        leave(conn, former.id).await?;
    }
    accounts::insert(conn, new).await?.ok_or(Error::Busy)
}

/// Keeps the emoji of a host.
pub async fn remember_emojis(conn: &mut Conn, domain: &str, emojis: &[RemoteEmoji]) -> Result<()> {
    if emojis.is_empty() {
        return Ok(());
    }
    conn.transaction(async |conn| {
        let mut changed = false;
        for emoji in emojis {
            let (uri, image_url) = (emoji.uri.as_deref(), &emoji.image_url);
            changed |= custom_emojis::remember(conn, domain, &emoji.shortcode, uri, image_url).await?;
        }
        if changed {
            news::tell(conn, &Message::EmojisChanged).await?;
        }
        Ok(())
    })
    .await
}

/// Removes a remote account that its server deleted, with everything it made and all its counters.
pub async fn forget(app: &App, account: &Account) -> Result<()> {
    if account.is_local() {
        return Err(Error::Forbidden("A local account is not deleted from elsewhere"));
    }
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        db::tombstones::insert(conn, &account.uri, &account.uri).await?;
        leave(conn, account.id).await
    })
    .await
}

/// Removes an account of another host with everything it made, takes it out of what it was counted in, and
/// has the feeds of its followers here built anew.
async fn leave(conn: &mut Conn, account: AccountId) -> Result<()> {
    let followers = departures::local_followers(conn, account).await?;
    db::conversations::withdraw_all_of(conn, account).await?;
    accounts::settle_before_delete(conn, account).await?;
    accounts::delete(conn, account).await?;
    Ok(news::feed_changed(conn, &followers).await?)
}

/// A picture for a profile: what was uploaded, or its removal.
#[derive(Clone, Debug)]
pub enum Picture {
    /// New bytes.
    Upload(Vec<u8>),
    /// Back to none.
    Remove,
}

/// What somebody changes of the own profile; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "they are the parameters of PATCH update_credentials")]
pub struct ProfileChanges {
    pub display_name: Option<String>,
    pub note: Option<String>,
    pub fields: Option<Vec<(String, String)>>,
    pub locked: Option<bool>,
    pub bot: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    pub hide_collections: Option<bool>,
    pub avatar: Option<Picture>,
    pub avatar_description: Option<String>,
    pub header: Option<Picture>,
    pub header_description: Option<String>,
    pub show_media: Option<bool>,
    pub show_media_replies: Option<bool>,
    pub show_featured: Option<bool>,
}

/// Longest name and value of a field, and description of a picture, in characters.
const MAX_FIELD_CHARS: u32 = 255;
const MAX_DESCRIPTION_CHARS: u32 = 1500;

impl ProfileChanges {
    fn check(&self, limits: &config::Limits) -> Result<()> {
        check_length("Display name", self.display_name.as_deref(), limits.max_display_name_chars)?;
        check_length("Bio", self.note.as_deref(), limits.max_bio_chars)?;
        check_length("Avatar description", self.avatar_description.as_deref(), MAX_DESCRIPTION_CHARS)?;
        check_length("Header description", self.header_description.as_deref(), MAX_DESCRIPTION_CHARS)?;
        let fields = self.fields.as_deref().unwrap_or_default();
        if fields.len() > limits.max_profile_fields as usize {
            let most = limits.max_profile_fields;
            return Err(Error::invalid(format!("You cannot have more than {most} fields")));
        }
        for (name, value) in fields {
            check_length("Field name", Some(name), MAX_FIELD_CHARS)?;
            check_length("Field value", Some(value), MAX_FIELD_CHARS)?;
        }
        Ok(())
    }

    /// What `hidden_tabs` becomes; `None` when nothing is said of it.
    fn hidden_tabs(&self, account: &Account) -> Option<i16> {
        let said = [
            (self.show_media, accounts::tab::MEDIA),
            (self.show_media_replies, accounts::tab::MEDIA_REPLIES),
            (self.show_featured, accounts::tab::FEATURED),
        ];
        said.iter().any(|(shown, _)| shown.is_some()).then(|| {
            said.iter().fold(account.hidden_tabs, |hidden, (shown, tab)| match shown {
                Some(true) => hidden & !tab,
                Some(false) => hidden | tab,
                None => hidden,
            })
        })
    }
}

/// Changes the profile of a local account, and its user's `settings` with it. The note as it was typed is kept
/// beside it, for editing.
pub async fn update_profile(
    app: &App,
    account: &Account,
    changes: ProfileChanges,
    settings: Option<(UserId, preferences::Checked)>,
) -> Result<Account> {
    let limits = &app.config.limits;
    changes.check(limits)?;
    let hidden_tabs = changes.hidden_tabs(account);
    let avatar = replace_picture(app, changes.avatar, Role::Avatar).await?;
    let header = replace_picture(app, changes.header, Role::Header).await?;
    let mut conn = app.conn().await?;
    let note_source = changes.note.as_deref().map(|note| text::clean_text(note, usize::MAX));
    let note = match &note_source {
        Some(source) => Some(linked(app, &mut conn, source).await?.into_string()),
        None => None,
    };
    let fields = match changes.fields {
        Some(fields) => Some(stored_fields(app, &mut conn, account, &fields).await?),
        None => None,
    };
    let row = AccountChanges {
        display_name: changes
            .display_name
            .map(|name| text::clean_line(&name, limits.max_display_name_chars as usize)),
        note,
        fields,
        locked: changes.locked,
        kind: changes.bot.map(|bot| if bot { kind::SERVICE } else { kind::PERSON }),
        discoverable: changes.discoverable,
        indexable: changes.indexable,
        hide_collections: changes.hide_collections,
        avatar_key: avatar.column.clone(),
        avatar_description: changes.avatar_description.map(|text| described(&text)),
        header_key: header.column.clone(),
        header_description: changes.header_description.map(|text| described(&text)),
        hidden_tabs,
    };
    conn.transaction(async |conn| {
        avatar.keep(conn).await?;
        header.keep(conn).await?;
        let before = db::media::pictures_of(conn, account.id).await?;
        let updated = accounts::update(conn, account.id, &row).await?;
        let kept = [&updated.avatar_key, &updated.header_key];
        let replaced = before.into_iter().filter(|key| !kept.iter().any(|kept| kept.as_ref() == Some(key)));
        RemoveFiles::promise(conn, replaced.collect()).await?;
        // The user's row after the account's, in every case: two who change them at once do not deadlock.
        if let Some((user, settings)) = settings {
            preferences::write(conn, user, settings).await?;
        }
        if let Some(source) = &note_source {
            db::users::set_note_source(conn, account.id, source).await?;
        }
        Event::AccountUpdated { account: account.id }.emit(conn).await?;
        Ok::<_, Error>(updated)
    })
    .await
}

fn check_length(what: &str, value: Option<&str>, most: u32) -> Result<()> {
    match value {
        Some(text) if text.chars().count() > most as usize => {
            Err(Error::invalid(format!("{what} is too long (maximum is {most} characters)")))
        }
        _ => Ok(()),
    }
}

/// Notes that the pages at these values of a profile's fields were seen to link back to it.
pub async fn note_verified(app: &App, account: AccountId, values: &[String]) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(
        async |conn| Ok(accounts::set_verified(conn, account, values, chrono::Utc::now()).await?),
    )
    .await
}

fn described(text: &str) -> String {
    text::clean_text(text, MAX_DESCRIPTION_CHARS as usize)
}

/// Fields as they are stored; of a value that stays, what was seen on its page stays seen. Links say that they
/// lead to the same person, so that other servers can verify them, too.
async fn stored_fields(
    app: &App,
    conn: &mut Conn,
    account: &Account,
    fields: &[(String, String)],
) -> Result<serde_json::Value> {
    let former = account.profile_fields();
    let mut stored = Vec::new();
    for (name, value) in fields {
        let (name, value) = (text::clean_line(name, 255), text::clean_line(value, 255));
        if name.is_empty() && value.is_empty() {
            continue;
        }
        let html = linked(app, conn, &value).await?.into_string();
        let html =
            html.strip_prefix("<p>").and_then(|h| h.strip_suffix("</p>")).map_or(html.clone(), str::to_owned);
        let html = html.replace(" rel=\"nofollow ", " rel=\"me nofollow ");
        let before = former.iter().find(|field| field.source.as_ref() == Some(&value));
        let verified_at = before.and_then(|field| field.verified_at);
        stored.push(Field { name, value: html, source: Some(value), verified_at });
    }
    serde_json::to_value(stored).map_err(|error| Error::Internal(error.into()))
}

/// Plain text as HTML, with links, tags, and mentions of accounts that are known here.
async fn linked(app: &App, conn: &mut Conn, source: &str) -> Result<SafeHtml> {
    let mut links = Links { mentions: Vec::new(), tag_base: app.urls.tags() };
    for handle in text::scan(source).mentions.into_iter().take(10) {
        if let Some(account) = find_known(app, conn, &handle).await? {
            links.mentions.push(ResolvedMention {
                url: app.urls.page_of(&account),
                acct_username: account.username.clone(),
                handle,
            });
        }
    }
    Ok(text::render(source, Format::Plain, &links).html)
}

/// The account that a handle stands for, if it is known here.
pub async fn find_known(app: &App, conn: &mut Conn, handle: &Handle) -> Result<Option<Account>> {
    let domain = handle.domain.as_deref().filter(|domain| *domain != app.urls.domain());
    let account = accounts::find_by_handle(conn, &handle.username, domain).await?;
    Ok(account.filter(|account| !account.is_instance_actor()))
}

/// Deletes a local account: everything that is open ends, what it published is taken back everywhere, then
/// nothing of it stays here.
pub async fn delete_local(app: &App, account: &Account) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        accounts::suspend(conn, account.id).await?;
        match db::users::find_by_account(conn, account.id).await {
            Ok(user) => users::revoke_all(conn, user.id).await?,
            Err(diesel::result::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        news::account_closed(conn, account.id).await?;
        let mut changed = departures::local_followers(conn, account.id).await?;
        changed.push(account.id);
        news::feed_changed(conn, &changed).await?;
        Event::AccountDeleted { account: account.id }.emit(conn).await?;
        Ok::<_, Error>(())
    })
    .await
}
