//! What is measured, one batch for each operation.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use chrono::{SecondsFormat, Utc};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use signatures::{SigningInput, host_header, sign};
use tests::Client;
use url::Url;

use crate::data::{NOTIFICATIONS, THREADS, text};
use crate::processes::{Cpu, Memory};
use crate::remote::{FOLLOWERS, WRITERS};
use crate::stand::Stand;

/// Not measured, before each batch: connections, prepared statements and caches are there afterwards.
const WARM_UP: usize = 20;
/// Posts that go to all followers' hosts.
const BROADCASTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
/// Readers at once, and for how long, when memory is measured under load.
const READERS: usize = 8;
const LOAD: Duration = Duration::from_secs(4);
/// Requests at once when memory is measured with all of them in flight.
const CROWD: usize = 1_000;
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// What a batch cost.
pub(crate) struct Cost {
    pub(crate) name: &'static str,
    /// How many operations it had.
    pub(crate) count: usize,
    /// Of all of them.
    pub(crate) cpu: Cpu,
    /// How long each took until it was answered, in order of length.
    pub(crate) walls: Vec<Duration>,
}

/// What happens under load.
pub(crate) struct Load {
    pub(crate) memory: Memory,
    /// The most the server ever had, in bytes.
    pub(crate) peak: u64,
    /// Home pages in one second.
    pub(crate) pages: u64,
}

/// What many requests at once need.
pub(crate) struct Crowd {
    pub(crate) size: usize,
    pub(crate) before: Memory,
    pub(crate) during: Memory,
}

/// Runs a batch of operations one after the other; `run` is told their numbers.
pub(crate) async fn batch(
    stand: &Stand,
    name: &'static str,
    count: usize,
    mut run: impl AsyncFnMut(usize) -> Result<()>,
) -> Result<Cost> {
    for number in 0..WARM_UP {
        run(number).await.with_context(|| format!("measuring: {name}"))?;
    }
    let before = stand.settled().await?;
    let mut walls = Vec::with_capacity(count);
    for number in WARM_UP..WARM_UP + count {
        let begun = Instant::now();
        run(number).await.with_context(|| format!("measuring: {name}"))?;
        walls.push(begun.elapsed());
    }
    let cpu = stand.settled().await? - before;
    walls.sort_unstable();
    Ok(Cost { name, count, cpu, walls })
}

/// Asks for a page, and looks at the first one whether it has so many entries.
async fn page(
    client: &Client,
    path: &str,
    number: usize,
    expected: usize,
    list: fn(&Value) -> &Value,
) -> Result<()> {
    let answer = client.get(path).await;
    ensure!(answer.status == StatusCode::OK, "{path} answered {}", answer.status);
    if number == 0 {
        let found = list(&answer.json()).as_array().map_or(0, Vec::len);
        ensure!(found == expected, "{path} has {found} entries instead of {expected}");
    }
    Ok(())
}

/// What changes nothing.
pub(crate) async fn reading(stand: &Stand) -> Result<Vec<Cost>> {
    let reader = &stand.people[0];
    let home = batch(stand, "home timeline, 20 statuses", 2_000, async |number| {
        page(reader, "/api/v1/timelines/home?limit=20", number, 20, |page| page).await
    });
    let public = batch(stand, "public timeline, 20 statuses", 2_000, async |number| {
        page(reader, "/api/v1/timelines/public?limit=20", number, 20, |page| page).await
    });
    let mut costs = vec![home.await?, public.await?];
    let names = ["context with 50 replies", "context with 100 replies"];
    for ((name, root), (_, replies)) in names.into_iter().zip(stand.roots).zip(THREADS) {
        let path = format!("/api/v1/statuses/{root}/context");
        let context = batch(stand, name, 1_000, async |number| {
            page(reader, &path, number, replies, |context| &context["descendants"]).await
        });
        costs.push(context.await?);
    }
    let path = format!("/api/v1/notifications?limit={NOTIFICATIONS}");
    let notifications = batch(stand, "notifications, 20 mentions and 20 follows", 1_000, async |number| {
        page(reader, &path, number, NOTIFICATIONS, |page| page).await
    });
    costs.push(notifications.await?);
    let path = format!("/api/v2/notifications?limit={NOTIFICATIONS}");
    let grouped = batch(stand, "the same, grouped", 1_000, async |number| {
        page(reader, &path, number, NOTIFICATIONS, |page| &page["notification_groups"]).await
    });
    costs.push(grouped.await?);
    let handle = format!("writer7@{}", stand.remotes.writer_host(7)).replace('@', "%40").replace(':', "%3A");
    let path = format!("/api/v1/accounts/lookup?acct={handle}");
    let lookup = batch(stand, "account lookup", 5_000, async |_| {
        let answer = reader.get(&path).await;
        ensure!(answer.status == StatusCode::OK, "{path} answered {}", answer.status);
        Ok(())
    });
    costs.push(lookup.await?);
    Ok(costs)
}

/// What changes something, here and from elsewhere.
pub(crate) async fn writing(stand: &Stand) -> Result<Vec<Cost>> {
    let author = &stand.people[1];
    let post =
        batch(stand, "post a status (one follower here)", 300, async |number| publish(author, number).await);
    let post = post.await?;
    let incoming = batch(stand, "signed inbox Create (one follower here)", 300, async |number| {
        receive(stand, number).await
    });
    let incoming = incoming.await?;
    let arrived = stand
        .number("SELECT count(*) FROM statuses WHERE NOT local AND uri LIKE '%/statuses/bench%'")
        .await?;
    let sent = i64::try_from(WARM_UP + incoming.count)?;
    ensure!(arrived == sent, "of {sent} incoming statuses, {arrived} were taken in");
    let home = stand.people[0].get("/api/v1/timelines/home?limit=20").await;
    let newest = format!("/statuses/bench{}", sent - 1);
    ensure!(home.text.contains(&newest), "what arrived is not in the follower's home timeline");
    Ok(vec![post, incoming])
}

/// Posts publicly.
pub(crate) async fn publish(by: &Client, number: usize) -> Result<()> {
    let status = json!({ "status": format!("{} {number}", text(number)), "visibility": "public" });
    let answer = by.post_json("/api/v1/statuses", &status).await;
    ensure!(answer.status == StatusCode::OK, "posting answered {}", answer.status);
    Ok(())
}

/// A Create from one of the writers.
async fn receive(stand: &Stand, number: usize) -> Result<()> {
    let which = u8::try_from(number % usize::from(WRITERS))? + 1;
    let host = stand.remotes.writer_host(which);
    let actor = format!("http://{host}/users/writer{which}");
    let body = create(&actor, number).to_string();
    let url = Url::parse(&format!("{}/inbox", stand.url()))?;
    let input = SigningInput {
        method: &Method::POST,
        url: &url,
        host: &host_header(&url),
        date: SystemTime::now(),
        body: Some(body.as_bytes()),
        content_type: None,
        without_query: false,
    };
    let signed = sign(&input, &format!("{actor}#main-key"), &stand.remotes.key)?;
    let request = stand
        .nobody
        .request(Method::POST, "/inbox")
        .header("content-type", "application/activity+json")
        .header("date", signed.date)
        .header("digest", signed.digest.unwrap_or_default())
        .header("signature", signed.signature)
        .body(body);
    let answer = stand.nobody.send(request).await;
    ensure!(answer.status == StatusCode::ACCEPTED, "the inbox answered {}: {}", answer.status, answer.text);
    Ok(())
}

fn create(actor: &str, number: usize) -> Value {
    let id = format!("{actor}/statuses/bench{number}");
    let published = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let (to, cc) = (json!([PUBLIC]), json!([format!("{actor}/followers")]));
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{id}/activity"), "type": "Create", "actor": actor, "published": published,
        "to": to, "cc": cc,
        "object": {
            "id": id, "type": "Note", "attributedTo": actor, "published": published, "url": id,
            "to": to, "cc": cc, "content": format!("<p>{} {number}</p>", text(number)),
        },
    })
}

/// Posts that go to 200 hosts; counted by delivery, with the posts that cause them.
pub(crate) async fn delivering(stand: &Stand) -> Result<Cost> {
    let (broadcaster, remotes) = (&stand.people[2], &stand.remotes);
    let before = stand.settled().await?;
    let mut walls = Vec::new();
    for number in 0..BROADCASTS {
        remotes.forget();
        let begun = Instant::now();
        publish(broadcaster, number).await?;
        let arrivals = remotes.wait_for(usize::from(FOLLOWERS), PATIENCE).await?;
        walls.extend(arrivals.into_iter().map(|arrival| arrival.duration_since(begun)));
    }
    let cpu = stand.settled().await? - before;
    walls.sort_unstable();
    Ok(Cost { name: "delivery, of a post to 200 hosts", count: walls.len(), cpu, walls })
}

/// The server's memory while so many requests for home pages are sent at once.
pub(crate) async fn crowd(stand: &Stand) -> Result<Crowd> {
    let before = stand.processes()?.memory()?;
    let reader = &stand.people[0];
    let asked = (0..CROWD).map(|_| {
        let reader = reader.clone();
        tokio::spawn(async move { reader.get("/api/v1/timelines/home?limit=20").await.status })
    });
    let asked: Vec<_> = asked.collect();
    let mut during = before;
    while !asked.iter().all(tokio::task::JoinHandle::is_finished) {
        during = during.max(stand.processes()?.memory()?);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for status in asked {
        ensure!(status.await? == StatusCode::OK, "not all of {CROWD} requests at once were answered");
    }
    Ok(Crowd { size: CROWD, before, during })
}

/// Several readers at once who never pause.
pub(crate) async fn load(stand: &Stand) -> Result<Load> {
    let begun = Instant::now();
    let reading = (0..READERS).map(|_| {
        let reader = stand.people[0].clone();
        tokio::spawn(async move {
            let mut pages = 0_u64;
            while begun.elapsed() < LOAD {
                pages +=
                    u64::from(reader.get("/api/v1/timelines/home?limit=20").await.status == StatusCode::OK);
            }
            pages
        })
    });
    let reading: Vec<_> = reading.collect();
    let mut memory = Memory::default();
    while begun.elapsed() < LOAD {
        memory = memory.max(stand.processes()?.memory()?);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut pages = 0;
    for reader in reading {
        pages += reader.await?;
    }
    Ok(Load { memory, peak: stand.processes()?.peak()?, pages: pages / LOAD.as_secs() })
}
