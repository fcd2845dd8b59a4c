//! Reads a tree into what a struct wants to have.

use std::fmt;

use serde::de::value::SeqDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// What is wrong with which parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    at: Option<String>,
    what: String,
}

impl Problem {
    fn new(what: impl Into<String>) -> Self {
        Self { at: None, what: what.into() }
    }

    fn within(self, name: &str) -> Self {
        let at = match self.at {
            None => name.to_owned(),
            Some(at) => format!("{name}.{at}"),
        };
        Self { at: Some(at), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at} {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Problem {}

impl serde::de::Error for Problem {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self::new(what.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("is out of range")
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of: {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing").within(field)
    }
}

/// A value that becomes what is asked of it, if it reasonably can.
pub(super) struct Loose(pub(super) Value);

impl Loose {
    fn text(self) -> Result<String, Problem> {
        match self.0 {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            _ => Err(Problem::new("must be a single text")),
        }
    }

    /// As Rails: `0`, `f`, `off` and nothing at all are false; unlike Rails, nonsense is refused.
    fn flag(self) -> Result<bool, Problem> {
        let text = match self.0 {
            Value::Bool(flag) => return Ok(flag),
            other => Self(other).text().unwrap_or_else(|_| "?".to_owned()),
        };
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "on" | "yes" => Ok(true),
            "" | "0" | "f" | "false" | "off" | "no" => Ok(false),
            _ => Err(Problem::new("must be true or false")),
        }
    }

    fn list(self) -> Vec<Value> {
        let items = match self.0 {
            Value::Array(items) => items,
            Value::Object(members) => numbered(members),
            other => vec![other],
        };
        items.into_iter().filter(|item| !item.is_null() && item.as_str() != Some("")).collect()
    }
}

/// `{"1": b, "0": a}` is the list `a, b`; an object with other names is a list of itself.
fn numbered(members: Map<String, Value>) -> Vec<Value> {
    if members.is_empty() || !members.keys().all(|name| name.parse::<u64>().is_ok()) {
        return vec![Value::Object(members)];
    }
    let mut items: Vec<(u64, Value)> =
        members.into_iter().map(|(name, item)| (name.parse().unwrap_or(u64::MAX), item)).collect();
    items.sort_by_key(|(number, _)| *number);
    items.into_iter().map(|(_, item)| item).collect()
}

impl IntoDeserializer<'_, Problem> for Loose {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Hands out the members of an object, and says which one was wrong.
struct Members {
    rest: serde_json::map::IntoIter,
    next: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        self.next = self.rest.by_ref().find(|(_, value)| !value.is_null());
        match &self.next {
            Some((name, _)) => seed.deserialize(Loose(Value::String(name.clone()))).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (name, value) = self.next.take().unwrap_or_default();
        seed.deserialize(Loose(value)).map_err(|problem| problem.within(&name))
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let text = self.text().unwrap_or_default();
            let text = text.trim();
            if let Ok(number) = text.parse::<i64>() {
                return visitor.visit_i64(number);
            }
            match text.parse::<u64>() {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => Err(Problem::new("must be a whole number")),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Loose {
    type Error = Problem;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => number.deserialize_any(visitor).map_err(Problem::custom),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_bool(self.flag()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let number = self.text().ok().and_then(|text| text.trim().parse::<f64>().ok());
        match number.filter(|number| number.is_finite()) {
            Some(number) => visitor.visit_f64(number),
            None => Err(Problem::new("must be a number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(SeqDeserializer::new(self.list().into_iter().map(Self)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let Value::Object(members) = self.0 else {
            return Err(Problem::new("must have named parts"));
        };
        visitor.visit_map(Members { rest: members.into_iter(), next: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char bytes byte_buf unit unit_struct identifier }
}
