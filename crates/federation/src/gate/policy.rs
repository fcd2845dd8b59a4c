//! What is wrong with a request before anybody is asked about it.

use services::Urls;

use super::envelope::Envelope;
use super::fits;
use crate::error::Error;
use crate::json;

/// The host of a key id, which must not be ours (7.27).
pub(super) fn host_of_key<'k>(urls: &Urls, key_id: &'k str) -> Result<&'k str, Error> {
    let host = json::web_url(key_id).and_then(|_| db::instances::host_of(key_id));
    let host = host.ok_or_else(|| Error::unauthorized("The keyId is not an http(s) URL"))?;
    if urls.is_ours(key_id) {
        return Err(Error::unauthorized("The keyId is one of ours"));
    }
    Ok(host)
}

/// An activity's id and actor are of one host, and not of ours.
pub(super) fn check_ids(urls: &Urls, envelope: &Envelope) -> Result<(), Error> {
    if json::web_url(&envelope.actor).is_none() || json::web_url(&envelope.id).is_none() {
        return Err(Error::malformed("The activity's id or actor is not an http(s) URL"));
    }
    if db::instances::host_of(&envelope.actor).is_none() {
        return Err(Error::malformed("The actor's host is not written in lower case and A-labels"));
    }
    if urls.is_ours(&envelope.actor) || urls.is_ours(&envelope.id) {
        return Err(Error::unauthorized("The activity claims to be ours"));
    }
    if !fits(&envelope.id, &envelope.actor) {
        return Err(Error::unauthorized("The activity's id is on another host than its actor"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        let mut config = config::Config::default();
        config.instance.domain = "here.example".to_owned();
        Urls::new(&config)
    }

    #[test]
    fn keys_are_elsewhere() {
        let urls = urls();
        assert_eq!(host_of_key(&urls, "https://a.example/users/b#main-key").ok(), Some("a.example"));
        for bad in [
            "",
            "b",
            "acct:b@a.example",
            "https://here.example/users/b#main-key",
            "https://HERE.example/x",
            "https://u@a.example/",
            "ftp://a.example/",
        ] {
            assert!(host_of_key(&urls, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_are_of_one_foreign_host() {
        let check = |id: &str, actor: &str| {
            let envelope = Envelope { id: id.into(), actor: actor.into(), ..Envelope::default() };
            check_ids(&urls(), &envelope).map_err(|error| error.status().as_u16())
        };
        assert_eq!(check("https://a.example/1", "https://a.example/users/b"), Ok(()));
        assert_eq!(check("https://b.example/1", "https://a.example/users/b"), Err(401));
        assert_eq!(check("http://a.example/1", "https://a.example/users/b"), Err(401));
        assert_eq!(check("https://here.example/1", "https://here.example/users/b"), Err(401));
        assert_eq!(check("tag:x", "https://a.example/users/b"), Err(400));
    }
}
