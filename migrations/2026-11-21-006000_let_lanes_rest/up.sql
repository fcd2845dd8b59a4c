-- Whoever looks for work skips from host to host through the deliveries that are awake. What waits for a host
-- that rests is out of the way, and found again by its host's row when that is due.
ALTER TABLE instances ADD COLUMN waits boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN instances.waits IS 'Whether deliveries may be at rest until next_attempt_at.';
CREATE INDEX instances_waiting ON instances (next_attempt_at) WHERE waits;

ALTER TABLE deliveries ADD COLUMN resting boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN deliveries.resting IS 'Whether it waits for instances.next_attempt_at; its host waits then.';
DROP INDEX deliveries_lane;
CREATE INDEX deliveries_lane ON deliveries (resting, host, id);
