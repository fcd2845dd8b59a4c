//! The registry of types: what each is called, and how often and how loudly it may be heard.

use std::time::Duration;

/// What happened (<https://docs.joinmastodon.org/entities/Notification/#type>). The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Kind {
    /// Somebody mentioned you.
    Mention = 0,
    /// Somebody you asked to be told about posted.
    Status = 1,
    /// Somebody reblogged your status.
    Reblog = 2,
    /// Somebody follows you.
    Follow = 3,
    /// Somebody asks to follow you.
    FollowRequest = 4,
    /// Somebody favourited your status.
    Favourite = 5,
    /// A status that you reblogged was edited.
    Update = 6,
    /// Somebody signed up (for moderators).
    SignUp = 7,
    /// A poll that you made, or voted in, has ended; it comes from its author, who may be you.
    Poll = 8,
    /// Somebody quoted your status.
    Quote = 9,
    /// A status that you quoted was edited.
    QuotedUpdate = 10,
    /// Follows of yours were cut by a moderator or a block of a host; comes from yourself.
    SeveredRelationships = 11,
    /// A moderator warned you; comes from yourself.
    ModerationWarning = 12,
    /// Somebody reported something (for moderators).
    Report = 13,
    /// Somebody reacted to your status with an emoji. As Pleroma names it;
    /// not documented, so only for those who ask for it.
    Reaction = 14,
}

/// How soon somebody should look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Can wait until the device is awake anyway.
    Low,
    /// As usual.
    Medium,
    /// Somebody is talking to you.
    High,
}

/// When notifications of one kind about one thing are one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// How long a group stays open after its first.
    pub window: Duration,
    /// How many it takes; 1 where each stands alone unless there are hundreds.
    pub size: i32,
}

/// An entry of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The word of the client API.
    pub word: &'static str,
    /// How soon somebody should look up.
    pub priority: Priority,
    /// `None`: each stands alone.
    pub grouping: Option<Grouping>,
    /// For so long the same from the same account about the same thing is not news again.
    pub cooldown: Option<Duration>,
    /// So long devices are not told: what is taken back at once was never heard.
    pub delay: Duration,
    /// Whether people decide by their policy who may cause it.
    pub filterable: bool,
    /// Whether clients know it without asking for it.
    pub documented: bool,
}

const MINUTE: Duration = Duration::from_mins(1);

impl Kind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Mention,
        Self::Status,
        Self::Reblog,
        Self::Follow,
        Self::FollowRequest,
        Self::Favourite,
        Self::Update,
        Self::SignUp,
        Self::Poll,
        Self::Quote,
        Self::QuotedUpdate,
        Self::SeveredRelationships,
        Self::ModerationWarning,
        Self::Report,
        Self::Reaction,
    ];

    /// The registry: one line for each type.
    pub const fn rules(self) -> Rules {
        use Priority::{High, Low, Medium};
        let (likes, shares) = (group(5, 50), group(10, 20));
        match self {
            Self::Mention => Rules::new("mention", High),
            Self::Status => Rules::new("status", Medium),
            Self::Reblog => Rules::new("reblog", Medium).grouped(shares).cooled(120).delayed(60),
            Self::Follow => Rules::new("follow", Medium).grouped(group(0, 1)).cooled(24 * 60),
            Self::FollowRequest => Rules::new("follow_request", Medium).cooled(24 * 60),
            Self::Favourite => Rules::new("favourite", Low).grouped(likes).cooled(60).delayed(30),
            Self::Update => Rules::new("update", Low).unfiltered(),
            Self::SignUp => Rules::new("admin.sign_up", Low).grouped(group(60, 50)).unfiltered(),
            Self::Poll => Rules::new("poll", Medium).unfiltered(),
            Self::Quote => Rules::new("quote", High),
            Self::QuotedUpdate => Rules::new("quoted_update", Low).unfiltered(),
            Self::SeveredRelationships => Rules::new("severed_relationships", Medium).unfiltered(),
            Self::ModerationWarning => Rules::new("moderation_warning", High).unfiltered(),
            Self::Report => Rules::new("admin.report", Medium).unfiltered(),
            Self::Reaction => {
                Rules::new("pleroma:emoji_reaction", Low).grouped(likes).cooled(60).delayed(30).undocumented()
            }
        }
    }

    /// The word of the client API.
    pub const fn as_str(self) -> &'static str {
        self.rules().word
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    pub(crate) fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == number)
    }
}

const fn group(minutes: u64, size: i32) -> Grouping {
    Grouping { window: Duration::from_mins(minutes), size }
}

impl Rules {
    const fn new(word: &'static str, priority: Priority) -> Self {
        let (grouping, cooldown, delay) = (None, None, Duration::ZERO);
        Self { word, priority, grouping, cooldown, delay, filterable: true, documented: true }
    }

    const fn grouped(self, grouping: Grouping) -> Self {
        Self { grouping: Some(grouping), ..self }
    }

    const fn cooled(self, minutes: u32) -> Self {
        Self { cooldown: Some(MINUTE.saturating_mul(minutes)), ..self }
    }

    const fn delayed(self, seconds: u64) -> Self {
        Self { delay: Duration::from_secs(seconds), ..self }
    }

    const fn unfiltered(self) -> Self {
        Self { filterable: false, ..self }
    }

    const fn undocumented(self) -> Self {
        Self { documented: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_lead_back_to_the_kind() {
        for (number, kind) in (0..).zip(Kind::ALL) {
            assert_eq!(kind as i16, number);
            assert_eq!(Kind::from_number(number), Some(kind));
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("nonsense"), None);
        assert_eq!(Kind::from_number(99), None);
    }
}
