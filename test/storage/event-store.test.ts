import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { Clock } from "../../src/storage/conformance/shared/clock.ts";
import type { ClaimedEvent, EventStore } from "../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../src/storage/memory/index.ts";
import { postgresStorage } from "../../src/storage/postgres/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { withPostgres } from "../support/services.ts";
import { deliveryOf, placesOf } from "./support/event-store-cases.ts";
import { EventStoreModel } from "./support/event-store-model.ts";

type Step =
  | { do: "append"; digest: number; lanes: (string | null)[]; isToClaim: boolean }
  | { do: "claim"; limit: number; lease: number }
  | { do: "complete"; nth: number }
  | { do: "revive"; nth: number }
  | { do: "erase"; lane: string }
  | { do: "fail" | "postpone"; nth: number; delay: number | undefined }
  | { do: "renew"; nth: number; lease: number }
  | { do: "pass"; milliseconds: number };

const nth = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("append" as const),
    digest: fc.nat({ max: 5 }),
    lanes: fc.array(fc.constantFrom("x", "y", "z", null), { maxLength: 4 }),
    isToClaim: fc.boolean(),
  }),
  fc.record({
    do: fc.constant("claim" as const),
    limit: fc.integer({ min: 1, max: 4 }),
    lease: fc.constantFrom(0, 10, 100),
  }),
  fc.record({ do: fc.constantFrom("complete" as const, "complete"), nth }),
  fc.record({ do: fc.constant("revive" as const), nth }),
  fc.record({ do: fc.constant("erase" as const), lane: fc.constantFrom("x", "y", "none") }),
  fc.record({
    do: fc.constantFrom("fail" as const, "postpone" as const),
    nth,
    delay: fc.constantFrom(0, 20, undefined),
  }),
  fc.record({ do: fc.constant("renew" as const), nth, lease: fc.constantFrom(0, 10, 100) }),
  fc.record({ do: fc.constant("pass" as const), milliseconds: fc.constantFrom(1, 10, 50) }),
);

/** Takes the steps with a store and with the model, which must agree in everything that can be seen. */
async function walk(store: EventStore, clock: Clock, steps: readonly Step[]): Promise<void> {
  const model = new EventStoreModel(clock.now);
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
  const expectCounts = async () => {
    if (store.counts === undefined) return;
    const { waiting, due, held, dead } = await store.counts();
    expect({ waiting, due, held, dead }).toEqual(model.counts());
  };
  for (const taken of steps) {
    await expectCounts();
    if (taken.do === "append") {
      const digest = String(taken.digest);
      const events = taken.lanes.map((lane, index) => ({
        index,
        lane,
        payload: JSON.stringify({ user: { id: lane } }),
      }));
      const delivery = deliveryOf(digest, [], { events });
      if (!taken.isToClaim || store.appendAndClaim === undefined) {
        expect(await store.append(delivery)).toBe(model.append(digest, taken.lanes));
        continue;
      }
      const found = await store.appendAndClaim(delivery, 2, 100);
      if (model.append(digest, taken.lanes) === "duplicate") {
        expect(found).toBe("duplicate");
        continue;
      }
      if (found === "duplicate") expect.unreachable("it is new");
      const isOfIt = (place: string) => place.startsWith(`${digest}:`);
      expect(placesOf(found)).toEqual(model.claimable(100).filter(isOfIt).slice(0, 2));
      for (const claim of found) model.claim(placesOf([claim])[0] as string, claim, 100);
      claims.push(...found);
    } else if (taken.do === "claim") {
      const found = await store.claim(taken.limit, taken.lease);
      expect(placesOf(found)).toEqual(model.claimable(taken.limit));
      for (const claim of found) model.claim(placesOf([claim])[0] as string, claim, taken.lease);
      claims.push(...found);
    } else if (taken.do === "pass") {
      clock.pass(taken.milliseconds);
    } else if (taken.do === "erase") {
      expect(await store.erase(taken.lane)).toBe(model.erase(taken.lane));
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
      const isHeld = model.holds(claim.lease, place);
      if (taken.do === "complete") await check(claim);
      else if (taken.do === "renew") {
        if (store.renew === undefined) continue;
        const expected = isHeld && model.renew(place, taken.lease);
        expect(await store.renew([claim], taken.lease)).toEqual([expected]);
      } else if (taken.do === "postpone" && store.postpone) {
        const { delay: pause = 0 } = taken;
        const postponement = { event: claim, pause, attempts: 3, reason: "no" };
        expect(await store.postpone([postponement])).toEqual([isHeld]);
        if (isHeld) model.fail(place, clock.now() + pause);
      } else {
        const retryAt = taken.delay === undefined ? undefined : clock.now() + taken.delay;
        expect(await store.fail(claim, "no", retryAt)).toBe(isHeld);
        if (isHeld) model.fail(place, retryAt);
      }
    }
  }
  // Whatever happened: what is not dead comes out in the end, once.
  for (;;) {
    clock.pass(1_000);
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

/** Takes all of the steps with a new store, and closes what it is kept in. */
type Check = (clock: Clock, check: (store: EventStore) => Promise<void>) => Promise<void>;

const engines: readonly { engine: string; withStore: Check }[] = [
  {
    engine: "memory",
    withStore: ({ now }, check) => check(memoryStorage({ now }).eventStore),
  },
  {
    engine: "SQLite",
    async withStore({ now }, check) {
      const storage = sqliteStorage({ path: ":memory:", now });
      try {
        await check(storage.eventStore);
      } finally {
        storage.close();
      }
    },
  },
];

/** Walks with many different steps. */
function walkOften(withStore: Check, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const clock = new Clock();
    await withStore(clock, (store) => walk(store, clock, steps));
  });
  return fc.assert(property, { numRuns });
}

const promise = "are none lost, none held twice, and in order, whatever happens";

it.each(engines)(`events in $engine ${promise}`, ({ withStore }) => walkOften(withStore, 300));

withPostgres("events in PostgreSQL", (postgres) => {
  const pool = postgres.pool();
  beforeAll(() => postgresStorage({ pool }).migrate());

  it(promise, () =>
    walkOften(async ({ now }, check) => {
      await pool.query("DELETE FROM enode_events; DELETE FROM enode_deliveries;");
      await check(postgresStorage({ pool, now }).eventStore);
    }, 300),
  );
});
