//! Which streams there are, and what they are called.

use http::StatusCode;
use serde::Deserialize;
use streaming::{Origin, Topic};
use utoipa::IntoParams;

use crate::Error;

/// What a stream is asked for with, in a query or a `WebSocket` message. What is no text counts as absent.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct Request {
    pub(super) stream: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) list: Option<String>,
}

impl Request {
    /// What the stream of an account listens to; 400 when there is none of that name, or its tag or list is
    /// missing. Says nothing of whose a list is.
    pub(super) fn topic(&self, account: i64) -> Result<Topic, Error> {
        let public = |origin, only_media| Topic::Public { origin, only_media };
        Ok(match self.stream.as_deref().unwrap_or_default() {
            "user" => Topic::Home(account),
            "user:notification" => Topic::Alerts(account),
            "direct" => Topic::Direct(account),
            "public" => public(Origin::Any, false),
            "public:media" => public(Origin::Any, true),
            "public:local" => public(Origin::Local, false),
            "public:local:media" => public(Origin::Local, true),
            "public:remote" => public(Origin::Remote, false),
            "public:remote:media" => public(Origin::Remote, true),
            "hashtag" => Topic::Hashtag { tag: self.tag()?, local: false },
            "hashtag:local" => Topic::Hashtag { tag: self.tag()?, local: true },
            "list" => {
                let list = self.list.as_deref().ok_or_else(|| refused("Missing list name parameter"))?;
                Topic::List(list.parse().map_err(|_| Error::not_found())?)
            }
            _ => return Err(refused("Unknown stream type")),
        })
    }

    /// Whether there is a stream of this name.
    pub(super) fn is_known(&self) -> bool {
        let anything = Some("1a".to_owned());
        let filled = Self { stream: self.stream.clone(), tag: anything, list: Some("1".to_owned()) };
        filled.topic(0).is_ok()
    }

    fn tag(&self) -> Result<String, Error> {
        let tag = self.tag.as_deref().and_then(text::normalise_tag);
        tag.ok_or_else(|| refused("Missing tag name parameter"))
    }
}

/// 400, as streams answer.
pub(super) fn refused(problem: &'static str) -> Error {
    Error::new(StatusCode::BAD_REQUEST, problem)
}

/// The scope that a token needs for a stream.
pub(super) fn scope(topic: &Topic) -> &'static str {
    match topic {
        Topic::HomeAlerts(_) | Topic::Alerts(_) => "read:notifications",
        _ => "read:statuses",
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::Request;

    fn request(stream: &str, tag: Option<&str>, list: Option<&str>) -> Request {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Request { stream: Some(stream.to_owned()), tag: own(tag), list: own(list) }
    }

    #[test]
    fn every_name_is_read_and_written_alike() {
        for name in [
            "user",
            "user:notification",
            "direct",
            "list",
            "public",
            "public:media",
            "public:local",
            "public:local:media",
            "public:remote",
            "public:remote:media",
            "hashtag",
            "hashtag:local",
        ] {
            let topic = request(name, Some("Café"), Some("7")).topic(1);
            assert_eq!(topic.ok().map(|topic| topic.name()), Some(name));
        }
    }

    #[test]
    fn what_is_not_a_stream_is_refused() {
        for (stream, tag, list, code) in [
            ("", None, None, 400),
            ("users", None, None, 400),
            ("hashtag", None, None, 400),
            ("hashtag", Some("#"), None, 400),
            ("list", None, None, 400),
            ("list", None, Some("mine"), 404),
        ] {
            let refused = request(stream, tag, list).topic(1).err().map(|error| error.status());
            assert_eq!(refused, StatusCode::from_u16(code).ok(), "{stream}");
        }
    }
}
