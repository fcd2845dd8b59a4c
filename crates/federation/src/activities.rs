//! What activities do: one file for each type, all of them on this page.

use activitypub_federation::config::{Data, FederationConfig};
use activitypub_federation::traits::Activity;
use anyhow::Context;
use db::AccountId;
use db::accounts::Account;
use db::actors::Actor;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::fault::Fault;
use crate::fetching::Budget;
use crate::{Federation, json};

macro_rules! activities {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(mod $module;)*

        /// Whether anything is done about this type; all others are ignored (8.6, 23).
        pub(crate) fn is_known(kind: &str) -> bool {
            [$(stringify!($name)),*].contains(&kind)
        }

        async fn dispatch(received: Received, data: &Data<Federation>) -> Result<(), Fault> {
            let kind = json::types(&received.json).next().unwrap_or_default().to_owned();
            match kind.as_str() {
                $(stringify!($name) => {
                    let activity = $module::$name::read(received);
                    activity.verify(data).await?;
                    activity.receive(data).await
                })*
                _ => Ok(()),
            }
        }
    };
}

activities![
    accept::Accept,
    add::Add,
    announce::Announce,
    block::Block,
    create::Create,
    delete::Delete,
    emoji_react::EmojiReact,
    flag::Flag,
    follow::Follow,
    like::Like,
    quote_request::QuoteRequest,
    reject::Reject,
    remove::Remove,
    undo::Undo,
    update::Update,
];

/// An activity that passed the gate: signed by `by`, with an id on its host.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Its id, as it was written.
    pub(crate) uri: String,
    id: Url,
    actor_id: Url,
    /// The whole of it.
    pub(crate) json: Value,
    /// Who did it.
    pub(crate) by: Account,
    /// The same, on the wire.
    pub(crate) actor: Actor,
    /// In whose inbox it was put.
    pub(crate) recipient: Option<AccountId>,
    /// What may be fetched because of it.
    pub(crate) budget: Budget,
}

impl Received {
    pub(crate) fn new(
        json: Value,
        by: Account,
        actor: Actor,
        recipient: Option<AccountId>,
        budget: Budget,
    ) -> Result<Self, Fault> {
        let uri = json::id(&json).ok_or_else(|| Fault::odd("the activity has no id"))?.to_owned();
        if json::link(&json, "actor") != Some(&by.uri) {
            return Err(Fault::odd("the activity has another actor inside"));
        }
        let parsed = |text: &str| Url::parse(text).map_err(|error| Fault::Odd(error.to_string()));
        Ok(Self { id: parsed(&uri)?, actor_id: parsed(&by.uri)?, uri, json, by, actor, recipient, budget })
    }

    /// The id of the first object.
    pub(crate) fn object(&self) -> Result<&str, Fault> {
        json::link(&self.json, "object").ok_or_else(|| Fault::odd("the activity has no object"))
    }

    /// The first object, if it came along.
    pub(crate) fn embedded(&self) -> Option<&Value> {
        json::one(&self.json, "object").filter(|object| object.is_object())
    }

    /// Whether an object that came along may be believed (9.2).
    pub(crate) fn may_say(&self, object: &Value) -> bool {
        is_by(object, &self.by.uri)
    }

    /// Whether the actor deletes itself.
    pub(crate) fn is_farewell(&self) -> bool {
        json::is(&self.json, "Delete") && self.object().is_ok_and(|object| object == self.by.uri)
    }

    /// The local account that the first object is.
    pub(crate) async fn target_here(&self, f: &Federation) -> Result<Account, Fault> {
        account_here(f, self.object()?).await
    }

    /// Refuses what was taken back before it came (9.5).
    pub(crate) async fn check_not_undone(&self, f: &Federation) -> Result<(), Fault> {
        if db::tombstones::exists(&mut *f.app.conn().await?, &self.uri, &self.by.uri).await? {
            return Err(Fault::odd("it was taken back before"));
        }
        Ok(())
    }

    /// From now on, what the actor took back is not taken in; what is being taken in is there by then. Only for what
    /// may be the actor's.
    pub(crate) async fn forestall(&self, f: &Federation, uri: &str) -> Result<(), Fault> {
        if json::same_origin(uri, &self.by.uri) {
            db::tombstones::forestall(&mut *f.app.conn().await?, uri, &self.by.uri).await?;
        }
        Ok(())
    }
}

/// Whether an object is on its actor's host, and says that it is the actor's.
fn is_by(object: &Value, actor: &str) -> bool {
    let own = json::id(object).is_some_and(|id| json::same_origin(id, actor));
    own && json::author(object) == Some(actor)
}

/// The local account with this id; nobody follows or blocks the instance's own actor.
pub(crate) async fn account_here(f: &Federation, uri: &str) -> Result<Account, Fault> {
    if !f.app.urls.is_ours(uri) {
        return Err(Fault::odd("it is about somebody elsewhere"));
    }
    let found = db::accounts::find_by_uri(&mut *f.app.conn().await?, uri).await?;
    found
        .filter(|account| account.is_local() && !account.is_instance_actor())
        .ok_or_else(|| Fault::odd("it is about nobody here"))
}

/// `id` and `actor` of the library's trait, which are the same for all.
macro_rules! identity {
    () => {
        fn id(&self) -> &url::Url {
            &self.received.id
        }

        fn actor(&self) -> &url::Url {
            &self.received.actor_id
        }
    };
}
use identity;

/// The library's configuration, made at first use. Nothing is sent or fetched through it.
#[derive(Default)]
pub(crate) struct Library(OnceCell<FederationConfig<Federation>>);

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Library")
    }
}

async fn data(f: &Federation) -> anyhow::Result<Data<Federation>> {
    let config = f.library.0.get_or_try_init(async || {
        // A Federation within it that knows of no library, or they would keep each other alive for ever.
        let inner = Federation { library: std::sync::Arc::default(), ..f.clone() };
        let mut builder = FederationConfig::builder();
        builder.domain(f.app.urls.host()).app_data(inner).client(f.client.connections().into());
        builder.build().await.context("setting up activitypub_federation")
    });
    Ok(config.await?.to_request_data())
}

/// Does what the activity says. Of suspended actors only what takes something away is heard (9.10).
pub(crate) async fn carry_out(f: &Federation, received: Received) -> Result<(), Fault> {
    if received.by.suspended_at.is_some() {
        let kind = json::types(&received.json).next().unwrap_or_default();
        let itself = received.object().is_ok_and(|object| object == received.by.uri);
        if !(matches!(kind, "Delete" | "Undo" | "Reject") || (kind == "Update" && itself)) {
            return Err(Fault::odd("its actor is suspended"));
        }
    }
    let data = data(f).await?;
    Box::pin(dispatch(received, &data)).await
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn only_own_things_are_believed() {
        let actor = "https://a.example/users/b";
        for (id, by, expected) in [
            ("https://a.example/1", value!(actor), true),
            ("https://a.example/1", value!([{"type": "Person", "id": actor}]), true),
            ("https://a.example/1", value!("https://a.example/users/eve"), false),
            ("https://a.example/1", value!(null), false),
            ("https://b.example/1", value!(actor), false),
            ("http://a.example/1", value!(actor), false),
            ("https://a.example.evil.example/1", value!(actor), false),
            ("tag:1", value!(actor), false),
        ] {
            assert_eq!(is_by(&value!({"id": id, "attributedTo": by}), actor), expected, "{id} {by}");
        }
        assert!(is_by(&value!({"id": "https://a.example/1", "actor": actor}), actor));
        let two =
            value!({"id": "https://a.example/1", "attributedTo": [actor, "https://a.example/users/eve"]});
        assert!(!is_by(&two, actor));
        let both = value!({"id": "https://a.example/1", "actor": actor, "attributedTo": "https://a.example/users/eve"});
        assert!(!is_by(&both, actor));
    }

    #[test]
    fn what_is_not_on_the_page_is_ignored() {
        assert!(is_known("Create") && is_known("Flag"));
        assert!(!["", "create", "View", "Bite", "Dislike"].into_iter().any(is_known));
    }
}
