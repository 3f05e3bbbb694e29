import type { Pagination } from "../../generated/types.ts";
import { invalidArgument } from "../errors/configuration.ts";
import type { RequestOptions } from "../options.ts";
import { failures } from "./failures.ts";
import { isRecord } from "./request/checks.ts";
import { checkNames } from "./request/query.ts";
import { checkRequestOptions } from "./resolve-options.ts";
import type { ResponsePromise, WithResponse } from "./response-promise.ts";

/** Where a list starts and how many records each page holds. */
export interface PageQuery {
  /** Cursor after which the first page begins. Not together with `before`. */
  after?: string | undefined;
  /** Cursor before which the first page ends; the list then runs backwards, page by page. */
  before?: string | undefined;
  /** Records per page, above 0. Enode documents neither default nor upper limit. */
  pageSize?: number | undefined;
}

/** Options of a list; they count for each page on its own, also the deadline. */
export interface ListOptions extends RequestOptions {
  /** 1: fetch the next page while the current one is consumed. Default 0: a `break` costs no request. */
  prefetch?: 0 | 1 | undefined;
}

/** A page as it is on the wire. */
export interface PageBody<T> {
  data: T[];
  pagination: Pagination;
}

type Direction = "after" | "before";

/** Fetches one page. */
export type FetchPage<T> = (
  query: PageQuery,
  options: RequestOptions,
) => ResponsePromise<PageBody<T>>;

/** What a list needs to fetch its pages. */
interface Source<T> {
  operation: string;
  fetch: FetchPage<T>;
  options: RequestOptions;
}

/** One page of a list. */
export class Page<T> {
  /** The records of this page, in Enode's order. */
  readonly data: T[];
  /** Cursors of the pages around this one, to hand to your own clients; null at the ends. */
  readonly pagination: Pagination;
  readonly #source: Source<T>;
  readonly #query: PageQuery;

  /** @internal */
  constructor(body: PageBody<T>, source: Source<T>, query: PageQuery) {
    this.data = body.data;
    this.pagination = body.pagination;
    this.#source = source;
    this.#query = query;
  }

  /** Whether a page follows. */
  hasNext(): boolean {
    return this.pagination.after !== null;
  }

  /**
   * Fetches the page that follows.
   *
   * @throws ConfigurationError when there is none; ask `hasNext()` first.
   */
  next(): Promise<Page<T>> {
    return this.#turn("after", "next", "hasNext");
  }

  /** Whether a page comes before. */
  hasPrevious(): boolean {
    return this.pagination.before !== null;
  }

  /**
   * Fetches the page before.
   *
   * @throws ConfigurationError when there is none; ask `hasPrevious()` first.
   */
  previous(): Promise<Page<T>> {
    return this.#turn("before", "previous", "hasPrevious");
  }

  async #turn(direction: Direction, method: string, question: string): Promise<Page<T>> {
    const cursor = this.pagination[direction];
    const { pageSize } = this.#query;
    if (cursor === null) {
      throw invalidArgument(method, `There is no ${method} page: ask ${question}() first.`);
    }
    if (cursor === this.#query[direction]) throw await loop(this.#source);
    return fetchPage(this.#source, { pageSize, [direction]: cursor });
  }
}

/**
 * A list that is fetched as it is used: await it for its first page, or iterate over it for all
 * records.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 *
 * const enode = Enode.fromEnv();
 * for await (const vehicle of enode.vehicles.list()) console.log(vehicle.id);
 *
 * const page = await enode.vehicles.list({ pageSize: 50 });
 * if (page.hasNext()) console.log((await page.next()).data.length);
 * ```
 */
export class List<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  readonly #source: Source<T>;
  readonly #query: PageQuery;
  readonly #prefetch: 0 | 1 | undefined;
  /** The parameters that the method takes. */
  readonly #known: readonly string[];
  #first: Promise<WithResponse<Page<T>>> | undefined;

  /** @internal */
  constructor(
    operation: string,
    fetch: FetchPage<T>,
    query: PageQuery,
    options: ListOptions,
    known: readonly string[],
  ) {
    // Other values than objects are refused when the list is used.
    const { prefetch, ...requestOptions } = Object(options) as ListOptions;
    this.#source = { operation, fetch, options: isRecord(options) ? requestOptions : options };
    this.#query = query;
    this.#prefetch = prefetch;
    this.#known = known;
  }

  // biome-ignore lint/suspicious/noThenProperty: a list is awaited for its first page.
  then<A = Page<T>, B = never>(
    onFulfilled?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.withResponse()
      .then(({ data }) => data)
      .then(onFulfilled, onRejected);
  }

  /** Like `Promise.prototype.catch`, for the first page. */
  catch<B = never>(
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<Page<T> | B> {
    return this.then(undefined, onRejected);
  }

  /** Like `Promise.prototype.finally`, for the first page. */
  finally(onFinally?: (() => void) | null): Promise<Page<T>> {
    return this.then().finally(onFinally);
  }

  /** The first page with the HTTP response in which it came. */
  withResponse(): Promise<WithResponse<Page<T>>> {
    this.#first ??= this.#fetchFirst();
    return this.#first;
  }

  /** All records, page after page. Leaving the loop stops all requests. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    // Not over pages(), and not yield*: either costs more for each record than the page it came in.
    const walk = this.#walk();
    try {
      for (let page = await walk.next(); page; page = await walk.next()) {
        for (const record of page.data) yield record;
      }
    } finally {
      walk.cancel();
    }
  }

  /**
   * All pages, one after the other.
   *
   * @throws PaginationLoopError when Enode names a cursor that was already followed, or 1,000 empty pages
   * in a row.
   */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const walk = this.#walk();
    try {
      for (let page = await walk.next(); page; page = await walk.next()) yield page;
    } finally {
      walk.cancel();
    }
  }

  /**
   * Up to `limit` records as an array. The limit is required: a client can have more devices than fit in memory;
   * `Infinity` returns all.
   *
   * @throws ConfigurationError when the limit is not a whole number above 0.
   */
  async toArray(options: { limit: number }): Promise<T[]> {
    // Without types the limit is easily forgotten, which must not be a TypeError.
    const limit = options?.limit;
    if (!(limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit > 0))) {
      throw invalidArgument("limit", `limit must be a whole number above 0, but it is ${limit}.`);
    }
    const records: T[] = [];
    for await (const page of this.pages()) {
      for (const record of page.data) {
        if (records.length >= limit) break;
        records.push(record);
      }
      if (records.length >= limit) break;
    }
    return records;
  }

  async #fetchFirst(): Promise<WithResponse<Page<T>>> {
    this.#check();
    const query = this.#query;
    const { data, ...rest } = await this.#source.fetch(query, this.#source.options).withResponse();
    return { data: await toPage(data, this.#source, query), ...rest };
  }

  #walk(): PageWalker<T> {
    this.#check();
    return new PageWalker(this.#source, this.#query, this.#prefetch === 1);
  }

  /** Not in the constructor: a list fails when it is used, with a rejection, as for all other bad input. */
  #check(): void {
    checkNames(this.#known, this.#query);
    checkRequestOptions(this.#source.options);
    if ([undefined, 0, 1].includes(this.#prefetch)) return;
    throw invalidArgument("prefetch", "prefetch must be 0 or 1.");
  }
}

/** Number of empty pages in a row after which a list counts as endless. */
const mostEmptyPages = 1_000;

/** Iterates over the pages of a list, with at most one page prefetched. */
class PageWalker<T> {
  readonly #source: Source<T>;
  readonly #direction: Direction;
  readonly #prefetch: boolean;
  readonly #followed = new Set<string>();
  /** Query of the next page; undefined after the last one. */
  #query: PageQuery | undefined;
  #emptyPages = 0;
  #ahead: { page: Promise<Page<T>>; controller: AbortController } | undefined;

  constructor(source: Source<T>, query: PageQuery, prefetch: boolean) {
    this.#source = source;
    this.#query = query;
    this.#prefetch = prefetch;
    this.#direction = query.before === undefined ? "after" : "before";
    const start = query[this.#direction];
    if (start !== undefined) this.#followed.add(start);
  }

  /** The next page; undefined when there are no more. */
  async next(): Promise<Page<T> | undefined> {
    const query = this.#query;
    if (query === undefined) return undefined;
    const pending = this.#ahead?.page ?? fetchPage(this.#source, query);
    this.#ahead = undefined;
    const page = await pending;
    const cursor = page.pagination[this.#direction];
    if (cursor === null) {
      this.#query = undefined;
      return page;
    }
    this.#emptyPages = page.data.length > 0 ? 0 : this.#emptyPages + 1;
    if (this.#followed.has(cursor) || this.#emptyPages >= mostEmptyPages) {
      throw await loop(this.#source);
    }
    this.#followed.add(cursor);
    this.#query = { pageSize: query.pageSize, [this.#direction]: cursor };
    if (this.#prefetch) this.#start(this.#query);
    return page;
  }

  /** Aborts the request of a prefetched page. */
  cancel(): void {
    this.#ahead?.controller.abort();
  }

  #start(query: PageQuery): void {
    const controller = new AbortController();
    const { signal } = this.#source.options;
    const onAbort = () => controller.abort(signal?.reason);
    // A signal that has already fired calls no listener.
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    const page = fetchPage(this.#source, query, controller.signal).finally(() =>
      signal?.removeEventListener("abort", onAbort),
    );
    // Its failure is for the consumer of the page; there may be none.
    page.catch(() => undefined);
    this.#ahead = { page, controller };
  }
}

async function fetchPage<T>(
  source: Source<T>,
  query: PageQuery,
  signal = source.options.signal,
): Promise<Page<T>> {
  const options = signal ? { ...source.options, signal } : source.options;
  return toPage(await source.fetch(query, options), source, query);
}

async function toPage<T>(body: PageBody<T>, source: Source<T>, query: PageQuery): Promise<Page<T>> {
  // A missing cursor means the same as null: no page on that side.
  const after = body?.pagination?.after ?? null;
  const before = body?.pagination?.before ?? null;
  // An invalid cursor would later be refused as the caller's mistake.
  if (Array.isArray(body?.data) && ![after, before].some(isObject)) {
    return new Page({ data: body.data, pagination: { after, before } }, source, query);
  }
  const { toPageError } = await failures();
  throw toPageError(source.operation);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

async function loop({ operation }: Source<unknown>): Promise<Error> {
  const { toLoopError } = await failures();
  return toLoopError(operation, mostEmptyPages);
}
