//! Sign-ins of the web pages. Only the hash of a session's token is stored.

use chrono::{Duration, Utc};
use db::accounts::Account;
use db::users::User;

use crate::{App, Result, secrets, users};

/// For how long a replaced token still works, for pages that are loading at that moment.
const GRACE: Duration = Duration::seconds(60);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The login.
    pub user: User,
    /// The account.
    pub account: Account,
    /// Whether the token is old enough to be replaced with [`renew`].
    pub stale: bool,
}

/// Signs a user in: the token for the cookie. Always a new one, so that nobody can foist a known one.
pub async fn create(app: &App, user: &User, user_agent: &str) -> Result<String> {
    let token = secrets::generate();
    let mut conn = app.conn().await?;
    let user_agent: String = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
    let expires_at = Utc::now() + lifetime(app);
    db::sessions::insert(&mut conn, &secrets::hash(&token), user.id, &user_agent, expires_at).await?;
    users::seen(&mut conn, user).await?;
    Ok(token)
}

fn lifetime(app: &App) -> Duration {
    Duration::days(i64::from(app.config.sessions.lifetime_days))
}

/// Who holds this token, if the session has not ended and nothing is in the user's way.
pub async fn find(app: &App, token: &str) -> Result<Option<SignedIn>> {
    let mut conn = app.conn().await?;
    let Some((session, user, account)) = db::sessions::find(&mut conn, &secrets::hash(token)).await? else {
        return Ok(None);
    };
    if users::obstacle(&user, &account).is_some() {
        return Ok(None);
    }
    let now = Utc::now();
    let rotate = Duration::minutes(i64::from(app.config.sessions.rotate_minutes));
    let stale = now - session.created_at > rotate && session.expires_at - now > GRACE;
    Ok(Some(SignedIn { user, account, stale }))
}

/// Replaces a session's token; the old one ends in a minute.
pub async fn renew(app: &App, token: &str, user: &User, user_agent: &str) -> Result<String> {
    let new = create(app, user, user_agent).await?;
    let mut conn = app.conn().await?;
    db::sessions::expire_at(&mut conn, &secrets::hash(token), Utc::now() + GRACE).await?;
    Ok(new)
}

/// Signs out.
pub async fn destroy(app: &App, token: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    Ok(db::sessions::delete(&mut conn, &secrets::hash(token)).await?)
}
