//! What somebody had to register to have one more name.

use std::net::IpAddr;

/// The part of a host's name that costs something to have: `evil.example` of `a.b.evil.example:3000`, so that
/// nobody counts as many by making up names below their own. Names that a company gives away (below
/// `duckdns.org`, say) count as one: they cost as little. An IP address is itself, with its port, since only
/// development knows such hosts.
pub fn registrable(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if name.starts_with('[') || name.parse::<IpAddr>().is_ok() {
        return host;
    }
    let mut domain = name;
    while let Some((_, parent)) = domain.split_once('.') {
        if is_public(parent) {
            break;
        }
        domain = parent;
    }
    domain
}

/// Whether a registry sells names below this one, by the Public Suffix List.
fn is_public(name: &str) -> bool {
    psl::suffix(name.as_bytes())
        .is_none_or(|suffix| suffix == name.as_bytes() && suffix.typ() != Some(psl::Type::Private))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_are_not_more() {
        for (host, expected) in [
            ("evil.example", "evil.example"),
            ("a.b.evil.example:443", "evil.example"),
            ("social.evil.co.uk", "evil.co.uk"),
            ("a.b.mine.duckdns.org", "duckdns.org"),
            ("h1.localhost:4000", "h1.localhost"),
            ("a.h1.localhost", "h1.localhost"),
            ("localhost", "localhost"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("[::1]:3000", "[::1]:3000"),
            ("", ""),
        ] {
            assert_eq!(registrable(host), expected, "{host}");
        }
        let deep = format!("{}evil.example", "a.".repeat(100));
        assert_eq!(registrable(&deep), "evil.example");
    }
}
