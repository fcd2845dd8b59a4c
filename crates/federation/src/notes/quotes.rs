//! What a post quotes, and who may quote it (federation 22; FEP-044f, FEP-e232).

use db::accounts::Account;
use db::quotes::Policy;
use serde_json::Value;
use services::quotes::Quoted;

use crate::json;

/// Most entries of a policy that are looked at.
const MOST: usize = 50;
/// The names that a quote has, the one that knows of approvals first.
const NAMES: [&str; 4] = ["quote", "_misskey_quote", "quoteUrl", "quoteUri"];

/// What a post quotes: the first thing that it names.
pub(crate) fn quote(document: &Value) -> Option<Quoted> {
    let named = NAMES.iter().find_map(|name| json::web_link(document, name));
    let uri = named.or_else(|| json::many(document, "tag").find_map(linked))?;
    Some(Quoted::claimed(uri, json::web_link(document, "quoteAuthorization")))
}

/// A Link to an object that is quoted, as FEP-e232 has it.
fn linked(tag: &Value) -> Option<String> {
    const QUOTE: &str = "https://misskey-hub.net/ns#_misskey_quote";
    let is_object = json::text(tag, "mediaType").is_some_and(|kind| {
        kind.starts_with("application/activity+json") || kind.starts_with("application/ld+json")
    });
    let is_quote = json::many(tag, "rel").filter_map(Value::as_str).any(|rel| rel == QUOTE);
    (json::is(tag, "Link") && is_object && is_quote).then(|| json::web_link(tag, "href"))?
}

/// Who may quote a post, by ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    automatic: Vec<String>,
    manual: Vec<String>,
}

impl Allowed {
    /// As its document says; where it says nothing, nobody.
    pub(crate) fn by(document: &Value) -> Self {
        let policy =
            json::one(document, "interactionPolicy").and_then(|policy| json::one(policy, "canQuote"));
        let list = |name: &str| {
            policy
                .map(|policy| json::links(policy, name, MOST).map(str::to_owned).collect())
                .unwrap_or_default()
        };
        // GoToSocial's names came first.
        let either = |name: &str, older: &str| {
            Some(list(name)).filter(|l: &Vec<_>| !l.is_empty()).unwrap_or_else(|| list(older))
        };
        Self {
            automatic: either("automaticApproval", "always"),
            manual: either("manualApproval", "approvalRequired"),
        }
    }

    /// Whether the author's collections must be known to understand it.
    pub(crate) fn names_collections(&self, author: &Account) -> bool {
        let plain = |id: &String| json::PUBLIC.contains(&id.as_str()) || *id == author.uri;
        !self.automatic.iter().chain(&self.manual).all(plain)
    }

    /// What it means, with the author's collections.
    pub(crate) fn policy(
        &self,
        author: &Account,
        followers: Option<&str>,
        following: Option<&str>,
    ) -> Policy {
        let meant = |list: &[String]| {
            list.iter().fold(Policy::NOBODY, |policy, id| {
                policy.and(match id.as_str() {
                    id if json::PUBLIC.contains(&id) => Policy::PUBLIC,
                    id if id == author.uri => Policy::NOBODY,
                    id if Some(id) == followers => Policy::FOLLOWERS,
                    id if Some(id) == following => Policy::FOLLOWING,
                    _ => Policy::OTHERS,
                })
            })
        };
        meant(&self.automatic).and(meant(&self.manual).when_asked())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    const Q: &str = "https://a.example/notes/1";

    #[test]
    fn quotes_of_all_dialects() {
        let stamp = "https://a.example/stamps/1";
        let link = |kind: &str| value!({ "type": "Link", "mediaType": kind, "href": Q, "rel": ["https://misskey-hub.net/ns#_misskey_quote"] });
        for (document, authorization) in [
            (value!({ "quote": Q, "quoteAuthorization": stamp }), Some(stamp)),
            (value!({ "quote": { "id": Q, "type": "Note" }, "quoteUrl": "https://b.example/2" }), None),
            (value!({ "_misskey_quote": Q }), None),
            (value!({ "quoteUrl": Q }), None),
            (value!({ "quoteUri": Q, "quoteAuthorization": { "id": stamp } }), Some(stamp)),
            (value!({ "tag": [{ "type": "Mention" }, link("application/activity+json")] }), None),
            (value!({ "tag": link("application/ld+json; profile=x") }), None),
        ] {
            let found = quote(&document).map(|quote| (quote.uri, quote.authorization));
            assert_eq!(found, Some((Q.to_owned(), authorization.map(str::to_owned))), "{document}");
        }
        for document in [
            value!({}),
            value!({ "quote": null, "quoteUrl": "" }),
            value!({ "quote": "javascript:x" }),
            value!({ "tag": link("text/html") }),
            value!({ "tag": { "type": "Link", "mediaType": "application/activity+json", "href": Q } }),
        ] {
            assert_eq!(quote(&document), None, "{document}");
        }
    }

    #[test]
    fn policies_are_bits() {
        let author = crate::documents::tests::account("alice");
        let (followers, following) = (Some("https://a.example/f"), Some("https://a.example/g"));
        let all = Policy::PUBLIC.and(Policy::FOLLOWING).and(Policy::OTHERS);
        for (automatic, manual, expected) in [
            (value!(["as:Public"]), value!([]), Policy::PUBLIC),
            (value!("https://a.example/f"), value!(null), Policy::FOLLOWERS),
            (value!([author.uri]), value!(null), Policy::NOBODY),
            (value!(null), value!(["https://a.example/f"]), Policy::FOLLOWERS.when_asked()),
            (value!(["Public", "https://a.example/g", "https://c.example/u"]), value!([]), all),
        ] {
            let canquote = value!({ "automaticApproval": automatic, "manualApproval": manual });
            let document = value!({ "interactionPolicy": { "canQuote": canquote } });
            assert_eq!(Allowed::by(&document).policy(&author, followers, following), expected, "{document}");
        }
        assert_eq!(Allowed::by(&value!({})), Allowed::default());
        assert_eq!(Allowed::default().policy(&author, None, None), Policy::NOBODY);
    }
}
