import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, it, vi } from "vitest";
import { combineHooks } from "../../src/activity/index.ts";
import { isNotFoundError, isTimeoutError } from "../../src/errors/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";
import { isBelow, useOpenTelemetry } from "./support/observed.ts";

const observed = useOpenTelemetry();
const loopback = useLoopback();
const get = { path: { vehicleId: "v-1" } };
const request = "GET /vehicles/{vehicleId}";

/** A server whose answers have these statuses, the last one for ever, and a client of it. */
async function serverOf(...statuses: number[]) {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const server = await loopback({
    api: (_request, response, nth) =>
      send(response, statuses[nth - 1] ?? statuses.at(-1) ?? 200, { id: "v-1" }),
  });
  const { baseUrl, tokenUrl } = server;
  const enode = createClient({ baseUrl, tokenUrl, hooks: observed.observability.hooks });
  return { enode, port: Number(new URL(baseUrl).port) };
}

describe("a call", () => {
  it("is a span with its token and its request below it", async () => {
    const { enode, port } = await serverOf(200);

    await enode.request("getVehicle", get);

    const call = observed.span("getVehicle");
    const token = observed.span("obtain access token");
    const sent = observed.span(request);
    expect(observed.spans()).toHaveLength(3);
    expect(call.kind).toBe(SpanKind.INTERNAL);
    expect(call.attributes).toEqual({
      "enode.operation": "getVehicle",
      "enode.wait.duration": expect.any(Number),
    });
    expect(call.instrumentationScope.name).toBe("enode-sdk");
    expect(isBelow(token, call)).toBe(true);
    expect(token.attributes).toEqual({
      "enode.token.source": "endpoint",
      "enode.token.background": false,
    });
    expect(isBelow(sent, call)).toBe(true);
    expect(sent.kind).toBe(SpanKind.CLIENT);
    expect(sent.status.code).toBe(SpanStatusCode.UNSET);
    expect(sent.attributes).toEqual({
      "http.request.method": "GET",
      "url.template": "/vehicles/{vehicleId}",
      "http.response.status_code": 200,
      "server.address": "127.0.0.1",
      "server.port": port,
      "enode.operation": "getVehicle",
    });
  });

  it("has a span for each attempt, and an event for each wait", async () => {
    const { enode } = await serverOf(503, 503, 200);

    await enode.request("getVehicle", get);

    const call = observed.span("getVehicle");
    const attempts = observed.spans(request);
    expect(
      attempts.map(({ attributes, status }) => [
        attributes["http.response.status_code"],
        attributes["error.type"],
        attributes["http.request.resend_count"],
        status.code,
      ]),
    ).toEqual([
      [503, "503", undefined, SpanStatusCode.ERROR],
      [503, "503", 1, SpanStatusCode.ERROR],
      [200, undefined, 2, SpanStatusCode.UNSET],
    ]);
    expect(attempts.every((attempt) => isBelow(attempt, call))).toBe(true);
    expect(call.status.code).toBe(SpanStatusCode.UNSET);
    expect(call.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ["retry", { "error.type": "server_error", "enode.retry.delay": 0 }],
      ["retry", { "error.type": "server_error", "enode.retry.delay": 0 }],
    ]);
  });

  it("shows that a token was refused and replaced", async () => {
    const { enode } = await serverOf(401, 200);

    await enode.request("getVehicle", get);

    const call = observed.span("getVehicle");
    const tokens = observed.spans("obtain access token");
    expect(tokens).toHaveLength(2);
    expect(tokens.every((token) => isBelow(token, call))).toBe(true);
    expect(observed.spans(request).map(({ attributes }) => attributes["error.type"])).toEqual([
      "401",
      undefined,
    ]);
  });

  it("that fails has the code of its error, and nothing of its message", async () => {
    const { enode } = await serverOf(404);

    await failureOf(enode.request("getVehicle", get), isNotFoundError);

    const call = observed.span("getVehicle");
    expect(call.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(call.attributes["error.type"]).toBe("not_found");
    expect(call.events).toEqual([]);
    expect(observed.span(request).attributes["error.type"]).toBe("404");
  });

  it("ends its request also when that gets no answer", async () => {
    const fetch = stubFetch({ api: () => new Promise<Response>(() => {}) });
    const enode = createClient({ fetch, hooks: observed.observability.hooks });

    await failureOf(
      enode.request("getVehicle", get, { timeout: 20, maxRetries: 0 }),
      isTimeoutError,
    );

    expect(observed.span(request).attributes["error.type"]).toBe("attempt_timeout");
    expect(observed.span(request).attributes).not.toHaveProperty("http.response.status_code");
    expect(await observed.points("http.client.active_requests")).toMatchObject([{ value: 0 }]);
  });

  it("that is refused before anything is sent is a failed span", async () => {
    const { enode } = await serverOf(200);

    await failureOf(enode.request("getVehicle", { path: { vehicleId: "" } }));

    expect(observed.spans().map(({ name }) => name)).toEqual(["getVehicle"]);
    expect(observed.span("getVehicle").attributes["error.type"]).toBe("invalid_argument");
  });

  it("is below the span in which it is made", async () => {
    const { enode } = await serverOf(200);

    await trace.getTracer("app").startActiveSpan("GET /cars", async (span) => {
      await enode.request("getVehicle", get);
      span.end();
    });

    expect(isBelow(observed.span("getVehicle"), observed.span("GET /cars"))).toBe(true);
  });

  it("does not leave its context behind", async () => {
    const { enode } = await serverOf(200);
    const before = context.active();

    await enode.request("getVehicle", get);

    expect(context.active()).toBe(before);
  });
});

describe("calls at the same time", () => {
  it("have each its own request, also where they share a token and a limit", async () => {
    const fetch = stubFetch({
      api: async ({ nth }) => {
        await new Promise((resolve) => setTimeout(resolve, nth % 3));
        return nth % 5 === 0 ? json({}, 503) : json({ id: "v" });
      },
    });
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { hooks } = observed.observability;
    const enode = createClient({ fetch, hooks, maxConcurrency: 3 });
    const tracer = trace.getTracer("app");

    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        tracer.startActiveSpan(`caller ${at}`, async (span) => {
          await enode.request("getVehicle", { path: { vehicleId: `v-${at}` } });
          span.end();
        }),
      ),
    );

    const calls = observed.spans("getVehicle");
    expect(calls).toHaveLength(20);
    for (let at = 0; at < 20; at++) {
      const caller = observed.span(`caller ${at}`);
      const [call, ...others] = calls.filter((each) => isBelow(each, caller));
      expect(others).toEqual([]);
      const sent = observed.spans(request).filter((each) => call && isBelow(each, call));
      expect(sent.length).toBe(1 + (call?.events.length ?? 0));
      expect(sent.at(-1)?.attributes["http.response.status_code"]).toBe(200);
    }
    expect(observed.spans("obtain access token")).toHaveLength(1);
  });
});

describe("the wait of a call", () => {
  useFakeClock();
  const waits = () =>
    observed.spans("getVehicle").map(({ attributes }) => attributes["enode.wait.duration"]);
  /** Answers after so many ms of the fake clock. */
  const answerAfter = async (milliseconds: number, status = 200) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return json({ id: "v-1" }, status);
  };
  const client = (stub: Parameters<typeof stubFetch>[0], options: object = {}) =>
    createClient({ fetch: stubFetch(stub), hooks: observed.observability.hooks, ...options });

  it("for a place is that until the calls before it are answered", async () => {
    const enode = client({ api: () => answerAfter(40) }, { maxConcurrency: 1 });

    const calls = [1, 2, 3].map(() => enode.request("getVehicle", get));
    await pass(1_000);
    await Promise.all(calls);

    expect(waits()).toEqual([0, 0.04, 0.08]);
  });

  it("has no part of a token that it obtains itself, but of one that another call obtains", async () => {
    const token = async () => {
      await new Promise((resolve) => setTimeout(resolve, 70));
      return json({ access_token: "t", token_type: "bearer", expires_in: 3_600 });
    };
    const enode = client({ token });

    const calls = [1, 2].map(() => enode.request("getVehicle", get));
    await pass(1_000);
    await Promise.all(calls);

    expect(waits()).toEqual([0, 0.07]);
  });

  it("has no part of requests, pauses before retries, and tokens that replace others", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const statuses = [503, 401, 200];
    const enode = client({ api: ({ nth }) => answerAfter(30, statuses[nth - 1]) });

    const call = enode.request("getVehicle", get);
    await pass(2_000);
    await call;

    expect(waits()).toEqual([0]);
  });

  it("ends with its deadline when it was never sent", async () => {
    const enode = client({ api: () => answerAfter(500) }, { maxConcurrency: 1 });

    const first = enode.request("getVehicle", get);
    const second = failureOf(enode.request("getVehicle", get, { deadline: 200 }), isTimeoutError);
    await pass(1_000);
    await Promise.all([first, second]);

    expect(waits()).toEqual([0.2, 0]);
  });
});

describe("a list", () => {
  it("is a call for each page, below the span in which it is read", async () => {
    const page = (data: object[], after: string | null) =>
      json({ data, pagination: { after, before: null } });
    const fetch = stubFetch({
      api: ({ nth }) => (nth === 1 ? page([{ id: "a" }], "cursor") : page([{ id: "b" }], null)),
    });
    const enode = createClient({ fetch, hooks: observed.observability.hooks });

    await trace.getTracer("app").startActiveSpan("job", async (span) => {
      for await (const _ of enode.users.list()) await Promise.resolve();
      span.end();
    });

    const pages = observed.spans("listUsers");
    expect(pages).toHaveLength(2);
    expect(pages.every((each) => isBelow(each, observed.span("job")))).toBe(true);
  });
});

describe("a token", () => {
  it("that cannot be obtained fails its span and its call", async () => {
    const fetch = stubFetch({ token: () => json({ error: "invalid_client" }, 401) });
    const enode = createClient({ fetch, hooks: observed.observability.hooks });

    await failureOf(enode.request("getVehicle", get));

    const token = observed.span("obtain access token");
    expect(token.status.code).toBe(SpanStatusCode.ERROR);
    expect(token.attributes["error.type"]).toBe("token_refused");
    expect(observed.span("getVehicle").attributes["error.type"]).toBe("token_refused");
  });

  it("that is refreshed in the background is a trace of its own, linked to the call that began it", async () => {
    let refreshed = () => {};
    const done = new Promise<void>((resolve) => {
      refreshed = resolve;
    });
    const watching = {
      onTokenRefresh: ({ background }: { background: boolean }) => {
        if (background) refreshed();
      },
    };
    // Old enough to be refreshed, with a minute and more left.
    const fetch = stubFetch({
      token: ({ nth }) =>
        json({
          access_token: `t-${nth}`,
          token_type: "bearer",
          expires_in: nth === 1 ? 100 : 3_600,
        }),
    });
    const now = vi.spyOn(Date, "now");
    const enode = createClient({
      fetch,
      hooks: combineHooks(observed.observability.hooks, watching),
    });
    await enode.request("getVehicle", get);
    now.mockReturnValue(Date.now() + 30_000);
    await enode.request("getVehicle", get);
    await done;
    now.mockRestore();

    const [, background] = observed.spans("obtain access token");
    const [, call] = observed.spans("getVehicle");
    expect(background?.attributes["enode.token.background"]).toBe(true);
    expect(background?.parentSpanContext).toBeUndefined();
    expect(background?.links.map((link) => link.context.spanId)).toEqual([
      call?.spanContext().spanId,
    ]);
  });
});
