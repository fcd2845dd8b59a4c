//! Reactions on the wire (federation 14.2, 14.3): `EmojiReact`, and `Like` with `content` or `_misskey_reaction`.

use db::StatusId;
use db::reactions::Emoji;
use serde_json::Value;
use services::accounts::{RemoteEmoji, remember_emojis};
use services::reactions;

use crate::Federation;
use crate::activities::Received;
use crate::fault::Fault;
use crate::json;
use crate::notes::tags;

/// What an activity reacts with.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    emoji: Emoji,
    /// The picture of a custom emoji.
    picture: Option<RemoteEmoji>,
}

/// Names that old Misskey has for some emoji.
const NAMES: [(&str, &str); 11] = [
    ("like", "👍"),
    ("love", "❤"),
    ("laugh", "😆"),
    ("hmm", "🤔"),
    ("surprise", "😮"),
    ("congrats", "🎉"),
    ("angry", "💢"),
    ("confused", "😥"),
    ("rip", "😇"),
    ("pudding", "🍮"),
    ("star", "⭐"),
];

/// What an activity of somebody on `host` reacts with; `None` for what is no emoji.
pub(crate) fn read(activity: &Value, host: &str) -> Option<Reaction> {
    let said =
        ["content", "_misskey_reaction"].into_iter().find_map(|name| json::text(activity, name))?.trim();
    if said.len() > 300 {
        return None;
    }
    let named = NAMES.iter().find(|(name, _)| *name == said).map(|(_, emoji)| *emoji);
    if let Some(emoji) = text::emoji(named.unwrap_or(said)) {
        let emoji = Emoji { name: emoji.to_owned(), domain: String::new() };
        return Some(Reaction { emoji, picture: None });
    }
    // `:blobcat:`, or `:blobcat@host:`.
    let shortcode = said.trim_matches(':').split('@').next()?;
    let picture = tags::emojis(activity).into_iter().find(|emoji| emoji.shortcode == shortcode)?;
    let emoji = Emoji { name: picture.shortcode.clone(), domain: host.to_owned() };
    Some(Reaction { emoji, picture: Some(picture) })
}

/// What an activity that was received reacts with.
pub(crate) fn of(received: &Received) -> Option<Reaction> {
    read(&received.json, received.by.domain.as_deref()?)
}

/// Puts it below a status that is known here.
pub(crate) async fn react(
    f: &Federation,
    received: &Received,
    status: StatusId,
    reaction: Reaction,
) -> Result<(), Fault> {
    let Reaction { emoji, picture } = reaction;
    if let Some(picture) = picture.filter(|picture| f.client.check_url(&picture.image_url).is_ok()) {
        remember_emojis(&mut *f.app.conn().await?, &emoji.domain, &[picture]).await?;
    }
    Ok(reactions::react(&f.app, &received.by, status, &emoji, Some(&received.uri)).await?)
}

/// Takes it back.
pub(crate) async fn unreact(
    f: &Federation,
    received: &Received,
    status: StatusId,
    reaction: &Reaction,
) -> Result<(), Fault> {
    Ok(reactions::unreact(&f.app, &received.by, status, &reaction.emoji).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(activity: &Value) -> Option<(String, String)> {
        read(activity, "a.example").map(|reaction| (reaction.emoji.name, reaction.emoji.domain))
    }

    #[test]
    fn all_spellings_are_read() {
        let emoji = |name: &str| Some((name.to_owned(), String::new()));
        assert_eq!(name(&json!({ "content": "🔥" })), emoji("🔥"));
        assert_eq!(name(&json!({ "_misskey_reaction": "pudding" })), emoji("🍮"));
        assert_eq!(name(&json!({ "content": "❤", "_misskey_reaction": ":x:" })), emoji("❤\u{fe0f}"));
        let tag =
            json!([{ "type": "Emoji", "name": ":blob:", "icon": { "url": "https://a.example/b.png" } }]);
        let custom = Some(("blob".to_owned(), "a.example".to_owned()));
        for content in [":blob:", "blob", ":blob@a.example:", ":blob@.:"] {
            assert_eq!(name(&json!({ "content": content, "tag": tag })), custom, "{content}");
        }
        for garbage in
            [json!(":cat:"), json!("<b>"), json!(""), json!(5), json!("🔥🔥"), json!("x".repeat(500))]
        {
            assert_eq!(name(&json!({ "content": garbage, "tag": tag })), None, "{garbage}");
        }
        assert_eq!(name(&json!({})), None);
    }
}
