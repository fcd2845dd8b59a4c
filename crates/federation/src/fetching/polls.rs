//! Newer tallies of polls of other servers.

use services::polls::RefreshPoll;

use super::{Budget, document};
use crate::fault::Fault;
use crate::{Federation, notes};

/// Asks the poll's server what became of it.
pub async fn refresh_poll(f: Federation, job: RefreshPoll) -> anyhow::Result<()> {
    match refresh(&f, &job).await {
        Err(Fault::Temporary(error)) => Err(error),
        Err(fault) => {
            tracing::debug!(status.id = %job.status, "The tallies of a poll cannot be had: {fault}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn refresh(f: &Federation, job: &RefreshPoll) -> Result<(), Fault> {
    let (status, author) = {
        let mut conn = f.app.conn().await?;
        let status = db::statuses::find(&mut conn, job.status).await?;
        let author = db::accounts::find(&mut conn, status.account_id).await?;
        (status, author)
    };
    if status.local || author.suspended_at.is_some() {
        return Err(Fault::odd("its author may not be heard"));
    }
    let document = document(f, &status.uri, &Budget::new()).await?;
    let note = notes::parse(&document, None).map_err(Fault::Odd)?;
    if note.uri != status.uri || note.author != author.uri {
        return Err(Fault::odd("the post has another author or id now"));
    }
    let poll = note.poll.ok_or_else(|| Fault::odd("it asks nothing any more"))?;
    Ok(services::polls::receive_tallies(&f.app, &author, &status, &poll).await?)
}
