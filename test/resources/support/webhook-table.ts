import type { Webhook, WebhookCreate, WebhookUpdate } from "../../../src/index.ts";

/** A webhook as Enode keeps it, with what it never returns. */
export interface Row extends Webhook {
  secret: string;
  headerValue: string | undefined;
}

export interface TableOptions {
  /** Whether a second webhook of the same URL is refused with 400. Which it is nobody knows. */
  refuseDuplicates?: boolean;
  pageSize?: number;
  /** Nobody knows the order of Enode's lists either. */
  newestFirst?: boolean;
}

/** The webhooks of one client at Enode, shared by all its servers. */
export class WebhookTable {
  readonly rows: Row[] = [];
  /** What was asked, such as `GET`, `POST`, `PATCH w-1`. */
  readonly asked: string[] = [];
  /** The bodies that were sent, in order. */
  readonly bodies: unknown[] = [];
  readonly #options: TableOptions;
  #made = 0;

  constructor(options: TableOptions = {}) {
    this.#options = options;
  }

  /** Puts a webhook there, as if it had been made before. */
  add(url: string, more: Partial<Row> = {}): Row {
    const count = ++this.#made;
    const row: Row = {
      id: `w-${count}`,
      url,
      secret: "an older secret",
      headerValue: undefined,
      events: ["user:vehicle:updated"],
      lastSuccess: "2026-01-01T00:00:00.000Z",
      isActive: true,
      createdAt: `2026-01-01T00:00:0${count}.000Z`,
      apiVersion: null,
      authentication: null,
      ...more,
    };
    this.rows.push(row);
    return row;
  }

  of(url: string): Row[] {
    return this.rows.filter((row) => row.url === url);
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const id = pathname.split("/")[2];
    const body: unknown = request.body ? await request.json() : undefined;
    this.asked.push([request.method, id].filter(Boolean).join(" "));
    // A client that goes round in circles would never let the test end.
    if (this.asked.length > 200) throw new Error("the table was asked far too often");
    if (body) this.bodies.push(body);
    switch (request.method) {
      case "GET":
        return this.#list(searchParams.get("after"));
      case "POST":
        return this.#create(body as WebhookCreate);
      case "PATCH":
        return this.#update(id, body as WebhookUpdate);
      default:
        return this.#delete(id);
    }
  };

  #list(after: string | null): Response {
    const { pageSize = 100, newestFirst } = this.#options;
    const sorted = newestFirst ? this.rows.toReversed() : this.rows;
    // By number and not by place, so that a delete between two pages hides nothing.
    const beyond = (row: Row) => (newestFirst ? -1 : 1) * (numberOf(row) - Number(after)) > 0;
    const rest = after === null ? sorted : sorted.filter(beyond);
    const page = rest.slice(0, pageSize);
    const last = page.at(-1);
    const more = last !== undefined && rest.length > pageSize;
    return Response.json({
      data: page.map(shown),
      pagination: { before: null, after: more ? String(numberOf(last)) : null },
    });
  }

  #create({ url, secret, events, apiVersion, authentication }: WebhookCreate): Response {
    if (this.#options.refuseDuplicates && this.of(url).length > 0) return refusal(400);
    const row = this.add(url, {
      secret,
      headerValue: authentication?.headerValue,
      events: events ?? ["*"],
      apiVersion: apiVersion ?? null,
      authentication: authentication ? { headerName: authentication.headerName } : null,
    });
    return Response.json(shown(row));
  }

  #update(id: string | undefined, change: WebhookUpdate): Response {
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) return refusal(404);
    const { authentication, ...rest } = change;
    Object.assign(row, rest, { isActive: true });
    if (authentication !== undefined) {
      row.authentication = authentication && { headerName: authentication.headerName };
      row.headerValue = authentication?.headerValue;
    }
    return Response.json(shown(row));
  }

  #delete(id: string | undefined): Response {
    const at = this.rows.findIndex((each) => each.id === id);
    if (at === -1) return refusal(404);
    this.rows.splice(at, 1);
    return new Response(null, { status: 204 });
  }
}

function numberOf({ id }: Row): number {
  return Number(id.slice(2));
}

/** What Enode returns of a webhook. */
function shown({ secret: _secret, headerValue: _value, ...rest }: Row): Webhook {
  return rest;
}

export function refusal(status: number, detail = "More about it."): Response {
  const problem = { type: "https://example.com/problems/some-kind", title: "No.", detail };
  return Response.json(problem, { status });
}
