//! A mail server that keeps what it is given.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::eventually;
use crate::instance::free_port;

/// `aiosmtpd` of the Python environment that `STOA_TEST_VENV` names; killed and forgotten when this is dropped.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    folder: TempDir,
    process: Child,
}

impl MailServer {
    /// Starts one and waits until it answers; `None`, with a sentence, when programs of that environment are to
    /// be skipped.
    pub async fn start() -> Option<Self> {
        if std::env::var_os("STOA_TEST_SKIP_CLIENTS").is_some() {
            eprintln!("Skipped: STOA_TEST_SKIP_CLIENTS is set");
            return None;
        }
        let venv = std::env::var_os("STOA_TEST_VENV").expect(
            "STOA_TEST_VENV names no Python environment with aiosmtpd; set STOA_TEST_SKIP_CLIENTS to skip",
        );
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        let port = free_port();
        let process = Command::new(PathBuf::from(venv).join("bin/python"))
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("letters"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("aiosmtpd can be started");
        let server = Self { port, folder, process };
        eventually("the mail server answers", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        Some(server)
    }

    /// As in `mail.smtp_url`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The settings of an instance whose letters come here.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("STOA_MAIL__SMTP_URL", self.url()),
            ("STOA_MAIL__FROM", "Stoa <noreply@example.org>".to_owned()),
        ]
    }

    /// Everything that came for an address, in no particular order.
    pub fn letters_to(&self, address: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("letters/new")) else {
            return Vec::new();
        };
        let letters = entries.map(|entry| entry.expect("the folder can be read").path());
        let letters = letters.map(|path| std::fs::read_to_string(path).expect("a letter can be read"));
        letters
            .filter(|letter| letter.lines().any(|line| line.trim_end() == format!("To: {address}")))
            .map(|letter| plain(&letter))
            .collect()
    }

    /// Waits until so many letters with this subject came for an address, and returns the link of the newest one
    /// that `known` does not hold.
    pub async fn link(&self, address: &str, subject: &str, known: &[&str]) -> String {
        eventually(&format!("a letter to {address}: {subject}"), async || {
            let letters = self.letters_to(address).into_iter();
            letters.filter(|letter| letter.contains(&format!("Subject: {subject}"))).find_map(|letter| {
                let link = letter.split_whitespace().find(|word| word.starts_with("http"))?.to_owned();
                (!known.contains(&link.as_str())).then_some(link)
            })
        })
        .await
    }
}

/// A letter with its lines as they were written (RFC 2045 section 6.7).
fn plain(letter: &str) -> String {
    let letter = letter.replace("\r\n", "\n");
    if !letter.contains("Content-Transfer-Encoding: quoted-printable") {
        return letter;
    }
    let joined = letter.replace("=\n", "");
    let mut pieces = joined.split('=');
    let first = pieces.next().unwrap_or_default().as_bytes().to_vec();
    let bytes = pieces.fold(first, |mut bytes, piece| {
        let code = piece.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&piece.as_bytes()[2..]);
            }
            None => bytes.extend([b"=", piece.as_bytes()].concat()),
        }
        bytes
    });
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
