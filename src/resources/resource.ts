import type { OperationId } from "../../generated/operations.ts";
import {
  type FetchPage,
  List,
  type ListOptions,
  type PageBody,
  type PageQuery,
} from "../core/pagination.ts";
import { isRecord } from "../core/request/checks.ts";
import type { OperationResult } from "../core/request/operations.ts";
import type { Requester } from "../core/transport.ts";

/** What a list takes that can be of the whole client or of one user. */
export interface UserPageQuery extends PageQuery {
  /** Only what belongs to this user, by your own ID of the user. Left out: of all users. */
  userId?: string;
}

/** The operations that answer with a page. */
type PagedId = {
  [Id in OperationId]: OperationResult<Id> extends PageBody<unknown> ? Id : never;
}[OperationId];

/** What the pages of an operation hold. */
type RecordOf<Id extends PagedId> = Extract<OperationResult<Id>, PageBody<unknown>>["data"][number];

/** What every list takes. */
const pageParameters = ["after", "before", "pageSize"];

/** Base of all resources: the pipeline, and lists over it. */
export abstract class Resource {
  /** @internal */
  protected readonly api: Requester;

  /** @internal */
  constructor(api: Requester) {
    this.api = api;
  }

  /** @internal */
  protected paged<Id extends PagedId>(
    operation: Id,
    path: Readonly<Record<string, string>>,
    query: PageQuery,
    options: ListOptions = {},
    known: readonly string[] = pageParameters,
  ): List<RecordOf<Id>> {
    const fetch = ((page, requestOptions) =>
      // All paged operations take these; TypeScript cannot see that of the Id that is not yet known.
      this.api.request(operation, { path, query: page } as never, requestOptions)) as FetchPage<
      RecordOf<Id>
    >;
    return new List(operation, fetch, query, options, known);
  }

  /** @internal */
  protected pagedByUser<All extends PagedId, OfUser extends PagedId>(
    all: All,
    ofUser: OfUser,
    query: UserPageQuery,
    options?: ListOptions,
  ): List<RecordOf<All> | RecordOf<OfUser>> {
    const known = [...pageParameters, "userId"];
    // What is no object is left to the list, which fails when it is used.
    if (!(isRecord(query) && "userId" in query)) {
      return this.paged(all, {}, query, options, known);
    }
    const { userId, ...page } = query;
    // A user ID that got lost on the way must not turn into a list of everybody's devices: undefined is
    // refused like any other ID that cannot be.
    const path = { userId: userId as string };
    return this.paged(ofUser, path, page, options, known);
  }
}
