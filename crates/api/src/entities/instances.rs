//! What this instance says of itself. The documents are wide and hold settings only, so that they are
//! written as JSON rather than as structs that would repeat every name three times.

use config::{Config, Registrations};
use db::account_views::AccountView;
use serde_json::{Value, json};
use services::Urls;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{Account, Rule};

/// The `version` that clients read: the level of the Mastodon API, then who we are.
pub fn version() -> &'static str {
    concat!("4.5.0 (compatible; Stoa ", env!("CARGO_PKG_VERSION"), ")")
}

/// `api_versions.mastodon`: 2 promises grouped notifications, 3 `attribution_domains`, 4 `delete_media`, 5 filters that
/// blur, 7 quotes.
const API_VERSION: u32 = 7;

/// What is known of the instance.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Settings.
    pub config: &'a Config,
    /// Addresses.
    pub urls: &'a Urls,
    /// Whom people write to.
    pub contact: Option<&'a AccountView>,
    /// Those that hold.
    pub rules: &'a [db::instance_rules::Rule],
    /// Whether there are terms of service.
    pub has_terms: bool,
    /// The public key of Web Push.
    pub vapid_key: &'a str,
}

/// The schema of [`instance`], for the description of the API.
#[derive(Clone, Copy, Debug)]
pub struct Instance;

impl PartialSchema for Instance {
    fn schema() -> RefOr<Schema> {
        example(|about| instance(about, 0))
    }
}

impl ToSchema for Instance {}

/// The schema of [`instance_v1`], likewise.
#[derive(Clone, Copy, Debug)]
pub struct InstanceV1;

impl PartialSchema for InstanceV1 {
    fn schema() -> RefOr<Schema> {
        example(|about| instance_v1(about, Stats::default()))
    }
}

impl ToSchema for InstanceV1 {}

/// The schema of documents that look like that of an instance with usual settings.
fn example(document: impl Fn(About<'_>) -> Value) -> RefOr<Schema> {
    let mut config = Config::default();
    "example.org".clone_into(&mut config.instance.domain);
    let urls = Urls::new(&config);
    let about =
        About { config: &config, urls: &urls, contact: None, rules: &[], has_terms: false, vapid_key: "" };
    crate::openapi::like(&document(about))
}

/// <https://docs.joinmastodon.org/entities/Instance/>
pub fn instance(about: About<'_>, active_month: i64) -> Value {
    let About { config, urls, contact, rules, has_terms, vapid_key } = about;
    let instance = &config.instance;
    let thumbnail = thumbnail(urls);
    let access = json!({ "local": "public", "remote": "public" });
    let mut configuration = configuration(config);
    configuration["urls"] = json!({
        "streaming": streaming(urls),
        "status": null,
        "about": urls.at("/about"),
        "privacy_policy": urls.at("/privacy-policy"),
        "terms_of_service": has_terms.then(|| urls.at("/terms-of-service")),
    });
    configuration["vapid"] = json!({ "public_key": vapid_key });
    configuration["translation"] = json!({ "enabled": false });
    configuration["timelines_access"] =
        json!({ "live_feeds": access, "hashtag_feeds": access, "trending_link_feeds": access });
    configuration["limited_federation"] = json!(false);
    json!({
        "domain": instance.domain,
        "title": instance.title,
        "version": version(),
        "source_url": instance.source_url.as_ref().map_or_else(|| urls.at("/about"), ToString::to_string),
        "description": instance.description,
        "wrapstodon": null,
        "usage": { "users": { "active_month": active_month } },
        "thumbnail": {
            "url": thumbnail,
            "description": "A row of columns under a roof",
            "versions": { "@1x": thumbnail, "@2x": thumbnail },
        },
        "icon": [{ "src": urls.at("/icon.png"), "size": format!("{0}x{0}", media::ICON_SIZE) }],
        "languages": instance.languages,
        "configuration": configuration,
        "registrations": registrations(instance),
        "api_versions": { "mastodon": API_VERSION },
        "contact": {
            "email": instance.contact_email.as_deref().unwrap_or_default(),
            "account": contact.map(|view| Account::new(urls, view)),
        },
        "rules": Rule::list(rules),
    })
}

fn registrations(instance: &config::Instance) -> Value {
    let approval = instance.registrations == Registrations::Approval;
    let closed = instance.registrations == Registrations::Closed;
    let message = instance.registrations_message.as_ref().filter(|_| closed);
    let message = message.map(|text| text::linkify_plain(text, &text::Links::default()).into_string());
    json!({
        "enabled": !closed,
        "approval_required": approval,
        "reason_required": approval,
        "message": message,
        "min_age": (instance.minimum_age > 0).then_some(instance.minimum_age),
        "url": instance.registrations_url,
    })
}

/// How much there is, for [`instance_v1`].
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Stats {
    pub user_count: i64,
    pub status_count: i64,
    pub domain_count: i64,
}

/// <https://docs.joinmastodon.org/entities/V1_Instance/>
pub fn instance_v1(about: About<'_>, stats: Stats) -> Value {
    let About { config, urls, contact, rules, .. } = about;
    let instance = &config.instance;
    json!({
        "uri": instance.domain,
        "title": instance.title,
        "short_description": instance.description,
        "description": instance.description,
        "email": instance.contact_email.as_deref().unwrap_or_default(),
        "version": version(),
        "urls": { "streaming_api": streaming(urls) },
        "stats": {
            "user_count": stats.user_count,
            "status_count": stats.status_count,
            "domain_count": stats.domain_count,
        },
        "thumbnail": thumbnail(urls),
        "languages": instance.languages,
        "registrations": instance.registrations != Registrations::Closed,
        "approval_required": instance.registrations == Registrations::Approval,
        "invites_enabled": false,
        "configuration": configuration(config),
        "pleroma": { "metadata": { "features": ["pleroma_emoji_reactions", "custom_emoji_reactions"] } },
        "contact_account": contact.map(|view| Account::new(urls, view)),
        "rules": Rule::list(rules),
    })
}

fn configuration(config: &Config) -> Value {
    let limits = &config.limits;
    let formats: Vec<&str> = media::Format::ALL.iter().map(|format| format.content_type()).collect();
    json!({
        "accounts": {
            "max_display_name_length": limits.max_display_name_chars,
            "max_note_length": limits.max_bio_chars,
            "max_avatar_description_length": config.media.max_description_chars,
            "max_header_description_length": config.media.max_description_chars,
            "max_featured_tags": 0,
            "max_pinned_statuses": limits.max_pinned_statuses,
            "max_profile_fields": limits.max_profile_fields,
            "profile_field_name_limit": 255,
            "profile_field_value_limit": 255,
        },
        "reactions": { "max_reactions": services::reactions::MOST_OWN },
        "statuses": {
            "max_characters": config.instance.max_status_chars,
            "max_media_attachments": limits.max_media_per_status,
            "characters_reserved_per_url": text::CHARACTERS_PER_URL,
            "supported_mime_types": ["text/plain", "text/markdown", "text/html"],
        },
        "media_attachments": {
            "supported_mime_types": formats,
            "description_limit": config.media.max_description_chars,
            "image_size_limit": config.media.max_image_bytes,
            "image_matrix_limit": config.media.max_image_pixels,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": limits.max_poll_options,
            "max_characters_per_option": limits.max_poll_option_chars,
            "min_expiration": limits.min_poll_seconds,
            "max_expiration": limits.max_poll_seconds,
        },
    })
}

fn thumbnail(urls: &Urls) -> String {
    urls.at("/headers/original/missing.png")
}

/// The same host by `ws` or `wss`; clients add the path.
fn streaming(urls: &Urls) -> String {
    match urls.base().strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => urls.base().to_owned(),
    }
}
