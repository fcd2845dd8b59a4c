//! Rules that a type alone does not hold.

use crate::{Config, Error, Secret, StorageKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

pub(crate) fn check(config: &Config) -> Result<(), Error> {
    domain(config)?;
    public_url(config)?;
    numbers(config)?;
    storage(config)?;
    services(config)?;
    if config.federation.insecure_dev && !config.server.listen.ip().to_canonical().is_loopback() {
        let problem = format!(
            "is for development only and needs server.listen to be a loopback address, not {}",
            config.server.listen
        );
        return Err(Error::key("federation.insecure_dev", problem));
    }
    log_level(&config.log.level)
}

/// `info`, or rules such as `info,federation=debug`. A bare word that is no level would be taken for the
/// name of a part whose everything is to be logged.
fn log_level(rules: &str) -> Result<(), Error> {
    let is_level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"]
            .iter()
            .any(|level| word.eq_ignore_ascii_case(level))
    };
    let is_part = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'))
    };
    for rule in rules.split(',').map(str::trim) {
        let is_rule = match rule.split_once('=') {
            Some((part, level)) => is_part(part) && is_level(level),
            None => is_level(rule),
        };
        if !is_rule {
            let problem = format!(
                "{rule:?} is not error, warn, info, debug or trace, nor a rule such as federation=debug"
            );
            return Err(Error::key("log.level", problem));
        }
    }
    Ok(())
}

fn domain(config: &Config) -> Result<(), Error> {
    let (domain, host) = (&config.instance.domain, config.instance.host());
    if domain.is_empty() {
        return Err(Error::key(
            "instance.domain",
            "is missing; set it to the name of this instance, such as example.org",
        ));
    }
    let port_is_valid = domain.len() == host.len()
        || domain[host.len() + 1..].parse::<u16>().is_ok_and(|port| port > 0 && !domain.contains(":+"));
    if is_host(host) && port_is_valid {
        return Ok(());
    }
    let problem =
        format!("{domain:?} is not a lower-case host name with an optional port, such as example.org");
    Err(Error::key("instance.domain", problem))
}

/// RFC 1123 names in lower case (internationalised ones in their `xn--` form), IPv4, bracketed IPv6.
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == inner);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let last_is_number = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= 253 && host.split('.').all(label) && (!last_is_number || host.parse::<Ipv4Addr>().is_ok())
}

/// Names that never leave the machine (RFC 6761, section 6.3) and loopback addresses.
pub(crate) fn is_loopback_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn public_url(config: &Config) -> Result<(), Error> {
    let Some(url) = &config.server.public_url else { return Ok(()) };
    let wrong = |problem: &str| Err(Error::key("server.public_url", problem));
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return wrong("must end after the host: no path, query or fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("must not hold a user name or password");
    }
    if url.scheme() == "http" && !config.federation.insecure_dev && !has_loopback_host(url) {
        return wrong("must begin with https:// (http:// only with federation.insecure_dev or on loopback)");
    }
    Ok(())
}

fn has_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn numbers(config: &Config) -> Result<(), Error> {
    let large = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let (server, limits, rates, jobs) = (&config.server, &config.limits, &config.rate_limits, &config.jobs);
    let day = 24 * 60;
    let ranges: &[(&str, u64, u64, u64)] = &[
        ("instance.max_status_chars", config.instance.max_status_chars.into(), 1, 10_000),
        ("instance.minimum_age", config.instance.minimum_age.into(), 0, 100),
        ("server.max_json_bytes", large(server.max_json_bytes), 1024, 1 << 30),
        ("server.max_media_bytes", large(server.max_media_bytes), 1024, 1 << 32),
        ("server.request_timeout_seconds", server.request_timeout_seconds, 1, 3600),
        ("server.ping_seconds", server.ping_seconds.into(), 1, 300),
        ("database.pool_size", config.database.pool_size.into(), 1, 1000),
        ("cache.entities_mb", config.cache.entities_mb.into(), 0, 4096),
        ("media.max_image_bytes", config.media.max_image_bytes, 1024, 1 << 30),
        ("media.max_image_pixels", config.media.max_image_pixels, 1, 1 << 28),
        ("media.max_description_chars", config.media.max_description_chars.into(), 1, 10_000),
        ("limits.max_media_per_status", limits.max_media_per_status.into(), 1, 16),
        ("limits.max_poll_options", limits.max_poll_options.into(), 2, 20),
        ("limits.max_poll_option_chars", limits.max_poll_option_chars.into(), 1, 500),
        ("limits.min_poll_seconds", limits.min_poll_seconds.into(), 1, limits.max_poll_seconds.into()),
        ("limits.max_poll_seconds", limits.max_poll_seconds.into(), 1, 366 * 86_400),
        ("limits.max_pinned_statuses", limits.max_pinned_statuses.into(), 0, 100),
        ("limits.max_display_name_chars", limits.max_display_name_chars.into(), 1, 500),
        ("limits.max_bio_chars", limits.max_bio_chars.into(), 1, 10_000),
        ("limits.max_profile_fields", limits.max_profile_fields.into(), 0, 20),
        ("limits.max_follows", limits.max_follows.into(), 1, 1_000_000),
        ("limits.max_followed_tags", limits.max_followed_tags.into(), 0, 1_000),
        ("limits.notification_days", limits.notification_days.into(), 1, 36_500),
        ("sessions.rotate_minutes", config.sessions.rotate_minutes.into(), 1, day),
        ("sessions.lifetime_days", config.sessions.lifetime_days.into(), 1, 365),
        ("rate_limits.requests_per_5_minutes", rates.requests_per_5_minutes.into(), 1, 1_000_000),
        ("rate_limits.media_per_30_minutes", rates.media_per_30_minutes.into(), 1, 1_000_000),
        ("rate_limits.deletes_per_30_minutes", rates.deletes_per_30_minutes.into(), 1, 1_000_000),
        ("rate_limits.sign_ups_per_30_minutes", rates.sign_ups_per_30_minutes.into(), 1, 1_000_000),
        ("rate_limits.sign_ins_per_5_minutes", rates.sign_ins_per_5_minutes.into(), 1, 1_000_000),
        ("rate_limits.apps_per_hour", rates.apps_per_hour.into(), 1, 1_000_000),
        ("rate_limits.letters_per_hour", rates.letters_per_hour.into(), 1, 1_000_000),
        ("rate_limits.inbox_per_5_minutes", rates.inbox_per_5_minutes.into(), 1, 1_000_000),
        ("jobs.workers", large(jobs.workers), 1, 1000),
        ("jobs.inbox_workers", large(jobs.inbox_workers), 1, 1000),
        ("jobs.delivery_hosts", large(jobs.delivery_hosts), 1, 10_000),
    ];
    for &(key, value, from, to) in ranges {
        if !(from..=to).contains(&value) {
            return Err(Error::key(key, format!("is {value}, must be from {from} to {to}")));
        }
    }
    Ok(())
}

fn storage(config: &Config) -> Result<(), Error> {
    let storage = &config.storage;
    if storage.kind == StorageKind::S3 {
        for (key, is_set) in [
            ("storage.s3_bucket", storage.s3_bucket.is_some()),
            ("storage.s3_access_key", storage.s3_access_key.is_some()),
            ("storage.s3_secret_key", storage.s3_secret_key.is_some()),
        ] {
            if !is_set {
                return Err(Error::key(key, "is missing, but storage.kind is \"s3\""));
            }
        }
    } else if storage.path.as_os_str().is_empty() {
        return Err(Error::key("storage.path", "is missing, the folder for media files"));
    }
    Ok(())
}

/// Addresses of other services. Their text is not repeated: it may hold a password.
fn services(config: &Config) -> Result<(), Error> {
    let schemes: [(&str, &Option<Secret>, &[&str]); 3] = [
        ("database.url", &config.database.url, &["postgres://", "postgresql://"]),
        ("mail.smtp_url", &config.mail.smtp_url, &["smtp://", "smtps://"]),
        ("redis.url", &config.redis.url, &["redis://", "rediss://", "unix://", "redis+unix://"]),
    ];
    for (key, url, schemes) in schemes {
        if url.as_ref().is_some_and(|url| !schemes.iter().any(|scheme| url.expose().starts_with(scheme))) {
            return Err(Error::key(key, format!("must begin with {}", schemes.join(" or "))));
        }
    }
    if config.instance.contact_email.as_ref().is_some_and(|email| !email.contains('@')) {
        return Err(Error::key("instance.contact_email", "is not an e-mail address"));
    }
    if config.mail.from.as_ref().is_some_and(|from| !from.contains('@')) {
        let problem = "is not an e-mail address, such as Stoa <noreply@example.org>";
        return Err(Error::key("mail.from", problem));
    }
    let is_web = |url: &String| {
        Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    };
    if config.instance.registrations_url.as_ref().is_some_and(|url| !is_web(url)) {
        return Err(Error::key("instance.registrations_url", "is not an address that begins with https://"));
    }
    Ok(())
}
