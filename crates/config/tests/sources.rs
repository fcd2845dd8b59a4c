//! What settings are accepted, from where, and what is said of those that are not.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use config::{Config, LogFormat, Registrations, Role};

const MINIMAL: &str = "[instance]\ndomain = \"example.org\"\n";

fn read(toml: &str, env: &[(&str, &str)]) -> Result<Config, String> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(toml, env).map_err(|error| error.to_string())
}

fn refused(toml: &str, env: &[(&str, &str)]) -> String {
    let sentence = read(toml, env).unwrap_err();
    assert!(!sentence.contains('\n'), "{sentence}");
    sentence
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let toml = "[instance]\ndomain = \"example.org\"\ntitle = \"From the file\"\n[jobs]\nworkers = 7\n";
    let config = read(toml, &[("STOA_JOBS__WORKERS", "9"), ("HOME", "/root"), ("STOA_CONFIG", "x")]).unwrap();
    assert_eq!(config.instance.title, "From the file");
    assert_eq!(config.jobs.workers, 9);
    assert_eq!(config.jobs.delivery_hosts, 64);
}

#[test]
fn the_environment_is_read_by_the_type_of_the_key() {
    let env = [
        ("STOA_INSTANCE__DOMAIN", "example.org"),
        ("STOA_INSTANCE__TITLE", "2026"),
        ("STOA_INSTANCE__REGISTRATIONS", "approval"),
        ("STOA_SEARCH__MEILISEARCH_KEY", "12345"),
        ("STOA_SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
        ("STOA_SERVER__ROLE", "worker"),
        ("STOA_INSTANCE__LANGUAGES", "[\"de\", \"el\"]"),
        ("STOA_RATE_LIMITS__ENABLED", "false"),
        ("STOA_METRICS__LISTEN", ""),
        ("STOA_LOG__FORMAT", "json"),
        ("STOA_TEST_VENV", "/somewhere"),
    ];
    let config = read("", &env).unwrap();
    assert_eq!(config.instance.title, "2026");
    assert_eq!(config.instance.registrations, Registrations::Approval);
    assert_eq!(config.search.meilisearch_key.unwrap().expose(), "12345");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert!(config.server.trusted_proxies[1].contains([10, 1, 2, 3].into()));
    assert_eq!(config.server.role, Role::Worker);
    assert_eq!(config.instance.languages, ["de", "el"]);
    assert!(!config.rate_limits.enabled);
    assert_eq!(config.metrics.listen, None);
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn a_key_that_is_wrong_is_named() {
    let cases: [(&str, &str); 26] = [
        ("[server]\nlistn = 1", "server.listn: unknown key"),
        ("[nonsense]\na = 1", "nonsense: unknown key"),
        ("[server]\nlisten = \"here\"", "server.listen: \"here\" is not an address"),
        ("[server]\nlisten = 3000", "server.listen: must be a text in quotes, not this number"),
        ("[server]\ntrusted_proxies = [\"10.0.0.0/99\"]", "server.trusted_proxies.0: \"10.0.0.0/99\" is not"),
        ("[server]\npublic_url = \"https://example.org/path\"", "server.public_url: must end after the host"),
        ("[server]\npublic_url = \"https://a:b@example.org\"", "server.public_url: must not hold a user"),
        ("[server]\npublic_url = \"http://example.org\"", "server.public_url: must begin with https://"),
        ("[server]\npublic_url = \"ftp://example.org\"", "server.public_url: is not an address that"),
        ("[server]\npublic_url = \"example\"", "server.public_url: is not a web address"),
        ("[server]\nrole = \"king\"", "server.role: is \"king\", must be one of all, web, worker"),
        ("[database]\npool_size = 0", "database.pool_size: is 0, must be from 1 to 1000"),
        ("[database]\npool_size = -1", "database.pool_size: must be"),
        ("[database]\npool_size = \"ten\"", "database.pool_size: must be a whole number, not a text"),
        ("[database]\nurl = \"mysql://a:hunter2@b/c\"", "database.url: must begin with postgres://"),
        ("[redis]\nurl = \"http://b\"", "redis.url: must begin with redis://"),
        ("[storage]\nkind = \"tape\"", "storage.kind: is \"tape\", must be one of disk, s3"),
        ("[storage]\nkind = \"s3\"", "storage.s3_bucket: is missing, but storage.kind is \"s3\""),
        ("[log]\nlevel = \"verbose\"", "log.level: \"verbose\" is not error, warn"),
        ("[log]\nlevel = \"info,federation=much\"", "log.level: \"federation=much\" is not"),
        ("[log]\nlevel = \"\"", "log.level: \"\" is not"),
        ("[log]\nformat = \"xml\"", "log.format: is \"xml\", must be one of pretty, json"),
        ("[metrics]\nlisten = \"9090\"", "metrics.listen: \"9090\" is not an address"),
        (
            "[server]\nlisten = \"0.0.0.0:80\"\n[federation]\ninsecure_dev = true",
            "federation.insecure_dev: is for",
        ),
        ("[timelines]\nfeed_length = 800", "timelines: unknown key"),
        ("[rate_limits]\nenabled = \"no\"", "rate_limits.enabled: must be true or false, not a text"),
    ];
    for (toml, expected) in cases {
        let sentence = refused(&format!("{MINIMAL}{toml}\n"), &[]);
        assert!(sentence.starts_with(expected), "{toml:?} gave {sentence:?}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    assert!(refused("", &[]).starts_with("instance.domain: is missing"));
    let slip = refused(MINIMAL, &[("STOA_DATABASE_URL", "postgres://x")]);
    assert!(slip.starts_with("database_url: unknown key"), "{slip}");
    assert!(slip.ends_with("did you mean STOA_DATABASE__URL?"), "{slip}");
    let unknown = refused(MINIMAL, &[("STOA_DATABASE__SIZE", "1")]);
    assert_eq!(unknown, "database.size: unknown key (from the environment variable STOA_DATABASE__SIZE)");
    let bad = refused(MINIMAL, &[("STOA_JOBS__WORKERS", "many")]);
    assert!(bad.starts_with("jobs.workers: must be"), "{bad}");
    assert!(refused(MINIMAL, &[("STOA_JOBS__WORKERS__X", "1")]).starts_with("jobs.workers__x: unknown key"));
}

#[test]
fn broken_toml_is_one_sentence_with_its_place() {
    let sentence = refused("[instance]\ndomain = \n", &[]);
    assert!(sentence.starts_with("the settings file is not valid TOML: line 2, column"), "{sentence}");
}

#[test]
fn domains() {
    let accepted = [
        "example.org",
        "localhost:3000",
        "127.0.0.1:4000",
        "[::1]:3000",
        "[::1]",
        "xn--mnchen-3ya.example",
        "a.localhost",
    ];
    for domain in accepted {
        read("", &[("STOA_INSTANCE__DOMAIN", domain)]).unwrap();
    }
    let rejected = [
        "Example.org",
        "https://example.org",
        "example.org/",
        "example.org:0",
        "example.org:99999",
        "example.org:",
        "example.org:+80",
        "-a.org",
        "a..org",
        "a_b.org",
        "münchen.example",
        "user@example.org",
        "1.2.3",
        "[::1",
        "::1",
        "example.org.",
        " example.org",
    ];
    for domain in rejected {
        let sentence = refused("", &[("STOA_INSTANCE__DOMAIN", domain)]);
        assert!(sentence.starts_with("instance.domain: "), "{domain} gave {sentence}");
    }
}

#[test]
fn the_public_url_follows_the_domain() {
    let origin = |env: &[(&str, &str)]| read(MINIMAL, env).unwrap().origin();
    assert_eq!(origin(&[]), "https://example.org");
    assert_eq!(origin(&[("STOA_FEDERATION__INSECURE_DEV", "true")]), "http://example.org");
    assert_eq!(origin(&[("STOA_INSTANCE__DOMAIN", "localhost:3000")]), "http://localhost:3000");
    assert_eq!(origin(&[("STOA_INSTANCE__DOMAIN", "[::1]:3000")]), "http://[::1]:3000");
    assert_eq!(
        origin(&[("STOA_SERVER__PUBLIC_URL", "https://social.example.org")]),
        "https://social.example.org"
    );
    assert_eq!(origin(&[("STOA_SERVER__PUBLIC_URL", "http://127.0.0.1:8080/")]), "http://127.0.0.1:8080");
}

#[test]
fn secrets_do_not_show() {
    let env = [("STOA_DATABASE__URL", "postgres://a:hunter2@b/c"), ("STOA_REDIS__URL", "redis://:hunter2@b")];
    let config = read(MINIMAL, &env).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(config.database_url().unwrap().expose().contains("hunter2"));
    let missing = read(MINIMAL, &[]).unwrap().database_url().unwrap_err().to_string();
    assert!(missing.starts_with("database.url: is missing"), "{missing}");
}

#[test]
fn a_file_that_was_named_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.toml");
    let sentence = Config::load(Some(&path)).unwrap_err().to_string();
    assert!(sentence.contains("none.toml: cannot be read"), "{sentence}");
    std::fs::write(&path, MINIMAL).unwrap();
    assert_eq!(Config::load(Some(&path)).unwrap().instance.domain, "example.org");
}
