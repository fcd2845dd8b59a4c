DROP TABLE deliveries, outgoing_activities, received_activities, tombstones, idempotency_keys, markers,
    notifications, conversation_mutes, status_pins, bookmarks, favourites, custom_emojis, status_tags, tags,
    mentions, media_attachments, status_edits, status_stats, statuses, account_notes, domain_mutes, mutes,
    blocks, follow_requests, follows, authorization_codes, access_tokens, applications, sessions, users,
    actors, account_stats, accounts, instances, identity;
DROP FUNCTION new_id(timestamptz);
DROP SEQUENCE id_tail;
