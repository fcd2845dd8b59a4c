#![expect(clippy::unwrap_used, reason = "a test may panic")]

use axum::body::Body;
use db::{StatusId, Visibility};
use http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::read::{Limits, read};
use super::{from_tree, parse_query, unless_blank};
use crate::Error;

const LIMITS: Limits = Limits { body: 1000, multipart: 2000 };

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Post {
    status: Option<String>,
    sensitive: Option<bool>,
    limit: Option<i32>,
    ratio: Option<f64>,
    visibility: Option<Visibility>,
    media_ids: Vec<i64>,
    fields_attributes: Vec<Field>,
    poll: Option<Poll>,
    #[serde(deserialize_with = "unless_blank")]
    in_reply_to_id: Option<StatusId>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Field {
    name: String,
    value: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Poll {
    options: Vec<String>,
    expires_in: u32,
}

fn field(name: &str, value: &str) -> Field {
    Field { name: name.to_owned(), value: value.to_owned() }
}

fn pairs(text: &str) -> Result<Post, Error> {
    Ok(from_tree(parse_query(text)?)?)
}

async fn body(content_type: &str, body: impl Into<Body>) -> Result<Post, Error> {
    let request = Request::post("/api?status=query&limit=7").header("content-type", content_type);
    let (tree, _) = read(request.body(body.into()).unwrap(), LIMITS).await?;
    Ok(from_tree(tree)?)
}

#[test]
fn names_of_forms_have_structure() {
    for (text, tree) in [
        ("", json!({})),
        ("a=1&b=", json!({"a": "1", "b": ""})),
        ("a", json!({"a": ""})),
        ("a=1&a=2", json!({"a": "2"})),
        ("a[]=1&a[]=2", json!({"a": ["1", "2"]})),
        ("a%5B%5D=1+%2B%20%zz", json!({"a": ["1 + %zz"]})),
        ("a[b]=c&a[d][e]=f", json!({"a": {"b": "c", "d": {"e": "f"}}})),
        ("a[0][name]=x&a[1][name]=y", json!({"a": {"0": {"name": "x"}, "1": {"name": "y"}}})),
        ("a[][k]=1&a[][l]=2&a[][k]=3", json!({"a": [{"k": "1", "l": "2"}, {"k": "3"}]})),
        ("a[][k][]=1&a[][k][]=2", json!({"a": [{"k": ["1", "2"]}]})),
        ("a[=1&[b]=2&c]=3&d[e]f=4", json!({"a[": "1", "[b]": "2", "c]": "3", "d[e]f": "4"})),
        ("&&=x&", json!({"": "x"})),
    ] {
        assert_eq!(serde_json::Value::Object(parse_query(text).unwrap()), tree, "{text}");
    }
}

#[test]
fn values_are_read_loosely() {
    for (text, post) in [
        ("sensitive=1", Post { sensitive: Some(true), ..Post::default() }),
        ("sensitive=off", Post { sensitive: Some(false), ..Post::default() }),
        ("limit=+5&ratio=0.5", Post { limit: Some(5), ratio: Some(0.5), ..Post::default() }),
        ("media_ids=5", Post { media_ids: vec![5], ..Post::default() }),
        ("media_ids[]=5&media_ids[]=&media_ids[]=6", Post { media_ids: vec![5, 6], ..Post::default() }),
        ("media_ids[]=", Post::default()),
        ("visibility=private", Post { visibility: Some(Visibility::Private), ..Post::default() }),
        ("in_reply_to_id=", Post::default()),
        ("in_reply_to_id=12", Post { in_reply_to_id: Some(StatusId(12)), ..Post::default() }),
        ("unknown[x][y]=1&status=", Post { status: Some(String::new()), ..Post::default() }),
        (
            "poll[options][]=a&poll[options][]=b&poll[expires_in]=300",
            Post {
                poll: Some(Poll { options: vec!["a".into(), "b".into()], expires_in: 300 }),
                ..Post::default()
            },
        ),
        (
            "fields_attributes[10][name]=k&fields_attributes[2][name]=a&fields_attributes[2][value]=b",
            Post { fields_attributes: vec![field("a", "b"), field("k", "")], ..Post::default() },
        ),
        (
            "fields_attributes[][name]=a&fields_attributes[][value]=b&fields_attributes[][name]=c",
            Post { fields_attributes: vec![field("a", "b"), field("c", "")], ..Post::default() },
        ),
    ] {
        assert_eq!(pairs(text).unwrap(), post, "{text}");
    }
}

#[tokio::test]
async fn json_is_as_loose_as_a_form() {
    let text = r#"{"status": 5, "sensitive": "1", "limit": "3", "ratio": null, "media_ids": ["1", 2, null],
        "fields_attributes": {"0": {"name": "a", "value": true}}, "nobody": {"knows": []}}"#;
    let post = body("application/json; charset=utf-8", text).await.unwrap();
    let expected = Post {
        status: Some("5".into()),
        sensitive: Some(true),
        limit: Some(3),
        media_ids: vec![1, 2],
        fields_attributes: vec![field("a", "true")],
        ..Post::default()
    };
    assert_eq!(post, expected);
}

#[tokio::test]
async fn the_body_wins_over_the_query() {
    let expected = Post { status: Some("body".into()), limit: Some(7), ..Post::default() };
    assert_eq!(body("application/x-www-form-urlencoded", "status=body").await.unwrap(), expected);
    assert_eq!(body("application/json", r#"{"status":"body"}"#).await.unwrap(), expected);
    for empty in ["application/json", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8"] {
        assert_eq!(body(empty, "").await.unwrap().status.unwrap(), "query", "{empty}");
    }
}

#[tokio::test]
async fn a_delete_has_a_body_and_a_get_has_none() {
    let request = |method: &str| {
        Request::builder().method(method).uri("/?a=1").body(Body::from("account_ids[]=1")).unwrap()
    };
    let (tree, _) = read(request("DELETE"), LIMITS).await.unwrap();
    assert_eq!(serde_json::Value::Object(tree), json!({"a": "1", "account_ids": ["1"]}));
    let (tree, _) = read(request("GET"), LIMITS).await.unwrap();
    assert_eq!(serde_json::Value::Object(tree), json!({"a": "1"}));
}

#[tokio::test]
async fn files_are_kept_apart() {
    let parts = "--x\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\nA cat\r\n\
        --x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nbytes\r\n\
        --x\r\ncontent-disposition: form-data; name=\"thumbnail\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
    let request = Request::put("/").header("content-type", "multipart/form-data; boundary=x");
    let (tree, mut files) = read(request.body(Body::from(parts)).unwrap(), LIMITS).await.unwrap();
    assert_eq!(tree["description"], "A cat");
    assert_eq!(files.take("file").unwrap(), "bytes");
    assert!(files.take("file").is_none() && files.take("thumbnail").is_none());
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    let many = "a[]=1&".repeat(201);
    for (text, sentence) in [
        ("sensitive=maybe", "sensitive must be true or false"),
        ("limit=ten", "limit must be a whole number"),
        ("limit=99999999999", "limit is out of range"),
        ("ratio=NaN", "ratio must be a number"),
        ("visibility=secret", "visibility must be one of: public, unlisted, private, direct"),
        ("status[]=a", "status must be a single text"),
        ("poll=1", "poll must have named parts"),
        ("poll[options][]=a", "poll.expires_in is missing"),
        ("in_reply_to_id=x", "in_reply_to_id is not valid"),
        ("status=a%00b", "Parameters must not contain NUL characters"),
        ("a[b][c][d][e][f][g][h][i]=1", "The parameters are nested more than 8 levels deep"),
        (many.as_str(), "There are more than 200 parameters"),
    ] {
        let error = pairs(text).unwrap_err();
        assert_eq!(error.status(), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(format!("{error:?}").contains(sentence), "{text}: {error:?}");
    }
    for text in ["status=%ff", "a=1&a[b]=2", "a[b]=1&a[]=2"] {
        assert_eq!(pairs(text).unwrap_err().status(), StatusCode::BAD_REQUEST, "{text}");
    }
}

#[tokio::test]
async fn hostile_bodies_are_refused() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(90), "]".repeat(90));
    let long = "a".repeat(1001);
    for (content_type, text, status) in [
        ("application/json", "[1]", 400),
        ("application/json", "{\"status\":", 400),
        ("application/json", "{\"status\":\"\\ud800\"}", 400),
        ("application/json", "{\"status\":\"a\\u0000\"}", 422),
        ("application/json", deep.as_str(), 422),
        ("application/json", long.as_str(), 413),
        ("application/x-www-form-urlencoded", long.as_str(), 413),
        ("multipart/form-data", "--x--", 400),
        ("multipart/form-data; boundary=x", "--x\r\nnonsense", 400),
        ("application/xml", "<status/>", 415),
    ] {
        let error = body(content_type, text.to_owned()).await.unwrap_err();
        assert_eq!(error.status().as_u16(), status, "{content_type} {text}");
    }
}
