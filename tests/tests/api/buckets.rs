//! Files in a bucket: the same as on disk, for everybody who fetches them.

use std::path::{Path, PathBuf};

use http::{Method, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use reqwest::multipart::{Form, Part};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use serde_json::Value;
use tests::{Instance, Options, User, eventually};
use tokio::net::TcpListener;

/// 16 by 12 pixels of one colour.
const PNG: &[u8] = include_bytes!("../clients/walks/picture.png");
const BUCKET: &str = "files";

/// A store with one bucket, below a folder.
struct Bucket {
    folder: tempfile::TempDir,
    endpoint: String,
}

impl Bucket {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single("key", "secret"));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            while let Ok((socket, _)) = listener.accept().await {
                let connection = server.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
                tokio::spawn(connection);
            }
        });
        Self { folder, endpoint }
    }

    fn options(&self, more: &[(&'static str, &str)]) -> Options {
        let mut settings = vec![
            ("STOA_STORAGE__KIND", "s3".to_owned()),
            ("STOA_STORAGE__S3_ENDPOINT", self.endpoint.clone()),
            ("STOA_STORAGE__S3_BUCKET", BUCKET.to_owned()),
            ("STOA_STORAGE__S3_ACCESS_KEY", "key".to_owned()),
            ("STOA_STORAGE__S3_SECRET_KEY", "secret".to_owned()),
        ];
        settings.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        Options { settings, ..Options::default() }
    }

    fn files(&self) -> Vec<PathBuf> {
        fn below(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    below(&entry.path(), found);
                } else {
                    found.push(entry.path());
                }
            }
        }
        let mut found = Vec::new();
        below(&self.folder.path().join(BUCKET), &mut found);
        found
    }
}

async fn upload(user: &User) -> Value {
    let file = Part::bytes(PNG).file_name("picture.png").mime_str("image/png").unwrap();
    let request = user.client.request(Method::POST, "/api/v2/media");
    user.client.send(request.multipart(Form::new().part("file", file))).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_lie_in_the_bucket_and_are_served_from_here() {
    let bucket = Bucket::start().await;
    let a = Instance::start_with(bucket.options(&[])).await;
    let alice = a.user("alice").await;
    let media = upload(&alice).await;
    assert!(!bucket.files().is_empty());
    let path = media["url"].as_str().unwrap().strip_prefix(&a.url).expect("an address of ours").to_owned();

    let whole = a.client().get(&path).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert!(whole.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("image/"));
    let len: u64 = whole.headers[header::CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
    let part = a.client().request(Method::GET, &path).header(header::RANGE, "bytes=2-5");
    let part = a.client().send(part).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers[header::CONTENT_RANGE], format!("bytes 2-5/{len}"));
    let behind = a.client().request(Method::GET, &path).header(header::RANGE, format!("bytes={len}-"));
    assert_eq!(a.client().send(behind).await.status, StatusCode::RANGE_NOT_SATISFIABLE);

    let id = media["id"].as_str().unwrap();
    alice.client.delete(&format!("/api/v1/media/{id}")).await.ok();
    eventually("the bucket is empty", async || bucket.files().is_empty().then_some(())).await;
    assert_eq!(a.client().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_address_is_handed_out_and_may_be_shown() {
    let bucket = Bucket::start().await;
    let settings = [("STOA_STORAGE__S3_PUBLIC_URL", "https://cdn.example/stoa/")];
    let a = Instance::start_with(bucket.options(&settings)).await;
    let alice = a.user("alice").await;
    let media = upload(&alice).await;
    assert!(media["url"].as_str().unwrap().starts_with("https://cdn.example/stoa/media/"), "{media}");
    let page = a.client().get("/@alice").await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("img-src 'self' data: https://cdn.example;"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_cannot_be_used_is_said_at_the_start() {
    let bucket = Bucket::start().await;
    let a = Instance::start().await;
    let Options { settings, .. } = bucket.options(&[("STOA_STORAGE__S3_SECRET_KEY", "wrong")]);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let output = a.run_with(&settings, &["serve"]).await;
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("storage.s3_bucket"), "{text}");
    assert!(!text.contains("wrong"), "{text}");
}
