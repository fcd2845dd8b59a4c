//! A report that we send on.

use activitypub_federation::kinds::activity::FlagType;
use serde::Serialize;

/// Flag (federation.md 19.4): from the instance, never from whoever reported.
#[derive(Debug, Serialize)]
pub(crate) struct Flag {
    /// Ours, and never used for another activity.
    pub id: String,
    #[serde(rename = "type")]
    kind: FlagType,
    /// The instance's actor.
    pub actor: String,
    /// Who is reported.
    pub to: Vec<String>,
    /// The actor, and then the statuses.
    pub object: Vec<String>,
    /// In the reporter's words.
    pub content: String,
}

impl Flag {
    /// Of an actor, for these statuses.
    pub(crate) fn new(id: String, by: &str, target: &str, statuses: Vec<String>, content: String) -> Self {
        let object = std::iter::once(target.to_owned()).chain(statuses).collect();
        Self { id, kind: FlagType::Flag, actor: by.to_owned(), to: vec![target.to_owned()], object, content }
    }
}
