//! Who may do what with a status, as GoToSocial writes it.

use db::reply_policies::ReplyPolicy;
use serde::Serialize;
use utoipa::ToSchema;

/// Who may favourite, answer and reblog a status; only of those that not everybody may answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of GoToSocial describes them")]
pub struct InteractionPolicy {
    pub can_favourite: InteractionRules,
    pub can_reply: InteractionRules,
    pub can_reblog: InteractionRules,
}

/// Who may do something at once, and who if the author approves: nobody, here.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of GoToSocial describes them")]
pub struct InteractionRules {
    pub always: Vec<String>,
    #[schema(value_type = Vec<String>)]
    pub with_approval: [(); 0],
}

impl InteractionRules {
    fn of(words: &[&str]) -> Self {
        Self { always: words.iter().map(|word| (*word).to_owned()).collect(), with_approval: [] }
    }
}

impl From<&ReplyPolicy> for InteractionPolicy {
    fn from(policy: &ReplyPolicy) -> Self {
        let mut can_reply = InteractionRules::of(&["author", "mentioned"]);
        let words =
            [(policy.followers, "followers"), (policy.following, "following"), (policy.mutuals, "mutuals")];
        can_reply.always.extend(words.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
        can_reply.always.extend(policy.uris.iter().cloned());
        Self {
            can_favourite: InteractionRules::of(&["public"]),
            can_reply,
            can_reblog: InteractionRules::of(&["public"]),
        }
    }
}
