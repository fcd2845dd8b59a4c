//! What docs/ARCHITECTURE.md promises and the compiler does not check, read from the manifests and sources.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may use whom of our own; what stands on the right knows nothing of what stands on the left.
const LAYERS: &[(&str, &[&str])] = &[
    ("cluster", &[]),
    ("config", &[]),
    ("jobs", &[]),
    ("media", &[]),
    ("push", &[]),
    ("schema", &[]),
    ("search", &[]),
    ("signatures", &[]),
    ("streaming", &[]),
    ("text", &[]),
    ("fetch", &["signatures"]),
    ("db", &["schema"]),
    ("services", &["db", "jobs", "config", "media", "push", "search", "signatures", "streaming", "text"]),
    ("federation", &["services", "db", "jobs", "config", "fetch", "media", "signatures", "text"]),
    ("api", &["services", "db", "config", "media", "streaming", "text"]),
    ("web", &["services", "db", "config", "text"]),
    ("worker", &["federation", "services", "db", "jobs", "config", "fetch", "media", "streaming"]),
    (
        "server",
        &[
            "api",
            "web",
            "worker",
            "federation",
            "services",
            "db",
            "jobs",
            "cluster",
            "config",
            "fetch",
            "media",
            "search",
            "streaming",
        ],
    ),
];

/// Where a library lives. Those that are everywhere (serde, tokio, tracing, …) are not listed.
const HOMES: &[(&str, &[&str])] = &[
    ("activitypub_federation", &["federation"]),
    ("aes-gcm", &["push"]),
    ("aho-corasick", &["text"]),
    ("ammonia", &["text"]),
    ("argon2", &["services"]),
    ("askama", &["web"]),
    ("aws-lc-rs", &["signatures"]),
    ("aws-sdk-s3", &["media"]),
    ("axum", &["api", "federation", "server", "web"]),
    ("clap", &["server"]),
    ("deadpool", &["db"]),
    // Elsewhere only what its errors and transactions need, see `queries_are_written_in_db_and_jobs_only`.
    ("diesel", &["db", "federation", "jobs", "schema", "services", "worker"]),
    ("diesel-async", &["db", "federation", "jobs", "server", "services", "worker"]),
    ("diesel_migrations", &["db"]),
    ("encoding_rs", &["fetch"]),
    ("figment", &["config"]),
    ("hkdf", &["push"]),
    ("http-signature-normalization", &["signatures"]),
    ("hyper", &["server"]),
    ("image", &["media"]),
    ("meilisearch-sdk", &["search"]),
    ("metrics-exporter-prometheus", &["server"]),
    ("p256", &["push"]),
    ("emojis", &["text"]),
    ("lettre", &["worker"]),
    ("pulldown-cmark", &["text"]),
    ("psl", &["fetch"]),
    ("redis", &["streaming"]),
    ("quick-xml", &["web"]),
    // Meilisearch is ours, and no stranger that must be guarded against.
    ("reqwest", &["fetch", "search"]),
    ("rustls", &["db", "fetch", "server"]),
    ("rustls-native-certs", &["db"]),
    ("tokio-postgres-rustls", &["db"]),
    ("utoipa", &["api"]),
    ("utoipa-axum", &["api"]),
    ("tokio-postgres", &["cluster", "db", "jobs"]),
    ("web-push-native", &["push"]),
];

/// Lines of a file. Generated ones may be longer.
const LONGEST: usize = 600;
const GENERATED: &[&str] = &["crates/schema/src/lib.rs"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folders of the crates, by name.
fn crates() -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(root().join("crates")).unwrap().map(Result::unwrap);
    let crates: BTreeMap<String, PathBuf> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(_, path)| path.join("Cargo.toml").exists())
        .collect();
    assert!(crates.len() >= LAYERS.len(), "crates are missing");
    crates
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
}

/// The Rust files below a folder of the workspace, by their path in it, with their text.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(folder, "rs", &mut files);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn all_sources() -> Vec<(String, String)> {
    [sources(&root().join("crates")), sources(&root().join("tests"))].concat()
}

/// What a manifest depends on, with the name of the section.
fn dependencies(manifest: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(manifest).unwrap();
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if section.ends_with("dependencies") && !line.is_empty() && !line.starts_with('#') {
            let name = line.split(['.', ' ', '=']).next().unwrap();
            found.push((section.clone(), name.to_owned()));
        }
    }
    assert!(!found.is_empty(), "{} depends on nothing?", manifest.display());
    found
}

#[test]
fn crates_use_only_what_stands_below_them() {
    let crates = crates();
    let mut wrong = Vec::new();
    for (name, folder) in &crates {
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| layer == name) else {
            panic!("the crate {name} has no place yet: give it one here and in docs/ARCHITECTURE.md");
        };
        for (section, used) in dependencies(&folder.join("Cargo.toml")) {
            // A crate's tests may start a PostgreSQL.
            let for_tests = section == "dev-dependencies" && used == "cluster";
            if crates.contains_key(&used) && !allowed.contains(&used.as_str()) && !for_tests {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "calls go down: {wrong:?}");
}

/// The checks above and below see nothing if manifests are read wrongly.
#[test]
fn manifests_are_read() {
    let found = dependencies(&root().join("crates/server/Cargo.toml"));
    for name in ["api", "hyper-util", "tokio"] {
        assert!(found.contains(&("dependencies".to_owned(), name.to_owned())), "{name} was not seen");
    }
    let found = dependencies(&root().join("crates/jobs/Cargo.toml"));
    assert!(found.contains(&("dev-dependencies".to_owned(), "cluster".to_owned())));
}

#[test]
fn layers_stand_in_order() {
    let mut below = BTreeSet::new();
    for (name, uses) in LAYERS {
        for used in *uses {
            assert!(below.contains(used), "{name} may use {used}, which is not below it");
        }
        below.insert(name);
    }
}

#[test]
fn libraries_stay_at_home() {
    let mut wrong = Vec::new();
    for (name, folder) in crates() {
        for (section, used) in dependencies(&folder.join("Cargo.toml")) {
            let home = HOMES.iter().find(|(library, _)| *library == used);
            if section == "dependencies" && home.is_some_and(|(_, homes)| !homes.contains(&name.as_str())) {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "these libraries live elsewhere: {wrong:?}");
}

/// Other crates name diesel's errors, and open transactions around functions of `db`; no more.
#[test]
fn queries_are_written_in_db_and_jobs_only() {
    let mut wrong = Vec::new();
    for (name, folder) in crates() {
        if ["db", "jobs", "schema"].contains(&name.as_str()) {
            continue;
        }
        for (path, text) in sources(&folder.join("src")) {
            let diesel = text.match_indices("diesel::").map(|(at, found)| &text[at + found.len()..]);
            let diesel_async =
                text.match_indices("diesel_async::").map(|(at, found)| &text[at + found.len()..]);
            let is_query = diesel
                .clone()
                .any(|rest| !rest.starts_with("result") && !rest.starts_with("OptionalExtension"))
                || diesel_async.clone().any(|rest| !rest.starts_with("AsyncConnection"))
                || text.contains("schema::")
                || text.contains("sql_query");
            if is_query {
                wrong.push(path);
            }
        }
    }
    assert!(wrong.is_empty(), "SQL lives in db, and the queue's in jobs: {wrong:?}");
}

#[test]
fn files_are_short() {
    let long: Vec<String> = all_sources()
        .into_iter()
        .filter(|(path, text)| text.lines().count() > LONGEST && !GENERATED.contains(&path.as_str()))
        .map(|(path, text)| format!("{path}: {}", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split these files, {LONGEST} lines is the limit: {long:?}");
}

#[test]
fn nothing_is_left_undone() {
    // Put together here, so that this file does not hold them itself.
    let marks = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let marks = marks.into_iter().chain(["TO".to_owned() + "DO", "FIX".to_owned() + "ME"]);
    let marks: Vec<String> = marks.collect();
    for (path, text) in all_sources() {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{path} contains {mark}");
        }
    }
}

#[test]
fn names_say_what_is_inside() {
    for (path, _) in all_sources() {
        let drawers = ["common", "helper", "helpers", "misc", "shared", "util", "utils"];
        let is_drawer = path.split(['/', '.']).any(|part| drawers.contains(&part));
        assert!(!is_drawer, "{path}: a file is named by a noun of what it is about");
    }
}

#[test]
fn every_crate_says_what_it_is() {
    let architecture = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    for (name, folder) in crates() {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} does not take the workspace's lints");
        let top = ["lib.rs", "main.rs"]
            .into_iter()
            .find_map(|top| fs::read_to_string(folder.join("src").join(top)).ok());
        assert!(top.is_some_and(|text| text.starts_with("//! ")), "{name} has no documentation of the crate");
        assert!(architecture.contains(&format!("`{name}`")), "docs/ARCHITECTURE.md does not mention {name}");
    }
}

#[test]
fn every_migration_has_two_ways() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("migrations")).unwrap().map(Result::unwrap) {
        if !entry.path().is_dir() {
            continue;
        }
        count += 1;
        let name = entry.file_name().into_string().unwrap();
        let (stamp, words) = name.split_once('_').unwrap();
        assert!(
            stamp.len() == 17
                && stamp.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
                && words.contains('_'),
            "{name} is not <date>-<number>_<verb>_<noun>"
        );
        for way in ["up.sql", "down.sql"] {
            let text = fs::read_to_string(entry.path().join(way));
            assert!(text.is_ok_and(|text| text.contains(';')), "{name} has no {way}");
        }
    }
    assert!(count > 0, "there are no migrations");
}

/// Links between the documents lead somewhere.
#[test]
fn documents_point_at_what_exists() {
    let mut documents = Vec::new();
    collect(&root().join("docs"), "md", &mut documents);
    documents.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            let is_elsewhere = path.is_empty() || path.contains("://");
            let target = document.parent().unwrap().join(path);
            assert!(is_elsewhere || target.exists(), "{} points at {link}", document.display());
        }
    }
}

/// Routes of the client API come with their descriptions, by `routes!`; these are of none.
const UNDESCRIBED: &[&str] = &["crates/api/src/files.rs", "crates/api/src/lib.rs"];

#[test]
fn what_the_api_answers_is_described() {
    for (path, text) in sources(&root().join("crates/api")) {
        let routes = [".route(\"", ".nest(\""].iter().any(|call| text.contains(call));
        assert!(!routes || UNDESCRIBED.contains(&path.as_str()), "{path} has a route without a description");
    }
}
