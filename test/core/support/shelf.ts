import type { PageBody } from "../../../src/core/pagination.ts";

/** Answers of a list endpoint, and what it was asked. */
export interface Shelf {
  readonly fetch: (request: Request) => Promise<Response>;
  /** The query of each request, in order. */
  readonly asked: string[];
  readonly requests: Request[];
}

/** A list of `total` records with the IDs "0", "1", …, whose cursors name the gap between two records. */
export function shelf({ total, pageSize = 2 }: { total: number; pageSize?: number }): Shelf {
  return answering((query) => {
    const size = Number(query.get("pageSize") ?? pageSize);
    const before = query.get("before");
    const from = before === null ? Number(query.get("after") ?? 0) : Math.max(0, +before - size);
    const to = before === null ? Math.min(total, from + size) : Number(before);
    const ids = Array.from({ length: to - from }, (_, index) => String(from + index));
    return Response.json(
      page(ids, { before: from > 0 ? String(from) : null, after: to < total ? String(to) : null }),
    );
  });
}

/** A list whose pages are given by the cursor that leads to them; "" is the first. */
export function pages(
  byCursor: Readonly<Record<string, () => Response | Promise<Response>>>,
): Shelf {
  return answering((query) => {
    const answer = byCursor[query.get("after") ?? query.get("before") ?? ""];
    if (answer === undefined) throw new Error(`no page at ${query}`);
    return answer();
  });
}

/** A page as it is on the wire. */
export function page(
  ids: readonly string[],
  cursors: { before?: string | null; after?: string | null },
): PageBody<{ id: string }> {
  return { data: ids.map((id) => ({ id })), pagination: { before: null, after: null, ...cursors } };
}

function answering(answer: (query: URLSearchParams) => Response | Promise<Response>): Shelf {
  const asked: string[] = [];
  const requests: Request[] = [];
  return {
    asked,
    requests,
    async fetch(request) {
      const { search, searchParams } = new URL(request.url);
      asked.push(search);
      // A client that goes round in circles would never let the test end.
      if (asked.length > 100) throw new Error("this list was asked far too often");
      requests.push(request);
      return answer(searchParams);
    },
  };
}

/** The IDs of records, in the order in which they come. */
export async function idsOf(records: AsyncIterable<{ id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of records) ids.push(id);
  return ids;
}
