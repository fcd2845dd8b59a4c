//! Parameters, as Rails reads them and as clients therefore send them.
//!
//! The query and the body, be it a form, multipart or JSON, become one tree; a name in the body wins. Names
//! have structure: `a[]=1`, `a[b]=c`, `a[0][name]=x`, `a[][k]=v`. The tree is read into a plain
//! `#[derive(Deserialize)]` struct, loosely: `"1"` is a number or `true` where one is meant, a number is a
//! text where one is meant, a single value or `{"0": …, "1": …}` is a list where one is meant, `null` is
//! absent, empty entries of lists too, and unknown names are ignored. Optional fields need
//! `#[serde(default)]` unless they are `Option`. `#[serde(flatten)]` and untagged enums lose the looseness:
//! do without. What remains wrong is answered 422 with a sentence that names the parameter.

mod loose;
mod pairs;
mod read;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::{Map, Value};

use crate::{ApiState, Error};

pub(crate) use loose::Problem;
pub(crate) use pairs::parse_query;

/// The parameters of a request, from wherever they came; files in it are ignored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<ApiState> for Params<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Error> {
        let largest = state.app.config.server.max_json_bytes;
        let limits = read::Limits { body: largest, multipart: largest };
        let (tree, _) = read::read(request, limits).await?;
        Ok(Self(from_tree(tree)?))
    }
}

/// The parameters of a request that may carry files, up to `server.max_media_bytes`.
#[derive(Debug)]
pub(crate) struct Upload<T> {
    /// Everything but the files.
    pub(crate) params: T,
    /// The files.
    pub(crate) files: Files,
}

impl<T: DeserializeOwned> FromRequest<ApiState> for Upload<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Error> {
        let server = &state.app.config.server;
        let limits = read::Limits { body: server.max_json_bytes, multipart: server.max_media_bytes };
        let (tree, files) = read::read(request, limits).await?;
        Ok(Self { params: from_tree(tree)?, files })
    }
}

/// The files of a multipart form, by the names of their fields.
#[derive(Debug, Default)]
pub(crate) struct Files(Vec<(String, Bytes)>);

impl Files {
    /// Takes the file with this name out, if there is one that is not empty.
    pub(crate) fn take(&mut self, name: &str) -> Option<Bytes> {
        let at = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.swap_remove(at).1)
    }
}

/// Reads a tree of parameters into a struct.
pub(crate) fn from_tree<T: DeserializeOwned>(tree: Map<String, Value>) -> Result<T, Problem> {
    T::deserialize(loose::Loose(Value::Object(tree)))
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::invalid(problem)
    }
}

/// For `#[serde(default, deserialize_with = "params::unless_blank")]`: an empty text is absent, where a number
/// or an id is meant.
pub(crate) fn unless_blank<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr,
{
    let text = String::deserialize(from)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| serde::de::Error::custom("is not valid"))
}

#[cfg(test)]
mod tests;
