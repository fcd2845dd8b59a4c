//! Where settings come from: the file and the environment.
//!
//! A variable `STOA_<SECTION>__<KEY>` overrides `<section>.<key>` of the file. Its text is taken for what the
//! key holds: a text as it is, `true` or `false`, a number, a list with commas between its items. Every
//! `STOA_` variable must be a key, so that a slip does not go unnoticed; only [`FILE_VARIABLE`] and names that
//! begin with one of [`FOREIGN_PREFIXES`] are not.

use crate::{Config, Error};
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use std::path::{Path, PathBuf};

/// Names the settings file.
pub const FILE_VARIABLE: &str = "STOA_CONFIG";

/// What the tests and the benchmark tell themselves by the environment; the server looks away.
pub const FOREIGN_PREFIXES: [&str; 2] = ["STOA_TEST_", "STOA_BENCH_"];

const DEFAULT_FILE: &str = "config/stoa.toml";

pub(crate) fn read_file(path: Option<&Path>) -> Result<String, Error> {
    let named = path
        .map(Path::to_owned)
        .or_else(|| std::env::var_os(FILE_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from));
    let is_named = named.is_some();
    let path = named.unwrap_or_else(|| DEFAULT_FILE.into());
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => Ok(String::new()),
        Err(source) => Err(Error::File { path, source }),
    }
}

/// The variables of this process. What is not UTF-8 is replaced, and then refused by validation.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

pub(crate) fn merge(toml: &str, env: impl IntoIterator<Item = (String, String)>) -> Result<Config, Error> {
    let defaults = Figment::from(Serialized::defaults(Config::default())).extract::<Dict>()?;
    let mut figment = Figment::from(Toml::string(toml));
    for (name, text) in env {
        let Some(path) = key_path(&name) else { continue };
        let Some(default) = path.split_once('.').and_then(|(section, key)| find(&defaults, section, key))
        else {
            return Err(unknown_variable(&name, &path, &defaults));
        };
        figment = figment.merge((path, typed_like(default, text)));
    }
    Ok(figment.extract()?)
}

/// `STOA_SERVER__LISTEN` → `server.listen`; `None` if the variable is none of ours.
fn key_path(name: &str) -> Option<String> {
    let rest = name.strip_prefix("STOA_")?;
    if name == FILE_VARIABLE || FOREIGN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    Some(rest.to_ascii_lowercase().replacen("__", ".", 1))
}

fn find<'a>(defaults: &'a Dict, section: &str, key: &str) -> Option<&'a Value> {
    defaults.get(section)?.as_dict()?.get(key)
}

fn unknown_variable(name: &str, path: &str, defaults: &Dict) -> Error {
    let flat = |text: &str| text.replace(['.', '_'], "");
    let meant = defaults
        .iter()
        .flat_map(|(section, keys)| keys.as_dict().into_iter().flatten().map(move |(key, _)| (section, key)));
    let hint = meant
        .filter(|(section, key)| flat(&format!("{section}{key}")) == flat(path))
        .map(|(section, key)| {
            format!("; did you mean STOA_{}__{}?", section.to_uppercase(), key.to_uppercase())
        })
        .next();
    let problem = format!("unknown key (from the environment variable {name}){}", hint.unwrap_or_default());
    Error::key(path, problem)
}

/// Reads the text as the type its default has; text that does not fit stays text and is refused later, by
/// its key.
fn typed_like(default: &Value, text: String) -> Value {
    let parsed = match default {
        Value::Bool(..) => text.parse::<bool>().ok().map(Value::from),
        Value::Num(..) => text.parse::<i64>().ok().map(Value::from),
        Value::Array(..) => {
            let items = text.trim().trim_start_matches('[').trim_end_matches(']').split(',');
            let items = items.map(|item| item.trim().trim_matches('"')).filter(|item| !item.is_empty());
            Some(Value::from(items.map(Value::from).collect::<Vec<_>>()))
        }
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::from(text))
}
