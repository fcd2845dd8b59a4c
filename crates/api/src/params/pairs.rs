//! `a[b][]=c&d=e`: names and values of queries and forms.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::Error;

/// Most values in one request.
const MOST_FIELDS: usize = 200;
/// Deepest nesting of names, and of JSON.
const DEEPEST: usize = 8;

/// The tree of a query string alone.
pub(crate) fn parse_query(query: &str) -> Result<Map<String, Value>, Error> {
    let mut tree = Tree::default();
    tree.add_pairs(query.as_bytes())?;
    Ok(tree.into_map())
}

/// A tree of parameters while it grows, within its bounds.
#[derive(Default)]
pub(super) struct Tree {
    map: Map<String, Value>,
    fields: usize,
}

impl Tree {
    pub(super) fn into_map(self) -> Map<String, Value> {
        self.map
    }

    /// Adds what a query or an urlencoded form holds.
    pub(super) fn add_pairs(&mut self, text: &[u8]) -> Result<(), Error> {
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            self.add(&name, value)?;
        }
        Ok(())
    }

    /// Adds one value under its name.
    pub(super) fn add(&mut self, name: &str, value: String) -> Result<(), Error> {
        self.count()?;
        without_nul(name)?;
        without_nul(&value)?;
        let steps = steps(name);
        if steps.len() > DEEPEST {
            return Err(too_deep());
        }
        let [first, rest @ ..] = steps.as_slice() else { return Ok(()) };
        let slot = self.map.entry(*first).or_insert(Value::Null);
        put(slot, rest, Value::String(value)).ok_or_else(|| {
            let text = format!("The parameter {first} is given both as one value and as several");
            Error::new(StatusCode::BAD_REQUEST, text)
        })
    }

    /// Adds a JSON object; its members replace what was there.
    pub(super) fn add_json(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            Error::new(StatusCode::BAD_REQUEST, format!("The body is not valid JSON: {error}"))
        })?;
        match value {
            Value::Null => Ok(()),
            Value::Object(members) => {
                for (name, value) in members {
                    without_nul(&name)?;
                    self.check(&value, 1)?;
                    self.map.insert(name, value);
                }
                Ok(())
            }
            _ => Err(Error::new(StatusCode::BAD_REQUEST, "The body must be a JSON object")),
        }
    }

    /// Lays another tree over this one.
    pub(super) fn overlay(&mut self, other: Self) -> Result<(), Error> {
        self.fields += other.fields;
        if self.fields > MOST_FIELDS {
            return Err(too_many());
        }
        self.map.extend(other.map);
        Ok(())
    }

    fn count(&mut self) -> Result<(), Error> {
        self.fields += 1;
        if self.fields > MOST_FIELDS { Err(too_many()) } else { Ok(()) }
    }

    fn check(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.check(item, depth + 1)),
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                without_nul(name)?;
                self.check(member, depth + 1)
            }),
            Value::String(text) => {
                self.count()?;
                without_nul(text)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.count(),
        }
    }
}

fn too_many() -> Error {
    Error::invalid(format!("There are more than {MOST_FIELDS} parameters"))
}

fn too_deep() -> Error {
    Error::invalid(format!("The parameters are nested more than {DEEPEST} levels deep"))
}

fn without_nul(text: &str) -> Result<(), Error> {
    if text.contains('\0') {
        Err(Error::invalid("Parameters must not contain NUL characters"))
    } else {
        Ok(())
    }
}

/// Undoes percent encoding; `+` is a space. A `%` that encodes nothing stands for itself.
fn decode(text: &[u8]) -> Result<String, Error> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits make a byte"));
                at += 3;
                continue;
            }
            (b'+', ..) => bytes.push(b' '),
            (byte, ..) => bytes.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::new(StatusCode::BAD_REQUEST, "Parameters must be valid UTF-8"))
}

/// `a[b][]` is `a`, `b`, and the empty step, which means the end of a list. Brackets that do not match are
/// part of a plain name.
fn steps(name: &str) -> Vec<&str> {
    let Some((first, mut rest)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return vec![name];
    };
    let mut steps = vec![first];
    loop {
        let Some((step, after)) = rest.split_once(']') else { return vec![name] };
        steps.push(step);
        match after.strip_prefix('[') {
            Some(more) => rest = more,
            None if after.is_empty() => return steps,
            None => return vec![name],
        }
    }
}

/// Puts a value where the steps lead; `None` when a value is in the way.
fn put(slot: &mut Value, steps: &[&str], value: Value) -> Option<()> {
    match steps {
        [] => *slot = value,
        ["", rest @ ..] => {
            if slot.is_null() {
                *slot = Value::Array(Vec::new());
            }
            let list = slot.as_array_mut()?;
            // `a[][k]=1&a[][l]=2` is one entry, and a name that comes again begins the next.
            if !list.last().is_some_and(|last| has_room(last, rest)) {
                list.push(Value::Null);
            }
            put(list.last_mut()?, rest, value)?;
        }
        [name, rest @ ..] => {
            if slot.is_null() {
                *slot = Value::Object(Map::new());
            }
            let member = slot.as_object_mut()?.entry(*name).or_insert(Value::Null);
            put(member, rest, value)?;
        }
    }
    Some(())
}

/// Whether a further value fits into the last entry of a list.
fn has_room(entry: &Value, steps: &[&str]) -> bool {
    match (entry, steps) {
        (Value::Object(members), [name, rest @ ..]) if !name.is_empty() => {
            members.get(*name).is_none_or(|member| has_room(member, rest))
        }
        (Value::Array(_), ["", ..]) => true,
        _ => false,
    }
}
