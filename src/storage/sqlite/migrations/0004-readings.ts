/** Keeps readings, and the days that they are rolled up to. */
export const readings: string = `
  -- Of times in ms since the epoch.
  CREATE TABLE enode_reading_namespaces (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL UNIQUE,
    -- Up to where all days are marked that are to be rolled up, and up to where readings mark theirs. They differ while
    -- a roll-up marks days, portion by portion.
    rolled_until INTEGER NOT NULL DEFAULT 0,
    marking_until INTEGER NOT NULL DEFAULT 0,
    pruned_until INTEGER NOT NULL DEFAULT 0,
    last_mark INTEGER NOT NULL DEFAULT 0,
    -- Tells whether what is known of devices may have gone meanwhile.
    erasures INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  -- A device, while it belonged to one user.
  CREATE TABLE enode_reading_devices (
    id INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    UNIQUE (namespace, device_id, user_id)
  ) STRICT;
  CREATE INDEX enode_reading_devices_user ON enode_reading_devices (namespace, user_id);
  CREATE TABLE enode_reading_metrics (
    id INTEGER PRIMARY KEY,
    metric TEXT NOT NULL UNIQUE
  ) STRICT;
  -- A row has some 20 bytes: numbers in place of IDs, and for how long a reading was under way in place of when it was
  -- told of.
  CREATE TABLE enode_readings (
    device INTEGER NOT NULL,
    metric INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value ANY,
    delay REAL NOT NULL,
    PRIMARY KEY (device, metric, at)
  ) STRICT, WITHOUT ROWID;
  -- Days that are rolled up, with their contents, and those that are stale, with their marks. With row IDs: rows
  -- without them are slow when they are as long as a content.
  CREATE TABLE enode_reading_days (
    id INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    device INTEGER NOT NULL,
    metric INTEGER NOT NULL,
    day INTEGER NOT NULL,
    mark INTEGER,
    content TEXT,
    UNIQUE (device, metric, day)
  ) STRICT;
  CREATE INDEX enode_reading_days_stale ON enode_reading_days (namespace, day) WHERE mark IS NOT NULL;
  CREATE TABLE enode_reading_erasures (
    namespace INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (namespace, user_id)
  ) STRICT, WITHOUT ROWID;`;
