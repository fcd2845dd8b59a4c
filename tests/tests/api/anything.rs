//! No sequence of calls, with whatever values, is answered with a 5xx, breaks the connection or makes something
//! panic; and what is answered is what the description says.
//!
//! Calls are made from the description that the instance serves, with ids from earlier answers and with nonsense.
//! `STOA_TEST_CALLS` says how many, `STOA_TEST_SEED` repeats what failed.

use std::collections::BTreeSet;
use std::fmt::Write;

use http::{HeaderMap, Method, StatusCode};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Map, Value, json};
use tests::{Answer, Client, Instance};

use crate::entities::PNG;
use crate::openapi::{Description, Operation};

/// Calls unless `STOA_TEST_CALLS` says otherwise.
const CALLS: usize = 2_000;
/// Most things remembered of each kind.
const REMEMBERED: usize = 400;

/// What nobody should send.
const NASTY: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "0",
    "-1",
    "1.5",
    "1e400",
    "NaN",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999999999999",
    "true",
    "null",
    "'; DROP TABLE accounts; --",
    "%",
    "%00",
    "%s%n",
    "\\",
    "\u{202e}left\u{200b}",
    "\u{feff}",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦",
    "e\u{301}\u{301}\u{301}\u{301}",
    "<script>alert(1)</script>",
    "<p><a href=\"javascript:x\">",
    "#tag @alice @bob@nowhere.invalid http://a.example/ :blobcat:",
    "@@@###",
    "2026-11-21T00:00:00.000Z",
    "2999-12-31T23:59:59Z",
    "0000-00-00",
    "+262142-12-31T23:59:59Z",
    "-262143-01-01",
    "1969-12-31",
    "http://127.0.0.1:1/nothing",
    "@nobody@127.0.0.1:1",
    "../../etc/passwd",
    "data:,x",
    "public",
    "direct",
    "local",
    "home",
    "en",
    "tlh-Latn",
    "ungrouped-1",
    "favourite-1-1",
    "0.0,0.0",
    "-1.0,1e9",
    "accounts",
    "partial_avatars",
    "code",
    "client_credentials",
    "urn:ietf:wg:oauth:2.0:oob",
];

/// How a call went wrong, and what it was.
struct Failure {
    kind: String,
    told: String,
}

/// Who asks.
struct Faces(Vec<(&'static str, Client)>);

impl Faces {
    async fn gather(a: &Instance) -> Self {
        let (alice, bob, olga) = tokio::join!(a.user("alice"), a.user("bob"), a.user("olga"));
        let promoted = a.run(&["account", "promote", "olga", "--role", "owner"]).await;
        assert!(promoted.status.success(), "{}", String::from_utf8_lossy(&promoted.stderr));
        let narrow = a.run(&["token", "create", "alice", "--scopes", "read:accounts push profile"]).await;
        let narrow = String::from_utf8(narrow.stdout).unwrap();
        let app = crate::oauth::App::register(a).await.own_token("read write follow").await.ok();
        bob.follow(&alice.handle).await;
        for text in ["Hello #tag", "@bob hello"] {
            let status = alice.post(text).await;
            bob.favourite(&status).await;
            bob.reblog(&status).await;
        }
        let nobody = a.client();
        let app = nobody.with_token(app["access_token"].as_str().unwrap());
        Self(vec![
            ("alice", alice.client.clone()),
            ("alice", alice.client),
            ("bob", bob.client.clone()),
            ("bob", bob.client),
            ("the owner", olga.client),
            ("alice, narrowly", nobody.with_token(narrow.trim())),
            ("an application", app),
            ("a stranger", nobody.with_token("nonsense")),
            ("nobody", nobody),
        ])
    }
}

/// Makes calls.
struct Monkey {
    random: StdRng,
    /// Ids, names and keys of earlier answers.
    known: Vec<String>,
}

impl Monkey {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn one_of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.choose(&mut self.random).copied().unwrap_or_default()
    }

    fn text(&mut self) -> String {
        match self.random.random_range(0..10) {
            0..5 if !self.known.is_empty() => self.known.choose(&mut self.random).cloned().unwrap(),
            5 => {
                self.one_of(&["a", "é", "😀", "\n", "#x ", "@a "]).repeat(self.random.random_range(1..3_000))
            }
            6 => self.random.random::<i64>().to_string(),
            _ => self.one_of(NASTY).to_owned(),
        }
    }

    /// Something, whatever is asked for.
    fn nonsense(&mut self, depth: usize) -> Value {
        match self.random.random_range(0..12) {
            0 => Value::Null,
            1 => json!(self.random.random::<bool>()),
            2 => json!(self.random.random::<i64>()),
            3 => json!(self.random.random::<f64>() * 1e300),
            4 => json!(u64::MAX),
            5 | 6 if depth > 0 => {
                (0..self.random.random_range(0..4)).map(|_| self.nonsense(depth - 1)).collect()
            }
            7 | 8 if depth > 0 => {
                let count = self.random.random_range(0..3);
                let members = (0..count).map(|_| (self.text(), self.nonsense(depth - 1)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            _ => json!(self.text()),
        }
    }

    /// Mostly what the schema asks for.
    fn value(&mut self, description: &Description, schema: &Value) -> Value {
        if self.chance(10) {
            return self.nonsense(3);
        }
        let schema = description.resolve(schema);
        if let Some(values) = schema["enum"].as_array() {
            return values.choose(&mut self.random).cloned().unwrap_or_default();
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            if let Some(choice) = schema[word].as_array().and_then(|all| all.choose(&mut self.random)) {
                return self.value(description, choice);
            }
        }
        let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        match kinds.first().and_then(Value::as_str).unwrap_or_default() {
            "boolean" => json!(self.random.random::<bool>()),
            "integer" => match self.random.random_range(0..4) {
                0 => json!(self.random.random::<i64>()),
                1 => json!(self.random.random::<i32>()),
                _ => json!(self.random.random_range(-2..90)),
            },
            "number" => json!(self.random.random_range(-10.0..1e6)),
            "array" => {
                let count = if self.chance(3) { 250 } else { self.random.random_range(0..4) };
                (0..count).map(|_| self.value(description, &schema["items"])).collect()
            }
            "object" => self.object(description, schema),
            _ => json!(self.text()),
        }
    }

    fn object(&mut self, description: &Description, schema: &Value) -> Value {
        let mut members = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if self.chance(55) {
                members.insert(name.clone(), self.value(description, schema));
            }
        }
        if let Some(schema) = schema.get("additionalProperties") {
            let name = self.one_of(&["mention", "follow", "poll", "nonsense"]).to_owned();
            members.insert(name, self.value(description, schema));
        }
        Value::Object(members)
    }

    /// The path with something in its variable parts.
    fn path(&mut self, operation: &Operation) -> String {
        let parts: Vec<String> = operation
            .path
            .split('/')
            .map(|part| {
                if !part.starts_with('{') {
                    return part.to_owned();
                }
                if self.chance(4) {
                    return self.one_of(&["%00", "%ff", "%zz", "%", "%2e%2e%2f", "%f0%9f"]).to_owned();
                }
                let text: String = self.text().chars().take(300).collect();
                // Without a name it would be another operation.
                escaped(if text.is_empty() { "-" } else { &text })
            })
            .collect();
        parts.join("/")
    }

    /// The query, with what the operation takes and sometimes with more.
    fn query(&mut self, description: &Description, operation: &Operation) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for parameter in operation.about["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" && self.chance(45) {
                let name = parameter["name"].as_str().unwrap().trim_end_matches("[]");
                let value = self.value(description, &parameter["schema"]);
                flatten(name, &value, &mut pairs);
            }
        }
        // What is longer than a line may be is refused before anybody reads it.
        for (_, value) in &mut pairs {
            *value = value.chars().take(300).collect();
        }
        pairs.truncate(20);
        if self.chance(5) {
            let name =
                self.one_of(&["a[", "[]", "a[][b][]", "a[b]", "\0", "limit[x]", "max_id[]"]).to_owned();
            pairs.push((name, self.one_of(NASTY).to_owned()));
        }
        pairs
    }

    /// A body in one of its forms, or what is none.
    fn with_body(&mut self, request: RequestBuilder, body: &Value, told: &mut String) -> RequestBuilder {
        let mut pairs = Vec::new();
        flatten("", body, &mut pairs);
        let kind = self.random.random_range(0..20);
        let request = match kind {
            0..9 => {
                write!(told, " JSON {body:.2000}").unwrap();
                return request.json(body);
            }
            9..14 => {
                write!(told, " form {pairs:.2000?}").unwrap();
                return request.form(&pairs);
            }
            14..17 => {
                write!(told, " multipart {pairs:.2000?}").unwrap();
                return request.multipart(self.multipart(pairs));
            }
            _ => request,
        };
        let kinds =
            ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
        let content_type = match kind {
            17 => "text/plain",
            _ => self.one_of(&kinds),
        };
        let mut bytes = body.to_string().into_bytes();
        bytes.truncate(self.random.random_range(0..=bytes.len()));
        bytes.extend_from_slice(self.one_of(&["", "\0", "--x\r\n", "&a[=%ff", "%", "[[[["]).as_bytes());
        if self.chance(30) {
            bytes.push(0xff);
        }
        write!(told, " {content_type} {}", String::from_utf8_lossy(&bytes)).unwrap();
        request.header("content-type", content_type).body(bytes)
    }

    fn multipart(&mut self, pairs: Vec<(String, String)>) -> Form {
        let mut form = pairs.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
        for name in ["file", "avatar", "header"] {
            if self.chance(40) {
                let bytes = if self.chance(70) { PNG.to_vec() } else { self.text().into_bytes() };
                form = form.part(name, Part::bytes(bytes).file_name("a.png"));
            }
        }
        form
    }

    /// Keeps what can be named in later calls.
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Array(entries) => entries.iter().take(20).for_each(|entry| self.learn(entry)),
            Value::Object(members) => {
                for (name, member) in members {
                    let is_name = ["id", "group_key", "acct", "username", "name", "uri", "shortcode"];
                    match member.as_str() {
                        Some(text) if is_name.contains(&name.as_str()) && text.len() < 200 => {
                            if self.known.len() < REMEMBERED {
                                self.known.push(text.to_owned());
                            } else {
                                let at = self.random.random_range(0..REMEMBERED);
                                text.clone_into(&mut self.known[at]);
                            }
                        }
                        _ => self.learn(member),
                    }
                }
            }
            _ => {}
        }
    }

    /// One call; how it went wrong, if it did.
    async fn call(&mut self, faces: &Faces, about: &Description, operation: &Operation) -> Option<Failure> {
        let (face, client) = &faces.0[self.random.random_range(0..faces.0.len())];
        let (path, pairs) = (self.path(operation), self.query(about, operation));
        let mut told = format!("as {face}: {} {path} ? {pairs:.1000?}", operation.method);
        // A server that refuses a body unread closes the connection, which nobody else should have then.
        let request = client.request(operation.method.clone(), &path).query(&pairs);
        let mut request = request.header("connection", "close");
        if let Some(schema) = operation.body() {
            let body = self.value(about, schema);
            request = self.with_body(request, &body, &mut told);
        }
        if operation.method == Method::POST && self.chance(10) {
            request = request.header("idempotency-key", self.random.random_range(0..5).to_string());
        }
        let line = format!("{} {}", operation.method, operation.path);
        let failed = |kind: String| Some(Failure { kind: format!("{line}: {kind}"), told: told.clone() });
        let Some(answer) = client.attempt(request).await else { return failed("no answer".to_owned()) };
        if let Some(kind) = fault(about, operation, &answer) {
            return failed(kind);
        }
        if answer.status.is_success()
            && let Ok(body) = serde_json::from_str(&answer.text)
        {
            self.learn(&body);
        }
        None
    }
}

/// What is wrong with an answer.
fn fault(about: &Description, operation: &Operation, answer: &Answer) -> Option<String> {
    let Answer { status, headers, text } = answer;
    // What oEmbed answers where XML is asked for.
    let is_xml = *status == StatusCode::NOT_IMPLEMENTED && operation.path == "/api/oembed";
    if status.is_server_error() && !is_xml {
        return Some(format!("{status} {text:.300}"));
    }
    let is_json = content_type(headers).starts_with("application/json");
    if status.is_client_error() || is_xml {
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let says = body["error"].as_str().is_some_and(|error| !error.is_empty());
        return (!is_json || !says).then(|| format!("{status} without an error: {text:.300}"));
    }
    if *status != StatusCode::OK {
        return Some(format!("{status} is not described"));
    }
    let schema = match operation.answer() {
        Some(schema) if is_json => schema,
        Some(_) => return Some(format!("{} instead of JSON", content_type(headers))),
        None => return None,
    };
    let Ok(body) = serde_json::from_str(text) else { return Some(format!("no JSON: {text:.300}")) };
    let mut wrong = Vec::new();
    about.deviations(schema, &body, "", &mut wrong);
    let wrong: BTreeSet<String> = wrong.into_iter().take(10).collect();
    (!wrong.is_empty()).then(|| format!("{wrong:.1000?}"))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02x}").unwrap();
        }
        out
    })
}

/// As forms have it: `a[b][]=c`.
fn flatten(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (part, member) in members {
                let name = if name.is_empty() { part.clone() } else { format!("{name}[{part}]") };
                flatten(&name, member, pairs);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                flatten(&format!("{name}[]"), entry, pairs);
            }
        }
        Value::Null => pairs.push((name.to_owned(), String::new())),
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        other => pairs.push((name.to_owned(), other.to_string())),
    }
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_may_be_asked() {
    let calls = setting("STOA_TEST_CALLS").unwrap_or(CALLS);
    let seed = setting("STOA_TEST_SEED").unwrap_or_else(|| rand::rng().random::<u32>().into());
    let a = Instance::start().await;
    let faces = Faces::gather(&a).await;
    let about = Description::of(&a).await;
    let operations: Vec<Operation> =
        about.operations().into_iter().filter(|operation| !operation.is_stream()).collect();
    assert!(operations.len() > 150, "{}", operations.len());
    let mut monkey = Monkey { random: StdRng::seed_from_u64(seed), known: Vec::new() };
    let (mut kinds, mut failures) = (BTreeSet::new(), Vec::new());
    for number in 0..calls {
        let at = monkey.random.random_range(0..operations.len());
        if let Some(failure) = monkey.call(&faces, &about, &operations[at]).await
            && kinds.insert(failure.kind.chars().take(120).collect::<String>())
        {
            failures.push(format!("call {number}: {}\n    {:.1500}", failure.kind, failure.told));
        }
    }
    let seeded = format!("STOA_TEST_SEED={seed} STOA_TEST_CALLS={calls}");
    assert!(failures.is_empty(), "{} with {seeded}:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(a.client().get("/health/ready").await.status, StatusCode::OK, "{seeded}");
    let log = a.log_text();
    assert!(!log.contains("panicked"), "something panicked with {seeded}");
}
