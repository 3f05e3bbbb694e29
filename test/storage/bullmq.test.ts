import type { Queue } from "bullmq";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Place, startServer, startWorker } from "../../examples/bullmq.ts";
import { Enode, type WebhookEvent } from "../../src/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { deadUrl } from "../support/loopback.ts";
import { withRedis } from "../support/services.ts";

const secret = "a-secret-of-the-tests";

/** A sandbox that sends to a server, and what it has sent. */
async function subscribe({ url }: { url: string }) {
  const sent: { request: Request; status: number }[] = [];
  const sandbox = createSandbox({
    seed: 7,
    clock: "manual",
    heartbeatInterval: Number.POSITIVE_INFINITY,
    async deliver(request) {
      const copy = request.clone();
      const response = await fetch(request);
      sent.push({ request: copy, status: response.status });
      return response;
    },
  });
  const enode = new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    fetch: sandbox.fetch,
  });
  await enode.webhooks.create({ url, secret, events: ["*"] });
  return {
    sent,
    sandbox,
    /** Has devices added for a user, and their events delivered. */
    async add(userId: string, count = 1) {
      for (let n = 0; n < count; n++) sandbox.devices.add(userId, "charger");
      await sandbox.deliver();
    },
  };
}

/** Waits for what another connection brings. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 60_000, interval: 10 });

/** In place of waiting for the pause after a failure. */
function hasten(queue: Queue): Promise<unknown> {
  return eventually(async () => {
    const [delayed] = await queue.getDelayed();
    expect(delayed).toBeDefined();
    await delayed?.promote();
  });
}

const userOf = (event: WebhookEvent) => ("user" in event ? event.user.id : undefined);

describe("the example with BullMQ", () => {
  const handled: WebhookEvent[] = [];
  const running: { close(): Promise<void> }[] = [];
  let queues = 0;

  beforeEach(() => {
    handled.length = 0;
    vi.spyOn(console, "error").mockReturnValue(undefined);
  });
  afterEach(async () => {
    for (const part of running.splice(0)) await part.close();
  });

  async function serve(place: Place) {
    const server = await startServer(place, { secret });
    running.push(server);
    return server;
  }

  function work(place: Place, handle: (event: WebhookEvent) => unknown = (e) => handled.push(e)) {
    const worker = startWorker(place, handle);
    running.push(worker);
    return worker;
  }

  withRedis("with Redis", ({ url: redisUrl, prefix }) => {
    const own = () => ({ redisUrl, prefix: `${prefix}${queues++}` });

    it("has all events handled, in their order", async () => {
      const place = own();
      const { sent, add } = await subscribe(await serve(place));
      work(place);
      await add("anna", 3);
      await add("ben", 2);

      await eventually(() => expect(handled).toHaveLength(5));
      expect(handled.map(userOf)).toEqual(["anna", "anna", "anna", "ben", "ben"]);
      expect(handled.every(({ event }) => event === "user:charger:discovered")).toBe(true);
      expect(sent.every(({ status }) => status === 200)).toBe(true);
    });

    it("has a delivery handled once that comes several times", async () => {
      const place = own();
      const { sent, add } = await subscribe(await serve(place));
      work(place);
      await add("anna");
      await eventually(() => expect(handled).toHaveLength(1));

      const [first] = sent;
      const copies = await Promise.all([1, 2, 3].map(() => fetch(first?.request.clone() ?? "")));
      expect(copies.map(({ status }) => status)).toEqual([200, 200, 200]);
      // It is handled after all that came before it.
      await add("ben");
      await eventually(() => expect(handled.map(userOf)).toContain("ben"));
      expect(handled.map(userOf)).toEqual(["anna", "ben"]);
    });

    it("tries again from the event that failed", async () => {
      const place = own();
      const server = await serve(place);
      await server.queue.add("delivery", {
        namespace: "default",
        digest: "",
        deliveryId: undefined,
        receivedAt: 0,
        events: ["anna", "ben", "cleo"].map((id, index) => ({
          index,
          lane: null,
          payload: JSON.stringify({ event: "user:charger:deleted", user: { id } }),
        })),
      });
      const users: (string | undefined)[] = [];
      work(place, (event) => {
        users.push(userOf(event));
        if (users.length === 2) throw new Error("of the host");
      });

      await hasten(server.queue);
      await eventually(() => expect(users).toEqual(["anna", "ben", "ben", "cleo"]));
    });

    it("goes on with what an earlier worker has left in the queue", async () => {
      const place = own();
      const server = await serve(place);
      const { add } = await subscribe(server);
      const failing = work(place, () => Promise.reject(new Error("of the host")));
      await add("anna");
      await eventually(async () => expect(await server.queue.getDelayedCount()).toBe(1));
      await failing.close();

      work(place);
      await hasten(server.queue);
      await eventually(() => expect(handled.map(userOf)).toEqual(["anna"]));
    });
  });

  it("tells Enode to send a delivery again while Redis is down", async () => {
    const redisUrl = (await deadUrl()).replace("http", "redis");
    const { sent, add } = await subscribe(await serve({ redisUrl }));
    await add("anna");

    expect(sent[0]?.status).toBe(503);
    expect(handled).toEqual([]);
  });
});
