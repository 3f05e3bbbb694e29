import { examplesBeside } from "../../contract/support/inputs.ts";
import { findOperation } from "../../support/contract.ts";
import type { DescribedOperation } from "../../support/openapi.ts";

/** The end user of the tests. */
export const me = "user me";
/** Somebody else, whose data must stay theirs. */
export const other = "user other";

/** IDs name their owner: `mine-…` and `theirs-…`; all others exist nowhere. */
export const ids = { mine: "mine-1", theirs: "theirs-1", nobodys: "nobodys-1" } as const;

const ownerOf = (id: string) =>
  id.startsWith("mine") ? me : id.startsWith("theirs") ? other : undefined;

/** A simulated API in which two users have one of everything. */
export interface TwoHomes {
  readonly fetch: (request: Request) => Promise<Response>;
  /** What was asked, such as `GET /vehicles/mine-1`. */
  readonly asked: string[];
  readonly requests: Request[];
  /** What to answer to operations instead of the usual. */
  readonly instead: Map<string, (request: Request) => Promise<Response>>;
}

export function twoHomes(): TwoHomes {
  const asked: string[] = [];
  const requests: Request[] = [];
  const instead: TwoHomes["instead"] = new Map();
  return {
    asked,
    requests,
    instead,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(`${request.method} ${decodeURIComponent(pathname)}`);
      requests.push(request);
      const operation = findOperation(request.method, pathname);
      if (operation === undefined)
        throw new Error(`${request.method} ${pathname} is not described`);
      const special = instead.get(operation.id);
      return special === undefined ? answer(operation, pathname) : special(request);
    },
  };
}

/** Enode answers to the whole client, whoever asks: it does not know of users of ours who ask. */
function answer(operation: DescribedOperation, pathname: string): Response {
  const parameters = parametersOf(operation, pathname);
  const [name, id = ""] = parameters.find(([each]) => each !== "userId") ?? [];
  const isOwned = name !== undefined && !["vendor", "tariffId", "webhookId"].includes(name);
  const owner = isOwned ? ownerOf(id) : parameters.find(([each]) => each === "userId")?.[1];
  if (isOwned && owner === undefined) return notFound(id);
  const [status, schema] = successOf(operation);
  if (schema === undefined) return new Response(null, { status });
  const [example] = examplesBeside(schema);
  return Response.json(owned(example, owner ?? other, id), { status });
}

/** An example of the description, made to belong to a user. */
function owned(example: unknown, owner: string, id: string): unknown {
  if (typeof example !== "object" || example === null || Array.isArray(example)) return example;
  const copy = new Map<string, unknown>(Object.entries(example));
  if (copy.has("userId")) copy.set("userId", owner);
  if (copy.has("id") && id !== "") copy.set("id", id);
  if (copy.has("targetId")) copy.set("targetId", owner === me ? ids.mine : ids.theirs);
  const data = copy.get("data");
  if (copy.has("pagination") && Array.isArray(data)) {
    copy.set(
      "data",
      data.map((each) => owned(each, owner, owner === me ? ids.mine : ids.theirs)),
    );
    copy.set("pagination", { after: null, before: null });
  }
  return Object.fromEntries(copy);
}

/** As Enode may answer: with more about the request than one user should see. */
function notFound(id: string): Response {
  const problem = {
    type: "https://developers.enode.com/api/problems/not-found",
    title: "Not Found",
    detail: `There is no ${id}.`,
  };
  const headers = { "content-type": "application/problem+json", "x-request-id": `req-${id}` };
  return new Response(JSON.stringify(problem), { status: 404, headers });
}

function successOf({ id, responses }: DescribedOperation): [number, string | undefined] {
  for (const [status, { schema }] of responses) {
    if (status.startsWith("2")) return [Number(status), schema];
  }
  throw new Error(`${id} never succeeds`);
}

function parametersOf({ path }: DescribedOperation, pathname: string): [string, string][] {
  const segments = pathname.split("/").map(decodeURIComponent);
  return path.split("/").flatMap((part, at): [string, string][] => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    return name === undefined ? [] : [[name, segments[at] ?? ""]];
  });
}
