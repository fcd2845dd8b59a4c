//! Which URLs may be asked for.

use std::{fmt, net::IpAddr, ops::Deref};

use url::{Host, Url};

use crate::{Refusal, addresses};

/// Longest URL accepted, in bytes.
const MAX_LEN: usize = 2048;

/// What is lifted in development and never in production.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) plain_http: bool,
    pub(crate) any_port: bool,
    /// IP literals, and names without a dot.
    pub(crate) any_host: bool,
    /// `localhost` and what ends in it is 127.0.0.1, without asking DNS.
    pub(crate) local_names: bool,
    /// Whether an address may be connected to.
    pub(crate) permits: fn(IpAddr) -> Result<(), Refusal>,
}

impl Guard {
    pub(crate) fn new(insecure_dev: bool) -> Self {
        Self {
            plain_http: insecure_dev,
            any_port: insecure_dev,
            any_host: insecure_dev,
            local_names: insecure_dev,
            permits: if insecure_dev { addresses::anywhere } else { addresses::public },
        }
    }

    pub(crate) fn check_text(self, text: &str) -> Result<RemoteUrl, Refusal> {
        if text.len() > MAX_LEN {
            return Err(Refusal::TooLong);
        }
        // The parser would silently drop them, and the id would no longer be the URL.
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Refusal::Malformed);
        }
        self.check(Url::parse(text).map_err(|_| Refusal::Malformed)?)
    }

    pub(crate) fn check(self, mut url: Url) -> Result<RemoteUrl, Refusal> {
        url.set_fragment(None);
        if url.as_str().len() > MAX_LEN {
            return Err(Refusal::TooLong);
        }
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            _ => return Err(Refusal::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        // `port` knows only ports that are not the scheme's own.
        if url.port().is_some() && !self.any_port {
            return Err(Refusal::Port);
        }
        let literal: IpAddr = match url.host().ok_or(Refusal::Malformed)? {
            Host::Domain(name) => {
                let full = name.contains('.') || self.any_host;
                return if full && !name.ends_with('.') { Ok(RemoteUrl(url)) } else { Err(Refusal::Host) };
            }
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.into(),
        };
        if !self.any_host {
            return Err(Refusal::IpLiteral);
        }
        // No resolver is asked for a literal, so this is the only look at it.
        (self.permits)(literal)?;
        Ok(RemoteUrl(url))
    }
}

/// A URL the guard let pass, without its fragment: the only thing [`Client`](crate::Client) asks
/// for. What its name resolves to is checked when connecting.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RemoteUrl(Url);

impl RemoteUrl {
    /// The plain URL.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl Deref for RemoteUrl {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteUrl({})", self.0)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn strict(text: &str) -> Result<String, Refusal> {
        Guard::new(false).check_text(text).map(|url| url.to_string())
    }

    #[test]
    fn production_takes_https_names_only() {
        for (text, refusal) in [
            ("http://remote.example/", Refusal::Scheme),
            ("ftp://remote.example/", Refusal::Scheme),
            ("file:///etc/passwd", Refusal::Scheme),
            ("data:text/plain,hello", Refusal::Scheme),
            ("https://alice@remote.example/", Refusal::UserInfo),
            ("https://:secret@remote.example/", Refusal::UserInfo),
            ("https://remote.example:80/", Refusal::Port),
            ("https://remote.example:8443/", Refusal::Port),
            ("https://127.0.0.1/", Refusal::IpLiteral),
            ("https://8.8.8.8/", Refusal::IpLiteral),
            ("https://8.8.8.8./", Refusal::IpLiteral),
            ("https://2130706433/", Refusal::IpLiteral),
            ("https://0x7f.1/", Refusal::IpLiteral),
            ("https://0177.0.0.1/", Refusal::IpLiteral),
            ("https://①②⑦.0.0.1/", Refusal::IpLiteral),
            ("https://[::1]/", Refusal::IpLiteral),
            ("https://[::ffff:8.8.8.8]/", Refusal::IpLiteral),
            ("https://localhost/", Refusal::Host),
            ("https://remote.example./", Refusal::Host),
            ("https:///", Refusal::Malformed),
            ("/users/bob", Refusal::Malformed),
            ("", Refusal::Malformed),
            ("https://remote.example/a b", Refusal::Malformed),
            ("https://remote.example/\r\nX-Evil: 1", Refusal::Malformed),
            ("https://remote.example/\0", Refusal::Malformed),
        ] {
            assert_eq!(strict(text), Err(refusal), "{text:?}");
        }
    }

    #[test]
    fn a_good_url_keeps_its_bytes() {
        for text in [
            "https://remote.example/",
            "https://remote.example/users/bob/",
            "https://remote.example/?p=12",
            "https://remote.example/a//b/%41?x=%2F&y=",
            "https://bsky.brid.gy/convert/ap/at://did:plc:abc/app.bsky.feed.post/3k",
        ] {
            assert_eq!(strict(text).unwrap(), text);
        }
        assert_eq!(strict("https://Remote.EXAMPLE:443/A#main-key").unwrap(), "https://remote.example/A");
        assert_eq!(strict("https://bücher.example/").unwrap(), "https://xn--bcher-kva.example/");
    }

    #[test]
    fn one_byte_over_is_too_long() {
        let base = "https://remote.example/";
        let longest = format!("{base}{}", "a".repeat(MAX_LEN - base.len()));
        assert_eq!(strict(&longest), Ok(longest.clone()));
        assert_eq!(strict(&format!("{longest}a")), Err(Refusal::TooLong));
        // Short as typed, long once encoded.
        assert_eq!(strict(&format!("{base}{}", "é".repeat(600))), Err(Refusal::TooLong));
    }

    #[test]
    fn development_lifts_what_it_names_and_nothing_else() {
        let dev = |text: &str| Guard::new(true).check_text(text);
        for text in
            ["http://127.0.0.3/", "http://localhost:3000/", "http://a.localhost:1/", "https://[::1]:9/x"]
        {
            assert!(dev(text).is_ok(), "{text}");
        }
        assert_eq!(dev("ftp://localhost/"), Err(Refusal::Scheme));
        assert_eq!(dev("http://a:b@localhost/"), Err(Refusal::UserInfo));
    }

    #[test]
    fn a_literal_is_looked_at_where_literals_are_allowed() {
        let guard = Guard { permits: addresses::public, ..Guard::new(true) };
        let refusal = guard.check_text("http://10.0.0.1/").unwrap_err();
        assert_eq!(refusal, Refusal::Address("10.0.0.1".parse().unwrap()));
        assert!(guard.check_text("http://8.8.8.8/").is_ok());
        assert!(guard.check_text("http://[::ffff:127.0.0.1]/").is_err());
    }
}
