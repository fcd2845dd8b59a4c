//! Rules of the instance.

use serde::Serialize;
use utoipa::ToSchema;

use super::Id;

/// <https://docs.joinmastodon.org/entities/Rule/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Rule<'a> {
    pub id: Id,
    pub text: &'a str,
    pub hint: &'a str,
    #[schema(value_type = Object)]
    pub translations: &'a serde_json::Value,
}

impl<'a> Rule<'a> {
    /// All of them.
    pub fn list(rules: &'a [db::instance_rules::Rule]) -> Vec<Self> {
        let rule = |rule: &'a db::instance_rules::Rule| Self {
            id: Id(rule.id),
            text: &rule.text,
            hint: &rule.hint,
            translations: &rule.translations,
        };
        rules.iter().map(rule).collect()
    }
}
