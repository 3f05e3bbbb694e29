/** Finds events without reading them, and keeps tokens, users, records and activity as well. */
export const allStores: string = `
  -- With all that tells which event is next, so that no payload is read on the way to it.
  CREATE INDEX IF NOT EXISTS enode_events_next
    ON enode_events (namespace, id, due_at, lane) WHERE failed_at IS NULL;
  CREATE INDEX IF NOT EXISTS enode_events_holder ON enode_events (namespace, lane, due_at) WHERE lease IS NOT NULL;
  CREATE INDEX IF NOT EXISTS enode_events_dead ON enode_events (namespace, failed_at) WHERE failed_at IS NOT NULL;
  -- Two of those above replace them.
  DROP INDEX IF EXISTS enode_events_due;
  DROP INDEX IF EXISTS enode_events_held;

  CREATE TABLE IF NOT EXISTS enode_tokens (
    key TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    expires_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS enode_token_leases (
    key TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    ends_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS enode_users (
    namespace TEXT NOT NULL,
    host_user_id TEXT NOT NULL,
    enode_user_id TEXT NOT NULL,
    created_at REAL NOT NULL,
    erasing_since REAL,
    PRIMARY KEY (namespace, host_user_id),
    UNIQUE (namespace, enode_user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS enode_users_erasing
    ON enode_users (namespace, erasing_since) WHERE erasing_since IS NOT NULL;

  -- With row IDs: rows without them are slow when they are as long as a device.
  CREATE TABLE IF NOT EXISTS enode_records (
    namespace TEXT NOT NULL,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    vendor TEXT,
    identity TEXT,
    partial INTEGER NOT NULL,
    observed_at REAL NOT NULL,
    received_at REAL NOT NULL,
    source TEXT NOT NULL,
    payload TEXT,
    UNIQUE (namespace, collection, id)
  ) STRICT;
  -- No column that changes with each news is in these two, so that an update need not touch them.
  CREATE INDEX IF NOT EXISTS enode_records_user
    ON enode_records (namespace, user_id, collection, id) WHERE user_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS enode_records_identity
    ON enode_records (namespace, identity, user_id) WHERE identity IS NOT NULL;
  CREATE INDEX IF NOT EXISTS enode_records_deleted
    ON enode_records (namespace, observed_at) WHERE payload IS NULL;

  -- The row ID is the order in which entries were added.
  CREATE TABLE IF NOT EXISTS enode_activity (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    at REAL NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    user_id TEXT,
    device_id TEXT,
    action_id TEXT,
    details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS enode_activity_at ON enode_activity (namespace, at);
  CREATE INDEX IF NOT EXISTS enode_activity_user
    ON enode_activity (namespace, user_id, at) WHERE user_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS enode_activity_device
    ON enode_activity (namespace, device_id, at) WHERE device_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS enode_activity_action
    ON enode_activity (namespace, action_id, at) WHERE action_id IS NOT NULL;`;
