//! The description of the API is served, whole, and true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::Instance;

use crate::entities::Documentation;

/// The description that an instance serves.
#[derive(Clone, Debug)]
pub(crate) struct Description(pub(crate) Arc<Value>);

/// One operation of it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// With variable parts, as `/api/v1/accounts/{id}`.
    pub(crate) path: String,
    /// The Operation Object.
    pub(crate) about: Value,
}

impl Description {
    pub(crate) async fn of(instance: &Instance) -> Self {
        Self(Arc::new(instance.client().get("/api/openapi.json").await.ok()))
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, methods) in self.0["paths"].as_object().unwrap() {
            for (method, about) in methods.as_object().unwrap() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                operations.push(Operation { method, path: path.clone(), about: about.clone() });
            }
        }
        operations
    }

    /// What a reference leads to, and everything else as it is.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').unwrap();
                self.resolve(self.0.pointer(pointer).unwrap_or_else(|| panic!("nothing at {reference}")))
            }
            None => value,
        }
    }

    /// The schemas that a schema is put together from; alternatives of a choice count together.
    fn parts<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        let mut parts = vec![schema];
        for word in ["allOf", "oneOf", "anyOf"] {
            for part in schema[word].as_array().into_iter().flatten() {
                parts.extend(self.parts(part));
            }
        }
        parts
    }

    /// The schema of a member, or of the entries of a list's members; `None` when there is none of the name.
    fn member<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let parts = self.parts(schema);
        parts
            .iter()
            .find_map(|part| part["properties"].get(name).or_else(|| part.get("additionalProperties")))
            .or_else(|| {
                let items = parts.iter().find_map(|part| part.get("items"))?;
                if name.is_empty() { Some(items) } else { self.member(items, name) }
            })
            .or_else(|| parts.iter().any(|part| is_free(part)).then_some(&Value::Null))
    }

    /// How a value deviates from its schema, as lines.
    pub(crate) fn deviations(&self, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let schema = self.resolve(schema);
        for word in ["oneOf", "anyOf"] {
            let Some(choice) = schema[word].as_array() else { continue };
            let tries: Vec<Vec<String>> = choice
                .iter()
                .map(|one| {
                    let mut wrong = Vec::new();
                    self.deviations(one, value, place, &mut wrong);
                    wrong
                })
                .collect();
            let best = tries.into_iter().min_by_key(Vec::len).unwrap_or_default();
            wrong.extend(best);
            return;
        }
        if !has_type(&schema["type"], value) {
            wrong.push(format!("{place} is not {}: {value:.200}", schema["type"]));
            return;
        }
        let parts = self.parts(schema);
        if let Some(members) = value.as_object() {
            for name in parts.iter().filter_map(|part| part["required"].as_array()).flatten() {
                if !members.contains_key(name.as_str().unwrap()) {
                    wrong.push(format!("{place} has no {name}"));
                }
            }
            for (name, member) in members {
                match self.member(schema, name) {
                    Some(schema) => self.deviations(schema, member, &format!("{place}.{name}"), wrong),
                    None => wrong.push(format!("{place}.{name} is not described")),
                }
            }
        }
        for (entry, items) in value.as_array().into_iter().flatten().zip(std::iter::repeat(&schema["items"]))
        {
            self.deviations(items, entry, &format!("{place}[]"), wrong);
        }
    }
}

/// Something of whose members nothing is said.
fn is_free(schema: &Value) -> bool {
    let said = ["properties", "items", "additionalProperties", "allOf", "oneOf", "anyOf"];
    (schema["type"].is_null() || schema["type"] == "object")
        && said.iter().all(|word| schema.get(word).is_none())
}

fn has_type(kind: &Value, value: &Value) -> bool {
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    match kind {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

impl Operation {
    /// The scopes of which one is needed, of tokens of this kind.
    fn scopes(&self, kind: &str) -> Option<Vec<&str>> {
        let alternatives = self.about["security"].as_array()?;
        let mut alternatives = alternatives.iter().filter_map(|alternative| alternative.get(kind)).peekable();
        alternatives.peek()?;
        Some(
            alternatives
                .flat_map(|one| one.as_array().unwrap())
                .map(|scope| scope.as_str().unwrap())
                .collect(),
        )
    }

    /// Whether it may be asked without a token.
    pub(crate) fn is_open(&self) -> bool {
        let alternatives = self.about["security"].as_array();
        alternatives.is_none_or(|alternatives| alternatives.contains(&json!({})))
    }

    /// Whether its answer has no end.
    pub(crate) fn is_stream(&self) -> bool {
        self.about["responses"]["200"]["content"].get("text/event-stream").is_some()
    }

    /// What its answer with 200 is described as.
    pub(crate) fn answer(&self) -> Option<&Value> {
        self.about["responses"]["200"]["content"].get("application/json").map(|content| &content["schema"])
    }

    /// The schema of its body.
    pub(crate) fn body(&self) -> Option<&Value> {
        self.about["requestBody"]["content"].get("application/json").map(|content| &content["schema"])
    }

    /// The path with an id of nothing in each variable part, and something for each parameter that must be.
    fn address(&self) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        let query = self.about["parameters"].as_array().into_iter().flatten();
        let query = query.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let query = query.map(|parameter| &parameter["name"]);
        let body = self.body().and_then(|schema| schema["required"].as_array()).into_iter().flatten();
        let needed = query.chain(body).map(|name| format!("{}=a", name.as_str().unwrap()));
        format!("{}?{}", parts.collect::<Vec<_>>().join("/"), needed.collect::<Vec<_>>().join("&"))
    }

    /// The names of its parameters, as they stand in a query or a form.
    pub(crate) fn names(&self, description: &Description) -> BTreeSet<String> {
        let parameters = self.about["parameters"].as_array().unwrap().iter();
        let mut names: BTreeSet<String> =
            parameters.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        if let Some(body) = self.body() {
            form_names(description, body, "", &mut names);
        }
        names
    }
}

/// `a`, `a[b]`, `a[]`, `a[][b]`; `a[*]` for any member.
fn form_names(description: &Description, schema: &Value, at: &str, names: &mut BTreeSet<String>) {
    if !at.is_empty() {
        names.insert(at.to_owned());
    }
    for part in description.parts(schema) {
        for (name, member) in part["properties"].as_object().into_iter().flatten() {
            let at = if at.is_empty() { name.clone() } else { format!("{at}[{name}]") };
            form_names(description, member, &at, names);
        }
        if part.get("additionalProperties").is_some() {
            names.insert(format!("{at}[*]"));
        }
        if let Some(items) = part.get("items") {
            form_names(description, items, &format!("{at}[]"), names);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_served_and_can_be_kept() {
    let a = Instance::start().await;
    let answer = a.client().get("/api/openapi.json").await;
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("max-age"));
    let document = answer.ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert_eq!(document["servers"][0]["url"], json!(a.url));
    let etag = answer.headers["etag"].clone();
    let again = a.client().request(Method::GET, "/api/openapi.json").header("if-none-match", etag);
    assert_eq!(a.client().send(again).await.status, StatusCode::NOT_MODIFIED);
    let names: BTreeSet<String> = Description(Arc::new(document))
        .operations()
        .iter()
        .map(|operation| operation.about["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.len() > 150, "{}", names.len());
}

/// Pages for people and what other servers ask: documented, but no part of the client API.
const ELSEWHERE: &[&str] = &["/oauth/authorize", "/.well-known/", "/nodeinfo/"];

/// Parameters that are not read, and why that is right.
const UNREAD: &[(&str, &str)] = &[
    ("collection_ids[]", "there are no collections"),
    ("exclude_unreviewed", "every hashtag counts as reviewed"),
    ("supported_types[]", "every type here is one that clients of that version know"),
    ("thumbnail", "only images can be uploaded, and they are their own"),
];

/// Fields that nothing here ever has.
const UNSAID: &[(&str, &str)] = &[
    ("Instance.thumbnail[blurhash]", "the picture is small"),
    ("Notification.event", "the end of relationships is no notification"),
    ("Notification.moderation_warning", "nobody is warned by a notification"),
    ("Notification.collection", "there are no collections"),
    ("Notification.fallback", "no type needs one"),
];

/// Where fewer scopes are enough than the documentation says.
const MORE_OPEN: &[&str] = &[
    "GET /api/v1/accounts/lookup",
    // Each tells what the token may read.
    "GET /api/v1/streaming/user",
    "GET /api/v1/streaming/user/notification",
];

/// What the documentation asks for beside what is described.
fn missing(documented: &Value, operation: &Operation, description: &Description) -> Vec<String> {
    let mut missing = Vec::new();
    let names = operation.names(description);
    for parameter in documented["params"].as_array().unwrap().iter().filter(|one| one["in"] != "header") {
        let name = parameter["name"].as_str().unwrap();
        let plain = name.replace("[:index]", "[]");
        let plain = plain.strip_suffix("[][]").map_or(plain.clone(), |name| format!("{name}[]"));
        let any = plain.rfind('[').map(|at| format!("{}[*]", &plain[..at]));
        let is_known = names.contains(&plain) || any.is_some_and(|any| names.contains(&any));
        if !is_known && UNREAD.iter().all(|(unread, _)| *unread != name) {
            missing.push(format!("parameter {name}"));
        }
    }
    let line = format!("{} {}", operation.method, operation.path);
    let open = documented["auth"]["kind"] == "public";
    if open && !operation.is_open() {
        missing.push("it is public".to_owned());
    }
    let scopes: BTreeSet<&str> =
        ["user", "application"].iter().filter_map(|kind| operation.scopes(kind)).flatten().collect();
    let wanted = documented["auth"]["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for scope in wanted.filter(|scope| *scope != "follow" && !MORE_OPEN.contains(&line.as_str())) {
        if !scopes.contains(scope) {
            missing.push(format!("scope {scope}"));
        }
    }
    missing.extend(missing_fields(documented, operation, description));
    missing
}

/// The names in a field's: `a`, nothing and `b.c` of `a[][b.c]`, as of `a.[].b`.
fn steps(field: &str) -> Vec<&str> {
    let mut steps = Vec::new();
    for segment in field.split('[') {
        let (inside, after) =
            segment.split_once(']').map_or((None, segment), |(in_, after)| (Some(in_), after));
        steps.extend(inside);
        steps.extend(after.split('.').map(|name| name.trim_end_matches(']')).filter(|name| !name.is_empty()));
    }
    steps
}

fn missing_fields(documented: &Value, operation: &Operation, description: &Description) -> Vec<String> {
    let entities = &documented["entities"];
    let mut missing = Vec::new();
    for name in documented["returns_entities"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let Some(answer) = operation.answer() else {
            missing.push(format!("an answer with {name}"));
            continue;
        };
        for (field, about) in entities[name].as_object().into_iter().flatten() {
            let full = format!("{name}.{field}");
            if about["removed"] == true
                || about["deprecated"] == true
                || UNSAID.iter().any(|(unsaid, _)| *unsaid == full)
            {
                continue;
            }
            let mut schemas: Vec<Option<&Value>> = description.parts(answer).into_iter().map(Some).collect();
            for step in steps(field) {
                for schema in &mut schemas {
                    *schema = schema.and_then(|schema| description.member(schema, step));
                }
            }
            if schemas.iter().all(Option::is_none) {
                missing.push(format!("field {field} of {name}"));
            }
        }
    }
    missing
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_documented_is_described() {
    let Some(documentation) = Documentation::read() else { return };
    let a = Instance::start().await;
    let description = Description::of(&a).await;
    let plain = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with([':', '{']) { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let operations: BTreeMap<(String, String), Operation> = description
        .operations()
        .into_iter()
        .map(|operation| ((operation.method.to_string(), plain(&operation.path)), operation))
        .collect();
    let mut wrong = Vec::new();
    for mut endpoint in documentation.endpoints() {
        let (method, path) = (endpoint["method"].as_str().unwrap(), endpoint["path"].as_str().unwrap());
        let is_ours = ["P0", "P1"].contains(&endpoint["priority"].as_str().unwrap())
            && endpoint["removed"] != true
            && ELSEWHERE.iter().all(|elsewhere| !path.starts_with(elsewhere));
        if !is_ours {
            continue;
        }
        let line = format!("{method} {path}");
        let Some(operation) = operations.get(&(method.to_owned(), plain(path))) else {
            wrong.push(format!("{line} is not there"));
            continue;
        };
        endpoint["entities"] = documentation.fields(&endpoint["returns_entities"]);
        wrong
            .extend(missing(&endpoint, operation, &description).iter().map(|what| format!("{line}: {what}")));
    }
    assert!(wrong.is_empty(), "{} are missing:\n{}", wrong.len(), wrong.join("\n"));
}

/// A token of Alice's for each set of scopes.
async fn tokens<'a>(a: &Instance, sets: BTreeSet<Vec<&'a str>>) -> BTreeMap<Vec<&'a str>, String> {
    let mut tokens = BTreeMap::new();
    for scopes in sets {
        let made = a.run(&["token", "create", "alice", "--scopes", &scopes.join(" ")]).await;
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        assert!(made.status.success() && !token.is_empty(), "{}", String::from_utf8_lossy(&made.stderr));
        tokens.insert(scopes, token);
    }
    tokens
}

/// Whether a scope covers another, or is covered by it.
fn are_related(one: &str, other: &str) -> bool {
    let covers = |one: &str, other: &str| {
        one == other || other.strip_prefix(one).is_some_and(|rest| rest.starts_with(':'))
    };
    covers(one, other) || covers(other, one)
}

const OUTSIDE: &str = "This action is outside the authorized scopes";

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_wants_a_token_with_its_scope() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let operations = Description::of(&a).await.operations();
    let needed = |operation: &Operation| -> Vec<String> {
        let of = |kind| operation.scopes(kind).unwrap_or_default().into_iter().map(str::to_owned);
        of("user").chain(of("application")).collect()
    };
    let needs: Vec<Vec<String>> = operations.iter().map(needed).collect();
    let all: BTreeSet<&str> = needs.iter().flatten().map(String::as_str).collect();
    let others = |needs: &[String]| -> Vec<&str> {
        let is_other = |scope: &&&str| needs.iter().all(|need| !are_related(scope, need));
        all.iter().filter(is_other).copied().collect()
    };
    let sets = needs.iter().filter(|needs| !needs.is_empty());
    let sets: BTreeSet<Vec<&str>> =
        sets.flat_map(|needs| needs.iter().map(|need| vec![need.as_str()]).chain([others(needs)])).collect();
    let tokens = tokens(&a, sets).await;
    let app = crate::oauth::App::register(&a).await;
    let app = app.own_token("read write follow").await.ok()["access_token"].as_str().unwrap().to_owned();
    let mut wrong = Vec::new();
    for (operation, needs) in operations.iter().zip(&needs) {
        let (address, nobody) = (operation.address(), a.client());
        let mut expect = async |who: &str, token: Option<&str>, good: &dyn Fn(&tests::Answer) -> bool| {
            let client = token.map_or_else(|| nobody.clone(), |token| nobody.with_token(token));
            let answer = client.send(client.request(operation.method.clone(), &address)).await;
            if !good(&answer) {
                let line = format!("{} {address} {who}: {}", operation.method, answer.status);
                wrong.push(format!("{line} {:.200}", answer.text));
            }
        };
        let is_unauthorized = |answer: &tests::Answer| answer.status == StatusCode::UNAUTHORIZED;
        if !operation.is_open() {
            expect("without a token", None, &is_unauthorized).await;
            if operation.scopes("user").is_some() {
                let is_refused = |answer: &tests::Answer| {
                    answer.status == StatusCode::UNPROCESSABLE_ENTITY
                        && answer.text.contains("authenticated user")
                };
                expect("as an application", Some(&app), &is_refused).await;
            }
        }
        if operation.about.get("security").is_some() {
            expect("with a bad token", Some("nonsense"), &is_unauthorized).await;
        }
        if needs.is_empty() || operation.is_stream() {
            continue;
        }
        let is_outside = |answer: &tests::Answer| {
            answer.status == StatusCode::FORBIDDEN && answer.json()["error"] == OUTSIDE
        };
        expect("with all other scopes", Some(&tokens[&others(needs)]), &is_outside).await;
        for need in needs {
            let is_let_in = |answer: &tests::Answer| {
                answer.status != StatusCode::UNAUTHORIZED && !answer.text.contains(OUTSIDE)
            };
            expect(&format!("with {need}"), Some(&tokens[&vec![need.as_str()]]), &is_let_in).await;
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(alice.home().await.is_empty());
}
