import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { apiVersion } from "../../generated/version.ts";
import type { Enode, EnodeError, RequestOptions, WebhookCreate } from "../../src/index.ts";
import { clientOver, failureOf, hang, listenersOf } from "./support/client.ts";
import { refusal, WebhookTable } from "./support/webhook-table.ts";
import "../support/lazy-modules.ts";

const url = "https://example.com/hooks/enode";
const foreignUrl = "https://example.com/hooks/other";
const secret = "0123456789abcdef0123456789abcdef";
const wanted: WebhookCreate = { url, secret };
/** What everything that is left out stands for. */
const defaults = { events: ["*"], apiVersion };

/** Answers in place of the table; undefined leaves the request to it. */
type Instead = (asked: string, request: Request) => Promise<Response | undefined> | undefined;

/** A client over a table, some of whose requests are answered otherwise. */
function over(table: WebhookTable, instead: Instead = () => undefined) {
  const asked: string[] = [];
  const enode = clientOver(async (request) => {
    const what = [request.method, new URL(request.url).pathname.split("/")[2]];
    const name = what.filter(Boolean).join(" ");
    asked.push(name);
    return (await instead(name, request)) ?? table.fetch(request);
  });
  return { enode, asked };
}

/** Answers the nth request of that name in another way. */
function once(
  name: string,
  answer: (request: Request) => Promise<Response | undefined>,
  nth = 1,
): Instead {
  let count = 0;
  return (asked, request) => (asked === name && ++count === nth ? answer(request) : undefined);
}

const reset = async (): Promise<never> => {
  throw Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  });
};

afterEach(() => {
  vi.useRealTimers();
});

describe("webhooks.ensure", () => {
  it("creates the subscription, and needs no more when nobody else did", async () => {
    const table = new WebhookTable();
    const { enode, asked } = over(table);
    const webhook = await enode.webhooks.ensure(wanted);
    expect(webhook).toMatchObject({ id: "w-1", url, isActive: true });
    expect(asked).toEqual(["GET", "POST", "GET"]);
    expect(table.bodies).toEqual([{ url, secret, ...defaults }]);
  });

  it("writes all of the one that is there, and so reactivates it", async () => {
    const table = new WebhookTable();
    table.add(url, {
      isActive: false,
      apiVersion: "2023-08-01",
      authentication: { headerName: "x-old" },
    });
    const { enode, asked } = over(table);
    const webhook = await enode.webhooks.ensure(wanted);
    expect(webhook).toMatchObject({ id: "w-1", isActive: true, ...defaults, authentication: null });
    expect(asked).toEqual(["GET", "PATCH w-1"]);
    expect(table.bodies).toEqual([{ secret, ...defaults, authentication: null }]);
  });

  it.each([true, false])("sets what is given: one is there %s", async (isThere) => {
    const table = new WebhookTable();
    if (isThere) table.add(url);
    const authentication = { headerName: "x-key", headerValue: "value-1" };
    const subscription = { ...wanted, events: ["user:vehicle:updated"], authentication };
    await over(table).enode.webhooks.ensure({ ...subscription, apiVersion: null });
    expect(table.rows).toEqual([
      expect.objectContaining({
        secret,
        events: ["user:vehicle:updated"],
        apiVersion: null,
        authentication: { headerName: "x-key" },
        headerValue: "value-1",
      }),
    ]);
  });

  it("changes nothing when it is called again", async () => {
    const table = new WebhookTable();
    const { enode } = over(table);
    const first = await enode.webhooks.ensure(wanted);
    const rows = structuredClone(table.rows);
    expect(await enode.webhooks.ensure(wanted)).toEqual(first);
    expect(table.rows).toEqual(rows);
  });

  it("reads all pages, and leaves other addresses alone", async () => {
    const table = new WebhookTable({ pageSize: 2 });
    for (let count = 0; count < 4; count++) table.add(foreignUrl);
    table.add("not a URL at all");
    table.add(`${url}/`);
    const others = structuredClone(table.rows);
    table.add(url);
    const { enode, asked } = over(table);
    await enode.webhooks.ensure(wanted);
    expect(asked).toEqual(["GET", "GET", "GET", "GET", "PATCH w-7"]);
    expect(table.rows.slice(0, -1)).toEqual(others);
  });

  it("knows its address in another spelling", async () => {
    const table = new WebhookTable();
    table.add("https://EXAMPLE.com:443/x/../hooks/enode");
    const { enode, asked } = over(table);
    await enode.webhooks.ensure(wanted);
    expect(asked).toEqual(["GET", "PATCH w-1"]);
  });

  it.each([true, false])(
    "of several keeps the oldest, whatever the order of the list: newest first %s",
    async (newestFirst) => {
      const table = new WebhookTable({ newestFirst });
      table.add(url, { createdAt: "2026-01-02T00:00:00.000Z" });
      table.add(url, { createdAt: "2026-01-01T00:00:00.000Z" });
      table.add(url, { createdAt: "2026-01-01T00:00:00.000Z" });
      const { enode, asked } = over(table);
      expect(await enode.webhooks.ensure(wanted)).toMatchObject({ id: "w-2", ...defaults });
      expect(table.rows).toMatchObject([{ id: "w-2", secret }]);
      // One is in force at any time.
      expect(asked.slice(0, 2)).toEqual(["GET", "PATCH w-2"]);
      expect(asked.slice(2).sort()).toEqual(["DELETE w-1", "DELETE w-3"]);
    },
  );

  it("does not mind that another server has deleted the others", async () => {
    const table = new WebhookTable();
    for (let count = 0; count < 3; count++) table.add(url);
    const { enode } = over(
      table,
      once("DELETE w-2", async () => refusal(404)),
    );
    expect(await enode.webhooks.ensure(wanted)).toMatchObject({ id: "w-1" });
    expect(table.rows.map(({ id }) => id)).toEqual(["w-1", "w-2"]);
  });

  it("fails when another cannot be deleted", async () => {
    const table = new WebhookTable();
    table.add(url);
    table.add(url);
    const { enode } = over(
      table,
      once("DELETE w-2", async () => refusal(403)),
    );
    expect(await failureOf(enode.webhooks.ensure(wanted))).toMatchObject({ status: 403 });
  });

  it("cannot be reached by one who holds a user's scope", () => {
    expect("webhooks" in clientOver(hang).user("user-1")).toBe(false);
  });
});

describe("a create that fails", () => {
  /** Another server is first, between our list and our create. */
  const overtaken = (table: WebhookTable, status: number) =>
    once("POST", async () => {
      table.add(url);
      return refusal(status);
    });

  it.each([400, 409])(
    "is no failure with a %i because another server was first",
    async (status) => {
      const table = new WebhookTable();
      const { enode, asked } = over(table, overtaken(table, status));
      expect(await enode.webhooks.ensure(wanted)).toMatchObject({ id: "w-1", ...defaults });
      expect(asked).toEqual(["GET", "POST", "GET", "PATCH w-1"]);
      expect(table.rows).toMatchObject([{ secret }]);
    },
  );

  /** The request arrives, and its answer does not. */
  const lost = (table: WebhookTable, answer: (request: Request) => Promise<Response>) =>
    once("POST", async (request) => {
      await table.fetch(request.clone());
      return answer(request);
    });

  it.each<[string, (request: Request) => Promise<Response>]>([
    ["a reset", reset],
    ["a time-out", hang],
    ["a 502", async () => refusal(502)],
    ["an answer that is cut off", async () => new Response('{"id":"w-')],
    ["an answer that is a page", async () => new Response("<html>")],
  ])("is no failure when only its answer was lost, by %s", async (_, answer) => {
    const table = new WebhookTable();
    const { enode, asked } = over(table, lost(table, answer));
    const webhook = await enode.webhooks.ensure(wanted, { timeout: 50 });
    expect(webhook).toMatchObject({ id: "w-1", ...defaults });
    expect(asked).toEqual(["GET", "POST", "GET", "PATCH w-1"]);
    expect(table.rows).toHaveLength(1);
  });

  it.each<[string, object, () => Promise<Response>]>([
    ["a 400", { status: 400 }, async () => refusal(400)],
    ["a 503", { status: 503 }, async () => refusal(503)],
    ["a reset", { name: "ConnectionError" }, reset],
  ])("is the failure when there is nothing, and so with %s", async (_, expected, answer) => {
    const table = new WebhookTable();
    const { enode, asked } = over(table, once("POST", answer));
    const failure = await failureOf(enode.webhooks.ensure(wanted));
    expect(failure).toMatchObject({ operation: "createWebhook", ...expected });
    expect(asked).toEqual(["GET", "POST", "GET"]);
  });

  it("is the failure when the list fails too", async () => {
    const table = new WebhookTable();
    const create = once("POST", async () => refusal(503));
    const list = once("GET", async () => refusal(500), 2);
    const { enode } = over(table, (...request) => create(...request) ?? list(...request));
    expect(await failureOf(enode.webhooks.ensure(wanted))).toMatchObject({
      operation: "createWebhook",
      status: 503,
    });
  });

  it.each([401, 403, 422, 429])("is the failure at once with a %i", async (status) => {
    const { enode, asked } = over(new WebhookTable(), (name) =>
      name === "POST" ? Promise.resolve(refusal(status)) : undefined,
    );
    expect(await failureOf(enode.webhooks.ensure(wanted))).toMatchObject({ status });
    expect(asked.filter((name) => name === "GET")).toHaveLength(1);
  });
});

describe("a create that another server repeated", () => {
  it("is followed by a choice, of which one is left", async () => {
    const table = new WebhookTable();
    const { enode, asked } = over(
      table,
      once("POST", async () => {
        table.add(url);
        return undefined;
      }),
    );
    expect(await enode.webhooks.ensure(wanted)).toMatchObject({ id: "w-1", ...defaults });
    expect(asked).toEqual(["GET", "POST", "GET", "PATCH w-1", "DELETE w-2"]);
    expect(table.rows).toMatchObject([{ id: "w-1", secret }]);
  });

  it("is not repeated because the list lags behind", async () => {
    const table = new WebhookTable();
    const empty = { data: [], pagination: { after: null, before: null } };
    const { enode, asked } = over(
      table,
      once("GET", async () => Response.json(empty), 2),
    );
    expect(await enode.webhooks.ensure(wanted)).toMatchObject({ id: "w-1" });
    expect(asked).toEqual(["GET", "POST", "GET"]);
    expect(table.rows).toHaveLength(1);
  });
});

describe("a webhook that vanishes before it is updated", () => {
  it("is found or made again", async () => {
    const table = new WebhookTable();
    table.add(url);
    const { enode, asked } = over(
      table,
      once("PATCH w-1", async () => {
        table.rows.length = 0;
        return refusal(404);
      }),
    );
    expect(await enode.webhooks.ensure(wanted)).toMatchObject({ id: "w-2", ...defaults });
    expect(asked).toEqual(["GET", "PATCH w-1", "GET", "POST", "GET"]);
  });

  it("is not searched without end", async () => {
    const table = new WebhookTable();
    table.add(url);
    const { enode, asked } = over(table, (name) =>
      name.startsWith("PATCH") ? Promise.resolve(refusal(404)) : undefined,
    );
    expect(await failureOf(enode.webhooks.ensure(wanted))).toMatchObject({
      name: "NotFoundError",
      operation: "updateWebhook",
    });
    expect(asked).toHaveLength(10);
  });
});

describe("servers that start at the same time", () => {
  it("end with one subscription, whatever happens in between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.record({
          servers: fc.integer({ min: 2, max: 3 }),
          refuseDuplicates: fc.boolean(),
          newestFirst: fc.boolean(),
          pageSize: fc.integer({ min: 1, max: 3 }),
          before: fc.array(fc.constantFrom(url, foreignUrl), { maxLength: 3 }),
        }),
        async (scheduler, { servers, before, ...options }) => {
          const table = new WebhookTable(options);
          for (const each of before) table.add(each, { isActive: false });
          const others = structuredClone(table.of(foreignUrl));
          const ensure = async (): Promise<unknown> => {
            const enode = clientOver(async (request) => {
              await scheduler.schedule(Promise.resolve(), `${request.method} arrives`);
              const answer = await table.fetch(request);
              await scheduler.schedule(Promise.resolve(), `${request.method} is answered`);
              return answer;
            });
            return enode.webhooks.ensure(wanted);
          };
          await scheduler.waitFor(Promise.all(Array.from({ length: servers }, ensure)));
          expect(table.of(url)).toMatchObject([
            { secret, ...defaults, authentication: null, isActive: true },
          ]);
          expect(table.of(foreignUrl)).toEqual(others);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the deadline of webhooks.ensure", () => {
  it("covers all requests, and each page of the list", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    const table = new WebhookTable({ pageSize: 1 });
    for (let count = 0; count < 4; count++) table.add(foreignUrl);
    const slowly = async (): Promise<undefined> => {
      await new Promise((resolve) => setTimeout(resolve, 400));
    };
    const { enode, asked } = over(table, slowly);
    const failure = failureOf(enode.webhooks.ensure(wanted, { deadline: 1_000 }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await failure).toMatchObject({ code: "deadline_exceeded", operation: "listWebhooks" });
    expect(asked).toEqual(["GET", "GET", "GET"]);
  });

  it("is 30 s, or that of the client", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    const endOf = async (enode: Enode, options?: RequestOptions) => {
      const begin = Date.now();
      const ended = failureOf(enode.webhooks.ensure(wanted, options)).then((error) => {
        expect(error).toMatchObject({ code: "deadline_exceeded" });
        return Date.now() - begin;
      });
      await vi.advanceTimersByTimeAsync(100_000);
      return ended;
    };
    const options = { timeout: 90_000 };
    expect(await endOf(clientOver(hang, options))).toBe(30_000);
    expect(await endOf(clientOver(hang, { ...options, deadline: 7_000 }))).toBe(7_000);
    expect(await endOf(clientOver(hang, options), { deadline: 3_000 })).toBe(3_000);
  });
});

describe("the signal of webhooks.ensure", () => {
  it.each(["GET", "POST", "GET after POST", "PATCH w-1", "DELETE w-2"])(
    "ends it during %s",
    async (during) => {
      const table = new WebhookTable();
      if (during.includes("w-")) for (let count = 0; count < 2; count++) table.add(url);
      const controller = new AbortController();
      const [name = "", after] = during.split(" after ");
      const { enode, asked } = over(
        table,
        once(
          name,
          (request) => {
            setImmediate(() => controller.abort(new Error("the server stops")));
            return hang(request);
          },
          after ? 2 : 1,
        ),
      );
      const { signal } = controller;
      expect(await failureOf(enode.webhooks.ensure(wanted, { signal }))).toMatchObject({
        name: "AbortError",
        cause: { message: "the server stops" },
      });
      expect(asked.at(-1)).toBe(name);
      expect(listenersOf(signal)).toBe(0);
    },
  );

  it("is what ended it, also in the check after a create that failed", async () => {
    const controller = new AbortController();
    const create = once("POST", async () => refusal(503));
    const list = once(
      "GET",
      (request) => {
        setImmediate(() => controller.abort());
        return hang(request);
      },
      2,
    );
    const { enode } = over(
      new WebhookTable(),
      (...request) => create(...request) ?? list(...request),
    );
    const failure = failureOf(enode.webhooks.ensure(wanted, { signal: controller.signal }));
    expect(await failure).toMatchObject({ name: "AbortError" });
  });
});

describe("what webhooks.ensure is given", () => {
  it.each<[string, string, unknown]>([
    ["nothing", "subscription", undefined],
    ["null", "subscription", null],
    ["no url", "url", { secret }],
    ["a url that is none", "url", { url: "example.com/hook", secret }],
    ["a url in the clear", "url", { url: "http://example.com/hook", secret }],
    ["another scheme", "url", { url: "ftp://127.0.0.1/hook", secret }],
    ["no secret", "secret", { url }],
    ["a secret that is a number", "secret", { url, secret: 1_234_567 }],
    ["a secret of 5 characters", "secret", { url, secret: "12345" }],
    ["a secret of 257 characters", "secret", { url, secret: "s".repeat(257) }],
    ["a secret with white space before", "secret", { url, secret: ` ${secret}` }],
    ["a secret with a line break after", "secret", { url, secret: `${secret}\n` }],
    ["no events", "events", { url, secret, events: [] }],
    ["events that are no list", "events", { url, secret, events: "*" }],
    ["events that are null", "events", { url, secret, events: null }],
  ])("is refused before anything is sent: %s", async (_, parameter, subscription) => {
    const { enode, asked } = over(new WebhookTable());
    const failure = await failureOf(enode.webhooks.ensure(subscription as WebhookCreate));
    expect(failure).toMatchObject({
      name: "ConfigurationError",
      code: "invalid_argument",
      parameter,
      message: expect.stringContaining(parameter),
    });
    const given = (subscription as { secret?: unknown } | undefined | null)?.secret;
    if (parameter === "secret" && given) expect(failure.message).not.toContain(String(given));
    expect(asked).toEqual([]);
  });

  it.each([
    { deadline: 0 },
    { deadline: Number.NaN },
    { signal: {} as AbortSignal },
    { maxRetries: -1 },
  ])("has options that can be: %o", async (options) => {
    const { enode, asked } = over(new WebhookTable());
    const failure = await failureOf(enode.webhooks.ensure(wanted, options));
    expect(failure).toMatchObject({ parameter: Object.keys(options)[0] });
    expect(asked).toEqual([]);
  });

  it.each([
    { url: "http://localhost:3000/hook", secret },
    { url: "http://127.0.0.1:3000/hook", secret: "six 6!" },
    { url, secret: "x".repeat(256) },
    { url, secret: "é\n🚗é é" },
  ])("may be %o", async (subscription) => {
    const table = new WebhookTable();
    await over(table).enode.webhooks.ensure(subscription);
    expect(table.rows).toMatchObject([subscription]);
  });
});

describe("failures of webhooks.ensure", () => {
  it("say which request failed", async () => {
    for (const [name, operation] of [
      ["GET", "listWebhooks"],
      ["PATCH w-1", "updateWebhook"],
      ["DELETE w-2", "deleteWebhook"],
    ] as const) {
      const table = new WebhookTable();
      table.add(url);
      table.add(url);
      const { enode } = over(
        table,
        once(name, async () => refusal(500)),
      );
      const failure = (await failureOf(enode.webhooks.ensure(wanted))) as EnodeError;
      expect(failure).toMatchObject({ code: "server_error", operation });
    }
  });
});
