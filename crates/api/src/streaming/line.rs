//! Somebody who listens, over whatever transport.

use db::{AccountId, ListId};
use http::StatusCode;
use services::scopes::Scopes;
use streaming::{Listening, MAX_STREAMS, Refused, Topic};

use super::channel::{Request, refused, scope};
use crate::auth::Viewer;
use crate::{ApiState, Error, Result};

/// Most streams on one connection.
const MAX_TOPICS: usize = 64;

/// A connection and what its token allows; small, since thousands of them wait.
pub(super) struct Line {
    pub(super) listening: Listening,
    scopes: Scopes,
    pool: db::Pool,
}

impl Line {
    /// Lets the holder of a token in: 401 without a good one, 403 if it allows no stream, 429 when the
    /// account has too many open.
    pub(super) async fn open(state: &ApiState, token: Option<&str>) -> Result<Self> {
        let token = token.ok_or_else(|| Error::unauthorized("The access token is invalid"))?;
        let viewer = Viewer::from_token(state, token).await?;
        let account = viewer.require_any(&["read:statuses", "read:notifications"])?.id;
        let listening = state.app.hub.listen(account.0, viewer.token().0).map_err(|why| match why {
            Refused::Account => Error::new(
                StatusCode::TOO_MANY_REQUESTS,
                format!("At most {MAX_STREAMS} streams can be open at once"),
            ),
            Refused::Process => services::Error::Busy.into(),
        })?;
        // From here on the end of the token is heard; it may have come in between.
        if !db::access_tokens::is_live(&mut *state.app.conn().await?, viewer.token()).await? {
            return Err(Error::unauthorized("The access token is invalid"));
        }
        Ok(Self { listening, scopes: viewer.scopes().clone(), pool: state.app.pool.clone() })
    }

    /// Listens to a stream from now on; 404 for a list of somebody else.
    pub(super) async fn subscribe(&mut self, request: &Request) -> Result<()> {
        let account = self.listening.account();
        let topic = request.topic(account)?;
        if !self.scopes.covers(scope(&topic)) {
            return Err(Error::forbidden("This action is outside the authorized scopes"));
        }
        if self.listening.topics().len() >= MAX_TOPICS {
            return Err(refused("Too many streams on one connection"));
        }
        if let Topic::List(id) = topic {
            let mut conn = self.pool.get().await?;
            db::lists::find_own(&mut conn, AccountId(account), ListId(id)).await?;
        }
        if topic == Topic::Home(account) && self.scopes.covers("read:notifications") {
            self.listening.subscribe(Topic::HomeAlerts(account), None);
        }
        self.listening.subscribe(topic, request.tag.as_deref());
        Ok(())
    }

    /// Does not listen to a stream any more; there need not be such a one.
    pub(super) fn unsubscribe(&mut self, request: &Request) -> Result<()> {
        let account = self.listening.account();
        let topic = request.topic(account)?;
        if topic == Topic::Home(account) {
            self.listening.unsubscribe(&Topic::HomeAlerts(account));
        }
        self.listening.unsubscribe(&topic);
        Ok(())
    }
}
