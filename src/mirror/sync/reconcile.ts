import type { Webhook } from "../../../generated/types.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import { isApiError, isNotFoundError } from "../../errors/index.ts";
import { mapLimit } from "../../shared/map-limit.ts";
import { isErasure } from "../../storage/contracts/device-store.ts";
import type { DeviceRecord, UpsertOutcome } from "../../storage/contracts/index.ts";
import { isSameJson } from "../model/json-equal.ts";
import { type ActingKind, isActingKind, type SyncKind, sources } from "../model/kinds.ts";
import { observed } from "../model/observation.ts";
import { actionRecordOf, type Provenance, pendingKind, tombstoneOf } from "../model/records.ts";
import { syncTimeout } from "../store/checked-store.ts";
import type { MirrorContext } from "./context.ts";
import { inactiveWebhooks, reactivate } from "./inactive-webhooks.ts";
import { Lister, type SyncOptions } from "./lister.ts";

/** Options of a reconciliation. */
export interface ReconcileOptions extends SyncOptions {
  /**
   * What to do about webhooks that Enode has given up on: `report` names them, `reactivate` also has them
   * deliver again, before anything is listed, so that no news is lost in between. By default nothing.
   */
  webhooks?: "report" | "reactivate" | undefined;
}

/** Something that was not as it should have been. */
export interface Finding {
  kind: SyncKind | "action";
  id: string;
  userId: string | null;
}

/** What was wrong, and has been repaired. The lists hold the first 1,000 of each; `counts` counts all. */
export interface ReconcileResult {
  /** There was nothing here of what Enode has. */
  missing: Finding[];
  /**
   * What was here said something else than Enode says. Not all of it was missed: what is changing while it is
   * compared, such as the level of a car that charges, is among it.
   */
  stale: Finding[];
  /** It was here, and is gone at Enode. */
  orphaned: Finding[];
  counts: { listed: number; missing: number; stale: number; orphaned: number };
  /** Kinds that Enode does not let this client list; nothing is known of them. */
  skipped: SyncKind[];
  /** The webhooks that were inactive, and whether they are active now; empty unless asked for. */
  webhooks: { webhook: Webhook; reactivated: boolean }[];
}

const mostFindings = 1_000;
/** What is dated less far in the future is soon no more, in ms. */
const soonOver = 60_000;
export const lastReconcile = "lastReconcile";

/** Compares all that is kept with what Enode says, and repairs it. */
export async function reconcile(
  context: MirrorContext,
  { webhooks, ...options }: ReconcileOptions,
): Promise<ReconcileResult> {
  if (webhooks !== undefined && webhooks !== "report" && webhooks !== "reactivate") {
    throw invalidArgument("webhooks", 'webhooks must be "report" or "reactivate".');
  }
  const lister = new Lister(context, "reconcile", options);
  const run = new Reconciliation(context, lister);
  if (webhooks) await run.lookAtWebhooks(webhooks === "reactivate", options.signal);
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

type Problem = "missing" | "stale" | "orphaned";

class Reconciliation {
  readonly result: ReconcileResult = {
    missing: [],
    stale: [],
    orphaned: [],
    counts: { listed: 0, missing: 0, stale: 0, orphaned: 0 },
    skipped: [],
    webhooks: [],
  };
  readonly #context: MirrorContext;
  readonly #lister: Lister;
  /** The latest moment of Enode's clock that is certain to be over. */
  #latest = 0;
  /** By how much Enode's clock is ahead of `performance.now()`, at most. */
  #ahead = Number.NEGATIVE_INFINITY;

  constructor(context: MirrorContext, lister: Lister) {
    this.#context = context;
    this.#lister = lister;
  }

  async lookAtWebhooks(revive: boolean, signal: AbortSignal | undefined): Promise<void> {
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
      // Those of later pages are known by when they were seen, so that this does not grow with the list.
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
      // Known news is of the same second or later, and other: which of the two is right is what a new look tells.
      await mapLimit(doubtful, this.#lister.concurrency, (before) => this.#confirm(kind, before));
      done += page.records.length;
      pages++;
      this.result.counts.listed += page.records.length;
      this.#lister.progress({ kind, done, pages, finished: page.after === null });
    }
    // What was listed has been heard of since then, or in the second in which the first page was made. What is
    // dated in the future was heard of at another time than it says.
    for await (const page of store.pages({ collection, kind }, undefined, syncTimeout)) {
      const unlisted = page.filter((before) => {
        const isOld = until === undefined || before.observedAt < until;
        return (isOld && !listed.has(before.id)) || this.#isAhead(before);
      });
      await mapLimit(unlisted, this.#lister.concurrency, (before) => this.#confirm(kind, before));
    }
  }

  /** Actions that are still pending here: their ends may have been told while nobody listened. */
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
          const sighting = this.#sighting(observedAt);
          const record = actionRecordOf({ ...data, id: before.id }, sighting);
          if (record) await this.#repair("action", record, before);
        } catch (error) {
          if (isNotFoundError(error)) await this.#bury("action", before);
          // Not every client may, and an action cannot be learned of in another way.
          else if (!isApiError(error) || ![403, 501].includes(error.status)) throw error;
        }
      });
    }
  }

  /** Reads a thing by its ID, to be certain of it. */
  async #confirm(kind: SyncKind, before: DeviceRecord): Promise<void> {
    // It is read after what is known was, so it is no older. Only what is newer brings back something deleted.
    const since = this.#timeOf(before) + (before.payload === null ? 1 : 0);
    const record = await this.#lister.read(kind, before.id, since);
    if (record) await this.#repair(kind, record, before);
    else await this.#bury(kind, before);
  }

  async #repair(kind: Finding["kind"], record: DeviceRecord, before: DeviceRecord): Promise<void> {
    const [outcome] = await this.#replace(record, before);
    if (outcome !== "kept") this.#note(kind, record, before);
  }

  async #bury(kind: Finding["kind"], before: DeviceRecord): Promise<void> {
    if (before.payload === null) return;
    // An answer of 404 tells no time. It came after all that is known of the thing, and after the lists. A user
    // may come again under the same ID; all else is gone for good, so that no news of before may be newer.
    const latest = kind === "user" ? this.#latest : this.#ahead + performance.now();
    const sighting = this.#sighting(Math.max(latest, this.#timeOf(before)));
    const [outcome] = await this.#replace(tombstoneOf(before, sighting), before);
    if (outcome !== "kept") this.#find("orphaned", kind, before);
  }

  /** Whether a record is dated in the future, so that nothing that comes until then would be kept. */
  #isAhead(record: DeviceRecord): boolean {
    return record.observedAt > this.#context.clock.latest + soonOver && !isErasure(record);
  }

  /** The time of a record as far as it can be believed. */
  #timeOf(record: DeviceRecord): number {
    return this.#isAhead(record) ? 0 : record.observedAt;
  }

  #replace(record: DeviceRecord, before: DeviceRecord): Promise<UpsertOutcome[]> {
    const inPlaceOf = this.#isAhead(before) ? [before] : [];
    return this.#context.writer.keep([record], syncTimeout, { inPlaceOf });
  }

  #note(kind: Finding["kind"], record: DeviceRecord, before: DeviceRecord | undefined): void {
    if (!before || before.payload === null) this.#find("missing", kind, record);
    else if (!isSameJson(before.payload, record.payload)) this.#find("stale", kind, record);
  }

  #find(problem: Problem, kind: Finding["kind"], { id, userId }: DeviceRecord): void {
    this.result.counts[problem]++;
    const list = this.result[problem];
    if (list.length < mostFindings) list.push({ kind, id, userId });
  }

  #sighting(observedAt: number): Provenance {
    return { namespace: this.#context.enode.namespace, source: "reconcile", observedAt };
  }
}
