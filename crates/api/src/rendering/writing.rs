//! JSON from fixed and live parts: the bytes of both, one behind the other.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Utc;
use db::account_states::AccountState;
use db::cards::Card;
use db::filters::Context;
use db::polls::PollView;
use db::quotes::{Seen, Shown};
use db::reactions::{Emoji, Tally};
use db::status_states::{States, StatusState, ViewerState};
use db::{AccountId, StatusId};
use serde::Serialize;
use services::Urls;
use services::filters::{Compiled, Match, options_of};
use text::Folded;

use super::List;
use super::cache::Part;
use crate::entities::{FilterResult, Id, LiveAccount, LiveStatus, PreviewCard, ShallowQuote, StatusReaction};
use crate::rendering::Rendered;

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
    /// Of their authors, and of those of the pages that they link to.
    pub(super) accounts: HashMap<AccountId, Arc<Part>>,
    /// The authors of those pages.
    pub(super) writers: HashMap<AccountId, AccountState>,
    /// Who reads it, where it is one only.
    pub(super) viewer: Option<AccountId>,
    /// What they ask.
    pub(super) polls: HashMap<StatusId, PollView>,
    /// How their quotes stand, and those of what they quote.
    pub(super) quotes: HashMap<StatusId, Seen>,
    /// How one of them stands for somebody else than it was read for.
    pub(super) shown: Option<(StatusId, Shown)>,
    /// The emoji below them; of a reblog, below what it reblogs.
    pub(super) reactions: HashMap<StatusId, Vec<Tally>>,
    /// What was typed, where that is shown.
    pub(super) text: Option<String>,
    /// What the viewer filters by, and where the page is shown; `None` where nothing is filtered.
    pub(super) filters: Option<(Arc<Compiled>, Option<Context>)>,
}

/// What somebody did with a status that several see, in its polls, below it, and with what it quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct AsSeen {
    pub(crate) state: ViewerState,
    pub(crate) votes: Vec<i16>,
    /// What it reacted with.
    pub(crate) reactions: Vec<Emoji>,
    /// What it did with what is quoted.
    pub(crate) quoted: ViewerState,
    /// How the quote stands for it, if not simply accepted.
    pub(crate) shown: Option<Shown>,
}

impl Page {
    /// The list.
    pub(crate) fn list(&self) -> crate::Result<List> {
        self.write().map_err(super::unwritable)
    }

    /// What the status quotes that is the only one of the page, if anybody may be shown that.
    pub(crate) fn quoted(&self) -> Option<(StatusId, StatusId)> {
        let state = self.states.ids().first().and_then(|id| self.states.get(*id))?;
        let quoting = state.reblog_of_id.unwrap_or(state.id);
        let seen = self.quotes.get(&quoting).filter(|seen| seen.shown.has_status())?;
        Some((quoting, seen.quoted?))
    }

    /// From now on, what is quoted by what is quoted stands as everybody may see it.
    pub(crate) fn nest(&mut self, open: HashMap<StatusId, Seen>) {
        let quoting = self.quoted().map(|(quoting, _)| quoting);
        self.quotes.extend(open.into_iter().filter(|(id, _)| Some(*id) != quoting));
    }

    /// Makes the only status of the page that of a viewer who did this.
    pub(crate) fn see_as(&mut self, seen: &AsSeen) {
        let quoted = self.quoted();
        self.viewer = None;
        self.states.see_as(seen.state, quoted.map(|(_, quoted)| (quoted, seen.quoted)));
        for (id, poll) in &mut self.polls {
            let is_quoted = quoted.is_some_and(|(_, quoted)| quoted == *id);
            poll.own_votes = if is_quoted { Vec::new() } else { seen.votes.clone() };
        }
        for (id, tallies) in &mut self.reactions {
            let is_quoted = quoted.is_some_and(|(_, quoted)| quoted == *id);
            for tally in tallies {
                tally.me = !is_quoted && seen.reactions.contains(&tally.emoji);
            }
        }
        self.shown = quoted.map(|(quoting, _)| (quoting, seen.shown.unwrap_or(Shown::Accepted)));
    }

    /// From now on, these filters count in this context; whether anything on it matches one.
    pub(crate) fn filter_by(&mut self, filters: Option<(Arc<Compiled>, Option<Context>)>) -> bool {
        self.filters = filters;
        let of = |state: &StatusState| state.reblog_of_id.and_then(|of| self.states.get(of));
        let quoted = self.quoted().and_then(|(_, quoted)| self.states.get(quoted));
        let mut states = self.states.ids().iter().filter_map(|id| self.states.get(*id)).chain(quoted);
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
                self.status(&mut list.json, state, reblogged, self.text.as_deref(), &filtered, false)?;
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

    /// A card whose author has an account.
    fn card(&self, json: &mut Vec<u8>, card: &Card) -> serde_json::Result<()> {
        let agrees = card.content.author_agrees;
        let writer = card.content.author_account_id;
        let is_missed = !agrees && writer.is_some() && self.viewer == writer;
        let writer = writer.filter(|_| agrees);
        let state = writer.and_then(|id| self.writers.get(&id)).filter(|state| !state.is_gone);
        let mut written = Vec::new();
        if let Some((state, fixed)) = state.zip(writer.and_then(|id| self.accounts.get(&id))) {
            account(&mut written, state, &fixed.json)?;
        }
        let account = (!written.is_empty()).then(|| Rendered::new(&written));
        serde_json::to_writer(json, &PreviewCard::new(&self.urls, card).by(account, is_missed))
    }

    fn status(
        &self,
        json: &mut Vec<u8>,
        state: &StatusState,
        reblogged: Option<&StatusState>,
        text: Option<&str>,
        filtered: &[FilterResult<'_>],
        is_quoted: bool,
    ) -> serde_json::Result<()> {
        let fixed = &self.statuses[&state.id];
        json.push(b'{');
        json.extend_from_slice(&fixed.json);
        if let Some(by_account) = &fixed.card {
            json.extend_from_slice(b",\"card\":");
            self.card(json, by_account)?;
        }
        json.extend_from_slice(b",\"account\":");
        account(json, &state.account, &self.accounts[&state.account.account_id].json)?;
        json.extend_from_slice(b",\"reblog\":");
        match reblogged {
            Some(of) => self.status(json, of, None, None, filtered, is_quoted)?,
            None => json.extend_from_slice(b"null"),
        }
        json.extend_from_slice(b",\"quote\":");
        self.quote(json, state, is_quoted, text.is_some())?;
        let live = LiveStatus::new(&self.urls, state, reblogged, self.polls.get(&state.id));
        let tallies = self.reactions.get(&reblogged.unwrap_or(state).id).map_or(&[][..], Vec::as_slice);
        let reactions: Vec<StatusReaction> =
            tallies.iter().map(|tally| StatusReaction::new(&self.urls, tally)).collect();
        end(json, &live.with_text(text).with_filtered(filtered).with_reactions(&reactions))
    }

    /// The quote in a status; of one that is quoted itself, its id alone (`ShallowQuote`). `is_last` for an author
    /// who deletes the status and may write it anew: what it quotes comes along however the quote stands.
    fn quote(
        &self,
        json: &mut Vec<u8>,
        state: &StatusState,
        is_quoted: bool,
        is_last: bool,
    ) -> serde_json::Result<()> {
        let Some(seen) = self.quotes.get(&state.id).filter(|_| state.has_quote) else {
            json.extend_from_slice(b"null");
            return Ok(());
        };
        let other = self.shown.filter(|(id, _)| *id == state.id).map(|(_, shown)| shown);
        let shown = other.unwrap_or(seen.shown);
        let quoted = seen.quoted.filter(|_| shown.has_status() || is_last);
        if is_quoted {
            let id = quoted.map(|id| Id(id.0));
            return serde_json::to_writer(
                json,
                &ShallowQuote { state: shown.as_str(), quoted_status_id: id },
            );
        }
        let quoted = quoted.and_then(|id| self.states.get(id)).filter(|quoted| self.is_whole(quoted));
        let shown = if shown.has_status() && quoted.is_none() { Shown::Unauthorized } else { shown };
        json.extend_from_slice(b"{\"state\":\"");
        json.extend_from_slice(shown.as_str().as_bytes());
        json.extend_from_slice(b"\",\"quoted_status\":");
        match quoted {
            Some(quoted) => {
                let filtered = self.filtered(quoted, None);
                let filtered: Vec<FilterResult<'_>> = filtered.iter().map(FilterResult::from).collect();
                self.status(json, quoted, None, None, &filtered, true)?;
            }
            None => json.extend_from_slice(b"null"),
        }
        json.push(b'}');
        Ok(())
    }

    /// The quote in one of the page, as an entity of its own.
    pub(super) fn quote_of(&self, id: StatusId) -> serde_json::Result<Option<Vec<u8>>> {
        let Some(state) = self.states.get(id).filter(|state| self.quotes.contains_key(&state.id)) else {
            return Ok(None);
        };
        let mut json = Vec::new();
        self.quote(&mut json, state, false, false)?;
        Ok(Some(json))
    }
}
