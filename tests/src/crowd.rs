//! Many accounts at little cost: written by SQL, with one key and no password for all.

use crate::{Client, Instance};

/// Local accounts `crowd1`, `crowd2` and so on, each with a token.
#[derive(Debug)]
pub struct Crowd {
    /// With the tokens, in order.
    pub members: Vec<Client>,
}

impl Crowd {
    /// Makes so many. There must be an account already, whose key they share.
    pub async fn gather(instance: &Instance, count: usize) -> Self {
        let base = &instance.url;
        let statements = format!(
            "WITH new AS (INSERT INTO accounts (username, uri, url) \
             SELECT 'crowd' || n, '{base}/users/crowd' || n, '{base}/@crowd' || n \
             FROM generate_series(1, {count}) n RETURNING id, username, uri), \
             stats AS (INSERT INTO account_stats (account_id) SELECT id FROM new), \
             act AS (INSERT INTO actors (account_id, inbox_url, shared_inbox_url, outbox_url, followers_url, \
             following_url, featured_url, key_id, public_key_pem, private_key_pem) \
             SELECT new.id, new.uri || '/inbox', '{base}/inbox', new.uri || '/outbox', new.uri || '/followers', \
             new.uri || '/following', new.uri || '/collections/featured', new.uri || '#main-key', \
             k.public_key_pem, k.private_key_pem FROM new, \
             (SELECT * FROM actors WHERE private_key_pem IS NOT NULL LIMIT 1) k), \
             logins AS (INSERT INTO users (account_id, email, password_hash, confirmed_at, approved_at) \
             SELECT id, username || '@example.org', '!', now(), now() FROM new RETURNING id, email), \
             app AS (INSERT INTO applications (client_id, client_secret_hash, name, redirect_uris, scopes) \
             VALUES ('crowd', '', 'Crowd', '{{}}', 'read write follow push') RETURNING id) \
             INSERT INTO access_tokens (token_hash, application_id, user_id, scopes) \
             SELECT sha256(convert_to('token of ' || split_part(email, '@', 1), 'UTF8')), app.id, logins.id, \
             'read write follow push' FROM logins, app"
        );
        instance.database.execute(&statements).await;
        let nobody = instance.client();
        Self { members: (1..=count).map(|n| nobody.with_token(&format!("token of crowd{n}"))).collect() }
    }
}
