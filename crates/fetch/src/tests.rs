//! The client against a server on loopback.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod delivering;
mod getting;
mod server;

use std::{io, net::IpAddr, sync::LazyLock};

use crate::{Client, Refusal, RemoteUrl, Settings, Signer, addresses, guard::Guard};

/// One key for all tests, since making one is slow.
static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    Signer::new("https://us.example/users/alice#main-key", signatures::PrivateKey::generate().unwrap())
});

fn settings() -> Settings {
    Settings {
        user_agent: "Stoa/0 (+https://us.example)".to_owned(),
        insecure_dev: true,
        extra_ca_file: None,
    }
}

fn client() -> Client {
    Client::new(settings()).unwrap()
}

fn url(client: &Client, text: &str) -> RemoteUrl {
    client.check_url(text).unwrap()
}

/// As strict as in production, but for http, ports and the one address the test server has.
fn strict() -> Client {
    fn permits(address: IpAddr) -> Result<(), Refusal> {
        if address == IpAddr::from([127, 0, 0, 1]) { Ok(()) } else { addresses::public(address) }
    }
    fn lookup(name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![match name {
            "public.example" => [127, 0, 0, 1].into(),
            "inner.example" => [10, 0, 0, 1].into(),
            _ => return Err(io::ErrorKind::NotFound.into()),
        }])
    }
    let guard = Guard { plain_http: true, any_port: true, permits, ..Guard::new(false) };
    Client::with(&settings(), guard, lookup).unwrap()
}
