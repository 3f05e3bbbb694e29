import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { createSandbox, startSandbox } from "../../../src/sandbox/index.ts";
import { signatureOf } from "../../../src/sandbox/webhooks/signature.ts";
import { pass, useFakeClock } from "../../support/clock.ts";
import { deadUrl, useLoopback } from "../../support/loopback.ts";
import { createHarness, fetchToken, send } from "../support/harness.ts";
import { createHookedHarness, HOOK_URL, SECRET } from "../support/receiver.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const REFUSAL = () => new Response(null, { status: 503 });
const never = () => new Promise<Response>(() => {});

/** Waits until a list has so many entries: deliveries come by themselves, after some turns of the event loop. */
async function filled(list: readonly unknown[], length: number): Promise<void> {
  while (list.length < length) await new Promise((resolve) => setImmediate(resolve));
}

const signed = (body: string, secret: string) =>
  `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`;

describe("a delivery", () => {
  it("is signed as Enode publishes it", async () => {
    const body = new TextEncoder().encode('{"payload":"example"}');
    expect(await signatureOf(body, "example-secret")).toBe(
      "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d",
    );
  });

  it("is a signed POST of a JSON array, with the extra header if there is one", async () => {
    const { sandbox, subscribe, deliveries } = createHookedHarness();
    const authentication = { headerName: "x-hook-key", headerValue: "open, please" };
    const secret = "schlüssel-🔑";
    await subscribe({ authentication, secret });
    sandbox.devices.add("zoë", "charger");
    await sandbox.deliver();
    const [delivery] = deliveries;
    expect(deliveries).toHaveLength(1);
    expect(delivery?.url).toBe(HOOK_URL);
    expect(delivery?.events).toMatchObject([{ user: { id: "zoë" } }]);
    expect(Object.fromEntries(delivery?.headers ?? [])).toEqual({
      "content-type": "application/json",
      "user-agent": "enode-sandbox",
      "x-enode-delivery": expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f-]{18,}$/),
      "x-enode-signature": signed(delivery?.body ?? "", secret),
      "x-hook-key": "open, please",
    });
  });

  it("has an ID that the seed decides on", async () => {
    const idsOf = async (seed: number) => {
      const { sandbox, subscribe, deliveries } = createHookedHarness({ seed });
      await subscribe({ url: "https://a.example.com" });
      await subscribe({ url: "https://b.example.com" });
      for (const name of ["anna", "ben"]) {
        sandbox.devices.add(name, "charger");
        await sandbox.deliver();
      }
      return new Set(deliveries.map(({ headers }) => headers.get("x-enode-delivery")));
    };
    const ids = await idsOf(1);
    expect(ids.size).toBe(4);
    expect(await idsOf(1)).toEqual(ids);
    expect(await idsOf(2)).not.toEqual(ids);
  });

  it("holds 100 events at most, in their order", async () => {
    const { sandbox, subscribe, deliveries } = createHookedHarness();
    await subscribe();
    const ids = Array.from({ length: 250 }, () => sandbox.devices.add("anna", "charger").id);
    await sandbox.deliver();
    expect(deliveries.map(({ events }) => events.length).toSorted((a, b) => b - a)[0]).toBe(100);
    expect(deliveries.length).toBeLessThan(6);
    const sent = deliveries.flatMap(({ events }) =>
      events.map((event) => ("charger" in event ? event.charger.id : undefined)),
    );
    expect(sent).toEqual(ids);
  });

  it("waits for the one before it, but not for another webhook", async () => {
    const harness = createHookedHarness();
    const { sandbox, subscribe, deliveries } = harness;
    await subscribe({ url: "https://slow.example.com" });
    await subscribe({ url: "https://fast.example.com" });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    harness.answer = async ({ url }) => {
      if (url.includes("slow")) await held;
      return new Response();
    };
    sandbox.devices.add("anna", "charger");
    await filled(deliveries, 2);
    sandbox.devices.add("anna", "charger");
    await filled(deliveries, 3);
    const to = (host: string) => deliveries.filter(({ url }) => url.includes(host)).length;
    expect([to("slow"), to("fast")]).toEqual([1, 2]);
    release();
    await sandbox.deliver();
    expect([to("slow"), to("fast")]).toEqual([2, 2]);
  });

  it("begins by itself, with no call of deliver()", async () => {
    const { sandbox, subscribe, deliveries } = createHookedHarness();
    await subscribe();
    sandbox.devices.add("anna", "charger");
    await filled(deliveries, 1);
  });

  it("goes through the global fetch of that time by default", async () => {
    const { call, sandbox } = createHarness();
    await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    const fetched: string[] = [];
    vi.stubGlobal("fetch", async (request: Request) => {
      fetched.push(request.url);
      return new Response();
    });
    try {
      sandbox.devices.add("anna", "charger");
      await sandbox.deliver();
    } finally {
      vi.unstubAllGlobals();
    }
    expect(fetched).toEqual([HOOK_URL]);
  });

  it("of what an endpoint brings about while it answers comes right after", async () => {
    const harness = createHookedHarness();
    const { sandbox, subscribe, deliveries } = harness;
    await subscribe();
    harness.answer = (_, nth) => {
      if (nth < 3) sandbox.devices.add("anna", "charger");
      return new Response();
    };
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(deliveries).toHaveLength(3);
  });
});

describe("a delivery that fails", () => {
  it("is tried again with the same bytes and ID, at growing intervals", async () => {
    const harness = createHookedHarness();
    const { sandbox, subscribe, deliveries, webhook } = harness;
    const { id } = await subscribe();
    harness.answer = (_, nth) => (nth < 4 ? REFUSAL() : new Response());
    sandbox.devices.add("anna", "charger");
    for (let second = 0; second < 70; second++) {
      await sandbox.deliver();
      sandbox.clock.advance(SECOND);
    }
    expect(deliveries.map(({ at }) => at / SECOND)).toEqual([0, 5, 20, 65]);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    const ids = deliveries.map(({ headers }) => headers.get("x-enode-delivery"));
    expect(new Set(ids).size).toBe(1);
    const { isActive, lastSuccess } = await webhook(id);
    expect(isActive).toBe(true);
    expect(Date.parse(lastSuccess)).toBe(sandbox.clock.now().getTime() - 5 * SECOND);
  });

  it("holds back the ones after it, which then come together", async () => {
    const harness = createHookedHarness();
    const { sandbox, subscribe, deliveries } = harness;
    await subscribe();
    harness.answer = REFUSAL;
    const ids = [1, 2, 3].map(() => {
      const { id } = sandbox.devices.add("anna", "charger");
      sandbox.clock.advance(SECOND);
      return id;
    });
    await sandbox.deliver();
    harness.answer = () => new Response();
    sandbox.clock.advance(5 * SECOND);
    await sandbox.deliver();
    const sent = deliveries.map(({ events }) =>
      events.map((event) => ("charger" in event ? event.charger.id : undefined)),
    );
    expect(sent).toEqual([[ids[0]], [ids[0]], [ids[1], ids[2]]]);
  });

  it("ends the webhook after the retry window, and all that waits with it", async () => {
    const harness = createHookedHarness();
    const { call, sandbox, subscribe, deliveries, webhook } = harness;
    const { id, createdAt } = await subscribe();
    harness.answer = REFUSAL;
    sandbox.devices.add("anna", "charger");
    sandbox.clock.advance(5 * MINUTE - 1);
    await sandbox.deliver();
    expect(deliveries).toHaveLength(5);
    expect((await webhook(id)).isActive).toBe(true);
    sandbox.clock.advance(1);
    await sandbox.deliver();
    expect(deliveries).toHaveLength(6);
    expect(await webhook(id)).toMatchObject({ isActive: false, lastSuccess: createdAt });
    sandbox.devices.add("anna", "charger");
    sandbox.clock.advance(DAY);
    await sandbox.deliver();
    expect(deliveries).toHaveLength(6);

    harness.answer = () => new Response();
    expect((await call("PATCH", `/webhooks/${id}`, {})).body.isActive).toBe(true);
    await sandbox.deliver();
    expect(deliveries).toHaveLength(6);
    const { id: fresh } = sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(deliveries).toHaveLength(7);
    expect(deliveries[6]?.events).toMatchObject([{ charger: { id: fresh } }]);
  });

  it("is tried through a whole day when the clock jumps, as often as bit by bit", async () => {
    const countTries = async (steps: number) => {
      const harness = createHookedHarness({ webhookRetryWindow: DAY });
      const { sandbox, subscribe, deliveries, webhook } = harness;
      const { id } = await subscribe();
      harness.answer = REFUSAL;
      sandbox.devices.add("anna", "charger");
      for (let step = 0; step < steps; step++) {
        sandbox.clock.advance(DAY / steps);
        await sandbox.deliver();
      }
      expect((await webhook(id)).isActive).toBe(false);
      return deliveries.length;
    };
    // 0, 5, 20, 65, 200, 605, 1820 and 5465 s, every hour from then on, and at the end of the day.
    const tries = 8 + Math.floor((86_400 - 5_465) / 3_600) + 1;
    expect(await countTries(1)).toBe(tries);
    expect(await countTries(288)).toBe(tries);
  });

  it("keeps its webhook for five minutes of the wall clock, however fast the simulated time passes", async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 2, 1) });
    try {
      const harness = createHookedHarness({ clock: { speed: 3_600 } });
      const { sandbox, subscribe, webhook } = harness;
      const { id } = await subscribe();
      harness.answer = REFUSAL;
      sandbox.devices.add("anna", "charger");
      await sandbox.deliver();
      sandbox.clock.advance(DAY);
      await sandbox.deliver();
      const passWall = async (seconds: number) => {
        for (let second = 0; second < seconds; second++) {
          await vi.advanceTimersByTimeAsync(1_000);
          await sandbox.deliver();
        }
      };
      await passWall(295);
      expect((await webhook(id)).isActive).toBe(true);
      // Every 5 s, and not as often as there are simulated hours.
      expect(harness.deliveries.length).toBeGreaterThan(50);
      expect(harness.deliveries.length).toBeLessThan(120);

      await passWall(10);
      expect((await webhook(id)).isActive).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is not tried again with a retry window of nothing", async () => {
    const harness = createHookedHarness({ webhookRetryWindow: 0 });
    const { id } = await harness.subscribe();
    harness.answer = REFUSAL;
    harness.sandbox.devices.add("anna", "charger");
    await harness.sandbox.deliver();
    expect((await harness.webhook(id)).isActive).toBe(false);
    expect(harness.deliveries).toHaveLength(1);
  });

  it("is forgiven by one success: the window begins again", async () => {
    const harness = createHookedHarness();
    const { sandbox, subscribe, webhook } = harness;
    const { id } = await subscribe();
    for (let round = 0; round < 3; round++) {
      harness.answer = REFUSAL;
      sandbox.devices.add("anna", "charger");
      sandbox.clock.advance(4 * MINUTE);
      await sandbox.deliver();
      harness.answer = () => new Response();
      sandbox.clock.advance(MINUTE);
      await sandbox.deliver();
      expect((await webhook(id)).isActive).toBe(true);
    }
  });

  it("is sent at once after a test that succeeds, which also wakes an inactive webhook", async () => {
    const harness = createHookedHarness();
    const { call, sandbox, subscribe, deliveries, webhook } = harness;
    const { id } = await subscribe();
    harness.answer = REFUSAL;
    sandbox.devices.add("anna", "charger");
    sandbox.clock.advance(MINUTE);
    await sandbox.deliver();
    const before = deliveries.length;
    harness.answer = () => new Response();
    await call("POST", `/webhooks/${id}/test`);
    await sandbox.deliver();
    expect(deliveries.slice(before).map(({ events }) => events[0]?.event)).toEqual([
      "enode:webhook:test",
      "user:charger:discovered",
    ]);
    harness.answer = REFUSAL;
    sandbox.devices.add("anna", "charger");
    sandbox.clock.advance(DAY);
    await sandbox.deliver();
    await call("POST", `/webhooks/${id}/test`);
    expect((await webhook(id)).isActive).toBe(false);
    harness.answer = () => new Response();
    await call("POST", `/webhooks/${id}/test`);
    expect((await webhook(id)).isActive).toBe(true);
  });

  it("goes where the webhook points by then, signed with the secret of then", async () => {
    const harness = createHookedHarness();
    const { call, sandbox, subscribe, deliveries } = harness;
    const { id } = await subscribe();
    harness.answer = REFUSAL;
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    const change = { url: `${HOOK_URL}/new`, secret: "the-secret-after" };
    await call("PATCH", `/webhooks/${id}`, change);
    sandbox.clock.advance(5 * SECOND);
    await sandbox.deliver();
    const [first, second] = deliveries;
    expect(second).toMatchObject({ url: change.url, body: first?.body });
    expect(second?.headers.get("x-enode-signature")).toBe(
      signed(second?.body ?? "", change.secret),
    );
  });

  it("is broken off when its webhook is deleted", async () => {
    const signals: AbortSignal[] = [];
    const { call, sandbox } = createHarness({
      deliver(request) {
        signals.push(request.signal);
        return never();
      },
    });
    const { body } = await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    sandbox.devices.add("anna", "charger");
    await filled(signals, 1);
    await call("DELETE", `/webhooks/${body.id}`);
    await sandbox.deliver();
    expect(signals[0]?.aborted).toBe(true);
  });

  it.each([
    ["throws", () => Promise.reject(new Error("no"))],
    [
      "throws at once",
      () => {
        throw new Error("no");
      },
    ],
    ["answers with nothing", async () => undefined as unknown as Response],
    ["redirects", async () => new Response(null, { status: 302, headers: { location: "/" } })],
  ])("is one whose function %s, and nothing else breaks", async (_, deliver) => {
    const { call, sandbox } = createHarness({ deliver, webhookRetryWindow: 0 });
    const { body } = await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect((await call("GET", `/webhooks/${body.id}`)).body.isActive).toBe(false);
  });
});

describe("an endpoint", () => {
  useFakeClock();

  it("has 5 seconds of the wall clock to answer, even if it pays no heed to the signal", async () => {
    const signals: AbortSignal[] = [];
    const { call, sandbox } = createHarness({
      webhookRetryWindow: 0,
      deliver(request) {
        signals.push(request.signal);
        return never();
      },
    });
    const { body } = await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    sandbox.devices.add("anna", "charger");
    const delivered = sandbox.deliver();
    const tested = call("POST", `/webhooks/${body.id}/test`);
    await filled(signals, 2);
    await pass(4_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    await pass(1);
    await delivered;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect((await tested).body).toEqual({
      status: "FAILURE",
      description: "The webhook endpoint did not answer within 5 seconds.",
      response: null,
    });
    expect((await call("GET", `/webhooks/${body.id}`)).body.isActive).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("need not end its answer", async () => {
    const stream = () => new Response(new ReadableStream({ pull: () => never().then() }));
    const { call, sandbox } = createHarness({ deliver: async () => stream() });
    const { body } = await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    sandbox.clock.advance(SECOND);
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect((await call("GET", `/webhooks/${body.id}`)).body.lastSuccess).toBe(
      sandbox.clock.now().toISOString(),
    );
  });
});

describe("a webhook", () => {
  it("gets the events that it subscribes to, and no others", async () => {
    const { sandbox, subscribe, deliveries } = createHookedHarness();
    await subscribe({ events: ["user:charger:discovered"] });
    sandbox.devices.add("anna", "vehicle");
    sandbox.devices.add("anna", "charger");
    sandbox.clock.advance(60_000);
    await sandbox.deliver();
    const names = deliveries.flatMap(({ events }) => events.map(({ event }) => event));
    expect(names).toEqual(["user:charger:discovered"]);
  });
});

describe("the heartbeat", () => {
  it("comes every ten minutes to every webhook, whatever it subscribes to", async () => {
    const harness = createHookedHarness({ heartbeatInterval: 10 * MINUTE });
    const { sandbox, subscribe, deliveries } = harness;
    const begun = sandbox.clock.now().getTime();
    await subscribe({ events: ["user:charger:deleted"] });
    sandbox.clock.advance(35 * MINUTE);
    await sandbox.deliver();
    expect(deliveries.map(({ events }) => events)).toEqual(
      [10, 20, 30].map((minute) => [
        {
          event: "system:heartbeat",
          createdAt: new Date(begun + minute * MINUTE).toISOString(),
          version: "2024-10-01",
          pendingEvents: 0,
        },
      ]),
    );
    expect(sandbox.events.list()).toEqual(deliveries.flatMap(({ events }) => events));
  });

  it("counts the events that wait, and stands among them in the order of time", async () => {
    const harness = createHookedHarness({ heartbeatInterval: MINUTE });
    const { sandbox, subscribe, deliveries } = harness;
    await subscribe();
    harness.answer = (_, nth) => (nth < 4 ? REFUSAL() : new Response());
    for (const name of ["anna", "ben", "cleo"]) {
      sandbox.devices.add(name, "charger");
      sandbox.clock.advance(25 * SECOND);
    }
    sandbox.devices.add("dora", "charger");
    await sandbox.deliver();
    sandbox.clock.advance(10 * MINUTE);
    await sandbox.deliver();
    const sent = deliveries
      .slice(3)
      .flatMap(({ events }) =>
        events.map((event) =>
          event.event === "system:heartbeat"
            ? event.pendingEvents
            : "user" in event
              ? event.user.id
              : "",
        ),
      );
    expect(sent).toEqual(["anna", "ben", "cleo", 3, "dora", ...Array(10).fill(0)]);
  });
});

describe("the clock of deliveries", () => {
  it.each(["real", { speed: 60 }] as const)("is a timer when it runs: %j", async (clock) => {
    vi.useFakeTimers({ now: 1_790_000_000_000, toFake: ["setTimeout", "clearTimeout", "Date"] });
    try {
      const fast = clock === "real" ? 1 : 60;
      const harness = createHookedHarness({ clock, actionDelay: 6_000 });
      const { call, sandbox, subscribe, deliveries } = harness;
      const vehicle = sandbox.devices.add("anna", "vehicle", { batteryLevel: 40 });
      expect(vi.getTimerCount()).toBe(0);
      const { id } = await subscribe();
      harness.answer = REFUSAL;
      expect(vi.getTimerCount()).toBe(0);
      await call("POST", `/vehicles/${vehicle.id}/charging`, { action: "START" });
      expect(vi.getTimerCount()).toBe(1);
      await pass(6_000 / fast - 1);
      expect(sandbox.events.list()).toEqual([]);
      await pass(1);
      expect(sandbox.events.list()).toHaveLength(2);
      await sandbox.deliver();
      expect(deliveries).toHaveLength(1);
      await pass(5_000 / fast + 1);
      await filled(deliveries, 2);
      harness.answer = () => new Response();
      await pass((5 * MINUTE) / fast);
      await sandbox.deliver();
      expect(harness.events().map(({ event }) => event)).toContain("user:vehicle:updated");
      expect(sandbox.events.list()).toHaveLength(4);
      await call("DELETE", `/webhooks/${id}`);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps no program from ending", async () => {
    const unref = vi.spyOn(Object.getPrototypeOf(setTimeout(() => {}, 0)), "unref");
    const { call, sandbox } = createHarness({ clock: "real", deliver: async () => new Response() });
    const { body } = await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    await sandbox.deliver();
    expect(unref).toHaveBeenCalled();
    unref.mockRestore();
    await call("DELETE", `/webhooks/${body.id}`);
  });

  it.each([
    [{ webhookRetryWindow: -1 }, "webhookRetryWindow"],
    [{ webhookRetryWindow: Number.NaN }, "webhookRetryWindow"],
    [{ heartbeatInterval: 0 }, "heartbeatInterval"],
    [{ heartbeatInterval: Number.NaN }, "heartbeatInterval"],
  ])("refuses %j", (options, name) => {
    expect(() => createSandbox(options)).toThrow(name);
  });
});

describe("over the wire", () => {
  const start = useLoopback();

  it("a delivery arrives as it was signed", async () => {
    const server = await start();
    const { call, sandbox } = createHarness();
    const authentication = { headerName: "x-hook-key", headerValue: "k" };
    const url = `${server.baseUrl}/hook?x=1`;
    const request = { url, secret: SECRET, authentication };
    const { body } = await call("POST", "/webhooks", request);
    sandbox.devices.add("zoë", "charger");
    await sandbox.deliver();
    const [seen] = server.requests;
    expect(seen).toMatchObject({ method: "POST", url: "/hook?x=1" });
    expect(seen?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "enode-sandbox",
      "x-enode-signature": signed(seen?.body ?? "", SECRET),
      "x-hook-key": "k",
    });
    const { body: result } = await call("POST", `/webhooks/${body.id}/test`);
    expect(result).toMatchObject({ status: "SUCCESS", response: { code: 200 } });
    expect(result.response.headers).toContain("content-type: application/json");
  });

  it("redirects are not followed", async () => {
    const server = await start({
      api: (_, response) => response.writeHead(307, { location: "/elsewhere" }).end(),
    });
    const { call } = createHarness();
    const url = `${server.baseUrl}/hook`;
    const { body } = await call("POST", "/webhooks", { url, secret: SECRET });
    const { body: result } = await call("POST", `/webhooks/${body.id}/test`);
    expect(result).toMatchObject({ status: "FAILURE", response: { code: 307 } });
    expect(server.requests.map((request) => request.url)).toEqual(["/hook"]);
  });

  it("a dead endpoint is a failure", async () => {
    const { call } = createHarness();
    const { body } = await call("POST", "/webhooks", { url: await deadUrl(), secret: SECRET });
    const { body: result } = await call("POST", `/webhooks/${body.id}/test`);
    expect(result).toMatchObject({ status: "FAILURE", response: null });
    expect(result.description).toContain("could not be reached");
  });

  it("a server that closes ends its deliveries and its timer", async () => {
    const silent = await start({ api: () => {} });
    const server = await startSandbox({ seed: 3 });
    const request = { url: `${silent.baseUrl}/hook`, secret: SECRET };
    const token = await fetchToken(server);
    await send(server.fetch, "POST", "/webhooks", token, request);
    server.devices.add("anna", "charger");
    await filled(silent.requests, 1);
    const delivered = server.deliver();
    await server.close();
    await delivered;
    server.devices.add("anna", "charger");
    server.clock.advance(DAY);
    await server.deliver();
    expect(silent.requests).toHaveLength(1);
  });
});
