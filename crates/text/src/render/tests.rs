use super::*;
use crate::sanitise;
use proptest::prelude::*;

fn links() -> Links {
    let mention = |typed: &str, url: &str, name: &str| ResolvedMention {
        handle: Handle::parse(typed).expect("a valid handle"),
        url: url.to_owned(),
        acct_username: name.to_owned(),
    };
    Links {
        mentions: vec![
            mention("alice", "https://stoa.example/@alice", "Alice"),
            mention("bob@127.0.0.1:3001", "http://127.0.0.1:3001/@bob", "bob"),
            mention("eve@evil.example", "javascript:alert(1)", "eve"),
        ],
        tag_base: "https://stoa.example/tags/".to_owned(),
    }
}

fn plain(source: &str) -> String {
    render(source, Format::Plain, &links()).html.into_string()
}

fn markdown(source: &str) -> String {
    render(source, Format::Markdown, &links()).html.into_string()
}

const ALICE: &str = "<span class=\"h-card\" translate=\"no\"><a href=\"https://stoa.example/@alice\" class=\"u-url mention\">@<span>Alice</span></a></span>";
const RUST: &str =
    "<a href=\"https://stoa.example/tags/rust\" class=\"mention hashtag\" rel=\"tag\">#<span>Rust</span></a>";

#[test]
fn typed_html_is_cleaned_and_linked() {
    let html = |source: &str| {
        render(
            source,
            Format::Html,
            &Links { tag_base: "https://a.example/tags".to_owned(), ..Links::default() },
        )
    };
    let rendered = html("<p onclick=x>Hi &amp; <b>bold</b> #tag<script>x</script></p>");
    assert_eq!(
        rendered.html.as_str(),
        "<p>Hi &amp; <b>bold</b> <a href=\"https://a.example/tags/tag\" class=\"mention hashtag\" rel=\"tag\">#<span>tag</span></a></p>"
    );
    assert_eq!(rendered.hashtags, ["tag"]);
    for source in
        ["<code>#tag</code>", "<pre>a #tag</pre>", "<a href=\"https://b.example/?a=1&amp;b=%3E\">#tag</a>"]
    {
        let rendered = html(source);
        assert!(rendered.hashtags.is_empty() && rendered.html.as_str().contains("#tag"), "{source}");
    }
    assert_eq!(html("1 &lt; 2").html.as_str(), "1 &lt; 2");
    assert_eq!(readable("<p>one</p><p>two</p>", Format::Html), "one\n\ntwo");
}

#[test]
fn paragraphs_and_lines() {
    assert_eq!(plain(""), "");
    assert_eq!(plain(" \n\0 "), "");
    assert_eq!(plain("a\nb\r\n\r\n\r\nc\rd\n"), "<p>a<br />b</p><p>c<br />d</p>");
    assert_eq!(plain("<b>&amp; \"x\"\u{A0}"), "<p>&lt;b&gt;&amp;amp; \"x\"</p>");
}

#[test]
fn mentions_as_mastodon_writes_them() {
    assert_eq!(plain("hi @ALICE!"), format!("<p>hi {ALICE}!</p>"));
    assert_eq!(
        plain("@bob@127.0.0.1:3001"),
        "<p><span class=\"h-card\" translate=\"no\"><a href=\"http://127.0.0.1:3001/@bob\" class=\"u-url mention\">@<span>bob</span></a></span></p>"
    );
    assert_eq!(
        plain("@nobody @eve@evil.example @alice@x.example"),
        "<p>@nobody @eve@evil.example @alice@x.example</p>"
    );
}

#[test]
fn namesakes_are_told_apart() {
    let mut links = links();
    links.mentions.push(ResolvedMention {
        handle: Handle::parse("alice@x.example").expect("a valid handle"),
        url: "https://x.example/@alice".to_owned(),
        acct_username: "alice".to_owned(),
    });
    let html = render("@alice @alice@x.example", Format::Plain, &links).html.into_string();
    assert!(
        html.contains(">@<span>Alice</span>") && html.contains(">@<span>alice@x.example</span>"),
        "{html}"
    );
}

#[test]
fn hashtags_as_mastodon_writes_them() {
    let rendered = render("#Rust #rust #Été", Format::Plain, &links());
    let html = rendered.html.as_str();
    assert!(html.starts_with(&format!("<p>{RUST} ")), "{html}");
    assert!(
        html.contains("href=\"https://stoa.example/tags/%C3%A9t%C3%A9\"")
            && html.contains("<span>Été</span>")
    );
    assert_eq!(rendered.hashtags, ["Rust", "Été"]);
    assert_eq!(plain("#123"), "<p>#123</p>");
}

#[test]
fn addresses_as_mastodon_shortens_them() {
    assert_eq!(
        plain("(https://www.example.com/a?b=1&c=\"x)"),
        "<p>(<a href=\"https://www.example.com/a?b=1&amp;c=\" target=\"_blank\" rel=\"nofollow noopener noreferrer\"><span class=\"invisible\">https://www.</span><span>example.com/a?b=1&amp;c=</span><span class=\"invisible\"></span></a>\"x)</p>"
    );
    let long = plain("https://example.com/first-thirty-characters-and-more");
    assert!(
        long.contains("<span class=\"invisible\">https://</span><span class=\"ellipsis\">example.com/first-thirty-chara</span><span class=\"invisible\">cters-and-more</span>"),
        "{long}"
    );
    assert_eq!(plain("javascript:alert(1)"), "<p>javascript:alert(1)</p>");
}

#[test]
fn markdown_is_rendered() {
    for (source, html) in [
        ("**a** _b_ ~~c~~\nd", "<p><strong>a</strong> <em>b</em> <del>c</del><br />\nd</p>"),
        ("# Title", "<p><strong>Title</strong></p>"),
        ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("`@alice #Rust`", "<p><code>@alice #Rust</code></p>"),
        ("```rust\n@alice <b>\n```", "<pre><code>@alice &lt;b&gt;\n</code></pre>"),
        ("a <b onclick=x>c</b> d", "<p>a &lt;b onclick=x&gt;c&lt;/b&gt; d</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[text](javascript:alert(1))", "<p>text</p>"),
        (
            "[see #Rust @alice](https://x.example)",
            "<p><a href=\"https://x.example/\" target=\"_blank\" rel=\"nofollow noopener noreferrer\">see #Rust @alice</a></p>",
        ),
        (
            "![alt #Rust](https://x.example/i.png)",
            "<p><a href=\"https://x.example/i.png\" target=\"_blank\" rel=\"nofollow noopener noreferrer\">alt #Rust</a></p>",
        ),
        (
            "![](https://x.example/i.png)",
            "<p><a href=\"https://x.example/i.png\" target=\"_blank\" rel=\"nofollow noopener noreferrer\">https://x.example/i.png</a></p>",
        ),
        ("![a](javascript:x)", "<p>a</p>"),
        ("![a *b*](data:image/png;base64,AAAA)", "<p>a <em>b</em></p>"),
        ("", ""),
    ] {
        assert_eq!(markdown(source), html, "{source}");
    }
    assert_eq!(markdown("@alice *#Rust*"), format!("<p>{ALICE} <em>{RUST}</em></p>"));
    let rendered = render("#a `#b` *#c*", Format::Markdown, &links());
    assert_eq!(rendered.hashtags, ["a", "c"]);
    assert!(
        markdown("https://example.com/a_b_c?d=1&e").contains("href=\"https://example.com/a_b_c?d=1&amp;e\"")
    );
    assert!(markdown("[a ![b](https://x.example/i)](https://y.example)").contains(">a b</a>"));
    assert!(!markdown("![a](https://x.example/i.png \"t\")").contains("<img"));
}

/// Sanitised once more, nothing changes but that links of ours are marked as foreign.
fn check_stable(html: &str) {
    assert_eq!(html::cleaned(html, Origin::Here), html);
    let foreign = " target=\"_blank\" rel=\"nofollow noopener noreferrer\"";
    let expected =
        html.replace(" class=\"u-url mention\"", &format!(" class=\"u-url mention\"{foreign}")).replace(
            " class=\"mention hashtag\" rel=\"tag\"",
            " class=\"mention hashtag\" target=\"_blank\" rel=\"tag nofollow noopener noreferrer\"",
        );
    assert_eq!(sanitise(html).as_str(), expected);
}

#[test]
fn survives_the_sanitiser() {
    for source in
        ["hi @alice & <b>\n\n  x", "#Rust https://example.com/?a=<b>&c=\u{A0}d", "https://bücher.example/ü'x"]
    {
        check_stable(&plain(source));
        check_stable(&markdown(source));
    }
}

#[test]
fn hostile_sources_take_linear_time() {
    let n = 64 * 1024;
    for piece in [
        "&",
        "<",
        "@alice ",
        "#a ",
        "https://a.b ",
        "*",
        "[",
        "![",
        "> ",
        "`",
        "_a",
        "](",
        "<a ",
        "1. ",
        "\u{A0}",
        "- a\n",
        "* - ",
    ] {
        let text = piece.repeat(n / piece.len());
        for format in [Format::Plain, Format::Markdown] {
            let start = std::time::Instant::now();
            let _ = render(&text, format, &links());
            assert!(start.elapsed().as_millis() < 3000, "{piece} {format:?}: {:?}", start.elapsed());
        }
    }
}

proptest! {
    #[test]
    fn any_text_renders_to_stable_html(source in "([@#<>&\"'/a-c*_`\\[\\]()!\\\\ \n\t~0-9.:]|https://x\\.example/|@alice|#Rust|\\PC){0,60}") {
        check_stable(&plain(&source));
        let html = markdown(&source);
        prop_assert_eq!(html::cleaned(&html, Origin::Here), html);
    }
}

#[test]
fn what_is_quoted_is_named_before_the_text() {
    let text = render("Look", Format::Plain, &Links::default()).html;
    let html = after_quote_link("https://a.example/@b/1?x=\"<", &text);
    let expected = "<p class=\"quote-inline\">RE: <a href=\"https://a.example/@b/1?x=%22%3C\"";
    assert!(html.as_str().starts_with(expected) && html.as_str().ends_with("</p><p>Look</p>"), "{html}");
    assert_eq!(crate::sanitise(html.as_str()), html);
    assert_eq!(after_quote_link("javascript:x", &text), text);
}
