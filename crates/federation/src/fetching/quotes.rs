//! Quotes in posts of other servers: what is quoted, and whether its author approves (FEP-044f).

use std::time::Duration;

use db::StatusId;
use db::quotes::State;
use db::statuses::Status;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use super::{Budget, document, status};
use crate::fault::Fault;
use crate::notes::arrival::Cause;
use crate::{Federation, json};

/// So many quotes deep is looked: a quote in what is quoted is shown as a line.
const DEEPEST: u8 = 2;

/// Finds what a status from elsewhere quotes, and asks for the approval that it claims to have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyQuote {
    status: StatusId,
    /// How many quotes led here.
    depth: u8,
}

impl VerifyQuote {
    /// For the quote in this status.
    pub fn of(status: StatusId) -> Self {
        Self { status, depth: 0 }
    }
}

impl Job for VerifyQuote {
    const KIND: &'static str = "verify_quote";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 10;
    const MAX_ATTEMPTS: i32 = 4;
    const TIMEOUT: Duration = Duration::from_mins(2);

    fn dedup_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }
}

/// Does it; what cannot be had or is not approved stays pending.
pub async fn verify_quote(f: Federation, job: VerifyQuote) -> anyhow::Result<()> {
    match verify(&f, &job).await {
        Err(Fault::Temporary(error)) => Err(error),
        Err(fault) => {
            tracing::debug!(status.id = %job.status, "A quote is not approved: {fault}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

async fn verify(f: &Federation, job: &VerifyQuote) -> Result<(), Fault> {
    let (quoting, author, quote) = {
        let mut conn = f.app.conn().await?;
        let quoting = db::statuses::find(&mut conn, job.status).await?;
        let author = db::accounts::find(&mut conn, quoting.account_id).await?;
        let quote = db::quotes::find(&mut conn, job.status).await?;
        let Some(quote) = quote.filter(|quote| quote.state() == State::Pending && !quoting.local) else {
            return Ok(());
        };
        (quoting, author, quote)
    };
    let budget = Budget::new();
    let quoted = if let Some(id) = quote.quoted_status_id {
        db::statuses::find(&mut *f.app.conn().await?, id).await?
    } else {
        let quoted = status(f, &quote.quoted_uri, Cause::Fetched { thread: true }, &budget).await?;
        if quoted.has_quote && !quoted.local && job.depth < DEEPEST {
            let next = VerifyQuote { status: quoted.id, depth: job.depth + 1 };
            jobs::enqueue(&mut *f.app.conn().await?, &next).await?;
        }
        quoted
    };
    let Some(quote) = services::quotes::resolve(&f.app, quoting.id, &author, &quoted).await? else {
        return Err(Fault::odd("its author may not show what it quotes"));
    };
    let Some(approval) = quote.authorization_uri.filter(|_| quote.state == State::Pending as i16) else {
        return Ok(());
    };
    if quoted.local {
        return Err(Fault::odd("we never approved it"));
    }
    check_approval(f, &approval, &quoting, &quoted, &budget).await?;
    Ok(services::quotes::verified(&f.app, quoting.id, &approval).await?)
}

/// Whether the author of `quoted` says, on the own server, that `quoting` may show it.
pub(crate) async fn check_approval(
    f: &Federation,
    approval: &str,
    quoting: &Status,
    quoted: &Status,
    budget: &Budget,
) -> Result<(), Fault> {
    let author = {
        let mut conn = f.app.conn().await?;
        let author = db::accounts::find(&mut conn, quoted.account_id).await?;
        if db::tombstones::exists(&mut conn, approval, &author.uri).await? {
            return Err(Fault::odd("the approval was taken back"));
        }
        author
    };
    if !json::same_origin(approval, &author.uri) {
        return Err(Fault::odd("the approval is on another host than what is quoted"));
    }
    let stamp = document(f, approval, budget).await?;
    let says = |name: &str, expected: &str| json::link(&stamp, name) == Some(expected);
    let is_good = json::is(&stamp, "QuoteAuthorization")
        && json::id(&stamp) == Some(approval)
        && says("attributedTo", &author.uri)
        && says("interactingObject", &quoting.uri)
        && says("interactionTarget", &quoted.uri);
    if is_good { Ok(()) } else { Err(Fault::odd("the approval is for something else")) }
}
