//! What a Question asks (federation 21).

use std::collections::HashSet;

use chrono::Utc;
use db::polls::NewPoll;
use serde_json::Value;

use crate::json;

/// Options that are kept, and characters of each: votes name them exactly, so that none is shortened.
const MOST: usize = 20;
const LONGEST: usize = 500;
/// Votes beyond this are not believed.
const MANY: i64 = 1_000_000_000;

/// The poll of a post; none for what is no Question, and for one whose options nobody could vote for (21.2).
pub(crate) fn poll(document: &Value) -> Option<NewPoll> {
    if !json::is(document, "Question") {
        return None;
    }
    let multiple = json::one(document, "oneOf").is_none();
    let choices = json::many(document, if multiple { "anyOf" } else { "oneOf" }).take(MOST);
    let (options, tallies): (Vec<_>, Vec<_>) =
        choices.map(choice).collect::<Option<Vec<_>>>()?.into_iter().unzip();
    if options.is_empty() || options.iter().collect::<HashSet<_>>().len() < options.len() {
        return None;
    }
    let least: i64 =
        if multiple { tallies.iter().copied().max().unwrap_or_default() } else { tallies.iter().sum() };
    let voters = document.get("votersCount").and_then(Value::as_i64).unwrap_or(least);
    Some(NewPoll {
        voters_count: voters.clamp(0, MANY),
        options,
        tallies,
        multiple,
        hide_totals: false,
        expires_at: end(document),
    })
}

fn choice(choice: &Value) -> Option<(String, i64)> {
    let name = json::natural(choice, "name").0?;
    let fits =
        !name.trim().is_empty() && name.chars().nth(LONGEST).is_none() && !name.chars().any(char::is_control);
    let votes = choice.pointer("/replies/totalItems").and_then(Value::as_i64).unwrap_or_default();
    fits.then(|| (name.to_owned(), votes.clamp(0, MANY)))
}

/// When voting ends or ended; without either, never.
fn end(document: &Value) -> Option<chrono::DateTime<Utc>> {
    let end = json::time(document, "endTime");
    let closed = match json::one(document, "closed") {
        Some(Value::Bool(true)) => Some(Utc::now()),
        _ => json::time(document, "closed"),
    };
    match (end, closed) {
        (Some(end), Some(closed)) => Some(end.min(closed)),
        (end, closed) => end.or(closed),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    fn question(options: &Value) -> Value {
        value!({ "type": "Question", "oneOf": options, "endTime": "2026-10-05T15:00:00Z" })
    }

    fn option(name: &str, votes: &Value) -> Value {
        value!({ "type": "Note", "name": name, "replies": { "type": "Collection", "totalItems": votes } })
    }

    #[test]
    fn questions_are_read() {
        let read = poll(&question(&value!([option("yes", &value!(3)), option("no", &value!(4))])));
        let read = read.expect("it is a poll");
        assert_eq!((read.options, read.tallies), (vec!["yes".to_owned(), "no".to_owned()], vec![3, 4]));
        assert!(!read.multiple && read.expires_at.is_some() && read.voters_count == 7);
        let several = value!({ "type": "Question", "votersCount": 5, "closed": true,
            "anyOf": [option("a", &value!(5)), { "name": "b" }] });
        let read = poll(&several).expect("it is a poll");
        assert!(read.multiple && read.voters_count == 5 && read.expires_at.is_some());
        assert_eq!(read.tallies, [5, 0]);
    }

    #[test]
    fn what_nobody_could_vote_for_is_no_poll() {
        for options in [
            value!([]),
            value!(null),
            value!(["yes", "no"]),
            value!([option("", &value!(1)), option("b", &value!(1))]),
            value!([option("a", &value!(1)), option("a", &value!(1))]),
            value!([option(&"x".repeat(501), &value!(1)), option("b", &value!(1))]),
        ] {
            assert_eq!(poll(&question(&options)), None, "{options}");
        }
        assert_eq!(poll(&value!({ "type": "Note", "oneOf": [option("a", &value!(1))] })), None);
    }

    #[test]
    fn hostile_numbers_are_bounded() {
        let options = value!([
            option("a", &value!(-5)),
            option("b", &value!(i64::MAX)),
            option("c", &value!("7")),
            option("d", &value!(1.5)),
        ]);
        let mut document = question(&options);
        document["votersCount"] = value!(-1);
        let read = poll(&document).expect("it is a poll");
        assert_eq!(read.tallies, [0, MANY, 0, 0]);
        assert_eq!(read.voters_count, 0);
        let many: Vec<Value> = (0..500).map(|n| option(&n.to_string(), &value!(n))).collect();
        assert_eq!(poll(&question(&value!(many))).map(|poll| poll.options.len()), Some(MOST));
    }
}
