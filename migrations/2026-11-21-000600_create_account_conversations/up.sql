-- A conversation in direct statuses, as one of its local participants has it: each has a row of its own.
CREATE TABLE account_conversations (
    id bigint PRIMARY KEY DEFAULT new_id(),
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    conversation_id bigint NOT NULL,
    participants bigint[] NOT NULL,
    last_status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    unread boolean NOT NULL DEFAULT false,
    CONSTRAINT account_conversations_once UNIQUE (account_id, conversation_id, participants)
);
COMMENT ON COLUMN account_conversations.conversation_id IS 'As in statuses: which thread.';
COMMENT ON COLUMN account_conversations.participants IS
    'Everybody but the account, in order. Who else is mentioned makes it another conversation.';
CREATE INDEX account_conversations_newest ON account_conversations (account_id, last_status_id DESC);
CREATE INDEX account_conversations_thread ON account_conversations (conversation_id);
CREATE INDEX account_conversations_last_status ON account_conversations (last_status_id);

CREATE TABLE account_conversation_statuses (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    status_id bigint NOT NULL REFERENCES statuses ON DELETE CASCADE,
    account_conversation_id bigint NOT NULL REFERENCES account_conversations ON DELETE CASCADE,
    PRIMARY KEY (account_id, status_id)
);
CREATE INDEX account_conversation_statuses_status ON account_conversation_statuses (status_id);
CREATE INDEX account_conversation_statuses_conversation
    ON account_conversation_statuses (account_conversation_id, status_id DESC);
