//! JSON from fixed and live parts: the bytes of both, one behind the other.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Utc;
use db::account_states::AccountState;
use db::filters::Context;
use db::polls::PollView;
use db::status_states::{States, StatusState, ViewerState};
use db::{AccountId, StatusId};
use serde::Serialize;
use services::Urls;
use services::filters::{Compiled, Match, options_of};
use text::Folded;

use super::List;
use super::cache::Part;
use crate::entities::{FilterResult, LiveAccount, LiveStatus};

/// About as much as one status takes.
const USUAL: usize = 3_000;

/// The fields of an entity as JSON, without the braces around them.
pub(super) fn fields(entity: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = serde_json::to_vec(entity)?;
    json.pop();
    json.drain(..1);
    Ok(json)
}

/// Writes the last fields of an object that has some already, and its end.
fn end(json: &mut Vec<u8>, live: &impl Serialize) -> serde_json::Result<()> {
    let brace = json.len();
    serde_json::to_writer(&mut *json, live)?;
    json[brace] = b',';
    Ok(())
}

fn account(json: &mut Vec<u8>, state: &AccountState, fixed: &[u8]) -> serde_json::Result<()> {
    json.push(b'{');
    json.extend_from_slice(fixed);
    end(json, &LiveAccount::new(state))
}

/// Accounts as a list, those without a fixed part left out.
pub(super) fn accounts(
    states: &[&AccountState],
    fixed: &HashMap<AccountId, Arc<Part>>,
) -> serde_json::Result<List> {
    let mut list = List { json: vec![b'['], places: Vec::with_capacity(states.len()) };
    for state in states {
        if let Some(fixed) = fixed.get(&state.account_id) {
            let start = list.begin();
            account(&mut list.json, state, &fixed.json)?;
            list.places.push((state.account_id.0, start..list.json.len()));
        }
    }
    list.json.push(b']');
    Ok(list)
}

impl List {
    /// Where the next entity begins.
    fn begin(&mut self) -> usize {
        if !self.places.is_empty() {
            self.json.push(b',');
        }
        self.json.len()
    }
}

/// Everything that a page of statuses is written from.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(super) urls: Arc<Urls>,
    /// Which, and how they are at this moment.
    pub(super) states: States,
    /// Fixed parts; one that is missing was deleted since the states were read.
    pub(super) statuses: HashMap<StatusId, Arc<Part>>,
    /// Of their authors.
    pub(super) accounts: HashMap<AccountId, Arc<Part>>,
    /// What they ask.
    pub(super) polls: HashMap<StatusId, PollView>,
    /// What was typed, where that is shown.
    pub(super) text: Option<String>,
    /// What the viewer filters by, and where the page is shown; `None` where nothing is filtered.
    pub(super) filters: Option<(Arc<Compiled>, Option<Context>)>,
}

impl Page {
    /// The list.
    pub(crate) fn list(&self) -> crate::Result<List> {
        self.write().map_err(super::unwritable)
    }

    /// Makes it that of a viewer who did the same with everything on it, and voted so in all polls.
    pub(crate) fn see_as(&mut self, viewer: ViewerState, votes: &[i16]) {
        self.states.see_as(viewer);
        for poll in self.polls.values_mut() {
            poll.own_votes = votes.to_vec();
        }
    }

    /// From now on, these filters count in this context; whether anything on it matches one.
    pub(crate) fn filter_by(&mut self, filters: Option<(Arc<Compiled>, Option<Context>)>) -> bool {
        self.filters = filters;
        let of = |state: &StatusState| state.reblog_of_id.and_then(|of| self.states.get(of));
        let mut states = self.states.ids().iter().filter_map(|id| self.states.get(*id));
        states.any(|state| !self.filtered(state, of(state)).is_empty())
    }

    fn write(&self) -> serde_json::Result<List> {
        let ids = self.states.ids();
        let mut json = Vec::with_capacity(USUAL * ids.len().max(1));
        json.push(b'[');
        let mut list = List { json, places: Vec::with_capacity(ids.len()) };
        for state in ids.iter().filter_map(|id| self.states.get(*id)) {
            let reblogged = state.reblog_of_id.and_then(|of| self.states.get(of));
            if self.is_whole(state) && reblogged.is_none_or(|of| self.is_whole(of)) {
                let start = list.begin();
                let filtered = self.filtered(state, reblogged);
                let filtered: Vec<FilterResult<'_>> = filtered.iter().map(FilterResult::from).collect();
                self.status(&mut list.json, state, reblogged, self.text.as_deref(), &filtered)?;
                list.places.push((state.id.0, start..list.json.len()));
            }
        }
        list.json.push(b']');
        Ok(list)
    }

    fn is_whole(&self, state: &StatusState) -> bool {
        self.statuses.contains_key(&state.id) && self.accounts.contains_key(&state.account.account_id)
    }

    /// The filters that a status matches, or what it reblogs; nothing that the viewer wrote or reblogged does.
    fn filtered(&self, state: &StatusState, reblogged: Option<&StatusState>) -> Vec<Match<'_>> {
        let is_own = |state: &StatusState| state.viewer.is_some_and(|viewer| viewer.own);
        let Some((filters, context)) = self.filters.as_ref().filter(|(filters, _)| !filters.is_empty())
        else {
            return Vec::new();
        };
        if is_own(state) || reblogged.is_some_and(is_own) {
            return Vec::new();
        }
        let shown = reblogged.unwrap_or(state);
        let Some(part) = self.statuses.get(&shown.id) else { return Vec::new() };
        let options = self.polls.get(&shown.id).map(|view| options_of(&view.poll));
        let texts: Vec<&Folded> = std::iter::once(&part.text).chain(options.as_ref()).collect();
        let ids = [Some(state.id), reblogged.map(|of| of.id)];
        let ids: Vec<StatusId> = ids.into_iter().flatten().collect();
        filters.matches(*context, Utc::now(), &ids, &texts)
    }

    fn status(
        &self,
        json: &mut Vec<u8>,
        state: &StatusState,
        reblogged: Option<&StatusState>,
        text: Option<&str>,
        filtered: &[FilterResult<'_>],
    ) -> serde_json::Result<()> {
        json.push(b'{');
        json.extend_from_slice(&self.statuses[&state.id].json);
        json.extend_from_slice(b",\"account\":");
        account(json, &state.account, &self.accounts[&state.account.account_id].json)?;
        json.extend_from_slice(b",\"reblog\":");
        match reblogged {
            Some(of) => self.status(json, of, None, None, filtered)?,
            None => json.extend_from_slice(b"null"),
        }
        let live = LiveStatus::new(&self.urls, state, reblogged, self.polls.get(&state.id));
        end(json, &live.with_text(text).with_filtered(filtered))
    }
}
