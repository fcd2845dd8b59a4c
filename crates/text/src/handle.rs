//! Handles: `user@domain`, as typed in a mention, a search field or a WebFinger subject.

use std::{fmt, str::FromStr};

use url::Host;

/// Longest username or domain looked at, in characters.
const MAX_PART: usize = 255;

/// Whom a mention or a search names. Usernames keep their case and compare case-insensitively only through
/// [`Handle::is_same_as`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle {
    /// ASCII letters, digits and underscores, with dots and dashes inside.
    pub username: String,
    /// `None` means "here". Lower case, IDNA A-labels, with the port when one was given: `127.0.0.1:3001`.
    pub domain: Option<String>,
}

/// The text is not a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHandle {
    /// The part before the last `@` is empty, too long or has characters usernames never have.
    #[error("the username may hold only letters, digits, underscores, and dots and dashes inside")]
    Username,
    /// The part after the `@` names no host.
    #[error("the domain is not a valid host name")]
    Domain,
}

impl Handle {
    /// Reads `@a@b`, `a@b`, `acct:a@b`, `@a` or `a`; the domain may carry a port.
    pub fn parse(s: &str) -> Result<Self, InvalidHandle> {
        let s = s.trim();
        let s = s.strip_prefix("acct:").unwrap_or(s);
        let s = s.strip_prefix('@').unwrap_or(s);
        let (username, domain) = match s.split_once('@') {
            Some((username, domain)) => (username, Some(domain)),
            None => (s, None),
        };
        if username.is_empty() || username_end(username) != username.len() || username.len() > MAX_PART {
            return Err(InvalidHandle::Username);
        }
        let domain =
            domain.map(|domain| normalise_domain(domain).ok_or(InvalidHandle::Domain)).transpose()?;
        Ok(Self { username: username.to_owned(), domain })
    }

    /// Equal but for the case of the username.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.domain == other.domain && self.username.eq_ignore_ascii_case(&other.username)
    }

    /// What two handles of one account have in common.
    pub(crate) fn key(&self) -> (String, Option<String>) {
        (self.username.to_ascii_lowercase(), self.domain.clone())
    }
}

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::parse(s)
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.domain {
            Some(domain) => write!(f, "{}@{domain}", self.username),
            None => f.write_str(&self.username),
        }
    }
}

/// Where the username that starts `s` ends: `[a-zA-Z0-9_]+([.-]+[a-zA-Z0-9_]+)*`; 0 if there is none.
pub(crate) fn username_end(s: &str) -> usize {
    joined_end(s, |c| c.is_ascii_alphanumeric() || c == '_')
}

/// Where the domain that starts `s` ends, port included; 0 if there is none. Unicode letters count: names are
/// typed as they are read.
pub(crate) fn domain_end(s: &str) -> usize {
    let end = joined_end(s, |c| c == '_' || c.is_alphanumeric() || crate::hashtag::is_mark(c));
    let Some(port) = s[end..].strip_prefix(':').filter(|_| end > 0) else { return end };
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let follows_word = port[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    if (1..=5).contains(&digits) && !follows_word { end + 1 + digits } else { end }
}

/// The end of words joined by dots and dashes, at the start of `s`.
fn joined_end(s: &str, is_word: impl Fn(char) -> bool) -> usize {
    let mut end = 0;
    for (at, c) in s.char_indices() {
        if is_word(c) {
            end = at + c.len_utf8();
        } else if !matches!(c, '.' | '-') || end == 0 {
            break;
        }
    }
    end
}

/// Lower case and A-labels, port kept; `None` if it names no host.
fn normalise_domain(domain: &str) -> Option<String> {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (domain, None),
    };
    let is_ipv6 = host.starts_with('[');
    let plausible =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_') || crate::hashtag::is_mark(c);
    if host.len() > MAX_PART || !(is_ipv6 || host.chars().all(plausible)) {
        return None;
    }
    let port = match port {
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => Some(port.parse::<u16>().ok()?),
        Some(_) => return None,
        None => None,
    };
    let host = Host::parse(host).ok()?.to_string();
    let labels_ok = is_ipv6 || host.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    if !labels_ok || host.len() > 253 {
        return None;
    }
    Some(port.map_or(host.clone(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        for (typed, shown) in [
            ("@Alice@Example.COM", "Alice@example.com"),
            ("alice@example.com", "alice@example.com"),
            ("acct:alice@example.com", "alice@example.com"),
            (" @alice ", "alice"),
            ("a.b-c_d", "a.b-c_d"),
            ("@a@127.0.0.1:3001", "a@127.0.0.1:3001"),
            ("@a@[::1]:3001", "a@[::1]:3001"),
            ("@a@localhost", "a@localhost"),
            ("@a@bücher.example", "a@xn--bcher-kva.example"),
            ("@a@stoa-1.localhost:80", "a@stoa-1.localhost:80"),
        ] {
            let handle = Handle::parse(typed).unwrap();
            assert_eq!(handle.to_string(), shown);
            assert_eq!(shown.parse::<Handle>().unwrap(), handle);
        }
    }

    #[test]
    fn what_is_no_handle_is_refused() {
        for typed in ["", "@", "@@", "acct:", ".a", "a.", "a b", "ä", "a-", "@a'b@example.com"] {
            assert_eq!(Handle::parse(typed), Err(InvalidHandle::Username), "{typed}");
        }
        for typed in [
            "a@",
            "a@b@c",
            "a@b c",
            "a@b/c",
            "a@.b",
            "a@b.",
            "a@b..c",
            "a@b:x",
            "a@b:99999",
            "a@%41",
            "a@[::1",
        ] {
            assert_eq!(Handle::parse(typed), Err(InvalidHandle::Domain), "{typed}");
        }
        assert!(Handle::parse(&"a".repeat(300)).is_err());
        assert!(Handle::parse(&format!("a@{}", "b.".repeat(300))).is_err());
    }

    #[test]
    fn case_of_the_username_does_not_matter() {
        let [a, b] = ["Alice@example.com", "alice@example.com"].map(|s| Handle::parse(s).unwrap());
        assert!(a.is_same_as(&b) && a != b);
        assert!(!a.is_same_as(&Handle::parse("alice").unwrap()));
    }
}
