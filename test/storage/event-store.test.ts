import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ClaimedEvent, EventStore } from "../../src/storage/contracts.ts";
import { memoryStorage } from "../../src/storage/memory.ts";
import { type SqliteStorage, sqliteStorage } from "../../src/storage/sqlite.ts";
import { deliveryOf, eventStoreCases, placesOf } from "./support/event-store-cases.ts";
import { EventStoreModel } from "./support/event-store-model.ts";

const open = new Set<SqliteStorage>();
const folders: string[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const storage of open) storage.close();
  open.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function sqliteStore(path: string): EventStore {
  const storage = sqliteStorage({ path });
  open.add(storage);
  return storage.eventStore;
}

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "enode-events-"));
  folders.push(folder);
  return join(folder, "events.db");
}

const engines: readonly { engine: string; makeStore: () => EventStore }[] = [
  { engine: "memory", makeStore: () => memoryStorage().eventStore },
  { engine: "an SQLite file", makeStore: () => sqliteStore(newFile()) },
];

function stopClock(): void {
  vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z"), toFake: ["Date"] });
}

describe.each(engines)("events in $engine", ({ makeStore }) => {
  it.each(eventStoreCases)("$name", async ({ run }) => {
    expect.assertions(0);
    await run(makeStore);
  });

  it("are held until the very end of the lease", async () => {
    stopClock();
    const store = makeStore();
    await store.append(deliveryOf("a", ["x"]));
    await store.claim(1, 1_000);

    vi.setSystemTime(Date.now() + 999);
    expect(await store.claim(1, 1_000)).toEqual([]);
    vi.setSystemTime(Date.now() + 1);
    expect(await store.claim(1, 1_000)).toMatchObject([{ attempt: 2 }]);
  });

  it("wait for the very moment of their retry", async () => {
    stopClock();
    const store = makeStore();
    await store.append(deliveryOf("a", ["x"]));
    const [event] = await store.claim(1, 1_000_000);
    await store.fail(event as ClaimedEvent, "no", Date.now() + 500);

    vi.setSystemTime(Date.now() + 499);
    expect(await store.claim(1, 1_000)).toEqual([]);
    vi.setSystemTime(Date.now() + 1);
    expect(await store.claim(1, 1_000)).toMatchObject([{ attempt: 2 }]);
  });

  it("are listed as dead by the time of their death, the latest first", async () => {
    stopClock();
    const store = makeStore();
    const start = Date.now();
    await store.append(deliveryOf("a", ["x", "y"]));
    const [first, second] = await store.claim(2, 1_000);
    await store.fail(second as ClaimedEvent, "no");
    vi.setSystemTime(start + 10);
    await store.fail(first as ClaimedEvent, "no");

    expect(await store.deadLetters()).toMatchObject([
      { index: 0, failedAt: start + 10 },
      { index: 1, failedAt: start },
    ]);
  });
});

type Step =
  | { do: "append"; digest: number; lanes: (string | null)[] }
  | { do: "claim"; limit: number; lease: number }
  | { do: "complete"; nth: number }
  | { do: "revive"; nth: number }
  | { do: "fail"; nth: number; delay: number | undefined }
  | { do: "pass"; milliseconds: number };

const nth = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("append" as const),
    digest: fc.nat({ max: 5 }),
    lanes: fc.array(fc.constantFrom("x", "y", "z", null), { maxLength: 4 }),
  }),
  fc.record({
    do: fc.constant("claim" as const),
    limit: fc.integer({ min: 1, max: 4 }),
    lease: fc.constantFrom(0, 10, 100),
  }),
  fc.record({ do: fc.constantFrom("complete" as const, "complete"), nth }),
  fc.record({ do: fc.constant("revive" as const), nth }),
  fc.record({ do: fc.constant("fail" as const), nth, delay: fc.constantFrom(0, 20, undefined) }),
  fc.record({ do: fc.constant("pass" as const), milliseconds: fc.constantFrom(1, 10, 50) }),
);

/** Takes the steps with a store and with the model, which must agree in everything that can be seen. */
async function walk(store: EventStore, steps: readonly Step[]): Promise<void> {
  const model = new EventStoreModel();
  const claims: ClaimedEvent[] = [];
  const completed: string[] = [];
  const check = async (claim: ClaimedEvent) => {
    const isHeld = model.holds(claim.lease, placesOf([claim])[0] as string);
    const done = await store.complete(claim);
    expect(done).toBe(isHeld);
    if (!done) return;
    model.complete(placesOf([claim])[0] as string);
    completed.push(...placesOf([claim]));
  };
  for (const taken of steps) {
    if (taken.do === "append") {
      const digest = String(taken.digest);
      const outcome = await store.append(deliveryOf(digest, taken.lanes));
      expect(outcome).toBe(model.append(digest, taken.lanes));
    } else if (taken.do === "claim") {
      const found = await store.claim(taken.limit, taken.lease);
      expect(placesOf(found)).toEqual(model.claimable(taken.limit));
      for (const claim of found) model.claim(placesOf([claim])[0] as string, claim, taken.lease);
      claims.push(...found);
    } else if (taken.do === "pass") {
      vi.setSystemTime(Date.now() + taken.milliseconds);
    } else if (taken.do === "revive") {
      const letters = await store.deadLetters();
      const letter = letters[taken.nth % Math.max(1, letters.length)];
      if (letter === undefined) continue;
      expect(await store.revive([letter.id])).toBe(1);
      model.revive(placesOf([letter])[0] as string);
    } else {
      const claim = claims[taken.nth % Math.max(1, claims.length)];
      if (claim === undefined) continue;
      const place = placesOf([claim])[0] as string;
      if (taken.do === "complete") await check(claim);
      else {
        const retryAt = taken.delay === undefined ? undefined : Date.now() + taken.delay;
        const isHeld = model.holds(claim.lease, place);
        expect(await store.fail(claim, "no", retryAt)).toBe(isHeld);
        if (isHeld) model.fail(place, retryAt);
      }
    }
  }
  // Whatever happened: what is not dead comes out in the end, once.
  for (;;) {
    vi.setSystemTime(Date.now() + 1_000);
    const found = await store.claim(100, 10);
    expect(placesOf(found)).toEqual(model.claimable(100));
    if (found.length === 0) break;
    for (const claim of found) model.claim(placesOf([claim])[0] as string, claim, 10);
    for (const claim of found) await check(claim);
  }
  const letters = placesOf(await store.deadLetters());
  expect(letters.toSorted()).toEqual(model.dead.toSorted());
  expect([...completed, ...letters].toSorted()).toEqual(model.appended.toSorted());
  for (const lane of ["x", "y", "z"]) {
    // Revived events may come late; all the others in the order of their arrival.
    const ofLane = completed.filter(
      (place) => model.isOf(lane, place) && !model.revived.has(place),
    );
    expect(ofLane).toEqual(model.appended.filter((place) => ofLane.includes(place)));
  }
}

it.each([
  { engine: "memory", makeStore: () => memoryStorage().eventStore },
  { engine: "SQLite", makeStore: () => sqliteStore(":memory:") },
])(
  "events in $engine are none lost, none held twice, and in order, whatever happens",
  async ({ makeStore }) => {
    stopClock();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        await walk(makeStore(), steps);
        for (const storage of open) storage.close();
        open.clear();
      }),
      { numRuns: 300 },
    );
  },
);

describe("memory for events", () => {
  it("takes no more than 10,000 that wait, and more when some are done", async () => {
    const { eventStore } = memoryStorage();
    const lanes = Array.from({ length: 100 }, () => null);
    for (let n = 0; n < 100; n++) await eventStore.append(deliveryOf(`full ${n}`, lanes));

    await expect(eventStore.append(deliveryOf("more", [null]))).rejects.toThrow(/10000/);
    expect(await eventStore.append(deliveryOf("full 0", lanes))).toBe("duplicate");

    const [event] = await eventStore.claim(1, 1_000);
    await eventStore.complete(event as ClaimedEvent);
    expect(await eventStore.append(deliveryOf("more", [null]))).toBe("new");
  });

  it("refuses a delivery as a whole", async () => {
    const { eventStore } = memoryStorage();
    const lanes = Array.from({ length: 9_999 }, () => null);
    await eventStore.append(deliveryOf("a", lanes));

    await expect(eventStore.append(deliveryOf("b", [null, null]))).rejects.toThrow();

    expect(await eventStore.claim(20_000, 1_000)).toHaveLength(9_999);
    expect(await eventStore.append(deliveryOf("b", [null]))).toBe("new");
  });

  it("remembers the latest 10,000 deliveries, and those with events that wait", async () => {
    const { eventStore } = memoryStorage();
    await eventStore.append(deliveryOf("waits", ["x"]));
    for (let n = 0; n < 10_000; n++) await eventStore.append(deliveryOf(`done ${n}`, []));

    expect(await eventStore.append(deliveryOf("waits", ["x"]))).toBe("duplicate");
    expect(await eventStore.append(deliveryOf("done 1", []))).toBe("duplicate");
    expect(await eventStore.append(deliveryOf("done 9999", []))).toBe("duplicate");
    expect(await eventStore.append(deliveryOf("done 0", []))).toBe("new");
  });

  it("keeps the latest 10,000 dead letters", async () => {
    const { eventStore } = memoryStorage();
    for (let n = 0; n <= 10_000; n++) {
      await eventStore.append(deliveryOf(`${n}`, [null]));
      const [event] = await eventStore.claim(1, 1_000);
      await eventStore.fail(event as ClaimedEvent, "no");
    }

    const letters = await eventStore.deadLetters(20_000);
    expect(letters).toHaveLength(10_000);
    expect(letters.at(-1)).toMatchObject({ digest: "1" });
  });

  it("is not shared by two storages", async () => {
    await memoryStorage().eventStore.append(deliveryOf("a", ["x"]));

    expect(await memoryStorage().eventStore.claim(1, 1_000)).toEqual([]);
  });
});
