DROP TABLE attribution_domains;
DROP TABLE trending_cards;
DROP TABLE status_cards;
DROP TABLE cards;
DROP FUNCTION touch_status_of_card();
DROP FUNCTION touch_statuses_with_card();
