//! Computing what trends.

use db::{Conn, trends};
use diesel_async::AsyncConnection;
use text::ranking::{self, Attention, LEAST_PEOPLE, TagUse};

use crate::{App, Result};

/// So many candidates are looked at, and so many of each kind are kept.
const CANDIDATES: i64 = 1_000;
const KEPT: usize = 200;

/// Computes what trends and replaces the former result; if it fails, that stays.
pub async fn refresh(app: &App) -> Result<()> {
    let mut conn = app.conn().await?;
    let tags = tags(&mut conn).await?;
    let links = links(&mut conn).await?;
    let statuses = statuses(&mut conn).await?;
    conn.transaction(async |conn| {
        let (ids, scores) = tags;
        trends::set_tags(conn, &ids, &scores).await?;
        let (ids, scores) = links;
        trends::set_links(conn, &ids, &scores).await?;
        let (ids, scores) = statuses;
        trends::set_statuses(conn, &ids, &scores).await?;
        Ok(())
    })
    .await
}

type Ranked = (Vec<i64>, Vec<f64>);

/// The best ones.
fn best(mut scored: Vec<(i64, f64)>) -> Ranked {
    scored.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    scored.truncate(KEPT);
    scored.into_iter().unzip()
}

async fn tags(conn: &mut Conn) -> Result<Ranked> {
    Ok(best_of(&trends::tag_uses(conn, LEAST_PEOPLE, CANDIDATES).await?))
}

/// What makes a tag trend makes a link trend.
async fn links(conn: &mut Conn) -> Result<Ranked> {
    Ok(best_of(&trends::link_uses(conn, LEAST_PEOPLE, CANDIDATES).await?))
}

fn best_of(candidates: &[trends::Use]) -> Ranked {
    let scored = candidates.iter().filter_map(|row| {
        let people = [row.last_hour, row.last_six_hours, row.last_day];
        let score = ranking::tag_score(&TagUse { people, young: row.young, before: row.before })?;
        Some((row.id, score))
    });
    best(scored.collect())
}

async fn statuses(conn: &mut Conn) -> Result<Ranked> {
    let candidates = trends::attention(conn, LEAST_PEOPLE, CANDIDATES).await?;
    let scored = candidates.iter().filter_map(|row| {
        let attention = Attention {
            favourites: row.favourites,
            replies: row.replies,
            reblogs: row.reblogs,
            people: row.people,
            young: row.young,
            hours: row.hours,
            followers: row.followers,
            reach: row.reach,
        };
        Some((row.id.0, ranking::status_score(&attention)?))
    });
    Ok(best(scored.collect()))
}
