//! Telling of statuses: new, changed, gone.
//!
//! A status is loaded and written once, and one query says who of those who listen may see it and wants to.
//! Who did something with it before (favourited what is edited now, say) gets a text of its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use db::filters::Context;
use db::status_states;
use db::status_views::{self, StatusView};
use db::{AccountId, Conn, ListId, StatusId, Visibility, feeds, lists, polls, quotes, reactions};
use services::filters::Compiled;
use streaming::{Frame, Hub, Message, Origin, Topic};
use tokio::sync::mpsc::Receiver;

use crate::rendering::{AsSeen as Seen, Page};
use crate::{ApiState, Result};

/// Messages that are taken at once.
const AT_ONCE: usize = 64;

/// Tells of statuses, one after the other, in the order in which they are heard.
pub(super) async fn tell(state: &ApiState, mut news: Receiver<Message>) {
    let mut heard = Vec::new();
    while news.recv_many(&mut heard, AT_ONCE).await > 0 {
        for message in merged(heard.drain(..)) {
            tell_of(state, message).await;
        }
    }
}

/// Messages on one status that differ in their readers alone, since one message holds only so many of them,
/// become one.
fn merged(heard: impl Iterator<Item = Message>) -> Vec<Message> {
    let mut merged: Vec<Message> = Vec::new();
    for message in heard {
        match (merged.last_mut(), message) {
            (
                Some(Message::Published { status, readers, open, first, .. }),
                Message::Published { status: same, readers: mut more, open: too, first: begins, .. },
            ) if *status == same => {
                readers.append(&mut more);
                *open |= too;
                *first |= begins;
            }
            (_, message) => merged.push(message),
        }
    }
    merged
}

async fn tell_of(state: &ApiState, message: Message) {
    let told = match message {
        Message::Published { status, author, readers, open, first, .. } => {
            let update =
                Update { status: StatusId(status), author: AccountId(author), event: "update", open };
            published(state, update, &readers, first).await
        }
        Message::Edited { status, author } => edited(state, StatusId(status), AccountId(author)).await,
        Message::Deleted { status, authors, open } => deleted(state, status, authors, open).await,
        _ => Ok(()),
    };
    if told.is_err() {
        // Its cause was logged where it became an answer.
        tracing::warn!("Listeners were not told of a status");
    }
}

/// Lists are asked once for each status, whoever its readers at home are.
async fn published(state: &ApiState, update: Update, readers: &[i64], first: bool) -> Result<()> {
    let homes = state.app.hub.at_home(readers);
    let lists = if first { containing(state, update.status).await? } else { Vec::new() };
    update.tell(state, homes, lists).await
}

async fn edited(state: &ApiState, status: StatusId, author: AccountId) -> Result<()> {
    let homes = concerned(state, status, &[author]).await?;
    let lists = containing(state, status).await?;
    Update { status, author, event: "status.update", open: true }.tell(state, homes, lists).await
}

/// The lists that somebody listens to.
fn listened(hub: &Hub) -> Vec<ListId> {
    hub.topics(|topic| match topic {
        Topic::List(list) => Some(ListId(*list)),
        _ => None,
    })
}

/// Those of them that contain a status.
async fn containing(state: &ApiState, status: StatusId) -> Result<Vec<ListId>> {
    let lists = listened(&state.app.hub);
    if lists.is_empty() {
        return Ok(lists);
    }
    Ok(lists::containing(&mut *state.app.conn().await?, status, &lists).await?)
}

/// Who listens at home and may have a status there from these authors.
async fn concerned(state: &ApiState, status: StatusId, authors: &[AccountId]) -> Result<Vec<i64>> {
    let at_home = |topic: &Topic| match topic {
        Topic::Home(account) => Some(AccountId(*account)),
        _ => None,
    };
    let accounts = state.app.hub.topics(at_home);
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let mut conn = state.app.conn().await?;
    let concerned = feeds::concerned(&mut conn, status, authors, &accounts).await?;
    Ok(concerned.into_iter().map(|account| account.0).collect())
}

/// The bare id says nothing of what it was, so it needs no further question.
async fn deleted(state: &ApiState, status: i64, authors: Vec<i64>, open: bool) -> Result<()> {
    let hub = &state.app.hub;
    let authors: Vec<AccountId> = authors.into_iter().map(AccountId).collect();
    let homes = concerned(state, StatusId(status), &authors).await?;
    let public = hub.topics(|topic| (open && topic.is_public()).then(|| topic.clone()));
    let mut lists = listened(hub);
    if !lists.is_empty() {
        lists = lists::with_members(&mut *state.app.conn().await?, &lists, &authors).await?;
    }
    let lists = lists.into_iter().map(|list| Topic::List(list.0));
    let payload: Arc<str> = status.to_string().into();
    for topic in homes.into_iter().map(Topic::Home).chain(lists).chain(public) {
        let frames = Frames::new(&topic, "delete", Arc::clone(&payload));
        hub.send(&topic, |_, spelt| Some(frames.with(spelt, None)));
    }
    Ok(())
}

/// A status that some are to see.
struct Update {
    status: StatusId,
    author: AccountId,
    event: &'static str,
    /// Whether public streams may show it.
    open: bool,
}

impl Update {
    /// Tells those at home, those of lists, and those on public streams whom it concerns.
    async fn tell(&self, state: &ApiState, homes: Vec<i64>, lists: Vec<ListId>) -> Result<()> {
        let hub = &state.app.hub;
        if homes.is_empty() && lists.is_empty() && !(self.open && hub.has_public()) {
            return Ok(());
        }
        let mut conn = state.app.conn().await?;
        let views = status_views::load(&mut conn, Some(self.author), &[self.status]).await?;
        let Some(view) = views.into_iter().next() else { return Ok(()) };
        let mut others = if self.open { public_topics(hub, &view) } else { Vec::new() };
        others.extend(lists.into_iter().map(|list| heard(hub, Topic::List(list.0))));
        let viewers: HashSet<i64> =
            homes.iter().copied().chain(others.iter().flat_map(|(_, accounts)| accounts).copied()).collect();
        if viewers.is_empty() {
            return Ok(());
        }
        let viewers: Vec<AccountId> = viewers.into_iter().map(AccountId).collect();
        let texts = Texts::for_viewers(state, &mut conn, &view, self.author, &viewers).await?;
        drop(conn);
        let tell = |topic: &Topic, frames: &Frames| {
            let context = if topic.is_public() { Context::Public } else { Context::Home };
            hub.send(topic, |account, spelt| texts.of(account, context).map(|own| frames.with(spelt, own)));
        };
        if let Some(first) = homes.first() {
            // It is called the same for everybody.
            let frames = Frames::new(&Topic::Home(*first), self.event, Arc::clone(&texts.plain));
            for home in homes {
                tell(&Topic::Home(home), &frames);
            }
        }
        for (topic, _) in others {
            tell(&topic, &Frames::new(&topic, self.event, Arc::clone(&texts.plain)));
        }
        Ok(())
    }
}

/// The public streams that show a status, by the rules of the timelines of the same names, with those who
/// listen to them.
fn public_topics(hub: &Hub, view: &StatusView) -> Vec<(Topic, HashSet<i64>)> {
    let status = &view.status;
    let open = status.visibility == Visibility::Public
        && status.reblog_of_id.is_none()
        && view.account.account.silenced_at.is_none();
    if !open {
        return Vec::new();
    }
    let here = if status.local { Origin::Local } else { Origin::Remote };
    let answers_others =
        status.in_reply_to_uri.is_some() && status.in_reply_to_account_id != Some(status.account_id);
    let mut topics = Vec::new();
    if !answers_others {
        for only_media in [false, true].into_iter().filter(|only_media| !only_media || status.media_count > 0)
        {
            topics.extend([Origin::Any, here].map(|origin| Topic::Public { origin, only_media }));
        }
    }
    for tag in &view.tags {
        for local in [false, true].into_iter().filter(|local| !local || status.local) {
            topics.push(Topic::Hashtag { tag: tag.name.clone(), local });
        }
    }
    let heard = topics.into_iter().map(|topic| heard(hub, topic));
    heard.filter(|(_, accounts)| !accounts.is_empty()).collect()
}

/// A topic with those who listen to it.
fn heard(hub: &Hub, topic: Topic) -> (Topic, HashSet<i64>) {
    let accounts = hub.accounts(&topic);
    (topic, accounts)
}

/// A status as JSON, for each of those who may see it.
struct Texts {
    /// For whoever has done nothing with it.
    plain: Arc<str>,
    viewers: HashMap<i64, Own>,
}

/// What is told to a viewer instead of the plain text.
#[derive(Default)]
struct Own {
    /// If it did something with the status.
    text: Option<Arc<str>>,
    /// Where it filters the status.
    filtered: Vec<(Context, Arc<str>)>,
}

impl Texts {
    /// The view is the author's.
    async fn for_viewers(
        state: &ApiState,
        conn: &mut Conn,
        view: &StatusView,
        author: AccountId,
        viewers: &[AccountId],
    ) -> Result<Self> {
        let welcome = feeds::welcome_to(conn, view.status.id, viewers).await?;
        let original = view.status.reblog_of_id.unwrap_or(view.status.id);
        let mut seen = seen(conn, view, original, &welcome).await?;
        let filters = state.app.filters.of_viewers(conn, &welcome).await?;
        let mut page = state.renderer.load(conn, Some(author), &[view.status.id]).await?;
        let author_text = welcome.contains(&author).then(|| json(&page)).transpose()?;
        if let Some((_, quoted)) = page.quoted() {
            see_quoted(conn, quoted, &welcome, &mut seen).await?;
            page.nest(quotes::load_seen(conn, None, &[quoted]).await?);
        }
        let mut writer = Writer { page, written: HashMap::new() };
        let plain = writer.write(Seen::default())?;
        let mut texts = HashMap::with_capacity(welcome.len());
        for viewer in welcome {
            let as_seen = seen.remove(&viewer);
            let mut own = Own::default();
            if viewer == author {
                own.text.clone_from(&author_text);
            } else {
                if let Some(filters) = filters.get(&viewer) {
                    own.filtered = writer.filtered(as_seen.clone().unwrap_or_default(), filters)?;
                }
                own.text = as_seen.map(|as_seen| writer.write(as_seen)).transpose()?;
            }
            texts.insert(viewer.0, own);
        }
        Ok(Self { plain, viewers: texts })
    }

    /// `None` for whoever may not see it; inside, `None` for the plain text.
    fn of(&self, account: i64, context: Context) -> Option<Option<&Arc<str>>> {
        let own = self.viewers.get(&account)?;
        let filtered = own.filtered.iter().find(|(known, _)| *known == context);
        Some(filtered.map(|(_, text)| text).or(own.text.as_ref()))
    }
}

/// Writes a status again and again, once for all to whom it is the same.
struct Writer {
    page: Page,
    written: HashMap<Seen, Arc<str>>,
}

impl Writer {
    fn write(&mut self, as_seen: Seen) -> Result<Arc<str>> {
        if let Some(text) = self.written.get(&as_seen) {
            return Ok(Arc::clone(text));
        }
        self.page.see_as(&as_seen);
        self.page.filter_by(None);
        let text = json(&self.page)?;
        self.written.insert(as_seen, Arc::clone(&text));
        Ok(text)
    }

    /// In the contexts in which it is filtered.
    fn filtered(&mut self, as_seen: Seen, filters: &Arc<Compiled>) -> Result<Vec<(Context, Arc<str>)>> {
        self.page.see_as(&as_seen);
        let mut texts = Vec::new();
        for context in [Context::Home, Context::Public] {
            if self.page.filter_by(Some((Arc::clone(filters), Some(context)))) {
                texts.push((context, json(&self.page)?));
            }
        }
        Ok(texts)
    }
}

/// Adds how the viewers see what is quoted, and what they did with it, where it is not as for most.
async fn see_quoted(
    conn: &mut Conn,
    quoted: StatusId,
    viewers: &[AccountId],
    seen: &mut HashMap<AccountId, Seen>,
) -> Result<()> {
    for (viewer, shown) in quotes::seen_by(conn, quoted, viewers).await? {
        seen.entry(viewer).or_default().shown = Some(shown);
    }
    for (viewer, state) in status_states::states_of(conn, quoted, viewers).await? {
        seen.entry(viewer).or_default().quoted = state;
    }
    Ok(())
}

/// Those who did something with it.
async fn seen(
    conn: &mut Conn,
    view: &StatusView,
    original: StatusId,
    viewers: &[AccountId],
) -> Result<HashMap<AccountId, Seen>> {
    let states = status_states::states_of(conn, original, viewers).await?;
    let mut seen: HashMap<AccountId, Seen> =
        states.into_iter().map(|(viewer, state)| (viewer, Seen { state, ..Seen::default() })).collect();
    if view.reblog.as_ref().map_or(view, |reblog| &**reblog).poll.is_some() {
        for (viewer, votes) in polls::votes_of(conn, original, viewers).await? {
            seen.entry(viewer).or_default().votes = votes;
        }
    }
    for (viewer, emojis) in reactions::of_viewers(conn, original, viewers).await? {
        seen.entry(viewer).or_default().reactions = emojis;
    }
    Ok(seen)
}

/// The only status of a page.
fn json(page: &Page) -> Result<Arc<str>> {
    Ok(page.list()?.one()?.into_string()?.into())
}

/// The frames of one event on one stream; that of most is made once.
struct Frames {
    topic: Topic,
    event: &'static str,
    payload: Arc<str>,
    shared: Arc<Frame>,
}

impl Frames {
    fn new(topic: &Topic, event: &'static str, payload: Arc<str>) -> Self {
        let shared = Frame::new(topic.names(None), event, Some(Arc::clone(&payload)));
        Self { topic: topic.clone(), event, payload, shared }
    }

    /// For a listener who spelt the hashtag so, and has perhaps a text of its own.
    fn with(&self, spelt: Option<&str>, own: Option<&Arc<str>>) -> Arc<Frame> {
        if spelt.is_none() && own.is_none() {
            return Arc::clone(&self.shared);
        }
        let payload = Arc::clone(own.unwrap_or(&self.payload));
        Frame::new(self.topic.names(spelt), self.event, Some(payload))
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, merged};

    fn published(status: i64, readers: &[i64], open: bool) -> Message {
        Message::Published {
            status,
            original: status,
            author: 1,
            readers: readers.to_vec(),
            open,
            first: open,
        }
    }

    #[test]
    fn parts_of_one_audience_are_joined_in_order() {
        let gone = Message::Deleted { status: 1, authors: vec![1], open: false };
        let heard = [
            published(1, &[1, 2], true),
            published(1, &[3], false),
            published(2, &[1], false),
            gone.clone(),
            published(1, &[4], false),
        ];
        let expected =
            [published(1, &[1, 2, 3], true), published(2, &[1], false), gone, published(1, &[4], false)];
        assert_eq!(merged(heard.into_iter()), expected);
    }
}
