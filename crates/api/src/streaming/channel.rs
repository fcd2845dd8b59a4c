//! Which streams there are.

use std::fmt;

use serde::Deserialize;

/// A stream that somebody listens to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Channel {
    /// Home timeline and notifications.
    User,
    /// Notifications alone.
    UserNotification,
    /// The public timeline.
    Public { origin: Origin, only_media: bool },
    /// Public statuses with a tag (normalised).
    Hashtag { tag: String, local: bool },
}

/// Whose public statuses are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// Everybody's.
    Any,
    /// Those written here.
    Local,
    /// Those written elsewhere.
    Remote,
}

/// What a stream is asked for with, in a query or a `WebSocket` message.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Request {
    pub(super) stream: Option<String>,
    pub(super) tag: Option<String>,
}

impl Channel {
    /// The stream that is asked for; `None` when there is none of that name.
    pub(super) fn parse(request: &Request) -> Option<Self> {
        let name = request.stream.as_deref()?;
        let public = |origin, only_media| Some(Self::Public { origin, only_media });
        match name {
            "user" => Some(Self::User),
            "user:notification" => Some(Self::UserNotification),
            "public" => public(Origin::Any, false),
            "public:media" => public(Origin::Any, true),
            "public:local" => public(Origin::Local, false),
            "public:local:media" => public(Origin::Local, true),
            "public:remote" => public(Origin::Remote, false),
            "public:remote:media" => public(Origin::Remote, true),
            "hashtag" | "hashtag:local" => {
                let tag = text::normalise_tag(request.tag.as_deref()?)?;
                Some(Self::Hashtag { tag, local: name == "hashtag:local" })
            }
            _ => None,
        }
    }

    /// The scope that a token needs for it.
    pub(super) fn scope(&self) -> &'static str {
        match self {
            Self::UserNotification => "read:notifications",
            _ => "read:statuses",
        }
    }

    /// Its name, and its tag if it has one, as each frame says them.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Hashtag { tag, .. } => vec![self.to_string(), tag.clone()],
            _ => vec![self.to_string()],
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("user"),
            Self::UserNotification => f.write_str("user:notification"),
            Self::Public { origin, only_media } => {
                f.write_str(match origin {
                    Origin::Any => "public",
                    Origin::Local => "public:local",
                    Origin::Remote => "public:remote",
                })?;
                if *only_media { f.write_str(":media") } else { Ok(()) }
            }
            Self::Hashtag { local, .. } => f.write_str(if *local { "hashtag:local" } else { "hashtag" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, Request};

    #[test]
    fn every_name_is_read_and_written_alike() {
        for name in [
            "user",
            "user:notification",
            "public",
            "public:media",
            "public:local",
            "public:local:media",
            "public:remote",
            "public:remote:media",
            "hashtag",
            "hashtag:local",
        ] {
            let request = Request { stream: Some(name.to_owned()), tag: Some("Café".to_owned()) };
            let channel = Channel::parse(&request);
            assert_eq!(channel.map(|channel| channel.to_string()).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_not_a_stream_is_none() {
        for (stream, tag) in [("", None), ("users", None), ("hashtag", None), ("hashtag", Some("#"))] {
            let request = Request { stream: Some(stream.to_owned()), tag: tag.map(str::to_owned) };
            assert_eq!(Channel::parse(&request), None);
        }
    }
}
