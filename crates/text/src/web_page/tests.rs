use proptest::prelude::*;

use super::*;

#[test]
fn open_graph_comes_first() {
    let page = WebPage::read(
        r#"<!doctype html><html lang="de"><head><title>Plain &amp; simple</title>
        <meta charset=utf-8><meta property="og:title" content="Tea &amp; <b>cake</b> &#8212; caf&eacute;">
        <meta name="description" content="Later"><meta property='og:description' content='First
        line'><meta property=og:site_name content=Teahouse><meta name="author" content="Ada">
        <meta property="og:image" content="/tea.png?a=1&amp;b=2"><meta property="og:image:alt" content="A cup">
        <meta name="fediverse:creator" content="@ada@example.org">
        <meta property="article:published_time" content="2024-05-01T10:00:00Z">
        <meta name="twitter:player" content="https://player.example/1"><meta name="twitter:player:width" content="640">
        <link rel="alternate" type="application/json+oembed" href="/oembed?u=1&amp;f=json"></head>"#,
    );
    assert_eq!(page.title, "Tea & cake — café");
    assert_eq!((page.description.as_str(), page.site.as_str()), ("First line", "Teahouse"));
    assert_eq!((page.author.as_str(), page.creator.as_deref()), ("Ada", Some("@ada@example.org")));
    assert_eq!((page.image.as_deref(), page.image_description.as_str()), (Some("/tea.png?a=1&b=2"), "A cup"));
    assert_eq!(
        (page.language.as_deref(), page.published.as_deref()),
        (Some("de"), Some("2024-05-01T10:00:00Z"))
    );
    assert_eq!((page.player.as_deref(), page.player_size), (Some("https://player.example/1"), (640, 0)));
    assert_eq!(page.oembed.as_deref(), Some("/oembed?u=1&f=json"));
}

#[test]
fn articles_fill_what_is_missing() {
    let page = WebPage::read(
        r#"<title>Site</title><script type="application/ld+json">{"@graph":[{"@type":"WebSite","name":"No"},
        {"@type":["NewsArticle"],"headline":"A <i>headline</i>","author":[{"name":"Ada","url":"https://a.example/ada"}],
        "publisher":{"name":"Paper"},"datePublished":"2024-05-01","inLanguage":"en","image":["https://a.example/1.png"]}]}
        </script><script>document.write('<meta property="og:title" content="No">')</script>"#,
    );
    assert_eq!(
        (page.title.as_str(), page.author.as_str(), page.site.as_str()),
        ("A headline", "Ada", "Paper")
    );
    assert_eq!(page.author_url.as_deref(), Some("https://a.example/ada"));
    assert_eq!(page.image.as_deref(), Some("https://a.example/1.png"));
    assert_eq!((page.language.as_deref(), page.published.as_deref()), (Some("en"), Some("2024-05-01")));
}

#[test]
fn a_page_that_says_nothing_has_its_title() {
    assert_eq!(WebPage::read("<TITLE> Only\n this </TITLE>").title, "Only this");
    assert_eq!(WebPage::read("no page at all"), WebPage::default());
    assert_eq!(WebPage::read("<!-- <title>No</title> --><title>Yes</title><title>No</title>").title, "Yes");
    assert_eq!(WebPage::read("<script type=application/ld+json>{</script>"), WebPage::default());
}

#[test]
fn values_are_bounded() {
    let long =
        format!("<title>{}</title><meta name=author content='{}'>", "x".repeat(9_000), "y".repeat(9_000));
    let page = WebPage::read(&long);
    assert_eq!((page.title.chars().count(), page.author.chars().count()), (MAX_TITLE_CHARS, MAX_NAME_CHARS));
    let far = format!("<meta property=og:image content='https://a.example/{}'>", "z".repeat(9_000));
    assert_eq!(WebPage::read(&far).image, None);
}

#[test]
fn a_text_links_to_pages_and_not_to_people() {
    let content = SafeHtml::from_stored(
        r#"<p><span class="h-card"><a href="https://a.example/@b" class="u-url mention">@b</a></span>
        <a href="https://a.example/tags/x" class="mention hashtag" rel="tag">#x</a>
        <a href="https://page.example/?a=1&amp;b=2" target="_blank">page</a> <a href="https://two.example/">2</a></p>"#
            .to_owned(),
    );
    let found: Vec<String> = links(&content).collect();
    assert_eq!(found, ["https://page.example/?a=1&b=2", "https://two.example/"]);
}

#[test]
fn a_frame_is_found() {
    let html =
        "<script>x</script><IFRAME width=1 src='https://p.example/?a=1&amp;b=2'></iframe><iframe src=x>";
    assert_eq!(frame(html).as_deref(), Some("https://p.example/?a=1&b=2"));
    assert_eq!(frame("<p>none</p>"), None);
}

proptest! {
    #[test]
    fn anything_is_survived(
        html in "([<>\"'=;,/ é]|<meta |property=|og:title|content=|<title>|</title>|<script |ld\\+json|<!--|-->|&amp;){0,80}"
    ) {
        let _ = WebPage::read(&html);
    }
}
