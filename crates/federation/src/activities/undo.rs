//! `Undo` of what the same actor did (federation 16).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use services::{blocks, favourites, follows, reblogs};

use super::{Received, accept, account_here, identity};
use crate::fault::Fault;
use crate::{Federation, fetching, json, reactions};

/// Somebody elsewhere takes something back.
#[derive(Debug)]
pub(crate) struct Undo {
    received: Received,
}

impl Undo {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }

    /// By what came along: actor, type and object say enough. Whether there was anything to take back.
    async fn by_content(&self, f: &Federation) -> Result<bool, Fault> {
        let by = &self.received.by;
        let Some(inner) = self.received.embedded() else { return Ok(false) };
        let kind = json::types(inner).next().unwrap_or_default();
        if kind == "Accept" {
            return self.accept(f).await;
        }
        let Some(object) = json::link(inner, "object") else { return Ok(false) };
        match kind {
            "Follow" => {
                let of = account_here(f, object).await?;
                let mut conn = f.app.conn().await?;
                let there = db::follows::find(&mut conn, by.id, of.id).await?.is_some()
                    || db::follows::find_request(&mut conn, by.id, of.id).await?.is_some();
                drop(conn);
                follows::unfollow(&f.app, by, &of).await?;
                Ok(there)
            }
            "Like" | "EmojiReact" => {
                let Some(status) = fetching::known_status(f, object).await? else { return Ok(false) };
                let host = by.domain.as_deref().unwrap_or_default();
                if let Some(reaction) = reactions::read(inner, host) {
                    reactions::unreact(f, &self.received, status.id, &reaction).await?;
                    return Ok(false);
                }
                if kind == "EmojiReact" || self.is_of_reaction(f, inner).await? {
                    return Ok(false);
                }
                favourites::unfavourite(&f.app, by, status.id).await?;
                // Whether there was one is not said; one that comes later is refused by its id.
                Ok(false)
            }
            "Announce" => {
                let Some(status) = fetching::known_status(f, object).await? else { return Ok(false) };
                let mut conn = f.app.conn().await?;
                let there = db::statuses::find_reblog(&mut conn, by.id, status.id).await?.is_some();
                drop(conn);
                reblogs::unreblog(&f.app, by, status.id).await?;
                Ok(there)
            }
            "Block" => {
                let of = account_here(f, object).await?;
                let there = db::relationships::blocks(&mut *f.app.conn().await?, by.id, of.id).await?;
                blocks::unblock(&f.app, by, &of).await?;
                Ok(there)
            }
            _ => Ok(false),
        }
    }

    /// Whether a Like that came without its emoji was a reaction: its id tells, below.
    async fn is_of_reaction(&self, f: &Federation, like: &serde_json::Value) -> Result<bool, Fault> {
        let Some(id) = json::id(like) else { return Ok(false) };
        Ok(db::reactions::find_by_uri(&mut *f.app.conn().await?, id).await?.is_some())
    }

    /// An Accept taken back is a follower removed (10.12).
    async fn accept(&self, f: &Federation) -> Result<bool, Fault> {
        let inner = self.received.embedded().and_then(|accept| json::one(accept, "object")).cloned();
        let mut answered = self.received.clone();
        answered.json["object"] = inner.unwrap_or_default();
        let follower = accept::follower(f, &answered).await?;
        follows::reject(&f.app, &self.received.by, &follower).await?;
        Ok(true)
    }

    /// By the id of what was done, which was kept.
    async fn by_id(&self, f: &Federation, uri: &str) -> Result<bool, Fault> {
        let by = &self.received.by;
        let mut conn = f.app.conn().await?;
        let follow = match db::follows::find_by_uri(&mut conn, uri).await? {
            Some(follow) => Some(follow),
            None => db::follows::find_request_by_uri(&mut conn, uri).await?,
        };
        if let Some(follow) = follow.filter(|follow| follow.account_id == by.id) {
            let of = db::accounts::find(&mut conn, follow.target_account_id).await?;
            drop(conn);
            follows::unfollow(&f.app, by, &of).await?;
            return Ok(true);
        }
        let favourite = db::favourites::find_by_uri(&mut conn, uri).await?;
        if let Some(favourite) = favourite.filter(|favourite| favourite.account_id == by.id) {
            drop(conn);
            favourites::unfavourite(&f.app, by, favourite.status_id).await?;
            return Ok(true);
        }
        let reaction = db::reactions::find_by_uri(&mut conn, uri).await?;
        if let Some(reaction) = reaction.filter(|reaction| reaction.account_id == by.id) {
            drop(conn);
            services::reactions::unreact(&f.app, by, reaction.status_id, &reaction.emoji()).await?;
            return Ok(true);
        }
        let reblog = db::statuses::find_by_uri(&mut conn, uri).await?.filter(|row| row.account_id == by.id);
        if let Some(original) = reblog.and_then(|row| row.reblog_of_id) {
            drop(conn);
            reblogs::unreblog(&f.app, by, original).await?;
            return Ok(true);
        }
        let block = db::relationships::find_block_by_uri(&mut conn, uri).await?;
        if let Some(block) = block.filter(|block| block.account_id == by.id) {
            let of = db::accounts::find(&mut conn, block.target_account_id).await?;
            drop(conn);
            blocks::unblock(&f.app, by, &of).await?;
            return Ok(true);
        }
        Ok(false)
    }
}

#[async_trait::async_trait]
impl Activity for Undo {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, _: &Data<Federation>) -> Result<(), Fault> {
        let inner = self.received.embedded().and_then(|inner| json::link(inner, "actor"));
        if inner.is_some_and(|actor| actor != self.received.by.uri) {
            return Err(Fault::odd("only who did it may take it back"));
        }
        Ok(())
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let Some(id) = json::link(&self.received.json, "object").map(str::to_owned) else {
            return self.by_content(data).await.map(drop);
        };
        // It may be on its way, or be taken in at this moment.
        self.received.forestall(data, &id).await?;
        // What is gone or not known is as good as taken back.
        let mut done = match self.by_content(data).await {
            Err(Fault::Temporary(error)) => return Err(Fault::Temporary(error)),
            done => done.unwrap_or(false),
        };
        if !done {
            done = match self.by_id(data, &id).await {
                Err(Fault::Temporary(error)) => return Err(Fault::Temporary(error)),
                done => done.unwrap_or(false),
            };
        }
        if done {
            // Some servers use the same id for the next one.
            db::tombstones::remove(&mut *data.app.conn().await?, &id, &self.received.by.uri).await?;
        }
        Ok(())
    }
}
