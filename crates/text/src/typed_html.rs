//! Typed HTML: links, mentions and hashtags in its text, outside code and links.

use crate::html;
use crate::render::Linker;

/// Elements whose text is left as it is.
const SHIELDED: [&str; 3] = ["a", "code", "pre"];

/// Links the text of HTML that the sanitiser wrote: well-formed, with no `>` but that of a tag. The result is to
/// be sanitised again.
pub(crate) fn linked(clean: &str, linker: &mut Linker<'_>) -> String {
    let mut out = String::with_capacity(clean.len() * 2);
    let mut shielded = 0_usize;
    let mut rest = clean;
    while let Some(start) = rest.find('<') {
        text(&mut out, &rest[..start], shielded > 0, linker);
        let Some(end) = rest[start..].find('>').map(|at| start + at + 1) else { return out };
        let tag = &rest[start..end];
        if SHIELDED.contains(&name(tag)) {
            shielded = if tag.starts_with("</") { shielded.saturating_sub(1) } else { shielded + 1 };
        }
        out.push_str(tag);
        rest = &rest[end..];
    }
    text(&mut out, rest, shielded > 0, linker);
    out
}

fn name(tag: &str) -> &str {
    let inner = tag.trim_start_matches(['<', '/']);
    &inner[..inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len())]
}

fn text(out: &mut String, written: &str, shielded: bool, linker: &mut Linker<'_>) {
    if shielded { out.push_str(written) } else { linker.link(out, &html::unescaped(written)) }
}
