//! Collections and their pages (federation.md 5).

use serde::Serialize;
use serde_json::Value;

/// A collection: its size, and its items or the way to them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Collection {
    pub id: String,
    /// `OrderedCollection` or `Collection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_items: Option<i64>,
    /// The first page; absent when the items are inline or hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_items: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Value>>,
}

impl Collection {
    /// An ordered collection with neither items nor pages yet.
    pub(crate) fn ordered(id: String, total_items: i64) -> Self {
        Self {
            id,
            kind: "OrderedCollection",
            total_items: Some(total_items),
            first: None,
            ordered_items: None,
            items: None,
        }
    }

    /// An unordered collection with neither items nor pages yet.
    pub(crate) fn unordered(id: String) -> Self {
        Self { id, kind: "Collection", total_items: None, first: None, ordered_items: None, items: None }
    }

    /// With pages, reached by a query.
    pub(crate) fn paged(mut self) -> Self {
        self.first = Some(format!("{}?page=true", self.id));
        self
    }
}

/// A page of a collection; `ordered_items` or `items` after the collection's kind.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    pub id: String,
    /// `OrderedCollectionPage` or `CollectionPage`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub part_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered_items: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Value>>,
}
