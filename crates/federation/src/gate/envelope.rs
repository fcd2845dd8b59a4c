//! What the gate reads of an activity: who, what kind, about what. The rest is only stepped over.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::Error;

/// The outside of an activity. Of repeated members the last counts, as everywhere here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: String,
    pub(crate) actor: String,
    /// The first type.
    pub(crate) kind: String,
    /// The id of the first object; empty if there is none.
    pub(crate) object: String,
}

impl Envelope {
    /// Reads the body of a request.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Error> {
        let envelope: Self = serde_json::from_slice(body)
            .map_err(|error| Error::malformed(format!("The body is not a JSON object: {error}")))?;
        let missing = [("id", &envelope.id), ("actor", &envelope.actor), ("type", &envelope.kind)];
        match missing.iter().find(|(_, value)| value.is_empty()) {
            Some((name, _)) => Err(Error::malformed(format!("The activity has no {name}"))),
            None => Ok(envelope),
        }
    }

    /// Whether it is of this kind and its actor speaks of itself.
    pub(crate) fn is_about_itself(&self, kind: &str) -> bool {
        self.kind == kind && self.actor == self.object
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let (mut found, mut other) = (Envelope::default(), Envelope::default());
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let target = match name.as_ref() {
                "id" => &mut found.id,
                "@id" => &mut other.id,
                "actor" => &mut found.actor,
                "type" => &mut found.kind,
                "@type" => &mut other.kind,
                "object" => &mut found.object,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *target = map.next_value::<Reference>()?.0;
        }
        // The plain name goes before its alias, here as in `json`: two readers of one activity must not read
        // two things.
        if found.id.is_empty() {
            found.id = other.id;
        }
        if found.kind.is_empty() {
            found.kind = other.kind;
        }
        Ok(found)
    }
}

/// A string, the `id` of an object, or the first of a list; anything else is empty.
#[derive(Default)]
struct Reference(String);

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self::default())
    }
}

impl<'de> Visitor<'de> for Reference {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self, E> {
        let fits = text.len() <= 2048 && !text.contains('\0');
        Ok(Self(if fits { text.to_owned() } else { String::new() }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let (mut id, mut other) = (String::new(), String::new());
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match name.as_ref() {
                "id" => id = map.next_value::<Self>()?.0,
                "@id" => other = map.next_value::<Self>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Self(if id.is_empty() { other } else { id }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        let first = seq.next_element::<Self>()?.unwrap_or_default();
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Envelope, u16> {
        Envelope::read(text.as_bytes()).map_err(|error| error.status().as_u16())
    }

    #[test]
    fn every_shape_is_read() {
        let envelope = read(r#"{"@context":[{"a":1}],"id":"https://a.example/1","actor":{"type":"Person","id":"https://a.example/b"},"type":["Delete"],"object":[{"id":"https://a.example/b"}, 3]}"#).unwrap();
        assert_eq!((envelope.actor.as_str(), envelope.kind.as_str()), ("https://a.example/b", "Delete"));
        assert!(envelope.is_about_itself("Delete") && !envelope.is_about_itself("Update"));
        let last = read(r#"{"id":"a","id":"b","actor":"c","type":"X","object":null}"#).unwrap();
        assert_eq!((last.id.as_str(), last.object.as_str()), ("b", ""));
        let aliases = read(r#"{"@id":"a","@type":"X","actor":"c","object":{"@id":"d"}}"#).unwrap();
        assert_eq!((aliases.id.as_str(), aliases.kind.as_str(), aliases.object.as_str()), ("a", "X", "d"));
        let both = r#"{"id":"a","@id":"b","type":"Create","@type":"Delete","actor":"c","object":{"id":"d","@id":"c"}}"#;
        let both = read(both).unwrap();
        assert_eq!((both.id.as_str(), both.kind.as_str(), both.object.as_str()), ("a", "Create", "d"));
    }

    #[test]
    fn what_is_no_activity_is_refused() {
        for bad in [
            "",
            "[]",
            "3",
            "null",
            "{",
            "{}",
            r#"{"id":1,"actor":"b","type":"c"}"#,
            r#"{"id":"a","actor":{},"type":"c"}"#,
            r#"{"id":"a\u0000","actor":"b","type":"c"}"#,
        ] {
            assert_eq!(read(bad), Err(400), "{}", &bad[..bad.len().min(60)]);
        }
        assert!(Envelope::read(b"{\"id\":\"\xff\"}").is_err());
    }
}
