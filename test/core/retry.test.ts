import type { ServerResponse } from "node:http";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { isConnectionError, isServerError, isTimeoutError } from "../../src/errors/index.ts";
import type { RetryEvent } from "../../src/hooks.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { deadUrl, send, useLoopback } from "../support/loopback.ts";
import { effectful, replayable } from "../support/operations.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";

const start = useLoopback();

const reset = (response: ServerResponse) => response.socket?.resetAndDestroy();

/** What becomes of the first attempt, and whether a call may go on after it. */
const failures: Record<string, (response: ServerResponse) => void> = {
  ...Object.fromEntries(
    [408, 429, 500, 502, 503, 504].map((status) => [
      `a ${status}`,
      (response: ServerResponse) => send(response, status, {}),
    ]),
  ),
  "a reset before the answer": reset,
  "a reset in the middle of the body": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"id":', () => reset(response));
  },
  "an end in the middle of the body": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"id":', () => response.socket?.end());
  },
  "a body whose last chunk is missing": (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"id":"ok"}', () => response.socket?.end());
  },
};

const table = (calls: object) =>
  Object.keys(calls).flatMap((call) => Object.keys(failures).map((failure) => [call, failure]));

describe("after a first failure", () => {
  // No back-off: what counts here is what is sent.
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(0);
  });

  it.each(table(replayable))("sends %s again after %s", async (call, failure) => {
    const { baseUrl, tokenUrl, requests } = await start({
      api: (_request, response, nth) =>
        nth === 1 ? failures[failure]?.(response) : send(response, 200, { id: "ok" }),
    });

    await replayable[call]?.(createClient({ baseUrl, tokenUrl }));

    expect(requests).toHaveLength(2);
    const [first, second] = requests;
    expect(second?.method).toBe(first?.method);
    expect(second?.url).toBe(first?.url);
    expect(second?.body).toBe(first?.body);
  });

  it.each(table(effectful).filter(([, failure]) => failure !== "a 429"))(
    "does not send a %s again after %s",
    async (call, failure) => {
      const { baseUrl, tokenUrl, requests } = await start({
        api: (_request, response) => failures[failure]?.(response),
      });

      const error = await failureOf(
        effectful[call]?.(createClient({ baseUrl, tokenUrl })) ?? Promise.resolve(),
      );

      expect(requests).toHaveLength(1);
      expect(error).toMatchObject({ attempts: 1 });
      if (isConnectionError(error)) expect(error.beforeSend).toBe(false);
    },
  );

  it.each(Object.entries(effectful))("sends a %s again after a 429", async (_name, call) => {
    const { baseUrl, tokenUrl, requests } = await start({
      api: (_request, response, nth) => send(response, nth === 1 ? 429 : 200, { id: "ok" }),
    });

    await call(createClient({ baseUrl, tokenUrl }));

    expect(requests).toHaveLength(2);
  });

  it.each(Object.entries({ ...replayable, ...effectful }))(
    "tries %s again when the connection was refused",
    async (_name, call) => {
      const { tokenUrl } = await start();
      const tried: string[] = [];
      const retries: RetryEvent[] = [];
      const enode = createClient({
        baseUrl: await deadUrl(),
        tokenUrl,
        maxRetries: 1,
        fetch: (request) => {
          tried.push(request.url);
          return globalThis.fetch(request);
        },
        hooks: { onRetry: (event) => retries.push(event) },
      });

      const error = await failureOf(call(enode), isConnectionError);

      expect(error).toMatchObject({ attempts: 2, beforeSend: true, code: "connection_failed" });
      expect(error.message).toContain("nothing was sent");
      expect(tried.filter((url) => url !== tokenUrl)).toHaveLength(2);
      expect(retries).toHaveLength(1);
    },
  );

  it.each([400, 403, 404, 409, 410, 418, 422, 501, 505])(
    "does not send anything again after a %i",
    async (status) => {
      const fetch = stubFetch({ api: () => json({}, status) });

      await failureOf(replayable["GET"]?.(createClient({ fetch })) ?? Promise.resolve());

      expect(fetch.apiRequests).toHaveLength(1);
    },
  );
});

describe("an attempt that runs out of time", () => {
  useFakeClock();

  const hang = () => new Promise<Response>(() => {});

  it.each(Object.entries(replayable))("is repeated for a %s", async (_name, call) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({ api: ({ nth }) => (nth === 1 ? hang() : json({ id: "ok" })) });
    const result = call(createClient({ fetch, timeout: 1_000 }));

    await pass(1_001);
    await result;

    expect(fetch.apiRequests).toHaveLength(2);
  });

  it.each(Object.entries(effectful))("is not repeated for a %s", async (_name, call) => {
    const fetch = stubFetch({ api: hang });
    const failure = failureOf(call(createClient({ fetch, timeout: 1_000 })), isTimeoutError);

    await pass(10_000);

    expect(await failure).toMatchObject({ code: "attempt_timeout", attempts: 1 });
    expect(fetch.apiRequests).toHaveLength(1);
  });
});

describe("the number of repetitions", () => {
  useFakeClock();

  const getVehicle = replayable["GET"] as NonNullable<(typeof replayable)[string]>;
  const failing = () => stubFetch({ api: () => json({}, 503) });

  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
  ])("is maxRetries %i of the client: %i requests", async (maxRetries, sent) => {
    const fetch = failing();
    const failure = failureOf(getVehicle(createClient({ fetch, maxRetries })), isServerError);

    await pass(30_000);

    expect((await failure).attempts).toBe(sent);
    expect(fetch.apiRequests).toHaveLength(sent);
  });

  it("is 3 by default", async () => {
    const fetch = failing();
    const failure = failureOf(getVehicle(createClient({ fetch })), isServerError);

    await pass(30_000);

    expect((await failure).attempts).toBe(4);
  });

  it.each([
    [5, 0, 1],
    [0, 2, 3],
  ])("is that of the call (client %i, call %i)", async (ofClient, maxRetries, sent) => {
    const fetch = failing();
    const enode = createClient({ fetch, maxRetries: ofClient });
    const failure = failureOf(getVehicle(enode, { maxRetries }), isServerError);

    await pass(30_000);

    expect((await failure).attempts).toBe(sent);
  });

  it("ends when an attempt fails for a reason that does not pass", async () => {
    const statuses = [503, 404];
    const fetch = stubFetch({ api: ({ nth }) => json({}, statuses[nth - 1] ?? 200) });
    const failure = failureOf(getVehicle(createClient({ fetch })));

    await pass(30_000);

    expect(await failure).toMatchObject({ status: 404, attempts: 2 });
  });
});
