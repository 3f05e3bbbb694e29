import { expect, it, vi } from "vitest";
import { memoryStorage } from "../../../src/storage/index.ts";
import { memoryEventStore } from "../../../src/storage/memory/event-store.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";

/** A store, the time of day, and the time since the process began; both begin at 1,000. */
function setUp() {
  const clock = { timeOfDay: 1_000, steady: 1_000 };
  const pass = (time: number) => {
    clock.timeOfDay += time;
    clock.steady += time;
  };
  const store = memoryEventStore(
    () => clock.timeOfDay,
    () => clock.steady,
  );
  return { clock, pass, store };
}

it("a lease in memory lasts as long as it was given for when the clock is set forward", async () => {
  const { clock, pass, store } = setUp();
  await store.append(deliveryOf("a", ["x", "x", null]));
  expect(await store.claim(9, 60_000)).toHaveLength(2);
  pass(30_000);
  clock.timeOfDay += 3_600_000;
  expect(await store.claim(9, 60_000)).toEqual([]);
  pass(29_999);
  expect(await store.claim(9, 60_000)).toEqual([]);
  pass(1);

  const again = await store.claim(9, 60_000);
  expect(placesOf(again)).toEqual(["a:0", "a:2"]);
  expect(again.map(({ attempt }) => attempt)).toEqual([2, 2]);
});

it("a lease in memory that was renewed lasts longer when the clock is set forward", async () => {
  const { clock, pass, store } = setUp();
  await store.append(deliveryOf("a", ["x"]));
  const held = await store.claim(9, 10_000);
  await store.renew?.(held, 60_000);
  clock.timeOfDay += 3_600_000;
  pass(59_999);
  expect(await store.claim(9, 60_000)).toEqual([]);
  pass(1);
  expect(await store.claim(9, 60_000)).toHaveLength(1);
});

it("a lane in memory with a revived event waits for its holder when the clock is set forward", async () => {
  const { clock, store } = setUp();
  await store.append(deliveryOf("a", ["x", "x"]));
  const [dead] = await store.claim(1, 60_000);
  if (dead === undefined) expect.unreachable();
  await store.fail(dead, "no");
  const [held] = await store.claim(1, 60_000);
  if (held === undefined) expect.unreachable();
  await store.revive([dead.id]);
  clock.timeOfDay += 3_600_000;
  expect(await store.claim(9, 60_000)).toEqual([]);
  await store.complete(held);
  expect(placesOf(await store.claim(9, 60_000))).toEqual(["a:0"]);
});

it("what is due in memory is handed out although a lease was extended for the clock", async () => {
  const { clock, store } = setUp();
  await store.append(deliveryOf("a", ["x", "y"]));
  await store.claim(1, 60_000);
  clock.timeOfDay += 3_600_000;
  expect(placesOf(await store.claim(1, 60_000))).toEqual(["a:1"]);
});

it("a memory storage measures leases by the time since the process began, or by the clock that it is given", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
  try {
    const { eventStore } = memoryStorage();
    await eventStore.append(deliveryOf("a", ["x"]));
    await eventStore.claim(1, 60_000);
    vi.setSystemTime(9_000_000);
    expect(await eventStore.claim(1, 60_000)).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(await eventStore.claim(1, 60_000)).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
  let time = 1_000;
  const { eventStore } = memoryStorage({ now: () => time });
  await eventStore.append(deliveryOf("a", ["x"]));
  await eventStore.claim(1, 60_000);
  time += 60_000;
  expect(await eventStore.claim(1, 60_000)).toHaveLength(1);
});
