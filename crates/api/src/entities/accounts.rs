//! Accounts, as everybody sees them and as their owners do.

use std::borrow::Cow;

use chrono::{DateTime, NaiveTime, Utc};
use db::account_states::AccountState;
use db::account_views::AccountView;
use db::accounts::{kind, tab};
use db::users::{User, quote_policy, role};
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::statuses::Approval;
use super::{CustomEmoji, Day, Id, Time};

/// <https://docs.joinmastodon.org/entities/Account/>
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Account<'a> {
    /// What is shown of its row.
    #[serde(flatten)]
    pub fixed: FixedAccount<'a>,
    /// What changes beside it.
    #[serde(flatten)]
    pub live: LiveAccount,
}

/// The part of an Account that is written once and kept by [`crate::rendering`] as long as the version of its row
/// does not change. What changes without the row of `accounts` being written is a field of [`LiveAccount`].
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FixedAccount<'a> {
    pub id: Id,
    pub username: &'a str,
    pub acct: Cow<'a, str>,
    pub url: Cow<'a, str>,
    pub uri: &'a str,
    pub display_name: &'a str,
    pub note: &'a str,
    pub avatar: Cow<'a, str>,
    pub avatar_static: Cow<'a, str>,
    pub avatar_description: &'a str,
    pub header: Cow<'a, str>,
    pub header_static: Cow<'a, str>,
    pub header_description: &'a str,
    pub locked: bool,
    pub fields: Vec<Field>,
    pub emojis: Vec<CustomEmoji<'a>>,
    pub bot: bool,
    pub group: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub noindex: bool,
    pub memorial: bool,
    pub suspended: bool,
    pub limited: bool,
    pub created_at: Time,
    pub hide_collections: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub roles: Vec<AccountRole>,
    pub feature_approval: Approval,
}

/// The part of an Account that is made anew for each answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct LiveAccount {
    #[schema(value_type = Option<Account>, no_recursion)]
    pub moved: (),
    pub last_status_at: Option<Day>,
    pub statuses_count: i64,
    pub followers_count: i64,
    pub following_count: i64,
}

/// <https://docs.joinmastodon.org/entities/Account/#Field>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Field {
    pub name: String,
    pub value: String,
    pub verified_at: Option<Time>,
}

/// <https://docs.joinmastodon.org/entities/Account/#AccountRole>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct AccountRole {
    pub id: String,
    pub name: &'static str,
    pub color: &'static str,
}

/// The address of a picture: ours, its owner's, or the one that stands for none.
fn picture<'a>(urls: &Urls, key: Option<&str>, remote: Option<&'a str>, missing: &str) -> Cow<'a, str> {
    match (key, remote) {
        (Some(key), _) => Cow::Owned(urls.media(key)),
        (None, Some(url)) if !url.is_empty() => Cow::Borrowed(url),
        _ => Cow::Owned(urls.at(missing)),
    }
}

fn midnight(time: DateTime<Utc>) -> Time {
    Time(time.with_time(NaiveTime::MIN).single().unwrap_or(time))
}

impl LiveAccount {
    /// At this moment.
    pub fn new(state: &AccountState) -> Self {
        Self {
            moved: (),
            last_status_at: state.last_status_at.map(Day),
            statuses_count: state.statuses_count.unwrap_or_default(),
            followers_count: state.followers_count.unwrap_or_default(),
            following_count: state.following_count.unwrap_or_default(),
        }
    }
}

impl<'a> FixedAccount<'a> {
    /// As everybody sees it; of a suspended account little more than its name.
    pub fn new(urls: &Urls, view: &'a AccountView) -> Self {
        let account = &view.account;
        let suspended = account.suspended_at.is_some();
        let shown = |text: &'a str| if suspended { "" } else { text };
        let file = |key: &'a Option<String>| key.as_deref().filter(|_| !suspended);
        let avatar = picture(
            urls,
            file(&account.avatar_key),
            file(&account.avatar_remote_url),
            "/avatars/original/missing.png",
        );
        let header = picture(
            urls,
            file(&account.header_key),
            file(&account.header_remote_url),
            "/headers/original/missing.png",
        );
        Self {
            id: Id(account.id.0),
            username: &account.username,
            acct: acct(&account.username, account.domain.as_deref()),
            url: page(
                urls,
                &account.username,
                account.domain.as_deref(),
                account.url.as_deref(),
                &account.uri,
            ),
            uri: &account.uri,
            display_name: shown(&account.display_name),
            note: shown(&account.note),
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: shown(&account.avatar_description),
            header_static: header.clone(),
            header,
            header_description: shown(&account.header_description),
            locked: account.locked,
            fields: if suspended { Vec::new() } else { fields(view) },
            emojis: if suspended { Vec::new() } else { CustomEmoji::list(urls, &view.emojis) },
            bot: matches!(account.kind, kind::SERVICE | kind::APPLICATION),
            group: account.kind == kind::GROUP,
            discoverable: account.discoverable,
            indexable: account.indexable,
            noindex: !account.indexable,
            memorial: account.memorial,
            suspended,
            limited: account.silenced_at.is_some(),
            created_at: midnight(account.created_at),
            hide_collections: account.hide_collections,
            show_media: account.shows(tab::MEDIA),
            show_media_replies: account.shows(tab::MEDIA_REPLIES),
            show_featured: account.shows(tab::FEATURED),
            roles: view.role.and_then(AccountRole::shown).into_iter().collect(),
            feature_approval: Approval::NONE,
        }
    }
}

impl<'a> Account<'a> {
    /// As everybody sees it; of a suspended account little more than its name.
    pub fn new(urls: &Urls, view: &'a AccountView) -> Self {
        let live = LiveAccount {
            moved: (),
            last_status_at: view.last_status_at.map(Day),
            statuses_count: view.statuses_count,
            followers_count: view.followers_count,
            following_count: view.following_count,
        };
        Self { fixed: FixedAccount::new(urls, view), live }
    }

    /// The entities of a list.
    pub fn list(urls: &Urls, views: &'a [AccountView]) -> Vec<Self> {
        views.iter().map(|view| Self::new(urls, view)).collect()
    }
}

pub(super) fn acct<'a>(username: &'a str, domain: Option<&str>) -> Cow<'a, str> {
    match domain {
        None => Cow::Borrowed(username),
        Some(domain) => Cow::Owned(format!("{username}@{domain}")),
    }
}

/// The page of an account.
pub(super) fn page<'a>(
    urls: &Urls,
    username: &str,
    domain: Option<&str>,
    url: Option<&'a str>,
    uri: &'a str,
) -> Cow<'a, str> {
    match domain {
        None => Cow::Owned(urls.profile(username)),
        Some(_) => Cow::Borrowed(url.filter(|url| !url.is_empty()).unwrap_or(uri)),
    }
}

fn fields(view: &AccountView) -> Vec<Field> {
    view.account
        .profile_fields()
        .into_iter()
        .map(|field| Field { name: field.name, value: field.value, verified_at: field.verified_at.map(Time) })
        .collect()
}

fn role_name(number: i16) -> &'static str {
    match number {
        role::MODERATOR => "Moderator",
        role::ADMIN => "Admin",
        role::OWNER => "Owner",
        _ => "",
    }
}

impl AccountRole {
    /// The badge of those who look after the place; nobody else has one.
    fn shown(number: i16) -> Option<Self> {
        (number > role::USER).then(|| Self { id: number.to_string(), name: role_name(number), color: "" })
    }
}

/// <https://docs.joinmastodon.org/entities/MutedAccount/>
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MutedAccount<'a> {
    /// The account.
    #[serde(flatten)]
    pub account: Account<'a>,
    /// When the mute ends by itself.
    pub mute_expires_at: Option<Time>,
}

/// <https://docs.joinmastodon.org/entities/CredentialAccount/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct CredentialAccount<'a> {
    #[serde(flatten)]
    pub account: Account<'a>,
    pub source: Source<'a>,
    pub role: Role,
}

/// <https://docs.joinmastodon.org/entities/CredentialAccount/#source>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Source<'a> {
    pub attribution_domains: &'a [String],
    pub note: &'a str,
    pub fields: Vec<Field>,
    pub privacy: &'static str,
    pub sensitive: bool,
    pub language: &'a str,
    pub follow_requests_count: i64,
    pub hide_collections: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub quote_policy: &'static str,
}

/// <https://docs.joinmastodon.org/entities/Role/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Role {
    pub id: String,
    pub name: &'static str,
    pub color: &'static str,
    pub permissions: String,
    pub highlighted: bool,
    pub collection_limit: u32,
}

impl Role {
    /// The role with this number of `db::users::role`.
    pub fn new(number: i16) -> Self {
        // Dashboard, audit log, reports, blocks, appeals, users; then federation, settings, rules,
        // announcements, emoji; then everything (<https://docs.joinmastodon.org/entities/Role/#permission-flags>).
        let permissions = match number {
            role::MODERATOR => 0x69c,
            role::ADMIN => 0x69c | 0x7060,
            role::OWNER => 0x1,
            _ => 0,
        };
        Self {
            id: number.to_string(),
            name: role_name(number),
            color: "",
            permissions: permissions.to_string(),
            highlighted: number > role::USER,
            collection_limit: 0,
        }
    }
}

impl<'a> CredentialAccount<'a> {
    /// As its owner sees it.
    pub fn new(urls: &Urls, view: &'a AccountView, user: &'a User, follow_requests: i64) -> Self {
        let account = &view.account;
        let typed = account.profile_fields().into_iter().map(|field| Field {
            value: field.source.unwrap_or_else(|| text::plain(&field.value)),
            name: field.name,
            verified_at: field.verified_at.map(Time),
        });
        Self {
            source: Source {
                attribution_domains: &user.attribution_domains,
                note: &user.note_source,
                fields: typed.collect(),
                privacy: user.default_visibility.as_str(),
                sensitive: user.default_sensitive,
                language: user.default_language.as_deref().unwrap_or_default(),
                follow_requests_count: follow_requests,
                hide_collections: account.hide_collections,
                discoverable: account.discoverable,
                indexable: account.indexable,
                quote_policy: quote_policy::word(user.default_quote_policy),
            },
            role: Role::new(user.role),
            account: Account::new(urls, view),
        }
    }
}
