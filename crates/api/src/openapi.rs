//! The description of the API as `OpenAPI` (<https://spec.openapis.org/oas/v3.1.1.html>), made from the handlers:
//! the attribute above each of them is the only place of its path, and the structs that are read and written are
//! the only place of names and types.
//!
//! What is the same for many operations is not repeated at each of them but added here: variable parts of paths,
//! the three ways to send a body, the errors, names for operations and the groups they are shown in.

use std::sync::OnceLock;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use services::{Urls, scopes, secrets};
use utoipa::PartialSchema;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, OpenApi, RefOr, Schema, Type};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::{ApiState, error};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The same handlers at a further address.
pub(crate) fn at(
    path: &str,
    (schemas, mut paths, handlers): UtoipaMethodRouter<ApiState>,
) -> UtoipaMethodRouter<ApiState> {
    let items = std::mem::take(&mut paths.paths);
    paths.paths = items.into_values().map(|item| (path.to_owned(), item)).collect();
    (schemas, paths, handlers)
}

/// The description as it is served.
#[derive(Debug)]
struct Document {
    json: Bytes,
    etag: HeaderValue,
}

/// Made when somebody asks for it first: most instances are never asked, and it is large.
static DOCUMENT: OnceLock<Document> = OnceLock::new();

impl Document {
    /// Of all routes, at these addresses.
    fn new(urls: &Urls) -> Self {
        let json = described(crate::routes().into_openapi(), urls).to_string();
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(secrets::hash(&json)));
        let etag = HeaderValue::try_from(etag).expect("a digest can stand in a header");
        Self { json: json.into(), etag }
    }
}

/// Shows this description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, body = Object)))]
async fn show(State(state): State<ApiState>, asked: HeaderMap) -> Response {
    let document = DOCUMENT.get_or_init(|| Document::new(&state.app.urls));
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|etag| etag == document.etag);
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::ETAG, document.etag.clone()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, document.json.clone()).into_response()
}

/// Adds what is the same for many operations.
fn described(operations: OpenApi, urls: &Urls) -> Value {
    let mut document = json!(operations);
    document["info"] = json!({
        "title": "Stoa",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "The client API of Mastodon (https://docs.joinmastodon.org/methods/), and what is beyond it. \
            Parameters are taken from the query and from the body. In queries and forms, lists are `name[]=…` and \
            parts of something `name[part]=…`.",
        "license": { "name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only" },
    });
    document["servers"] = json!([{ "url": urls.base() }]);
    document["components"]["securitySchemes"] = security_schemes(urls);
    document["components"]["schemas"]["Error"] = json!(error::Body::schema());
    document["components"]["responses"] = responses();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            if let Value::Object(operation) = operation {
                complete(path, method, operation);
            }
        }
    }
    document
}

/// Tokens of users and of applications, with all scopes.
fn security_schemes(urls: &Urls) -> Value {
    let scopes: Map<String, Value> =
        scopes::KNOWN.iter().map(|scope| ((*scope).to_owned(), json!(scope.replace(':', " ")))).collect();
    let (authorize, token) = (urls.at("/oauth/authorize"), urls.at("/oauth/token"));
    json!({
        "user": {
            "type": "oauth2",
            "description": "The token of a user",
            "flows": { "authorizationCode": {
                "authorizationUrl": authorize, "tokenUrl": token, "scopes": scopes,
            } },
        },
        "application": {
            "type": "oauth2",
            "description": "Any token, also that of an application",
            "flows": { "clientCredentials": { "tokenUrl": token, "scopes": scopes } },
        },
    })
}

/// What goes wrong in the same way everywhere.
const ERRORS: [(&str, &str); 6] = [
    ("401", "There is no token, or not a good one"),
    ("403", "The token does not allow it, or the viewer may not"),
    ("404", "There is none, or the viewer may not know of it"),
    ("422", "Something is wrong with the parameters"),
    ("429", "Too much was asked; X-RateLimit-Reset says when to come back"),
    ("default", "What else goes wrong"),
];

fn responses() -> Value {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
    ERRORS
        .iter()
        .map(|(status, text)| ((*status).to_owned(), json!({ "description": text, "content": content })))
        .collect::<Map<_, _>>()
        .into()
}

fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    operation.insert("tags".to_owned(), json!([noun(path)]));
    operation.insert("operationId".to_owned(), json!(name(path, method)));
    parameters(path, operation);
    body(operation);
    errors(path, operation);
}

/// The noun of a path, by which operations are grouped: `accounts` of `/api/v1/accounts/{id}`.
fn noun(path: &str) -> &str {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["api", version, noun, ..] if version.starts_with('v') => noun,
        ["api", noun, ..] => noun.split('.').next().unwrap_or(noun),
        _ => "oauth",
    }
}

/// `get_v1_accounts_id`.
fn name(path: &str, method: &str) -> String {
    let parts = path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let parts = parts.filter(|part| !part.is_empty() && *part != "api");
    std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_")
}

/// Variable parts of the path are parameters; all others are of the query, lists with brackets.
fn parameters(path: &str, operation: &mut Map<String, Value>) {
    let variable = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = variable
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let named = operation.get_mut("parameters").and_then(Value::as_array_mut).map(std::mem::take);
    for mut parameter in named.unwrap_or_default() {
        parameter["in"] = json!("query");
        let kind = &parameter["schema"]["type"];
        let is_list = kind == "array" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("array")));
        if let (true, Some(name)) = (is_list, parameter["name"].as_str()) {
            parameter["name"] = json!(format!("{name}[]"));
        }
        parameters.push(parameter);
    }
    operation.insert("parameters".to_owned(), parameters.into());
}

/// A body may be JSON, a form or multipart; it may be left out when nothing in it must be there.
fn body(operation: &mut Map<String, Value>) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    let json = body["content"]["application/json"].take();
    body["required"] = json!(json["schema"]["required"].is_array());
    body["content"] = json!({
        "application/json": json,
        "application/x-www-form-urlencoded": json,
        "multipart/form-data": json,
    });
}

fn errors(path: &str, operation: &mut Map<String, Value>) {
    let alternatives = operation.get("security").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut scopes = alternatives.iter().filter_map(Value::as_object).flat_map(Map::values);
    let takes = operation.contains_key("requestBody")
        || operation["parameters"].as_array().is_some_and(|parameters| !parameters.is_empty());
    let possible = [
        !alternatives.is_empty(),
        scopes.any(|scopes| scopes.as_array().is_some_and(|scopes| !scopes.is_empty())),
        path.contains('{'),
        takes,
        true,
        true,
    ];
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for response in responses.values_mut().filter(|response| response["description"] == "") {
            response["description"] = json!("Done");
        }
        for ((status, _), _) in ERRORS.iter().zip(possible).filter(|(_, possible)| *possible) {
            let reference = json!({ "$ref": format!("#/components/responses/{status}") });
            responses.entry(*status).or_insert(reference);
        }
    }
}

/// The schema of documents that look like this one.
pub(crate) fn like(example: &Value) -> RefOr<Schema> {
    let simple = |kind: Type| ObjectBuilder::new().schema_type(kind).into();
    match example {
        Value::Null => anything(),
        Value::Bool(_) => simple(Type::Boolean),
        Value::Number(number) if number.is_f64() => simple(Type::Number),
        Value::Number(_) => simple(Type::Integer),
        Value::String(_) => simple(Type::String),
        Value::Array(entries) => {
            ArrayBuilder::new().items(entries.first().map_or_else(anything, like)).into()
        }
        Value::Object(members) => members
            .iter()
            .fold(ObjectBuilder::new(), |object, (name, member)| {
                object.property(name, like(member)).required(name)
            })
            .into(),
    }
}

fn anything() -> RefOr<Schema> {
    Value::schema()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn operations_have_nouns_and_names_of_their_own() {
        assert_eq!(noun("/api/v1/accounts/{id}/lists"), "accounts");
        assert_eq!(noun("/api/v2_alpha/notifications"), "notifications");
        assert_eq!((noun("/oauth/token"), noun("/api/openapi.json")), ("oauth", "openapi"));
        assert_eq!(name("/api/v1/accounts/{id}/lists", "get"), "get_v1_accounts_id_lists");
    }

    #[test]
    fn a_schema_follows_from_an_example() {
        let schema = json!(like(&json!({ "a": [{ "b": 1 }], "c": null })));
        assert_eq!(schema["properties"]["a"]["items"]["properties"]["b"]["type"], "integer");
        assert_eq!(schema["required"], json!(["a", "c"]));
    }

    #[test]
    fn the_whole_api_is_described() {
        let mut config = config::Config::default();
        config.instance.domain = "example.social".to_owned();
        let document = Document::new(&Urls::new(&config));
        let document: Value = serde_json::from_slice(&document.json).unwrap();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "nothing at {pointer}");
        }
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path} says nothing of itself");
                assert!(!path.contains('*'), "{path} is no address");
            }
        }
    }
}
