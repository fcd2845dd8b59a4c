//! The tables, as diesel prints them; everything that speaks SQL starts here.
//!
//! Generated from the migrations; a crate of its own, because queries then check four times faster.

diesel::table! {
    /// Rows of `access_tokens`; its migration says what the columns mean.
    access_tokens (id) {
        /// `id`.
        id -> BigInt,
        /// `token_hash`.
        token_hash -> Bytea,
        /// `application_id`.
        application_id -> BigInt,
        /// `user_id`.
        user_id -> Nullable<BigInt>,
        /// `scopes`.
        scopes -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `last_used_on`.
        last_used_on -> Nullable<Date>,
        /// `revoked_at`.
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Rows of `account_conversation_statuses`; its migration says what the columns mean.
    account_conversation_statuses (account_id, status_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `account_conversation_id`.
        account_conversation_id -> BigInt,
    }
}

diesel::table! {
    /// Rows of `account_conversations`; its migration says what the columns mean.
    account_conversations (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `conversation_id`.
        conversation_id -> BigInt,
        /// `participants`.
        participants -> Array<BigInt>,
        /// `last_status_id`.
        last_status_id -> BigInt,
        /// `unread`.
        unread -> Bool,
    }
}

diesel::table! {
    /// Rows of `account_notes`; its migration says what the columns mean.
    account_notes (account_id, target_account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `comment`.
        comment -> Text,
    }
}

diesel::table! {
    /// Rows of `account_stats`; its migration says what the columns mean.
    account_stats (account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `statuses_count`.
        statuses_count -> BigInt,
        /// `followers_count`.
        followers_count -> BigInt,
        /// `following_count`.
        following_count -> BigInt,
        /// `last_status_at`.
        last_status_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Rows of `accounts`; its migration says what the columns mean.
    accounts (id) {
        /// `id`.
        id -> BigInt,
        /// `username`.
        username -> Text,
        /// `domain`.
        domain -> Nullable<Text>,
        /// `uri`.
        uri -> Text,
        /// `url`.
        url -> Nullable<Text>,
        /// `kind`.
        kind -> SmallInt,
        /// `display_name`.
        display_name -> Text,
        /// `note`.
        note -> Text,
        /// `fields`.
        fields -> Jsonb,
        /// `locked`.
        locked -> Bool,
        /// `discoverable`.
        discoverable -> Bool,
        /// `indexable`.
        indexable -> Bool,
        /// `hide_collections`.
        hide_collections -> Bool,
        /// `memorial`.
        memorial -> Bool,
        /// `avatar_key`.
        avatar_key -> Nullable<Text>,
        /// `avatar_remote_url`.
        avatar_remote_url -> Nullable<Text>,
        /// `avatar_description`.
        avatar_description -> Text,
        /// `header_key`.
        header_key -> Nullable<Text>,
        /// `header_remote_url`.
        header_remote_url -> Nullable<Text>,
        /// `header_description`.
        header_description -> Text,
        /// `also_known_as`.
        also_known_as -> Array<Text>,
        /// `moved_to_id`.
        moved_to_id -> Nullable<BigInt>,
        /// `suspended_at`.
        suspended_at -> Nullable<Timestamptz>,
        /// `silenced_at`.
        silenced_at -> Nullable<Timestamptz>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `updated_at`.
        updated_at -> Timestamptz,
        /// `instance_blocked`.
        instance_blocked -> Bool,
        /// `hidden_tabs`.
        hidden_tabs -> SmallInt,
    }
}

diesel::table! {
    /// Rows of `actors`; its migration says what the columns mean.
    actors (account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `inbox_url`.
        inbox_url -> Text,
        /// `shared_inbox_url`.
        shared_inbox_url -> Nullable<Text>,
        /// `outbox_url`.
        outbox_url -> Nullable<Text>,
        /// `followers_url`.
        followers_url -> Nullable<Text>,
        /// `following_url`.
        following_url -> Nullable<Text>,
        /// `featured_url`.
        featured_url -> Nullable<Text>,
        /// `key_id`.
        key_id -> Text,
        /// `public_key_pem`.
        public_key_pem -> Text,
        /// `private_key_pem`.
        private_key_pem -> Nullable<Text>,
        /// `fetched_at`.
        fetched_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `announcement_dismissals`; its migration says what the columns mean.
    announcement_dismissals (account_id, announcement_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `announcement_id`.
        announcement_id -> BigInt,
    }
}

diesel::table! {
    /// Rows of `announcement_reactions`; its migration says what the columns mean.
    announcement_reactions (announcement_id, name, account_id) {
        /// `announcement_id`.
        announcement_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `name`.
        name -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `announcements`; its migration says what the columns mean.
    announcements (id) {
        /// `id`.
        id -> BigInt,
        /// `source`.
        source -> Text,
        /// `content`.
        content -> Text,
        /// `mention_ids`.
        mention_ids -> Array<BigInt>,
        /// `status_ids`.
        status_ids -> Array<BigInt>,
        /// `tags`.
        tags -> Array<Text>,
        /// `starts_at`.
        starts_at -> Nullable<Timestamptz>,
        /// `ends_at`.
        ends_at -> Nullable<Timestamptz>,
        /// `all_day`.
        all_day -> Bool,
        /// `published_at`.
        published_at -> Timestamptz,
        /// `updated_at`.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `applications`; its migration says what the columns mean.
    applications (id) {
        /// `id`.
        id -> BigInt,
        /// `client_id`.
        client_id -> Text,
        /// `client_secret_hash`.
        client_secret_hash -> Bytea,
        /// `name`.
        name -> Text,
        /// `website`.
        website -> Nullable<Text>,
        /// `redirect_uris`.
        redirect_uris -> Array<Text>,
        /// `scopes`.
        scopes -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `attribution_domains`; its migration says what the columns mean.
    attribution_domains (account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `domains`.
        domains -> Array<Text>,
    }
}

diesel::table! {
    /// Rows of `authorization_codes`; its migration says what the columns mean.
    authorization_codes (code_hash) {
        /// `code_hash`.
        code_hash -> Bytea,
        /// `application_id`.
        application_id -> BigInt,
        /// `user_id`.
        user_id -> BigInt,
        /// `redirect_uri`.
        redirect_uri -> Text,
        /// `scopes`.
        scopes -> Text,
        /// `code_challenge`.
        code_challenge -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `expires_at`.
        expires_at -> Timestamptz,
        /// `used_at`.
        used_at -> Nullable<Timestamptz>,
        /// `access_token_id`.
        access_token_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Rows of `blocks`; its migration says what the columns mean.
    blocks (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `bookmarks`; its migration says what the columns mean.
    bookmarks (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `cards`; its migration says what the columns mean.
    cards (id) {
        /// `id`.
        id -> BigInt,
        /// `url`.
        url -> Text,
        /// `kind`.
        kind -> SmallInt,
        /// `title`.
        title -> Text,
        /// `description`.
        description -> Text,
        /// `language`.
        language -> Nullable<Text>,
        /// `author_name`.
        author_name -> Text,
        /// `author_url`.
        author_url -> Text,
        /// `author_account_id`.
        author_account_id -> Nullable<BigInt>,
        /// `author_agrees`.
        author_agrees -> Bool,
        /// `provider_name`.
        provider_name -> Text,
        /// `provider_url`.
        provider_url -> Text,
        /// `frame_url`.
        frame_url -> Nullable<Text>,
        /// `width`.
        width -> Integer,
        /// `height`.
        height -> Integer,
        /// `image_key`.
        image_key -> Nullable<Text>,
        /// `image_description`.
        image_description -> Text,
        /// `blurhash`.
        blurhash -> Nullable<Text>,
        /// `published_at`.
        published_at -> Nullable<Timestamptz>,
        /// `due_at`.
        due_at -> Timestamptz,
        /// `fetched_at`.
        fetched_at -> Nullable<Timestamptz>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `conversation_mutes`; its migration says what the columns mean.
    conversation_mutes (account_id, conversation_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `conversation_id`.
        conversation_id -> BigInt,
    }
}

diesel::table! {
    /// Rows of `custom_emojis`; its migration says what the columns mean.
    custom_emojis (id) {
        /// `id`.
        id -> BigInt,
        /// `shortcode`.
        shortcode -> Text,
        /// `domain`.
        domain -> Nullable<Text>,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `image_key`.
        image_key -> Nullable<Text>,
        /// `image_remote_url`.
        image_remote_url -> Nullable<Text>,
        /// `category`.
        category -> Nullable<Text>,
        /// `visible`.
        visible -> Bool,
        /// `updated_at`.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `deliveries`; its migration says what the columns mean.
    deliveries (id) {
        /// `id`.
        id -> BigInt,
        /// `activity_id`.
        activity_id -> BigInt,
        /// `host`.
        host -> Text,
        /// `inbox_url`.
        inbox_url -> Text,
        /// `attempts`.
        attempts -> Integer,
        /// `request_id`.
        request_id -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `resting`.
        resting -> Bool,
    }
}

diesel::table! {
    /// Rows of `dismissed_suggestions`; its migration says what the columns mean.
    dismissed_suggestions (account_id, target_account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `domain_mutes`; its migration says what the columns mean.
    domain_mutes (account_id, domain) {
        /// `account_id`.
        account_id -> BigInt,
        /// `domain`.
        domain -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `drafts`; its migration says what the columns mean.
    drafts (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `params`.
        params -> Jsonb,
        /// `scheduled_at`.
        scheduled_at -> Nullable<Timestamptz>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `updated_at`.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `endorsements`; its migration says what the columns mean.
    endorsements (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `favourites`; its migration says what the columns mean.
    favourites (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `featured_tags`; its migration says what the columns mean.
    featured_tags (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `tag_id`.
        tag_id -> BigInt,
        /// `name`.
        name -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `filter_keywords`; its migration says what the columns mean.
    filter_keywords (id) {
        /// `id`.
        id -> BigInt,
        /// `filter_id`.
        filter_id -> BigInt,
        /// `keyword`.
        keyword -> Text,
        /// `whole_word`.
        whole_word -> Bool,
    }
}

diesel::table! {
    /// Rows of `filter_statuses`; its migration says what the columns mean.
    filter_statuses (id) {
        /// `id`.
        id -> BigInt,
        /// `filter_id`.
        filter_id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
    }
}

diesel::table! {
    /// Rows of `filters`; its migration says what the columns mean.
    filters (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `title`.
        title -> Text,
        /// `contexts`.
        contexts -> SmallInt,
        /// `action`.
        action -> SmallInt,
        /// `expires_at`.
        expires_at -> Nullable<Timestamptz>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `follow_requests`; its migration says what the columns mean.
    follow_requests (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `show_reblogs`.
        show_reblogs -> Bool,
        /// `notify`.
        notify -> Bool,
        /// `languages`.
        languages -> Nullable<Array<Text>>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `follows`; its migration says what the columns mean.
    follows (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `show_reblogs`.
        show_reblogs -> Bool,
        /// `notify`.
        notify -> Bool,
        /// `languages`.
        languages -> Nullable<Array<Text>>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `idempotency_keys`; its migration says what the columns mean.
    idempotency_keys (account_id, key) {
        /// `account_id`.
        account_id -> BigInt,
        /// `key`.
        key -> Text,
        /// `status_id`.
        status_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `identity`; its migration says what the columns mean.
    identity (id) {
        /// `id`.
        id -> SmallInt,
        /// `domain`.
        domain -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `vapid_key`.
        vapid_key -> Nullable<Bytea>,
    }
}

diesel::table! {
    /// Rows of `instance_rules`; its migration says what the columns mean.
    instance_rules (id) {
        /// `id`.
        id -> BigInt,
        /// `position`.
        position -> Integer,
        /// `text`.
        text -> Text,
        /// `hint`.
        hint -> Text,
        /// `translations`.
        translations -> Jsonb,
        /// `withdrawn_at`.
        withdrawn_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Rows of `instance_texts`; its migration says what the columns mean.
    instance_texts (kind) {
        /// `kind`.
        kind -> Text,
        /// `source`.
        source -> Text,
        /// `content`.
        content -> Text,
        /// `updated_at`.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `instances`; its migration says what the columns mean.
    instances (host) {
        /// `host`.
        host -> Text,
        /// `software`.
        software -> Nullable<Text>,
        /// `software_version`.
        software_version -> Nullable<Text>,
        /// `first_seen_at`.
        first_seen_at -> Timestamptz,
        /// `blocked`.
        blocked -> Bool,
        /// `failures`.
        failures -> Integer,
        /// `unreachable_since`.
        unreachable_since -> Nullable<Timestamptz>,
        /// `last_success_at`.
        last_success_at -> Nullable<Timestamptz>,
        /// `last_error`.
        last_error -> Nullable<Text>,
        /// `next_attempt_at`.
        next_attempt_at -> Timestamptz,
        /// `lease_until`.
        lease_until -> Nullable<Timestamptz>,
        /// `leased_by`.
        leased_by -> Nullable<BigInt>,
        /// `public_comment`.
        public_comment -> Text,
        /// `waits`.
        waits -> Bool,
    }
}

diesel::table! {
    /// Rows of `list_accounts`; its migration says what the columns mean.
    list_accounts (id) {
        /// `id`.
        id -> BigInt,
        /// `list_id`.
        list_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
    }
}

diesel::table! {
    /// Rows of `lists`; its migration says what the columns mean.
    lists (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `title`.
        title -> Text,
        /// `replies_policy`.
        replies_policy -> SmallInt,
        /// `exclusive`.
        exclusive -> Bool,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `markers`; its migration says what the columns mean.
    markers (account_id, timeline) {
        /// `account_id`.
        account_id -> BigInt,
        /// `timeline`.
        timeline -> Text,
        /// `last_read_id`.
        last_read_id -> BigInt,
        /// `version`.
        version -> Integer,
        /// `updated_at`.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `media_attachments`; its migration says what the columns mean.
    media_attachments (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `status_id`.
        status_id -> Nullable<BigInt>,
        /// `kind`.
        kind -> SmallInt,
        /// `mime`.
        mime -> Nullable<Text>,
        /// `file_key`.
        file_key -> Nullable<Text>,
        /// `preview_key`.
        preview_key -> Nullable<Text>,
        /// `remote_url`.
        remote_url -> Nullable<Text>,
        /// `description`.
        description -> Nullable<Text>,
        /// `blurhash`.
        blurhash -> Nullable<Text>,
        /// `meta`.
        meta -> Jsonb,
        /// `position`.
        position -> SmallInt,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `detached_at`.
        detached_at -> Nullable<Timestamptz>,
        /// `draft_id`.
        draft_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Rows of `mentions`; its migration says what the columns mean.
    mentions (status_id, account_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `silent`.
        silent -> Bool,
    }
}

diesel::table! {
    /// Rows of `mutes`; its migration says what the columns mean.
    mutes (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `hide_notifications`.
        hide_notifications -> Bool,
        /// `expires_at`.
        expires_at -> Nullable<Timestamptz>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `notification_cooldowns`; its migration says what the columns mean.
    notification_cooldowns (account_id, kind, from_account_id, target_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `kind`.
        kind -> SmallInt,
        /// `from_account_id`.
        from_account_id -> BigInt,
        /// `target_id`.
        target_id -> BigInt,
        /// `notification_id`.
        notification_id -> Nullable<BigInt>,
        /// `group_id`.
        group_id -> Nullable<BigInt>,
        /// `filtered`.
        filtered -> Bool,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `until`.
        until -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `notification_groups`; its migration says what the columns mean.
    notification_groups (account_id, kind, target_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `kind`.
        kind -> SmallInt,
        /// `target_id`.
        target_id -> BigInt,
        /// `group_id`.
        group_id -> BigInt,
        /// `opened_at`.
        opened_at -> Timestamptz,
        /// `size`.
        size -> Integer,
        /// `hour_began_at`.
        hour_began_at -> Timestamptz,
        /// `hour_count`.
        hour_count -> Integer,
    }
}

diesel::table! {
    /// Rows of `notification_permissions`; its migration says what the columns mean.
    notification_permissions (account_id, from_account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `from_account_id`.
        from_account_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `notification_policies`; its migration says what the columns mean.
    notification_policies (account_id) {
        /// `account_id`.
        account_id -> BigInt,
        /// `for_not_following`.
        for_not_following -> SmallInt,
        /// `for_not_followers`.
        for_not_followers -> SmallInt,
        /// `for_new_accounts`.
        for_new_accounts -> SmallInt,
        /// `for_private_mentions`.
        for_private_mentions -> SmallInt,
        /// `for_limited_accounts`.
        for_limited_accounts -> SmallInt,
    }
}

diesel::table! {
    /// Rows of `notification_requests`; its migration says what the columns mean.
    notification_requests (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `from_account_id`.
        from_account_id -> BigInt,
        /// `last_status_id`.
        last_status_id -> Nullable<BigInt>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `updated_at`.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `notifications`; its migration says what the columns mean.
    notifications (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `from_account_id`.
        from_account_id -> BigInt,
        /// `kind`.
        kind -> SmallInt,
        /// `status_id`.
        status_id -> Nullable<BigInt>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `group_id`.
        group_id -> Nullable<BigInt>,
        /// `filtered`.
        filtered -> Bool,
        /// `subject_id`.
        subject_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Rows of `outgoing_activities`; its migration says what the columns mean.
    outgoing_activities (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `uri`.
        uri -> Text,
        /// `body`.
        body -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `password_resets`; its migration says what the columns mean.
    password_resets (user_id) {
        /// `user_id`.
        user_id -> BigInt,
        /// `token_hash`.
        token_hash -> Bytea,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `expires_at`.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `poll_votes`; its migration says what the columns mean.
    poll_votes (id) {
        /// `id`.
        id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `position`.
        position -> SmallInt,
        /// `multiple`.
        multiple -> Bool,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `polls`; its migration says what the columns mean.
    polls (status_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `options`.
        options -> Array<Text>,
        /// `tallies`.
        tallies -> Array<BigInt>,
        /// `multiple`.
        multiple -> Bool,
        /// `hide_totals`.
        hide_totals -> Bool,
        /// `voters_count`.
        voters_count -> BigInt,
        /// `expires_at`.
        expires_at -> Nullable<Timestamptz>,
        /// `ended_at`.
        ended_at -> Nullable<Timestamptz>,
        /// `told_up_to`.
        told_up_to -> BigInt,
        /// `fetched_at`.
        fetched_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `push_subscriptions`; its migration says what the columns mean.
    push_subscriptions (id) {
        /// `id`.
        id -> BigInt,
        /// `access_token_id`.
        access_token_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `endpoint`.
        endpoint -> Text,
        /// `p256dh`.
        p256dh -> Text,
        /// `auth`.
        auth -> Text,
        /// `standard`.
        standard -> Bool,
        /// `alerts`.
        alerts -> Array<SmallInt>,
        /// `policy`.
        policy -> SmallInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `quotes`; its migration says what the columns mean.
    quotes (status_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `quoted_status_id`.
        quoted_status_id -> Nullable<BigInt>,
        /// `quoted_account_id`.
        quoted_account_id -> Nullable<BigInt>,
        /// `quoted_uri`.
        quoted_uri -> Text,
        /// `state`.
        state -> SmallInt,
        /// `authorization_uri`.
        authorization_uri -> Nullable<Text>,
        /// `request_uri`.
        request_uri -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `received_activities`; its migration says what the columns mean.
    received_activities (uri) {
        /// `uri`.
        uri -> Text,
        /// `received_at`.
        received_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `reply_policies`; its migration says what the columns mean.
    reply_policies (status_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `followers`.
        followers -> Bool,
        /// `following`.
        following -> Bool,
        /// `mutuals`.
        mutuals -> Bool,
        /// `uris`.
        uris -> Array<Text>,
    }
}

diesel::table! {
    /// Rows of `reports`; its migration says what the columns mean.
    reports (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `target_account_id`.
        target_account_id -> BigInt,
        /// `category`.
        category -> SmallInt,
        /// `comment`.
        comment -> Text,
        /// `status_ids`.
        status_ids -> Array<BigInt>,
        /// `rule_ids`.
        rule_ids -> Array<BigInt>,
        /// `foreign_uris`.
        foreign_uris -> Array<Text>,
        /// `forwarded`.
        forwarded -> Bool,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `resolved_at`.
        resolved_at -> Nullable<Timestamptz>,
        /// `resolved_by_id`.
        resolved_by_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Rows of `sessions`; its migration says what the columns mean.
    sessions (token_hash) {
        /// `token_hash`.
        token_hash -> Bytea,
        /// `user_id`.
        user_id -> BigInt,
        /// `user_agent`.
        user_agent -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `last_used_at`.
        last_used_at -> Timestamptz,
        /// `expires_at`.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `status_cards`; its migration says what the columns mean.
    status_cards (status_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `card_id`.
        card_id -> BigInt,
    }
}

diesel::table! {
    /// Rows of `status_edits`; its migration says what the columns mean.
    status_edits (id) {
        /// `id`.
        id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `content`.
        content -> Text,
        /// `spoiler_text`.
        spoiler_text -> Text,
        /// `sensitive`.
        sensitive -> Bool,
        /// `media`.
        media -> Jsonb,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `poll`.
        poll -> Nullable<Array<Text>>,
    }
}

diesel::table! {
    /// Rows of `status_pins`; its migration says what the columns mean.
    status_pins (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `status_reactions`; its migration says what the columns mean.
    status_reactions (id) {
        /// `id`.
        id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `name`.
        name -> Text,
        /// `domain`.
        domain -> Text,
        /// `uri`.
        uri -> Nullable<Text>,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `status_stats`; its migration says what the columns mean.
    status_stats (status_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `replies_count`.
        replies_count -> BigInt,
        /// `reblogs_count`.
        reblogs_count -> BigInt,
        /// `favourites_count`.
        favourites_count -> BigInt,
        /// `quotes_count`.
        quotes_count -> BigInt,
        /// `reactions_count`.
        reactions_count -> BigInt,
    }
}

diesel::table! {
    /// Rows of `status_tags`; its migration says what the columns mean.
    status_tags (tag_id, status_id) {
        /// `tag_id`.
        tag_id -> BigInt,
        /// `status_id`.
        status_id -> BigInt,
        /// `spelling`.
        spelling -> Nullable<Text>,
    }
}

diesel::table! {
    /// Rows of `statuses`; its migration says what the columns mean.
    statuses (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `uri`.
        uri -> Text,
        /// `url`.
        url -> Nullable<Text>,
        /// `local`.
        local -> Bool,
        /// `visibility`.
        visibility -> SmallInt,
        /// `content`.
        content -> Text,
        /// `spoiler_text`.
        spoiler_text -> Text,
        /// `sensitive`.
        sensitive -> Bool,
        /// `language`.
        language -> Nullable<Text>,
        /// `source`.
        source -> Nullable<Text>,
        /// `content_type`.
        content_type -> SmallInt,
        /// `conversation_id`.
        conversation_id -> BigInt,
        /// `in_reply_to_id`.
        in_reply_to_id -> Nullable<BigInt>,
        /// `in_reply_to_account_id`.
        in_reply_to_account_id -> Nullable<BigInt>,
        /// `in_reply_to_uri`.
        in_reply_to_uri -> Nullable<Text>,
        /// `reblog_of_id`.
        reblog_of_id -> Nullable<BigInt>,
        /// `application_id`.
        application_id -> Nullable<BigInt>,
        /// `media_count`.
        media_count -> SmallInt,
        /// `mentions_count`.
        mentions_count -> SmallInt,
        /// `tags_count`.
        tags_count -> SmallInt,
        /// `emojis_count`.
        emojis_count -> SmallInt,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `edited_at`.
        edited_at -> Nullable<Timestamptz>,
        /// `deleted_at`.
        deleted_at -> Nullable<Timestamptz>,
        /// `has_poll`.
        has_poll -> Bool,
        /// `local_only`.
        local_only -> Bool,
        /// `quote_policy`.
        quote_policy -> SmallInt,
        /// `has_quote`.
        has_quote -> Bool,
    }
}

diesel::table! {
    /// Rows of `tag_follows`; its migration says what the columns mean.
    tag_follows (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `tag_id`.
        tag_id -> BigInt,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `tags`; its migration says what the columns mean.
    tags (id) {
        /// `id`.
        id -> BigInt,
        /// `name`.
        name -> Text,
        /// `display_name`.
        display_name -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `last_status_at`.
        last_status_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Rows of `terms_of_service`; its migration says what the columns mean.
    terms_of_service (effective_on) {
        /// `effective_on`.
        effective_on -> Date,
        /// `source`.
        source -> Text,
        /// `content`.
        content -> Text,
        /// `published_at`.
        published_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `tombstones`; its migration says what the columns mean.
    tombstones (uri) {
        /// `uri`.
        uri -> Text,
        /// `actor_uri`.
        actor_uri -> Text,
        /// `created_at`.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `trending_cards`; its migration says what the columns mean.
    trending_cards (card_id) {
        /// `card_id`.
        card_id -> BigInt,
        /// `score`.
        score -> Double,
        /// `computed_at`.
        computed_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `trending_statuses`; its migration says what the columns mean.
    trending_statuses (status_id) {
        /// `status_id`.
        status_id -> BigInt,
        /// `score`.
        score -> Double,
        /// `computed_at`.
        computed_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `trending_tags`; its migration says what the columns mean.
    trending_tags (tag_id) {
        /// `tag_id`.
        tag_id -> BigInt,
        /// `score`.
        score -> Double,
        /// `computed_at`.
        computed_at -> Timestamptz,
    }
}

diesel::table! {
    /// Rows of `users`; its migration says what the columns mean.
    users (id) {
        /// `id`.
        id -> BigInt,
        /// `account_id`.
        account_id -> BigInt,
        /// `email`.
        email -> Text,
        /// `password_hash`.
        password_hash -> Text,
        /// `role`.
        role -> SmallInt,
        /// `locale`.
        locale -> Text,
        /// `reason`.
        reason -> Nullable<Text>,
        /// `default_visibility`.
        default_visibility -> SmallInt,
        /// `default_sensitive`.
        default_sensitive -> Bool,
        /// `default_language`.
        default_language -> Nullable<Text>,
        /// `note_source`.
        note_source -> Text,
        /// `confirmed_at`.
        confirmed_at -> Nullable<Timestamptz>,
        /// `confirmation_hash`.
        confirmation_hash -> Nullable<Bytea>,
        /// `approved_at`.
        approved_at -> Nullable<Timestamptz>,
        /// `disabled_at`.
        disabled_at -> Nullable<Timestamptz>,
        /// `created_at`.
        created_at -> Timestamptz,
        /// `last_active_on`.
        last_active_on -> Nullable<Date>,
        /// `application_id`.
        application_id -> Nullable<BigInt>,
        /// `confirmation_sent_at`.
        confirmation_sent_at -> Nullable<Timestamptz>,
        /// `default_quote_policy`.
        default_quote_policy -> SmallInt,
        /// `attribution_domains`.
        attribution_domains -> Array<Text>,
    }
}

diesel::joinable!(access_tokens -> applications (application_id));
diesel::joinable!(access_tokens -> users (user_id));
diesel::joinable!(account_conversation_statuses -> account_conversations (account_conversation_id));
diesel::joinable!(account_conversation_statuses -> accounts (account_id));
diesel::joinable!(account_conversation_statuses -> statuses (status_id));
diesel::joinable!(account_conversations -> accounts (account_id));
diesel::joinable!(account_conversations -> statuses (last_status_id));
diesel::joinable!(account_stats -> accounts (account_id));
diesel::joinable!(actors -> accounts (account_id));
diesel::joinable!(announcement_dismissals -> accounts (account_id));
diesel::joinable!(announcement_dismissals -> announcements (announcement_id));
diesel::joinable!(announcement_reactions -> accounts (account_id));
diesel::joinable!(announcement_reactions -> announcements (announcement_id));
diesel::joinable!(attribution_domains -> accounts (account_id));
diesel::joinable!(authorization_codes -> access_tokens (access_token_id));
diesel::joinable!(authorization_codes -> applications (application_id));
diesel::joinable!(authorization_codes -> users (user_id));
diesel::joinable!(bookmarks -> accounts (account_id));
diesel::joinable!(bookmarks -> statuses (status_id));
diesel::joinable!(cards -> accounts (author_account_id));
diesel::joinable!(conversation_mutes -> accounts (account_id));
diesel::joinable!(deliveries -> outgoing_activities (activity_id));
diesel::joinable!(domain_mutes -> accounts (account_id));
diesel::joinable!(drafts -> accounts (account_id));
diesel::joinable!(favourites -> accounts (account_id));
diesel::joinable!(favourites -> statuses (status_id));
diesel::joinable!(featured_tags -> accounts (account_id));
diesel::joinable!(featured_tags -> tags (tag_id));
diesel::joinable!(filter_keywords -> filters (filter_id));
diesel::joinable!(filter_statuses -> filters (filter_id));
diesel::joinable!(filter_statuses -> statuses (status_id));
diesel::joinable!(filters -> accounts (account_id));
diesel::joinable!(idempotency_keys -> accounts (account_id));
diesel::joinable!(list_accounts -> accounts (account_id));
diesel::joinable!(list_accounts -> lists (list_id));
diesel::joinable!(lists -> accounts (account_id));
diesel::joinable!(markers -> accounts (account_id));
diesel::joinable!(media_attachments -> accounts (account_id));
diesel::joinable!(media_attachments -> drafts (draft_id));
diesel::joinable!(media_attachments -> statuses (status_id));
diesel::joinable!(mentions -> accounts (account_id));
diesel::joinable!(mentions -> statuses (status_id));
diesel::joinable!(notification_groups -> accounts (account_id));
diesel::joinable!(notification_policies -> accounts (account_id));
diesel::joinable!(notification_requests -> statuses (last_status_id));
diesel::joinable!(notifications -> statuses (status_id));
diesel::joinable!(outgoing_activities -> accounts (account_id));
diesel::joinable!(password_resets -> users (user_id));
diesel::joinable!(poll_votes -> accounts (account_id));
diesel::joinable!(poll_votes -> polls (status_id));
diesel::joinable!(polls -> statuses (status_id));
diesel::joinable!(push_subscriptions -> access_tokens (access_token_id));
diesel::joinable!(push_subscriptions -> accounts (account_id));
diesel::joinable!(reply_policies -> statuses (status_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(status_cards -> cards (card_id));
diesel::joinable!(status_cards -> statuses (status_id));
diesel::joinable!(status_edits -> statuses (status_id));
diesel::joinable!(status_pins -> accounts (account_id));
diesel::joinable!(status_pins -> statuses (status_id));
diesel::joinable!(status_reactions -> accounts (account_id));
diesel::joinable!(status_reactions -> statuses (status_id));
diesel::joinable!(status_stats -> statuses (status_id));
diesel::joinable!(status_tags -> statuses (status_id));
diesel::joinable!(status_tags -> tags (tag_id));
diesel::joinable!(statuses -> accounts (account_id));
diesel::joinable!(statuses -> applications (application_id));
diesel::joinable!(tag_follows -> accounts (account_id));
diesel::joinable!(tag_follows -> tags (tag_id));
diesel::joinable!(trending_cards -> cards (card_id));
diesel::joinable!(trending_statuses -> statuses (status_id));
diesel::joinable!(trending_tags -> tags (tag_id));
diesel::joinable!(users -> accounts (account_id));
diesel::joinable!(users -> applications (application_id));

diesel::allow_tables_to_appear_in_same_query!(
    access_tokens,
    account_conversation_statuses,
    account_conversations,
    account_notes,
    account_stats,
    accounts,
    actors,
    announcement_dismissals,
    announcement_reactions,
    announcements,
    applications,
    attribution_domains,
    authorization_codes,
    blocks,
    bookmarks,
    cards,
    conversation_mutes,
    custom_emojis,
    deliveries,
    dismissed_suggestions,
    domain_mutes,
    drafts,
    endorsements,
    favourites,
    featured_tags,
    filter_keywords,
    filter_statuses,
    filters,
    follow_requests,
    follows,
    idempotency_keys,
    identity,
    instance_rules,
    instance_texts,
    instances,
    list_accounts,
    lists,
    markers,
    media_attachments,
    mentions,
    mutes,
    notification_cooldowns,
    notification_groups,
    notification_permissions,
    notification_policies,
    notification_requests,
    notifications,
    outgoing_activities,
    password_resets,
    poll_votes,
    polls,
    push_subscriptions,
    quotes,
    received_activities,
    reply_policies,
    reports,
    sessions,
    status_cards,
    status_edits,
    status_pins,
    status_reactions,
    status_stats,
    status_tags,
    statuses,
    tag_follows,
    tags,
    terms_of_service,
    tombstones,
    trending_cards,
    trending_statuses,
    trending_tags,
    users,
);
