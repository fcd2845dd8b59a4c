//! What a status may say: not nothing, not too much.

use std::borrow::Cow;

use db::MediaId;

use super::{Draft, Edit};
use crate::polls::PollDraft;
use crate::{App, Error, Result};

/// Longest text and content warning together: a character, or an address, may be as long as one likes, and counts
/// as little as any other.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// What somebody says in a status, typed or changed.
pub(super) struct Said<'a> {
    text: Cow<'a, str>,
    spoiler: &'a str,
    media: &'a [MediaId],
    poll: Option<&'a PollDraft>,
    quotes: bool,
}

impl<'a> Said<'a> {
    pub(super) fn in_draft(draft: &'a Draft) -> Self {
        Self {
            text: text::readable(&draft.text, draft.format),
            spoiler: &draft.spoiler_text,
            media: &draft.media,
            poll: draft.poll.as_ref(),
            quotes: draft.quoted.is_some(),
        }
    }

    pub(super) fn in_edit(edit: &'a Edit, quotes: bool) -> Self {
        Self {
            text: text::readable(&edit.text, edit.format),
            spoiler: &edit.spoiler_text,
            media: &edit.media,
            poll: edit.poll.as_ref(),
            quotes,
        }
    }
}

pub(super) fn check(app: &App, said: &Said<'_>) -> Result<()> {
    let Said { ref text, spoiler, media, poll, quotes } = *said;
    if text.trim().is_empty() && media.is_empty() && poll.is_none() && !quotes {
        return Err(Error::invalid("Text can't be blank"));
    }
    if quotes && (!media.is_empty() || poll.is_some()) {
        return Err(Error::invalid("A quote post cannot have media or a poll"));
    }
    let most = app.config.instance.max_status_chars as usize;
    let has_end = text.len() + spoiler.len() <= MAX_TEXT_BYTES;
    if !has_end || text::length(text) + text::length(spoiler) > most {
        return Err(Error::invalid(format!("Text character limit of {most} exceeded")));
    }
    if poll.is_some() && !media.is_empty() {
        return Err(Error::invalid("Cannot attach files to a post with a poll"));
    }
    check_media(app, media)
}

/// Whether a status may have so many attachments.
pub(crate) fn check_media(app: &App, media: &[MediaId]) -> Result<()> {
    let most = app.config.limits.max_media_per_status as usize;
    if media.len() > most {
        return Err(Error::invalid(format!("Cannot attach more than {most} files")));
    }
    Ok(())
}
