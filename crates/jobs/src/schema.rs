//! The table a person looks at; everything else is asked by the statements in `statement.rs`.

diesel::table! {
    dead_jobs (id) {
        id -> Int8,
        kind -> Text,
        queue -> Text,
        payload -> Jsonb,
        attempts -> Int4,
        request_id -> Nullable<Text>,
        error -> Text,
        created_at -> Timestamptz,
        died_at -> Timestamptz,
    }
}
