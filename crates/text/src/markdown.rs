//! Markdown to HTML that is not yet safe: links, mentions and hashtags in its text, outside code and links.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html::push_html};

use crate::render::Linker;

/// The HTML of a Markdown text, to be sanitised. HTML in the source becomes text; images become links
/// to them, named by their description, or by their address if they have none.
pub(crate) fn to_html(source: &str, linker: &mut Linker<'_>) -> String {
    let events = TextMergeStream::new(Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).map(as_text));
    let mut html = String::with_capacity(source.len() * 2);
    // Inside so many links and code blocks.
    let mut shielded = 0_usize;
    push_html(
        &mut html,
        with_words(events).filter_map(|event| {
            match &event {
                Event::Start(Tag::Image { .. }) if shielded > 0 => {
                    shielded += 1;
                    return None;
                }
                Event::End(TagEnd::Image) if shielded > 1 => {
                    shielded -= 1;
                    return None;
                }
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => shielded += 1,
                Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => {
                    shielded = shielded.saturating_sub(1);
                }
                _ => {}
            }
            Some(match event {
                Event::Text(text) if shielded == 0 => {
                    let mut written = String::with_capacity(text.len());
                    linker.link(&mut written, &text);
                    Event::Html(written.into())
                }
                Event::Start(Tag::Image { dest_url, title, id, .. }) => {
                    Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, title, id })
                }
                Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
                // A line typed is a line shown, as in plain text.
                Event::SoftBreak => Event::HardBreak,
                other => other,
            })
        }),
    );
    html
}

/// Puts the address of an image into an image of which nothing is said.
fn with_words<'s>(events: impl Iterator<Item = Event<'s>>) -> impl Iterator<Item = Event<'s>> {
    let mut wordless = None;
    events.flat_map(move |event| {
        let mut words = None;
        match &event {
            Event::Start(Tag::Image { dest_url, .. }) => wordless = Some(dest_url.clone()),
            Event::End(TagEnd::Image) => words = wordless.take().map(Event::Text),
            Event::Text(text) | Event::Code(text) if !text.trim().is_empty() => wordless = None,
            _ => {}
        }
        words.into_iter().chain([event])
    })
}

/// HTML in the source as the text it is written with.
fn as_text(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        other => other,
    }
}
