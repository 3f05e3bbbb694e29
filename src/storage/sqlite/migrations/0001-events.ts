/** Keeps webhook events. A table that is there stays as it is. */
export const events: string = `
  CREATE TABLE IF NOT EXISTS enode_deliveries (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    digest TEXT NOT NULL,
    delivery_id TEXT,
    received_at INTEGER NOT NULL,
    UNIQUE (namespace, digest)
  ) STRICT;
  -- Only events that are still to be handled, or dead; AUTOINCREMENT, as the ID is their order.
  CREATE TABLE IF NOT EXISTS enode_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery INTEGER NOT NULL REFERENCES enode_deliveries (id),
    namespace TEXT NOT NULL,
    place INTEGER NOT NULL,
    lane TEXT,
    payload TEXT NOT NULL,
    due_at INTEGER NOT NULL DEFAULT 0,
    lease TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    failed_at INTEGER,
    reason TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS enode_events_lane ON enode_events (namespace, lane, id) WHERE failed_at IS NULL;
  CREATE INDEX IF NOT EXISTS enode_events_due ON enode_events (namespace, id) WHERE failed_at IS NULL;
  CREATE INDEX IF NOT EXISTS enode_events_held ON enode_events (namespace, lane) WHERE lease IS NOT NULL;
  CREATE INDEX IF NOT EXISTS enode_events_delivery ON enode_events (delivery);`;
