//! Where messages arrive in a process.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::registry::Registry;
use crate::{End, FeedItem, Feeds, Frame, Listening, Message, Refused, Topic};

/// Messages that may wait to be told; more means that this process cannot keep up.
const WAITING: usize = 4096;

/// Hands what is heard on the bus to the feed cache and to those who listen.
#[derive(Clone, Debug)]
pub struct Hub {
    feeds: Feeds,
    registry: Arc<Registry>,
    /// Where messages go that must be looked up before they can be told.
    teller: Arc<Mutex<Option<Teller>>>,
    listened: Arc<AtomicBool>,
    epoch: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
struct Teller {
    statuses: mpsc::Sender<Message>,
    personal: mpsc::Sender<Message>,
}

/// Messages that concern somebody who listens, for whoever knows what they are about.
#[derive(Debug)]
pub struct News {
    /// On statuses, in order.
    pub statuses: mpsc::Receiver<Message>,
    /// For one account each: notifications and conversations.
    pub personal: mpsc::Receiver<Message>,
}

/// How many listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Connections now.
    pub open: usize,
    /// Connections that were closed because they did not read, ever.
    pub slow: u64,
}

impl Hub {
    /// A hub in front of this cache.
    pub fn new(feeds: Feeds) -> Self {
        Self {
            feeds,
            registry: Arc::default(),
            teller: Arc::default(),
            listened: Arc::default(),
            epoch: Arc::default(),
        }
    }

    /// The cache of home feeds.
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// Another number after each change of something that is shown within accounts and statuses and writes no
    /// row of theirs: custom emoji. What was made under an earlier number must be made anew.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// A connection of this account, opened with this token; it hears nothing yet.
    pub fn listen(&self, account: i64, token: i64) -> Result<Listening, Refused> {
        self.registry.open(account, token)
    }

    /// What is to be told from now on. There is one teller in a process.
    pub fn news(&self) -> News {
        let (to_statuses, statuses) = mpsc::channel(WAITING);
        let (to_personal, personal) = mpsc::channel(WAITING);
        let teller = Teller { statuses: to_statuses, personal: to_personal };
        *self.teller.lock().unwrap_or_else(PoisonError::into_inner) = Some(teller);
        News { statuses, personal }
    }

    /// Tells those who listen to a topic what `frame` makes of it for them: it is given the account, and the
    /// hashtag as it was spelt if that differs.
    pub fn send(&self, topic: &Topic, frame: impl FnMut(i64, Option<&str>) -> Option<Arc<Frame>>) {
        self.registry.send(topic, frame);
    }

    /// Tells everybody who listens to a home timeline the same.
    pub fn send_home(&self, event: &'static str, payload: &Arc<str>) {
        let homes = self.registry.topics(|topic| match topic {
            Topic::Home(account) => Some(*account),
            _ => None,
        });
        let Some(first) = homes.first() else { return };
        let frame = Frame::new(Topic::Home(*first).names(None), event, Some(Arc::clone(payload)));
        for account in homes {
            self.send(&Topic::Home(account), |_, _| Some(Arc::clone(&frame)));
        }
    }

    /// The accounts that listen to a topic.
    pub fn accounts(&self, topic: &Topic) -> HashSet<i64> {
        self.registry.accounts(topic)
    }

    /// Of these accounts, those that listen to their home timeline.
    pub fn at_home(&self, accounts: &[i64]) -> Vec<i64> {
        self.registry.at_home(accounts)
    }

    /// Whether anybody listens to public statuses.
    pub fn has_public(&self) -> bool {
        self.registry.has_public()
    }

    /// What `wanted` picks of the topics that somebody listens to.
    pub fn topics<T>(&self, wanted: impl Fn(&Topic) -> Option<T>) -> Vec<T> {
        self.registry.topics(wanted)
    }

    /// How many listen.
    pub fn counts(&self) -> Counts {
        let (open, slow) = self.registry.counts();
        Counts { open, slow }
    }

    /// Takes a notification's payload, and returns what it says; one that does not parse comes from a newer
    /// version and is ignored.
    pub fn hear(&self, payload: &str) -> Option<Message> {
        match serde_json::from_str::<Message>(payload) {
            Ok(message) => {
                self.apply(message.clone());
                Some(message)
            }
            Err(error) => {
                tracing::debug!(%error, "Ignored a message of an unknown form");
                None
            }
        }
    }

    /// Forgets what may be stale after messages were missed, and lets everybody connect again.
    pub fn missed(&self) {
        self.apply(Message::Missed);
    }

    fn apply(&self, message: Message) {
        match message {
            Message::Published { status, original, ref readers, .. } => {
                self.feeds.push(FeedItem { id: status, original }, readers);
                self.pass_on(message);
            }
            Message::FeedChanged { account } => self.feeds.drop_feed(account),
            Message::Missed => {
                self.feeds.clear();
                self.epoch.fetch_add(1, Ordering::AcqRel);
                // At the start there was nothing to miss.
                if self.listened.swap(true, Ordering::Relaxed) {
                    self.registry.close(End::Missed, |_, _| true);
                }
            }
            Message::TokenRevoked { token } => self.registry.close(End::Revoked, |_, other| other == token),
            Message::AccountClosed { account } => {
                self.registry.close(End::Revoked, |other, _| other == account);
            }
            Message::FiltersChanged { account } => {
                let topic = Topic::Home(account);
                let frame = Frame::new(topic.names(None), "filters_changed", None);
                self.send(&topic, |_, _| Some(Arc::clone(&frame)));
            }
            Message::NotificationsMerged { account } => {
                // Whatever it carries is ignored, but clients expect something.
                let payload: Arc<str> = "1".into();
                for topic in [Topic::HomeAlerts(account), Topic::Alerts(account)] {
                    let frame =
                        Frame::new(topic.names(None), "notifications_merged", Some(Arc::clone(&payload)));
                    self.send(&topic, |_, _| Some(Arc::clone(&frame)));
                }
            }
            Message::EmojisChanged => {
                self.epoch.fetch_add(1, Ordering::AcqRel);
            }
            Message::Edited { .. }
            | Message::Deleted { .. }
            | Message::Notified { .. }
            | Message::Conversation { .. }
            | Message::Announced { .. }
            | Message::AnnouncementReaction { .. } => self.pass_on(message),
            Message::AnnouncementDeleted { announcement } => {
                let payload: Arc<str> = announcement.to_string().into();
                self.send_home("announcement.delete", &payload);
            }
        }
    }

    /// Gives a message to the teller if it concerns somebody who listens.
    fn pass_on(&self, message: Message) {
        let has = |topic| self.registry.has(&topic);
        let (concerns, is_personal) = match &message {
            Message::Notified { account, .. } => {
                (has(Topic::HomeAlerts(*account)) || has(Topic::Alerts(*account)), true)
            }
            Message::Conversation { account, .. } => (has(Topic::Direct(*account)), true),
            Message::Announced { .. } | Message::AnnouncementReaction { .. } => {
                (!self.registry.is_empty(), true)
            }
            _ => (!self.registry.is_empty(), false),
        };
        if !concerns {
            return;
        }
        let teller = self.teller.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(teller) = teller else { return };
        let sender = if is_personal { teller.personal } else { teller.statuses };
        if let Err(mpsc::error::TrySendError::Full(_)) = sender.try_send(message) {
            tracing::warn!("More happens than can be told; listeners have to connect again");
            self.registry.close(End::Missed, |_, _| true);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::Arc;

    use super::Hub;
    use crate::{End, Feeds, Frame, MAX_STREAMS, Message, Refused, Topic};

    fn hub() -> Hub {
        Hub::new(Feeds::new(1))
    }

    fn say(hub: &Hub, topic: &Topic) {
        let frame = Frame::new(topic.names(None), "update", Some("{}".into()));
        hub.send(topic, |_, _| Some(Arc::clone(&frame)));
    }

    #[test]
    fn an_account_has_so_many_seats_and_gets_them_back() {
        let hub = hub();
        let mut open: Vec<_> = (0..MAX_STREAMS).map(|_| hub.listen(1, 1)).collect();
        assert!(open.iter().all(Result::is_ok));
        assert_eq!(hub.listen(1, 1).err(), Some(Refused::Account));
        assert!(hub.listen(2, 2).is_ok());
        open.pop();
        assert!(hub.listen(1, 1).is_ok());
        drop(open);
        assert_eq!(hub.counts().open, 0);
    }

    #[tokio::test]
    async fn only_those_concerned_are_told() {
        let hub = hub();
        let (mut one, mut two) = (hub.listen(1, 1).unwrap(), hub.listen(2, 2).unwrap());
        one.subscribe(Topic::Home(1), None);
        two.subscribe(Topic::Hashtag { tag: "a".into(), local: false }, Some("A"));
        assert_eq!(hub.at_home(&[1, 2, 3]), [1]);
        assert!(hub.has_public());
        say(&hub, &Topic::Home(1));
        assert!(one.next().await.unwrap().socket().starts_with(b"{\"stream\":[\"user\"]"));
        let tag = Topic::Hashtag { tag: "a".into(), local: false };
        hub.send(&tag, |account, spelt| {
            assert_eq!((account, spelt), (2, Some("A")));
            Some(Frame::new(tag.names(spelt), "update", None))
        });
        assert!(two.next().await.unwrap().socket().starts_with(b"{\"stream\":[\"hashtag\",\"A\"]"));
        two.unsubscribe(&tag);
        assert!(!hub.has_public() && hub.topics(|topic| topic.is_public().then_some(())).is_empty());
    }

    #[tokio::test]
    async fn who_does_not_read_is_closed_and_counted() {
        let hub = hub();
        let mut slow = hub.listen(1, 1).unwrap();
        slow.subscribe(Topic::Home(1), None);
        for _ in 0..300 {
            say(&hub, &Topic::Home(1));
        }
        assert_eq!(slow.next().await.err(), Some(End::Slow));
        assert_eq!(hub.counts().slow, 1);
    }

    #[tokio::test]
    async fn tokens_accounts_and_gaps_end_connections() {
        let hub = hub();
        hub.missed();
        let (mut one, two, three) =
            (hub.listen(1, 7).unwrap(), hub.listen(2, 8).unwrap(), hub.listen(3, 9).unwrap());
        one.subscribe(Topic::Home(1), None);
        say(&hub, &Topic::Home(1));
        hub.apply(Message::TokenRevoked { token: 7 });
        assert_eq!(one.next().await.err(), Some(End::Revoked), "what waits is not told any more");
        hub.apply(Message::AccountClosed { account: 2 });
        assert_eq!(two.ended().await, End::Revoked);
        hub.missed();
        assert_eq!(three.ended().await, End::Missed);
    }

    #[tokio::test]
    async fn changed_filters_are_told_at_home() {
        let hub = hub();
        let mut one = hub.listen(1, 1).unwrap();
        one.subscribe(Topic::Home(1), None);
        hub.hear(r#"{"t":"filters_changed","account":1}"#);
        assert_eq!(one.next().await.unwrap().socket(), r#"{"stream":["user"],"event":"filters_changed"}"#);
    }
}
