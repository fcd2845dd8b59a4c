//! What a token allows (<https://docs.joinmastodon.org/api/oauth-scopes/>).

use std::fmt;

/// Every scope there is; `read` stands for all `read:…`, and so on.
pub const KNOWN: &[&str] = &[
    "read",
    "read:accounts",
    "read:blocks",
    "read:bookmarks",
    "read:favourites",
    "read:filters",
    "read:follows",
    "read:lists",
    "read:mutes",
    "read:notifications",
    "read:search",
    "read:statuses",
    "write",
    "write:accounts",
    "write:blocks",
    "write:bookmarks",
    "write:conversations",
    "write:favourites",
    "write:filters",
    "write:follows",
    "write:lists",
    "write:media",
    "write:mutes",
    "write:notifications",
    "write:reports",
    "write:statuses",
    "follow",
    "push",
    "profile",
    "admin:read",
    "admin:read:accounts",
    "admin:read:reports",
    "admin:read:domain_allows",
    "admin:read:domain_blocks",
    "admin:read:ip_blocks",
    "admin:read:email_domain_blocks",
    "admin:read:canonical_email_blocks",
    "admin:write",
    "admin:write:accounts",
    "admin:write:reports",
    "admin:write:domain_allows",
    "admin:write:domain_blocks",
    "admin:write:ip_blocks",
    "admin:write:email_domain_blocks",
    "admin:write:canonical_email_blocks",
];

/// What the old scope `follow` stands for.
const FOLLOW: &[&str] =
    &["read:blocks", "write:blocks", "read:follows", "write:follows", "read:mutes", "write:mutes"];

/// A set of known scopes, in the order in which they were named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<&'static str>);

/// A scope that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such scope")]
pub struct UnknownScope;

impl Scopes {
    /// Reads scopes separated by white space (or `+`, as some clients encode it twice). None at all is an
    /// empty set.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let mut scopes = Vec::new();
        for word in text.split([' ', '+', '\n', '\r', '\t']).filter(|word| !word.is_empty()) {
            let known = KNOWN.iter().copied().find(|known| *known == word).ok_or(UnknownScope)?;
            if !scopes.contains(&known) {
                scopes.push(known);
            }
        }
        Ok(Self(scopes))
    }

    /// What the database holds; a scope that exists no more allows nothing.
    pub fn from_stored(text: &str) -> Self {
        Self(text.split(' ').filter_map(|word| KNOWN.iter().copied().find(|known| *known == word)).collect())
    }

    /// What a client gets that asks for nothing in particular: `read`.
    pub fn read() -> Self {
        Self(vec!["read"])
    }

    /// Whether no scope is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes as they were named.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }

    /// Whether it allows what `scope` names, itself or by a broader scope.
    pub fn covers(&self, scope: &str) -> bool {
        self.iter().any(|granted| {
            granted == scope
                || scope.strip_prefix(granted).is_some_and(|rest| rest.starts_with(':'))
                || (granted == "follow" && FOLLOW.contains(&scope))
        })
    }

    /// Whether it allows everything that `other` does.
    pub fn cover_all(&self, other: &Self) -> bool {
        other.iter().all(|scope| self.covers(scope))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn order_is_kept_and_repetition_is_not() {
        assert_eq!(scopes("write  read write\nfollow").to_string(), "write read follow");
        assert_eq!(scopes("read+write").to_string(), "read write");
        assert!(scopes(" ").is_empty());
        assert_eq!(scopes("read push"), Scopes::from_stored("read gone push"));
    }

    #[test]
    fn unknown_scopes_are_refused() {
        for text in ["reads", "read:", "read:everything", "READ", "admin", "read;write", "read:statuses:x"] {
            assert_eq!(Scopes::parse(text), Err(UnknownScope), "{text}");
        }
    }

    #[test]
    fn broad_scopes_cover_narrow_ones_and_not_the_other_way() {
        assert!(scopes("read").covers("read:statuses"));
        assert!(scopes("admin:read").covers("admin:read:accounts"));
        for (granted, wanted) in [
            ("read:statuses", "read"),
            ("read:statuses", "read:accounts"),
            ("read", "write:statuses"),
            ("read", "admin:read"),
            ("read write follow push", "admin:read:accounts"),
            ("admin:read", "admin:write"),
            ("admin:read:accounts", "admin:read:reports"),
            ("read", "profile"),
            ("profile", "read:accounts"),
            ("", "read"),
        ] {
            assert!(!scopes(granted).covers(wanted), "{granted} does not cover {wanted}");
        }
    }

    #[test]
    fn follow_is_six_scopes() {
        for scope in FOLLOW {
            assert!(scopes("follow").covers(scope));
        }
        assert!(!scopes("follow").covers("read:statuses"));
        assert!(!scopes("follow").covers("read"));
    }

    #[test]
    fn subsets() {
        assert!(scopes("read write follow push").cover_all(&scopes("read:statuses write:media follow")));
        assert!(!scopes("read").cover_all(&scopes("read write")));
        assert!(!scopes("read:statuses").cover_all(&scopes("read")));
    }
}
