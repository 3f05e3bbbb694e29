/** Compared byte by byte. */
const text = 'text COLLATE "C"';

/** Keeps everything. A table that is there stays as it is. */
export function tables(table: (name: string) => string): string {
  return `
    CREATE TABLE IF NOT EXISTS ${table("enode_deliveries")} (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      namespace ${text} NOT NULL,
      digest ${text} NOT NULL,
      delivery_id ${text},
      received_at float8 NOT NULL,
      UNIQUE (namespace, digest)
    );
    CREATE INDEX IF NOT EXISTS enode_deliveries_received
      ON ${table("enode_deliveries")} (namespace, received_at);

    -- Only events that are still to be handled, or dead. The ID is their order.
    CREATE TABLE IF NOT EXISTS ${table("enode_events")} (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      delivery bigint NOT NULL,
      namespace ${text} NOT NULL,
      place integer NOT NULL,
      lane ${text},
      payload ${text} NOT NULL,
      due_at float8 NOT NULL DEFAULT 0,
      lease ${text},
      holds_lane boolean NOT NULL DEFAULT false,
      attempt integer NOT NULL DEFAULT 0,
      failed_at float8,
      reason ${text},
      CONSTRAINT enode_events_delivery_fkey
        FOREIGN KEY (delivery) REFERENCES ${table("enode_deliveries")} (id)
    );
    -- Two who claim at the same time do not see each other: this is what keeps them from one lane.
    CREATE UNIQUE INDEX IF NOT EXISTS enode_events_held
      ON ${table("enode_events")} (lane) WHERE holds_lane;
    CREATE INDEX IF NOT EXISTS enode_events_lane
      ON ${table("enode_events")} (lane, id) WHERE failed_at IS NULL;
    CREATE INDEX IF NOT EXISTS enode_events_next
      ON ${table("enode_events")} (namespace, id) WHERE failed_at IS NULL;
    CREATE INDEX IF NOT EXISTS enode_events_dead
      ON ${table("enode_events")} (namespace, failed_at, id) WHERE failed_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS enode_events_delivery ON ${table("enode_events")} (delivery);

    CREATE TABLE IF NOT EXISTS ${table("enode_tokens")} (
      key ${text} PRIMARY KEY,
      token ${text} NOT NULL,
      expires_at float8 NOT NULL
    );
    CREATE TABLE IF NOT EXISTS ${table("enode_token_leases")} (
      key ${text} PRIMARY KEY,
      holder ${text} NOT NULL,
      ends_at float8 NOT NULL
    );

    CREATE TABLE IF NOT EXISTS ${table("enode_users")} (
      namespace ${text} NOT NULL,
      host_user_id ${text} NOT NULL,
      enode_user_id ${text} NOT NULL,
      created_at float8 NOT NULL,
      erasing_since float8,
      PRIMARY KEY (namespace, host_user_id),
      UNIQUE (namespace, enode_user_id)
    );
    CREATE INDEX IF NOT EXISTS enode_users_erasing
      ON ${table("enode_users")} (namespace, erasing_since) WHERE erasing_since IS NOT NULL;

    -- No column that changes with each news is part of an index, and pages have room left: an update then
    -- touches one page and no index.
    CREATE TABLE IF NOT EXISTS ${table("enode_records")} (
      namespace ${text} NOT NULL,
      collection ${text} NOT NULL,
      id ${text} NOT NULL,
      kind ${text} NOT NULL,
      user_id ${text},
      vendor ${text},
      identity ${text},
      partial boolean NOT NULL,
      observed_at float8 NOT NULL,
      received_at float8 NOT NULL,
      source ${text} NOT NULL,
      payload ${text},
      deleted_at float8,
      PRIMARY KEY (namespace, collection, id)
    ) WITH (fillfactor = 80);
    CREATE INDEX IF NOT EXISTS enode_records_user
      ON ${table("enode_records")} (namespace, user_id, collection, id) WHERE user_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS enode_records_identity
      ON ${table("enode_records")} (namespace, identity, user_id) WHERE identity IS NOT NULL;
    CREATE INDEX IF NOT EXISTS enode_records_deleted
      ON ${table("enode_records")} (namespace, deleted_at) WHERE deleted_at IS NOT NULL;

    -- The ID is the order in which entries were added.
    CREATE TABLE IF NOT EXISTS ${table("enode_activity")} (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      namespace ${text} NOT NULL,
      at float8 NOT NULL,
      type ${text} NOT NULL,
      name ${text} NOT NULL,
      user_id ${text},
      device_id ${text},
      action_id ${text},
      details ${text} NOT NULL
    );
    CREATE INDEX IF NOT EXISTS enode_activity_at ON ${table("enode_activity")} (namespace, at, id);
    CREATE INDEX IF NOT EXISTS enode_activity_user
      ON ${table("enode_activity")} (namespace, user_id, at) WHERE user_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS enode_activity_device
      ON ${table("enode_activity")} (namespace, device_id, at) WHERE device_id IS NOT NULL;
    CREATE INDEX IF NOT EXISTS enode_activity_action
      ON ${table("enode_activity")} (namespace, action_id, at) WHERE action_id IS NOT NULL;`;
}
