//! Reports that whoever made them wants to be sent on.

use db::{Conn, accounts, reports, statuses};

use super::{Way, found, open_destinations, send};
use crate::Federation;
use crate::wire::{Flag, plain};

/// A report of somebody elsewhere goes to their server, if it is to: Flag, by the instance.
pub async fn reported(f: &Federation, conn: &mut Conn, report: i64) -> anyhow::Result<()> {
    let Some(report) = found(reports::find(conn, report).await)?.filter(|report| report.forwarded) else {
        return Ok(());
    };
    let target = found(accounts::find(conn, report.target_account_id).await)?;
    let (Some(target), Some(by)) =
        (target.filter(|target| !target.is_local()), accounts::instance_actor(conn).await?)
    else {
        return Ok(());
    };
    let inboxes = db::actors::inboxes_of(conn, &[target.id]).await?;
    let to = open_destinations(conn, f, inboxes, Way::Personal).await?;
    if to.is_empty() {
        return Ok(());
    }
    let statuses = statuses::load(conn, &report.status_ids).await?;
    let statuses = statuses.into_iter().map(|status| status.uri).collect();
    let id = format!("{}#reports/{}", by.uri, report.id);
    let flag = Flag::new(id, &by.uri, &target.uri, statuses, report.comment);
    send(conn, by.id, &flag.id, &plain(&flag)?, &to).await
}
