//! Statuses with everything that is shown of them, loaded for a page at a time.
//!
//! A page costs a fixed small number of queries, whatever it holds; a kind of detail that no status of the
//! page has costs none.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::account_views::{self, AccountView};
use crate::custom_emojis::{self, CustomEmoji};
use crate::ids::{AccountId, StatusId};
use crate::media::{self, Media};
use crate::mentions::{self, MentionView};
use crate::polls::{self, PollView};
use crate::sql::prepared;
use crate::statuses::Status;
use crate::tags::{self, StatusTag};
use crate::visibility::visible;

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

/// What a viewer did with a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the fields of the Status entity")]
pub struct ViewerState {
    pub favourited: bool,
    pub reblogged: bool,
    pub bookmarked: bool,
    pub pinned: bool,
    pub muted: bool,
    pub own: bool,
}

impl ViewerState {
    /// Takes in what a row of the statements below says.
    fn note(&mut self, what: i16) {
        match what {
            0 => self.favourited = true,
            1 => self.reblogged = true,
            2 => self.bookmarked = true,
            3 => self.pinned = true,
            _ => self.muted = true,
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    status: Status,
    #[diesel(sql_type = Nullable<BigInt>)]
    replies_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reblogs_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    favourites_count: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    application_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    application_website: Option<String>,
}

/// The statuses that the viewer may see, in the order of `ids`; at most eight queries.
pub async fn load(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<Vec<StatusView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = rows(conn, viewer, ids).await?;
    let authors: Vec<AccountId> =
        rows.iter().map(|row| row.status.account_id).collect::<HashSet<_>>().into_iter().collect();
    let accounts = account_views::load(conn, &authors).await?;
    let details = Details::load(conn, viewer, &rows).await?;
    let mut views: HashMap<StatusId, StatusView> = rows
        .into_iter()
        .filter_map(|row| {
            let account = accounts.get(&row.status.account_id)?;
            account.account.suspended_at.is_none().then(|| (row.status.id, details.view(row, account)))
        })
        .collect();
    Ok(ids.iter().filter_map(|id| assemble(&mut views, *id)).collect())
}

/// One status, or [`diesel::result::Error::NotFound`] when the viewer may not see it.
pub async fn find(conn: &mut Conn, viewer: Option<AccountId>, id: StatusId) -> QueryResult<StatusView> {
    load(conn, viewer, &[id]).await?.pop().ok_or(diesel::result::Error::NotFound)
}

/// Takes a status out of the page's set, with what it reblogs; a reblog of something that the viewer may
/// not see is not shown.
fn assemble(views: &mut HashMap<StatusId, StatusView>, id: StatusId) -> Option<StatusView> {
    let mut view = views.get(&id)?.clone();
    if let Some(original) = view.status.reblog_of_id {
        view.reblog = Some(Box::new(views.get(&original)?.clone()));
    }
    Some(view)
}

async fn rows(conn: &mut Conn, viewer: Option<AccountId>, ids: &[StatusId]) -> QueryResult<Vec<Row>> {
    let query = diesel::sql_query(concat!(
        "SELECT s.*, t.replies_count, t.reblogs_count, t.favourites_count, ",
        "p.name AS application_name, p.website AS application_website ",
        "FROM (SELECT unnest($1::bigint[]) AS id UNION ",
        "SELECT reblog_of_id FROM statuses WHERE id = ANY($1) AND reblog_of_id IS NOT NULL) w ",
        "JOIN statuses s ON s.id = w.id LEFT JOIN status_stats t ON t.status_id = s.id ",
        "LEFT JOIN applications p ON p.id = s.application_id AND s.account_id = $2 WHERE ",
        visible!("s", "$2")
    ))
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    RunQueryDsl::load(prepared(query), conn).await
}

/// What hangs on the statuses of a page, by status.
#[derive(Default)]
struct Details {
    viewer: Option<AccountId>,
    states: HashMap<StatusId, ViewerState>,
    media: HashMap<StatusId, Vec<Media>>,
    mentions: HashMap<StatusId, Vec<MentionView>>,
    tags: HashMap<StatusId, Vec<StatusTag>>,
    polls: HashMap<StatusId, PollView>,
    emojis: HashMap<custom_emojis::Wanted, CustomEmoji>,
}

impl Details {
    async fn load(conn: &mut Conn, viewer: Option<AccountId>, rows: &[Row]) -> QueryResult<Self> {
        let having = |has: fn(&Status) -> bool| -> Vec<StatusId> {
            rows.iter().map(|row| &row.status).filter(|status| has(status)).map(|status| status.id).collect()
        };
        let mut details = Self { viewer, ..Self::default() };
        if let Some(viewer) = viewer {
            details.states = states(conn, viewer, &having(|_| true)).await?;
        }
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
        let with_poll = having(|status| status.has_poll);
        if !with_poll.is_empty() {
            details.polls = polls::load_for(conn, viewer, &with_poll).await?;
        }
        let wanted: Vec<_> = rows
            .iter()
            .filter(|row| row.status.emojis_count > 0)
            .flat_map(|row| {
                let polled = details.polls.get(&row.status.id).map(|poll| emojis_of_poll(&row.status, poll));
                emojis_of(&row.status).into_iter().chain(polled.unwrap_or_default())
            })
            .collect();
        details.emojis = custom_emojis::load(conn, &wanted).await?;
        Ok(details)
    }

    fn view(&self, row: Row, account: &AccountView) -> StatusView {
        let id = row.status.id;
        let emojis = if row.status.emojis_count > 0 {
            custom_emojis::pick(&self.emojis, &emojis_of(&row.status))
        } else {
            Vec::new()
        };
        let poll = self.polls.get(&id).cloned().map(|mut poll| {
            poll.emojis = custom_emojis::pick(&self.emojis, &emojis_of_poll(&row.status, &poll));
            poll
        });
        let state = self.viewer.map(|viewer| ViewerState {
            own: row.status.account_id == viewer,
            ..self.states.get(&id).copied().unwrap_or_default()
        });
        StatusView {
            account: account.clone(),
            replies_count: row.replies_count.unwrap_or_default(),
            reblogs_count: row.reblogs_count.unwrap_or_default(),
            favourites_count: row.favourites_count.unwrap_or_default(),
            media: self.media.get(&id).cloned().unwrap_or_default(),
            mentions: self.mentions.get(&id).cloned().unwrap_or_default(),
            tags: self.tags.get(&id).cloned().unwrap_or_default(),
            poll,
            emojis,
            application: row
                .application_name
                .map(|name| Application { name, website: row.application_website }),
            viewer: state,
            reblog: None,
            status: row.status,
        }
    }
}

/// Emoji belong to the host of the author, which is the host of the status's uri.
fn emojis_of(status: &Status) -> Vec<custom_emojis::Wanted> {
    custom_emojis::in_texts([status.content.as_str(), status.spoiler_text.as_str()], emoji_host(status))
}

fn emojis_of_poll(status: &Status, poll: &PollView) -> Vec<custom_emojis::Wanted> {
    custom_emojis::in_texts(poll.poll.options.iter().map(String::as_str), emoji_host(status))
}

fn emoji_host(status: &Status) -> Option<&str> {
    (!status.local).then(|| crate::instances::host_of(&status.uri)).flatten()
}

#[derive(QueryableByName)]
struct ViewerRow {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
    #[diesel(sql_type = SmallInt)]
    what: i16,
}

/// Of many viewers, what those did with one status who did something with it.
pub async fn states_of(
    conn: &mut Conn,
    status: StatusId,
    viewers: &[AccountId],
) -> QueryResult<HashMap<AccountId, ViewerState>> {
    let query = diesel::sql_query(
        "SELECT account_id, 0::smallint AS what FROM favourites WHERE status_id = $1 AND account_id = ANY($2) \
         UNION ALL SELECT account_id, 1::smallint FROM statuses \
         WHERE reblog_of_id = $1 AND account_id = ANY($2) AND deleted_at IS NULL \
         UNION ALL SELECT account_id, 2::smallint FROM bookmarks WHERE status_id = $1 AND account_id = ANY($2) \
         UNION ALL SELECT account_id, 3::smallint FROM status_pins WHERE status_id = $1 AND account_id = ANY($2) \
         UNION ALL SELECT m.account_id, 4::smallint FROM statuses s \
         JOIN conversation_mutes m ON m.conversation_id = s.conversation_id \
         WHERE s.id = $1 AND m.account_id = ANY($2)",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(viewers);
    let rows: Vec<ViewerRow> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut by_viewer: HashMap<AccountId, ViewerState> = HashMap::new();
    for row in rows {
        by_viewer.entry(row.account_id).or_default().note(row.what);
    }
    Ok(by_viewer)
}

#[derive(QueryableByName)]
struct StateRow {
    #[diesel(sql_type = BigInt)]
    status_id: StatusId,
    #[diesel(sql_type = SmallInt)]
    what: i16,
}

async fn states(
    conn: &mut Conn,
    viewer: AccountId,
    ids: &[StatusId],
) -> QueryResult<HashMap<StatusId, ViewerState>> {
    let query = diesel::sql_query(
        "SELECT status_id, 0::smallint AS what FROM favourites WHERE account_id = $1 AND status_id = ANY($2) \
         UNION ALL SELECT reblog_of_id, 1::smallint FROM statuses \
         WHERE account_id = $1 AND reblog_of_id = ANY($2) AND deleted_at IS NULL \
         UNION ALL SELECT status_id, 2::smallint FROM bookmarks WHERE account_id = $1 AND status_id = ANY($2) \
         UNION ALL SELECT status_id, 3::smallint FROM status_pins WHERE account_id = $1 AND status_id = ANY($2) \
         UNION ALL SELECT s.id, 4::smallint FROM conversation_mutes m \
         JOIN statuses s ON s.conversation_id = m.conversation_id WHERE m.account_id = $1 AND s.id = ANY($2)",
    )
    .bind::<BigInt, _>(viewer)
    .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<StateRow> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut states: HashMap<StatusId, ViewerState> = HashMap::new();
    for row in rows {
        states.entry(row.status_id).or_default().note(row.what);
    }
    Ok(states)
}
