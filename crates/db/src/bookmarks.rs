//! Bookmarks: private to who made them, never federated.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::bookmarks;

use crate::ids::{AccountId, StatusId};
use crate::page::{Entry, list};
use crate::pairs::pairs;
use crate::visibility::visible;
use crate::{Conn, Page};

pairs!(bookmarks, status_id: StatusId);

/// What an account bookmarked, as far as it may still see it.
pub async fn statuses_by(conn: &mut Conn, by: AccountId, page: Page) -> QueryResult<Vec<Entry>> {
    let statement = if page.upwards() {
        concat!(
            "SELECT b.id, b.status_id AS target FROM bookmarks b JOIN statuses s ON s.id = b.status_id ",
            "WHERE b.account_id = $1 AND b.id < $2 AND b.id > $3 AND ",
            visible!("s", "$1"),
            " ORDER BY b.id ASC LIMIT $4"
        )
    } else {
        concat!(
            "SELECT b.id, b.status_id AS target FROM bookmarks b JOIN statuses s ON s.id = b.status_id ",
            "WHERE b.account_id = $1 AND b.id < $2 AND b.id > $3 AND ",
            visible!("s", "$1"),
            " ORDER BY b.id DESC LIMIT $4"
        )
    };
    list(conn, statement, by.0, page).await
}
