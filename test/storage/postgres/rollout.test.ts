import { afterEach, beforeAll, expect, it } from "vitest";
import type { ClaimedEvent } from "../../../src/storage/contracts/index.ts";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { long } from "../../support/long.ts";
import { withPostgres } from "../../support/services.ts";
import { deliveryOf, placesOf } from "../support/event-store-cases.ts";
import { type OlderClaim, OlderPostgresEvents } from "../support/older-postgres-events.ts";

const lease = 3_600_000;

/** What one of the versions does with an event. */
interface Settling<Claim> {
  complete(event: Claim): Promise<boolean>;
  fail(event: Claim, retryAt: number | undefined): Promise<boolean>;
  revive(event: Claim): Promise<unknown>;
}

withPostgres("the version before, on the same tables of PostgreSQL", (postgres) => {
  const pool = postgres.pool({ max: 8 });
  const older = new OlderPostgresEvents(postgres.pool({ max: 8 }));
  const store = postgresStorage({ pool }).eventStore;
  beforeAll(() => postgresStorage({ pool }).migrate());
  afterEach(async () => {
    await pool.query("DELETE FROM enode_events; DELETE FROM enode_deliveries");
  });

  const olderPlaces = (events: readonly OlderClaim[]) =>
    events.map(({ digest, place }) => `${digest}:${place}`);

  it("hands out what this one has appended, and the other way round, one of a lane at a time", async () => {
    await store.append(deliveryOf("a", ["x", "y", null]));
    await older.append(deliveryOf("b", ["x", "y", null]));

    const first = await older.claim(1, lease);
    const rest = await store.claim(10, lease);
    expect([...olderPlaces(first), ...placesOf(rest)].toSorted()).toEqual([
      "a:0",
      "a:1",
      "a:2",
      "b:2",
    ]);
    expect(await older.claim(10, lease)).toEqual([]);

    expect(await older.complete(first[0] as OlderClaim)).toBe(true);
    expect(placesOf(await store.claim(10, lease))).toEqual(["b:0"]);
    const second = rest.find(({ index }) => index === 1) as ClaimedEvent;
    expect(await store.complete(second)).toBe(true);
    expect(olderPlaces(await older.claim(10, lease))).toEqual(["b:1"]);
  });

  it("takes the lane of an event whose lease has ended for one that was revived before it", async () => {
    await store.append(deliveryOf("a", ["x", "x", "x"]));
    const [dead] = await older.claim(1, lease);
    await older.fail(dead as OlderClaim);
    const [ended] = await store.claim(1, 0);
    await older.revive(String(dead?.id));

    const again = await older.claim(10, lease);
    expect(olderPlaces(again)).toEqual(["a:0"]);
    expect(await store.claim(10, lease)).toEqual([]);
    expect(await store.complete(ended as ClaimedEvent)).toBe(true);
    expect(await older.complete(again[0] as OlderClaim)).toBe(true);

    expect(placesOf(await store.claim(10, lease))).toEqual(["a:2"]);
  });

  it("takes no lane of which this one holds a later event", async () => {
    await store.append(deliveryOf("a", ["x", "x"]));
    const [dead] = await store.claim(1, lease);
    await store.fail(dead as ClaimedEvent, "no");
    const [held] = await store.claim(1, lease);
    await older.revive(String(dead?.id));

    expect(await older.claim(10, lease)).toEqual([]);
    expect(await store.claim(10, lease)).toEqual([]);
    await store.fail(held as ClaimedEvent, "no", 1);
    expect(olderPlaces(await older.claim(10, lease))).toEqual(["a:0"]);
  });

  it("works beside this one without losing, doubling or overtaking any", async () => {
    const lanes = ["x", "y", "z"];
    const deliveries = long(200, 40);
    const total = deliveries * 4;
    const held = new Map<string, string>();
    const completed: string[] = [];
    let claims = 0;
    let hasFailed = false;
    const work = async <Claim extends { digest: string }>(
      claim: () => Promise<Claim[]>,
      indexOf: (event: Claim) => number,
      settle: Settling<Claim>,
    ) => {
      while (completed.length < total && !hasFailed) {
        for (const event of await claim()) {
          const index = indexOf(event);
          const lane = String(lanes[index] ?? lanes[Number(event.digest) % 3]);
          expect(held.get(lane)).toBeUndefined();
          held.set(lane, event.digest);
          await new Promise(setImmediate);
          held.delete(lane);
          claims += 1;
          const turn = claims % 8;
          if (turn % 4 !== 0) {
            completed.push(`${event.digest}:${index}`);
            expect(await settle.complete(event)).toBe(true);
          } else {
            expect(await settle.fail(event, turn === 0 ? undefined : 1)).toBe(true);
            if (turn === 0) await settle.revive(event);
          }
        }
      }
    };
    const workOlder = () =>
      work(
        () => older.claim(2, lease),
        ({ place }) => place,
        {
          complete: (event) => older.complete(event),
          fail: (event, retryAt) => older.fail(event, retryAt),
          revive: ({ id }) => older.revive(id),
        },
      );
    const workNewer = () =>
      work(
        () => store.claim(2, lease),
        ({ index }) => index,
        {
          complete: (event) => store.complete(event),
          fail: (event, retryAt) => store.fail(event, "no", retryAt),
          revive: ({ id }) => store.revive([id]),
        },
      );
    const append = async (nth: number) => {
      for (let n = nth; n < deliveries; n += 2) {
        const delivery = deliveryOf(`${n}`, [...lanes, lanes[n % 3] ?? null]);
        await (nth === 0 ? older.append(delivery) : store.append(delivery));
      }
    };
    const workers = [workOlder(), workNewer(), workOlder(), workNewer()];
    await Promise.all([
      append(0),
      append(1),
      ...workers.map((worker) =>
        worker.finally(() => {
          // The others would wait for what is missing.
          hasFailed = completed.length < total;
        }),
      ),
    ]);

    expect(completed).toHaveLength(total);
    expect(new Set(completed).size).toBe(total);
  });
});
