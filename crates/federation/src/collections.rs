//! Collections of local actors and statuses (federation.md 5): what strangers may see of them.

use db::accounts::Account;
use db::follows::Side;
use db::timelines::OfAccount;
use db::{AccountId, Conn, StatusId, account_views, follows, statuses, timelines};
use serde::Deserialize;
use serde_json::{Value, json};
use services::Urls;

use crate::Error;
use crate::documents::{self, featured_of};
use crate::wire::{self, Collection, Page};

/// Items of a page.
const LIMIT: i64 = 20;

/// Which page is asked for; none for the collection itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Paging {
    page: Option<String>,
    max_id: Option<i64>,
    min_id: Option<i64>,
}

impl Paging {
    fn page(&self) -> Option<db::Page> {
        let wanted = self.page.is_some() || self.max_id.is_some() || self.min_id.is_some();
        wanted.then_some(db::Page { max_id: self.max_id, min_id: self.min_id, since_id: None, limit: LIMIT })
    }
}

/// The page's own address, and those of its neighbours; `ids` are the cursors on it, newest first.
fn ordered_page(collection: &str, page: db::Page, ids: &[i64], items: Vec<Value>) -> Page {
    let bound = |name: &str, id: i64| format!("{collection}?page=true&{name}={id}");
    let id = match (page.min_id, page.max_id) {
        (Some(id), _) => bound("min_id", id),
        (None, Some(id)) => bound("max_id", id),
        (None, None) => format!("{collection}?page=true"),
    };
    let full = ids.len() >= usize::try_from(page.limit).unwrap_or(usize::MAX);
    Page {
        id,
        kind: "OrderedCollectionPage",
        part_of: collection.to_owned(),
        next: ids.last().filter(|_| full || page.upwards()).map(|id| bound("max_id", *id)),
        prev: ids.first().map(|id| bound("min_id", *id)),
        ordered_items: Some(items),
        items: None,
    }
}

/// The Creates and Announces of what an account published for everybody.
pub(crate) async fn outbox(
    urls: &Urls,
    conn: &mut Conn,
    account: &Account,
    paging: &Paging,
) -> Result<String, Error> {
    let id = format!("{}/outbox", account.uri);
    let Some(page) = paging.page() else {
        let total = account_views::find(conn, account.id).await?.statuses_count;
        return Ok(wire::document(&Collection::ordered(id, total).paged())?);
    };
    let ids = timelines::of_account(conn, None, account.id, &OfAccount::default(), page).await?;
    let views = db::status_views::load(conn, None, &ids).await?;
    let mut named = db::mentions::addressees(conn, &ids).await?;
    let mut items = Vec::with_capacity(views.len());
    for view in &views {
        items.push(if let Some(original) = &view.reblog {
            let author = &original.account.account.uri;
            json!(documents::announce(&view.status, account, &original.status.uri, author))
        } else {
            let named = named.remove(&view.status.id).unwrap_or_default();
            let named: Vec<String> = named.into_iter().map(|(_, uri)| uri).collect();
            json!(documents::create(&view.status, documents::note(urls, view, &named)))
        });
    }
    let cursors: Vec<i64> = ids.iter().map(|id| id.0).collect();
    Ok(wire::document(&ordered_page(&id, page, &cursors, items))?)
}

/// Followers or followed accounts; only their number when the account hides them.
pub(crate) async fn people(
    conn: &mut Conn,
    account: &Account,
    which: Side,
    paging: &Paging,
) -> Result<String, Error> {
    let view = account_views::find(conn, account.id).await?;
    let (name, total) = match which {
        Side::Followers => ("followers", view.followers_count),
        Side::Following => ("following", view.following_count),
    };
    let collection = Collection::ordered(format!("{}/{name}", account.uri), total);
    if account.hide_collections {
        return Ok(wire::plain(&collection)?);
    }
    let Some(page) = paging.page() else { return Ok(wire::plain(&collection.paged())?) };
    let entries = follows::people(conn, account.id, which, None, page).await?;
    let ids: Vec<AccountId> = entries.iter().map(|entry| AccountId(entry.target)).collect();
    let accounts = db::accounts::load(conn, &ids).await?;
    let uri = |id: &AccountId| accounts.iter().find(|account| account.id == *id).map(|one| json!(one.uri));
    let items = ids.iter().filter_map(uri).collect();
    let cursors: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    Ok(wire::plain(&ordered_page(&collection.id, page, &cursors, items))?)
}

/// Pinned statuses that everybody may see, as ids.
pub(crate) async fn featured(conn: &mut Conn, account: &Account) -> Result<String, Error> {
    let ids = db::pins::list(conn, account.id).await?;
    let mut pinned = statuses::load(conn, &ids).await?;
    pinned.retain(|status| status.visibility.is_open() && !status.local_only);
    pinned.sort_by_key(|status| ids.iter().position(|id| *id == status.id));
    let items: Vec<Value> = pinned.into_iter().map(|status| json!(status.uri)).collect();
    let total = i64::try_from(items.len()).unwrap_or_default();
    let collection = Collection::ordered(featured_of(&account.uri), total);
    Ok(wire::document(&Collection { ordered_items: Some(items), ..collection })?)
}

/// Tags that an account features, as links to the account's statuses with them.
pub(crate) async fn featured_tags(urls: &Urls, conn: &mut Conn, account: &Account) -> Result<String, Error> {
    let id = format!("{}/collections/tags", account.uri);
    let tags = db::featured_tags::list(conn, account.id).await?;
    let items: Vec<Value> = tags
        .iter()
        .map(|tag| {
            let href = urls.tagged(&account.username, &tag.tag);
            json!({ "type": "Hashtag", "href": href, "name": format!("#{}", tag.name) })
        })
        .collect();
    let total = i64::try_from(items.len()).unwrap_or_default();
    let collection = Collection { total_items: Some(total), items: Some(items), ..Collection::unordered(id) };
    Ok(wire::document(&collection)?)
}

/// The direct replies that everybody may see, as ids, oldest first; `status` is the id that was visible to
/// the caller.
pub(crate) async fn replies(
    conn: &mut Conn,
    status: StatusId,
    uri: &str,
    paging: &Paging,
) -> Result<String, Error> {
    let id = format!("{uri}/replies");
    let Some(page) = paging.page() else {
        return Ok(wire::plain(&Collection::unordered(id).paged())?);
    };
    let after = page.min_id.unwrap_or(i64::MIN);
    let ids = timelines::open_replies(conn, status, after, LIMIT).await?;
    let mut answers = statuses::load(conn, &ids).await?;
    answers.sort_by_key(|status| status.id);
    let full = ids.len() >= usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let page = Page {
        id: page
            .min_id
            .map_or_else(|| format!("{id}?page=true"), |after| format!("{id}?page=true&min_id={after}")),
        kind: "CollectionPage",
        next: ids.last().filter(|_| full).map(|last| format!("{id}?page=true&min_id={last}")),
        part_of: id,
        prev: None,
        ordered_items: None,
        items: Some(answers.into_iter().map(|status| json!(status.uri)).collect()),
    };
    Ok(wire::plain(&page)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_name_themselves_and_their_neighbours() {
        let page = |max_id, min_id| db::Page { max_id, min_id, since_id: None, limit: 2 };
        let first = ordered_page("https://us.example/o", page(None, None), &[9, 7], Vec::new());
        assert_eq!(first.id, "https://us.example/o?page=true");
        assert_eq!(first.next.as_deref(), Some("https://us.example/o?page=true&max_id=7"));
        assert_eq!(first.prev.as_deref(), Some("https://us.example/o?page=true&min_id=9"));
        let last = ordered_page("https://us.example/o", page(Some(7), None), &[5], Vec::new());
        assert_eq!((last.id.as_str(), last.next), ("https://us.example/o?page=true&max_id=7", None));
        let beyond = ordered_page("https://us.example/o", page(Some(5), None), &[], Vec::new());
        assert_eq!((beyond.next, beyond.prev), (None, None));
    }
}
