//! The own profile: editing it, and the settings that clients follow.

use axum::extract::State;
use axum::response::IntoResponse;
use bytes::Bytes;
use db::accounts::Account;
use db::users::User;
use db::{Visibility, account_views, follows, users};
use serde::Deserialize;
use serde::de::IgnoredAny;
use services::accounts::{Picture, ProfileChanges};
use services::preferences;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::entities;
use crate::params::{Files, Upload};
use crate::{ApiState, Error, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(update_credentials))
        .routes(routes!(show, update))
        .routes(routes!(remove_avatar))
        .routes(routes!(remove_header))
        .routes(routes!(read_preferences))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    display_name: Option<String>,
    note: Option<String>,
    locked: Option<bool>,
    bot: Option<bool>,
    discoverable: Option<bool>,
    indexable: Option<bool>,
    hide_collections: Option<bool>,
    avatar_description: Option<String>,
    header_description: Option<String>,
    show_media: Option<bool>,
    show_media_replies: Option<bool>,
    show_featured: Option<bool>,
    attribution_domains: Option<Vec<String>>,
    #[schema(inline, default = json!(null))]
    fields_attributes: Option<Vec<Field>>,
    #[schema(inline, default = json!({}))]
    source: Source,
    /// Comes as a file, as the next; they are here to be described.
    #[schema(value_type = Option<String>, format = Binary, default = json!(null))]
    avatar: Option<IgnoredAny>,
    #[schema(value_type = Option<String>, format = Binary, default = json!(null))]
    header: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Field {
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Source {
    #[schema(value_type = Option<String>)]
    privacy: Option<Visibility>,
    sensitive: Option<bool>,
    language: Option<String>,
    quote_policy: Option<String>,
}

impl Form {
    /// What changes of the profile; `None` when nothing does.
    fn profile(self, mut files: Files, largest: u64) -> Result<Option<ProfileChanges>> {
        let mut picture = |name: &str| picture(name, files.take(name), largest);
        let changes = ProfileChanges {
            avatar: picture("avatar")?,
            header: picture("header")?,
            display_name: self.display_name,
            note: self.note,
            fields: self
                .fields_attributes
                .map(|fields| fields.into_iter().map(|field| (field.name, field.value)).collect()),
            locked: self.locked,
            bot: self.bot,
            discoverable: self.discoverable,
            indexable: self.indexable,
            hide_collections: self.hide_collections,
            avatar_description: self.avatar_description,
            header_description: self.header_description,
            show_media: self.show_media,
            show_media_replies: self.show_media_replies,
            show_featured: self.show_featured,
        };
        Ok((!is_empty(&changes)).then_some(changes))
    }
}

fn picture(name: &str, file: Option<Bytes>, largest: u64) -> Result<Option<Picture>> {
    match file {
        Some(bytes) if bytes.len() as u64 > largest => {
            Err(Error::invalid(format!("{name} is larger than {largest} bytes")))
        }
        Some(bytes) => Ok(Some(Picture::Upload(bytes.into()))),
        None => Ok(None),
    }
}

fn is_empty(changes: &ProfileChanges) -> bool {
    matches!(
        changes,
        ProfileChanges {
            display_name: None,
            note: None,
            fields: None,
            locked: None,
            bot: None,
            discoverable: None,
            indexable: None,
            hide_collections: None,
            avatar: None,
            avatar_description: None,
            header: None,
            header_description: None,
            show_media: None,
            show_media_replies: None,
            show_featured: None,
        }
    )
}

/// Writes what the form says, all of it or nothing.
async fn write(state: &ApiState, account: &Account, user: &User, mut form: Upload<Form>) -> Result<()> {
    let source = std::mem::take(&mut form.params.source);
    let settings = preferences::Changes {
        visibility: source.privacy,
        sensitive: source.sensitive,
        language: source.language,
        quote_policy: source.quote_policy,
        attribution_domains: form.params.attribution_domains.take(),
    }
    .check()?;
    if let Some(changes) = form.params.profile(form.files, state.app.config.media.max_image_bytes)? {
        services::accounts::update_profile(&state.app, account, changes, Some((user.id, settings))).await?;
    } else {
        preferences::update(&state.app, user.id, settings).await?;
    }
    Ok(())
}

/// Changes the own account.
#[utoipa::path(
    patch,
    path = "/api/v1/accounts/update_credentials",
    request_body = inline(Form),
    responses((status = 200, body = entities::CredentialAccount)),
    security(("user" = ["write:accounts"])),
)]
async fn update_credentials(State(state): State<ApiState>, viewer: Viewer, form: Upload<Form>) -> Result {
    let account = viewer.require("write:accounts")?;
    write(&state, account, viewer.user(), form).await?;
    credentials(&state, account).await
}

/// Changes the own profile.
#[utoipa::path(
    patch,
    path = "/api/v1/profile",
    request_body = inline(Form),
    responses((status = 200, body = entities::Profile)),
    security(("user" = ["write:accounts"])),
)]
async fn update(State(state): State<ApiState>, viewer: Viewer, form: Upload<Form>) -> Result {
    let account = viewer.require("write:accounts")?;
    write(&state, account, viewer.user(), form).await?;
    profile(&state, account).await
}

/// Shows the own profile.
#[utoipa::path(
    get,
    path = "/api/v1/profile",
    responses((status = 200, body = entities::Profile)),
    security(("user" = ["profile"]), ("user" = ["read:accounts"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer) -> Result {
    profile(&state, viewer.require_any(&["profile", "read:accounts"])?).await
}

/// Removes the avatar.
#[utoipa::path(
    delete,
    path = "/api/v1/profile/avatar",
    responses((status = 200, body = entities::CredentialAccount)),
    security(("user" = ["write:accounts"])),
)]
async fn remove_avatar(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let account = viewer.require("write:accounts")?;
    let changes = ProfileChanges {
        avatar: Some(Picture::Remove),
        avatar_description: Some(String::new()),
        ..ProfileChanges::default()
    };
    services::accounts::update_profile(&state.app, account, changes, None).await?;
    credentials(&state, account).await
}

/// Removes the header.
#[utoipa::path(
    delete,
    path = "/api/v1/profile/header",
    responses((status = 200, body = entities::CredentialAccount)),
    security(("user" = ["write:accounts"])),
)]
async fn remove_header(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let account = viewer.require("write:accounts")?;
    let changes = ProfileChanges {
        header: Some(Picture::Remove),
        header_description: Some(String::new()),
        ..ProfileChanges::default()
    };
    services::accounts::update_profile(&state.app, account, changes, None).await?;
    credentials(&state, account).await
}

/// The account as it is now, for its owner.
async fn credentials(state: &ApiState, account: &Account) -> Result {
    let mut conn = state.app.conn().await?;
    let user = users::find_by_account(&mut conn, account.id).await?;
    let view = account_views::find(&mut conn, account.id).await?;
    let requests = follows::count_requests(&mut conn, account.id).await?;
    let urls = &state.app.urls;
    Ok(Json(entities::CredentialAccount::new(urls, &view, &user, requests)).into_response())
}

async fn profile(state: &ApiState, account: &Account) -> Result {
    let mut conn = state.app.conn().await?;
    let user = users::find_by_account(&mut conn, account.id).await?;
    let view = account_views::find(&mut conn, account.id).await?;
    Ok(Json(entities::Profile::new(&state.app.urls, &view, &user)).into_response())
}

/// Shows settings that clients follow.
#[utoipa::path(
    get,
    path = "/api/v1/preferences",
    responses((status = 200, body = entities::Preferences)),
    security(("user" = ["read:accounts"])),
)]
async fn read_preferences(viewer: Viewer) -> Result {
    viewer.require("read:accounts")?;
    Ok(Json(entities::Preferences::from(viewer.user())).into_response())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::params::{from_tree, parse_query};

    fn form(text: &str) -> Form {
        from_tree(parse_query(text).unwrap()).unwrap()
    }

    fn changes(form: Form) -> Option<ProfileChanges> {
        form.profile(Files::default(), 10).unwrap()
    }

    fn fields(form: Form) -> Option<Vec<(String, String)>> {
        changes(form).unwrap().fields
    }

    #[test]
    fn fields_come_in_all_forms() {
        let both = Some(vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        let numbered = "fields_attributes[0][name]=a&fields_attributes[0][value]=1\
                        &fields_attributes[1][name]=b&fields_attributes[1][value]=2";
        assert_eq!(fields(form(numbered)), both);
        let listed = "fields_attributes[][name]=a&fields_attributes[][value]=1\
                      &fields_attributes[][name]=b&fields_attributes[][value]=2";
        assert_eq!(fields(form(listed)), both);
        for json in [
            serde_json::json!({ "fields_attributes": [{ "name": "a", "value": 1 }, { "name": "b", "value": "2" }] }),
            serde_json::json!({ "fields_attributes": {
                "1": { "name": "b", "value": "2" }, "0": { "name": "a", "value": "1" } } }),
        ] {
            assert_eq!(fields(from_tree(json.as_object().unwrap().clone()).unwrap()), both, "{json}");
        }
        let none = serde_json::json!({ "fields_attributes": [] });
        assert_eq!(fields(from_tree(none.as_object().unwrap().clone()).unwrap()), Some(Vec::new()));
    }

    #[test]
    fn settings_alone_leave_the_profile_alone() {
        let only_source = form("source[privacy]=unlisted&source[sensitive]=1&source[language]=");
        assert_eq!(only_source.source.privacy, Some(Visibility::Unlisted));
        assert_eq!(only_source.source.sensitive, Some(true));
        assert_eq!(only_source.source.language.as_deref(), Some(""));
        assert!(changes(only_source).is_none());
        assert!(changes(form("locked=false")).is_some());
        assert!(changes(form("note=")).is_some());
    }

    #[test]
    fn pictures_have_a_largest_size() {
        assert!(picture("avatar", None, 3).unwrap().is_none());
        assert!(picture("avatar", Some(Bytes::from_static(b"abc")), 3).unwrap().is_some());
        assert!(picture("avatar", Some(Bytes::from_static(b"abcd")), 3).is_err());
    }
}
