//! From recipients to inboxes (federation.md 30.2, 31.1); pure.

use std::collections::HashSet;

use db::activities::Destination;
use url::Url;

/// Inboxes of recipients, with the shared inbox of each one's host where there is one.
pub(crate) type Inboxes = Vec<(String, Option<String>)>;

/// Which inbox of a recipient is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The shared inbox if it is on the host of the personal one: one delivery for all who are there.
    Shared,
    /// The recipient's own: what only concerns one, and what only some may read.
    Personal,
}

/// The inboxes that an activity goes to, each once, none of them on the host `own`.
pub(crate) fn destinations(inboxes: Inboxes, way: Way, own: &str) -> Vec<Destination> {
    let mut seen = HashSet::new();
    let mut destinations = Vec::new();
    for (inbox, shared) in inboxes {
        let Some(host) = lane(&inbox).filter(|host| host != own) else { continue };
        let shared = shared.filter(|url| way == Way::Shared && lane(url).as_ref() == Some(&host));
        let inbox_url = shared.unwrap_or(inbox);
        if seen.insert(inbox_url.clone()) {
            destinations.push(Destination { host, inbox_url });
        }
    }
    destinations
}

/// The lane of an inbox: its host, with a port if one is written.
fn lane(inbox: &str) -> Option<String> {
    let url = Url::parse(inbox).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inboxes(list: &[(&str, Option<&str>)]) -> Inboxes {
        list.iter().map(|(inbox, shared)| ((*inbox).to_owned(), shared.map(str::to_owned))).collect()
    }

    fn urls(list: &[(&str, Option<&str>)], way: Way) -> Vec<String> {
        destinations(inboxes(list), way, "us.example").into_iter().map(|one| one.inbox_url).collect()
    }

    #[test]
    fn a_host_with_a_shared_inbox_gets_one() {
        let recipients = [
            ("https://a.example/users/x/inbox", Some("https://a.example/inbox")),
            ("https://a.example/users/y/inbox", Some("https://a.example/inbox")),
            ("https://b.example/users/z/inbox", None),
        ];
        assert_eq!(
            urls(&recipients, Way::Shared),
            ["https://a.example/inbox", "https://b.example/users/z/inbox"]
        );
        assert_eq!(urls(&recipients, Way::Personal).len(), 3);
    }

    #[test]
    fn a_shared_inbox_elsewhere_is_not_used() {
        let recipients = [("https://a.example/x/inbox", Some("https://evil.example/inbox"))];
        assert_eq!(urls(&recipients, Way::Shared), ["https://a.example/x/inbox"]);
        let ports = [("http://a.example:1/x/inbox", Some("http://a.example:2/inbox"))];
        assert_eq!(urls(&ports, Way::Shared), ["http://a.example:1/x/inbox"]);
    }

    #[test]
    fn nothing_goes_to_ourselves_or_nowhere() {
        let recipients = [
            ("https://us.example/users/x/inbox", None),
            ("https://US.example/inbox", None),
            ("ftp://a.example/inbox", None),
            ("", None),
        ];
        assert!(urls(&recipients, Way::Shared).is_empty());
    }

    #[test]
    fn a_recipient_named_twice_gets_one_in_one_lane() {
        let twice = [("https://A.example/inbox", None), ("https://A.example/inbox", None)];
        let found = destinations(inboxes(&twice), Way::Personal, "us.example");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].host, "a.example");
    }
}
