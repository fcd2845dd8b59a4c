//! `Announce` of posts, and of groups' activities (federation 15, 34).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use db::Visibility;
use serde_json::Value;
use services::reblogs::Reblog;

use super::{Received, identity};
use crate::fault::Fault;
use crate::notes::arrival::Cause;
use crate::notes::audience::Audience;
use crate::{Federation, fetching, json};

/// Most posts announced at once (15.10).
const MOST: usize = 10;

/// Somebody elsewhere reblogs a status, which is fetched if somebody here waits for it.
#[derive(Debug)]
pub(crate) struct Announce {
    received: Received,
    objects: Vec<String>,
}

impl Announce {
    pub(super) fn read(received: Received) -> Self {
        let objects = json::many(&received.json, "object").filter_map(announced).map(str::to_owned);
        Self { objects: objects.take(MOST).collect(), received }
    }
}

/// What is announced: a post by its id, whatever else came along, or what a group's member created.
fn announced(object: &Value) -> Option<&str> {
    match json::types(object).next() {
        Some("Create") => json::link(object, "object"),
        Some(
            "Update" | "Delete" | "Undo" | "Like" | "Dislike" | "Add" | "Remove" | "Block" | "Flag" | "Lock"
            | "Announce",
        ) => None,
        _ => json::reference(object),
    }
}

#[async_trait::async_trait]
impl Activity for Announce {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        self.received.check_not_undone(data).await
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let Received { by, uri, json, actor, budget, .. } = &self.received;
        let visibility = Audience::of(json, None).visibility(actor.followers_url.as_deref());
        if visibility == Visibility::Direct {
            return Err(Fault::odd("it is announced to nobody"));
        }
        let wanted = db::statuses::is_wanted(&mut *data.app.conn().await?, by.id, None).await?;
        for (number, object) in self.objects.iter().enumerate() {
            let status = match fetching::known_status(data, object).await? {
                Some(known) if known.local || wanted => known,
                None if wanted => {
                    fetching::status(data, object, Cause::Fetched { thread: false }, budget).await?
                }
                _ => continue,
            };
            if !status.visibility.is_open() && status.account_id != by.id {
                continue;
            }
            let uri = if number == 0 { uri.clone() } else { format!("{uri}#{number}") };
            let published = json::time(json, "published");
            let how = Reblog { visibility: Some(visibility), uri: Some(uri), published };
            services::reblogs::reblog(&data.app, by, status.id, how).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn groups_pass_on_what_was_created() {
        assert_eq!(announced(&value!("https://a.example/1")), Some("https://a.example/1"));
        assert_eq!(
            announced(&value!({"type": "Note", "id": "https://a.example/1"})),
            Some("https://a.example/1")
        );
        let inner =
            value!({"type": "Create", "id": "x", "object": {"id": "https://a.example/1", "type": "Page"}});
        assert_eq!(announced(&inner), Some("https://a.example/1"));
        assert_eq!(announced(&value!({"type": "Like", "id": "https://a.example/1"})), None);
    }
}
