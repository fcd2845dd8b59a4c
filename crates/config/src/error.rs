//! What can be wrong with the settings, in one sentence that names the key.

use figment::error::{Actual, Kind};
use std::path::PathBuf;

/// Why the settings cannot be used. The text never holds a value of a secret key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A settings file that was asked for cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    File {
        /// The file as it was named.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("the settings file is not valid TOML: {0}")]
    Syntax(String),
    /// A key is unknown or missing, or its value is not acceptable.
    #[error("{key}: {problem}")]
    Key {
        /// The key in dotted form: `server.listen`.
        key: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl Error {
    /// What is wrong with the value of `key` (in dotted form), also if that is only seen when it is used.
    pub fn key(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Key { key: key.into(), problem: problem.into() }
    }

    /// The key at fault in dotted form, if one is.
    pub fn key_name(&self) -> Option<&str> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::File { .. } | Self::Syntax(_) => None,
        }
    }
}

impl From<figment::Error> for Error {
    fn from(error: figment::Error) -> Self {
        if error.path.is_empty()
            && let Kind::Message(text) = &error.kind
        {
            return Self::Syntax(syntax(text));
        }
        let problem = match error.kind {
            Kind::Message(text) => text,
            Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
                format!("must be {}, not {}", plain(&expected), kind_of(&found))
            }
            Kind::UnknownVariant(found, known) => {
                format!("is {found:?}, must be one of {}", known.join(", "))
            }
            Kind::UnknownField(..) => "unknown key".to_owned(),
            other => other.to_string(),
        };
        Self::Key { key: error.path.join("."), problem }
    }
}

/// Names of Rust types mean nothing to the person at the keyboard.
fn plain(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "a boolean" => "true or false",
        "a string" | "string" => "a text in quotes",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a table of keys",
        other => other,
    }
}

/// The value itself is left out: it might be a secret.
fn kind_of(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(_) => "a truth value",
        Actual::Unsigned(_) | Actual::Signed(_) => "this number",
        Actual::Float(_) => "a fraction",
        Actual::Char(_) | Actual::Str(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}

/// Folds the parser's drawing into `line 3, column 7: what is wrong`, without the offending line.
fn syntax(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let place = first.strip_prefix("TOML parse error at ").unwrap_or(first);
    let reasons: Vec<&str> =
        lines.skip_while(|line| !line.trim_start_matches([' ', '|']).starts_with('^')).skip(1).collect();
    if reasons.is_empty() { place.to_owned() } else { format!("{place}: {}", reasons.join(", ")) }
}
