//! Databases of the cluster.

use crate::Error;
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// Unix sockets answer at once; a server that is starting or stopping may leave a connection hanging.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection whose other half runs on the runtime until the client is dropped.
pub(crate) async fn connect(url: &str) -> Result<Client, Error> {
    let failed = |reason: String| Error::Database { doing: "connecting to PostgreSQL".to_owned(), reason };
    let connecting = tokio::time::timeout(CONNECT, tokio_postgres::connect(url, NoTls)).await;
    let connecting = connecting.map_err(|_| failed("no answer in time".to_owned()))?;
    let (client, connection) = connecting.map_err(|error| failed(reason(&error)))?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) async fn exists(url: &str, name: &str) -> Result<bool, Error> {
    let client = connect(url).await?;
    let rows = client.query("select 1 from pg_database where datname = $1", &[&name]).await;
    rows.map(|rows| !rows.is_empty()).map_err(|error| failed("looking for database", name, &error))
}

pub(crate) async fn create(url: &str, name: &str, template: Option<&str>) -> Result<(), Error> {
    let template = template.map_or(String::new(), |template| format!(" template {}", quoted(template)));
    let statement = format!("create database {}{template}", quoted(name));
    run(url, "creating database", name, &statement).await
}

pub(crate) async fn drop(url: &str, name: &str) -> Result<(), Error> {
    let statement = format!("drop database if exists {} with (force)", quoted(name));
    run(url, "dropping database", name, &statement).await
}

async fn run(url: &str, doing: &str, name: &str, statement: &str) -> Result<(), Error> {
    let client = connect(url).await?;
    client.batch_execute(statement).await.map_err(|error| failed(doing, name, &error))
}

/// A quoted identifier (PostgreSQL manual, 4.1.1).
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn failed(doing: &str, name: &str, error: &tokio_postgres::Error) -> Error {
    Error::Database { doing: format!("{doing} {name}"), reason: reason(error) }
}

/// What the server said; the error itself says only "db error".
fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}
