//! Prints `crates/schema/src/lib.rs` from a migrated database.

use std::collections::BTreeMap;

use tokio_postgres::Client;

/// Tables that are not among those of the crate `schema`: the queue's own, and diesel's list of migrations.
const OTHERS: [&str; 3] = ["__diesel_schema_migrations", "dead_jobs", "jobs"];

const HEAD: &str = "//! The tables, as diesel prints them; everything that speaks SQL starts here.
//!
//! Generated from the migrations; a crate of its own, because queries then check four times faster.
";

const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, t.typname::text, a.attnotnull \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    JOIN pg_type t ON t.oid = a.atttypid \
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname::text <> ALL($1) \
    ORDER BY c.relname::text COLLATE \"C\", a.attnum";

const PRIMARY_KEYS: &str = "SELECT p.conrelid::regclass::text, array_agg(a.attname::text ORDER BY k.position) \
    FROM pg_constraint p CROSS JOIN LATERAL unnest(p.conkey) WITH ORDINALITY AS k(number, position) \
    JOIN pg_attribute a ON a.attrelid = p.conrelid AND a.attnum = k.number \
    WHERE p.contype = 'p' AND p.connamespace = 'public'::regnamespace GROUP BY p.conrelid";

/// Tables that refer to themselves, or to the same table twice, have no obvious join.
const JOINS: &str = "SELECT f.conrelid::regclass::text, f.confrelid::regclass::text, min(a.attname::text) \
    FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] \
    WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace AND f.conrelid <> f.confrelid \
    AND cardinality(f.conkey) = 1 AND f.conrelid::regclass::text <> ALL($1) \
    GROUP BY f.conrelid, f.confrelid HAVING count(*) = 1 \
    ORDER BY f.conrelid::regclass::text COLLATE \"C\", f.confrelid::regclass::text COLLATE \"C\"";

/// The whole file. Panics on a type of column that has no name here yet.
pub async fn print_schema(client: &Client) -> String {
    let rows = client.query(COLUMNS, &[&&OTHERS[..]]).await.expect("the catalogue can be read");
    let mut tables: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let kind = diesel_type(&kind).unwrap_or_else(|| panic!("{table}.{column}: {kind} has no name yet"));
        let kind = if row.get(3) { kind } else { format!("Nullable<{kind}>") };
        let line = format!("        /// `{column}`.\n        {column} -> {kind},\n");
        tables.entry(table).or_default().push_str(&line);
    }
    let keys = client.query(PRIMARY_KEYS, &[]).await.expect("the catalogue can be read");
    let keys: BTreeMap<String, Vec<String>> = keys.iter().map(|row| (row.get(0), row.get(1))).collect();
    let joins = client.query(JOINS, &[&&OTHERS[..]]).await.expect("the catalogue can be read");
    let mut parts = vec![HEAD.to_owned()];
    parts.extend(tables.iter().map(|(table, columns)| {
        let key = keys.get(table).unwrap_or_else(|| panic!("{table} has no primary key")).join(", ");
        format!(
            "\ndiesel::table! {{\n    /// Rows of `{table}`; its migration says what the columns mean.\n    \
             {table} ({key}) {{\n{columns}    }}\n}}\n"
        )
    }));
    parts.push("\n".to_owned());
    parts.extend(joins.iter().map(|join| {
        let (from, to, column): (&str, &str, &str) = (join.get(0), join.get(1), join.get(2));
        format!("diesel::joinable!({from} -> {to} ({column}));\n")
    }));
    parts.push("\ndiesel::allow_tables_to_appear_in_same_query!(\n".to_owned());
    parts.extend(tables.keys().map(|table| format!("    {table},\n")));
    parts.push(");\n".to_owned());
    parts.concat()
}

/// Diesel's name for a type that PostgreSQL calls so; arrays begin with an underscore there.
fn diesel_type(name: &str) -> Option<String> {
    if let Some(element) = name.strip_prefix('_') {
        return Some(format!("Array<{}>", diesel_type(element)?));
    }
    let known = match name {
        "bool" => "Bool",
        "bytea" => "Bytea",
        "date" => "Date",
        "float8" => "Double",
        "int2" => "SmallInt",
        "int4" => "Integer",
        "int8" => "BigInt",
        "jsonb" => "Jsonb",
        "text" => "Text",
        "timestamptz" => "Timestamptz",
        "uuid" => "Uuid",
        _ => return None,
    };
    Some(known.to_owned())
}
