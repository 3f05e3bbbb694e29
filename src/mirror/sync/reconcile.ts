import type { Webhook } from "../../../generated/types.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import { isApiError, isNotFoundError } from "../../errors/index.ts";
import { mapLimit } from "../../shared/map-limit.ts";
import { isErasure, readingOf } from "../../storage/contracts/device-store.ts";
import type { DeviceRecord, UpsertOutcome } from "../../storage/contracts/index.ts";
import { isSameJson } from "../model/json-equal.ts";
import { type ActingKind, isActingKind, type SyncKind, sources } from "../model/kinds.ts";
import { observed } from "../model/observation.ts";
import { actionRecordOf, type Provenance, pendingKind, tombstoneOf } from "../model/records.ts";
import { syncTimeout } from "../store/checked-store.ts";
import type { MirrorContext } from "./context.ts";
import { EventLag } from "./event-lag.ts";
import { inactiveWebhooks, reactivate } from "./inactive-webhooks.ts";
import { Lister, type SyncOptions } from "./lister.ts";

/** Options of a reconciliation. */
export interface ReconcileOptions extends SyncOptions {
  /**
   * What to do about webhooks that Enode has deactivated: `report` returns them, `reactivate` also activates them,
   * before anything is listed, so that no event is lost in between. By default nothing.
   */
  webhooks?: "report" | "reactivate" | undefined;
}

/** A record of the copy that differed from Enode. */
export interface Finding {
  /** What it is: a kind of devices, `user` or `action`. */
  kind: SyncKind | "action";
  /** Its ID at Enode. */
  id: string;
  /** The Enode user to whom it belongs; null when unknown. */
  userId: string | null;
}

/** The differences, all repaired. The lists hold the first 1,000 of each; `counts` counts all. */
export interface ReconcileResult {
  /** Enode has it, and the copy did not. */
  missing: Finding[];
  /** The copy was out of date: an event that should have told of the change was missed. */
  stale: Finding[];
  /**
   * The copy differed from Enode because of a change of the last two minutes, such as the level of a car that
   * charges: its event was still under way. That is so where the copy itself is no older, or events were arriving
   * when the reconciliation began and the newest reading at Enode is no older. All else is `stale`.
   */
  moved: Finding[];
  /** The copy had it, and it is deleted at Enode. */
  orphaned: Finding[];
  /** How many there were of each, also beyond the first 1,000. */
  counts: {
    /** Resources that Enode listed. */
    listed: number;
    /** Those of `missing`. */
    missing: number;
    /** Those of `stale`. */
    stale: number;
    /** Those of `moved`. */
    moved: number;
    /** Those of `orphaned`. */
    orphaned: number;
  };
  /** Kinds that Enode does not let this client list; they were not compared. */
  skipped: SyncKind[];
  /** The webhooks that were inactive, and whether they are active now; empty unless asked for. */
  webhooks: {
    /** The webhook as it was found. */
    webhook: Webhook;
    /** Whether it is active now. */
    reactivated: boolean;
  }[];
}

const mostFindings = 1_000;
/** A timestamp that is less far in the future is soon past, in ms. */
const soonOver = 60_000;
export const lastReconcile = "lastReconcile";

/** Compares the copy with Enode, and repairs it. */
export async function reconcile(
  context: MirrorContext,
  { webhooks, ...options }: ReconcileOptions,
): Promise<ReconcileResult> {
  if (webhooks !== undefined && webhooks !== "report" && webhooks !== "reactivate") {
    throw invalidArgument("webhooks", 'webhooks must be "report" or "reactivate".');
  }
  const lister = new Lister(context, "reconcile", options);
  const run = new Reconciliation(context, lister, await EventLag.of(context));
  if (webhooks) await run.checkWebhooks(webhooks === "reactivate", options.signal);
  run.result.skipped = await lister.run(async (kind) => {
    await run.compare(kind);
    if (isActingKind(kind)) await run.pendingActions(kind);
  });
  await context.writer.keep(
    [context.bookmarks.note(lastReconcile, { at: Date.now() })],
    syncTimeout,
  );
  return run.result;
}

type Problem = "missing" | "stale" | "moved" | "orphaned";

class Reconciliation {
  readonly result: ReconcileResult = {
    missing: [],
    stale: [],
    moved: [],
    orphaned: [],
    counts: { listed: 0, missing: 0, stale: 0, moved: 0, orphaned: 0 },
    skipped: [],
    webhooks: [],
  };
  readonly #context: MirrorContext;
  readonly #lister: Lister;
  readonly #lag: EventLag;
  /** The latest time of Enode's clock that has certainly passed. */
  #latest = 0;
  /** By how much Enode's clock is ahead of `performance.now()`, at most. */
  #ahead = Number.NEGATIVE_INFINITY;

  constructor(context: MirrorContext, lister: Lister, lag: EventLag) {
    this.#context = context;
    this.#lister = lister;
    this.#lag = lag;
  }

  async checkWebhooks(revive: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { enode } = this.#context;
    const options = signal ? { signal } : {};
    for (const webhook of await inactiveWebhooks(enode, options)) {
      const reactivated = revive && (await reactivate(enode, webhook, options));
      this.result.webhooks.push({ webhook, reactivated });
    }
  }

  async compare(kind: SyncKind): Promise<void> {
    const { store, writer } = this.#context;
    const collection = kind === "user" ? "users" : "devices";
    let until: number | undefined;
    const listed = new Set<string>();
    let done = 0;
    let pages = 0;
    for await (const page of this.#lister.pages(kind)) {
      until ??= page.until;
      this.#latest = Math.max(this.#latest, page.bound ?? 0);
      this.#ahead = Math.max(this.#ahead, page.ahead ?? this.#ahead);
      const ids = page.records.map(({ id }) => id);
      // Records of later pages are recognized by their timestamp, so that this set does not grow with the list.
      if (page.bound === undefined || page.bound < until) for (const id of ids) listed.add(id);
      const known = await store.getMany(collection, ids, syncTimeout);
      const inPlaceOf = [...known.values()].filter((before) => this.#isAhead(before));
      const outcomes = await writer.keep(page.records, syncTimeout, { inPlaceOf });
      const doubtful: DeviceRecord[] = [];
      for (const [index, record] of page.records.entries()) {
        const before = known.get(record.id);
        if (outcomes[index] !== "kept") this.#note(kind, record, before);
        else if (before && !isSameJson(before.payload, record.payload)) doubtful.push(before);
      }
      // The known record is of the same second or later, and differs: another read decides which one is right.
      await mapLimit(doubtful, this.#lister.concurrency, (before) => this.#confirm(kind, before));
      done += page.records.length;
      pages++;
      this.result.counts.listed += page.records.length;
      this.#lister.progress({ kind, done, pages, finished: page.after === null });
    }
    // Listed records have a timestamp since then, or in the second of the first page. A timestamp in the future is
    // wrong.
    for await (const page of store.pages({ collection, kind }, undefined, syncTimeout)) {
      const unlisted = page.filter((before) => {
        const isOld = until === undefined || before.observedAt < until;
        return (isOld && !listed.has(before.id)) || this.#isAhead(before);
      });
      await mapLimit(unlisted, this.#lister.concurrency, (before) => this.#confirm(kind, before));
    }
  }

  /** Reads actions that are still pending in the copy: the events of their ends may have been lost. */
  async pendingActions(kind: ActingKind): Promise<void> {
    const { enode, store, clock } = this.#context;
    const query = { collection: "actions", kind: pendingKind(kind) } as const;
    for await (const page of store.pages(query, undefined, syncTimeout)) {
      await mapLimit(page, this.#lister.concurrency, async (before) => {
        try {
          const { data, observation } = await observed<object>(clock, () =>
            enode[sources[kind].resource].actions
              .get(before.id, this.#lister.options)
              .withResponse(),
          );
          const observedAt = Math.max(this.#timeOf(before), observation.of(data));
          const provenance = this.#provenance(observedAt);
          const record = actionRecordOf({ ...data, id: before.id }, provenance);
          if (record) await this.#repair("action", record, before);
        } catch (error) {
          if (isNotFoundError(error)) await this.#bury("action", before);
          // Not every client may read actions, and there is no other way to read them.
          else if (!isApiError(error) || ![403, 501].includes(error.status)) throw error;
        }
      });
    }
  }

  /** Reads a resource by its ID, to be certain of its state. */
  async #confirm(kind: SyncKind, before: DeviceRecord): Promise<void> {
    // It is read after the known record was, so it is no older. Only a newer record brings back a deleted one.
    const since = this.#timeOf(before) + (before.payload === null ? 1 : 0);
    // Neither are its readings: Enode may have withdrawn the newest one.
    const readSince = this.#isAhead(before) ? undefined : readingOf(before);
    const record = await this.#lister.read(kind, before.id, since, readSince);
    if (record) await this.#repair(kind, record, before);
    else await this.#bury(kind, before);
  }

  async #repair(kind: Finding["kind"], record: DeviceRecord, before: DeviceRecord): Promise<void> {
    const [outcome] = await this.#replace(record, before);
    if (outcome !== "kept") this.#note(kind, record, before);
  }

  async #bury(kind: Finding["kind"], before: DeviceRecord): Promise<void> {
    if (before.payload === null) return;
    // A 404 has no time. It came after the known record, and after the lists. A user may exist again under the same
    // ID; everything else is deleted for good, so no earlier update may count as newer.
    const latest = kind === "user" ? this.#latest : this.#ahead + performance.now();
    const provenance = this.#provenance(Math.max(latest, this.#timeOf(before)));
    const [outcome] = await this.#replace(tombstoneOf(before, provenance), before);
    if (outcome !== "kept") this.#find("orphaned", kind, before);
  }

  /** Whether a record has a timestamp in the future, which would block all updates until then. */
  #isAhead(record: DeviceRecord): boolean {
    const { observedAt, readingAt = 0 } = record;
    const latest = this.#context.clock.latest + soonOver;
    return Math.max(observedAt, readingAt) > latest && !isErasure(record);
  }

  /** The timestamp of a record; 0 when it is in the future. */
  #timeOf(record: DeviceRecord): number {
    return this.#isAhead(record) ? 0 : record.observedAt;
  }

  #replace(record: DeviceRecord, before: DeviceRecord): Promise<UpsertOutcome[]> {
    const inPlaceOf = this.#isAhead(before) ? [before] : [];
    return this.#context.writer.keep([record], syncTimeout, { inPlaceOf });
  }

  #note(kind: Finding["kind"], record: DeviceRecord, before: DeviceRecord | undefined): void {
    if (!before || before.payload === null) this.#find("missing", kind, record);
    else if (!isSameJson(before.payload, record.payload)) {
      const isMissed = this.#isAhead(before) || !this.#lag.mayBeUnderWay(record, before);
      this.#find(isMissed ? "stale" : "moved", kind, record);
    }
  }

  #find(problem: Problem, kind: Finding["kind"], { id, userId }: DeviceRecord): void {
    this.result.counts[problem]++;
    const list = this.result[problem];
    if (list.length < mostFindings) list.push({ kind, id, userId });
  }

  #provenance(observedAt: number): Provenance {
    return { namespace: this.#context.enode.namespace, source: "reconcile", observedAt };
  }
}
