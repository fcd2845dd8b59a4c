//! `[server]`

use crate::{Cidr, unset};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use url::Url;

/// Where the process listens and how it is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address and port requests come in at, behind the reverse proxy.
    #[serde(deserialize_with = "socket_address")]
    pub listen: SocketAddr,
    /// The address people see, without a path; [`crate::Config::public_url`] gives the effective one.
    #[serde(serialize_with = "unset::serialize", deserialize_with = "optional_url")]
    pub public_url: Option<Url>,
    /// Peers whose `X-Forwarded-For` is believed. From all others the header is ignored.
    pub trusted_proxies: Vec<Cidr>,
    /// What this process does: answer requests, work off jobs, or both.
    pub role: Role,
    /// Largest body of a request that carries no media, in bytes.
    pub max_json_bytes: usize,
    /// Largest body of a media upload, in bytes.
    pub max_media_bytes: usize,
    /// After how long a request is given up, in seconds. Streams and uploads have their own limits.
    pub request_timeout_seconds: u64,
    /// How often a streaming `WebSocket` is asked whether its client is still there, in seconds; who has not
    /// answered by the next time is dropped.
    pub ping_seconds: u32,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Both.
    All,
    /// Answers requests only.
    Web,
    /// Works off jobs only.
    Worker,
}

impl Role {
    /// Whether requests are answered.
    pub fn is_web(self) -> bool {
        self != Self::Worker
    }

    /// Whether jobs are worked off.
    pub fn is_worker(self) -> bool {
        self != Self::Web
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "web" => Ok(Self::Web),
            "worker" => Ok(Self::Worker),
            _ => Err(format!("{text:?} is not a role: all, web or worker")),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all",
            Self::Web => "web",
            Self::Worker => "worker",
        })
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            public_url: None,
            trusted_proxies: Vec::new(),
            role: Role::All,
            max_json_bytes: 1 << 20,
            max_media_bytes: 40 << 20,
            request_timeout_seconds: 30,
            ping_seconds: 30,
        }
    }
}

pub(crate) fn socket_address<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| {
        de::Error::custom(format!(
            "{text:?} is not an address with a port, such as 127.0.0.1:3000 or [::1]:3000"
        ))
    })
}

pub(crate) fn optional_socket_address<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    socket_address(de::IntoDeserializer::<D::Error>::into_deserializer(text)).map(Some)
}

/// Reads an http(s) URL. Its text is not repeated in the error: it may hold a password.
pub(crate) fn optional_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        Ok(_) => Err(de::Error::custom("is not an address that begins with http:// or https://")),
        Err(problem) => Err(de::Error::custom(format!("is not a web address ({problem})"))),
    }
}
