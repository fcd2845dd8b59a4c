//! OAuth applications: the client programs that registered here.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::applications;

use crate::Conn;
use crate::ids::ApplicationId;

/// A row of `applications`.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable)]
#[diesel(table_name = applications, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Application {
    pub id: ApplicationId,
    pub client_id: String,
    pub client_secret_hash: Vec<u8>,
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<String>,
    pub scopes: String,
    pub created_at: DateTime<Utc>,
}

/// A new application.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = applications)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewApplication {
    pub client_id: String,
    pub client_secret_hash: Vec<u8>,
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<String>,
    pub scopes: String,
}

/// Writes a new application; `None` when its client id is taken.
pub async fn insert(conn: &mut Conn, new: &NewApplication) -> QueryResult<Option<Application>> {
    diesel::insert_into(applications::table)
        .values(new)
        .on_conflict_do_nothing()
        .returning(Application::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// The application, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: ApplicationId) -> QueryResult<Application> {
    applications::table.find(id).select(Application::as_select()).first(conn).await
}

/// The application with this client id.
pub async fn find_by_client_id(conn: &mut Conn, client_id: &str) -> QueryResult<Option<Application>> {
    applications::table
        .filter(applications::client_id.eq(client_id))
        .select(Application::as_select())
        .first(conn)
        .await
        .optional()
}
