//! Files of posts from elsewhere: only addresses of files are handed on, and only pictures are called that.

use serde_json::json;
use tests::{Instance, Remote};

#[tokio::test(flavor = "multi_thread")]
async fn only_files_with_a_decent_address_are_handed_on() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let mut note = carol.note("Look", &[actor["id"].as_str().unwrap()]);
    let file = |name: &str| format!("http://{}/files/{name}", remote.domain);
    note["attachment"] = json!([
        { "type": "Image", "url": "javascript:alert(1)" },
        { "type": "Image", "url": "data:image/png;base64,AAAA" },
        { "type": "Image", "url": format!("http://user:secret@{}/a.png", remote.domain) },
        { "type": "Image", "url": "ftp://files.example/a.png" },
        { "type": "Document", "mediaType": "image/png", "url": format!("{}\"><b>", file("1.png")), "name": "One" },
        { "type": "Image", "mediaType": "image/svg+xml", "url": file("2") },
        { "type": "Image", "url": file("3.svg") },
        { "type": "Image", "mediaType": "text/html", "url": file("4.png") },
        { "type": "Document", "mediaType": "video/mp4", "url": file("5.mp4") },
    ]);
    let answer = carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&note)).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let status = alice.is_notified("mention", "carol").await["status"].clone();
    let media = status["media_attachments"].as_array().unwrap();
    let kinds: Vec<&str> = media.iter().map(|media| media["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["image", "unknown", "unknown", "unknown", "video"], "{media:?}");
    assert_eq!(media[0]["url"], format!("{}%22%3E%3Cb%3E", file("1.png")));
    for unknown in &media[1..4] {
        assert!(unknown["preview_url"].is_null(), "{unknown}");
    }
}
