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

/** The query of a list for the whole client or one user. */
export interface UserPageQuery extends PageQuery {
  /** Only records of this user, by its ID at Enode. Leave it out for all users. */
  userId?: string;
}

/** The operations that answer with a page. */
type PagedId = {
  [Id in OperationId]: OperationResult<Id> extends PageBody<unknown> ? Id : never;
}[OperationId];

/** The records in the pages of an operation. */
type RecordOf<Id extends PagedId> = Extract<OperationResult<Id>, PageBody<unknown>>["data"][number];

/** Query parameters of every list. */
const pageParameters = ["after", "before", "pageSize"];

/** Base of all resources: requests and lists. */
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
      // All paged operations take these; TypeScript cannot infer that for a generic Id.
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
    // Other values than objects are left to the list, which refuses them when it is used.
    if (!(isRecord(query) && "userId" in query)) {
      return this.paged(all, {}, query, options, known);
    }
    const { userId, ...page } = query;
    // A user ID that got lost must not become a list of all users' devices: undefined is refused like any other
    // invalid ID.
    const path = { userId: userId as string };
    return this.paged(ofUser, path, page, options, known);
  }
}
