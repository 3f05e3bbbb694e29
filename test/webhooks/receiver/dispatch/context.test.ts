import { AsyncLocalStorage } from "node:async_hooks";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../../../src/storage/index.ts";
import { sqliteStorage } from "../../../../src/storage/sqlite/index.ts";
import { WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { later, pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, heartbeat, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

const context = new AsyncLocalStorage<string>();

/** What handlers were called for, each with the context that it saw. */
function record(receiver: WebhookReceiver, work: (text: string) => unknown = () => undefined) {
  const seen: string[] = [];
  receiver.on("*", async (event) => {
    seen.push(`${textOf(event)} in ${context.getStore()}`);
    await work(textOf(event));
  });
  return seen;
}

describe.each([
  ["memory", () => memoryStorage().eventStore],
  ["SQLite", () => sqliteStorage({ path: ":memory:" }).eventStore],
])("a handler of a receiver with a store in %s", (_, createStore) => {
  it("runs in the context of start, however its event came", async () => {
    const store = createStore();
    const options = { secret: SECRET, store, onError: () => undefined };
    const receiver = new WebhookReceiver(options);
    let failures = 1;
    const seen = record(receiver, () => {
      if (failures-- > 0) throw new Error("once");
    });
    context.run("start", () => receiver.start());
    await pass(0);
    await context.run("first delivery", () => deliver(receiver, [vehicleEvent("a", "handed")]));
    await pass(0);
    expect(seen).toEqual(["handed in start"]);
    // The retry.
    await pass(60_000);
    // One that another process has kept, found by a poll.
    await deliver(new WebhookReceiver(options), [vehicleEvent("b", "polled")]);
    await context.run("later delivery", () => deliver(receiver, [heartbeat(0, "handed too")]));
    await pass(10_000);

    expect(seen.map((text) => text.split(" in ")[1])).toEqual(seen.map(() => "start"));
    expect(seen).toEqual(expect.arrayContaining(["polled in start", "handed too in start"]));
    expect(seen.filter((text) => text.startsWith("handed in"))).toHaveLength(2);
    await receiver.stop();
  });

  it("runs in the context of drain", async () => {
    const receiver = new WebhookReceiver({ secret: SECRET, store: createStore() });
    const seen = record(receiver, () => later(100));
    await context.run("delivery", () =>
      deliver(receiver, [vehicleEvent("a", "one"), vehicleEvent("a", "two")]),
    );

    const drained = context.run("drain", () => receiver.drain());
    await pass(1_000);

    expect(await drained).toMatchObject({ handled: 2 });
    expect(seen).toEqual(["one in drain", "two in drain"]);
  });
});

describe("a handler of a receiver without a store", () => {
  it("runs in the context of its own delivery, also when it waited for that of another one", async () => {
    const receiver = new WebhookReceiver({ secret: SECRET, concurrency: 1 });
    const seen = record(receiver, () => later(100));
    const answers = ["one", "two", "three"].map((name) =>
      context.run(name, () => deliver(receiver, [vehicleEvent("a", name)])),
    );
    await pass(1_000);

    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(seen.toSorted()).toEqual(["one in one", "three in three", "two in two"]);
  });
});

describe("onSilence", () => {
  // Those of the tests have no context.
  beforeEach(() => {
    vi.useRealTimers();
  });

  function setUp(silenceAfter = 50) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const onSilence = () => resolve(context.getStore());
    const create = () => new WebhookReceiver({ secret: SECRET, silenceAfter, onSilence });
    return { receiver: context.run("made", create), silence: promise };
  }

  it("is called in the context of start, also after heartbeats", async () => {
    const { receiver, silence } = setUp();
    context.run("start", () => receiver.start());
    await context.run("delivery", () => deliver(receiver, [heartbeat()]));
    await context.run("another", () => deliver(receiver, [heartbeat(1)]));

    expect(await silence).toBe("start");
  });

  it("is called in the context of start when a delivery finds that the time is over", async () => {
    const { receiver, silence } = setUp(60_000);
    context.run("start", () => receiver.start());
    // As after a process was frozen: the timer is late.
    vi.setSystemTime(Date.now() + 120_000);
    await context.run("delivery", () => deliver(receiver, [heartbeat()]));

    expect(await silence).toBe("start");
  });

  it("is called in the context in which the receiver was made where nobody calls start", async () => {
    const { receiver, silence } = setUp();
    await context.run("delivery", () => deliver(receiver, [heartbeat()]));

    expect(await silence).toBe("made");
  });
});
