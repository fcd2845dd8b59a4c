//! Mastodon.py, a library.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use tests::Instance;

const SCRIPT: &str = r#"
import sys
from mastodon import Mastodon
base = sys.argv[1]
client_id, secret = Mastodon.create_app("Stoa tests", api_base_url=base, scopes=["read", "write", "follow"])
api = Mastodon(client_id=client_id, client_secret=secret, api_base_url=base)
print(api.auth_request_url(scopes=["read", "write", "follow"], allow_http=True), flush=True)
api.log_in(code=sys.stdin.readline().strip(), scopes=["read", "write", "follow"],
           allow_http=True)
me = api.account_verify_credentials()
status = api.status_post("Hello from Mastodon.py", visibility="unlisted", spoiler_text="A warning")
assert status.account.acct == me.acct, status
assert status.visibility == "unlisted" and status.spoiler_text == "A warning", status
reply = api.status_reply(status, "And a reply")
assert reply.in_reply_to_id == status.id, reply
api.status_favourite(status)
assert api.status(status).favourites_count == 1
context = api.status_context(status)
assert [s.id for s in context.descendants] == [reply.id], context
for call in (api.timeline_home, api.timeline_public, api.notifications, api.instance, api.custom_emojis,
             api.preferences, api.lists, api.filters_v2, api.conversations, api.bookmarks, api.favourites,
             api.mutes, api.blocks, api.follow_requests):
    call()
api.status_delete(reply)
print("posted", status.id, flush=True)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_and_posts() {
    let Some(python) = crate::program("python") else { return };
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT, &a.url]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines.next().expect("the address to sign in at").unwrap();
    let code = crate::sign_in::authorize(&address, &alice).await;
    writeln!(process.stdin.take().unwrap(), "{code}").unwrap();
    let last = lines.next().expect("it posted").unwrap();
    assert!(process.wait().unwrap().success());
    assert!(last.starts_with("posted "), "{last}");
    assert!(alice.has_at_home("Hello from Mastodon.py").await);
}
