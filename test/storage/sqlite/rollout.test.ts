import fc from "fast-check";
import { expect, it } from "vitest";
import { Clock } from "../../../src/storage/conformance/shared/clock.ts";
import type { ClaimedEvent, EventStore } from "../../../src/storage/contracts/index.ts";
import { SqliteConnection } from "../../../src/storage/sqlite/connection.ts";
import { sqliteEventStore } from "../../../src/storage/sqlite/event-store.ts";
import { long } from "../../support/long.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { EventStoreModel } from "../support/event-store-model.ts";
import { olderEventStore } from "../support/older-sqlite-events.ts";

interface Step {
  readonly do: "append" | "claim" | "complete" | "fail" | "bury" | "revive" | "pass" | "delete";
  readonly isOlder: boolean;
  readonly nth: number;
  readonly lanes: readonly (string | null)[];
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(
    ...(["append", "append", "claim", "claim", "complete", "complete"] as const),
    ...(["fail", "bury", "revive", "pass", "delete"] as const),
  ),
  isOlder: fc.boolean(),
  nth: fc.nat({ max: 20 }),
  lanes: fc.array(fc.constantFrom("x", "y", null), { maxLength: 4 }),
});

/** What both of them do, one after the other, is what the model does. */
async function walk(connection: SqliteConnection, steps: readonly Step[]): Promise<void> {
  const clock = new Clock();
  for (const table of ["enode_events", "enode_deliveries"]) {
    connection.prepare(`DELETE FROM ${table}`).run();
  }
  const present = sqliteEventStore(connection, clock.now);
  const older = olderEventStore(connection, clock.now);
  const model = new EventStoreModel(clock.now);
  const claims: ClaimedEvent[] = [];
  const removeByHand = connection.prepare("DELETE FROM enode_events WHERE id = ?");
  let digest = 0;

  const take = async (store: EventStore, limit: number, lease: number) => {
    const free = model.claimable(1_000);
    const places = await store.claim(limit, lease).then((events) => {
      claims.push(...events);
      return events.map((event) => {
        const [place = ""] = placesOf([event]);
        model.claim(place, event, lease);
        return place;
      });
    });
    expect(places).toHaveLength(Math.min(limit, free.length));
    expect(free).toEqual(expect.arrayContaining(places));
    return places.length;
  };
  const complete = async (store: EventStore, claim: ClaimedEvent) => {
    const [place = ""] = placesOf([claim]);
    const isHeld = model.holds(claim.lease, place);
    expect(await store.complete(claim)).toBe(isHeld);
    if (isHeld) model.complete(place);
  };

  for (const { do: what, isOlder, nth, lanes } of steps) {
    const store = isOlder ? older : present;
    const claim = claims[nth % Math.max(1, claims.length)];
    const [place = ""] = claim ? placesOf([claim]) : [];
    if (what === "append") {
      expect(await store.append(deliveryOf(`${++digest}`, lanes))).toBe("new");
      model.append(`${digest}`, lanes);
    } else if (what === "claim") {
      await take(store, 1 + (nth % 4), [0, 10, 100][nth % 3] ?? 0);
    } else if (what === "pass") {
      clock.pass(1 + nth);
    } else if (what === "revive") {
      const letters = await store.deadLetters();
      const letter = letters[nth % Math.max(1, letters.length)];
      if (letter === undefined) continue;
      expect(await store.revive([letter.id])).toBe(1);
      model.revive(placesOf([letter])[0] as string);
    } else if (claim === undefined) {
    } else if (what === "complete") {
      await complete(store, claim);
    } else if (what === "delete") {
      const { changes } = removeByHand.run(Number(claim.id));
      expect(model.remove(place)).toBe(changes === 1);
    } else {
      const retryAt = what === "bury" ? undefined : clock.now() + nth;
      const isHeld = model.holds(claim.lease, place);
      expect(await store.fail(claim, "no", retryAt)).toBe(isHeld);
      if (isHeld) model.fail(place, retryAt);
    }
  }
  // Whoever is left finds all that waits.
  for (let isOlder = false; ; isOlder = !isOlder) {
    clock.pass(1_000);
    const store = isOlder ? older : present;
    const from = claims.length;
    if ((await take(store, 3, 10)) === 0) break;
    for (const claim of claims.slice(from)) await complete(store, claim);
  }
  expect(model.claimable(1_000)).toEqual([]);
  expect(await present.counts?.()).toMatchObject({ waiting: 0, held: 0, dead: model.dead.length });
}

it("the version before and this one share a file, and nothing is lost, held twice or left behind", async () => {
  const connection = new SqliteConnection(":memory:");
  const property = fc.asyncProperty(fc.array(step, { maxLength: 80 }), (steps) =>
    walk(connection, steps),
  );
  await fc.assert(property, { numRuns: long(400, 200) });
  connection.close();
});
