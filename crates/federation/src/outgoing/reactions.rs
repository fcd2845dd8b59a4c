//! Reactions of people here: a `Like` with an emoji, which others take for a favourite.

use activitypub_federation::kinds::activity::{LikeType, UndoType};
use db::reactions::{self, Emoji};
use db::{AccountId, Conn, StatusId};
use serde::Serialize;

use super::statuses::liked;
use super::{activity, send_to_one};
use crate::Federation;
use crate::documents::{self, id_of};
use crate::wire::{Tag, Undone};

/// What a Like says of its emoji.
#[derive(Debug, Serialize)]
struct Said {
    content: String,
    #[serde(rename = "_misskey_reaction")]
    misskey_reaction: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag: Vec<Tag>,
}

/// The emoji of a reaction, with its picture if it is one of ours.
async fn content(f: &Federation, conn: &mut Conn, emoji: &Emoji) -> anyhow::Result<Said> {
    let pictures = reactions::pictures(conn, std::iter::once(emoji)).await?;
    let tag: Vec<Tag> =
        pictures.values().filter_map(|picture| documents::emoji(&f.app.urls, picture)).collect();
    let content = if emoji.name.is_ascii() { format!(":{}:", emoji.name) } else { emoji.name.clone() };
    Ok(Said { misskey_reaction: content.clone(), content, tag })
}

/// Somebody here reacted to a status: Like, to its author alone.
pub async fn reacted(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    reaction: i64,
    emoji: &Emoji,
) -> anyhow::Result<()> {
    let Some((status, author, by)) = liked(conn, status, by).await? else { return Ok(()) };
    let id = f.app.urls.reaction(&by.username, reaction);
    let mut like = activity(id, LikeType::Like, &by, status.uri);
    like.reaction = Some(serde_json::to_value(content(f, conn, emoji).await?)?);
    send_to_one(f, conn, &by, &author, like).await
}

/// Somebody here took a reaction back: Undo of its Like.
pub async fn unreacted(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    reaction: i64,
    emoji: &Emoji,
) -> anyhow::Result<()> {
    let Some((status, author, by)) = liked(conn, status, by).await? else { return Ok(()) };
    let id = f.app.urls.reaction(&by.username, reaction);
    let undo = format!("{id}/undo");
    let reaction = Some(serde_json::to_value(content(f, conn, emoji).await?)?);
    let undone = Undone { id, kind: LikeType::Like, actor: id_of(&by.uri), object: status.uri, reaction };
    send_to_one(f, conn, &by, &author, activity(undo, UndoType::Undo, &by, undone)).await
}
