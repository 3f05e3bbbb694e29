import { describe, expect, it, vi } from "vitest";
import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import { sqliteStorage } from "../../../../src/storage/sqlite/index.ts";
import { pass, useFakeClock } from "../../../support/clock.ts";
import { long } from "../../../support/long.ts";
import { Fleet, hour, minute, ofStage, poison, type Worker } from "../support/fleet.ts";

const stores: readonly { engine: string; open: () => EventStore }[] = [
  { engine: "memory", open: () => memoryStorage().eventStore },
  { engine: "SQLite", open: () => sqliteStorage({ path: ":memory:" }).eventStore },
  {
    engine: "a store that has only what each store must have",
    open: () => ({
      ...memoryStorage().eventStore,
      appendAndClaim: undefined,
      completeMany: undefined,
      postpone: undefined,
      renew: undefined,
    }),
  },
];
const outages = [
  { length: "ten minutes", away: 10 * minute, interval: 2 * minute },
  { length: "a day", away: 24 * hour, interval: 30 * minute },
];
const cases = stores.flatMap((store) =>
  outages.flatMap((outage) => [1, 100].map((size) => ({ ...store, ...outage, size }))),
);

describe("a day of the database that handlers write to", () => {
  useFakeClock();

  it.each(cases)(
    "without it for $length makes no dead letter of a fleet of $size on $engine",
    async ({ open, away, interval, size }) => {
      const fleet = new Fleet(open(), size);
      const worker = fleet.start();
      await fleet.live(worker, 2 * interval, interval);
      worker.isAway = true;
      await fleet.live(worker, away, interval);
      expect(worker.receiver.health().circuit).toBe("open");
      const calls = worker.calls;
      worker.isAway = false;
      await fleet.live(worker, 10 * minute, 2 * minute);

      expect(await fleet.store.deadLetters(9)).toEqual([]);
      expect(fleet.handled).toEqual(fleet.delivered);
      expect(ofStage(worker, "circuit")).toHaveLength(1);
      expect(worker.receiver.health()).toMatchObject({ circuit: "closed", deadLetters: 0 });
      // A probe a minute, and what it took to notice.
      expect(calls).toBeLessThan((1.4 * away) / minute + 20 * size + 100);
      await worker.receiver.stop();
    },
  );
});

describe("an outage that may end at any moment", () => {
  useFakeClock();

  /** An outage of each of these lengths, in ms. */
  const lengths = Array.from({ length: long(240, 60) }, (_, n) => n * long(5_000, 20_000));

  /** Lives through an outage that ends after so many ms, and through what happens in it. */
  const liveThrough = async (
    size: number,
    length: number,
    meanwhile: (fleet: Fleet, worker: Worker) => Promise<void>,
  ) => {
    vi.spyOn(Math, "random").mockReturnValue((length % 7_000) / 7_000);
    const fleet = new Fleet(memoryStorage().eventStore, size);
    const worker = fleet.start();
    await fleet.live(worker, 2 * minute, minute);
    worker.isAway = true;
    await meanwhile(fleet, worker);
    await pass(length);
    worker.isAway = false;
    await pass(3_000);
    await fleet.live(worker, 10 * minute, 2 * minute);

    expect(await fleet.store.deadLetters(9), `after ${length} ms`).toEqual([]);
    expect(fleet.handled).toEqual(fleet.delivered);
    await worker.receiver.stop();
  };

  // One device has nothing to compare its event with but what comes after it.
  it.each([1, 2, 30])("makes no dead letter of a fleet of %s", async (size) => {
    for (const length of lengths) {
      await liveThrough(size, length, (fleet, worker) => fleet.live(worker, 5 * minute, minute));
    }
  });

  it("makes none of the only events of all, though another one comes right after it", async () => {
    for (const length of lengths) {
      await liveThrough(1, length, async (fleet, worker) => {
        for (let n = 0; n < 3; n++) await fleet.report(worker);
        await pass(5 * minute);
      });
    }
  });
});

describe("an event that cannot be handled, in an outage,", () => {
  useFakeClock();

  it.each([
    { when: "before the outage", size: 1, at: 0 },
    { when: "before the outage", size: 100, at: 0 },
    { when: "as the first one of the outage", size: 1, at: 1 },
    { when: "as the first one of the outage", size: 100, at: 1 },
    { when: "in the middle of the outage", size: 1, at: 2 },
    { when: "in the middle of the outage", size: 100, at: 2 },
    { when: "as the last one of the outage", size: 1, at: 3 },
    { when: "as the last one of the outage", size: 100, at: 3 },
  ])("is the only dead letter when it came $when, of a fleet of $size", async ({ size, at }) => {
    const fleet = new Fleet(memoryStorage().eventStore, size);
    const worker = fleet.start();
    await fleet.live(worker, 4 * minute, 2 * minute);
    if (at === 0) await fleet.poison(worker);
    await pass(10);
    worker.isAway = true;
    if (at === 1) await fleet.poison(worker);
    await fleet.live(worker, 20 * minute, 2 * minute);
    if (at === 2) await fleet.poison(worker);
    await fleet.live(worker, 20 * minute, 2 * minute);
    if (at === 3) await fleet.poison(worker);
    worker.isAway = false;
    await fleet.live(worker, 20 * minute, 2 * minute);

    const dead = await fleet.store.deadLetters(9);
    expect(dead.map(({ payload }) => JSON.parse(payload).text)).toEqual([
      expect.stringContaining(poison),
    ]);
    expect(fleet.handled).toEqual(fleet.delivered);
    const givenUp = worker.reports.filter(({ context }) => context.willRetry === false);
    expect(givenUp.map(({ context }) => Object(context.event).text)).toContainEqual(
      expect.stringContaining(poison),
    );
    expect(worker.receiver.health()).toMatchObject({ circuit: "closed", deadLetters: 1 });
    await worker.receiver.stop();
  });

  it.each([1, 2])(
    "holds up a lane no longer than it takes to see that it is one of %s",
    async (count) => {
      const fleet = new Fleet(memoryStorage().eventStore, 1);
      const worker = fleet.start();
      worker.isAway = true;
      for (let n = 0; n < count; n++) await fleet.poison(worker);
      await fleet.live(worker, 30 * minute, 2 * minute);
      expect(worker.receiver.health().circuit).toBe("open");
      worker.isAway = false;
      await pass(3 * hour);

      expect(await fleet.store.deadLetters(9)).toHaveLength(count);
      expect(fleet.handled).toEqual(fleet.delivered);
      await worker.receiver.stop();
    },
  );

  it("opens the circuit with others again and again, but not for ever", async () => {
    const fleet = new Fleet(memoryStorage().eventStore, 1);
    const worker = fleet.start();
    for (let n = 0; n < 4; n++) await fleet.poison(worker, `poisoned ${n}`);
    await fleet.live(worker, 3 * hour, minute);

    expect(await fleet.store.deadLetters(9)).toHaveLength(4);
    expect(ofStage(worker, "circuit").length).toBeLessThan(60);
    await fleet.live(worker, hour, minute);
    expect(worker.receiver.health().circuit).toBe("closed");
    expect(fleet.handled).toEqual(fleet.delivered);
    await worker.receiver.stop();
  });
});

describe("processes in an outage", () => {
  useFakeClock();

  it.each([1, 100])("lose nothing of a fleet of %s to a restart", async (size) => {
    const fleet = new Fleet(memoryStorage().eventStore, size);
    let worker = fleet.start();
    worker.isAway = true;
    for (let n = 0; n < 6; n++) {
      await fleet.live(worker, hour, 20 * minute);
      await worker.receiver.stop();
      worker = fleet.start();
      worker.isAway = true;
    }
    worker.isAway = false;
    await fleet.live(worker, 10 * minute, 2 * minute);

    expect(await fleet.store.deadLetters(9)).toEqual([]);
    expect(fleet.handled).toEqual(fleet.delivered);
    await worker.receiver.stop();
  });

  it.each([1, 100])("go on beside one that has an outage of its own, fleet of %s", async (size) => {
    const fleet = new Fleet(memoryStorage().eventStore, size);
    const healthy = fleet.start();
    const cutOff = fleet.start();
    cutOff.isAway = true;
    await fleet.live(cutOff, 2 * hour, 2 * minute);
    await pass(2 * minute);

    expect(await fleet.store.deadLetters(9)).toEqual([]);
    expect(fleet.handled).toEqual(fleet.delivered);
    expect(healthy.receiver.health().circuit).toBe("closed");
    if (size > 1) expect(cutOff.receiver.health().circuit).toBe("open");
    await Promise.all([healthy.receiver.stop(), cutOff.receiver.stop()]);
  });
});
