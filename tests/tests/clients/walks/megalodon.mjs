// megalodon, which Whalebird and Fedistar are built on: it finds out by nodeinfo what it speaks to.
import assert from "node:assert/strict";
import { createInterface } from "node:readline/promises";
import megalodon from "megalodon";

const { default: generator, detector } = megalodon;
const url = process.argv[1];
const picture = process.argv[2];

const kind = await detector(url);
assert.equal(kind, "mastodon");
const nobody = generator(kind, url);
const app = await nobody.registerApp("Stoa tests", { scopes: ["read", "write", "follow", "push"] });
console.log(app.url);
const code = await createInterface({ input: process.stdin }).question("");
const token = await nobody.fetchAccessToken(app.client_id, app.client_secret, code);
const api = generator(kind, url, token.access_token);

const me = (await api.verifyAccountCredentials()).data;
const stream = await api.userStreaming();
const heard = new Promise((resolve, reject) => {
  stream.on("update", resolve);
  stream.on("error", reject);
});
const knocking = setInterval(() => api.postStatus("Is anybody there?"), 500);
assert.equal((await heard).account.id, me.id);
clearInterval(knocking);
stream.removeAllListeners();
stream.stop();

const { createReadStream, writeFileSync, mkdtempSync, rmSync } = await import("node:fs");
const { join } = await import("node:path");
const { tmpdir } = await import("node:os");
const folder = mkdtempSync(join(tmpdir(), "stoa-"));
writeFileSync(join(folder, "picture.png"), Buffer.from(picture, "base64"));
const media = (await api.uploadMedia(createReadStream(join(folder, "picture.png")), { description: "One colour" })).data;
rmSync(folder, { recursive: true });
assert.equal(media.description, "One colour");
const status = (await api.postStatus("A picture by megalodon", { media_ids: [media.id], spoiler_text: "A warning" })).data;
assert.equal(status.media_attachments[0].id, media.id);
assert.equal(status.spoiler_text, "A warning");

const poll = { options: ["Yes", "No"], expires_in: 3600, multiple: true };
const asked = (await api.postStatus("Tea?", { poll })).data;
assert.equal(asked.poll.multiple, true);
assert.equal((await api.getPoll(asked.poll.id)).data.options.length, 2);

const edited = (await api.editStatus(status.id, { status: "Edited", media_ids: [media.id] })).data;
assert.ok(edited.edited_at);
const reply = (await api.postStatus("A reply", { in_reply_to_id: status.id })).data;
assert.deepEqual((await api.getStatusContext(status.id)).data.descendants.map(({ id }) => id), [reply.id]);
assert.equal((await api.favouriteStatus(status.id)).data.favourited, true);
assert.equal((await api.reblogStatus(status.id)).data.reblog.id, status.id);
assert.equal((await api.bookmarkStatus(status.id)).data.bookmarked, true);
assert.equal((await api.muteStatus(status.id)).data.muted, true);

for (const { data } of await Promise.all([
  api.getHomeTimeline(), api.getPublicTimeline(), api.getLocalTimeline(), api.getNotifications(),
  api.getConversationTimeline(), api.getLists(), api.getFilters(), api.getFollowedTags(), api.getBookmarks(),
  api.getFavourites(), api.getInstanceAnnouncements(), api.getInstanceTrends(), api.getInstanceCustomEmojis(),
  api.getFeaturedTags(), api.getSuggestions(), api.getScheduledStatuses(), api.getInstanceDirectory(),
])) assert.ok(Array.isArray(data));
assert.equal((await api.getInstance()).data.uri.length > 0, true);
await api.saveMarkers({ home: { last_read_id: status.id } });
assert.equal((await api.getMarkers(["home"])).data.home.last_read_id, status.id);

const list = (await api.createList("Friends")).data;
assert.deepEqual((await api.getAccountsInList(list.id)).data, []);
await api.deleteList(list.id);
await api.deleteStatus(asked.id);
console.log("done");
process.exit(0);
