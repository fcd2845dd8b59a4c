//! The little that is read of a page's JSON-LD (<https://schema.org/Article>).

use serde_json::Value;

use super::{MAX_VALUE_BYTES, address};

/// Types of documents that describe the page.
const TYPES: [&str; 10] = [
    "Article",
    "NewsArticle",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "TechArticle",
    "ScholarlyArticle",
    "BlogPosting",
    "SocialMediaPosting",
    "DiscussionForumPosting",
];
/// Documents of a list or graph that are looked at.
const MAX_DOCUMENTS: usize = 32;

/// What the first article of the page says.
#[derive(Default)]
pub(super) struct Article {
    pub(super) headline: Option<String>,
    pub(super) description: Option<String>,
    pub(super) author: Option<String>,
    pub(super) author_url: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) language: Option<String>,
    pub(super) published: Option<String>,
    pub(super) image: Option<String>,
}

/// The value itself, or the first of a list.
fn one(value: &Value) -> &Value {
    value.as_array().and_then(|list| list.first()).unwrap_or(value)
}

fn string(value: &Value) -> Option<String> {
    let text = one(value).as_str()?.trim();
    (!text.is_empty() && text.len() <= MAX_VALUE_BYTES).then(|| text.to_owned())
}

/// A text, or what an object says under a name.
fn of(value: &Value, name: &str) -> Option<String> {
    string(value).or_else(|| string(&one(value)[name]))
}

fn is_article(document: &Value) -> bool {
    let types = &document["@type"];
    let names = types.as_array().map_or(std::slice::from_ref(types), Vec::as_slice);
    names.iter().filter_map(Value::as_str).any(|name| TYPES.contains(&name))
}

impl Article {
    /// Reads a script; one that is broken says nothing.
    pub(super) fn read(&mut self, script: &str) {
        let Ok(document) = serde_json::from_str::<Value>(script) else { return };
        let listed = |value: &Value| value.as_array().map_or(vec![value.clone()], Clone::clone);
        let documents = listed(&document).into_iter().take(MAX_DOCUMENTS).flat_map(|document| {
            let graph = document.get("@graph").map(listed).unwrap_or_default();
            std::iter::once(document).chain(graph.into_iter().take(MAX_DOCUMENTS))
        });
        if let Some(article) = documents.into_iter().find(is_article) {
            self.take(&article);
        }
    }

    fn take(&mut self, article: &Value) {
        let fill = |field: &mut Option<String>, value: Option<String>| {
            if field.is_none() {
                *field = value;
            }
        };
        fill(&mut self.headline, string(&article["headline"]).or(string(&article["name"])));
        fill(&mut self.description, string(&article["description"]));
        fill(&mut self.author, of(&article["author"], "name"));
        fill(&mut self.author_url, string(&one(&article["author"])["url"]).as_deref().and_then(address));
        fill(&mut self.publisher, of(&article["publisher"], "name"));
        fill(&mut self.language, string(&article["inLanguage"]));
        fill(&mut self.published, string(&article["datePublished"]));
        fill(&mut self.image, of(&article["image"], "url").as_deref().and_then(address));
    }
}
