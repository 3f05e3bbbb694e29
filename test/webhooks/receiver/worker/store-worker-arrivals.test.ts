import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isStoreError } from "../../../../src/errors/index.ts";
import type { ClaimedEvent, EventStore } from "../../../../src/storage/contracts/index.ts";
import { type SqliteStorage, sqliteStorage } from "../../../../src/storage/sqlite/index.ts";
import { type ReceiverSettings, WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { deliver, gate, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";
import "../../../support/lazy-modules.ts";

let storage: SqliteStorage;

beforeEach(() => {
  vi.useFakeTimers({
    now: new Date("2026-01-01T00:00:00Z"),
    toFake: ["setTimeout", "clearTimeout", "Date", "performance"],
  });
  // Each poll after just a second.
  vi.spyOn(Math, "random").mockReturnValue(0);
  storage = sqliteStorage({ path: ":memory:" });
});

afterEach(() => {
  storage.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The store, with a spy on each method. */
function watched() {
  const { eventStore } = storage;
  const { appendAndClaim = () => expect.unreachable("it has this method") } = eventStore;
  return {
    ...eventStore,
    append: vi.fn(eventStore.append),
    appendAndClaim: vi.fn<NonNullable<EventStore["appendAndClaim"]>>(appendAndClaim),
    claim: vi.fn(eventStore.claim),
  };
}

/** Has a store wait before it keeps anything, until it is let go on. */
function slowed(store: ReturnType<typeof watched>) {
  const slow = gate();
  const { appendAndClaim } = storage.eventStore;
  store.appendAndClaim.mockImplementation(async (...about) => {
    await slow.opened;
    return (await appendAndClaim?.(...about)) ?? [];
  });
  return slow;
}

/** A receiver that is started, and the texts of the events that it handles. */
function startedOn(
  store: EventStore,
  settings: ReceiverSettings = {},
  work: (text: string) => unknown = () => undefined,
) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const receiver = new WebhookReceiver({ secret: SECRET, store, onError, ...settings });
  const texts: string[] = [];
  receiver.on("*", (event) => {
    texts.push(textOf(event));
    return work(textOf(event));
  });
  receiver.start();
  return { receiver, errors, texts };
}

/** Lets everything happen that waits for no timer. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const never = (): Promise<void> => new Promise(() => undefined);

describe("a store that hands out events as it keeps them", () => {
  it("is not asked for them again, and keeps nothing of them when they are done", async () => {
    const store = watched();
    const { receiver, texts } = startedOn(store);
    await settle();
    const events = [vehicleEvent("a", "a1"), vehicleEvent("b", "b1"), vehicleEvent("c", "c1")];
    expect((await deliver(receiver, events)).status).toBe(200);
    await settle();

    expect(texts).toEqual(["a1", "b1", "c1"]);
    expect(store.appendAndClaim).toHaveBeenCalledExactlyOnceWith(expect.anything(), 3, 40_000);
    expect(store.append).not.toHaveBeenCalled();
    expect((await Promise.all(store.claim.mock.results.map(({ value }) => value))).flat()).toEqual(
      [],
    );
    expect(receiver.health()).toMatchObject({ handled: 3, deadLetters: 0 });
    vi.setSystemTime(Date.now() + 100_000);
    expect(await store.claim(9, 1)).toEqual([]);
  });

  it("is asked for what it did not hand out, in the order of each device", async () => {
    const { receiver, texts } = startedOn(watched(), { concurrency: 2 });
    const names = ["a1", "a2", "b1", "a3", "c1", "d1"];
    await deliver(
      receiver,
      names.map((name) => vehicleEvent(name.slice(0, 1), name)),
    );
    await settle();

    expect(texts.toSorted()).toEqual(names.toSorted());
    expect(texts.filter((text) => text.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
  });

  it("recognises copies as ever", async () => {
    const { receiver, texts } = startedOn(watched());
    const events = [vehicleEvent("a", "a1")];
    const answers = await Promise.all([deliver(receiver, events), deliver(receiver, events)]);
    await settle();

    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([
      "stored",
      "duplicate",
    ]);
    expect(texts).toEqual(["a1"]);
    expect(receiver.health().duplicates).toBe(1);
  });

  it("only keeps them for a receiver that is not started", async () => {
    const store = watched();
    const { receiver, texts } = startedOn(store);
    await receiver.stop();
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await settle();
    expect(store.appendAndClaim).not.toHaveBeenCalled();
    expect(texts).toEqual([]);

    receiver.start();
    await settle();
    expect(texts).toEqual(["a1"]);
  });

  it("hands out an event again that failed, as the second attempt", async () => {
    let attempts = 0;
    const { receiver, texts } = startedOn(watched(), {}, () => {
      if (++attempts === 1) throw new Error("the first time");
    });
    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("a", "a2")]);
    await vi.advanceTimersByTimeAsync(2_000);

    expect(texts).toEqual(["a1", "a1", "a2"]);
  });
});

describe("a receiver with room to spare", () => {
  it("promises no more of it than it has to deliveries that come together", async () => {
    const store = watched();
    const slow = slowed(store);
    const { receiver, texts } = startedOn(store, { concurrency: 3 }, never);
    await settle();
    const answers = ["a", "b", "c"].map((device) =>
      deliver(receiver, [vehicleEvent(device, device), vehicleEvent(`${device}'`, `${device}'`)]),
    );
    await settle();
    expect(store.appendAndClaim.mock.calls.map(([, limit]) => limit)).toEqual([2, 1]);
    expect(store.append).toHaveBeenCalledTimes(1);
    slow.open();
    await Promise.all(answers);
    await settle();

    expect(texts.toSorted()).toEqual(["a", "a'", "b"]);
  });

  it("promises none of what it is asking the store to fill", async () => {
    const store = watched();
    await store.append({
      namespace: "default",
      digest: "before",
      deliveryId: undefined,
      receivedAt: 0,
      events: ["a", "b"].map((device, index) => {
        return { index, lane: device, payload: JSON.stringify(vehicleEvent(device, device)) };
      }),
    });
    const asked = gate();
    store.claim.mockImplementationOnce(async (...about) => {
      await asked.opened;
      return storage.eventStore.claim(...about);
    });
    const { receiver, texts } = startedOn(store, { concurrency: 2 }, never);
    await settle();
    await deliver(receiver, [vehicleEvent("c", "c"), vehicleEvent("d", "d")]);
    asked.open();
    await settle();

    expect(texts).toEqual(["a", "b"]);
  });

  it("does not ask for what a delivery has taken just before", async () => {
    const store = watched();
    const { receiver, texts } = startedOn(store, { concurrency: 1 }, never);
    // Before each twentieth question others get their turn.
    await vi.advanceTimersByTimeAsync(18_000);
    expect(store.claim).toHaveBeenCalledTimes(19);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.claim).toHaveBeenCalledTimes(19);
    await deliver(receiver, [vehicleEvent("a", "a")]);
    await vi.advanceTimersByTimeAsync(10);

    expect(texts).toEqual(["a"]);
    expect(store.claim).toHaveBeenCalledTimes(19);
  });

  it("promises none when a store has handed out more than it was asked for", async () => {
    const store = watched();
    const { claim } = storage.eventStore;
    store.claim.mockImplementation((limit, lease, namespace) => claim(limit + 2, lease, namespace));
    const { receiver, texts } = startedOn(store, { concurrency: 1 }, never);
    await settle();
    const devices = ["a", "b", "c"];
    await receiver.stop();
    await deliver(
      receiver,
      devices.map((device) => vehicleEvent(device, device)),
    );
    receiver.start();
    await settle();
    expect(texts).toEqual(devices);
    const slow = slowed(store);
    await deliver(receiver, [vehicleEvent("d", "d")]);
    await settle();
    slow.open();
    await settle();
    expect(store.appendAndClaim).not.toHaveBeenCalled();
    expect(texts).toEqual(devices);
  });

  it("asks at once for what came meanwhile when what it promised is not needed", async () => {
    const store = watched();
    const slow = gate();
    store.appendAndClaim.mockImplementationOnce(async () => {
      await slow.opened;
      return "duplicate";
    });
    const { receiver, texts } = startedOn(store, { concurrency: 1 });
    await settle();
    const first = deliver(receiver, [vehicleEvent("a", "a1")]);
    await settle();
    await deliver(receiver, [vehicleEvent("b", "b1")]);
    await settle();
    expect(texts).toEqual([]);
    slow.open();
    await first;
    await settle();

    expect(texts).toEqual(["b1"]);
  });

  it("handles what it is handed while it is being stopped, before it is stopped", async () => {
    const store = watched();
    const slow = slowed(store);
    const handling = gate();
    const { receiver, texts } = startedOn(store, {}, () => handling.opened);
    await settle();
    const answer = deliver(receiver, [vehicleEvent("a", "a1")]);
    await settle();
    let isStopped = false;
    const stopped = receiver.stop().then(() => {
      isStopped = true;
    });
    slow.open();
    await answer;
    await settle();
    expect(texts).toEqual(["a1"]);
    expect(isStopped).toBe(false);
    handling.open();
    await stopped;

    expect(receiver.health().handled).toBe(1);
  });
});

describe("a store that is broken as it hands out events", () => {
  const invalid: readonly unknown[] = ["old", true, undefined, [{}], [null], { length: 0 }];

  it.each([
    ["throws", () => expect.unreachable("broken")],
    ["rejects", () => Promise.reject(new Error("broken"))],
    ["hangs", never],
    ...invalid.map(
      (answer) => [`resolves with ${JSON.stringify(answer)}`, async () => answer] as const,
    ),
  ] as [string, () => Promise<ClaimedEvent[]>][])(
    "is reported and answered 503 when it %s",
    async (_, break_) => {
      const store = watched();
      store.appendAndClaim.mockImplementationOnce(break_);
      const { receiver, errors, texts } = startedOn(store);
      await settle();
      const answer = deliver(receiver, [vehicleEvent("a", "a1")]);
      await vi.advanceTimersByTimeAsync(4_000);
      expect((await answer).status).toBe(503);
      expect(errors).toMatchObject([{ store: "eventStore", method: "appendAndClaim" }]);
      expect(errors.every(isStoreError)).toBe(true);

      expect((await deliver(receiver, [vehicleEvent("a", "a1")])).status).toBe(200);
      await settle();
      expect(texts).toEqual(["a1"]);
    },
  );

  it("is taken at its word about an event of another delivery", async () => {
    const store = watched();
    const { receiver, texts } = startedOn(store);
    await settle();
    await store.append({
      namespace: "default",
      digest: "other",
      deliveryId: undefined,
      receivedAt: 0,
      events: [{ index: 9, lane: null, payload: JSON.stringify(vehicleEvent("b", "b1")) }],
    });
    store.appendAndClaim.mockImplementationOnce((_, limit, lease) => store.claim(limit, lease));
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await settle();
    expect(texts).toEqual(["b1"]);
  });

  it("is asked at once for what it could have handed out", async () => {
    const store = watched();
    store.appendAndClaim.mockImplementationOnce(async (delivery) => {
      await store.append(delivery);
      return [];
    });
    const { receiver, texts } = startedOn(store);
    await settle();
    await deliver(receiver, [vehicleEvent("a", "a1")]);
    await settle();
    expect(texts).toEqual(["a1"]);
  });
});
