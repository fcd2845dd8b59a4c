//! Client libraries, each walked by a script of its own language through what a user does in a day: the
//! script prints the address to sign in at, reads the code, and ends with `done`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tests::Instance;

/// 16 by 12 pixels of one colour.
const PICTURE: &[u8] = include_bytes!("walks/picture.png");

async fn walk(mut command: Command) {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    command.args([&a.url, &BASE64_STANDARD.encode(PICTURE)]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.next().expect("the address to sign in at");
    let code = crate::sign_in::authorize(&address, &alice).await;
    writeln!(process.stdin.take().unwrap(), "{code}").unwrap();
    let last = lines.last();
    assert!(process.wait().unwrap().success());
    assert_eq!(last.as_deref(), Some("done"));
}

fn node(script: &str) -> Option<Command> {
    let packages = crate::packages()?;
    let mut command = Command::new("node");
    command.current_dir(packages).args(["--input-type=module", "--eval", script]);
    Some(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn masto_js() {
    let Some(command) = node(include_str!("walks/masto.mjs")) else { return };
    walk(command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn megalodon() {
    let Some(command) = node(include_str!("walks/megalodon.mjs")) else { return };
    walk(command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mastodon_py() {
    let Some(python) = crate::program("python") else { return };
    let mut command = Command::new(python);
    command.args(["-c", include_str!("walks/mastodon.py")]);
    walk(command).await;
}
