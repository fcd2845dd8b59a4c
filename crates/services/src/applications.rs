//! Client programs that register here, and the addresses they may be answered at.

use db::applications::{Application, NewApplication};
use url::{Host, Url};

use crate::scopes::Scopes;
use crate::{App, Error, Result, secrets};

/// The address that stands for "show the code to the person" (out of band).
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Most addresses of one application.
const MAX_REDIRECT_URIS: usize = 20;
/// Longest address or website, in bytes.
const MAX_URI_BYTES: usize = 2_000;

/// Schemes by which a browser would run, read or open what an attacker chose.
const DANGEROUS: &[&str] = &[
    "about",
    "blob",
    "cid",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "jar",
    "javascript",
    "mailto",
    "mid",
    "resource",
    "sms",
    "tel",
    "urn",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// What a program says of itself.
#[derive(Clone, Debug, Default)]
pub struct NewClient {
    /// Shown to people who are asked to let it in.
    pub name: String,
    /// Its page.
    pub website: Option<String>,
    /// Where codes may be sent, byte by byte.
    pub redirect_uris: Vec<String>,
    /// The most it will ever ask for; empty means `read`.
    pub scopes: String,
}

/// Registers a client, and returns it with its secret, which is not stored.
pub async fn register(app: &App, client: NewClient) -> Result<(Application, String)> {
    let name = text::clean_line(&client.name, 101);
    if name.is_empty() {
        return Err(Error::invalid("Application name can't be blank"));
    }
    if name.chars().count() > 100 {
        return Err(Error::invalid("Application name is too long (maximum is 100 characters)"));
    }
    let website = client.website.filter(|website| !website.trim().is_empty());
    if website.as_deref().is_some_and(|website| !is_website(website)) {
        return Err(Error::invalid("Website must be a valid URL"));
    }
    if client.redirect_uris.is_empty() {
        return Err(Error::invalid("Redirect URI can't be blank"));
    }
    if client.redirect_uris.len() > MAX_REDIRECT_URIS {
        return Err(Error::invalid(format!(
            "Redirect URI has too many values (maximum is {MAX_REDIRECT_URIS})"
        )));
    }
    for uri in &client.redirect_uris {
        check_redirect_uri(uri, app.config.federation.insecure_dev).map_err(Error::invalid)?;
    }
    let scopes = Scopes::parse(&client.scopes)
        .map_err(|_| Error::invalid("Scopes doesn't match configured on the server."))?;
    let scopes = if scopes.is_empty() { Scopes::read() } else { scopes };
    let secret = secrets::generate();
    let new = NewApplication {
        client_id: secrets::generate(),
        client_secret_hash: secrets::hash(&secret),
        name,
        website,
        redirect_uris: client.redirect_uris,
        scopes: scopes.to_string(),
    };
    let mut conn = app.conn().await?;
    let application = db::applications::insert(&mut conn, &new).await?.ok_or(Error::Busy)?;
    Ok((application, secret))
}

fn is_website(website: &str) -> bool {
    website.len() <= MAX_URI_BYTES
        && Url::parse(website).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

/// Whether a client may have codes sent to this address; the error says what is wrong with it.
///
/// Programs' own schemes are welcome (RFC 8252 §7.1). Plain `http` is for the same machine, or, with
/// `allow_http`, for development.
pub fn check_redirect_uri(uri: &str, allow_http: bool) -> Result<(), &'static str> {
    if uri == OUT_OF_BAND {
        return Ok(());
    }
    if uri.len() > MAX_URI_BYTES {
        return Err("Redirect URI is too long.");
    }
    if uri.is_empty()
        || !uri.bytes().all(|byte| byte.is_ascii_graphic())
        || uri.contains(['"', '<', '>', '\\'])
    {
        return Err("Redirect URI must be an absolute URI.");
    }
    let Ok(url) = Url::parse(uri) else { return Err("Redirect URI must be an absolute URI.") };
    if uri.contains('#') {
        return Err("Redirect URI cannot contain a fragment.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Redirect URI cannot contain a name or password.");
    }
    // Its origin goes into a Content-Security-Policy.
    let plain =
        |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-[]:".contains(&byte));
    if matches!(url.scheme(), "http" | "https") && !url.host_str().is_some_and(plain) {
        return Err("Redirect URI must be an absolute URI.");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_http || is_loopback(&url) => Ok(()),
        "http" => Err("Redirect URI must be an HTTPS/SSL URI."),
        scheme if DANGEROUS.contains(&scheme) => Err("Redirect URI is forbidden by the server."),
        _ => Ok(()),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_real_programs_are_welcome() {
        for uri in [
            OUT_OF_BAND,
            "https://elk.zone/api/example.social/oauth/https%3A%2F%2Felk.zone",
            "https://phanpy.social/?a=b",
            "tusky://oauth",
            "com.tapbots.Ivory.10217:/request_token",
            "icecubesapp:",
            "http://localhost:8080/callback",
            "http://127.0.0.1/",
            "http://[::1]:9/",
        ] {
            assert_eq!(check_redirect_uri(uri, false), Ok(()), "{uri}");
        }
        assert_eq!(check_redirect_uri("http://10.0.0.1/", true), Ok(()));
    }

    #[test]
    fn dangerous_addresses_are_not() {
        for uri in [
            "",
            "/callback",
            "callback",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a.example/b",
            "about:blank",
            "urn:something",
            "https://a.example/#fragment",
            "https://name:secret@a.example/",
            "https://name@a.example/",
            "https://a.example/\r\nSet-Cookie: a=b",
            "https://a.example/ b",
            "https://ä.example/",
            "https://",
            "http://a.example/",
            "http://localhost.a.example/",
        ] {
            assert!(check_redirect_uri(uri, false).is_err(), "{uri}");
        }
        assert!(check_redirect_uri(&format!("https://a.example/{}", "a".repeat(2_000)), false).is_err());
    }

    #[test]
    fn websites_are_web_addresses() {
        assert!(is_website("https://app.example/about"));
        for website in ["javascript:alert(1)", "app.example", "https://a:b@c.example", "data:,x", ""] {
            assert!(!is_website(website), "{website}");
        }
    }
}
