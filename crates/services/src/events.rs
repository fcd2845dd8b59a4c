//! Facts that have happened here. Each is recorded in the transaction that makes it true, and `worker`'s
//! page of consequences says what follows from it.

use std::time::Duration;

use db::{AccountId, Conn, StatusId};
use diesel::result::QueryResult;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

/// A fact, by ids. Rows that a fact removed are described as far as its consequences need them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "`by` did it; the other fields name what it was done to")]
pub enum Event {
    /// A status was published, here or elsewhere; reblogs included. `upwards` when what it answers is to be
    /// fetched if it is not known.
    StatusCreated {
        status: StatusId,
        #[serde(default)]
        upwards: bool,
    },
    /// A status was changed by its author; `mentioned` are those who were not mentioned before.
    StatusEdited { status: StatusId, mentioned: Vec<AccountId> },
    /// A status was removed; its reblogs and favourites are still there.
    StatusDeleted { status: StatusId, by: AccountId },
    /// A reblog was taken back.
    ReblogDeleted { reblog: StatusId, of: StatusId, by: AccountId },
    /// A status was favourited; `favourite` numbers the row.
    StatusFavourited { status: StatusId, by: AccountId, favourite: i64 },
    /// A favourite was taken back.
    StatusUnfavourited { status: StatusId, by: AccountId, favourite: i64 },
    /// Somebody put an emoji below a status; `reaction` numbers the row.
    StatusReacted { status: StatusId, by: AccountId, reaction: i64 },
    /// An emoji was taken back.
    StatusUnreacted { status: StatusId, by: AccountId, reaction: i64, name: String, domain: String },
    /// Somebody voted in a poll; `votes` number the rows.
    PollVoted { status: StatusId, by: AccountId, votes: Vec<i64> },
    /// A status was pinned to its author's profile.
    StatusPinned { status: StatusId, by: AccountId },
    /// A status was unpinned.
    StatusUnpinned { status: StatusId, by: AccountId },
    /// Somebody here quoted something elsewhere, and asks its author.
    QuoteRequested { status: StatusId },
    /// A quote was accepted, rejected or revoked after it was published.
    QuoteSettled { status: StatusId },
    /// Somebody here answers the `QuoteRequest` of somebody elsewhere; `approval` is the id of the approval, `None`
    /// says no.
    QuoteAnswered { by: AccountId, of: AccountId, request: QuoteRequest, approval: Option<String> },
    /// Somebody here takes an approval back that the author of a quote had.
    QuoteRevoked { by: AccountId, of: AccountId, approval: String },
    /// The author of a status changed who may quote it.
    QuotePolicyChanged { status: StatusId },
    /// Somebody asked to follow, and waits for an answer.
    FollowRequested { by: AccountId, of: AccountId },
    /// Somebody follows from now on.
    Followed { by: AccountId, of: AccountId },
    /// The same Follow came again: whoever sent it may have missed our answer.
    FollowRepeated { by: AccountId, of: AccountId },
    /// A follow or a request was refused, or a follower removed; `uri` is the id of the Follow.
    FollowRejected { by: AccountId, of: AccountId, uri: Option<String> },
    /// A follow or a request was taken back; `uri` is the id of the Follow.
    Unfollowed { by: AccountId, of: AccountId, uri: Option<String> },
    /// Somebody blocked; `block` numbers the row, `rejected` is the id of the Follow that it ended, and
    /// `unfollowed` the one of the blocker's own.
    Blocked {
        by: AccountId,
        of: AccountId,
        block: i64,
        rejected: Option<Option<String>>,
        unfollowed: Option<Option<String>>,
    },
    /// A block was lifted.
    Unblocked { by: AccountId, of: AccountId, block: i64 },
    /// Somebody hid a whole host.
    DomainMuted { by: AccountId, domain: String },
    /// Somebody, here or on another server, told the moderators of an account.
    ReportFiled { report: i64 },
    /// A profile changed.
    AccountUpdated { account: AccountId },
    /// Somebody signed up here.
    SignedUp { account: AccountId },
    /// A local account was deleted; its row goes once everybody was told.
    AccountDeleted { account: AccountId },
}

/// A `QuoteRequest` as it came: its id, and those of what is quoted and of what quotes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are the members of the activity")]
pub struct QuoteRequest {
    pub id: String,
    pub object: String,
    pub instrument: String,
}

/// A fact as it lies in the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Tells it from the same fact at another time, however often it is handled: microseconds since 1970.
    #[serde(default)]
    pub number: i64,
}

impl Job for Recorded {
    const KIND: &'static str = "event";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = -10;
    const TIMEOUT: Duration = Duration::from_mins(1);
}

impl Event {
    /// Records the fact, in the caller's transaction.
    pub async fn emit(&self, conn: &mut Conn) -> QueryResult<()> {
        let number = chrono::Utc::now().timestamp_micros();
        jobs::enqueue(conn, &Recorded { event: self.clone(), number }).await
    }
}
