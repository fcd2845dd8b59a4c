// masto.js, which Elk and Phanpy are built on: from signing in to a live timeline.
import assert from "node:assert/strict";
import { createInterface } from "node:readline/promises";
import WebSocket from "ws";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";

const url = process.argv[1];
const picture = process.argv[2];
const redirectUri = "urn:ietf:wg:oauth:2.0:oob";
const scopes = "read write follow push";

const nobody = createRestAPIClient({ url });
const app = await nobody.v1.apps.create({ clientName: "Stoa tests", redirectUris: redirectUri, scopes });
const query = { client_id: app.clientId, redirect_uri: redirectUri, response_type: "code", scope: scopes };
console.log(`${url}/oauth/authorize?${new URLSearchParams(query)}`);
const code = await createInterface({ input: process.stdin }).question("");
const { accessToken } = await createOAuthAPIClient({ url }).token.create({
  grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret, redirectUri, code,
});
const api = createRestAPIClient({ url, accessToken });

const me = await api.v1.accounts.verifyCredentials();
const instance = await api.v2.instance.fetch();
await api.v1.preferences.fetch();
await api.v1.markers.fetch({ timeline: ["home"] });

const streaming = createStreamingAPIClient({
  streamingApiUrl: instance.configuration.urls.streaming, accessToken, implementation: WebSocket,
});
const user = streaming.user.subscribe();
const heard = (async () => {
  for await (const event of user) if (event.event === "update") return event.payload;
})();
// It connects when it likes to; what is posted before that is not heard.
const knocking = setInterval(() => api.v1.statuses.create({ status: "Is anybody there?" }), 500);
const live = await heard;
clearInterval(knocking);
assert.equal(live.account.id, me.id);
user.unsubscribe();
streaming.close();

const file = new Blob([Buffer.from(picture, "base64")], { type: "image/png" });
const media = await api.v2.media.create({ file, description: "One colour", focus: "0.1,0.2" });
assert.equal(media.description, "One colour");
const status = await api.v1.statuses.create({
  status: "A picture by masto.js #stoa", mediaIds: [media.id], visibility: "unlisted", language: "en",
});
assert.equal(status.mediaAttachments[0].id, media.id);
assert.equal(status.tags[0].name, "stoa");

const edited = await api.v1.statuses.$select(status.id).update({ status: "Edited", mediaIds: [media.id] });
assert.ok(edited.editedAt);
assert.equal((await api.v1.statuses.$select(status.id).history.list()).length, 2);
assert.equal((await api.v1.statuses.$select(status.id).source.fetch()).text, "Edited");

const asked = await api.v1.statuses.create({
  status: "Tea?", poll: { options: ["Yes", "No"], expiresIn: 3600, multiple: false, hideTotals: false },
});
assert.deepEqual(asked.poll.options.map((option) => option.title), ["Yes", "No"]);
assert.equal((await api.v1.polls.$select(asked.poll.id).fetch()).votesCount, 0);

const reply = await api.v1.statuses.create({ status: "A reply", inReplyToId: status.id });
const context = await api.v1.statuses.$select(status.id).context.fetch();
assert.deepEqual(context.descendants.map(({ id }) => id), [reply.id]);

const chosen = api.v1.statuses.$select(status.id);
assert.equal((await chosen.favourite()).favourited, true);
assert.equal((await chosen.bookmark()).bookmarked, true);
assert.equal((await chosen.reblog()).reblog.id, status.id);
assert.equal((await chosen.unreblog()).reblogged, false);
assert.equal((await chosen.pin()).pinned, true);
assert.equal((await chosen.unpin()).pinned, false);

for (const answer of await Promise.all([
  api.v1.timelines.home.list({ limit: 2 }), api.v1.timelines.public.list(), api.v1.timelines.tag.$select("stoa").list(),
  api.v1.notifications.list(), api.v1.conversations.list(), api.v1.lists.list(), api.v2.filters.list(),
  api.v1.followedTags.list(), api.v1.announcements.list(), api.v1.bookmarks.list(), api.v1.customEmojis.list(),
  api.v1.trends.tags.list(), api.v1.followRequests.list(), api.v1.mutes.list(), api.v1.blocks.list(),
])) assert.ok(Array.isArray(answer));
await api.v2.notifications.list();
const found = await api.v2.search.list({ q: me.acct, type: "accounts" });
assert.deepEqual(found.accounts.map(({ id }) => id), [me.id]);

// Pages by the Link header, to the end.
let pages = 0;
for await (const page of api.v1.timelines.home.list({ limit: 2 })) {
  assert.ok(page.length <= 2);
  pages += 1;
}
assert.ok(pages >= 2);

const list = await api.v1.lists.create({ title: "Friends", repliesPolicy: "list" });
assert.equal((await api.v1.lists.$select(list.id).fetch()).title, "Friends");
await api.v1.lists.$select(list.id).remove();
await api.v1.statuses.$select(asked.id).remove();
console.log("done");
process.exit(0);
