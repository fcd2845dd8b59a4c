DROP INDEX deliveries_lane;
ALTER TABLE deliveries DROP COLUMN resting;
CREATE INDEX deliveries_lane ON deliveries (host, id);
DROP INDEX instances_waiting;
ALTER TABLE instances DROP COLUMN waits;
