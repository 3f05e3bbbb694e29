import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { supersedes } from "../../../src/storage/contracts/device-store.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { lastOf, lives, ordersOf, recordOf } from "../support/device-orders.ts";

const times = fc.integer({ min: 1, max: 9 });
const news = fc.record({ observedAt: times, readingAt: times });

describe("the order of what is told of a device", () => {
  it("is total: of two that differ in a time exactly one supersedes the other", () => {
    const property = fc.property(news, news, (one, other) => {
      const [a, b] = [recordOf("a", one), recordOf("a", other)];
      const isSame = one.observedAt === other.observedAt && one.readingAt === other.readingAt;
      expect([supersedes(a, b), supersedes(b, a)].filter(Boolean)).toHaveLength(isSame ? 2 : 1);
    });
    fc.assert(property);
  });

  it("is transitive", () => {
    const property = fc.property(news, news, news, (one, other, third) => {
      const [a, b, c] = [recordOf("a", one), recordOf("a", other), recordOf("a", third)];
      fc.pre(supersedes(b, a) && supersedes(c, b));
      expect(supersedes(c, a)).toBe(true);
    });
    fc.assert(property);
  });

  it("leaves the same record in whatever order they come, in memory", async () => {
    const property = fc.asyncProperty(lives, async (told) => {
      const { deviceStore } = memoryStorage();
      const orders = ordersOf(told);
      const records = orders.flatMap((order, n) => order.map((each) => recordOf(`${n}`, each)));
      await deviceStore.upsert(records);
      const last = lastOf(told);
      for (const n of orders.keys()) {
        const found = await deviceStore.get("sandbox:client", "devices", `${n}`);
        expect(found).toEqual(last && recordOf(`${n}`, last));
      }
    });
    await fc.assert(property);
  });

  it("goes by the time of the news after a deletion, though the device was read before it", () => {
    const deleted = recordOf("a", { observedAt: 20, readingAt: 20, isEnd: true });
    const linkedAgain = recordOf("a", { observedAt: 30, readingAt: 10 });
    expect(supersedes(linkedAgain, deleted)).toBe(true);
    expect(supersedes(deleted, linkedAgain)).toBe(false);
  });
});
