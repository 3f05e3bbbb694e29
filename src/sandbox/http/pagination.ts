import type { Pagination } from "../../../generated/types.ts";
import type { Numbered, OrderedList } from "../shared/ordered-list.ts";
import { badRequest } from "./problems.ts";

const DEFAULT_PAGE_SIZE = 50;

/** One page, newest entry first. */
export interface PageOf<T> {
  readonly data: T[];
  readonly pagination: Pagination;
}

/**
 * The page of a list that the query (`after`, `before`, `pageSize`) asks for. A cursor holds the number of an entry, so
 * pages neither skip nor repeat an entry while others are added and removed.
 */
export function pageOf<T extends Numbered>(
  list: OrderedList<T>,
  query: URLSearchParams,
): PageOf<T> {
  const size = pageSize(query.get("pageSize"));
  const after = query.get("after");
  const before = query.get("before");
  if (after !== null && before !== null) {
    throw badRequest('Give either "after" or "before", not both');
  }
  const { name } = list;
  const { entries, olderThan, newerThan } =
    before !== null
      ? list.newerThan(decode(name, "before", before), size)
      : list.olderThan(
          after === null ? Number.POSITIVE_INFINITY : decode(name, "after", after),
          size,
        );
  return {
    data: entries,
    pagination: {
      after: olderThan === null ? null : encode(name, olderThan),
      before: newerThan === null ? null : encode(name, newerThan),
    },
  };
}

/** A cursor contains the name of its list: every other list refuses it. */
function encode(name: string, number: number): string {
  return btoa(`${name}:${number}`).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decode(name: string, parameter: string, cursor: string): number {
  let text = "";
  try {
    text = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    // Not base64, so not a cursor of ours: refused below.
  }
  const [list, number, ...rest] = text.split(":");
  if (list !== name || number === undefined || rest.length > 0 || !/^-?\d{1,15}$/.test(number)) {
    throw badRequest(`"${parameter}" is not a cursor of this list`);
  }
  return Number(number);
}

function pageSize(text: string | null): number {
  if (text === null) return DEFAULT_PAGE_SIZE;
  const size = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(size) && size > 0) return size;
  throw badRequest('"pageSize" must be a whole number above 0');
}
