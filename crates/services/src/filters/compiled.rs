//! Filters in the form in which statuses are compared with them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use db::filters::{self, Action, Context, Filter, Rule};
use db::media::{self, Media};
use db::polls::{self, Poll};
use db::statuses::{self, Status};
use db::{AccountId, Conn, StatusId};
use diesel::OptionalExtension;
use diesel::result::QueryResult;
use moka::sync::Cache as Kept;
use streaming::Message;
use text::{Folded, Keywords};
use tokio::sync::OnceCell;

/// The filters of so many viewers are kept.
const KEPT: u64 = 10_000;

/// All that a viewer filters by.
#[derive(Debug, Default)]
pub struct Compiled {
    rules: Vec<CompiledRule>,
    /// The keywords of all rules: most statuses have none of them, which one search tells.
    any: Option<Keywords>,
}

#[derive(Debug)]
struct CompiledRule {
    filter: Filter,
    keywords: Vec<String>,
    search: Option<Keywords>,
    statuses: HashSet<StatusId>,
}

/// Why a filter applies to a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The filter.
    pub filter: &'a Filter,
    /// One of its keywords that the text has.
    pub keyword: Option<&'a str>,
    /// The status, if the filter names it, or what it reblogs.
    pub statuses: Vec<StatusId>,
}

impl Compiled {
    /// From the rows.
    pub fn new(rules: Vec<Rule>) -> Self {
        let all = rules.iter().flat_map(|rule| &rule.keywords);
        let any = Keywords::new(all.map(|(keyword, whole)| (keyword.as_str(), *whole)));
        let rules = rules.into_iter().map(|rule| CompiledRule {
            filter: rule.filter,
            search: Keywords::new(rule.keywords.iter().map(|(keyword, whole)| (keyword.as_str(), *whole))),
            keywords: rule.keywords.into_iter().map(|(keyword, _)| keyword).collect(),
            statuses: rule.statuses.into_iter().collect(),
        });
        Self { rules: rules.collect(), any }
    }

    /// Whether nothing is ever filtered.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The filters that apply in a context (`None` for any) to a status with these ids (its own, and that of
    /// what it reblogs) and texts. Who calls sees to it that nobody's own statuses are filtered.
    pub fn matches<'a>(
        &'a self,
        context: Option<Context>,
        now: DateTime<Utc>,
        ids: &[StatusId],
        texts: &[&Folded],
    ) -> Vec<Match<'a>> {
        let has_keyword = self.any.as_ref().is_some_and(|any| texts.iter().any(|text| any.is_in(text)));
        let active = self.rules.iter().filter(|rule| {
            !rule.filter.is_over(now) && context.is_none_or(|context| rule.filter.contexts.contains(context))
        });
        active
            .filter_map(|rule| {
                let search = rule.search.as_ref().filter(|_| has_keyword);
                let place = search.and_then(|search| texts.iter().find_map(|text| search.find(text)));
                let keyword = place.and_then(|place| rule.keywords.get(place)).map(String::as_str);
                let statuses: Vec<_> = ids.iter().copied().filter(|id| rule.statuses.contains(id)).collect();
                let applies = keyword.is_some() || !statuses.is_empty();
                applies.then_some(Match { filter: &rule.filter, keyword, statuses })
            })
            .collect()
    }
}

/// The text of a status in which keywords are looked for, with the descriptions of its media; the options of a
/// poll ([`options_of`]) are another. Of a reblog, those of what it reblogs count.
pub fn text_of<'a>(status: &Status, media: impl IntoIterator<Item = &'a Media>) -> Folded {
    let content = text::plain(&status.content);
    let descriptions: Vec<&str> =
        media.into_iter().filter_map(|media| media.description.as_deref()).collect();
    Folded::new([&[status.spoiler_text.as_str(), content.as_str()], descriptions.as_slice()].concat())
}

/// The text of a poll in which keywords are looked for.
pub fn options_of(poll: &Poll) -> Folded {
    Folded::new(poll.options.iter().map(String::as_str))
}

/// The filters of viewers who came lately.
///
/// A viewer's place is made before its filters are read, and is taken away when they change: whoever was
/// reading them at that moment fills a place that nobody finds any more.
#[derive(Clone, Debug)]
pub struct Cache(Kept<AccountId, Arc<OnceCell<Arc<Compiled>>>>);

impl Default for Cache {
    fn default() -> Self {
        Self(Kept::new(KEPT))
    }
}

impl Cache {
    /// Drops what may be stale after this was said on the bus.
    pub fn hear(&self, message: &Message) {
        match message {
            Message::FiltersChanged { account } => self.forget(AccountId(*account)),
            Message::Missed => self.0.invalidate_all(),
            _ => {}
        }
    }

    /// What a viewer filters by: one query, or none when it is kept.
    pub async fn of_viewer(&self, conn: &mut Conn, viewer: AccountId) -> QueryResult<Arc<Compiled>> {
        let place = self.0.get_with(viewer, Arc::default);
        let load = async || Ok(Arc::new(Compiled::new(filters::rules(conn, viewer).await?)));
        place.get_or_try_init(load).await.cloned()
    }

    /// What many viewers filter by, those left out that filter nothing: one query at most.
    pub async fn of_viewers(
        &self,
        conn: &mut Conn,
        viewers: &[AccountId],
    ) -> QueryResult<HashMap<AccountId, Arc<Compiled>>> {
        let mut found = HashMap::new();
        let mut missing = HashMap::new();
        for viewer in viewers {
            let place = self.0.get_with(*viewer, Arc::default);
            match place.get() {
                Some(compiled) => drop(found.insert(*viewer, Arc::clone(compiled))),
                None => drop(missing.insert(*viewer, place)),
            }
        }
        if !missing.is_empty() {
            let unknown: Vec<AccountId> = missing.keys().copied().collect();
            let mut rules = filters::rules_of(conn, &unknown).await?;
            for (viewer, place) in missing {
                let compiled = Arc::new(Compiled::new(rules.remove(&viewer).unwrap_or_default()));
                // Who filled it meanwhile read no less than this.
                let _ = place.set(Arc::clone(&compiled));
                found.insert(viewer, compiled);
            }
        }
        found.retain(|_, compiled| !compiled.is_empty());
        Ok(found)
    }

    pub(super) fn forget(&self, account: AccountId) {
        self.0.invalidate(&account);
    }
}

/// Whether an account has filters that keep it from being notified of a status.
pub async fn hides_notification(conn: &mut Conn, account: AccountId, status: StatusId) -> QueryResult<bool> {
    if !filters::may_hide_notifications(conn, account).await? {
        return Ok(false);
    }
    let Some(status) = statuses::find(conn, status).await.optional()? else { return Ok(false) };
    if status.account_id == account {
        return Ok(false);
    }
    let media = media::load_for(conn, &[status.id]).await?;
    let mut texts = vec![text_of(&status, media.values().flatten())];
    if status.has_poll {
        texts.push(options_of(&polls::find(conn, status.id).await?));
    }
    let texts: Vec<&Folded> = texts.iter().collect();
    let compiled = Compiled::new(filters::rules(conn, account).await?);
    let matches = compiled.matches(Some(Context::Notifications), Utc::now(), &[status.id], &texts);
    Ok(matches.iter().any(|found| found.filter.action == Action::Hide))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use db::FilterId;

    use super::*;

    fn rule(id: i64, contexts: &[Context], keywords: &[&str], statuses: &[i64]) -> Rule {
        Rule {
            filter: Filter {
                id: FilterId(id),
                title: format!("Filter {id}"),
                contexts: contexts.iter().copied().collect(),
                action: Action::Warn,
                expires_at: None,
            },
            keywords: keywords.iter().map(|&keyword| (keyword.to_owned(), true)).collect(),
            statuses: statuses.iter().copied().map(StatusId).collect(),
        }
    }

    fn found(
        compiled: &Compiled,
        context: Option<Context>,
        ids: &[i64],
        text: &str,
    ) -> Vec<(i64, bool, usize)> {
        let ids: Vec<StatusId> = ids.iter().copied().map(StatusId).collect();
        let matches = compiled.matches(context, Utc::now(), &ids, &[&Folded::new([text])]);
        matches
            .iter()
            .map(|found| (found.filter.id.0, found.keyword.is_some(), found.statuses.len()))
            .collect()
    }

    #[test]
    fn each_filter_applies_for_its_own_reasons() {
        let home = Some(Context::Home);
        let compiled = Compiled::new(vec![
            rule(1, &[Context::Home], &["cats", "dogs"], &[]),
            rule(2, &[Context::Home, Context::Thread], &["dogs"], &[7]),
            rule(3, &[Context::Thread], &["cats"], &[8]),
            rule(4, &[Context::Home], &[], &[8]),
        ]);
        assert_eq!(found(&compiled, home, &[1], "nothing of that"), []);
        assert_eq!(found(&compiled, home, &[1], "CATS!"), [(1, true, 0)]);
        assert_eq!(found(&compiled, home, &[7], "dogs"), [(1, true, 0), (2, true, 1)]);
        assert_eq!(found(&compiled, home, &[9, 8], "a reblog of 8"), [(4, false, 1)]);
        assert_eq!(found(&compiled, Some(Context::Thread), &[8], "cats"), [(3, true, 1)]);
        assert_eq!(found(&compiled, Some(Context::Public), &[8], "cats"), []);
        assert_eq!(found(&compiled, None, &[1], "cats"), [(1, true, 0), (3, true, 0)]);
    }

    #[test]
    fn the_keyword_is_named_as_it_was_written() {
        let compiled = Compiled::new(vec![rule(1, &[Context::Home], &["Dogs", "CaTs"], &[])]);
        let text = Folded::new(["cats"]);
        let matches = compiled.matches(None, Utc::now(), &[], &[&text]);
        assert_eq!(matches.first().and_then(|found| found.keyword), Some("CaTs"));
    }

    #[test]
    fn a_filter_ends() {
        let mut ending = rule(1, &[Context::Home], &["cats"], &[]);
        let now = Utc::now();
        ending.filter.expires_at = Some(now + TimeDelta::seconds(1));
        let compiled = Compiled::new(vec![ending]);
        let text = Folded::new(["cats"]);
        assert_eq!(compiled.matches(None, now, &[], &[&text]).len(), 1);
        assert_eq!(compiled.matches(None, now + TimeDelta::seconds(1), &[], &[&text]).len(), 0);
    }

    #[test]
    fn what_is_forgotten_is_not_filled_by_who_was_reading() {
        let cache = Cache::default();
        let place = cache.0.get_with(AccountId(1), Arc::default);
        cache.hear(&Message::FiltersChanged { account: 2 });
        assert!(Arc::ptr_eq(&place, &cache.0.get_with(AccountId(1), Arc::default)));
        cache.hear(&Message::FiltersChanged { account: 1 });
        assert!(!Arc::ptr_eq(&place, &cache.0.get_with(AccountId(1), Arc::default)));
        cache.hear(&Message::Missed);
        assert!(cache.0.get(&AccountId(1)).is_none());
    }
}
