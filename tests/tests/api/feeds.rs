//! RSS and Atom: what everybody may see, as valid XML that may be kept for a while.

use http::{Method, StatusCode};
use quick_xml::events::Event;
use serde_json::json;
use tests::{Answer, Instance, User};

async fn read(a: &Instance, path: &str) -> Answer {
    let answer = a.client().get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer
}

/// The texts of all elements with this name; panics unless the document is well-formed.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let well_formed = |error: quick_xml::Error| -> ! { panic!("{error}: {xml}") };
    let (mut reader, mut found, mut depth) = (quick_xml::Reader::from_str(xml), Vec::new(), 0);
    let mut begun = Vec::new();
    loop {
        let end = usize::try_from(reader.buffer_position()).unwrap();
        match reader.read_event().unwrap_or_else(|error| well_formed(error)) {
            Event::Start(element) => {
                depth += 1;
                if element.name().as_ref() == name.as_bytes() {
                    begun.push(usize::try_from(reader.buffer_position()).unwrap());
                }
            }
            Event::End(element) => {
                depth -= 1;
                if element.name().as_ref() == name.as_bytes() {
                    let text = &xml[begun.pop().unwrap()..end];
                    found.push(quick_xml::escape::unescape(text).unwrap().into_owned());
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "something is not closed: {xml}");
    found
}

async fn publish(alice: &User, bob: &User) {
    alice.post("<b>first</b> & #tea ]]>").await;
    alice.publish(json!({ "status": "hidden words #tea", "spoiler_text": "Beware <of> it" })).await;
    for visibility in ["unlisted", "private", "direct"] {
        alice.post_for(visibility, &format!("{visibility} #tea")).await;
    }
    let other = bob.post("by bob").await;
    alice.reblog(&other).await;
    alice.reply(&other, "an answer #tea").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn public_statuses_are_fed() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.update(&json!({ "display_name": "Alice <& Co>", "note": "About \u{1}me" })).await;
    publish(&alice, &bob).await;
    for (path, entry, media_type) in [
        ("/@alice/feed.rss", "item", "application/rss+xml"),
        ("/@alice/feed.atom", "entry", "application/atom+xml"),
    ] {
        let answer = read(&a, path).await;
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with(media_type));
        assert_eq!(answer.headers["cache-control"], "public, max-age=300");
        assert!(!answer.headers.contains_key("set-cookie"));
        assert_eq!(texts(&answer.text, entry).len(), 2, "{}", answer.text);
        let titles = texts(&answer.text, "title");
        assert!(titles[0].starts_with("Alice <& Co>"), "{titles:?}");
        assert!(titles.contains(&"Beware <of> it".to_owned()), "{titles:?}");
        assert!(answer.text.contains("hidden words"));
        for text in ["unlisted", "private", "direct", "by bob", "an answer"] {
            assert!(!answer.text.contains(text), "{text}: {}", answer.text);
        }
        // Whoever has it gets nothing again, until something changes.
        let tag = answer.headers["etag"].to_str().unwrap().to_owned();
        let again = a.client().request(Method::GET, path).header("if-none-match", &tag);
        let again = a.client().send(again).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let page = a.client().get("/@alice").await.text;
        assert!(page.contains(&format!("{}{path}", a.url)), "the page links to it");
    }
    let answer = read(&a, "/tags/tea/feed.rss").await;
    // As on the page of the tag, answers are there, too.
    assert_eq!(texts(&answer.text, "item").len(), 3, "{}", answer.text);
    for text in ["unlisted", "private", "direct"] {
        assert!(!answer.text.contains(text), "{text}: {}", answer.text);
    }
    assert!(a.client().get("/tags/tea").await.text.contains("/tags/tea/feed.rss"));
    read(&a, "/tags/tea/feed.atom").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_are_found_by_their_short_names_and_nothing_else_is_there() {
    let a = Instance::start().await;
    a.user("alice").await;
    for (short, long) in [
        ("/@alice.rss", "/@alice/feed.rss"),
        ("/@alice.atom", "/@alice/feed.atom"),
        ("/tags/Tea.rss", &format!("{}/tags/tea/feed.rss", a.url)),
    ] {
        let answer = a.client().get(short).await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{short}");
        assert_eq!(answer.headers["location"], *long);
    }
    for path in [
        "/@nobody/feed.rss",
        "/@nobody.rss",
        "/tags/no%20tag/feed.rss",
        "/@alice/feed.txt",
        "/@instance.actor/feed.rss",
    ] {
        assert_eq!(a.client().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    a.database.execute("UPDATE accounts SET suspended_at = now()").await;
    assert_eq!(a.client().get("/@alice/feed.rss").await.status, StatusCode::GONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_ends_like_a_feed_is_its_owners() {
    let a = Instance::start().await;
    let (bob, other) = (a.user("bob").await, a.user("bob.rss").await);
    bob.post("By the one").await;
    other.post("By the other").await;
    let page = read(&a, "/@bob.rss").await;
    assert!(page.text.contains("By the other") && page.text.contains("<html"), "{}", page.text);
    let feed = read(&a, "/@bob.rss/feed.rss").await;
    assert!(feed.text.contains("By the other") && feed.text.contains("<rss"), "{}", feed.text);
    let nobody = a.client().get("/@bob.atom").await;
    assert_eq!(nobody.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(nobody.headers["location"], "/@bob/feed.atom");
}
