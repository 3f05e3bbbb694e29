import { describe, expect, it, vi } from "vitest";
import { ConcurrencyLimiter } from "../../src/core/concurrency-limiter.ts";
import { Deadline } from "../../src/core/deadline.ts";
import { Pace } from "../../src/core/pace.ts";
import { WaitQueue } from "../../src/core/wait-queue.ts";
import type { Enode } from "../../src/enode.ts";
import { isAbortError, isTimeoutError } from "../../src/errors/index.ts";
import type { RequestOptions } from "../../src/options.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";

const getVehicle = (enode: Enode, options?: RequestOptions) =>
  enode.request("getVehicle", { path: { vehicleId: "v-1" } }, options);

describe("requests in flight", () => {
  const start = useLoopback();

  it("are 256 at most, and so are the sockets, however many calls there are", async () => {
    let inFlight = 0;
    let most = 0;
    const { baseUrl, tokenUrl, connections } = await start({
      api: (_request, response) => {
        most = Math.max(most, ++inFlight);
        setTimeout(() => {
          inFlight--;
          send(response, 200, { id: "ok" });
        }, 5);
      },
    });
    const enode = createClient({ baseUrl, tokenUrl });

    await Promise.all(Array.from({ length: 1_500 }, () => getVehicle(enode)));

    expect(most).toBeLessThanOrEqual(256);
    // A few more, as a socket may be released after its request: how many depends on the machine.
    expect(connections()).toBeLessThanOrEqual(2 * 256);
  });

  describe("to a server that does not answer", () => {
    useFakeClock();

    const hanging = () => stubFetch({ api: () => new Promise<Response>(() => {}) });

    it("begin with 40, and become 256 within two seconds", async () => {
      const fetch = hanging();
      const enode = createClient({ fetch, maxRetries: 0 });
      const calls = Array.from({ length: 400 }, () => failureOf(getVehicle(enode), isTimeoutError));

      await pass(249);
      expect(fetch.apiRequests).toHaveLength(40);
      await pass(2);
      expect(fetch.apiRequests).toHaveLength(80);
      await pass(1_500);
      expect(fetch.apiRequests).toHaveLength(256);
      await pass(10_000);
      expect(fetch.apiRequests).toHaveLength(400);
      await pass(30_000);
      await Promise.all(calls);
    });

    it("leave the places above 40 to others at once, when they are slow", async () => {
      const slow = new Promise<Response>(() => {});
      const fetch = stubFetch({
        api: ({ request }) => (request.url.endsWith("/v-1") ? slow : json({ id: "fast" })),
      });
      const enode = createClient({ fetch, maxRetries: 0 });
      const calls = Array.from({ length: 70 }, () => failureOf(getVehicle(enode), isTimeoutError));
      await pass(300);

      for (let n = 0; n < 5; n++) await enode.vehicles.get("v-2", { deadline: 1 });

      await pass(40_000);
      await Promise.all(calls);
    });

    it("do not end the slow start of a burst that comes later", async () => {
      const fetch = hanging();
      const enode = createClient({ fetch, maxRetries: 0 });
      const first = Array.from({ length: 10 }, () => failureOf(getVehicle(enode)));
      await pass(1_000);
      const burst = Array.from({ length: 200 }, () => failureOf(getVehicle(enode)));

      await pass(100);
      expect(fetch.apiRequests).toHaveLength(10 + 40);
      await pass(40_000);
      await Promise.all([...first, ...burst]);
    });

    it("let others wait within their deadlines, and until they are aborted", async () => {
      const enode = createClient({ fetch: hanging(), maxRetries: 0 });
      const calls = Array.from({ length: 256 }, () => failureOf(getVehicle(enode)));
      const controller = new AbortController();
      const late = failureOf(getVehicle(enode, { deadline: 500 }), isTimeoutError);
      const left = failureOf(getVehicle(enode, { signal: controller.signal }), isAbortError);

      await pass(100);
      controller.abort();
      expect(await left).toMatchObject({ attempts: 0 });
      await pass(400);
      expect(await late).toMatchObject({ code: "deadline_exceeded", attempts: 0 });
      await pass(40_000);
      await Promise.all(calls);
    });

    it("go in the order in which the calls came", async () => {
      const sent: string[] = [];
      const fetch = stubFetch({
        api: async ({ request }) => {
          sent.push(new URL(request.url).pathname.slice(7));
          return json({ id: "u" });
        },
      });
      const enode = createClient({ fetch });
      const ids = Array.from({ length: 200 }, (_, index) => `${index}`);

      await Promise.all(ids.map((userId) => enode.users.get(userId)));

      expect(sent).toEqual(ids);
    });
  });

  describe("whose calls ended silently", () => {
    useFakeClock();
    const deadline = (budget: number, background = false) =>
      new Deadline({ operation: "o", path: "/", attempts: 0 }, budget, undefined, background);

    // As in Workers, where a request ends with all of its timers and promises: nobody releases them.
    it("give their places back", async () => {
      const throttle = new ConcurrencyLimiter();
      for (let n = 0; n < 256; n++) {
        if (n % 40 === 0) await pass(250);
        const place = throttle.take(deadline(30_000));
        if (place) throttle.started(place, 10_000);
      }

      await pass(9_250);
      expect(throttle.take(deadline(30_000))).toBeUndefined();
      await pass(1_001);
      expect(throttle.take(deadline(30_000))).toBeDefined();
    });

    it("hold up no other that waits", async () => {
      const line = new WaitQueue();
      const dead = { remaining: 1_000, sleep: () => new Promise(() => {}) } as unknown as Deadline;
      void line.pass(
        dead,
        () => undefined,
        () => 250,
      );
      const second = line.pass(
        deadline(30_000),
        (isFirst) => isFirst || undefined,
        () => 250,
      );

      await pass(3_000);
      expect(await second).toBe(true);
    });
  });
});

describe("a pace", () => {
  const paced = (answers = 0, asked = 0) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const pace = new Pace();
    pace.refused(900, asked, 1_000, answers);
    return pace;
  };
  /** Sends as soon as it may, for a time, and counts. */
  const count = (pace: Pace, from: number, to: number, outcome: "answered" | "none" = "none") => {
    let sent = 0;
    for (let now = from; now < to; now++) {
      if (pace.wait(now) > 0) continue;
      pace.sent(now);
      sent++;
      if (outcome === "answered") pace.answered(now);
    }
    return sent;
  };

  it("is none until the first refusal", () => {
    expect(count(new Pace(), 0, 1_000)).toBe(1_000);
  });

  it("keeps the pause that was asked for, and the longer one of two", () => {
    const pace = paced(0, 5_000);
    pace.refused(900, 1_000, 1_100, 0);

    expect(pace.pause(1_100)).toBe(4_900);
    expect(pace.wait(5_999)).toBe(1);
    expect(pace.wait(6_000)).toBe(0);
  });

  it("never pauses for more than 60 s", () => {
    expect(paced(0, Number.MAX_SAFE_INTEGER).pause(1_000)).toBe(60_000);
  });

  it("begins with 10 a second, or two thirds of what got through just before", () => {
    expect(count(paced(), 1_000, 2_000)).toBe(10);
    expect(count(paced(100), 1_000, 2_000)).toBe(70);
  });

  it("becomes faster with each success", () => {
    const pace = paced();
    const first = count(pace, 1_000, 2_000, "answered");

    expect(count(pace, 2_000, 3_000, "answered")).toBeGreaterThan(first);
    expect(count(pace, 3_000, 11_000, "answered")).toBeGreaterThan(10 * 8);
  });

  it("becomes slower by a third with a refusal, but not with those that were already in flight", () => {
    const pace = paced(100);
    pace.refused(999, 0, 1_050, 0);
    expect(count(pace, 1_050, 2_050)).toBe(70);

    pace.refused(2_000, 0, 2_050, 0);
    pace.refused(2_001, 0, 2_050, 0);

    expect(count(pace, 2_050, 3_050)).toBeLessThan(52);
  });

  it("pauses longer with each refusal in a row that names no time", () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999_999);
    const pace = new Pace();
    const pauses: number[] = [];
    for (let now = 0; now < 100_000; now += 10_000) {
      pace.refused(now, 0, now, 0);
      pauses.push(Math.round(pace.pause(now)));
    }

    expect(pauses.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  });

  it("is given up when it has kept nobody waiting for a while", () => {
    const pace = paced();
    count(pace, 1_000, 2_000);

    expect(count(pace, 11_900, 12_000)).toBeLessThan(5);
    expect(count(pace, 23_000, 23_100)).toBe(100);
  });
});
