//! Getting a web page as text, whatever it is encoded in.

use encoding_rs::{Encoding, UTF_8};
use mime::Mime;

use crate::{
    Client, Error, RemoteUrl,
    body::{check_status, read_start},
    documents::{DOCUMENT_DEADLINE, within},
    media_types::{self, PAGE_ACCEPT},
};

/// What a page says of itself stands at its beginning; so many bytes of it are read, decoded.
const MAX_PAGE: usize = 1024 * 1024;
/// Where the encoding stands in a page, if it stands there.
const DECLARED_WITHIN: usize = 1024;

/// The beginning of a web page, and where it was in the end.
#[derive(Debug, Clone)]
pub struct Page {
    /// The URL after redirects.
    pub url: RemoteUrl,
    /// Its first MiB.
    pub html: String,
}

impl Client {
    /// An HTML page, of which no more than the first MiB is read: unsigned, within 10 seconds, from the encoding
    /// that the server or the page names into text.
    pub async fn get_page(&self, url: &RemoteUrl) -> Result<Page, Error> {
        within(DOCUMENT_DEADLINE, async {
            let (url, response) = self.get(url, PAGE_ACCEPT, None).await?;
            check_status(&response)?;
            let media_type = media_types::of(response.headers())?;
            if !matches!(media_type.essence_str(), "text/html" | "application/xhtml+xml") {
                return Err(Error::ContentType(media_type.essence_str().to_owned()));
            }
            let bytes = read_start(response, MAX_PAGE).await?;
            Ok(Page { url, html: decoded(&bytes, &media_type) })
        })
        .await
    }
}

/// A byte order mark counts more than the header, that more than the page, and all are UTF-8 by default.
fn decoded(bytes: &[u8], media_type: &Mime) -> String {
    let named =
        media_type.get_param("charset").and_then(|name| Encoding::for_label(name.as_str().as_bytes()));
    let encoding = named.or_else(|| declared(bytes)).unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

/// The encoding in a `<meta charset="…">` or `<meta http-equiv="content-type" content="…; charset=…">`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(DECLARED_WITHIN)];
    let start: String = start.iter().map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    start.split("charset").skip(1).find_map(|rest| {
        let value = rest.trim_start().strip_prefix('=')?.trim_start_matches([' ', '"', '\'']);
        let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | ':'))?;
        let found = Encoding::for_label(&value.as_bytes()[..end])?;
        // What could be read so far was no UTF-16, whatever it says.
        Some(if found.is_ascii_compatible() { found } else { UTF_8 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found() {
        let read = |bytes: &[u8], media_type: &str| {
            media_type.parse().map(|media_type| decoded(bytes, &media_type)).unwrap_or_default()
        };
        assert_eq!(read("é".as_bytes(), "text/html"), "é");
        assert_eq!(read(b"\xe9", "text/html; charset=ISO-8859-1"), "é");
        assert_eq!(
            read(b"<meta charset='windows-1251'>\xc4\xe0", "text/html"),
            "<meta charset='windows-1251'>Да"
        );
        let page = b"<meta http-equiv=content-type content=\"text/html; charset=Shift_JIS\">\x82\xa0";
        assert!(read(page, "text/html").ends_with('あ'));
        assert!(read("<meta charset=utf-16>é".as_bytes(), "text/html").ends_with('é'));
        assert_eq!(read(b"\xef\xbb\xbfx", "text/html; charset=iso-8859-1"), "x");
        assert_eq!(read(b"a\xffb", "text/html; charset=nonsense"), "a\u{fffd}b");
    }
}
