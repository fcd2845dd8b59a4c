//! `[instance]`

use crate::unset;
use serde::{Deserialize, Serialize};

/// What this instance is called and who may join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    /// The part of handles behind the second `@`: a lower-case host, with a port only in development.
    /// Required, and never to be changed once other instances know it.
    pub domain: String,
    /// The name shown to people.
    pub title: String,
    /// One or two plain sentences about the place.
    pub description: String,
    /// Where people and other administrators write to; shown publicly.
    #[serde(with = "unset")]
    pub contact_email: Option<String>,
    /// Who may sign up.
    pub registrations: Registrations,
    /// Whether an administrator must confirm a new account (`stoa account confirm`) before it may do anything.
    pub require_confirmation: bool,
    /// Longest status accepted, in characters (a link counts 23, a mention without its host); 1 to 10,000.
    pub max_status_chars: u32,
    /// Languages spoken here, as ISO 639 codes.
    pub languages: Vec<String>,
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registrations {
    /// Everybody.
    Open,
    /// Everybody may ask, a moderator decides.
    Approval,
    /// Nobody; accounts are made at the command line.
    Closed,
}

impl Instance {
    /// The domain without its port; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        match self.domain.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => &self.domain,
        }
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            domain: String::new(),
            title: "Stoa".to_owned(),
            description: String::new(),
            contact_email: None,
            registrations: Registrations::Open,
            require_confirmation: false,
            max_status_chars: 2000,
            languages: vec!["en".to_owned()],
        }
    }
}
