"""Mastodon.py: from signing in to a live timeline, with dates as ids and what else it reads into answers."""

import base64
import sys
import threading

from mastodon import Mastodon, StreamListener

base, picture = sys.argv[1], sys.argv[2]
scopes = ["read", "write", "follow", "push"]
client_id, secret = Mastodon.create_app("Stoa tests", api_base_url=base, scopes=scopes)
api = Mastodon(client_id=client_id, client_secret=secret, api_base_url=base)
print(api.auth_request_url(scopes=scopes, allow_http=True), flush=True)
api.log_in(code=sys.stdin.readline().strip(), scopes=scopes, allow_http=True)
me = api.account_verify_credentials()


class Listener(StreamListener):
    """Waits for the first status."""

    def __init__(self):
        self.heard = threading.Event()

    def on_update(self, status):
        """A status came."""
        self.heard.set()


assert api.stream_healthy()
listener = Listener()
stream = api.stream_user(listener, run_async=True)
for _ in range(40):
    api.status_post("Is anybody there?")
    if listener.heard.wait(0.5):
        break
assert listener.heard.is_set(), "nothing was streamed"
stream.close()

media = api.media_post(base64.b64decode(picture), mime_type="image/png", description="One colour", focus=(0.1, 0.2))
status = api.status_post(
    "Hello from Mastodon.py", media_ids=[media], visibility="unlisted", spoiler_text="A warning", sensitive=True
)
assert status.account.acct == me.acct, status
assert status.visibility == "unlisted" and status.spoiler_text == "A warning", status
assert status.media_attachments[0].description == "One colour", status
edited = api.status_update(status, "Edited", spoiler_text="A warning", media_ids=[media])
assert edited.edited_at and len(api.status_history(status)) == 2, edited
assert api.status_source(status).text == "Edited"

asked = api.status_post("Tea?", poll=api.make_poll(["Yes", "No"], 3600, multiple=True))
assert asked.poll.multiple and [option.title for option in asked.poll.options] == ["Yes", "No"], asked
assert api.poll(asked.poll).votes_count == 0

reply = api.status_reply(status, "And a reply")
assert reply.in_reply_to_id == status.id, reply
api.status_favourite(status)
assert api.status(status).favourites_count == 1
assert api.status_reblog(status).reblog.id == status.id
assert not api.status_unreblog(status).reblogged
assert api.status_bookmark(status).bookmarked
context = api.status_context(status)
assert [s.id for s in context.descendants] == [reply.id], context

note = api.account_update_credentials(note="About me", fields=[("Site", "https://example.org")], discoverable=True)
assert note.source.note == "About me" and note.source.fields[0].name == "Site", note
api.markers_set("home", status)
assert str(api.markers_get("home").home.last_read_id) == str(status.id)
assert api.search_v2(me.acct, result_type="accounts").accounts[0].id == me.id
newer = api.timeline_home(min_id=me.created_at, limit=2)
assert len(newer) == 2 and len(api.fetch_previous(newer)) == 2, newer

for call in (
    api.timeline_home, api.timeline_public, api.timeline_local, api.notifications, api.grouped_notifications,
    api.instance, api.instance_v1, api.instance_rules, api.instance_activity, api.instance_peers, api.instance_nodeinfo,
    api.custom_emojis, api.preferences, api.lists, api.filters_v2, api.filters, api.conversations, api.bookmarks,
    api.favourites, api.mutes, api.blocks, api.domain_blocks, api.follow_requests, api.followed_tags, api.featured_tags,
    api.announcements, api.trending_tags, api.suggestions, api.endorsements, api.scheduled_statuses,
    api.notifications_policy, api.notification_requests, api.directory,
):
    call()

api.status_delete(reply)
print("done", flush=True)
