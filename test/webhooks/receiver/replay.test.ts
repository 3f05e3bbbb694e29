import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isWebhookVerificationError } from "../../../src/errors/index.ts";
import type { EventStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { type SqliteStorage, sqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { type ReceiverSettings, WebhookReceiver } from "../../../src/webhooks/index.ts";
import { deliver, heartbeat, SECRET, textOf, vehicleEvent } from "./support/deliveries.ts";
import "../../support/lazy-modules.ts";

const OLD_SECRET = "the-secret-before";
const hour = 3_600_000;
const day = 24 * hour;

const open = new Set<SqliteStorage>();
const folders: string[] = [];
/** Errors that receivers report where none should occur. */
const unexpected: unknown[] = [];

beforeEach(() => {
  vi.useFakeTimers({
    now: new Date("2026-01-01T00:00:00Z"),
    toFake: ["setTimeout", "clearTimeout", "Date", "performance"],
  });
});

afterEach(() => {
  vi.useRealTimers();
  for (const storage of open) storage.close();
  open.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  expect(unexpected.splice(0)).toEqual([]);
});

function sqliteStore(path: string): EventStore {
  const storage = sqliteStorage({ path });
  open.add(storage);
  return storage.eventStore;
}

/** Each gives one store as two receivers see it. */
const engines: readonly { engine: string; makeStores: () => [EventStore, EventStore] }[] = [
  {
    engine: "memory",
    makeStores: () => {
      const { eventStore } = memoryStorage();
      return [eventStore, eventStore];
    },
  },
  {
    engine: "SQLite by one connection",
    makeStores: () => {
      const eventStore = sqliteStore(":memory:");
      return [eventStore, eventStore];
    },
  },
  {
    engine: "an SQLite file by two connections",
    makeStores: () => {
      const folder = mkdtempSync(join(tmpdir(), "enode-replay-"));
      folders.push(folder);
      const path = join(folder, "events.db");
      return [sqliteStore(path), sqliteStore(path)];
    },
  },
];

/** A receiver that writes down what it handles. */
function receiverThat(
  handled: string[],
  settings: ReceiverSettings = {},
  secret: string | string[] = SECRET,
): WebhookReceiver {
  const onError = (error: unknown) => unexpected.push(error);
  const receiver = new WebhookReceiver({ secret, onError, ...settings });
  receiver.on("*", (event) => handled.push(textOf(event)));
  receiver.start();
  return receiver;
}

/** How often each answer was given. */
async function tally(responses: readonly Response[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const response of responses) {
    const text = `${response.status} ${await response.text()}`;
    counts[text] = (counts[text] ?? 0) + 1;
  }
  return counts;
}

describe.each(engines)("a replay with a store in $engine", ({ makeStores }) => {
  it("is handled once, also with a new delivery ID and long after", async () => {
    const [store, sameStore] = makeStores();
    const handled: string[] = [];
    const receiver = receiverThat(handled, { store });
    const other = receiverThat(handled, { store: sameStore });
    const events = [vehicleEvent("a", "first"), heartbeat(0, "second")];

    const first = await deliver(receiver, events, { deliveryId: "delivery-1" });
    await vi.advanceTimersByTimeAsync(60_000);
    vi.setSystemTime(Date.now() + 365 * day);
    const replays = [
      await deliver(receiver, events, { deliveryId: "delivery-2" }),
      await deliver(other, events, { deliveryId: "delivery-3" }),
    ];
    await vi.advanceTimersByTimeAsync(60_000);

    expect(await first.text()).toBe("stored");
    expect(await tally(replays)).toEqual({ "200 duplicate": 2 });
    expect(handled).toEqual(["first", "second"]);
  });

  it("is handled once when 20 come at the same time to two receivers", async () => {
    const handled: string[] = [];
    const receivers = makeStores().map((store) => receiverThat(handled, { store }));
    const events = [vehicleEvent("a", "first")];

    const responses = await Promise.all(
      Array.from({ length: 10 }, () =>
        receivers.map((receiver) => deliver(receiver, events)),
      ).flat(),
    );
    await vi.advanceTimersByTimeAsync(60_000);

    expect(await tally(responses)).toEqual({ "200 stored": 1, "200 duplicate": 19 });
    expect(handled).toEqual(["first"]);
  });

  it("is distinguished from another delivery under the same delivery ID", async () => {
    const [store] = makeStores();
    const handled: string[] = [];
    const receiver = receiverThat(handled, { store });

    const responses = [
      await deliver(receiver, [vehicleEvent("a", "first")], { deliveryId: "delivery-1" }),
      await deliver(receiver, [vehicleEvent("a", "second")], { deliveryId: "delivery-1" }),
    ];
    await vi.advanceTimersByTimeAsync(60_000);

    expect(await tally(responses)).toEqual({ "200 stored": 2 });
    expect(handled).toEqual(["first", "second"]);
  });

  it("is known for what it is when signed with the other one of two secrets", async () => {
    const [store] = makeStores();
    const handled: string[] = [];
    const receiver = receiverThat(handled, { store }, [SECRET, OLD_SECRET]);
    const events = [vehicleEvent("a", "first")];

    const responses = [
      await deliver(receiver, events, { secret: OLD_SECRET }),
      await deliver(receiver, events, { secret: SECRET }),
    ];
    await vi.advanceTimersByTimeAsync(60_000);

    expect(await tally(responses)).toEqual({ "200 stored": 1, "200 duplicate": 1 });
    expect(handled).toEqual(["first"]);
  });
});

describe("a replay without a store", () => {
  it("is handled once, also with a new delivery ID and long after", async () => {
    const handled: string[] = [];
    const receiver = receiverThat(handled);
    const events = [vehicleEvent("a", "first")];

    const first = await deliver(receiver, events, { deliveryId: "delivery-1" });
    vi.setSystemTime(Date.now() + 365 * day);
    const replay = await deliver(receiver, events, { deliveryId: "delivery-2" });

    expect(await tally([first, replay])).toEqual({ "200 handled": 1, "200 duplicate": 1 });
    expect(handled).toEqual(["first"]);
  });

  it("is handled once when 20 come at the same time", async () => {
    const handled: string[] = [];
    const receiver = receiverThat(handled);
    const events = [vehicleEvent("a", "first")];

    const responses = await Promise.all(
      Array.from({ length: 20 }, () => deliver(receiver, events)),
    );

    expect(await tally(responses)).toEqual({ "200 handled": 1, "200 duplicate": 19 });
    expect(handled).toEqual(["first"]);
  });

  it("is known for what it is when signed with the other one of two secrets", async () => {
    const handled: string[] = [];
    const receiver = receiverThat(handled, {}, [SECRET, OLD_SECRET]);
    const events = [vehicleEvent("a", "first")];

    const responses = [
      await deliver(receiver, events, { secret: SECRET }),
      await deliver(receiver, events, { secret: OLD_SECRET }),
    ];

    expect(await tally(responses)).toEqual({ "200 handled": 1, "200 duplicate": 1 });
    expect(handled).toEqual(["first"]);
  });
});

describe.each([
  { place: "with a store", makeStore: () => memoryStorage().eventStore },
  { place: "without a store", makeStore: () => undefined },
])("maxAge $place", ({ makeStore }) => {
  function receiverWithin(maxAge: number | undefined) {
    const store = makeStore();
    const handled: string[] = [];
    const onError = vi.fn();
    const receiver = receiverThat(handled, {
      onError,
      ...(maxAge === undefined ? undefined : { maxAge }),
      ...(store === undefined ? undefined : { store }),
    });
    return { receiver, handled, onError };
  }

  it("refuses a delivery whose events are all older", async () => {
    const { receiver, handled, onError } = receiverWithin(hour);
    const events = [vehicleEvent("a", "first"), vehicleEvent("b", "second")];
    await vi.advanceTimersByTimeAsync(hour + 1);

    const response = await deliver(receiver, events);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(response.status).toBe(400);
    expect(await response.text()).toBe("stale_delivery");
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      expect.toSatisfy(isWebhookVerificationError),
      expect.objectContaining({ stage: "delivery" }),
    );
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "stale_delivery" });
    expect(handled).toEqual([]);
    expect(receiver.health()).toMatchObject({ refused: 1, deliveries: 0 });
  });

  it("takes a delivery to the very end of that time", async () => {
    const { receiver, handled } = receiverWithin(hour);
    const events = [vehicleEvent("a", "first")];
    await vi.advanceTimersByTimeAsync(hour);

    expect((await deliver(receiver, events)).status).toBe(200);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(handled).toEqual(["first"]);
  });

  it("takes a delivery of which one event is recent", async () => {
    const { receiver, handled } = receiverWithin(hour);
    const old = vehicleEvent("a", "old");
    await vi.advanceTimersByTimeAsync(2 * hour);

    expect((await deliver(receiver, [old, vehicleEvent("a", "recent")])).status).toBe(200);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(handled).toEqual(["old", "recent"]);
  });

  it("refuses an old delivery whatever new ID it has", async () => {
    const { receiver, handled } = receiverWithin(hour);
    const events = [vehicleEvent("a", "first")];
    expect((await deliver(receiver, events, { deliveryId: "delivery-1" })).status).toBe(200);
    await vi.advanceTimersByTimeAsync(2 * hour);

    expect((await deliver(receiver, events, { deliveryId: "delivery-2" })).status).toBe(400);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(handled).toEqual(["first"]);
  });

  it("is not checked when it was not given", async () => {
    const { receiver, handled } = receiverWithin(undefined);
    const events = [vehicleEvent("a", "first")];
    vi.setSystemTime(Date.now() + 365 * day);

    expect((await deliver(receiver, events)).status).toBe(200);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(handled).toEqual(["first"]);
  });
});
