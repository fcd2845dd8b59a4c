use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Config, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::tls;
use bytes::Bytes;

use crate::{ByteRange, Error, Key, Object, Result, Store};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long one attempt may take until its answer begins.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;
/// A file is only ever written under a name of its own.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Which bucket, and how it is reached.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// Address of the store; `None` for Amazon's in the region.
    pub endpoint: Option<String>,
    /// The bucket, which exists already.
    pub bucket: String,
    /// The region its requests are signed for.
    pub region: String,
    /// Id of the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
    /// `endpoint/bucket/file` rather than `bucket.endpoint/file`.
    pub path_style: bool,
}

/// Files in a bucket of an S3-compatible store, each under the name that its key spells
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/>).
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
    bucket: String,
}

impl S3 {
    /// A store in this bucket; connects with the first request.
    pub fn new(settings: S3Settings) -> Self {
        let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let S3Settings { endpoint, bucket, region, access_key, secret_key, path_style } = settings;
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(Credentials::new(access_key, secret_key, None, None, "settings"))
            .force_path_style(path_style)
            // Stores that are not Amazon's often reject the checksums that the SDK adds by itself.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https());
        config.set_endpoint_url(endpoint);
        Self { client: Client::from_conf(config.build()), bucket }
    }

    async fn size(&self, key: &Key) -> Result<Option<u64>> {
        let head = self.client.head_object().bucket(&self.bucket).key(key.as_str()).send().await;
        let Some(head) = found(head)? else { return Ok(None) };
        Ok(Some(head.content_length.and_then(|len| len.try_into().ok()).unwrap_or_default()))
    }
}

#[async_trait]
impl Store for S3 {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        let put = self.client.put_object().bucket(&self.bucket).key(key.as_str());
        put.content_type(key.content_type())
            .cache_control(FOR_EVER)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map(|_| ())
            .map_err(failed)
    }

    async fn open(&self, key: &Key, range: Option<ByteRange>) -> Result<Option<Object>> {
        let mut get = self.client.get_object().bucket(&self.bucket).key(key.as_str());
        let mut wanted = None;
        if let Some(range) = range {
            // Asked for first, so that what is said of the range is by our rules and not by the store's.
            let Some(len) = self.size(key).await? else { return Ok(None) };
            let part = range.within(len)?;
            get = get.range(format!("bytes={}-{}", part.start, part.end - 1));
            wanted = Some((len, part));
        }
        let Some(object) = found(get.send().await)? else { return Ok(None) };
        let (len, part) = wanted.unwrap_or_else(|| {
            let len = object.content_length.and_then(|len| len.try_into().ok()).unwrap_or_default();
            (len, 0..len)
        });
        let body = Box::pin(object.body.into_async_read());
        Ok(Some(Object { content_type: key.content_type(), len, part, body }))
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        let gone = self.client.delete_object().bucket(&self.bucket).key(key.as_str()).send().await;
        found(gone).map(|_| ())
    }

    async fn exists(&self, key: &Key) -> Result<bool> {
        Ok(self.size(key).await?.is_some())
    }
}

/// `None` where the store says that there is no such file.
fn found<T, E>(result: std::result::Result<T, SdkError<E>>) -> Result<Option<T>>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// A bucket that is not there is no missing file.
fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404)
        && error.as_service_error().and_then(E::code) != Some("NoSuchBucket")
}

/// The SDK's errors tell what happened only when asked to.
fn failed<E: std::error::Error + Send + Sync + 'static>(error: SdkError<E>) -> Error {
    Error::storage(DisplayErrorContext(error).to_string())
}
