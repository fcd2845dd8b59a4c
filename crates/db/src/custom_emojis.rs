//! Custom emoji, ours and those of other hosts, known by host and shortcode.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl;
use schema::custom_emojis;

use crate::Conn;
use crate::sql::prepared;

/// A row of `custom_emojis`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = custom_emojis, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct CustomEmoji {
    pub id: i64,
    pub shortcode: String,
    pub domain: Option<String>,
    pub uri: Option<String>,
    pub image_key: Option<String>,
    pub image_remote_url: Option<String>,
    pub category: Option<String>,
    pub visible: bool,
    pub updated_at: DateTime<Utc>,
}

/// A shortcode as it stands in a text by somebody of a host (empty: ours).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wanted {
    /// Host of the author; empty for ours.
    pub domain: String,
    /// Without colons.
    pub shortcode: String,
}

/// At most this many different shortcodes are looked up for one text.
const MOST: usize = 64;

/// The shortcodes (`:blobcat:`) that stand in some texts by somebody of `domain`.
pub fn in_texts<'a>(texts: impl IntoIterator<Item = &'a str>, domain: Option<&str>) -> Vec<Wanted> {
    let mut codes = BTreeSet::new();
    for text in texts {
        let mut pieces = text.split(':').peekable();
        pieces.next();
        while let Some(piece) = pieces.next() {
            let closed = pieces.peek().is_some();
            if closed && is_shortcode(piece) && codes.len() < MOST {
                codes.insert(piece);
            }
        }
    }
    let domain = domain.unwrap_or_default();
    codes.into_iter().map(|code| Wanted { domain: domain.to_owned(), shortcode: code.to_owned() }).collect()
}

fn is_shortcode(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Those that exist.
pub async fn load(
    conn: &mut Conn,
    wanted: impl IntoIterator<Item = &Wanted>,
) -> QueryResult<HashMap<Wanted, CustomEmoji>> {
    let (domains, codes): (Vec<&str>, Vec<&str>) = wanted
        .into_iter()
        .filter(|w| is_shortcode(&w.shortcode))
        .map(|w| (w.domain.as_str(), w.shortcode.as_str()))
        .unzip();
    if codes.is_empty() {
        return Ok(HashMap::new());
    }
    let query = diesel::sql_query(
        "SELECT e.* FROM custom_emojis e WHERE (coalesce(e.domain, ''), e.shortcode) IN \
         (SELECT * FROM unnest($1::text[], $2::text[]))",
    )
    .bind::<Array<Text>, _>(domains)
    .bind::<Array<Text>, _>(codes);
    let rows: Vec<CustomEmoji> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows
        .into_iter()
        .map(|emoji| {
            let key = Wanted {
                domain: emoji.domain.clone().unwrap_or_default(),
                shortcode: emoji.shortcode.clone(),
            };
            (key, emoji)
        })
        .collect())
}

/// From what [`load`] found, those of one text.
pub fn pick(found: &HashMap<Wanted, CustomEmoji>, wanted: &[Wanted]) -> Vec<CustomEmoji> {
    wanted.iter().filter_map(|key| found.get(key).cloned()).collect()
}

/// Ours that pickers show.
pub async fn local(conn: &mut Conn) -> QueryResult<Vec<CustomEmoji>> {
    custom_emojis::table
        .filter(custom_emojis::domain.is_null())
        .filter(custom_emojis::visible)
        .order(custom_emojis::shortcode)
        .select(CustomEmoji::as_select())
        .load(conn)
        .await
}

/// Remembers an emoji of another host; a newer address replaces an older one. True when one that was known
/// looks different now.
pub async fn remember(
    conn: &mut Conn,
    domain: &str,
    shortcode: &str,
    uri: Option<&str>,
    image_url: &str,
) -> QueryResult<bool> {
    let new = (
        custom_emojis::shortcode.eq(shortcode),
        custom_emojis::domain.eq(domain),
        custom_emojis::uri.eq(uri),
        custom_emojis::image_remote_url.eq(image_url),
    );
    let inserted =
        diesel::insert_into(custom_emojis::table).values(new).on_conflict_do_nothing().execute(conn).await?;
    if inserted > 0 {
        return Ok(false);
    }
    let changed = diesel::update(
        custom_emojis::table
            .filter(custom_emojis::domain.eq(domain))
            .filter(custom_emojis::shortcode.eq(shortcode))
            .filter(custom_emojis::image_remote_url.is_distinct_from(image_url)),
    )
    .set((custom_emojis::image_remote_url.eq(image_url), custom_emojis::updated_at.eq(diesel::dsl::now)))
    .execute(conn)
    .await?;
    Ok(changed > 0)
}
