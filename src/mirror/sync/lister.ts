import type { PageBody } from "../../core/pagination.ts";
import type { Enode } from "../../enode.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import {
  isApiError,
  isBadRequestError,
  isNotFoundError,
  PaginationLoopError,
  ResponseValidationError,
} from "../../errors/index.ts";
import type { RequestOptions } from "../../options.ts";
import { callHost } from "../../shared/call-host.ts";
import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import { mapLimit } from "../../shared/map-limit.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import { type SyncKind, sources, syncKinds } from "../model/kinds.ts";
import { observed } from "../model/observation.ts";
import { isId, type MirrorSource, recordOf } from "../model/records.ts";
import type { MirrorContext } from "./context.ts";

/** How far a backfill or reconciliation has got with one kind. */
export interface SyncProgress {
  /** What is being listed: a kind of devices, or `user`. */
  kind: SyncKind;
  /** Resources kept so far. */
  done: number;
  /** Pages read so far. */
  pages: number;
  /** Whether this kind is complete. */
  finished: boolean;
}

/** Options of backfill and reconciliation. */
export interface SyncOptions {
  /** What to list: kinds of devices, and `user`. Left out: all of them; it is never passed as undefined. */
  kinds?: readonly SyncKind[];
  /** Resources per page; by default Enode decides. */
  pageSize?: number | undefined;
  /** Kinds listed at the same time, and users or devices read one by one at the same time. Default 4. */
  concurrency?: number | undefined;
  /** Called after each page. What it throws goes to `onError`. */
  onProgress?: ((progress: SyncProgress) => unknown) | undefined;
  /** Ends it, with an AbortError. */
  signal?: AbortSignal | undefined;
}

const known: KnownNames<SyncOptions> = {
  kinds: 0,
  pageSize: 0,
  concurrency: 0,
  onProgress: 0,
  signal: 0,
};

/** One page of records. */
export interface ListedPage {
  readonly records: DeviceRecord[];
  /** Lower bound of the time at which Enode read the page; undefined when the answer has no time. */
  readonly bound: number | undefined;
  /** Upper bound of that time. */
  readonly until: number;
  /** By how much Enode's clock is ahead of `performance.now()`, at most; undefined when the answer has no time. */
  readonly ahead: number | undefined;
  /** Cursor of the page that follows; null at the end. */
  readonly after: string | null;
}

// Kept, as a test may replace it along with its clock.
const soon = setTimeout;

/** Statuses of a list that this client may not read. */
const closed: readonly number[] = [403, 404, 501];

/** Lists what Enode has, once. */
export class Lister {
  readonly source: MirrorSource;
  readonly kinds: readonly SyncKind[];
  readonly concurrency: number;
  readonly #enode: Enode;
  readonly #clock: EnodeClock;
  readonly #options: SyncOptions;
  readonly #onError: (error: unknown) => void;
  readonly #controller = new AbortController();

  /** @throws ConfigurationError */
  constructor(
    { enode, clock, onError }: MirrorContext,
    source: MirrorSource,
    options: SyncOptions,
  ) {
    refuseUnknownNames(`mirror.${source}()`, options, known);
    const { pageSize, concurrency = 4 } = options;
    const kinds = "kinds" in options ? options.kinds : syncKinds;
    if (!Array.isArray(kinds) || !kinds.every((kind) => syncKinds.includes(kind))) {
      throw invalidArgument("kinds", `kinds must be a list of some of ${syncKinds.join(", ")}.`);
    }
    for (const [name, value] of Object.entries({ pageSize, concurrency })) {
      if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
      throw invalidArgument(name, `${name} must be a whole number from 1.`);
    }
    this.kinds = [...new Set(kinds)];
    this.concurrency = concurrency;
    this.source = source;
    this.#enode = enode;
    this.#clock = clock;
    this.#options = options;
    this.#onError = onError;
  }

  /** Options of each request: the caller's signal ends it, and so does a failure of another part of the run. */
  get options(): RequestOptions {
    return { signal: this.#controller.signal };
  }

  /**
   * Does the work of each kind, several at a time.
   *
   * @returns the kinds that this client may not list
   */
  async run(work: (kind: SyncKind) => Promise<void>): Promise<SyncKind[]> {
    const skipped: SyncKind[] = [];
    const { signal } = this.#options;
    const onAbort = () => this.#controller.abort(signal?.reason);
    // A signal that has already fired calls no listener.
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      await mapLimit(this.kinds, this.concurrency, async (kind) => {
        try {
          await work(kind);
        } catch (error) {
          const { operation } = sources[kind];
          const isClosed =
            isApiError(error) && error.operation === operation && closed.includes(error.status);
          if (!isClosed) throw error;
          skipped.push(kind);
        }
      });
    } catch (error) {
      this.#controller.abort(error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    return skipped;
  }

  /**
   * The pages of a kind. While one is handled, the next one is already in flight; there are no more than these two
   * in memory.
   *
   * @param start Cursor to go on from. One that Enode no longer accepts is ignored.
   * @throws PaginationLoopError
   */
  async *pages(kind: SyncKind, start?: string): AsyncGenerator<ListedPage, void, undefined> {
    const followed = new Set<string>();
    let bound: number | undefined;
    let page = await this.#page(kind, start, bound).catch((error) => {
      if (start === undefined || !isBadRequestError(error)) throw error;
      return this.#page(kind, undefined, bound);
    });
    while (true) {
      const { after } = page;
      if (after === null) return yield page;
      if (followed.has(after) || after === start) {
        const { operation } = sources[kind];
        const message = `${operation}: a page names a cursor that was already followed; following it again would never end.`;
        throw new PaginationLoopError(message, { operation });
      }
      followed.add(after);
      // It is requested after the page before it arrived, so Enode reads it no earlier than that page.
      bound = page.bound;
      const next = this.#page(kind, after, bound);
      // Its failure is for the consumer of the page; there may be none.
      next.catch(() => undefined);
      // A store in this process blocks it: without a pause the request would leave only after this page is kept.
      await new Promise<void>((resolve) => soon(resolve));
      yield page;
      page = await next;
    }
  }

  /**
   * Reads one resource; undefined when it is deleted.
   *
   * @param since Of when it is at least, whatever the answer says.
   * @param readSince Of when its readings are at least.
   */
  async read(
    kind: SyncKind,
    id: string,
    since: number,
    readSince = 0,
  ): Promise<DeviceRecord | undefined> {
    try {
      const { data, observation } = await observed<object>(this.#clock, () =>
        this.#enode[sources[kind].resource].get(id, this.options).withResponse(),
      );
      const observedAt = Math.max(since, observation.of(data));
      const { namespace } = this.#enode;
      const reading = kind === "user" ? undefined : observation.readingOf(data);
      const readingAt = reading && Math.max(readSince, reading);
      const provenance = { namespace, source: "read", observedAt, readingAt } as const;
      // Kept under the requested ID, whatever the answer says.
      return recordOf(kind, { ...data, id }, provenance);
    } catch (error) {
      if (isNotFoundError(error)) return undefined;
      throw error;
    }
  }

  progress(progress: SyncProgress): void {
    const { onProgress } = this.#options;
    if (onProgress) callHost(() => onProgress(progress), this.#onError);
  }

  async #page(kind: SyncKind, after: string | undefined, since = 0): Promise<ListedPage> {
    const { pageSize } = this.#options;
    const startedAt = performance.now();
    const { data: page, observation } = await observed<PageBody<{ id: string }>>(this.#clock, () =>
      this.#enode[sources[kind].resource].list({ after, pageSize }, this.options).withResponse(),
    );
    const resources = page.data;
    const bound = Math.max(since, observation.bound ?? 0);
    const { namespace } = this.#enode;
    const records: (DeviceRecord | undefined)[] = [];
    if (kind === "user") {
      // A list of users says nothing about their accounts.
      const known = resources.filter(({ id }) => isId(id) || this.#refuse(kind));
      await mapLimit(known.entries(), this.concurrency, async ([index, { id }]) => {
        const record = await this.read("user", id, bound);
        records[index] = record && { ...record, source: this.source };
      });
    } else {
      for (const resource of resources) {
        const observedAt = Math.max(bound, observation.of(resource));
        const readingAt = observation.readingOf(resource);
        const provenance = { namespace, source: this.source, observedAt, readingAt };
        const record = recordOf(kind, resource, provenance);
        if (record) records.push(record);
        else this.#refuse(kind);
      }
    }
    return {
      records: records.filter((record) => record !== undefined),
      bound: bound || undefined,
      until: observation.until,
      ahead: observation.bound === undefined ? undefined : observation.until - startedAt,
      after: page.pagination.after,
    };
  }

  #refuse(kind: SyncKind): false {
    const { operation } = sources[kind];
    const message = `${operation}: a listed record has no valid ID.`;
    const context = { operation, path: "", attempts: 1 };
    this.#onError(
      new ResponseValidationError(message, { code: "schema_mismatch", status: 200, context }),
    );
    return false;
  }
}
