//! A person at a browser, as far as signing in and consenting needs one: cookies, redirects and forms.

use std::collections::BTreeMap;

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method};
use url::Url;

use crate::{Answer, Client};

const MAX_REDIRECTS: usize = 10;

/// A browser with its cookies.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
    address: Url,
}

/// A form of a page: where it goes, and what it holds.
#[derive(Debug)]
struct Form {
    action: Url,
    method: Method,
    fields: Vec<(String, String)>,
}

impl Browser {
    /// Opens an address.
    pub async fn open(address: &str) -> (Self, Answer) {
        let url = Url::parse(address).expect("an address to open");
        let mut browser = Self { client: Client::new(""), cookies: BTreeMap::new(), address: url.clone() };
        let page = browser.load(Method::GET, url, Vec::new()).await;
        (browser, page)
    }

    /// The address that is shown.
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// Opens another address.
    pub async fn go(&mut self, address: &str) -> Answer {
        let url = self.address.join(address).expect("an address to open");
        self.load(Method::GET, url, Vec::new()).await
    }

    /// Fills in the first form that has all these fields, and sends it by its button.
    pub async fn submit(&mut self, page: &Answer, filled: &[(&str, &str)]) -> Answer {
        let form =
            self.form(page, filled).unwrap_or_else(|| panic!("no form with {filled:?}: {}", page.text));
        let kept = form.fields.into_iter().filter(|(name, _)| filled.iter().all(|(other, _)| other != name));
        let mut fields: Vec<(String, String)> = kept.collect();
        fields.extend(filled.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
        self.load(form.method, form.action, fields).await
    }

    /// What stands in the field with this id.
    pub fn value(page: &Answer, id: &str) -> Option<String> {
        let mut inputs = page.text.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
        inputs
            .find(|input| attribute(input, "id").as_deref() == Some(id))
            .and_then(|input| attribute(input, "value"))
    }

    /// Follows redirects as browsers do, up to one that leads out of the web.
    async fn load(&mut self, method: Method, url: Url, fields: Vec<(String, String)>) -> Answer {
        let (mut method, mut url, mut fields) = (method, url, fields);
        for _ in 0..MAX_REDIRECTS {
            let origin = self.address.origin().ascii_serialization();
            let mut request =
                self.client.request(method.clone(), url.as_str()).header(COOKIE, self.cookies());
            if method == Method::POST {
                request = request.header("origin", origin).form(&fields);
            }
            let answer = self.client.send(request).await;
            self.keep_cookies(&answer.headers);
            self.address = url.clone();
            let Some(next) = answer.headers.get(LOCATION) else { return answer };
            let next =
                next.to_str().ok().and_then(|next| url.join(next).ok()).expect("a redirect to an address");
            if !next.scheme().starts_with("http") {
                self.address = next;
                return answer;
            }
            (method, url, fields) = (Method::GET, next, Vec::new());
        }
        panic!("more than {MAX_REDIRECTS} redirects, the last to {url}");
    }

    fn cookies(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie is text");
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }

    fn form(&self, page: &Answer, filled: &[(&str, &str)]) -> Option<Form> {
        let forms = page.text.split("<form").skip(1).map(|rest| {
            let form = rest.split("</form").next().unwrap_or_default();
            let (head, body) = form.split_once('>').unwrap_or((form, ""));
            (head, body)
        });
        for (head, body) in forms {
            let names_all = filled.iter().all(|(name, _)| body.contains(&format!("name=\"{name}\"")));
            if !names_all {
                continue;
            }
            let action = attribute(head, "action").unwrap_or_default();
            let is_post = attribute(head, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
            let method = if is_post { Method::POST } else { Method::GET };
            let inputs = body.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
            let hidden = inputs.filter(|input| attribute(input, "type").as_deref() == Some("hidden"));
            let fields = hidden.filter_map(|input| {
                Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
            });
            let fields = fields.collect();
            return Some(Form { action: self.address.join(&action).ok()?, method, fields });
        }
        None
    }
}

/// The value of an attribute in the inside of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let plain =
        value.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#39;", "'").replace("&#x27;", "'");
    let plain = plain.replace("&lt;", "<").replace("&#60;", "<").replace("&gt;", ">").replace("&#62;", ">");
    Some(plain.replace("&amp;", "&").replace("&#38;", "&"))
}
