import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Page, PageQuery, Vehicle } from "../../src/index.ts";
import {
  clientOver,
  failureOf,
  hang,
  listenersOf,
  settle,
  unhandledDuring,
} from "../resources/support/client.ts";
import { idsOf, page, pages, shelf } from "./support/shelf.ts";

const list = (over: { fetch: (request: Request) => Promise<Response> }, ...rest: Arguments) =>
  clientOver(over.fetch).vehicles.list(...rest);
type Arguments = Parameters<ReturnType<typeof clientOver>["vehicles"]["list"]>;

const ids = ({ data }: Page<Vehicle>) => data.map(({ id }) => id);

describe("a list that is awaited", () => {
  it("gives its first page", async () => {
    const source = shelf({ total: 5 });
    const first = await list(source, { pageSize: 3 });
    expect(ids(first)).toEqual(["0", "1", "2"]);
    expect(first.pagination).toEqual({ before: null, after: "3" });
    expect(source.asked).toEqual(["?pageSize=3"]);
  });

  it("asks for that page once, however often it is awaited", async () => {
    const source = shelf({ total: 1 });
    const vehicles = list(source);
    expect(await vehicles).toBe(await vehicles);
    expect(await vehicles.withResponse()).toMatchObject({ data: await vehicles });
    expect(source.asked).toEqual([""]);
  });

  it("sends nothing before it is used", async () => {
    const source = shelf({ total: 1 });
    list(source);
    list(source).pages();
    await settle();
    expect(source.asked).toEqual([]);
  });

  it("can be caught and ended like a promise", async () => {
    const broken = { fetch: async () => Response.json({}, { status: 404 }) };
    expect(await list(broken).catch((error) => error)).toMatchObject({ status: 404 });
    let ended = 0;
    expect(await failureOf(list(broken).finally(() => ended++))).toMatchObject({ status: 404 });
    expect(ids(await list(shelf({ total: 1 })).finally(() => ended++))).toEqual(["0"]);
    expect(ended).toBe(2);
  });

  it("returns the response of its first page", async () => {
    const fetch = async () =>
      Response.json(page(["a"], {}), { headers: { "x-request-id": "req-7" } });
    const { data, response, requestId } = await list({ fetch }).withResponse();
    expect(ids(data)).toEqual(["a"]);
    expect(response.status).toBe(200);
    expect(requestId).toBe("req-7");
  });

  it("leaves no failure unhandled when only withResponse() is used", async () => {
    const broken = { fetch: async () => Response.json({}, { status: 404 }) };
    const unhandled = await unhandledDuring(async () => {
      expect(await failureOf(list(broken).withResponse())).toMatchObject({ status: 404 });
    });
    expect(unhandled).toEqual([]);
  });
});

describe("a page", () => {
  it("leads to the next and to the previous one", async () => {
    const source = shelf({ total: 5 });
    const first = await list(source, { pageSize: 2 });
    const second = await first.next();
    const third = await second.next();
    const again = await third.previous();
    expect([first, second, third, again].map(ids)).toEqual([
      ["0", "1"],
      ["2", "3"],
      ["4"],
      ["2", "3"],
    ]);
    expect(source.asked).toEqual([
      "?pageSize=2",
      "?pageSize=2&after=2",
      "?pageSize=2&after=4",
      "?pageSize=2&before=4",
    ]);
  });

  it("knows where the list ends", async () => {
    const first = await list(shelf({ total: 3 }));
    const last = await first.next();
    expect([first.hasPrevious(), first.hasNext()]).toEqual([false, true]);
    expect([last.hasPrevious(), last.hasNext()]).toEqual([true, false]);
    expect(await failureOf(last.next())).toMatchObject({
      name: "ConfigurationError",
      parameter: "next",
    });
    expect(await failureOf(first.previous())).toMatchObject({
      name: "ConfigurationError",
      parameter: "previous",
    });
  });

  it("takes a cursor that is left out for the end", async () => {
    const only = await list({ fetch: async () => Response.json({ data: [{ id: "a" }] }) });
    expect([only.hasPrevious(), only.hasNext()]).toEqual([false, false]);
  });

  it("does not lead back to itself", async () => {
    const source = pages({
      "": () => Response.json(page(["a"], { after: "x" })),
      x: () => Response.json(page(["b"], { after: "x" })),
    });
    const second = await (await list(source)).next();
    expect(await failureOf(second.next())).toMatchObject({ name: "PaginationLoopError" });
    expect(source.asked).toHaveLength(2);
  });

  it("is refused when it holds no data", async () => {
    for (const body of [{}, { data: null }, { data: { 0: "a" } }, [], "text", null, 7]) {
      const vehicles = list({ fetch: async () => Response.json(body) });
      const expected = { name: "ResponseValidationError", code: "schema_mismatch" };
      expect(await failureOf(vehicles)).toMatchObject(expected);
      expect(await failureOf(idsOf(vehicles))).toMatchObject(expected);
    }
  });
});

describe("iterating", () => {
  it("goes over the records of all pages", async () => {
    const source = shelf({ total: 5 });
    expect(await idsOf(list(source))).toEqual(["0", "1", "2", "3", "4"]);
    expect(source.asked).toEqual(["", "?after=2", "?after=4"]);
  });

  it("goes over pages, also empty ones in the middle", async () => {
    const source = pages({
      "": () => Response.json(page(["a"], { after: "x" })),
      x: () => Response.json(page([], { after: "y" })),
      y: () => Response.json(page(["b"], {})),
    });
    const seen: string[][] = [];
    for await (const each of list(source).pages()) seen.push(ids(each));
    expect(seen).toEqual([["a"], [], ["b"]]);
    expect(await idsOf(list(source))).toEqual(["a", "b"]);
  });

  it("begins after a cursor", async () => {
    expect(await idsOf(list(shelf({ total: 5 }), { after: "3" }))).toEqual(["3", "4"]);
  });

  it("runs backwards from a cursor, page by page", async () => {
    const source = shelf({ total: 5 });
    const seen: string[][] = [];
    for await (const each of list(source, { before: "5" }).pages()) seen.push(ids(each));
    expect(seen).toEqual([["3", "4"], ["1", "2"], ["0"]]);
    expect(source.asked).toEqual(["?before=5", "?before=3", "?before=1"]);
  });

  it("starts again each time", async () => {
    const vehicles = list(shelf({ total: 3 }));
    expect(await idsOf(vehicles)).toEqual(await idsOf(vehicles));
  });

  it("gives every record once, forwards and backwards", async () => {
    const anyList = fc.record({
      total: fc.nat(40),
      pageSize: fc.integer({ min: 1, max: 12 }),
      prefetch: fc.constantFrom(0 as const, 1 as const),
    });
    await fc.assert(
      fc.asyncProperty(anyList, async ({ total, pageSize, prefetch }) => {
        const all = Array.from({ length: total }, (_, index) => String(index));
        const forwards = shelf({ total });
        expect(await idsOf(list(forwards, { pageSize }, { prefetch }))).toEqual(all);
        expect(forwards.asked).toHaveLength(Math.max(1, Math.ceil(total / pageSize)));
        const backwards: string[][] = [];
        const query = { pageSize, before: String(total) };
        for await (const each of list(shelf({ total }), query, { prefetch }).pages()) {
          backwards.push(ids(each));
        }
        expect(backwards.reverse().flat()).toEqual(all);
      }),
      { numRuns: 50 },
    );
  });

  it("stops requesting pages after a break", async () => {
    const source = shelf({ total: 10 });
    for await (const { id } of list(source)) if (id === "2") break;
    await settle();
    expect(source.asked).toEqual(["", "?after=2"]);
  });

  it("stops requesting pages after an error in the loop", async () => {
    const source = shelf({ total: 10 });
    const loop = async () => {
      for await (const { id } of list(source, {}, { prefetch: 1 })) throw new Error(`no ${id}`);
    };
    await expect(loop()).rejects.toThrow("no 0");
    await settle();
    expect(source.asked.length).toBeLessThanOrEqual(2);
  });

  it("gives the records that came before a page that failed", async () => {
    for (const prefetch of [0, 1] as const) {
      const source = pages({
        "": () => Response.json(page(["a"], { after: "x" })),
        x: () => Response.json(page(["b"], { after: "y" })),
        y: () => Response.json({}, { status: 403 }),
      });
      const seen: string[] = [];
      const unhandled = await unhandledDuring(async () => {
        const loop = async () => {
          for await (const { id } of list(source, {}, { prefetch })) {
            seen.push(id);
            await settle();
          }
        };
        expect(await failureOf(loop())).toMatchObject({ name: "PermissionError" });
      });
      expect(seen).toEqual(["a", "b"]);
      expect(unhandled).toEqual([]);
    }
  });

  it.each([
    ["the page itself", { "": "x", x: "x" }],
    ["a page before it", { "": "x", x: "y", y: "x" }],
  ] satisfies [string, Record<string, string>][])(
    "ends with an error when a page leads to %s",
    async (_, cursors) => {
      for (const prefetch of [0, 1] as const) {
        const source = pages(
          Object.fromEntries(
            Object.entries(cursors).map(([at, after]) => [
              at,
              () => Response.json(page([at], { after })),
            ]),
          ),
        );
        expect(await failureOf(idsOf(list(source, {}, { prefetch })))).toMatchObject({
          name: "PaginationLoopError",
          code: "pagination_loop",
          operation: "listVehicles",
        });
        expect(source.asked).toHaveLength(Object.keys(cursors).length);
      }
    },
  );

  it("keeps no page that was consumed", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    for (const prefetch of [0, 1] as const) {
      const seen: WeakRef<Page<Vehicle>>[] = [];
      for await (const each of list(shelf({ total: 10 }), {}, { prefetch }).pages()) {
        seen.push(new WeakRef(each));
        await settle();
        collectGarbage();
      }
      const kept = seen.slice(0, -2).filter((page) => page.deref() !== undefined);
      expect(kept).toEqual([]);
    }
  });

  it("ends with an error when the first page leads to the cursor it was asked for", async () => {
    const source = pages({ x: () => Response.json(page(["a"], { before: "x", after: "x" })) });
    for (const query of [{ after: "x" }, { before: "x" }]) {
      expect(await failureOf(idsOf(list(source, query)))).toMatchObject({
        name: "PaginationLoopError",
      });
    }
  });
});

describe("fetching ahead", () => {
  it("does not happen unless asked for", async () => {
    const source = shelf({ total: 10 });
    let seen = 0;
    for await (const _ of list(source).pages()) {
      await settle();
      expect(source.asked).toHaveLength(++seen);
    }
    expect(seen).toBe(5);
  });

  it("is one page ahead and never more", async () => {
    const source = shelf({ total: 10 });
    let seen = 0;
    for await (const _ of list(source, {}, { prefetch: 1 }).pages()) {
      await settle();
      expect(source.asked).toHaveLength(Math.min(5, ++seen + 1));
    }
    expect(seen).toBe(5);
  });

  it("ends with a break, and takes the request under way with it", async () => {
    const { signal } = new AbortController();
    const requests: Request[] = [];
    const fetch = (request: Request) => {
      requests.push(request);
      return requests.length > 1
        ? hang(request)
        : Promise.resolve(Response.json(page(["a", "b"], { after: "x" })));
    };
    const unhandled = await unhandledDuring(async () => {
      for await (const _ of list({ fetch }, {}, { prefetch: 1, signal })) {
        await settle();
        expect(requests[1]?.signal.aborted).toBe(false);
        break;
      }
      await settle();
    });
    expect(requests).toHaveLength(2);
    expect(requests[1]?.signal.aborted).toBe(true);
    expect(unhandled).toEqual([]);
    expect(listenersOf(signal)).toBe(0);
  });

  it("leaves no listener on the caller's signal", async () => {
    const { signal } = new AbortController();
    for await (const _ of list(shelf({ total: 9 }), {}, { prefetch: 1, signal })) {
      expect(listenersOf(signal)).toBeLessThanOrEqual(2);
    }
    await settle();
    expect(listenersOf(signal)).toBe(0);
  });

  it("is aborted by the caller's signal, for its reason", async () => {
    const controller = new AbortController();
    const requests: Request[] = [];
    const fetch = (request: Request) => {
      requests.push(request);
      return requests.length > 1
        ? hang(request)
        : Promise.resolve(Response.json(page(["a"], { after: "x" })));
    };
    const { signal } = controller;
    const loop = async () => {
      for await (const _ of list({ fetch }, {}, { prefetch: 1, signal })) {
        await settle();
        controller.abort(new Error("the user left"));
      }
    };
    expect(await failureOf(loop())).toMatchObject({
      name: "AbortError",
      cause: { message: "the user left" },
    });
    expect(requests[1]?.signal.aborted).toBe(true);
    expect(listenersOf(signal)).toBe(0);
  });

  it("does not begin once the caller has aborted", async () => {
    const source = shelf({ total: 10 });
    const controller = new AbortController();
    const { signal } = controller;
    const loop = async () => {
      for await (const _ of list(source, {}, { prefetch: 1, signal }).pages()) {
        await settle();
        controller.abort();
      }
    };
    expect(await failureOf(loop())).toMatchObject({ name: "AbortError" });
    await settle();
    expect(source.asked).toHaveLength(2);
  });

  it("takes nothing but 0 and 1", async () => {
    for (const prefetch of [2, -1, true, "1"]) {
      const refused = { name: "ConfigurationError", parameter: "prefetch" };
      const source = shelf({ total: 1 });
      const vehicles = list(source, {}, { prefetch: prefetch as 1 });
      expect(await failureOf(vehicles)).toMatchObject(refused);
      expect(await failureOf(vehicles.toArray({ limit: 1 }))).toMatchObject(refused);
      expect(source.asked).toEqual([]);
    }
  });
});

describe("aborting", () => {
  it("ends an iteration between two pages", async () => {
    const source = shelf({ total: 10 });
    const controller = new AbortController();
    const seen: string[] = [];
    const loop = async () => {
      for await (const { id } of list(source, {}, { signal: controller.signal })) {
        seen.push(id);
        if (id === "3") controller.abort();
      }
    };
    expect(await failureOf(loop())).toMatchObject({ name: "AbortError" });
    expect(seen).toEqual(["0", "1", "2", "3"]);
    expect(source.asked).toHaveLength(2);
  });

  it("ends an iteration while a page is under way", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const fetch = (request: Request) => {
      if (!request.url.includes("after")) {
        return Promise.resolve(Response.json(page(["a"], { after: "x" })));
      }
      queueMicrotask(() => controller.abort());
      return hang(request);
    };
    expect(await failureOf(idsOf(list({ fetch }, {}, { signal })))).toMatchObject({
      name: "AbortError",
    });
    expect(listenersOf(signal)).toBe(0);
  });
});

describe("toArray", () => {
  it("gives up to as many records as asked for", async () => {
    for (const [limit, length] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [5, 5],
      [99, 5],
      [Number.POSITIVE_INFINITY, 5],
    ] as const) {
      const records = await list(shelf({ total: 5 })).toArray({ limit });
      expect(records.map(({ id }) => id)).toEqual(["0", "1", "2", "3", "4"].slice(0, length));
    }
  });

  it("stops requesting pages once it has enough", async () => {
    const source = shelf({ total: 10 });
    await list(source).toArray({ limit: 4 });
    await settle();
    expect(source.asked).toEqual(["", "?after=2"]);
  });

  it.each([
    ["nothing at all", undefined],
    ["no limit", {}],
    ["0", { limit: 0 }],
    ["a negative number", { limit: -1 }],
    ["NaN", { limit: Number.NaN }],
    ["a fraction", { limit: 1.5 }],
    ["a string", { limit: "5" }],
    ["null", { limit: null }],
  ])("refuses %s as its limit, and sends nothing", async (_, options) => {
    const source = shelf({ total: 1 });
    // What a caller without types can pass.
    const { toArray } = list(source) as { toArray(options: unknown): Promise<Vehicle[]> };
    expect(await failureOf(toArray.call(list(source), options))).toMatchObject({
      name: "ConfigurationError",
      code: "invalid_argument",
      parameter: "limit",
    });
    expect(source.asked).toEqual([]);
  });
});

describe("an invalid query", () => {
  it.each([
    ["both cursors", { after: "a", before: "b" }, "before"],
    ["a page size of 0", { pageSize: 0 }, "pageSize"],
    ["a page size that is no number", { pageSize: Number.NaN }, "pageSize"],
    ["a page size of a half", { pageSize: 0.5 }, "pageSize"],
    ["a name that nobody knows", { limit: 5 }, "limit"],
  ])("is refused before anything is sent: %s", async (_, query, parameter) => {
    const source = shelf({ total: 1 });
    const expected = { name: "ConfigurationError", parameter };
    const vehicles = list(source, query as PageQuery);
    expect(await failureOf(vehicles)).toMatchObject(expected);
    expect(await failureOf(idsOf(vehicles))).toMatchObject(expected);
    expect(await failureOf(vehicles.toArray({ limit: 1 }))).toMatchObject(expected);
    expect(source.asked).toEqual([]);
  });
});

describe("an answer with cursors that are none", () => {
  it.each([{ id: 1 }, ["a"]])("is the server's mistake: %j", async (after) => {
    const fetch = () =>
      Promise.resolve(Response.json({ data: [], pagination: { after, before: null } }));

    expect(await failureOf(idsOf(list({ fetch })))).toMatchObject({
      name: "ResponseValidationError",
      code: "schema_mismatch",
    });
  });
});

describe("empty pages with ever new cursors", () => {
  const endless = (hasRecord: (nth: number) => boolean) => {
    let nth = 0;
    return {
      asked: () => nth,
      fetch: () => {
        nth++;
        return Promise.resolve(
          Response.json({
            data: hasRecord(nth) ? [{ id: `${nth}` }] : [],
            pagination: { after: nth > 2_500 ? null : `c-${nth}`, before: null },
          }),
        );
      },
    };
  };

  it("end after 1,000 in a row", async () => {
    const { fetch, asked } = endless(() => false);

    expect(await failureOf(idsOf(list({ fetch })))).toMatchObject({ code: "pagination_loop" });
    expect(asked()).toBe(1_000);
  });

  it("are followed when a record comes in between", async () => {
    const { fetch } = endless((nth) => nth % 999 === 0);

    expect(await idsOf(list({ fetch }))).toEqual(["999", "1998"]);
  });
});
