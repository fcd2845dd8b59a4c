//! The own profile as it is edited.

use std::borrow::Cow;

use db::account_views::AccountView;
use db::users::User;
use serde::Serialize;
use services::Urls;
use utoipa::ToSchema;

use super::{CredentialAccount, Field, Id};

/// <https://docs.joinmastodon.org/entities/Profile/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Profile<'a> {
    pub id: Id,
    pub display_name: &'a str,
    pub note: &'a str,
    pub fields: Vec<Field>,
    pub avatar: Option<Cow<'a, str>>,
    pub avatar_static: Option<Cow<'a, str>>,
    pub avatar_description: &'a str,
    pub header: Option<Cow<'a, str>>,
    pub header_static: Option<Cow<'a, str>>,
    pub header_description: &'a str,
    pub locked: bool,
    pub bot: bool,
    pub hide_collections: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub attribution_domains: &'a [String],
}

impl<'a> Profile<'a> {
    /// With texts as they were typed; pictures that were never set are `None`.
    pub fn new(urls: &Urls, view: &'a AccountView, user: &'a User) -> Self {
        let CredentialAccount { account, source, .. } = CredentialAccount::new(urls, view, user, 0);
        let has_avatar = view.account.avatar_key.is_some();
        let has_header = view.account.header_key.is_some();
        let account = account.fixed;
        Self {
            id: account.id,
            display_name: account.display_name,
            note: source.note,
            fields: source.fields,
            avatar: has_avatar.then_some(account.avatar),
            avatar_static: has_avatar.then_some(account.avatar_static),
            avatar_description: account.avatar_description,
            header: has_header.then_some(account.header),
            header_static: has_header.then_some(account.header_static),
            header_description: account.header_description,
            locked: account.locked,
            bot: account.bot,
            hide_collections: account.hide_collections,
            discoverable: account.discoverable,
            indexable: account.indexable,
            show_media: account.show_media,
            show_media_replies: account.show_media_replies,
            show_featured: account.show_featured,
            attribution_domains: source.attribution_domains,
        }
    }
}
