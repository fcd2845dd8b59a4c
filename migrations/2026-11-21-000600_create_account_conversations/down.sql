DROP TABLE account_conversation_statuses;
DROP TABLE account_conversations;
