//! For whom a request is meant (RFC 9110, 7.2 and 7.4; security A11).
//!
//! Addresses come from the settings and never from a request. A request for another host is refused all the
//! same: it is somebody's mistake, or a page elsewhere whose name was made to lead here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{HOST, HeaderMap, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use config::{Cidr, Config};

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What is wrong with a request.
pub(crate) type Refusal = (StatusCode, &'static str);

const MISSING: Refusal = (StatusCode::BAD_REQUEST, "The request needs exactly one Host header");
const FOREIGN: Refusal =
    (StatusCode::MISDIRECTED_REQUEST, "This server does not answer for the host that was asked for");

/// The hosts that this server answers for.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Lower case, without the ports that go without saying.
    names: Vec<String>,
    /// Whether names of this machine are ours, too: on it, and in development, people use them.
    local: bool,
    trusted_proxies: Vec<Cidr>,
}

impl Hosts {
    pub(crate) fn new(config: &Config) -> Self {
        let public = config.public_url();
        let listen = config.server.listen;
        let public_host = public.host_str().unwrap_or_default();
        let with_port =
            public.port().map_or_else(|| public_host.to_owned(), |p| format!("{public_host}:{p}"));
        let names = [config.instance.domain.clone(), with_port, listen.to_string()];
        Self(Arc::new(Inner {
            names: names.iter().map(|name| without_usual_port(name).to_ascii_lowercase()).collect(),
            local: config.federation.insecure_dev
                || is_local(public_host)
                || listen.ip().to_canonical().is_loopback(),
            trusted_proxies: config.server.trusted_proxies.clone(),
        }))
    }

    /// Refuses a request that is not for us; whoever watches over the process may ask for its health by any
    /// name. Where a trusted proxy put its own name into `Host`, the one that was asked for is put back: other
    /// servers have signed it.
    pub(crate) fn check(&self, request: &mut Request) -> Result<(), Refusal> {
        if request.uri().path().starts_with("/health") {
            return Ok(());
        }
        let asked = request.uri().authority().map(axum::http::uri::Authority::as_str);
        if asked.is_some_and(|asked| !self.is_ours(asked)) {
            return Err(FOREIGN);
        }
        if self.is_ours(one(request.headers(), HOST).ok_or(MISSING)?) {
            return Ok(());
        }
        let told = self.told_by_proxy(request).filter(|host| self.is_ours(host)).ok_or(FOREIGN)?;
        let told = HeaderValue::from_str(told).map_err(|_| FOREIGN)?;
        request.headers_mut().insert(HOST, told);
        Ok(())
    }

    /// The first of `X-Forwarded-Host`: each further proxy adds its own name behind.
    fn told_by_proxy<'r>(&self, request: &'r Request) -> Option<&'r str> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        let first = request.headers().get(FORWARDED_HOST)?.to_str().ok()?.split(',').next()?;
        self.0.trusted_proxies.iter().any(|block| block.contains(peer)).then_some(first.trim())
    }

    fn is_ours(&self, host: &str) -> bool {
        let name = without_usual_port(host);
        self.0.names.iter().any(|known| known.eq_ignore_ascii_case(name)) || (self.0.local && is_local(host))
    }
}

/// The one value of a header.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(HeaderValue::to_str)?.ok()?;
    (values.next().is_none() && !value.is_empty()).then_some(value)
}

fn without_usual_port(host: &str) -> &str {
    host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host)
}

/// `localhost`, what ends in it, and loopback addresses, with any port.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use axum::body::Body;

    use super::*;

    fn answer(settings: &str, uri: &str, peer: &str, headers: &[(&str, &str)]) -> u16 {
        let config = Config::from_sources(settings, []).unwrap();
        let mut request = Request::builder().uri(uri).body(Body::empty()).unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        if let Err((status, _)) = Hosts::new(&config).check(&mut request) {
            return status.as_u16();
        }
        let host = request.headers().get(HOST).map_or("", |host| host.to_str().unwrap());
        assert!(uri.starts_with("/health") || !host.starts_with("stoa:"), "{host} was put back");
        200
    }

    const SPLIT: &str = "[instance]\ndomain = \"stoa.example\"\n[server]\nlisten = \"0.0.0.0:3000\"\n\
        public_url = \"https://www.stoa.example:8443\"\ntrusted_proxies = [\"10.0.0.0/8\"]";

    #[test]
    fn own_names_are_answered_for() {
        for host in
            ["stoa.example", "STOA.example:443", "stoa.example:80", "www.stoa.example:8443", "0.0.0.0:3000"]
        {
            assert_eq!(answer(SPLIT, "/", "9.9.9.9", &[("host", host)]), 200, "{host}");
        }
        for host in [
            "evil.example",
            "www.stoa.example",
            "stoa.example.evil.example",
            "stoa.example:8080",
            "stoa.example@evil.example",
            "stoa.example.",
            "localhost:3000",
            "127.0.0.1",
            "a b",
        ] {
            assert_eq!(answer(SPLIT, "/", "9.9.9.9", &[("host", host)]), 421, "{host}");
        }
        let ours = ("host", "stoa.example");
        assert_eq!(answer(SPLIT, "http://evil.example/", "9.9.9.9", &[ours]), 421);
        assert_eq!(answer(SPLIT, "https://stoa.example/", "9.9.9.9", &[ours]), 200);
    }

    #[test]
    fn none_and_two_are_refused() {
        let ours = ("host", "stoa.example");
        for headers in
            [&[][..], &[("host", "")], &[ours, ours], &[ours, ("host", "evil.example")], &[("host", "é")]]
        {
            assert_eq!(answer(SPLIT, "/", "9.9.9.9", headers), 400, "{headers:?}");
        }
        assert_eq!(answer(SPLIT, "/health/ready", "9.9.9.9", &[]), 200);
        assert_eq!(answer(SPLIT, "/health", "9.9.9.9", &[("host", "10.1.2.3:3000")]), 200);
    }

    #[test]
    fn a_proxy_is_believed_if_it_is_trusted() {
        let inner = ("host", "stoa:3000");
        let told = |name| [inner, ("x-forwarded-host", name)];
        assert_eq!(answer(SPLIT, "/", "10.0.0.2", &told("stoa.example")), 200);
        assert_eq!(answer(SPLIT, "/", "10.0.0.2", &told("stoa.example, inner.example")), 200);
        assert_eq!(answer(SPLIT, "/", "10.0.0.2", &told("evil.example")), 421);
        assert_eq!(answer(SPLIT, "/", "9.9.9.9", &told("stoa.example")), 421);
        assert_eq!(answer(SPLIT, "/", "10.0.0.2", &[inner]), 421);
        // What callers make up changes nothing.
        let both = [("host", "stoa.example"), ("x-forwarded-host", "evil.example")];
        assert_eq!(answer(SPLIT, "/", "10.0.0.2", &both), 200);
    }

    #[test]
    fn on_this_machine_its_names_do() {
        let settings = "[instance]\ndomain = \"localhost:3000\"";
        for host in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "a.localhost", "LOCALHOST:1"] {
            assert_eq!(answer(settings, "/", "127.0.0.1", &[("host", host)]), 200, "{host}");
        }
        for host in ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example"]
        {
            assert_eq!(answer(settings, "/", "127.0.0.1", &[("host", host)]), 421, "{host}");
        }
    }
}
