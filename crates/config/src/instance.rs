//! `[instance]`

use crate::server::optional_url;
use crate::unset;
use serde::{Deserialize, Serialize};
use url::Url;

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
    /// Where the source of what runs here is kept, as its licence wants it told; shown publicly.
    #[serde(serialize_with = "unset::serialize", deserialize_with = "optional_url")]
    pub source_url: Option<Url>,
    /// Who may sign up.
    pub registrations: Registrations,
    /// What people read when nobody may sign up, in plain text.
    #[serde(with = "unset")]
    pub registrations_message: Option<String>,
    /// Where people sign up instead, if that is somewhere else.
    #[serde(with = "unset")]
    pub registrations_url: Option<String>,
    /// How old one must be to sign up, in years; 0: nobody is asked.
    pub minimum_age: u8,
    /// Whether a new account may do anything only once its e-mail address is confirmed: by a letter with
    /// `mail.smtp_url`, else by an administrator (`stoa account confirm`).
    pub require_confirmation: bool,
    /// The account that clients show as contact, by its name; the first administrator unless set.
    #[serde(with = "unset")]
    pub contact_account: Option<String>,
    /// Who may see which hosts are blocked.
    pub show_domain_blocks: ShownTo,
    /// Who may see why, of those who see the hosts.
    pub show_domain_block_comments: ShownTo,
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

/// Who may see something of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShownTo {
    /// Nobody by the API.
    Nobody,
    /// Who has an account here.
    Users,
    /// Everybody.
    Everybody,
}

impl ShownTo {
    /// Whether it is shown to a reader, who may be a user here or not.
    pub fn is_shown(self, to_user: bool) -> bool {
        match self {
            Self::Nobody => false,
            Self::Users => to_user,
            Self::Everybody => true,
        }
    }
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
            source_url: None,
            registrations: Registrations::Open,
            registrations_message: None,
            registrations_url: None,
            minimum_age: 0,
            require_confirmation: false,
            contact_account: None,
            show_domain_blocks: ShownTo::Users,
            show_domain_block_comments: ShownTo::Users,
            max_status_chars: 2000,
            languages: vec!["en".to_owned()],
        }
    }
}
