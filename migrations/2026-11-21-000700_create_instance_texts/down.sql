ALTER TABLE instances DROP COLUMN public_comment;
DROP TABLE terms_of_service;
DROP TABLE instance_texts;
DROP TABLE instance_rules;
