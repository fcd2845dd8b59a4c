//! The text of safe HTML.

/// Reads HTML the sanitiser wrote: only its elements and its four entities occur.
pub(super) fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut in_pre = false;
    while let Some(start) = rest.find('<') {
        decode(&mut out, &rest[..start], in_pre);
        let Some(end) = rest[start..].find('>').map(|at| start + at) else { break };
        let tag = &rest[start..=end];
        in_pre = tag == "<pre>" || (in_pre && tag != "</pre>");
        match tag {
            "<br />" => out.push('\n'),
            "</p>" | "</blockquote>" | "</pre>" | "</ul>" | "</ol>" => newlines(&mut out, 2),
            "</li>" => newlines(&mut out, 1),
            // A block ends what stood before it.
            tag if ["<p", "<blockquote", "<ul", "<ol"].iter().any(|block| tag.starts_with(block)) => {
                newlines(&mut out, 1);
            }
            _ => {}
        }
        rest = &rest[end + 1..];
    }
    decode(&mut out, rest, false);
    out.truncate(out.trim_end().len());
    let start = out.len() - out.trim_start().len();
    out.drain(..start);
    out
}

/// Ends the text with at least so many newlines, unless it is empty or its item has just begun.
fn newlines(out: &mut String, count: usize) {
    let present = out.bytes().rev().take_while(|&b| b == b'\n').count().min(count);
    if !out.is_empty() {
        out.extend(std::iter::repeat_n('\n', count - present));
    }
}

/// Adds a text between two tags, with its entities decoded.
pub(super) fn decode(out: &mut String, text: &str, in_pre: bool) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        push(out, &rest[..at], in_pre);
        let (c, len) = match &rest[at..] {
            s if s.starts_with("&amp;") => ('&', 5),
            s if s.starts_with("&lt;") => ('<', 4),
            s if s.starts_with("&gt;") => ('>', 4),
            s if s.starts_with("&quot;") => ('"', 6),
            s if s.starts_with("&nbsp;") => (' ', 6),
            _ => ('&', 1),
        };
        out.push(c);
        rest = &rest[at + len..];
    }
    push(out, rest, in_pre);
}

/// Outside of code a newline is a space, and none is needed where a line has just begun.
fn push(out: &mut String, text: &str, in_pre: bool) {
    if in_pre || !text.contains('\n') {
        out.push_str(text);
        return;
    }
    for line in text.split_inclusive('\n') {
        let is_start = out.is_empty() || out.ends_with(['\n', ' ']);
        let words = line.trim_end_matches('\n');
        out.push_str(if is_start { words.trim_start() } else { words });
        if line.ends_with('\n') && !out.is_empty() && !out.ends_with(['\n', ' ']) {
            out.push(' ');
        }
    }
}
