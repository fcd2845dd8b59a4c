//! Signed in order, and still not to be believed.

use serde_json::{Value, json};
use tests::{Instance, Mistake, Remote, RemoteActor, User, eventually};

struct Scene {
    a: Instance,
    alice: User,
    actor: Value,
    remote: Remote,
    elsewhere: Remote,
    victim: RemoteActor,
    neighbour: RemoteActor,
    mallory: RemoteActor,
    /// The victim's note, and its id at the instance.
    note: Value,
    id: Value,
}

impl Scene {
    async fn set() -> Self {
        let (a, remote, elsewhere) = (Instance::start().await, Remote::start(), Remote::start());
        let alice = a.user("alice").await;
        let (victim, neighbour, mallory) =
            (remote.actor("victim"), remote.actor("neighbour"), elsewhere.actor("mallory"));
        let actor = victim.look_up(&alice.handle).await;
        let note = victim.note("The truth", &[actor["id"].as_str().unwrap()]);
        remote.serve(&note);
        let answer = victim.send(actor["inbox"].as_str().unwrap(), &victim.create(&note)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        let id = alice.is_notified("mention", "victim").await["status"]["id"].clone();
        Self { a, alice, actor, remote, elsewhere, victim, neighbour, mallory, note, id }
    }

    /// Sends something, and then something harmless from the same person that is seen when it was worked off.
    async fn send(&self, sender: &RemoteActor, activity: &Value) {
        let inbox = self.actor["inbox"].as_str().unwrap();
        let answer = sender.send(inbox, activity).await;
        assert!(answer.status.as_u16() < 500, "{}: {}", answer.status, answer.text);
        let after = sender.note(&format!("after {}", activity["id"]), &[self.actor["id"].as_str().unwrap()]);
        assert!(sender.send(inbox, &sender.create(&after)).await.status.is_success());
        eventually("what came after it has arrived", async || {
            let news = self.alice.notifications().await;
            news.iter().any(|news| news["status"]["uri"] == after["id"]).then_some(())
        })
        .await;
        eventually("nothing waits", async || {
            (self.a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
        })
        .await;
    }

    async fn assert_untouched(&self) {
        let status = self.alice.status(&self.id).await.expect("the note is still there");
        assert!(status["content"].as_str().unwrap().contains("The truth"), "{status}");
        assert_eq!(status["account"]["acct"], self.victim.handle.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_or_deletes_what_is_anothers() {
    let scene = Scene::set().await;
    for thief in [&scene.mallory, &scene.neighbour] {
        let mut lie = scene.note.clone();
        lie["content"] = json!("<p>A lie</p>");
        lie["updated"] = json!(chrono::Utc::now().to_rfc3339());
        scene.send(thief, &thief.does("Update", lie.clone())).await;
        scene.assert_untouched().await;
        lie["attributedTo"] = json!(thief.uri);
        scene.send(thief, &thief.does("Update", lie)).await;
        scene.assert_untouched().await;
        scene.send(thief, &thief.does("Delete", scene.note["id"].clone())).await;
        scene.assert_untouched().await;
        let tombstone = json!({ "id": scene.note["id"], "type": "Tombstone" });
        scene.send(thief, &thief.does("Delete", tombstone)).await;
        scene.assert_untouched().await;
        scene.send(thief, &thief.does("Delete", json!(scene.victim.uri))).await;
        scene.assert_untouched().await;
    }
    // Its author may.
    scene.send(&scene.victim, &scene.victim.does("Delete", scene.note["id"].clone())).await;
    assert!(scene.alice.status(&scene.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_speaks_for_its_own_host_only() {
    let scene = Scene::set().await;
    // A note whose id is on the victim's host, which knows nothing of it.
    let mut planted = scene.mallory.note("Planted", &[scene.actor["id"].as_str().unwrap()]);
    planted["id"] = json!(format!("{}/notes/planted", scene.victim.uri));
    let mut create = scene.mallory.does("Create", planted.clone());
    scene.send(&scene.mallory, &create).await;
    planted["attributedTo"] = json!(scene.victim.uri);
    create["object"] = planted.clone();
    create["id"] = json!(format!("{}#second", scene.mallory.uri));
    scene.send(&scene.mallory, &create).await;
    // A note of mallory's own host in the victim's name.
    let mut forged = scene.mallory.note("Forged", &[scene.actor["id"].as_str().unwrap()]);
    forged["attributedTo"] = json!(scene.victim.uri);
    scene.elsewhere.serve(&forged);
    scene.send(&scene.mallory, &scene.mallory.does("Create", forged.clone())).await;
    scene.send(&scene.mallory, &scene.mallory.does("Announce", forged["id"].clone())).await;
    // A note whose id is ours.
    let mut ours = scene.mallory.note("Ours", &[scene.actor["id"].as_str().unwrap()]);
    ours["id"] = json!(format!("{}/statuses/1", scene.actor["id"].as_str().unwrap()));
    scene.send(&scene.mallory, &scene.mallory.does("Create", ours)).await;

    for text in ["Planted", "Forged", "Ours"] {
        let pattern = format!("%{text}%");
        let found = scene.a.database.query("SELECT 1 FROM statuses WHERE content LIKE $1", &[&pattern]).await;
        assert!(found.is_empty(), "{text} was believed");
    }
    assert!(scene.alice.find_status(forged["id"].as_str().unwrap()).await.is_none());
    scene.assert_untouched().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_two_authors_has_none() {
    let scene = Scene::set().await;
    let me = scene.actor["id"].as_str().unwrap();
    for (text, authors) in [
        ("First", json!([scene.mallory.uri, format!("{}2", scene.mallory.uri)])),
        ("Second", json!([scene.mallory.uri, scene.victim.uri])),
        ("Third", json!([{ "type": "Person", "id": scene.victim.uri }, scene.mallory.uri])),
    ] {
        let mut note = scene.mallory.note(text, &[me]);
        note["attributedTo"] = authors;
        scene.elsewhere.serve(&note);
        scene.send(&scene.mallory, &scene.mallory.create(&note)).await;
        assert!(scene.alice.find_status(note["id"].as_str().unwrap()).await.is_none(), "{text} was fetched");
    }
    for text in ["First", "Second", "Third"] {
        let pattern = format!("<p>{text}%");
        let found = scene.a.database.query("SELECT 1 FROM statuses WHERE content LIKE $1", &[&pattern]).await;
        assert!(found.is_empty(), "{text} was believed");
    }
    // One author in a list, and the group that it was posted to, are one author.
    let mut note = scene.mallory.note("Fourth", &[me]);
    let group = format!("http://{}/groups/g", scene.elsewhere.domain);
    note["attributedTo"] =
        json!([{ "type": "Group", "id": group }, { "type": "Person", "id": scene.mallory.uri }]);
    scene.send(&scene.mallory, &scene.mallory.create(&note)).await;
    let news = scene.alice.notifications().await;
    assert!(news.iter().any(|news| news["status"]["uri"] == note["id"]), "{news:?}");
}

/// The key of who is gone proves nothing, and only the going is believed then, on the word of its server.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_who_is_gone() {
    let scene = Scene::set().await;
    scene.remote.bury(&scene.victim.uri);
    let inbox = scene.actor["inbox"].as_str().unwrap();
    let forged_by = || Some(Mistake::WrongKey(scene.mallory.key()));
    let mut note = scene.victim.note("From beyond", &[scene.actor["id"].as_str().unwrap()]);
    note["@id"] = json!(scene.victim.uri);
    let mut create = scene.victim.create(&note);
    create["@type"] = json!("Delete");
    let answer = scene.victim.send_with(inbox, &create, forged_by()).await;
    assert_eq!(answer.status.as_u16(), 401, "{}", answer.text);
    scene.assert_untouched().await;
    let mut farewell = scene.victim.does("Delete", json!(scene.victim.uri));
    farewell["content"] = json!("From beyond");
    let answer = scene.victim.send_with(inbox, &farewell, forged_by()).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    eventually("the victim is gone", async || scene.alice.status(&scene.id).await.is_none().then_some(()))
        .await;
    let found = scene.a.database.number("SELECT count(*) FROM statuses WHERE content LIKE '%beyond%'").await;
    assert_eq!(found, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_for_who_did_it() {
    let scene = Scene::set().await;
    let follow = scene.victim.follow(&scene.actor).await;
    let status = scene.alice.post("Favourite this").await;
    let like = scene.victim.does("Like", status["uri"].clone());
    scene.send(&scene.victim, &like).await;
    for thief in [&scene.mallory, &scene.neighbour] {
        scene.send(thief, &thief.does("Undo", follow.clone())).await;
        scene.send(thief, &thief.does("Undo", like.clone())).await;
        scene.send(thief, &thief.does("Undo", like["id"].clone())).await;
    }
    let status = scene.alice.status(&status["id"]).await.unwrap();
    assert_eq!(status["favourites_count"], 1);
    let me = scene.alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(me["followers_count"], 1);
    // Accepting in another's name makes nobody a follower.
    let account = scene.alice.ask_to_follow(&scene.victim.handle).await;
    let sent = scene.remote.receives("Follow", 1).await[0].activity.clone();
    scene.send(&scene.mallory, &scene.mallory.does("Accept", sent.clone())).await;
    assert_eq!(scene.alice.relationship(&account).await["following"], false);
    scene.send(&scene.victim, &scene.victim.does("Accept", sent)).await;
    assert_eq!(scene.alice.relationship(&account).await["following"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_document_speaks_for_itself_only() {
    let scene = Scene::set().await;
    // The document at mallory's address claims to be the victim's.
    let id = format!("http://{}/users/impostor", scene.elsewhere.domain);
    scene.elsewhere.serve(&json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": scene.victim.uri,
        "type": "Person",
        "preferredUsername": "victim",
        "name": "Impostor",
        "inbox": format!("{id}/inbox"),
        "publicKey": {
            "id": format!("{id}#main-key"),
            "owner": scene.victim.uri,
            "publicKeyPem": scene.mallory.key().public_pem().unwrap(),
        },
    }));
    let search = format!("/api/v2/search?resolve=true&q={id}");
    let found = scene.alice.client.get(&search).await;
    assert!(found.status.as_u16() < 500, "{}", found.text);
    let victim = scene.alice.find(&scene.victim.handle).await;
    assert_eq!(victim["display_name"], "victim", "{victim}");
}

/// An outage or a proxy gone astray answers 404; that is no reason to believe what anybody signs.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_deleted_by_a_forger_while_the_actor_cannot_be_found() {
    let scene = Scene::set().await;
    scene.remote.forget(&scene.victim.uri);
    let farewell = scene.victim.does("Delete", json!(scene.victim.uri));
    let inbox = scene.actor["inbox"].as_str().unwrap();
    let forged = scene.victim.send_with(inbox, &farewell, Some(Mistake::WrongKey(scene.mallory.key()))).await;
    assert_eq!(forged.status.as_u16(), 401, "{}", forged.text);
    scene.assert_untouched().await;
}
