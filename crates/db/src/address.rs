//! Where the database is, and whether the way there is encrypted.
//!
//! tokio-postgres knows `sslmode=disable`, `prefer` and `require` and leaves the certificate to whoever connects.
//! Here an encrypted connection is one whose other end is known: `require`, `verify-ca` and `verify-full` all check
//! the certificate and the name, against the system's authorities or those of the file `sslrootcert`. What does
//! not ask for encryption gets none, as on a socket.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

/// Where PostgreSQL is, and how to get there. Its `Debug` tells no password.
#[derive(Clone)]
pub struct Address {
    /// As tokio-postgres takes it.
    pub config: Config,
    /// Encrypts, where `config` asks for it.
    pub tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Address").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Address {
    /// Reads `postgres://user:password@host/database?sslmode=…&sslrootcert=…`; a socket's folder is written
    /// `postgres://user@/database?host=/folder`.
    ///
    /// # Errors
    /// A sentence that names the part that is wrong, and repeats nothing that may be secret.
    pub fn parse(url: &str) -> Result<Self> {
        let (plain, asked) = split(url)?;
        let mut config: Config = plain.parse().context("is no address of a PostgreSQL server")?;
        let roots =
            if asked.encrypted { roots(asked.authorities.as_deref())? } else { RootCertStore::empty() };
        config.ssl_mode(if asked.encrypted { SslMode::Require } else { SslMode::Disable });
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { config, tls: MakeRustlsConnect::new(tls) })
    }

    /// The same with another setting of the session, such as `synchronous_commit=off`.
    pub(crate) fn with(mut self, setting: &str) -> Self {
        let before = self.config.get_options().unwrap_or_default();
        let options = format!("{before} -c {setting}");
        self.config.options(options.trim_start());
        self
    }
}

#[derive(Debug, Default, PartialEq)]
struct Asked {
    encrypted: bool,
    /// A file of certificates.
    authorities: Option<String>,
}

/// Takes out of a URL what is said of encryption.
fn split(url: &str) -> Result<(String, Asked)> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut rest, mut asked) = (Vec::new(), Asked::default());
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let value = form_urlencoded::parse(part.as_bytes()).next().unwrap_or_default().1;
        match part.split('=').next() {
            Some("sslmode") => match &*value {
                // `prefer` would take whatever the other end offers, known or not.
                "disable" | "allow" | "prefer" => asked.encrypted = false,
                "require" | "verify-ca" | "verify-full" => asked.encrypted = true,
                _ => anyhow::bail!("sslmode is disable, prefer, require, verify-ca or verify-full"),
            },
            Some("sslrootcert") => asked.authorities = Some(value.into_owned()),
            _ => rest.push(part),
        }
    }
    let plain = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    Ok((plain, asked))
}

/// The authorities in this file, or those of the system.
fn roots(file: Option<&str>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let certificates = match file.filter(|file| *file != "system") {
        Some(file) => {
            let pem = std::fs::read(Path::new(file))
                .with_context(|| format!("sslrootcert {file} cannot be read"))?;
            let list: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            let list = list.with_context(|| format!("sslrootcert {file} is broken"))?;
            ensure!(!list.is_empty(), "sslrootcert {file} holds no certificate");
            list
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (known, _) = roots.add_parsable_certificates(certificates);
    ensure!(known > 0, "no certificate authority is known; name a file of them as sslrootcert");
    Ok(roots)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn encryption_is_what_is_asked_for() {
        for (query, encrypted) in [
            ("", false),
            ("?sslmode=disable", false),
            ("?sslmode=prefer", false),
            ("?sslmode=require", true),
            ("?connect_timeout=3&sslmode=verify-full", true),
        ] {
            let (_, asked) = split(&format!("postgres://a:b@c/d{query}")).unwrap();
            assert_eq!(asked.encrypted, encrypted, "{query}");
        }
        let url =
            "postgres://a@/d?host=%2Frun&sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-ca&connect_timeout=3";
        let (plain, asked) = split(url).unwrap();
        assert_eq!(plain, "postgres://a@/d?host=%2Frun&connect_timeout=3");
        assert_eq!(asked, Asked { encrypted: true, authorities: Some("/etc/ca.pem".to_owned()) });
    }

    #[test]
    fn mistakes_are_named_and_secrets_are_not() {
        for (url, said) in [
            ("postgres://a:hunter2@c/d?sslmode=yes", "sslmode is"),
            ("postgres://a:hunter2@c/d?sslmode=require&sslrootcert=/no/such", "/no/such cannot be read"),
            ("postgres://a:hunter2@c/d?sslmode=require&sslrootcert=Cargo.toml", "holds no certificate"),
            ("postgres://a:hunter2@c:port/d", "no address"),
        ] {
            let problem = format!("{:#}", Address::parse(url).unwrap_err());
            assert!(problem.contains(said) && !problem.contains("hunter2"), "{problem}");
        }
        let address = Address::parse("postgres://a:hunter2@c/d").unwrap();
        assert!(!format!("{address:?}").contains("hunter2"));
    }

    #[test]
    fn a_setting_is_added_to_those_of_the_url() {
        let address = Address::parse("postgres://a@c/d?options=-c%20jit%3Doff").unwrap();
        let options = address.with("synchronous_commit=off").config;
        assert_eq!(options.get_options(), Some("-c jit=off -c synchronous_commit=off"));
        let address = Address::parse("postgres://a@c/d").unwrap().with("synchronous_commit=off");
        assert_eq!(address.config.get_options(), Some("-c synchronous_commit=off"));
    }
}
