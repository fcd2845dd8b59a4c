//! The way to the mail server.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Context;
use config::Config;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use services::letters::Written;

/// How long the mail server may take for one command.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands letters to the mail server of the settings; cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailer(Option<Way>);

#[derive(Clone)]
struct Way {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Way").finish_non_exhaustive()
    }
}

/// Why a letter was not taken. What the server said is not repeated: it often holds the address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Trying again does not help.
    #[error("the mail server refused the letter ({0})")]
    Permanent(String),
    /// Trying again may help.
    #[error("the letter could not be handed over ({0})")]
    Transient(String),
}

impl Mailer {
    /// Connects nothing yet. Without `mail.smtp_url` nothing is sent.
    ///
    /// # Errors
    /// When the settings cannot be used, by the name of the key.
    pub fn new(config: &Config) -> Result<Self, config::Error> {
        let Some(url) = &config.mail.smtp_url else { return Ok(Self(None)) };
        let from = if let Some(from) = &config.mail.from {
            from.parse().ok()
        } else {
            let address = Address::new("noreply", literal(config.instance.host())).ok();
            address.map(|address| Mailbox::new(Some(config.instance.title.clone()), address))
        };
        let problem = "is not an e-mail address, such as Stoa <noreply@example.org>";
        let from = from.ok_or_else(|| config::Error::key("mail.from", problem))?;
        // Its error may repeat the address, with the password in it.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose()).map_err(|_| {
            let problem = "is not an address such as smtps://name:password@host:465 or \
                           smtp://name:password@host:587?tls=required";
            config::Error::key("mail.smtp_url", problem)
        })?;
        Ok(Self(Some(Way { transport: builder.timeout(Some(PATIENCE)).build(), from })))
    }

    /// Whether letters can be sent.
    pub(crate) fn is_configured(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the mail server lets us in; `false` where none is configured.
    ///
    /// # Errors
    /// When it cannot be reached, or does not.
    pub async fn check(&self) -> anyhow::Result<bool> {
        let Some(way) = &self.0 else { return Ok(false) };
        match way.transport.test_connection().await {
            Ok(true) => Ok(true),
            Ok(false) => anyhow::bail!("the mail server does not answer"),
            Err(error) => {
                let code = error.status().map_or_else(|| "no answer".to_owned(), |code| code.to_string());
                anyhow::bail!("the mail server does not let us in ({code})")
            }
        }
    }

    /// Hands a letter over.
    pub(crate) async fn send(&self, letter: Written) -> anyhow::Result<()> {
        let Some(way) = &self.0 else { return Ok(()) };
        let to: Mailbox = letter.to.parse().map_err(|_| Refusal::Permanent("no address".to_owned()))?;
        let mut message = Message::builder()
            .from(way.from.clone())
            .to(to)
            .subject(letter.subject)
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .context("a letter could not be put together")?;
        // So that absence notes are not sent back (RFC 3834 section 5).
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
        way.transport.send(message).await.map_err(|error| {
            let code = error.status().map_or_else(|| "no answer".to_owned(), |code| code.to_string());
            if error.is_permanent() { Refusal::Permanent(code) } else { Refusal::Transient(code) }
        })?;
        Ok(())
    }
}

/// A host as it stands in an e-mail address (RFC 5321 section 4.1.3).
fn literal(host: &str) -> String {
    let is_bare_ip = host.parse::<Ipv4Addr>().is_ok();
    if is_bare_ip { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use config::{Config, Secret};

    use super::Mailer;

    fn made(url: &str, from: Option<&str>, domain: &str) -> Result<bool, String> {
        let mut config = Config::default();
        domain.clone_into(&mut config.instance.domain);
        config.mail.smtp_url = Some(Secret::new(url));
        config.mail.from = from.map(str::to_owned);
        Mailer::new(&config).map(|mailer| mailer.is_configured()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn settings_are_checked_and_passwords_not_repeated() {
        assert!(!Mailer::new(&Config::default()).unwrap().is_configured());
        for (url, from, domain) in [
            ("smtps://name:secret@mail.example.org", None, "example.org"),
            ("smtp://localhost:2525", Some("Stoa <noreply@example.org>"), "example.org"),
            ("smtp://localhost:2525?tls=required", None, "127.0.0.1:3000"),
        ] {
            assert_eq!(made(url, from, domain), Ok(true), "{url}");
        }
        let refused = made("smtp://name:secret@host?tls=perhaps", None, "example.org").unwrap_err();
        assert!(refused.contains("mail.smtp_url") && !refused.contains("secret"), "{refused}");
        let refused = made("smtp://host", Some("no address"), "example.org").unwrap_err();
        assert!(refused.contains("mail.from"), "{refused}");
    }
}
