//! Statuses with everything that is shown of them, loaded for a page at a time.
//!
//! A page costs a fixed small number of queries, whatever it holds; a kind of detail that no status of the
//! page has costs none.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::account_views::{self, AccountView};
use crate::cards::{self, Card};
use crate::custom_emojis::{self, CustomEmoji};
use crate::ids::{AccountId, CardId, StatusId};
use crate::media::{self, Media};
use crate::mentions::{self, MentionView};
use crate::polls::{self, PollView};
use crate::quotes::{self, Quote};
use crate::reply_policies::{self, ReplyPolicy};
use crate::sql::prepared;
use crate::status_states::{Reading, States, StatusState};
use crate::statuses::Status;
use crate::tags::{self, StatusTag};
use crate::visibility::visible;

pub use crate::status_states::ViewerState;

/// A status as one viewer sees it.
#[derive(Clone, Debug)]
pub struct StatusView {
    /// The row.
    pub status: Status,
    /// Its author.
    pub account: AccountView,
    /// Direct replies.
    pub replies_count: i64,
    /// Reblogs.
    pub reblogs_count: i64,
    /// Favourites.
    pub favourites_count: i64,
    /// Attached media in order.
    pub media: Vec<Media>,
    /// Who is mentioned.
    pub mentions: Vec<MentionView>,
    /// Hashtags.
    pub tags: Vec<StatusTag>,
    /// What it asks.
    pub poll: Option<PollView>,
    /// Custom emoji in text and warning.
    pub emojis: Vec<CustomEmoji>,
    /// Who may answer it; `None` is everybody.
    pub replies: Option<ReplyPolicy>,
    /// What it quotes; whether the viewer may see that, it does not say.
    pub quote: Option<Quote>,
    /// The client it was written with; only the author is told.
    pub application: Option<Application>,
    /// What the viewer did with it; `None` for somebody who is not signed in.
    pub viewer: Option<ViewerState>,
    /// What it reblogs.
    pub reblog: Option<Box<StatusView>>,
}

/// The client that wrote a status.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its page.
    pub website: Option<String>,
}

/// The part of a status that is the same for everybody who may see it, and stays so as long as the version of
/// its row does.
#[derive(Clone, Debug)]
pub struct StatusBody {
    /// The row.
    pub status: Status,
    /// The name of its author.
    pub username: String,
    /// Attached media in order.
    pub media: Vec<Media>,
    /// Who is mentioned.
    pub mentions: Vec<MentionView>,
    /// Hashtags.
    pub tags: Vec<StatusTag>,
    /// Custom emoji in text and warning.
    pub emojis: Vec<CustomEmoji>,
    /// The page that it links to.
    pub card: Option<Card>,
    /// Who may answer it; `None` is everybody.
    pub replies: Option<ReplyPolicy>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    status: Status,
    #[diesel(sql_type = Text)]
    author: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    card_id: Option<CardId>,
    #[diesel(sql_type = Bool)]
    is_restricted: bool,
}

/// The statuses that the viewer may see, in the order of `ids`; at most twelve queries.
pub async fn load(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<Vec<StatusView>> {
    let states = States::load(conn, viewer, ids, Reading::Named).await?;
    let wanted: Vec<StatusId> = states.all().map(|state| state.id).collect();
    let authors: HashSet<AccountId> = states.all().map(|state| state.account.account_id).collect();
    let authors: Vec<AccountId> = authors.into_iter().collect();
    let accounts = account_views::load(conn, &authors).await?;
    let mut polls = polls::load_for(conn, viewer, &states.with_polls()).await?;
    let mut quotes = quotes::load_for(conn, &states.with_quotes()).await?;
    let views: HashMap<StatusId, StatusView> = bodies(conn, viewer, &wanted)
        .await?
        .into_iter()
        .filter_map(|body| {
            let state = states.get(body.status.id)?;
            let (poll, quote) = (polls.remove(&state.id), quotes.remove(&state.id));
            let view = view(body, state, accounts.get(&state.account.account_id)?);
            Some((state.id, StatusView { poll, quote, ..view }))
        })
        .collect();
    Ok(states.ids().iter().filter_map(|id| assemble(&views, *id)).collect())
}

/// One status, or [`diesel::result::Error::NotFound`] when the viewer may not see it.
pub async fn find(conn: &mut Conn, viewer: Option<AccountId>, id: StatusId) -> QueryResult<StatusView> {
    load(conn, viewer, &[id]).await?.pop().ok_or(diesel::result::Error::NotFound)
}

fn view(body: StatusBody, state: &StatusState, account: &AccountView) -> StatusView {
    let application = state
        .application_name
        .clone()
        .map(|name| Application { name, website: state.application_website.clone() });
    StatusView {
        status: body.status,
        account: account.clone(),
        replies_count: state.replies_count.unwrap_or_default(),
        reblogs_count: state.reblogs_count.unwrap_or_default(),
        favourites_count: state.favourites_count.unwrap_or_default(),
        media: body.media,
        mentions: body.mentions,
        tags: body.tags,
        poll: None,
        emojis: body.emojis,
        replies: body.replies,
        quote: None,
        application,
        viewer: state.viewer,
        reblog: None,
    }
}

/// Takes a status out of the page's set, with what it reblogs; a reblog of something that the viewer may
/// not see is not shown.
fn assemble(views: &HashMap<StatusId, StatusView>, id: StatusId) -> Option<StatusView> {
    let mut view = views.get(&id)?.clone();
    if let Some(original) = view.status.reblog_of_id {
        view.reblog = Some(Box::new(views.get(&original)?.clone()));
    }
    Some(view)
}

/// What is the same for everybody, of those statuses that the viewer may see, in no particular order; at most
/// seven queries, one if nothing hangs on them.
pub async fn bodies(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<Vec<StatusBody>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(concat!(
        "SELECT s.*, a.username AS author, c.card_id, p.status_id IS NOT NULL AS is_restricted ",
        "FROM statuses s JOIN accounts a ON a.id = s.account_id ",
        "LEFT JOIN status_cards c ON c.status_id = s.id LEFT JOIN reply_policies p ON p.status_id = s.id ",
        "WHERE s.id = ANY($1) AND ",
        visible!("s", "$2", "a")
    ))
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut details = Details::load(conn, &rows).await?;
    Ok(rows.into_iter().map(|row| details.body(row)).collect())
}

/// What hangs on the statuses of a page, by status.
#[derive(Default)]
struct Details {
    media: HashMap<StatusId, Vec<Media>>,
    mentions: HashMap<StatusId, Vec<MentionView>>,
    tags: HashMap<StatusId, Vec<StatusTag>>,
    emojis: HashMap<custom_emojis::Wanted, CustomEmoji>,
    cards: HashMap<CardId, Card>,
    replies: HashMap<StatusId, ReplyPolicy>,
}

impl Details {
    async fn load(conn: &mut Conn, rows: &[Row]) -> QueryResult<Self> {
        let having = |has: fn(&Status) -> bool| -> Vec<StatusId> {
            rows.iter().map(|row| &row.status).filter(|status| has(status)).map(|status| status.id).collect()
        };
        let mut details = Self::default();
        let with_media = having(|status| status.media_count > 0);
        if !with_media.is_empty() {
            details.media = media::load_for(conn, &with_media).await?;
        }
        let with_mentions = having(|status| status.mentions_count > 0);
        if !with_mentions.is_empty() {
            details.mentions = mentions::load_for(conn, &with_mentions).await?;
        }
        let with_tags = having(|status| status.tags_count > 0);
        if !with_tags.is_empty() {
            details.tags = tags::load_for(conn, &with_tags).await?;
        }
        let wanted: Vec<_> = rows
            .iter()
            .filter(|row| row.status.emojis_count > 0)
            .flat_map(|row| emojis_of(&row.status))
            .collect();
        details.emojis = custom_emojis::load(conn, &wanted).await?;
        let cards: Vec<CardId> = rows.iter().filter_map(|row| row.card_id).collect();
        let restricted: Vec<StatusId> =
            rows.iter().filter(|row| row.is_restricted).map(|row| row.status.id).collect();
        details.replies = reply_policies::load_for(conn, &restricted).await?.into_iter().collect();
        details.cards = cards::load_for(conn, &cards).await?;
        Ok(details)
    }

    fn body(&mut self, row: Row) -> StatusBody {
        let Row { status, author, card_id, is_restricted: _ } = row;
        let emojis = if status.emojis_count > 0 {
            custom_emojis::pick(&self.emojis, &emojis_of(&status))
        } else {
            Vec::new()
        };
        StatusBody {
            username: author,
            media: self.media.remove(&status.id).unwrap_or_default(),
            mentions: self.mentions.remove(&status.id).unwrap_or_default(),
            tags: self.tags.remove(&status.id).unwrap_or_default(),
            emojis,
            replies: self.replies.remove(&status.id),
            card: card_id.and_then(|id| self.cards.get(&id).cloned()),
            status,
        }
    }
}

/// Emoji belong to the host of the author, which is the host of the status's uri.
fn emojis_of(status: &Status) -> Vec<custom_emojis::Wanted> {
    let host = (!status.local).then(|| crate::instances::host_of(&status.uri)).flatten();
    custom_emojis::in_texts([status.content.as_str(), status.spoiler_text.as_str()], host)
}
