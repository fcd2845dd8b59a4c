//! What a user's new statuses are unless they say otherwise.

use db::users::{self, User, UserChanges, quote_policy};
use db::{Conn, UserId, Visibility};

use crate::{App, Error, Result};

/// Longest language code, in bytes (`zh-Hant-HK` is one of the longer ones in use).
const LONGEST_LANGUAGE: usize = 16;

/// Changes defaults; `None` leaves one as it is, `language` empty removes it.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "they are `source` in the parameters of PATCH update_credentials")]
pub struct Changes {
    pub visibility: Option<Visibility>,
    pub sensitive: Option<bool>,
    pub language: Option<String>,
    pub quote_policy: Option<String>,
    pub attribution_domains: Option<Vec<String>>,
}

/// Websites that one account may name.
const MOST_ATTRIBUTIONS: usize = 100;

/// Changes that can be made: to be had from [`Changes::check`] alone.
#[derive(Clone, Debug)]
pub struct Checked(UserChanges);

impl Changes {
    /// Before anything else of the same request is written.
    ///
    /// # Errors
    /// [`Error::Invalid`] when no status can be so by default, or when something is not a language.
    pub fn check(self) -> Result<Checked> {
        if self.visibility == Some(Visibility::Direct) {
            return Err(Error::invalid("Privacy cannot be direct by default"));
        }
        let default_language = match self.language.as_deref().map(str::trim) {
            None => None,
            Some("") => Some(None),
            Some(code) if is_language(code) => Some(Some(code.to_owned())),
            Some(_) => return Err(Error::invalid("Language is not a language code")),
        };
        let default_quote_policy = match self.quote_policy.as_deref() {
            None => None,
            Some(word) => Some(
                quote_policy::parse(word)
                    .ok_or_else(|| Error::invalid("Quote policy must be public, followers or nobody"))?,
            ),
        };
        let attribution_domains = self.attribution_domains.map(|domains| websites(&domains)).transpose()?;
        Ok(Checked(UserChanges {
            default_visibility: self.visibility,
            default_sensitive: self.sensitive,
            default_language,
            default_quote_policy,
            attribution_domains,
            ..UserChanges::default()
        }))
    }
}

/// Hosts as they are stored, each once; people paste addresses, too.
fn websites(domains: &[String]) -> Result<Vec<String>> {
    let mut hosts: Vec<String> = Vec::new();
    for domain in domains.iter().map(|domain| domain.trim()).filter(|domain| !domain.is_empty()) {
        let bare = domain.trim_start_matches("https://").trim_start_matches("http://");
        let bare = bare.trim_start_matches("*.").trim_end_matches('/');
        let host = text::Handle::parse(&format!("name@{bare}")).ok().and_then(|handle| handle.domain);
        let host = host.ok_or_else(|| Error::invalid("Attribution domains must be valid domain names"))?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    if hosts.len() > MOST_ATTRIBUTIONS {
        let most = MOST_ATTRIBUTIONS;
        return Err(Error::invalid(format!("Attribution domains must not be more than {most}")));
    }
    Ok(hosts)
}

/// Changes what a user's statuses are by default.
pub async fn update(app: &App, user: UserId, settings: Checked) -> Result<User> {
    write(&mut *app.conn().await?, user, settings).await
}

/// The same in the caller's transaction.
pub(crate) async fn write(conn: &mut Conn, user: UserId, Checked(row): Checked) -> Result<User> {
    Ok(users::update(conn, user, &row).await?)
}

/// Whether it has the form of a language tag (BCP 47): letters, then parts joined by dashes.
pub fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let first = parts.next().unwrap_or_default();
    code.len() <= LONGEST_LANGUAGE
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn languages_have_a_form() {
        for code in ["en", "zh-CN", "zh-Hant-HK", "ast"] {
            assert!(is_language(code), "{code}");
        }
        for code in ["e", "english", "en-", "-en", "en_GB", "e1", "en-averylongpart", "日本", "en us"] {
            assert!(!is_language(code), "{code}");
        }
    }

    #[test]
    fn websites_are_hosts_each_once() {
        let read =
            |domains: &[&str]| websites(&domains.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        let pasted = ["https://Blog.example/", "blog.example", "*.news.example", " "];
        assert_eq!(read(&pasted).unwrap(), ["blog.example", "news.example"]);
        for bad in ["no host", "a.example/path", "@", "a b"] {
            assert!(read(&[bad]).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..101).map(|n| format!("h{n}.example")).collect();
        assert!(websites(&many).is_err());
    }

    #[test]
    fn nothing_asked_is_nothing_changed() {
        assert!(Changes::default().check().unwrap().0.is_empty());
        let none = Changes { language: Some(String::new()), ..Changes::default() };
        assert_eq!(none.check().unwrap().0.default_language, Some(None));
        let direct = Changes { visibility: Some(Visibility::Direct), ..Changes::default() };
        assert!(direct.check().is_err());
    }
}
