//! What can be listened to.

/// Whose public statuses are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Everybody's.
    Any,
    /// Those written here.
    Local,
    /// Those written elsewhere.
    Remote,
}

/// What can be listened to. Accounts and lists are part of it, so that news wakes only those concerned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The home timeline of an account: the stream `user`.
    Home(i64),
    /// Its notifications, on the stream `user`.
    HomeAlerts(i64),
    /// Its notifications alone: the stream `user:notification`.
    Alerts(i64),
    /// Its conversations: the stream `direct`.
    Direct(i64),
    /// A list: the stream `list`.
    List(i64),
    /// The public timeline: `public` and its variants.
    Public {
        /// Whose.
        origin: Origin,
        /// Only those with media.
        only_media: bool,
    },
    /// Public statuses with a hashtag: `hashtag` and `hashtag:local`.
    Hashtag {
        /// Normalised.
        tag: String,
        /// Only those written here.
        local: bool,
    },
}

impl Topic {
    /// Whether it shows public statuses to whoever asks.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Public { .. } | Self::Hashtag { .. })
    }

    /// The name of its stream.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Home(_) | Self::HomeAlerts(_) => "user",
            Self::Alerts(_) => "user:notification",
            Self::Direct(_) => "direct",
            Self::List(_) => "list",
            Self::Public { origin: Origin::Any, only_media: false } => "public",
            Self::Public { origin: Origin::Any, only_media: true } => "public:media",
            Self::Public { origin: Origin::Local, only_media: false } => "public:local",
            Self::Public { origin: Origin::Local, only_media: true } => "public:local:media",
            Self::Public { origin: Origin::Remote, only_media: false } => "public:remote",
            Self::Public { origin: Origin::Remote, only_media: true } => "public:remote:media",
            Self::Hashtag { local: false, .. } => "hashtag",
            Self::Hashtag { local: true, .. } => "hashtag:local",
        }
    }

    /// Its name, and what it was asked for with: what each frame says. A hashtag is called as whoever listens
    /// spelt it (`spelt`), since clients compare.
    pub fn names(&self, spelt: Option<&str>) -> Vec<String> {
        let parameter = match self {
            Self::List(list) => Some(list.to_string()),
            Self::Hashtag { tag, .. } => Some(spelt.unwrap_or(tag).to_owned()),
            _ => None,
        };
        std::iter::once(self.name().to_owned()).chain(parameter).collect()
    }
}
