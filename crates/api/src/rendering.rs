//! Statuses and accounts as JSON: the one place where their entities are put together, for every answer and
//! every stream.
//!
//! An entity has two parts. The fixed one ([`FixedStatus`](crate::entities::FixedStatus),
//! [`FixedAccount`](crate::entities::FixedAccount)) is the same for all viewers: it is written to JSON once and
//! kept here, in memory, under the version of its row. The live one
//! ([`LiveStatus`](crate::entities::LiveStatus), [`LiveAccount`](crate::entities::LiveAccount)) is made for each
//! answer and written behind it.
//!
//! Nothing is served from memory on trust. Each answer begins with one query (`db::status_states`) that decides
//! what the viewer may see and reads counters, the viewer's flags and the versions of all rows in the same
//! snapshot; what is kept under another version is read and written anew. So an edit, a deletion, a block, a
//! suspension or a change of privacy shows in the next answer of every process, and no message has to arrive
//! for that.
//!
//! # The rule for whoever adds something
//!
//! A field may stand in a fixed part only if each change of it writes the row of its status (or account): the
//! version is PostgreSQL's `xmin`. For what hangs on other rows, triggers write it: media, mentions, tags, handles
//! of mentioned accounts, the role of a user (migration 000100), cards (migration 008001). Show something of another table there, and you
//! add such a trigger in the migration, and a case in `tests/tests/api/freshness.rs`. Custom emoji stand in too many
//! rows: whoever changes one says [`streaming::Message::EmojisChanged`], which begins a new epoch in every process.
//! Everything else is a field of a live part; what it needs is read for the whole page, by a column of
//! `db::status_states` or by one more query in [`Renderer::finish`].
//!
//! What is rendered must be committed: within a transaction, a version can be seen twice with different content.

mod cache;
mod writing;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use db::account_states::{self, AccountState};
use db::account_views::{self, AccountView};
use db::filters::Context;
use db::quotes::{self, Seen};
use db::status_states::{Reading, States};
use db::status_views::StatusBody;
use db::{AccountId, Conn, StatusId, polls, reactions, status_views};
use http::{HeaderValue, header};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use services::{App, Urls};

use crate::entities::{FixedAccount, FixedStatus};
use crate::{Error, Result};
use cache::{Cache, Key, Part};
use writing::fields;

pub(crate) use writing::{AsSeen, Page};

/// Puts entities together; one for the process, cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Renderer {
    cache: Cache,
    urls: Arc<Urls>,
    hub: streaming::Hub,
    filters: services::filters::Cache,
    context: Option<Context>,
}

/// Entities of a list as JSON, in order, each to be had by its id.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// `[{…},{…}]`.
    json: Vec<u8>,
    places: Vec<(i64, Range<usize>)>,
}

/// An entity as JSON, to be put into another one.
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a>(&'a [u8]);

impl<'a> Rendered<'a> {
    /// Of text that is JSON.
    pub fn new(json: &'a [u8]) -> Self {
        Self(json)
    }
}

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_slice(self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(to)
    }
}

impl Default for List {
    fn default() -> Self {
        Self { json: b"[]".to_vec(), places: Vec::new() }
    }
}

impl List {
    /// The entity with this id, if it is among them.
    pub(crate) fn get(&self, id: i64) -> Option<Rendered<'_>> {
        let (_, place) = self.places.iter().find(|(known, _)| *known == id)?;
        Some(Rendered(&self.json[place.clone()]))
    }

    /// All of them, in order, with their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, Rendered<'_>)> {
        self.places.iter().map(|(id, place)| (*id, Rendered(&self.json[place.clone()])))
    }

    /// As a Context (<https://docs.joinmastodon.org/entities/Context/>): what stands before one of them, which is
    /// left out, and what stands behind it; 404 when it is not among them.
    pub(crate) fn context_of(self, id: i64) -> Result<Written> {
        let at = self.places.iter().position(|(known, _)| *known == id).ok_or_else(Error::not_found)?;
        let (above, below) = (&self.places[..at], &self.places[at + 1..]);
        let span = |places: &[(i64, Range<usize>)]| match (places.first(), places.last()) {
            (Some((_, first)), Some((_, last))) => first.start..last.end,
            _ => 0..0,
        };
        let parts: [&[u8]; 5] = [
            b"{\"ancestors\":[",
            &self.json[span(above)],
            b"],\"descendants\":[",
            &self.json[span(below)],
            b"]}",
        ];
        Ok(Written(parts.concat()))
    }

    /// The first one alone, or 404.
    pub(crate) fn one(self) -> Result<Written> {
        let (_, place) = self.places.into_iter().next().ok_or_else(Error::not_found)?;
        let mut json = self.json;
        json.truncate(place.end);
        json.drain(..place.start);
        Ok(Written(json))
    }
}

/// An answer that is JSON already.
#[derive(Clone, Debug)]
pub(crate) struct Written(Vec<u8>);

impl Written {
    /// As text, for streams.
    pub(crate) fn into_string(self) -> Result<String> {
        Ok(String::from_utf8(self.0).map_err(anyhow::Error::new)?)
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let content_type = HeaderValue::from_static("application/json; charset=utf-8");
        ([(header::CONTENT_TYPE, content_type)], self.0).into_response()
    }
}

impl IntoResponse for List {
    fn into_response(self) -> Response {
        Written(self.json).into_response()
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    anyhow::Error::new(error).context("An entity cannot be written").into()
}

impl Renderer {
    /// With an empty cache of the configured size.
    pub(crate) fn new(app: &App) -> Self {
        let cache = Cache::new(u64::from(app.config.cache.entities_mb) << 20);
        let (urls, hub, filters) = (Arc::clone(&app.urls), app.hub.clone(), app.filters.clone());
        Self { cache, urls, hub, filters, context: None }
    }

    /// For what is shown in this context: only the viewer's filters for it count. Without one, all of them do.
    #[must_use]
    pub(crate) fn within(&self, context: Context) -> Self {
        Self { context: Some(context), ..self.clone() }
    }

    /// The statuses that the viewer may see, in the order of `ids`: one query when all are kept.
    pub(crate) async fn statuses(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        ids: &[StatusId],
    ) -> Result<List> {
        self.load(conn, viewer, ids).await?.list()
    }

    /// One status, or 404 when the viewer may not see it.
    pub(crate) async fn status(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        id: StatusId,
    ) -> Result<Written> {
        self.statuses(conn, viewer, &[id]).await?.one()
    }

    /// One status of the viewer's with what was typed, before it is deleted.
    pub(crate) async fn status_with_text(
        &self,
        conn: &mut Conn,
        viewer: AccountId,
        id: StatusId,
        text: String,
    ) -> Result<Written> {
        let page = self.load(conn, Some(viewer), &[id]).await?;
        Page { text: Some(text), ..page }.list()?.one()
    }

    /// The quote in a status as an entity of its own, for its history; `None` when there is none.
    pub(crate) async fn quote(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        id: StatusId,
    ) -> Result<Option<Vec<u8>>> {
        self.load(conn, viewer, &[id]).await?.quote_of(id).map_err(unwritable)
    }

    /// As [`Renderer::statuses`], not written yet: for those who write it several times.
    pub(crate) async fn load(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        ids: &[StatusId],
    ) -> Result<Page> {
        let states = States::load(conn, viewer, ids, Reading::Named).await?;
        self.finish(conn, viewer, states).await
    }

    /// The statuses of the thread around `of` that the viewer may, and wants to, see, in the order of `ids`.
    pub(crate) async fn thread(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        of: StatusId,
        ids: &[StatusId],
    ) -> Result<List> {
        let states = States::load(conn, viewer, ids, Reading::Thread(of)).await?;
        self.within(Context::Thread).finish(conn, viewer, states).await?.list()
    }

    /// A page whose states were read just now: with everything else that it is written from.
    pub(crate) async fn finish(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        states: States,
    ) -> Result<Page> {
        let (states, quotes) = with_quoted(conn, viewer, states).await?;
        let statuses = self.fixed_statuses(conn, viewer, &states).await?;
        let writers: Vec<AccountId> =
            statuses.values().filter_map(|part| part.card.as_ref()?.content.author_account_id).collect();
        let writers = account_states::load(conn, &writers).await?;
        let people = states.all().map(|state| &state.account).chain(writers.values());
        let accounts = self.fixed_accounts(conn, people).await?;
        let polls = polls::load_for(conn, viewer, &states.with_polls()).await?;
        let reactions = reactions::load_for(conn, viewer, &states.with_reactions()).await?;
        let filters = match viewer {
            Some(viewer) => Some((self.filters.of_viewer(conn, viewer).await?, self.context)),
            None => None,
        };
        let urls = Arc::clone(&self.urls);
        let (shown, text) = (None, None);
        Ok(Page {
            urls,
            states,
            statuses,
            accounts,
            writers,
            viewer,
            polls,
            quotes,
            shown,
            reactions,
            text,
            filters,
        })
    }

    /// Accounts in the order of `ids`, without those that do not exist, are suspended, or are on a blocked
    /// instance: one query when all are kept.
    pub(crate) async fn accounts(&self, conn: &mut Conn, ids: &[AccountId]) -> Result<List> {
        let states = account_states::load(conn, ids).await?;
        let shown = |state: &&AccountState| !state.is_gone;
        let ordered: Vec<&AccountState> = ids.iter().filter_map(|id| states.get(id)).filter(shown).collect();
        self.account_list(conn, &ordered).await
    }

    /// Accounts whose states were read just now.
    pub(crate) async fn account_list(&self, conn: &mut Conn, states: &[&AccountState]) -> Result<List> {
        let accounts = self.fixed_accounts(conn, states.iter().copied()).await?;
        writing::accounts(states, &accounts).map_err(unwritable)
    }

    async fn fixed_statuses(
        &self,
        conn: &mut Conn,
        viewer: Option<AccountId>,
        states: &States,
    ) -> Result<HashMap<StatusId, Arc<Part>>> {
        let epoch = self.hub.epoch();
        let mut found = HashMap::new();
        let mut missing = HashMap::new();
        for state in states.all() {
            match self.cache.get(Key::Status(state.id), state.version, epoch) {
                Some(part) => drop(found.insert(state.id, part)),
                None => drop(missing.insert(state.id, state.version)),
            }
        }
        let ids: Vec<StatusId> = missing.keys().copied().collect();
        for body in status_views::bodies(conn, viewer, &ids).await? {
            let id = body.status.id;
            let part = Arc::new(fixed_status(&self.urls, &body).map_err(unwritable)?);
            // What was read since may be newer than this version, never older, and is not found under a newer one.
            if let Some(version) = missing.get(&id) {
                self.cache.keep(Key::Status(id), *version, epoch, &part);
            }
            found.insert(id, part);
        }
        Ok(found)
    }

    async fn fixed_accounts(
        &self,
        conn: &mut Conn,
        states: impl Iterator<Item = &AccountState>,
    ) -> Result<HashMap<AccountId, Arc<Part>>> {
        let epoch = self.hub.epoch();
        let mut found = HashMap::new();
        let mut missing = HashMap::new();
        for state in states {
            let id = state.account_id;
            if found.contains_key(&id) || missing.contains_key(&id) {
                continue;
            }
            match self.cache.get(Key::Account(id), state.account_version, epoch) {
                Some(part) => drop(found.insert(id, part)),
                None => drop(missing.insert(id, state.account_version)),
            }
        }
        let ids: Vec<AccountId> = missing.keys().copied().collect();
        for (id, view) in account_views::load(conn, &ids).await? {
            let part = Arc::new(fixed_account(&self.urls, &view).map_err(unwritable)?);
            if let Some(version) = missing.get(&id) {
                self.cache.keep(Key::Account(id), *version, epoch, &part);
            }
            found.insert(id, part);
        }
        Ok(found)
    }
}

/// The page with what is quoted on it, and how the quotes stand; nothing is asked where nothing is quoted.
async fn with_quoted(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    states: States,
) -> Result<(States, HashMap<StatusId, Seen>)> {
    let quoting = states.with_quotes();
    let quotes = quotes::load_seen(conn, viewer, &quoting).await?;
    let targets = quoting.iter().filter_map(|id| quotes.get(id)?.quoted);
    let mut missing: Vec<StatusId> = targets.filter(|id| states.get(*id).is_none()).collect();
    missing.sort_unstable();
    missing.dedup();
    let others = States::load(conn, viewer, &missing, Reading::Named).await?;
    Ok((states.beside(others), quotes))
}

fn fixed_status(urls: &Urls, body: &StatusBody) -> serde_json::Result<Part> {
    let text = services::filters::text_of(&body.status, &body.media);
    let card = body.card.clone().filter(|card| card.content.author_account_id.is_some()).map(Box::new);
    Ok(Part { json: fields(&FixedStatus::new(urls, body))?, text, card })
}

fn fixed_account(urls: &Urls, view: &AccountView) -> serde_json::Result<Part> {
    Ok(Part { json: fields(&FixedAccount::new(urls, view))?, ..Part::default() })
}

/// A status from its parts, as [`Page::list`] writes it.
#[cfg(test)]
pub(crate) fn rendered(
    urls: &Urls,
    bodies: &[StatusBody],
    author: &AccountView,
    status: db::status_states::StatusState,
    reblogged: Option<db::status_states::StatusState>,
) -> serde_json::Value {
    let statuses =
        bodies.iter().filter_map(|body| Some((body.status.id, Arc::new(fixed_status(urls, body).ok()?))));
    let account = Arc::new(fixed_account(urls, author).unwrap_or_default());
    let shown = States::new(vec![status.id], std::iter::once(status).chain(reblogged));
    let page = Page {
        urls: Arc::new(urls.clone()),
        states: shown,
        statuses: statuses.collect(),
        accounts: HashMap::from([(author.account.id, account)]),
        writers: HashMap::new(),
        viewer: None,
        polls: HashMap::new(),
        reactions: HashMap::new(),
        quotes: HashMap::new(),
        shown: None,
        text: None,
        filters: None,
    };
    let list = page.list().map(|list| list.json).unwrap_or_default();
    let list: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap_or_default();
    list.into_iter().next().unwrap_or_default()
}
