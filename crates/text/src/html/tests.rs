use super::*;
use proptest::prelude::*;

/// Sanitises, and checks that doing so again changes nothing.
fn clean(html: &str) -> String {
    let once = sanitise(html).into_string();
    assert_eq!(sanitise(&once).as_str(), once, "not idempotent for {html:?}");
    once
}

const REL: &str = "target=\"_blank\" rel=\"nofollow noopener noreferrer\"";

#[test]
fn allowed_markup_stays() {
    for html in [
        "<p>a<br />b</p><p>c</p>",
        "<p><del>a</del><s>b</s><code>c</code><em>d</em><strong>e</strong><b>f</b><i>g</i><u>h</u></p>",
        "<blockquote><p>a</p></blockquote><pre><code>x\ny</code></pre>",
        "<ol start=\"3\" reversed=\"\"><li value=\"7\">a<ul><li>b</li></ul></li></ol>",
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        "<span class=\"h-card\" translate=\"no\">x</span>",
        "<p class=\"quote-inline\">RE: x</p>",
        "a &amp; b &lt;c&gt; \"d\" &nbsp;",
        "\u{2067}עברית\u{2069}",
    ] {
        assert_eq!(clean(html), html);
    }
}

#[test]
fn links_are_marked_as_foreign() {
    for (html, expected) in [
        ("<a href=https://x.example>a</a>", format!("<a href=\"https://x.example/\" {REL}>a</a>")),
        (
            "<a rel='me x TAG' target=_top href=\"https://x.example/\" class='mention evil u-url'>a</a>",
            "<a href=\"https://x.example/\" class=\"mention u-url\" target=\"_blank\" rel=\"me nofollow noopener noreferrer\">a</a>".to_owned(),
        ),
        (
            "<a href=\"https://x.example/?a=1&b=2\" rel=tag>a</a>",
            "<a href=\"https://x.example/?a=1&amp;b=2\" target=\"_blank\" rel=\"tag nofollow noopener noreferrer\">a</a>".to_owned(),
        ),
        ("<a name=x>a</a> <a href=/x>b</a> <a href='mailto:a@b.example'>c</a>", "a b c".to_owned()),
        ("<a href=gemini://x.example/>a", format!("<a href=\"gemini://x.example/\" {REL}>a</a>")),
    ] {
        assert_eq!(clean(html), expected);
    }
}

#[test]
fn mastodon_markup_survives() {
    let remote = "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://m.example/@a\" class=\"u-url mention\">@<span>a</span></a></span> <a href=\"https://m.example/tags/x\" class=\"mention hashtag\" rel=\"tag\">#<span>x</span></a></p>";
    let html = clean(remote);
    assert!(html.contains("<a href=\"https://m.example/@a\" class=\"u-url mention\" target=\"_blank\" rel=\"nofollow noopener noreferrer\">@<span>a</span></a>"));
    assert!(html.contains("rel=\"tag nofollow noopener noreferrer\">#<span>x</span>"));
}

#[test]
fn structure_is_repaired() {
    for (html, expected) in [
        ("<h1>T</h1><p>x", "<p><strong>T</strong></p><p>x</p>"),
        ("<h2>a<p>b</p></h2>c", "<p><strong>a</strong></p><p>b</p>c"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"),
        ("</p></div>a</b>", "a"),
        ("<li>a<li>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<div>a</div><div>b</div>", "a b"),
        ("<table><tr><td>a<td>b</table>", "a b"),
        ("<p>a<blockquote>b</p></blockquote>", "<p>a</p><blockquote>b</blockquote>"),
        ("a < b <3 <", "a &lt; b &lt;3 &lt;"),
        ("a<!-- x --><?php y?><!doctype html>b", "ab"),
        ("<pre>\n\n\nx</pre>", "<pre>x</pre>"),
        ("<pre>&NewLine;&#10;x</pre>", "<pre>x</pre>"),
        ("&eacute;&#233;&#x1F600;&bogus;", "éé😀&amp;bogus;"),
    ] {
        assert_eq!(clean(html).trim_end(), expected, "{html}");
    }
}

#[test]
fn attacks_leave_nothing() {
    let bad = [
        "<script",
        "javascript:",
        "onerror",
        "onload",
        "onclick",
        "onmouseover",
        "<img",
        "<svg",
        "<iframe",
        "<style",
        "style=",
        "<form",
        "<math",
        "data:",
        "vbscript:",
        "<object",
        "<embed",
        "<base",
        "<meta",
        "<link",
        "srcdoc",
        "<input",
        "<video",
        " id=",
        " name=",
    ];
    for html in [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</script>",
        "<SCRIPT SRC=//x.example/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<img src=x:x onerror=\"alert(1)\"//",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<math href=javascript:alert(1)>x</math>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
        "<a href=\"&#106;avascript:alert(1)\">x</a>",
        "<a href=\"java&#10;script:alert(1)\">x</a>",
        "<a href=\"java\0script:alert(1)\">x</a>",
        "<a href=\" &#14; javascript:alert(1)\">x</a>",
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
        "<a href=\"vbscript:x\">x</a>",
        "<a href='https://x.example/\" onmouseover=alert(1) x=\"'>x</a>",
        "<a href=https://x.example/ onclick=alert(1)>x</a>",
        "<p style=\"background:url(javascript:alert(1))\" id=x name=y>x</p>",
        "<style>@import 'x';</style>",
        "<iframe src=javascript:alert(1)></iframe>",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "<object data=javascript:alert(1)><embed src=x></object>",
        "<form action=javascript:alert(1)><input type=submit>",
        "<base href=javascript:alert(1)//><meta http-equiv=refresh content='0;url=javascript:x'><link rel=stylesheet href=x>",
        "<video src=x onerror=alert(1)></video><audio src=x onerror=alert(1)>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<title><img src=x onerror=alert(1)></title>",
        "<textarea><script>alert(1)</script></textarea>",
        "<xmp><script>alert(1)</script></xmp>",
        "<template><script>alert(1)</script></template>",
        "<plaintext><script>alert(1)</script>",
        "<!--><script>alert(1)</script>-->",
        "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<p/onclick=alert(1)>x",
        "<b\x0Conclick=alert(1)>x",
        "<details open ontoggle=alert(1)>x</details>",
        "<span class=\"invisible\" onclick=\"alert(1)\">x</span>",
    ] {
        let cleaned = clean(html).replace("%22%20onmouseover=alert(1)", "");
        // What is left as text is harmless.
        let tags = cleaned.split('<').skip(1).filter_map(|tag| tag.split_once('>'));
        let markup: String = tags.flat_map(|(tag, _)| ["<", tag, " "]).collect();
        for needle in bad {
            assert!(!markup.to_lowercase().contains(needle), "{needle} in {cleaned:?} of {html:?}");
        }
        assert!(!cleaned.contains("alert(1)") || !markup.contains("alert"), "{cleaned:?}");
    }
}

#[test]
fn dropped_with_their_content() {
    for name in [
        "script", "style", "iframe", "object", "svg", "math", "template", "noscript", "textarea", "xmp",
        "title",
    ] {
        assert_eq!(clean(&format!("a<{name}>secret</{name}>b")), "ab", "{name}");
    }
    assert_eq!(clean("a<svg/>b<embed src=x>c<img src=x>d"), "abcd");
    assert_eq!(clean("<blink>a</blink><font color=red>b</font>"), "ab");
}

#[test]
fn control_characters_go() {
    assert_eq!(
        clean("a\0b\u{1}c\u{7f}d\u{202E}e\u{FEFF}f\r\ng\rh&#8238;i&#1;j&#xFEFF;k\tl"),
        "abcdef\ng\nhijk\tl"
    );
}

#[test]
fn size_is_bounded() {
    let huge = format!("<p>{}</p>", "a&amp;<b>é</b>".repeat(200_000));
    let html = clean(&huge);
    assert!(html.len() <= MAX_HTML_BYTES && html.len() > MAX_HTML_BYTES - 40, "{}", html.len());
    assert!(html.ends_with("…</p>"), "{}", &html[html.len() - 40..]);
    let html = clean(&"<a href=https://x.example/?a&b>&</a>".repeat(20_000));
    assert!(html.len() <= MAX_HTML_BYTES && html.len() > MAX_HTML_BYTES - 300);
    let exact = "x".repeat(MAX_HTML_BYTES);
    assert_eq!(clean(&exact), exact);
}

#[test]
fn depth_is_bounded() {
    for open in ["<b>", "<blockquote>", "<ul><li>", "<span>", "<h1>", "<ruby><rt>"] {
        let html = clean(&(open.repeat(4_000) + "x"));
        let depth =
            html.split('x').next().map_or(0, |s| s.matches('<').count() - 2 * s.matches("</").count());
        assert!(depth <= 100 && html.contains('x'), "{open} {depth}");
    }
}

#[test]
fn hostile_html_takes_linear_time() {
    let n = 32 * 1024;
    for piece in [
        "<",
        "&",
        "&amp;",
        "</",
        "<!--",
        "<!",
        "<a ",
        "<a b=",
        "<a b='",
        "a=1 ",
        "<b>",
        "<p>",
        "<p><font a=1>",
        "<b><p>",
        "<svg>",
        "<script>",
        "<ul><li>",
        "<a href=https://x.example/>",
        "\u{A0}",
        "é",
        "&#1;",
        "--",
        "<!---",
        "<table><a>",
        "&CounterClockwiseContourIntegral;",
        "</p>",
    ] {
        for start in ["", "<a ", "<!--", "<p>"] {
            let html = format!("{start}{}", piece.repeat(n / piece.len()));
            let begun = std::time::Instant::now();
            let _ = sanitise(&html);
            assert!(begun.elapsed().as_millis() < 2000, "{start}{piece}: {:?}", begun.elapsed());
        }
    }
}

#[test]
fn text_of_html() {
    for (html, text) in [
        ("<p>a<br>b</p><p>c &amp; d</p>", "a\nb\n\nc & d"),
        ("<p>a<br/>\nb\nc</p>\n<p>d</p>\n", "a\nb c\n\nd"),
        ("<pre>a\n\nb</pre>\nc", "a\n\nb\n\nc"),
        ("plain < text & more", "plain < text & more"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc"),
        ("&lt;b&gt; &quot;&eacute;&quot;&nbsp;x", "<b> \"é\" x"),
        (
            "<script>x</script><a href=https://x.example><span class=invisible>https://</span>x.example</a>",
            "https://x.example",
        ),
        ("&amp;lt;", "&lt;"),
        ("", ""),
    ] {
        assert_eq!(plain(html), text, "{html}");
    }
}

#[test]
fn serialises_as_a_string() {
    let html = sanitise("<p>a</p>");
    assert_eq!(serde_json::to_string(&html).expect("a string"), "\"<p>a</p>\"");
    assert_eq!(SafeHtml::from_stored(html.to_string()), html);
}

proptest! {
    #[test]
    fn soup_is_idempotent(html in "(</?(p|a|b|i|em|code|pre|ul|ol|li|blockquote|ruby|rt|rp|h1|h3|span|br|table|td|svg|div|button|script|u|del|x)( href=(https://x\\.example/\\?a&b|'magnet:?x=<\"'|xmpp:a b|/x))?( class='(mention|h-x| e)*')?/?>|[a-z&;\"'<> \n\u{A0}]|&(amp|lt|nbsp|NewLine|#10|#0|#x202e|Tab|eacute);|<!--|-->){0,40}") {
        clean(&html);
    }

    #[test]
    fn anything_is_idempotent(html in "\\PC{0,200}") {
        clean(&html);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        clean(&text);
        let _ = (plain(&text), crate::scan(&text), crate::length(&text), Handle::parse(&text), crate::normalise_tag(&text));
        let _ = (crate::clean_line(&text, 30), crate::clean_text(&text, 30));
    }

    #[test]
    fn any_href_is_stable(href in "(https://|xmpp:|magnet:|dat:|gemini://|http:)[!-~\u{A0}é]{0,40}") {
        clean(&format!("<a href=\"{}\">x</a>", href.replace('"', "&quot;")));
        if let Some(normal) = crate::web_url::normalise_href(&href) {
            prop_assert_eq!(crate::web_url::normalise_href(&normal), Some(normal));
        }
    }
}

use crate::Handle;
