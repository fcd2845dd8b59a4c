//! What people and other servers tell the moderators.

use db::accounts::Account;
use db::reports::{Category, NewReport, Report};
use db::{AccountId, Conn, StatusId, instance_rules, reports, statuses};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::{App, Error, Result};

/// Longest comment of somebody here, in characters.
const MAX_COMMENT: usize = 1_000;
/// Longest comment of another server, in characters; the rest is cut off.
const MAX_FOREIGN_COMMENT: usize = 5_000;
/// Most statuses and most rules of one report.
const MAX_NAMED: usize = 100;
/// Most reports of somebody here that nobody has looked at.
const MAX_OPEN: i64 = 100;
/// Most reports from one host that nobody has looked at.
const MAX_OPEN_FROM_HOST: i64 = 200;

/// What somebody here reports.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// Whom.
    pub target: AccountId,
    /// For which of their statuses.
    pub statuses: Vec<StatusId>,
    /// In whose words.
    pub comment: String,
    /// Whether those who run the other server are told, without a word of who reports.
    pub forward: bool,
    /// Unless it breaks `rules`.
    pub category: Category,
    /// Which rules are broken.
    pub rules: Vec<i64>,
}

/// Tells the moderators of an account.
///
/// # Errors
/// [`Error::NotFound`] when the account is not known, or a status is not one of its own that the reporter may
/// see; [`Error::Invalid`] for rules that do not hold and for what is too much.
pub async fn file(app: &App, by: &Account, complaint: Complaint) -> Result<Report> {
    let mut conn = app.conn().await?;
    let target = db::accounts::find(&mut conn, complaint.target).await?;
    if target.is_instance_actor() {
        return Err(Error::NotFound);
    }
    if target.id == by.id {
        return Err(Error::invalid("You cannot report yourself"));
    }
    check_sizes(&complaint)?;
    let rules = distinct(complaint.rules);
    let category = if rules.is_empty() { complaint.category } else { Category::Violation };
    check_rules(&mut conn, category, &rules).await?;
    let status_ids = distinct(complaint.statuses);
    check_statuses(&mut conn, by, &target, &status_ids).await?;
    if reports::open_by(&mut conn, by.id).await? >= MAX_OPEN {
        return Err(Error::invalid("Too many of your reports wait for a moderator"));
    }
    let new = NewReport {
        account_id: by.id,
        target_account_id: target.id,
        category: category as i16,
        comment: text::clean_text(&complaint.comment, MAX_COMMENT),
        status_ids,
        rule_ids: rules,
        foreign_uris: Vec::new(),
        forwarded: complaint.forward && !target.is_local(),
        uri: None,
    };
    conn.transaction(async |conn| write(conn, &new).await?.ok_or(Error::NotFound)).await
}

/// What another server reports, on behalf of somebody whom it does not name.
#[derive(Clone, Debug)]
pub struct ForeignComplaint {
    /// The id of the Flag.
    pub uri: String,
    /// Statuses that are known here; those of others than the target are dropped.
    pub statuses: Vec<StatusId>,
    /// What else it names.
    pub others: Vec<String>,
    /// Plain text.
    pub comment: String,
}

/// Keeps what another server reports of somebody here. The same report again, and what comes from a host whose
/// reports already wait in their hundreds, changes nothing.
pub async fn receive(app: &App, by: &Account, target: &Account, complaint: ForeignComplaint) -> Result<()> {
    let mut conn = app.conn().await?;
    let host = by.domain.as_deref().unwrap_or_default();
    if reports::open_from(&mut conn, host).await? >= MAX_OPEN_FROM_HOST {
        tracing::warn!(host, "A report was dropped: too many of this host's wait for a moderator");
        return Ok(());
    }
    let known = statuses::load(&mut conn, &complaint.statuses).await?;
    let status_ids =
        known.iter().filter(|s| s.account_id == target.id).map(|s| s.id).take(MAX_NAMED).collect();
    let new = NewReport {
        account_id: by.id,
        target_account_id: target.id,
        category: Category::Other as i16,
        comment: text::clean_text(&complaint.comment, MAX_FOREIGN_COMMENT),
        status_ids,
        rule_ids: Vec::new(),
        foreign_uris: complaint.others.into_iter().take(MAX_NAMED).collect(),
        forwarded: false,
        uri: Some(complaint.uri),
    };
    conn.transaction(async |conn| write(conn, &new).await).await?;
    Ok(())
}

/// Marks a report as done with. `by` is nobody for whoever runs the server.
///
/// # Errors
/// [`Error::NotFound`] when there is none that is open.
pub async fn resolve(app: &App, id: i64, by: Option<&Account>) -> Result<()> {
    let mut conn = app.conn().await?;
    let done = reports::resolve(&mut conn, id, by.map(|by| by.id)).await?;
    if done { Ok(()) } else { Err(Error::NotFound) }
}

async fn write(conn: &mut Conn, new: &NewReport) -> Result<Option<Report>> {
    let made = reports::insert(conn, new).await?;
    if let Some(report) = &made {
        Event::ReportFiled { report: report.id }.emit(conn).await?;
    }
    Ok(made)
}

fn check_sizes(complaint: &Complaint) -> Result<()> {
    if complaint.comment.chars().count() > MAX_COMMENT {
        return Err(Error::invalid(format!("Comment is too long (maximum is {MAX_COMMENT} characters)")));
    }
    for (name, count) in [("Status ids", complaint.statuses.len()), ("Rule ids", complaint.rules.len())] {
        if count > MAX_NAMED {
            return Err(Error::invalid(format!("{name} has too many values (maximum is {MAX_NAMED})")));
        }
    }
    Ok(())
}

/// A violation names rules that hold.
async fn check_rules(conn: &mut Conn, category: Category, rules: &[i64]) -> Result<()> {
    if category != Category::Violation {
        return Ok(());
    }
    let holding = instance_rules::count_among(conn, rules).await?;
    if rules.is_empty() || usize::try_from(holding) != Ok(rules.len()) {
        return Err(Error::invalid("Rule ids does not reference valid rules"));
    }
    Ok(())
}

async fn check_statuses(conn: &mut Conn, by: &Account, target: &Account, ids: &[StatusId]) -> Result<()> {
    let seen = statuses::load_visible(conn, Some(by.id), ids).await?;
    let theirs = seen.iter().filter(|status| status.account_id == target.id).count();
    if theirs == ids.len() { Ok(()) } else { Err(Error::NotFound) }
}

fn distinct<T: Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
