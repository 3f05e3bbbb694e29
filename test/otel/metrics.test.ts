import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../src/storage/index.ts";
import { WebhookReceiver } from "../../src/webhooks/index.ts";
import { createClient, failureOf, json, problem, stubFetch } from "../support/stub.ts";
import { deliver, SECRET, vehicleEvent } from "../webhooks/receiver/support/deliveries.ts";
import { useOpenTelemetry } from "./support/observed.ts";

const observed = useOpenTelemetry();
const get = { path: { vehicleId: "v-1" } };
const server = { "server.address": "api.test", "server.port": 443 };
const sent = {
  ...server,
  "http.request.method": "GET",
  "url.template": "/vehicles/{vehicleId}",
};

describe("metrics of calls", () => {
  it("count requests by their answers, calls, retries and tokens", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({ api: ({ nth }) => (nth === 1 ? problem(503) : json({ id: "v" })) });
    const { hooks } = observed.observability;
    const enode = createClient({ fetch, hooks, baseUrl: "https://api.test" });

    await enode.request("getVehicle", get);
    await enode.request("getVehicle", get);

    expect(await observed.points("http.client.request.duration")).toMatchObject([
      {
        attributes: { ...sent, "http.response.status_code": 503, "error.type": "503" },
        value: 1,
      },
      { attributes: { ...sent, "http.response.status_code": 200 }, value: 2 },
    ]);
    expect(await observed.points("enode.call.duration")).toMatchObject([
      { attributes: { "enode.operation": "getVehicle" }, value: 2 },
    ]);
    expect(await observed.points("enode.call.retries")).toEqual([
      {
        attributes: { "enode.operation": "getVehicle", "error.type": "server_error" },
        value: 1,
        sum: undefined,
      },
    ]);
    expect(await observed.points("enode.token.duration")).toMatchObject([
      {
        attributes: { "enode.token.source": "endpoint", "enode.token.background": false },
        value: 1,
      },
    ]);
    expect(await observed.points("http.client.active_requests")).toMatchObject([
      { attributes: { ...server, "http.request.method": "GET" }, value: 0 },
    ]);
  });

  it("tell the requests under way, and the calls that failed", async () => {
    let answer: (response: Response) => void = () => {};
    const fetch = stubFetch({
      api: () =>
        new Promise<Response>((resolve) => {
          answer = resolve;
        }),
    });
    const { hooks } = observed.observability;
    const failure = failureOf(createClient({ fetch, hooks }).request("getVehicle", get));
    await vi.waitFor(() => expect(fetch.apiRequests).toHaveLength(1));
    expect(await observed.points("http.client.active_requests")).toMatchObject([{ value: 1 }]);

    answer(problem(404));
    await failure;

    expect(await observed.points("http.client.active_requests")).toMatchObject([{ value: 0 }]);
    expect(await observed.points("enode.call.duration")).toMatchObject([
      { attributes: { "error.type": "not_found" }, value: 1 },
    ]);
  });

  it("are in seconds", async () => {
    const fetch = stubFetch({
      api: async () => {
        await sleep(30);
        return json({ id: "v" });
      },
    });
    await createClient({ fetch, hooks: observed.observability.hooks }).request("getVehicle", get);

    const [{ sum = 0 } = {}] = await observed.points("http.client.request.duration");
    expect(sum).toBeGreaterThan(0.02);
    expect(sum).toBeLessThan(20);
    expect((await observed.units()).get("http.client.request.duration")).toBe("s");
  });
});

describe("metrics of events", () => {
  it("tell how late events were handled, by the time at which they were made", async () => {
    const receiver = observed.observability.receiver(new WebhookReceiver({ secret: SECRET }));
    receiver.on("user:vehicle:updated", () => {});
    const event = {
      ...vehicleEvent("v-1"),
      createdAt: new Date(Date.now() - 600_000).toISOString(),
    };

    await deliver(receiver, [event]);

    const [{ attributes, sum = 0, value } = {}] = await observed.points("enode.event.lag");
    expect(attributes).toEqual({ "messaging.destination.name": "user:vehicle:updated" });
    expect(value).toBe(1);
    expect(sum).toBeGreaterThanOrEqual(600);
    expect(sum).toBeLessThan(700);
  });

  it("have no lag of events that failed, nor one below zero", async () => {
    const receiver = observed.observability.receiver(
      new WebhookReceiver({ secret: SECRET, onError: () => {} }),
    );
    receiver.on("user:vehicle:updated", ({ vehicle }) => {
      if (vehicle.id === "v-1") throw new Error("fails");
    });
    const createdAt = new Date(Date.now() + 600_000).toISOString();

    await deliver(receiver, [vehicleEvent("v-1")]);
    await deliver(receiver, [{ ...vehicleEvent("v-2"), createdAt }]);

    expect(await observed.points("enode.event.lag")).toMatchObject([{ value: 1, sum: 0 }]);
    expect(await observed.points("messaging.process.duration")).toMatchObject([
      { attributes: { "error.type": "Error" }, value: 1 },
      { value: 1 },
    ]);
    expect(await observed.points("enode.delivery.duration")).toMatchObject([
      { attributes: { "enode.delivery.outcome": "failed", "http.response.status_code": 500 } },
      { attributes: { "enode.delivery.outcome": "handled", "http.response.status_code": 200 } },
    ]);
  });

  it("report what a store holds, as the receiver counted it last", async () => {
    const { eventStore } = memoryStorage();
    const receiver = observed.observability.receiver(
      new WebhookReceiver({ secret: SECRET, store: eventStore, namespace: "sandbox:c" }),
    );
    const health = { ...receiver.health(), pendingEvents: 7, circuit: "open" as const };
    const counts = { waiting: 4, due: 3, held: 2, dead: 1, oldestAge: 61_000 };
    vi.spyOn(receiver, "health").mockReturnValue({
      ...health,
      events: { ...counts, countedAt: new Date() },
    });

    const values: Record<string, unknown> = {};
    for (const [name] of await observed.units()) {
      const [point] = await observed.points(name);
      expect(point?.attributes).toEqual({ "enode.namespace": "sandbox:c" });
      values[name] = point?.value;
    }

    expect(values).toEqual({
      "enode.events.waiting": 4,
      "enode.events.due": 3,
      "enode.events.held": 2,
      "enode.events.dead": 1,
      "enode.events.oldest_age": 61,
      "enode.events.pending": 7,
      "enode.receiver.circuit_open": 1,
    });
  });

  it("leave out what was never counted", async () => {
    observed.observability.receiver(new WebhookReceiver({ secret: SECRET }));

    expect([...(await observed.units()).keys()]).toEqual(["enode.receiver.circuit_open"]);
  });
});
