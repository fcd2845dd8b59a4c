//! Client programs that people use, as they are: they sign in by OAuth and post.
//!
//! They live in the Python environment that `STOA_TEST_VENV` names; `.ci/test` makes it. Without one they
//! fail, unless `STOA_TEST_SKIP_CLIENTS` is set.

#![expect(clippy::unwrap_used, reason = "tests")]

mod mastodon_py;
mod sign_in;
mod toot;

use std::path::PathBuf;

/// A program of the environment; `None`, with a sentence, when clients are to be skipped. Panics when there is
/// no environment, so that nobody takes a test that did nothing for one that passed.
fn program(name: &str) -> Option<PathBuf> {
    if std::env::var_os("STOA_TEST_SKIP_CLIENTS").is_some() {
        eprintln!("Skipped: STOA_TEST_SKIP_CLIENTS is set");
        return None;
    }
    let folder = std::env::var_os("STOA_TEST_VENV").unwrap_or_else(|| {
        panic!(
            "STOA_TEST_VENV names no Python environment with {name}; set STOA_TEST_SKIP_CLIENTS to skip this"
        )
    });
    let program = PathBuf::from(folder).join("bin").join(name);
    assert!(program.exists(), "there is no {}", program.display());
    Some(program)
}
