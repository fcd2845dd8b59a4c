//! From a request to a tree of parameters.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value};

use super::Files;
use super::pairs::Tree;
use crate::Error;

/// Most files in one request.
const MOST_FILES: usize = 8;
/// Most parts of a multipart body, files and others, empty ones too.
const MOST_PARTS: usize = 256;

/// How large a body may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A form or JSON.
    pub(super) body: usize,
    /// Multipart, with its files.
    pub(super) multipart: usize,
}

enum Kind {
    Form,
    Multipart,
    Json,
    Other,
}

fn kind(headers: &HeaderMap) -> Kind {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return Kind::Form;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "" | "application/x-www-form-urlencoded" => Kind::Form,
        "multipart/form-data" => Kind::Multipart,
        "application/json" => Kind::Json,
        other if other.ends_with("+json") => Kind::Json,
        _ => Kind::Other,
    }
}

/// Reads query and body. The body of a GET says nothing.
pub(super) async fn read(request: Request, limits: Limits) -> Result<(Map<String, Value>, Files), Error> {
    let mut tree = Tree::default();
    if let Some(query) = request.uri().query() {
        tree.add_pairs(query.as_bytes())?;
    }
    let mut files = Files::default();
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok((tree.into_map(), files));
    }
    let mut body = Tree::default();
    match kind(request.headers()) {
        Kind::Multipart => files = read_multipart(request, limits.multipart, &mut body).await?,
        Kind::Form => body.add_pairs(&bytes(request, limits.body).await?)?,
        Kind::Json => {
            let bytes = bytes(request, limits.body).await?;
            if !bytes.trim_ascii().is_empty() {
                body.add_json(&bytes)?;
            }
        }
        Kind::Other => {
            if !bytes(request, limits.body).await?.is_empty() {
                let text = "Send parameters as application/json, application/x-www-form-urlencoded or \
                            multipart/form-data";
                return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
            }
        }
    }
    tree.overlay(body)?;
    Ok((tree.into_map(), files))
}

async fn bytes(mut request: Request, limit: usize) -> Result<Bytes, Error> {
    DefaultBodyLimit::max(limit).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| refused(rejection.status(), limit))
}

fn refused(status: StatusCode, limit: usize) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Error::new(status, format!("The request is larger than {limit} bytes"))
    } else {
        Error::new(StatusCode::BAD_REQUEST, "The body of the request could not be read")
    }
}

async fn read_multipart(mut request: Request, limit: usize, tree: &mut Tree) -> Result<Files, Error> {
    let refuse = |error: MultipartError| refused(error.status(), limit);
    DefaultBodyLimit::max(limit).apply(&mut request);
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| {
        Error::new(StatusCode::BAD_REQUEST, "The boundary of the multipart body is missing or wrong")
    })?;
    let mut files = Files::default();
    let mut parts = 0;
    while let Some(field) = multipart.next_field().await.map_err(refuse)? {
        parts += 1;
        if parts > MOST_PARTS || files.0.len() > MOST_FILES {
            return Err(Error::invalid("The form has too many parts"));
        }
        let Some(name) = field.name().map(str::to_owned) else { continue };
        let is_file = field.file_name().is_some();
        let bytes = collect(field).await.map_err(refuse)?;
        if !is_file {
            let text = String::from_utf8(bytes.into())
                .map_err(|_| Error::new(StatusCode::BAD_REQUEST, "Parameters must be valid UTF-8"))?;
            tree.add(&name, text)?;
        } else if !bytes.is_empty() {
            files.0.push((name, bytes));
        }
    }
    Ok(files)
}

/// The whole part; the limit of the body bounds it.
async fn collect(mut field: Field<'_>) -> Result<Bytes, MultipartError> {
    let mut all = BytesMut::new();
    while let Some(chunk) = field.chunk().await? {
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}
