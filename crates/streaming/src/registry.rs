//! Who listens to what, in this process.
//!
//! A frame is put into the queues of those who listen to its topic, and wakes nobody else. A queue that is
//! full belongs to somebody who does not read: its connection is closed.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::{Frame, Topic};

/// Frames that a listener may be behind by.
const BACKLOG: usize = 256;

/// Most streams that one account may have open in a process; who opens more is not a person reading.
pub const MAX_STREAMS: usize = 10;

/// Most connections of a process.
const MAX_OPEN: usize = 50_000;

/// Why a connection ends from our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    /// Its token or its account is worth nothing any more.
    Revoked = 1,
    /// It does not read what it is told.
    Slow = 2,
    /// It may have missed something: whoever connects again looks it up.
    Missed = 3,
}

/// Why nobody can be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The account has [`MAX_STREAMS`] open.
    Account,
    /// The process has as many open as it can have.
    Process,
}

/// The part of a connection that others reach.
#[derive(Debug)]
struct Seat {
    account: i64,
    token: i64,
    frames: mpsc::Sender<Arc<Frame>>,
    end: AtomicU8,
    ended: Notify,
}

impl Seat {
    fn end(&self) -> Option<End> {
        match self.end.load(Ordering::Acquire) {
            0 => None,
            1 => Some(End::Revoked),
            2 => Some(End::Slow),
            _ => Some(End::Missed),
        }
    }

    /// False when it has ended before.
    fn close(&self, why: End) -> bool {
        let first = self.end.compare_exchange(0, why as u8, Ordering::AcqRel, Ordering::Acquire).is_ok();
        self.ended.notify_one();
        first
    }
}

#[derive(Debug)]
struct Subscription {
    seat: Arc<Seat>,
    /// The hashtag as this listener wrote it, if otherwise than normalised.
    spelt: Option<Box<str>>,
}

#[derive(Debug, Default)]
struct Table {
    seats: HashMap<i64, Vec<Arc<Seat>>>,
    topics: HashMap<Topic, Vec<Subscription>>,
    open: usize,
    /// How many subscriptions are to public topics.
    public: usize,
}

/// Who listens to what.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    table: Mutex<Table>,
    slow: AtomicU64,
}

/// An open connection of an account, counted for as long as it lives.
#[derive(Debug)]
pub struct Listening {
    registry: Arc<Registry>,
    seat: Arc<Seat>,
    frames: mpsc::Receiver<Arc<Frame>>,
    topics: Vec<Topic>,
}

impl Registry {
    fn table(&self) -> MutexGuard<'_, Table> {
        // A poisoned lock only means that somebody panicked between two changes that stand for themselves.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(self: &Arc<Self>, account: i64, token: i64) -> Result<Listening, Refused> {
        let mut table = self.table();
        if table.open >= MAX_OPEN {
            return Err(Refused::Process);
        }
        let seats = table.seats.entry(account).or_default();
        if seats.len() >= MAX_STREAMS {
            return Err(Refused::Account);
        }
        let (sender, frames) = mpsc::channel(BACKLOG);
        let (end, ended) = (AtomicU8::new(0), Notify::new());
        let seat = Arc::new(Seat { account, token, frames: sender, end, ended });
        seats.push(Arc::clone(&seat));
        table.open += 1;
        Ok(Listening { registry: Arc::clone(self), seat, frames, topics: Vec::new() })
    }

    /// Tells those who listen to a topic what `frame` makes for them: it is given the account, and the
    /// hashtag as it was spelt.
    pub(crate) fn send(&self, topic: &Topic, mut frame: impl FnMut(i64, Option<&str>) -> Option<Arc<Frame>>) {
        let table = self.table();
        for Subscription { seat, spelt } in table.topics.get(topic).into_iter().flatten() {
            if seat.end().is_some() {
                continue;
            }
            let Some(frame) = frame(seat.account, spelt.as_deref()) else { continue };
            if seat.frames.try_send(frame).is_err() && seat.close(End::Slow) {
                self.slow.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Closes the connections of whom `which` names, by account and token.
    pub(crate) fn close(&self, why: End, which: impl Fn(i64, i64) -> bool) {
        for seat in self.table().seats.values().flatten().filter(|seat| which(seat.account, seat.token)) {
            seat.close(why);
        }
    }

    pub(crate) fn has(&self, topic: &Topic) -> bool {
        self.table().topics.contains_key(topic)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table().open == 0
    }

    pub(crate) fn has_public(&self) -> bool {
        self.table().public > 0
    }

    /// The accounts that listen to a topic.
    pub(crate) fn accounts(&self, topic: &Topic) -> HashSet<i64> {
        let table = self.table();
        table.topics.get(topic).into_iter().flatten().map(|entry| entry.seat.account).collect()
    }

    /// Of these accounts, those that listen to their home timeline.
    pub(crate) fn at_home(&self, accounts: &[i64]) -> Vec<i64> {
        let table = self.table();
        accounts.iter().copied().filter(|account| table.topics.contains_key(&Topic::Home(*account))).collect()
    }

    /// What `wanted` picks of the topics that somebody listens to.
    pub(crate) fn topics<T>(&self, wanted: impl Fn(&Topic) -> Option<T>) -> Vec<T> {
        self.table().topics.keys().filter_map(wanted).collect()
    }

    /// How many connections are open, and how many were closed because they did not read.
    pub(crate) fn counts(&self) -> (usize, u64) {
        (self.table().open, self.slow.load(Ordering::Relaxed))
    }
}

impl Listening {
    /// The next thing told, or why there is nothing more. May be dropped at any time; nothing is lost then.
    pub async fn next(&mut self) -> Result<Arc<Frame>, End> {
        tokio::select! {
            biased;
            end = ended(&self.seat) => Err(end),
            frame = self.frames.recv() => frame.ok_or(End::Missed),
        }
    }

    /// Waits for the end from our side.
    pub async fn ended(&self) -> End {
        ended(&self.seat).await
    }

    /// Whose it is.
    pub fn account(&self) -> i64 {
        self.seat.account
    }

    /// What it listens to.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Listens to a topic from now on; a second time to no effect. `spelt` is a hashtag as it was asked for.
    pub fn subscribe(&mut self, topic: Topic, spelt: Option<&str>) {
        if self.topics.contains(&topic) {
            return;
        }
        let mut table = self.registry.table();
        table.public += usize::from(topic.is_public());
        let spelt = match &topic {
            Topic::Hashtag { tag, .. } => spelt.filter(|spelt| spelt != tag).map(Box::from),
            _ => None,
        };
        let subscription = Subscription { seat: Arc::clone(&self.seat), spelt };
        table.topics.entry(topic.clone()).or_default().push(subscription);
        self.topics.push(topic);
    }

    /// Does not listen to a topic any more.
    pub fn unsubscribe(&mut self, topic: &Topic) {
        if self.topics.contains(topic) {
            self.topics.retain(|other| other != topic);
            leave(&mut self.registry.table(), topic, &self.seat);
        }
    }
}

async fn ended(seat: &Seat) -> End {
    loop {
        let called = seat.ended.notified();
        if let Some(end) = seat.end() {
            return end;
        }
        called.await;
    }
}

fn leave(table: &mut Table, topic: &Topic, seat: &Arc<Seat>) {
    let Some(subscriptions) = table.topics.get_mut(topic) else { return };
    let before = subscriptions.len();
    subscriptions.retain(|other| !Arc::ptr_eq(&other.seat, seat));
    let left = before - subscriptions.len();
    if subscriptions.is_empty() {
        table.topics.remove(topic);
    }
    table.public -= if topic.is_public() { left } else { 0 };
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut table = self.registry.table();
        for topic in &self.topics {
            leave(&mut table, topic, &self.seat);
        }
        if let Some(seats) = table.seats.get_mut(&self.seat.account) {
            seats.retain(|other| !Arc::ptr_eq(other, &self.seat));
            if seats.is_empty() {
                table.seats.remove(&self.seat.account);
            }
        }
        table.open -= 1;
    }
}
