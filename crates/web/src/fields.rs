//! Names and values: of queries and of submitted forms.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header;
use http::request::Parts;

use crate::problem::{Problem, Result};
use crate::visitor::Visitor;

/// The name of the form field that proves that a form is ours.
pub(crate) const TOKEN_FIELD: &str = "csrf_token";

/// Most fields of one form or query.
const MAX_FIELDS: usize = 100;

/// Names and values, each name once; as an argument, those of the query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A name that comes twice is a mistake or an attempt to have two readers see two things.
    fn parse(text: &[u8]) -> Result<Self> {
        let bad = |title| Problem::bad_request(title, "Go back and start again.");
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            if fields.len() >= MAX_FIELDS {
                return Err(bad("This request has too many fields"));
            }
            if name.contains('\0') || value.contains('\0') {
                return Err(bad("This request has characters that no text has"));
            }
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(bad("This request has a field twice"));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value, or nothing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Whether a checkbox is ticked, or a flag of a query is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "true" | "on" | "yes" | "t"))
    }

    /// The same fields without one.
    pub(crate) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| known != name).cloned().collect())
    }

    /// As a query, without `?`.
    pub(crate) fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::parse(parts.uri.query().unwrap_or_default().as_bytes())
    }
}

/// A submitted form.
#[derive(Clone, Debug)]
pub(crate) struct Form(Fields);

impl Form {
    /// The fields, if the form was one of ours, drawn for this visitor.
    pub(crate) fn checked(self, visitor: &Visitor) -> Result<Fields> {
        if visitor.made_form(self.0.get(TOKEN_FIELD).unwrap_or_default()) {
            Ok(self.0)
        } else {
            Err(Problem::new(
                http::StatusCode::FORBIDDEN,
                "This form is too old, or it does not come from here",
                "Allow cookies for this site, go back, load the page again and send it once more.",
            ))
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = kind.is_some_and(|kind| {
            kind.split(';').next().unwrap_or_default().trim() == "application/x-www-form-urlencoded"
        });
        if !is_form {
            return Err(Problem::bad_request("This is not a form", "Send it from the page that has it."));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            Problem::new(rejection.status(), "This form cannot be read", "Make it shorter and send it again.")
        })?;
        Ok(Self(Fields::parse(&body)?))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let fields = Fields::parse(b"a=1&b=x+y%26&c").unwrap();
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c")), (Some("1"), Some("x y&"), Some("")));
        assert_eq!(fields.get("d"), None);
        assert!(fields.flag("a") && !fields.flag("b") && !fields.flag("d"));
        assert_eq!(fields.without("b").to_query(), "a=1&c=");
    }

    #[test]
    fn ambiguous_and_unreadable_fields_are_refused() {
        for text in ["a=1&a=2", "a=%00", "%00=a"] {
            assert!(Fields::parse(text.as_bytes()).is_err(), "{text}");
        }
        let many: Vec<String> = (0..=MAX_FIELDS).map(|n| format!("f{n}=1")).collect();
        assert!(Fields::parse(many.join("&").as_bytes()).is_err());
        assert!(Fields::parse(b"a=\xff").is_ok());
    }
}
