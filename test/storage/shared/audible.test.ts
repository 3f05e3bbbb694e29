import { describe, expect, it, vi } from "vitest";
import type { DeliveryRecord, EventStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { sqliteStorage } from "../../../src/storage/sqlite/index.ts";

const delivery = (digest: string, ...lanes: string[]): DeliveryRecord => ({
  namespace: "one",
  digest,
  deliveryId: undefined,
  receivedAt: 0,
  events: lanes.map((lane, index) => ({ index, lane, payload: "{}" })),
});

describe.each<[string, () => { store: EventStore; close: () => void }]>([
  ["memory", () => ({ store: memoryStorage().eventStore, close: () => undefined })],
  [
    "SQLite",
    () => {
      const storage = sqliteStorage({ path: ":memory:" });
      return { store: storage.eventStore, close: () => storage.close() };
    },
  ],
])("an event store in %s", (_, open) => {
  it("tells those who listen in its process of events that nobody has claimed", async () => {
    const { store, close } = open();
    const [heard, other] = [vi.fn(), vi.fn()];
    const end = store.listen?.(heard, "one");
    store.listen?.(other, "two");
    await store.append(delivery("a", "car"));
    expect(heard).toHaveBeenCalledTimes(1);
    // A copy, and a delivery without events.
    await store.append(delivery("a", "car"));
    await store.append(delivery("b"));
    expect(heard).toHaveBeenCalledTimes(1);
    await store.appendAndClaim?.(delivery("c", "bus"), 9, 1_000);
    expect(heard).toHaveBeenCalledTimes(1);

    await end?.();
    await store.append(delivery("d", "bike"));
    expect(heard).toHaveBeenCalledTimes(1);
    expect(other).not.toHaveBeenCalled();
    close();
  });

  it("keeps a delivery also when one of those who listen throws", async () => {
    const { store, close } = open();
    const heard = vi.fn();
    store.listen?.(() => {
      throw new Error("no");
    }, "one");
    store.listen?.(heard, "one");
    expect(await store.append(delivery("a", "car"))).toBe("new");
    expect(heard).toHaveBeenCalledOnce();
    close();
  });
});
