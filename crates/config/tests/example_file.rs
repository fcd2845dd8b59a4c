//! `config/stoa.toml` documents every key with its default.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use config::Config;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use std::collections::BTreeSet;

const FILE: &str = include_str!("../../../config/stoa.toml");

/// A default that is shown rather than set: `#key = value`, as opposed to prose after `# `.
fn shown_default(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
}

fn uncommented() -> String {
    FILE.lines().map(|line| shown_default(line).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn keys(settings: &Dict) -> BTreeSet<String> {
    settings
        .iter()
        .flat_map(|(section, value)| match value {
            Value::Dict(_, keys) => keys.keys().map(|key| format!("{section}.{key}")).collect::<Vec<_>>(),
            _ => vec![section.clone()],
        })
        .collect()
}

#[test]
fn the_file_is_accepted_as_it_is() {
    let config = Config::from_sources(FILE, []).unwrap();
    assert_eq!(config.origin(), "http://localhost:3000");
}

#[test]
fn every_key_is_in_the_file() {
    let all: Dict = Figment::from(Serialized::defaults(Config::default())).extract().unwrap();
    let shown: Dict = Figment::from(Toml::string(&uncommented())).extract().unwrap();
    assert_eq!(keys(&shown), keys(&all));
}

#[test]
fn every_value_shown_is_the_default() {
    let mut defaults = Config::default();
    "localhost:3000".clone_into(&mut defaults.instance.domain);
    assert_eq!(Config::from_sources(&uncommented(), []).unwrap(), defaults);
}

#[test]
fn every_key_has_a_sentence_above_it() {
    let mut previous = "";
    for line in FILE.lines() {
        if shown_default(line).is_some() || line.contains(" = ") && !line.starts_with('#') {
            assert!(previous.starts_with("# ") && previous.ends_with('.'), "no sentence above {line:?}");
        }
        previous = line;
    }
}
