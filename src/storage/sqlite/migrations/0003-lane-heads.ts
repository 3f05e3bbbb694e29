/**
 * Marks of each lane the one event that may be handed out next, its head, so that a claim looks at heads only and
 * costs the same however many events wait; finds old deliveries; and keeps when a device was read.
 */
export const laneHeads: string = `
  -- 1 for the head, which is the event that is held or else the first one of its lane that is neither complete nor
  -- dead. An event without a lane is its own head. Null and 0 are the same, but for the trigger of insertions.
  ALTER TABLE enode_events ADD COLUMN is_head INTEGER;
  ALTER TABLE enode_records ADD COLUMN reading_at REAL;

  -- The one held: a claim of the version before may have passed over an earlier one whose lease had ended.
  UPDATE enode_events SET is_head = 1
    WHERE lease IS NOT NULL AND failed_at IS NULL AND lane IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM enode_events AS other
      WHERE other.namespace = enode_events.namespace AND other.lane = enode_events.lane
        AND other.lease IS NOT NULL AND (other.due_at, other.id) > (enode_events.due_at, enode_events.id)
    );
  UPDATE enode_events SET is_head = 1 WHERE id IN (
    SELECT min(id) FROM enode_events AS event
    WHERE failed_at IS NULL AND lane IS NOT NULL
    GROUP BY namespace, lane
    HAVING NOT EXISTS (
      SELECT 1 FROM enode_events AS held
      WHERE held.namespace = event.namespace AND held.lane = event.lane AND held.lease IS NOT NULL
    )
  );
  UPDATE enode_events SET is_head = 1 WHERE lane IS NULL AND failed_at IS NULL;

  -- For pruning, which otherwise looks at all that there are.
  CREATE INDEX enode_deliveries_received ON enode_deliveries (namespace, received_at);
  CREATE INDEX enode_events_head ON enode_events (namespace, due_at, id) WHERE is_head = 1;
  -- Only claims of the version before read it, which are right without it, and slower. Processes of one machine
  -- are replaced in a moment, and it would cost every append and every claim a write of its own.
  DROP INDEX enode_events_next;

  -- Triggers, so that also the version before, or a statement by hand, leaves each lane with its head. This version
  -- says itself what is a head when it inserts.
  CREATE TRIGGER enode_events_insert AFTER INSERT ON enode_events
  WHEN NEW.is_head IS NULL AND NEW.failed_at IS NULL BEGIN
    UPDATE enode_events SET is_head = 1
      WHERE id = NEW.id AND NOT EXISTS (
        SELECT 1 FROM enode_events AS other
        WHERE other.namespace = NEW.namespace AND other.lane = NEW.lane
          AND other.failed_at IS NULL AND other.id <> NEW.id
      );
  END;
  CREATE TRIGGER enode_events_delete AFTER DELETE ON enode_events
  WHEN OLD.is_head = 1 AND OLD.lane IS NOT NULL BEGIN
    UPDATE enode_events SET is_head = 1 WHERE id = (
      SELECT id FROM enode_events
      WHERE namespace = OLD.namespace AND lane = OLD.lane AND failed_at IS NULL ORDER BY id LIMIT 1
    );
  END;
  CREATE TRIGGER enode_events_bury AFTER UPDATE OF failed_at ON enode_events
  WHEN NEW.failed_at IS NOT NULL AND NEW.is_head = 1 BEGIN
    UPDATE enode_events SET is_head = 0 WHERE id = NEW.id;
    UPDATE enode_events SET is_head = 1 WHERE id = (
      SELECT id FROM enode_events
      WHERE namespace = NEW.namespace AND lane = NEW.lane AND failed_at IS NULL ORDER BY id LIMIT 1
    );
  END;
  -- A plus before a column keeps SQLite from looking for it among the heads of all lanes.
  -- Back at its place: before the head, unless that is held, after which the first one is looked for.
  CREATE TRIGGER enode_events_revive AFTER UPDATE OF failed_at ON enode_events
  WHEN NEW.failed_at IS NULL AND OLD.failed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM enode_events
    WHERE namespace = NEW.namespace AND lane = NEW.lane AND lease IS NOT NULL AND +is_head = 1
  ) BEGIN
    -- Without one that is held, the head was the first of the others.
    UPDATE enode_events SET is_head = 0 WHERE is_head = 1 AND id = (
      SELECT id FROM enode_events
      WHERE namespace = NEW.namespace AND lane = NEW.lane AND failed_at IS NULL AND id <> NEW.id
      ORDER BY id LIMIT 1
    ) AND id > NEW.id;
    UPDATE enode_events SET is_head = 1
      WHERE id = NEW.id AND NOT EXISTS (
        SELECT 1 FROM enode_events AS other
        WHERE other.namespace = NEW.namespace AND other.lane = NEW.lane
          AND other.failed_at IS NULL AND other.id < NEW.id
      );
  END;
  CREATE TRIGGER enode_events_release AFTER UPDATE OF lease ON enode_events
  WHEN NEW.lease IS NULL AND NEW.is_head = 1 AND NEW.failed_at IS NULL AND NEW.lane IS NOT NULL AND EXISTS (
    SELECT 1 FROM enode_events
    WHERE namespace = NEW.namespace AND lane = NEW.lane AND failed_at IS NULL AND id < NEW.id
  ) BEGIN
    UPDATE enode_events SET is_head = 0 WHERE id = NEW.id;
    UPDATE enode_events SET is_head = 1 WHERE id = (
      SELECT id FROM enode_events
      WHERE namespace = NEW.namespace AND lane = NEW.lane AND failed_at IS NULL ORDER BY id LIMIT 1
    );
  END;
  -- The first one of a lane was revived, and is claimed when the lease of the head has ended.
  CREATE TRIGGER enode_events_claim AFTER UPDATE OF lease ON enode_events
  WHEN NEW.lease IS NOT NULL AND NEW.is_head IS NOT 1 BEGIN
    UPDATE enode_events SET is_head = 0 WHERE id IN (
      SELECT id FROM enode_events
      WHERE namespace = NEW.namespace AND lane = NEW.lane AND lease IS NOT NULL AND +is_head = 1
    );
    UPDATE enode_events SET is_head = 1 WHERE id = NEW.id;
  END;`;
