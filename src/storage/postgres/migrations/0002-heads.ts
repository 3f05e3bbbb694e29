import { inLane } from "../lane.ts";
import { literal } from "../literal.ts";

/**
 * Marks the head of each lane, the one event that may be handed out, so that a claim need not look at those behind
 * it. An event without a lane is its own head; dead letters are none.
 *
 * Triggers keep the heads right, whoever changes the table: this version, the one before it while servers are
 * replaced, and an operator by hand. They rest on this: who appends to a lane keeps a lock (KEY SHARE) on a living
 * event of it, so that this one can neither go nor die before the new one is in sight. Whoever takes the last one
 * away, or finds a lane without a head, can therefore trust what it sees.
 *
 * Costs no more to write than the step before it, as two indexes go: `enode_events_next` was for a claim that went
 * through all events, and `enode_events_held`, about events that hold their lane, has become one about heads, as
 * only a head can hold its lane. It keeps its name, as the version before this one runs a statement again
 * that it refuses.
 */
export function heads(table: (name: string) => string): string {
  const events = table("enode_events");
  const enter = table("enode_events_enter");
  const turn = table("enode_events_turn");
  const hold = table("enode_events_hold");
  const promote = table("enode_events_promote");
  const succeed = table("enode_events_succeed");
  return `
    ALTER TABLE ${table("enode_records")} ADD COLUMN reading_at float8;

    DROP INDEX ${table("enode_events_next")};
    DROP INDEX ${table("enode_events_held")};
    ALTER TABLE ${events} ADD COLUMN is_head boolean NOT NULL DEFAULT true;
    -- Due at 0 is to mean: not tried yet.
    UPDATE ${events} SET due_at = 1e-9 WHERE due_at < 0;
    UPDATE ${events} SET is_head = false WHERE failed_at IS NOT NULL;
    -- A later one is held when the first one was revived: it is settled before that one is handed out.
    UPDATE ${events} AS event SET is_head = false
    FROM (
      SELECT DISTINCT ON (lane) lane, id FROM ${events}
      WHERE lane IS NOT NULL AND failed_at IS NULL ORDER BY lane, holds_lane DESC, id
    ) AS head
    WHERE event.lane = head.lane AND event.id <> head.id AND event.failed_at IS NULL;

    CREATE UNIQUE INDEX enode_events_held ON ${events} (lane) WHERE is_head AND lane IS NOT NULL;
    -- No dead letter is a head. That it is said here keeps this index from what looks for the head of a lane, which
    -- goes by the one above also where the tables were empty when PostgreSQL made its plan.
    CREATE INDEX enode_events_head ON ${events} (namespace, due_at, delivery, place)
      INCLUDE (holds_lane) WHERE is_head AND failed_at IS NULL;

    ${functionOf(enter, events, enterBody)}
    ${functionOf(turn, events, turnBody)}
    ${functionOf(hold, events, holdBody)}
    ${functionOf(promote, events, promoteBody)}
    ${functionOf(succeed, events, succeedBody)}
    CREATE TRIGGER enode_events_enter BEFORE INSERT ON ${events} FOR EACH ROW
      WHEN (NEW.lane IS NOT NULL) EXECUTE FUNCTION ${enter}();
    CREATE TRIGGER enode_events_turn BEFORE UPDATE OF failed_at ON ${events} FOR EACH ROW
      WHEN ((OLD.failed_at IS NULL) <> (NEW.failed_at IS NULL)) EXECUTE FUNCTION ${turn}();
    CREATE TRIGGER enode_events_hold BEFORE UPDATE OF holds_lane ON ${events} FOR EACH ROW
      WHEN (NEW.holds_lane AND NOT NEW.is_head) EXECUTE FUNCTION ${hold}();
    CREATE TRIGGER enode_events_gone AFTER DELETE ON ${events} REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION ${succeed}();
    CREATE TRIGGER enode_events_died AFTER UPDATE OF failed_at ON ${events} FOR EACH ROW
      WHEN (OLD.is_head AND OLD.lane IS NOT NULL AND NEW.failed_at IS NOT NULL) EXECUTE FUNCTION ${promote}();
    CREATE TRIGGER enode_events_back AFTER UPDATE OF failed_at ON ${events} FOR EACH ROW
      WHEN (OLD.failed_at IS NOT NULL AND NEW.failed_at IS NULL AND NEW.lane IS NOT NULL)
      EXECUTE FUNCTION ${promote}();
    CREATE TRIGGER enode_events_free AFTER UPDATE OF holds_lane ON ${events} FOR EACH ROW
      WHEN (OLD.is_head AND OLD.holds_lane AND NOT NEW.holds_lane AND NEW.failed_at IS NULL
        AND NEW.lane IS NOT NULL)
      EXECUTE FUNCTION ${promote}();
    -- A claim moves a head, and the event that it has seen there may be gone.
    CREATE TRIGGER enode_events_moved AFTER UPDATE OF is_head ON ${events} FOR EACH ROW
      WHEN (OLD.is_head AND NOT NEW.is_head AND NEW.failed_at IS NULL AND NOT OLD.holds_lane
        AND NEW.lane IS NOT NULL AND pg_trigger_depth() = 0)
      EXECUTE FUNCTION ${promote}();`;
}

/** Where transactions see the moment in which they began, only a change stops another one that has seen less. */
const lockedHead = (lock: string) => `
  IF current_setting('transaction_isolation') = 'read committed' THEN
    SELECT id, holds_lane INTO head FROM enode_events WHERE lane = NEW.lane AND is_head LIMIT 1 ${lock};
  ELSE
    UPDATE enode_events SET is_head = true WHERE lane = NEW.lane AND is_head
    RETURNING id, holds_lane INTO head;
  END IF;
  EXIT WHEN FOUND;
  -- It may have gone while the lock was waited for, and another one may be there.
  PERFORM FROM enode_events WHERE lane = NEW.lane AND is_head;
  EXIT WHEN NOT FOUND;`;

/** The first one alive. */
const firstOfLane = (lane: string) => `
  SELECT id INTO first_id FROM enode_events AS event
  WHERE ${inLane("event", lane)} AND failed_at IS NULL ORDER BY lane, id LIMIT 1;`;

/** Alive, in a form that has no index read as a whole that is about those alive. */
const isAlive = "num_nulls(failed_at) = 1";

/** A new event is the head of an empty lane. One that was held at once, and is not, waits like any other. */
const enterBody = `
DECLARE
  head record;
BEGIN
  LOOP
    ${lockedHead("FOR KEY SHARE")}
  END LOOP;
  NEW.is_head := head.id IS NULL;
  IF NOT NEW.is_head THEN
    NEW.due_at := 0;
    NEW.lease := NULL;
    NEW.holds_lane := false;
    NEW.attempt := 0;
  END IF;
  RETURN NEW;
END`;

/** An event that dies, or comes back. An update alone takes a lock that those who append do not wait for. */
const turnBody = `
BEGIN
  IF NEW.failed_at IS NULL THEN
    NEW.is_head := NEW.lane IS NULL;
  ELSE
    IF NEW.lane IS NOT NULL THEN
      PERFORM FROM enode_events WHERE id = NEW.id FOR UPDATE;
    END IF;
    NEW.is_head := false;
  END IF;
  RETURN NEW;
END`;

/** The version before this one claims the first of a lane. Where the head is held, the unique index refuses it. */
const holdBody = `
BEGIN
  UPDATE enode_events SET is_head = false WHERE lane = NEW.lane AND is_head AND NOT holds_lane;
  NEW.is_head := true;
  RETURN NEW;
END`;

/** Gives a lane its head. Nobody else can meanwhile, as who is here has the head, or had it, locked. */
const promoteBody = `
DECLARE
  head record;
  first_id bigint;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.failed_at IS NULL THEN
    LOOP
      ${lockedHead("FOR NO KEY UPDATE")}
    END LOOP;
    IF head.holds_lane THEN
      RETURN NULL;
    END IF;
  ELSE
    SELECT NULL::bigint AS id, false AS holds_lane INTO head;
  END IF;
  LOOP
    ${firstOfLane("OLD.lane")}
    EXIT WHEN first_id IS NULL OR first_id = head.id;
    UPDATE enode_events SET is_head = false WHERE id = head.id;
    UPDATE enode_events SET is_head = true WHERE id = first_id AND ${isAlive};
    -- It may have gone while it was waited for.
    EXIT WHEN FOUND;
  END LOOP;
  RETURN NULL;
END`;

/** The same for all lanes whose heads have gone at once, which is far cheaper than one by one. */
const succeedBody = `
DECLARE
  ids bigint[];
  found integer;
BEGIN
  LOOP
    SELECT array_agg(first.id) INTO ids FROM gone
    JOIN LATERAL (
      SELECT id, is_head FROM enode_events AS event
      WHERE ${inLane("event", "gone.lane")} AND event.failed_at IS NULL
      ORDER BY event.lane, event.id LIMIT 1
    ) AS first ON true
    WHERE gone.is_head AND gone.lane IS NOT NULL AND NOT first.is_head;
    EXIT WHEN ids IS NULL;
    UPDATE enode_events SET is_head = true WHERE id = ANY (ids) AND ${isAlive};
    GET DIAGNOSTICS found = ROW_COUNT;
    -- One may have gone while it was waited for.
    EXIT WHEN found = cardinality(ids);
  END LOOP;
  RETURN NULL;
END`;

/**
 * The function of a trigger. It names its tables with the schema that they are in, as it also serves those who have
 * another search path. Plans are kept, also those that were made when a table was empty: they go by an index. One of
 * tables that an operator has dropped is still there, and is replaced.
 */
function functionOf(name: string, events: string, body: string): string {
  const makeFunction = `
    CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS `;
  return `
    EXECUTE ${literal(makeFunction)} || quote_literal(replace(${literal(body)}, 'enode_events', (
      SELECT quote_ident(nspname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE pg_class.oid = to_regclass(${literal(events)})
    ) || '.enode_events'));`;
}
