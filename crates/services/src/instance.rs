//! The instance itself: what its database was made for, and its own actor.

use db::accounts::{self, Account, INSTANCE_ACTOR, kind};
use db::instances;

use crate::local_accounts::{NewLocal, create_local, generate_key};
use crate::{App, Error, Result};

/// What must be there before the first request: the database belongs to this domain, and the instance has
/// an actor that signs fetches.
///
/// # Errors
/// When the database was made for another domain, since every id in it contains that one.
pub async fn prepare(app: &App) -> Result<()> {
    let mut conn = app.conn().await?;
    let domain = app.urls.domain();
    let made_for = instances::identity(&mut conn, domain).await?;
    if made_for != domain {
        return Err(Error::Internal(anyhow::anyhow!(
            "instance.domain: this database was made for {made_for}, and the domain cannot be changed to {domain}"
        )));
    }
    if accounts::instance_actor(&mut conn).await?.is_some() {
        return Ok(());
    }
    let key = generate_key().await?;
    let new = NewLocal { username: INSTANCE_ACTOR.to_owned(), kind: kind::APPLICATION, locked: true };
    // Two processes that start at once: one of them finds the name taken, and that is well.
    create_local(&mut conn, &app.urls, &new, &key).await?;
    Ok(())
}

/// The instance's actor.
pub async fn actor(app: &App) -> Result<Account> {
    let mut conn = app.conn().await?;
    accounts::instance_actor(&mut conn).await?.ok_or(Error::NotFound)
}
