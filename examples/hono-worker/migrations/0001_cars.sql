CREATE TABLE cars (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  battery_level REAL,
  is_charging INTEGER,
  seen_at INTEGER NOT NULL, -- when the car was last heard of, in ms since the epoch
  is_deleted INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX cars_by_user ON cars (user_id);
