//! Client programs that people use, as they are: they sign in by OAuth and post.
//!
//! They live in the Python environment that `STOA_TEST_VENV` names; `.ci/test` makes it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod mastodon_py;
mod sign_in;
mod toot;

use std::path::PathBuf;

/// A program of the environment; `None`, with a sentence, when there is no environment.
fn program(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("STOA_TEST_VENV") else {
        eprintln!("Skipped: STOA_TEST_VENV does not name a Python environment with {name}");
        return None;
    };
    Some(PathBuf::from(folder).join("bin").join(name))
}
