//! Who may quote a status, as its author says.

/// Who may quote a status without asking, and who may after asking: the bits of `statuses.quote_policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy(pub i16);

/// The words of the client API for the four lowest bits.
const WORDS: [&str; 4] = ["public", "followers", "following", "unsupported_policy"];

/// So far above the bits of those who need not ask stand those of the others.
const MANUAL: u32 = 4;

/// Whether somebody may quote a status (<https://docs.joinmastodon.org/entities/QuoteApproval/#current_user>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quotable {
    /// No.
    #[default]
    Denied,
    /// Its author says more than is understood here.
    Unknown,
    /// If its author agrees.
    Manual,
    /// Yes.
    Automatic,
}

impl Quotable {
    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Unknown => "unknown",
            Self::Manual => "manual",
            Self::Automatic => "automatic",
        }
    }
}

impl Policy {
    /// The author alone.
    pub const NOBODY: Self = Self(0);
    /// Everybody.
    pub const PUBLIC: Self = Self(1);
    /// Followers.
    pub const FOLLOWERS: Self = Self(2);
    /// Those whom the author follows.
    pub const FOLLOWING: Self = Self(4);
    /// Some who are not told apart here.
    pub const OTHERS: Self = Self(8);

    /// What somebody wants by default, by its number in `users`.
    pub fn of_setting(number: i16) -> Self {
        match number {
            0 => Self::PUBLIC,
            1 => Self::FOLLOWERS,
            _ => Self::NOBODY,
        }
    }

    /// These too.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These after asking, instead of without.
    #[must_use]
    pub fn when_asked(self) -> Self {
        Self((self.0 & 15) << MANUAL)
    }

    /// Who need not ask, in the words of the client API.
    pub fn automatic(self) -> Vec<&'static str> {
        words(self.0)
    }

    /// Who may ask, in the words of the client API.
    pub fn manual(self) -> Vec<&'static str> {
        words(self.0 >> MANUAL)
    }

    /// Whether everybody, or followers, need not ask.
    pub fn includes(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// What it means for somebody else who follows the author, or is followed.
    pub fn for_viewer(self, follows: bool, followed: bool) -> Quotable {
        let allows = |bits: i16| {
            let bits = Self(bits);
            bits.includes(Self::PUBLIC)
                || follows && bits.includes(Self::FOLLOWERS)
                || followed && bits.includes(Self::FOLLOWING)
        };
        if allows(self.0) {
            Quotable::Automatic
        } else if allows(self.0 >> MANUAL) {
            Quotable::Manual
        } else if self.includes(Self::OTHERS.and(Self::OTHERS.when_asked())) {
            Quotable::Unknown
        } else {
            Quotable::Denied
        }
    }
}

fn words(bits: i16) -> Vec<&'static str> {
    (0..).zip(WORDS).filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_words_and_answers() {
        let policy = Policy::FOLLOWERS.and(Policy::FOLLOWING.when_asked());
        assert_eq!((policy.automatic(), policy.manual()), (vec!["followers"], vec!["following"]));
        assert_eq!(policy.for_viewer(true, false), Quotable::Automatic);
        assert_eq!(policy.for_viewer(false, true), Quotable::Manual);
        assert_eq!(policy.for_viewer(false, false), Quotable::Denied);
        assert_eq!(Policy::NOBODY.for_viewer(true, true), Quotable::Denied);
        assert_eq!(Policy::PUBLIC.for_viewer(false, false), Quotable::Automatic);
        assert_eq!(Policy::PUBLIC.when_asked().for_viewer(false, false), Quotable::Manual);
        assert_eq!(Policy::OTHERS.for_viewer(false, false), Quotable::Unknown);
        assert_eq!(Policy::OTHERS.when_asked().for_viewer(false, false), Quotable::Unknown);
        assert_eq!(Policy::of_setting(2), Policy::NOBODY);
    }
}
