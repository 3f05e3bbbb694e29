import type { StatementSync } from "node:sqlite";
import type { SqliteConnection } from "./connection.ts";

/** What is kept of a namespace. Times are in ms since the epoch. */
interface NamespaceState {
  readonly id: number;
  readonly rolledUntil: number;
  readonly markingUntil: number;
  readonly prunedUntil: number;
  readonly lastMark: number;
  readonly erasures: number;
}

/** A device of a user. */
interface Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly kind: string;
}

/** What was known at an erasure: after another one, of any process, none of it is used any more. */
interface KnownDevices {
  readonly erasures: number;
  readonly ids: Map<string, number>;
}

type Statements = Readonly<
  Record<
    | "findNamespace"
    | "addNamespace"
    | "findDevice"
    | "addDevice"
    | "findErasure"
    | "findMetric"
    | "addMetric",
    StatementSync
  >
>;

/** The numbers that stand for namespaces, devices and metrics. */
export class ReadingIds {
  readonly #devices = new Map<number, KnownDevices>();
  readonly #metrics = new Map<string, number>();
  readonly #statements: Statements;
  readonly #maxDevices: number;

  /** @param maxDevices Devices whose numbers are at hand. */
  constructor(connection: SqliteConnection, maxDevices: number) {
    this.#statements = prepare(connection);
    this.#maxDevices = maxDevices;
  }

  /** Undefined where nothing was ever kept. */
  find(namespace: string): NamespaceState | undefined {
    const row = this.#statements.findNamespace.get(namespace);
    return (
      row && {
        id: Number(row["id"]),
        rolledUntil: Number(row["rolled_until"]),
        markingUntil: Number(row["marking_until"]),
        prunedUntil: Number(row["pruned_until"]),
        lastMark: Number(row["last_mark"]),
        erasures: Number(row["erasures"]),
      }
    );
  }

  /** Adds it when it is not there: for writing. */
  open(namespace: string): NamespaceState {
    const known = this.find(namespace);
    if (known) return known;
    const id = Number(this.#statements.addNamespace.run(namespace).lastInsertRowid);
    return { id, rolledUntil: 0, markingUntil: 0, prunedUntil: 0, lastMark: 0, erasures: 0 };
  }

  /** For one call that writes, which may be undone and done again. */
  lookup(namespace: NamespaceState): Lookup {
    const known = this.#devices.get(namespace.id);
    const isValid = known?.erasures === namespace.erasures;
    const { erasures } = namespace;
    const devices: KnownDevices = isValid ? known : { erasures, ids: new Map() };
    return new Lookup(this.#statements, namespace.id, devices, this.#metrics);
  }

  /** Keeps at hand what a call has found or added, once that is committed. */
  learn({ namespace, known, newDevices, newMetrics }: Lookup): void {
    for (const [metric, id] of newMetrics) this.#metrics.set(metric, id);
    if (newDevices.size === 0) return;
    const latest = this.#devices.get(namespace);
    // An erasure may have been committed since.
    if (latest && latest.erasures > known.erasures) return;
    const kept = latest?.erasures === known.erasures ? latest : known;
    if (kept.ids.size + newDevices.size > this.#maxDevices) kept.ids.clear();
    for (const [key, id] of newDevices) kept.ids.set(key, id);
    this.#devices.set(namespace, kept);
  }
}

/** Finds and adds numbers in one transaction. */
class Lookup {
  readonly namespace: number;
  readonly known: KnownDevices;
  readonly newDevices: Map<string, number> = new Map();
  readonly newMetrics: Map<string, number> = new Map();
  readonly #metrics: ReadonlyMap<string, number>;
  readonly #statements: Statements;

  constructor(
    statements: Statements,
    namespace: number,
    known: KnownDevices,
    metrics: ReadonlyMap<string, number>,
  ) {
    this.#statements = statements;
    this.namespace = namespace;
    this.known = known;
    this.#metrics = metrics;
  }

  /** Undefined for one that is not there, or whose user was erased. */
  findDevice({ userId, deviceId }: Device): number | undefined {
    const key = keyOf(userId, deviceId);
    const known = this.known.ids.get(key) ?? this.newDevices.get(key);
    if (known !== undefined || this.isErased(userId)) return known;
    const row = this.#statements.findDevice.get(this.namespace, deviceId, userId);
    if (row === undefined) return undefined;
    const id = Number(row["id"]);
    this.newDevices.set(key, id);
    return id;
  }

  addDevice({ userId, deviceId, kind }: Device): number {
    const added = this.#statements.addDevice.run(this.namespace, userId, deviceId, kind);
    const id = Number(added.lastInsertRowid);
    this.newDevices.set(keyOf(userId, deviceId), id);
    return id;
  }

  isErased(userId: string): boolean {
    return this.#statements.findErasure.get(this.namespace, userId) !== undefined;
  }

  metric(metric: string): number {
    const known = this.#metrics.get(metric) ?? this.newMetrics.get(metric);
    if (known !== undefined) return known;
    const { findMetric, addMetric } = this.#statements;
    const row = findMetric.get(metric);
    const id = Number(row === undefined ? addMetric.run(metric).lastInsertRowid : row["id"]);
    this.newMetrics.set(metric, id);
    return id;
  }
}

/** What is checked has no NUL. */
function keyOf(userId: string, deviceId: string): string {
  return `${userId}\0${deviceId}`;
}

function prepare(connection: SqliteConnection): Statements {
  return {
    findNamespace: connection.prepare(`
      SELECT id, rolled_until, marking_until, pruned_until, last_mark, erasures
      FROM enode_reading_namespaces WHERE namespace = ?`),
    addNamespace: connection.prepare("INSERT INTO enode_reading_namespaces (namespace) VALUES (?)"),
    findDevice: connection.prepare(
      "SELECT id FROM enode_reading_devices WHERE namespace = ? AND device_id = ? AND user_id = ?",
    ),
    addDevice: connection.prepare(`
      INSERT INTO enode_reading_devices (namespace, user_id, device_id, kind) VALUES (?, ?, ?, ?)`),
    findErasure: connection.prepare(
      "SELECT 1 FROM enode_reading_erasures WHERE namespace = ? AND user_id = ?",
    ),
    findMetric: connection.prepare("SELECT id FROM enode_reading_metrics WHERE metric = ?"),
    addMetric: connection.prepare("INSERT INTO enode_reading_metrics (metric) VALUES (?)"),
  };
}
