//! toot, a program for the terminal.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tests::{Instance, User};

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_and_posts() {
    let Some(toot) = crate::program("toot") else { return };
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let settings = tempfile::tempdir().unwrap();
    let toot = |arguments: &[&str]| command(&toot, settings.path(), arguments);
    sign_in(toot(&["login", "--instance", &a.url]), &alice).await;

    let run = |arguments: &[&str]| {
        let output = toot(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    assert!(run(&["whoami"]).contains("alice"));
    run(&["post", "Hello from toot", "--visibility", "unlisted"]);
    assert!(run(&["timelines", "home"]).contains("Hello from toot"));
    let home = alice.home().await;
    assert_eq!(home.len(), 1);
    assert_eq!(home[0]["visibility"], "unlisted");
    run(&["favourite", home[0]["id"].as_str().unwrap()]);
    run(&["notifications"]);
    run(&["delete", home[0]["id"].as_str().unwrap()]);
    assert!(alice.home().await.is_empty());
}

fn command(program: &Path, settings: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env("XDG_CONFIG_HOME", settings).env("HOME", settings).stdin(Stdio::null());
    command
}

/// It prints an address, asks whether to open it, and asks for the code.
async fn sign_in(mut command: Command, user: &User) {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("http"));
    let code = crate::sign_in::authorize(&address.expect("the address to sign in at"), user).await;
    write!(process.stdin.take().unwrap(), "n\n{code}\n").unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(process.wait().unwrap().success(), "{rest:?}");
}
