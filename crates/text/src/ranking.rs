//! How much something trends; pure.
//!
//! What counts is how fast something grows, not how big it is, and people rather than what they do: somebody
//! who uses a tag a hundred times counts once.

/// With fewer people nothing trends, however often they do it.
pub const LEAST_PEOPLE: i64 = 3;

/// More than this part of young accounts among the people, and somebody is probably making it up.
const MOST_YOUNG: f64 = 0.8;

/// The last hour, six hours and day: weight, and how many times as many people as usual are a spike.
const WINDOWS: [(f64, f64, f64); 3] = [(1.0, 0.5, 10.0), (6.0, 0.3, 5.0), (24.0, 0.2, 3.0)];

/// Hours in the six days before the last one.
const HOURS_BEFORE: f64 = 144.0;

/// The hours in which attention is counted.
const ATTENTION_HOURS: f64 = 6.0;

/// Whether young accounts are too great a part of some people.
fn is_staged(people: i64, young: i64) -> bool {
    number(young) > number(people) * MOST_YOUNG
}

#[expect(clippy::cast_precision_loss, reason = "counts of people are far below 2^52")]
fn number(count: i64) -> f64 {
    count.max(0) as f64
}

/// How many people used a tag.
#[derive(Clone, Copy, Debug, Default)]
pub struct TagUse {
    /// In the last hour, six hours, and day.
    pub people: [i64; 3],
    /// Of those of the day, by accounts younger than a week.
    pub young: i64,
    /// On each of the six days before, added up.
    pub before: i64,
}

/// How much a tag trends; `None` when it does not. In each window the people are compared with how many they
/// usually are in so much time; windows without a spike count nothing. Where usually is nobody, [`LEAST_PEOPLE`]
/// are just enough.
pub fn tag_score(used: &TagUse) -> Option<f64> {
    let day = used.people[2];
    if day < LEAST_PEOPLE || is_staged(day, used.young) {
        return None;
    }
    let usual = number(used.before) / HOURS_BEFORE;
    let spikes = WINDOWS.iter().zip(used.people).filter_map(|((hours, weight, threshold), people)| {
        let ratio = number(people) / (usual * hours).max(number(LEAST_PEOPLE) / threshold);
        (ratio >= *threshold).then_some(weight * ratio)
    });
    let score: f64 = spikes.sum();
    (score > 0.0).then_some(score)
}

/// What others did with a status in the last six hours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attention {
    /// Favourites.
    pub favourites: i64,
    /// Replies.
    pub replies: i64,
    /// Reblogs.
    pub reblogs: i64,
    /// How many people that was.
    pub people: i64,
    /// Of those, accounts younger than a week.
    pub young: i64,
    /// How old the status is, in hours.
    pub hours: f64,
    /// Followers of its author.
    pub followers: i64,
    /// Decimal logarithm of the followers of those people, on average.
    pub reach: f64,
}

/// How much a status trends; `None` when it does not. Favourites, replies and reblogs in an hour, with growing
/// weight, and a little for who wrote it; attention by people who are followed much counts up to about half as
/// much again.
pub fn status_score(attention: &Attention) -> Option<f64> {
    if attention.people < LEAST_PEOPLE || is_staged(attention.people, attention.young) {
        return None;
    }
    let hours = attention.hours.clamp(1.0, ATTENTION_HOURS);
    let velocity = |count| number(count) / hours;
    let pace = 0.3 * velocity(attention.favourites)
        + 0.4 * 1.5 * velocity(attention.replies)
        + 0.5 * 2.0 * velocity(attention.reblogs);
    let influence = 0.2 * (1.0 + number(attention.followers)).log10();
    Some(pace * (1.0 + attention.reach.clamp(0.0, 5.0) / 10.0) + influence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(people: [i64; 3], young: i64, before: i64) -> Option<f64> {
        tag_score(&TagUse { people, young, before })
    }

    #[test]
    fn three_people_make_a_trend_where_there_was_nothing() {
        assert!(tag([3, 3, 3], 0, 0).is_some());
        assert!(tag([0, 0, 3], 0, 0).is_some());
        assert_eq!(tag([2, 2, 2], 0, 0), None);
    }

    #[test]
    fn what_is_always_much_used_does_not_trend() {
        // A hundred people a day, as always.
        assert_eq!(tag([5, 30, 100], 0, 600), None);
        // Ten times as many within the hour.
        assert!(tag([60, 80, 150], 0, 600).is_some());
        let (sudden, slow) = (tag([60, 80, 150], 0, 600), tag([10, 60, 400], 0, 600));
        assert!(sudden > slow, "{sudden:?} {slow:?}");
    }

    #[test]
    fn young_accounts_alone_make_no_trend() {
        assert_eq!(tag([10, 10, 10], 9, 0), None);
        assert!(tag([10, 10, 10], 8, 0).is_some());
        let staged = Attention { favourites: 10, people: 10, young: 9, ..Attention::default() };
        assert_eq!(status_score(&staged), None);
    }

    #[test]
    fn reblogs_weigh_more_than_replies_and_those_more_than_favourites() {
        let of = |favourites, replies, reblogs| {
            status_score(&Attention { favourites, replies, reblogs, people: 3, ..Attention::default() })
        };
        assert!(of(0, 0, 3) > of(0, 3, 0) && of(0, 3, 0) > of(3, 0, 0));
        let few = Attention { favourites: 2, people: 2, ..Attention::default() };
        assert_eq!(status_score(&few), None);
    }

    #[test]
    fn the_same_attention_in_less_time_and_by_more_followed_people_counts_more() {
        let plain = Attention { favourites: 12, people: 12, hours: 6.0, ..Attention::default() };
        assert!(status_score(&Attention { hours: 2.0, ..plain }) > status_score(&plain));
        assert!(status_score(&Attention { reach: 3.0, ..plain }) > status_score(&plain));
        assert!(status_score(&Attention { followers: 5_000, ..plain }) > status_score(&plain));
        assert_eq!(
            status_score(&Attention { hours: 0.0, ..plain }),
            status_score(&Attention { hours: 1.0, ..plain })
        );
    }
}
