//! Documents of what lives here, built from what the database has; pure.

use std::collections::BTreeMap;

use activitypub_federation::fetch::object_id::ObjectId;
use activitypub_federation::kinds::activity::{AnnounceType, CreateType};
use activitypub_federation::kinds::collection::CollectionType;
use activitypub_federation::kinds::object::{DocumentType, ImageType, NoteType};
use activitypub_federation::protocol::public_key::PublicKey;
use activitypub_federation::traits::Object;
use db::Visibility;
use db::account_views::AccountView;
use db::accounts::{Account, kind};
use db::actors::Actor;
use db::custom_emojis::CustomEmoji;
use db::media::Media;
use db::polls::Poll;
use db::quotes::{Policy, Quote, State};
use db::reply_policies::ReplyPolicy;
use db::status_views::StatusView;
use db::statuses::Status;
use serde::Deserialize;
use services::Urls;
use url::Url;

use crate::objects::FederatedAccount;
use crate::wire::{
    self, Activity, ActorType, Attachment, Choice, Endpoints, Note, NoteKind, PUBLIC, Picture, PropertyValue,
    Question, Tag, Tally,
};

/// The typed id of something that lives here.
pub(crate) fn id_of<K>(uri: &str) -> ObjectId<K>
where
    K: Object + Send + Sync + std::fmt::Debug + 'static,
    for<'de> <K as Object>::Kind: Deserialize<'de>,
{
    ObjectId::parse(uri).expect("our ids are made from a validated address")
}

/// The id of an actor's followers collection.
pub(crate) fn followers_of(actor: &str) -> String {
    format!("{actor}/followers")
}

/// The id of an actor's collection of pinned statuses.
pub(crate) fn featured_of(actor: &str) -> String {
    format!("{actor}/collections/featured")
}

/// The name that a local actor bears on the wire: the instance actor has the domain's (federation.md 7.40).
pub(crate) fn username_of<'a>(urls: &'a Urls, account: &'a Account) -> &'a str {
    if account.is_instance_actor() { urls.domain() } else { &account.username }
}

/// The document of a local actor; `keys` is its row of `actors`, `moved_to` the id it points to.
pub(crate) fn actor(urls: &Urls, view: &AccountView, keys: &Actor, moved_to: Option<String>) -> wire::Actor {
    let account = &view.account;
    let mut document = skeleton(urls, account, keys);
    if account.suspended_at.is_some() {
        document.suspended = true;
        return document;
    }
    document.name = not_empty(&account.display_name);
    document.summary = not_empty(&account.note);
    document.manually_approves_followers = account.locked;
    document.discoverable = account.discoverable;
    document.indexable = account.indexable;
    document.memorial = account.memorial;
    document.updated = Some(wire::time(account.updated_at));
    document.also_known_as.clone_from(&account.also_known_as);
    document.moved_to = moved_to;
    document.icon = picture(urls, account.avatar_key.as_deref(), &account.avatar_description);
    document.image = picture(urls, account.header_key.as_deref(), &account.header_description);
    document.tag = emojis(urls, &view.emojis);
    document.attachment = account
        .profile_fields()
        .into_iter()
        .map(|field| PropertyValue { name: field.name, value: field.value })
        .collect();
    document
}

/// What even a suspended actor's document has, so that its signatures still verify (federation.md 4.16).
fn skeleton(urls: &Urls, account: &Account, keys: &Actor) -> wire::Actor {
    let uri = account.uri.as_str();
    let is_person = !account.is_instance_actor();
    let of_person = |path: &str| is_person.then(|| format!("{uri}{path}"));
    wire::Actor {
        id: id_of(uri),
        kind: if is_person { actor_type(account.kind) } else { ActorType::Application },
        preferred_username: username_of(urls, account).to_owned(),
        name: None,
        summary: None,
        url: is_person.then(|| urls.profile(&account.username)),
        inbox: format!("{uri}/inbox"),
        outbox: format!("{uri}/outbox"),
        followers: of_person("/followers"),
        following: of_person("/following"),
        featured: is_person.then(|| featured_of(uri)),
        featured_tags: of_person("/collections/tags"),
        endpoints: Endpoints { shared_inbox: urls.at("/inbox") },
        public_key: PublicKey {
            id: keys.key_id.clone(),
            owner: id_of::<FederatedAccount>(uri).into_inner(),
            public_key_pem: keys.public_key_pem.clone(),
        },
        manually_approves_followers: !is_person,
        discoverable: false,
        indexable: false,
        published: wire::time(account.created_at),
        updated: None,
        attachment: Vec::new(),
        tag: Vec::new(),
        icon: None,
        image: None,
        also_known_as: Vec::new(),
        moved_to: None,
        memorial: false,
        suspended: false,
    }
}

fn actor_type(number: i16) -> ActorType {
    match number {
        kind::SERVICE => ActorType::Service,
        kind::GROUP => ActorType::Group,
        kind::ORGANIZATION => ActorType::Organization,
        kind::APPLICATION => ActorType::Application,
        _ => ActorType::Person,
    }
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn picture(urls: &Urls, key: Option<&str>, description: &str) -> Option<Picture> {
    let key = key?;
    Some(Picture {
        kind: ImageType::Image,
        media_type: wire::media_type(key).into_owned(),
        url: urls.media(key),
        description: not_empty(description),
    })
}

fn emojis(urls: &Urls, emojis: &[CustomEmoji]) -> Vec<Tag> {
    emojis.iter().filter_map(|emoji| self::emoji(urls, emoji)).collect()
}

/// One of our custom emoji; `None` for one without a picture.
pub(crate) fn emoji(urls: &Urls, emoji: &CustomEmoji) -> Option<Tag> {
    Some(Tag::Emoji {
        id: urls.at(&format!("/emojis/{}", emoji.shortcode)),
        name: format!(":{}:", emoji.shortcode),
        icon: picture(urls, emoji.image_key.as_deref(), "")?,
        updated: wire::time(emoji.updated_at),
    })
}

/// `to` and `cc` of something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audience {
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
}

/// Whom something by `actor` is addressed to (federation.md 30.1); `named` are the ids of those who are
/// mentioned.
pub(crate) fn audience(visibility: Visibility, actor: &str, named: &[String]) -> Audience {
    let everybody = || PUBLIC.to_owned();
    let followers = || followers_of(actor);
    let with_named = |first: Option<String>| first.into_iter().chain(named.iter().cloned()).collect();
    match visibility {
        Visibility::Public => Audience { to: vec![everybody()], cc: with_named(Some(followers())) },
        Visibility::Unlisted => Audience { to: vec![followers()], cc: with_named(Some(everybody())) },
        Visibility::Private => Audience { to: vec![followers()], cc: with_named(None) },
        Visibility::Direct => Audience { to: with_named(None), cc: Vec::new() },
    }
}

/// The document of a local status; `named` are the ids of all to whom it is addressed by name.
pub(crate) fn note(urls: &Urls, view: &StatusView, named: &[String]) -> Note {
    let status = &view.status;
    let author = &view.account.account;
    let Audience { to, cc } = audience(status.visibility, &author.uri, named);
    let open = status.visibility.is_open();
    Note {
        id: id_of(&status.uri),
        kind: if view.poll.is_some() { NoteKind::Question } else { NoteKind::Note },
        attributed_to: id_of(&author.uri),
        summary: not_empty(&status.spoiler_text),
        in_reply_to: status.in_reply_to_uri.clone(),
        published: wire::time(status.created_at),
        updated: status.edited_at.map(wire::time),
        url: urls.status_page(&author.username, status.id),
        to,
        cc,
        sensitive: status.sensitive,
        conversation: conversation(urls, status),
        content_map: status
            .language
            .as_ref()
            .map(|language| BTreeMap::from([(language.clone(), status.content.clone())])),
        content: status.content.clone(),
        attachment: view.media.iter().filter_map(|media| attachment(urls, media)).collect(),
        tag: tags(urls, view),
        replies: open.then(|| wire::Replies::of(&status.uri)),
        likes: open.then(|| wire::Count::of(&status.uri, "likes", view.favourites_count)),
        shares: open.then(|| wire::Count::of(&status.uri, "shares", view.reblogs_count)),
        quote: view.quote.as_ref().map(quoting),
        interaction_policy: open.then(|| wire::InteractionPolicy {
            can_reply: view.replies.as_ref().map(|policy| may_reply(view, policy)),
            ..may_quote(author, status)
        }),
        question: view.poll.as_ref().map(|view| question(&view.poll)),
    }
}

/// Who may answer a status: what both sides follow alone cannot be said, and is asked for nowhere else.
fn may_reply(view: &StatusView, policy: &ReplyPolicy) -> wire::CanReply {
    let author = view.account.account.uri.as_str();
    let mut automatic_approval = vec![author.to_owned()];
    automatic_approval.extend(policy.followers.then(|| followers_of(author)));
    automatic_approval.extend(policy.following.then(|| format!("{author}/following")));
    automatic_approval.extend(view.mentions.iter().map(|mention| mention.uri.clone()));
    automatic_approval.extend(policy.uris.iter().cloned());
    wire::CanReply { automatic_approval, manual_approval: [] }
}

/// Who may quote a status: nobody is the author alone, since an absent policy would leave those who ask waiting.
fn may_quote(author: &Account, status: &Status) -> wire::InteractionPolicy {
    let policy = Policy(status.quote_policy);
    let whom = if policy.includes(Policy::PUBLIC) {
        PUBLIC.to_owned()
    } else if policy.includes(Policy::FOLLOWERS) {
        followers_of(&author.uri)
    } else {
        author.uri.clone()
    };
    let can_quote = wire::CanQuote { automatic_approval: vec![whom], manual_approval: Vec::new() };
    wire::InteractionPolicy { can_quote, can_reply: None }
}

/// What a quote adds to its Note. Once it was refused, only those are told what it was who ask for the approval.
fn quoting(quote: &Quote) -> wire::Quoting {
    let accepted = quote.state() == State::Accepted;
    let may_be_shown = accepted || quote.state() == State::Pending;
    wire::Quoting {
        quote: quote.quoted_uri.clone(),
        older: may_be_shown.then(|| wire::OlderNames::of(&quote.quoted_uri)),
        authorization: quote.authorization_uri.clone().filter(|_| accepted),
    }
}

/// The approval of a quote of something here: `quoting` and `quoted` are ids, and so is `author`.
pub(crate) fn approval(id: &str, author: &str, quoting: &str, quoted: &str) -> wire::QuoteAuthorization {
    wire::QuoteAuthorization {
        id: id.to_owned(),
        kind: wire::QuoteAuthorizationType::default(),
        attributed_to: author.to_owned(),
        interacting_object: quoting.to_owned(),
        interaction_target: quoted.to_owned(),
    }
}

/// What a poll adds to its Note. While its totals are secret, only the number of voters is said.
fn question(poll: &Poll) -> Question {
    let choice = |(name, votes): (&String, &i64)| Choice {
        kind: NoteType::Note,
        name: name.clone(),
        replies: Tally {
            kind: CollectionType::Collection,
            total_items: poll.shows_totals().then_some(*votes),
        },
    };
    let choices: Vec<Choice> = poll.options.iter().zip(&poll.tallies).map(choice).collect();
    let (one_of, any_of) = if poll.multiple { (None, Some(choices)) } else { (Some(choices), None) };
    let end_time = poll.expires_at.map(wire::time);
    Question {
        one_of,
        any_of,
        closed: end_time.clone().filter(|_| poll.has_ended()),
        end_time,
        voters_count: poll.voters_count,
    }
}

/// Only a status that begins a thread names its conversation: an answer belongs to that of its parent, whose
/// name we may not know, and a name of our own would split the thread on servers that go by it.
fn conversation(urls: &Urls, status: &Status) -> Option<String> {
    status.in_reply_to_uri.is_none().then(|| {
        let day = status.created_at.format("%Y-%m-%d");
        format!("tag:{},{day}:objectId={}:objectType=Conversation", urls.domain(), status.conversation_id)
    })
}

fn tags(urls: &Urls, view: &StatusView) -> Vec<Tag> {
    let mentions = view.mentions.iter().map(|mention| Tag::Mention {
        href: mention.uri.clone(),
        name: format!("@{}@{}", mention.username, mention.domain.as_deref().unwrap_or(urls.domain())),
    });
    let hashtags = view
        .tags
        .iter()
        .map(|tag| Tag::Hashtag { href: urls.tag(&tag.name), name: format!("#{}", tag.spelling) });
    mentions.chain(hashtags).chain(emojis(urls, &view.emojis)).collect()
}

fn attachment(urls: &Urls, media: &Media) -> Option<Attachment> {
    let url = match (&media.file_key, &media.remote_url) {
        (Some(key), _) => urls.media(key),
        (None, Some(url)) => url.clone(),
        (None, None) => return None,
    };
    let size = |side: &str| media.meta.pointer(&format!("/original/{side}"))?.as_u64();
    let focus = |axis: &str| media.meta.pointer(&format!("/focus/{axis}"))?.as_f64();
    Some(Attachment {
        kind: DocumentType::Document,
        media_type: media.mime.clone().unwrap_or_else(|| wire::media_type(&url).into_owned()),
        url,
        description: media.description.as_deref().and_then(not_empty),
        blurhash: media.blurhash.clone(),
        width: size("width"),
        height: size("height"),
        focal_point: focus("x").zip(focus("y")).map(|(x, y)| [x, y]),
    })
}

/// The Create of a local status.
pub(crate) fn create(status: &Status, note: Note) -> Activity<CreateType, Note> {
    let actor = id_of(note.attributed_to.inner().as_str());
    let (to, cc) = (note.to.clone(), note.cc.clone());
    let id = format!("{}/activity", status.uri);
    let create = Activity::new(id, CreateType::Create, actor, note).to(to).cc(cc);
    Activity { published: Some(wire::time(status.created_at)), ..create }
}

/// The Announce of a local reblog; `of` and `author` are the ids of what it reblogs and of who wrote that.
pub(crate) fn announce(
    reblog: &Status,
    by: &Account,
    of: &str,
    author: &str,
) -> Activity<AnnounceType, String> {
    let Audience { to, cc } = audience(reblog.visibility, &by.uri, &[author.to_owned()]);
    let announce = Activity::new(reblog.uri.clone(), AnnounceType::Announce, id_of(&by.uri), of.to_owned())
        .to(to)
        .cc(cc);
    Activity { published: Some(wire::time(reblog.created_at)), ..announce }
}

/// What stands where something was deleted.
pub(crate) fn tombstone(uri: &str) -> activitypub_federation::protocol::tombstone::Tombstone {
    let id: Url = uri.parse().expect("our ids are made from a validated address");
    activitypub_federation::protocol::tombstone::Tombstone::new(id)
}

#[cfg(test)]
pub(crate) mod tests;
