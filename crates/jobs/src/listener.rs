//! One connection that listens, for everybody in the process.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::broadcast;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Config, Socket};
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, warn};

use crate::backoff::jittered;

/// What a listener tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// From now on nothing is missed; what happened before may have been. Look at everything once.
    Listening,
    /// Somebody has called `pg_notify(channel, payload)`.
    Notification {
        /// One of the channels asked for.
        channel: String,
        /// At most 8000 bytes.
        payload: String,
    },
}

/// A connection to PostgreSQL that listens on some channels and is made again whenever it breaks, for as long as
/// this value lives. A receiver that falls behind gets `Lagged`, which means the same as [`Notice::Listening`].
#[derive(Debug)]
pub struct Listener {
    notices: broadcast::Sender<Notice>,
    _task: AbortOnDropHandle<()>,
}

/// How many notices a slow receiver may be behind.
const CAPACITY: usize = 1024;
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Listener {
    /// Starts listening, in a task of the current runtime; `tls` encrypts if `config` asks for it.
    pub fn new<T>(mut config: Config, tls: T, channels: &[&str]) -> Self
    where
        T: MakeTlsConnect<Socket, Stream: Send, TlsConnect: Send> + Clone + Send + Sync + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        config.keepalives_idle(Duration::from_secs(30)).keepalives_interval(Duration::from_secs(10));
        config.keepalives_retries(3).application_name("listener");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        let quoted: Vec<String> = channels.iter().map(|channel| channel.replace('"', "\"\"")).collect();
        let listen = format!("LISTEN \"{}\"", quoted.join("\"; LISTEN \""));
        let (notices, _) = broadcast::channel(CAPACITY);
        let task = tokio::spawn(keep_listening(config, tls, listen, notices.clone()));
        Self { notices, _task: AbortOnDropHandle::new(task) }
    }

    /// What is told from now on. Subscribe before looking at what the notices are about.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }
}

async fn keep_listening<T>(config: Config, tls: T, listen: String, notices: broadcast::Sender<Notice>)
where
    T: MakeTlsConnect<Socket> + Clone,
{
    let mut pause = SHORTEST_PAUSE;
    loop {
        let mut listening = false;
        match forward(&config, tls.clone(), &listen, &notices, &mut listening).await {
            Ok(()) => debug!("The listening connection was closed, connecting again"),
            Err(error) => {
                let error = anyhow::Error::from(error);
                warn!("The listening connection failed (see database.url), connecting again: {error:#}");
            }
        }
        pause = if listening { SHORTEST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        tokio::time::sleep(jittered(pause)).await;
    }
}

/// Connects, listens and forwards until the connection ends.
async fn forward<T: MakeTlsConnect<Socket>>(
    config: &Config,
    tls: T,
    listen: &str,
    notices: &broadcast::Sender<Notice>,
    listening: &mut bool,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(tls).await?;
    let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
    let mut subscribed = std::pin::pin!(client.batch_execute(listen));
    loop {
        // Sending fails when nobody has subscribed, which is nobody's loss.
        tokio::select! {
            result = &mut subscribed, if !*listening => {
                result?;
                *listening = true;
                let _ = notices.send(Notice::Listening);
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(told))) => {
                    let (channel, payload) = (told.channel().to_owned(), told.payload().to_owned());
                    let _ = notices.send(Notice::Notification { channel, payload });
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
