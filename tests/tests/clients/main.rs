//! Client programs that people use, as they are: they sign in by OAuth, and do what their users do.
//!
//! `STOA_TEST_VENV` names a Python environment and `STOA_TEST_NODE` a folder of Node.js packages; `.ci/test`
//! makes them. Without them the tests fail, unless `STOA_TEST_SKIP_CLIENTS` is set.

#![expect(clippy::unwrap_used, reason = "tests")]

mod sign_in;
mod toot;
mod walks;

use std::path::PathBuf;

/// The folder that a variable names; `None`, with a sentence, when clients are to be skipped. Panics when
/// there is none, so that nobody takes a test that did nothing for one that passed.
fn folder(variable: &str) -> Option<PathBuf> {
    if std::env::var_os("STOA_TEST_SKIP_CLIENTS").is_some() {
        eprintln!("Skipped: STOA_TEST_SKIP_CLIENTS is set");
        return None;
    }
    let folder = std::env::var_os(variable).unwrap_or_else(|| {
        panic!("{variable} names no folder with client programs; set STOA_TEST_SKIP_CLIENTS to skip this")
    });
    Some(PathBuf::from(folder))
}

/// A program of the Python environment.
fn program(name: &str) -> Option<PathBuf> {
    let program = folder("STOA_TEST_VENV")?.join("bin").join(name);
    assert!(program.exists(), "there is no {}", program.display());
    Some(program)
}

/// The folder in which Node.js finds the packages.
fn packages() -> Option<PathBuf> {
    let folder = folder("STOA_TEST_NODE")?;
    assert!(folder.join("node_modules").is_dir(), "there are no packages in {}", folder.display());
    Some(folder)
}
