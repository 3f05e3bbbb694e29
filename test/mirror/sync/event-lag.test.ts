import { describe, expect, it } from "vitest";
import type { Vehicle, WebhookEvent } from "../../../generated/types.ts";
import type { Mirror, ReconcileResult } from "../../../src/mirror/index.ts";
import { sqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { long } from "../../support/long.ts";
import { at, dateHeader, event, page, stubbedWorld, vehicle } from "../support/world.ts";

const vehicles = { kinds: ["vehicle"] } as const;
const hour = 3_600;

/** A vehicle with a level that was read so many seconds after the beginning. */
function read(id: string, seconds: number, batteryLevel: number): Vehicle {
  const { chargeState } = vehicle();
  return vehicle({ id, lastSeen: at(seconds), chargeState: { ...chargeState, batteryLevel } });
}

function told(seconds: number, device: Vehicle): WebhookEvent {
  return event("user:vehicle:updated", seconds, { vehicle: device, updatedFields: [] });
}

/** What a reconciliation at a time finds after some events, with what is listed then. */
async function found(
  events: readonly WebhookEvent[],
  seconds: number,
  ...listed: readonly Vehicle[]
): Promise<Pick<ReconcileResult, "stale" | "moved">> {
  const { mirror } = stubbedWorld({ "/vehicles": () => page(listed, null, dateHeader(seconds)) });
  await mirror.apply(events);
  return idsIn(await mirror.reconcile(vehicles));
}

function idsIn({ stale, moved, counts }: ReconcileResult): never {
  expect(counts).toMatchObject({ stale: stale.length, moved: moved.length });
  const ids = { stale: stale.map(({ id }) => id), moved: moved.map(({ id }) => id) };
  // Compared with IDs only.
  return ids as never;
}

describe("a difference that a reconciliation finds", () => {
  it("is one that moved where the copy itself is recent", async () => {
    const events = [told(hour - 100, read("a", hour - 101, 1))];
    expect(await found(events, hour, read("a", hour - 1, 2))).toEqual({ stale: [], moved: ["a"] });
  });

  it("was missed where no event has arrived for an hour, however new the reading is", async () => {
    const events = [told(10, read("a", 9, 1))];
    expect(await found(events, hour, read("a", hour - 1, 2))).toEqual({ stale: ["a"], moved: [] });
  });

  it("moved where events arrive, and the device has just told of itself after an hour", async () => {
    const events = [told(10, read("a", 9, 1)), told(hour - 20, read("b", hour - 21, 1))];
    const listed = [read("a", hour - 5, 2), read("b", hour - 21, 1)];
    expect(await found(events, hour, ...listed)).toEqual({ stale: [], moved: ["a"] });
  });

  it("was missed where events arrive, and the reading is of longer ago than one takes", async () => {
    const events = [told(10, read("a", 9, 1)), told(hour - 20, read("b", hour - 21, 1))];
    const listed = [read("a", hour - 1_800, 2), read("b", hour - 21, 1)];
    expect(await found(events, hour, ...listed)).toEqual({ stale: ["a"], moved: [] });
  });

  it("was missed where the reading is the same as in an old copy", async () => {
    const events = [told(10, read("a", 9, 1)), told(hour - 20, read("b", hour - 21, 1))];
    const listed = [read("a", 9, 2), read("b", hour - 21, 1)];
    expect(await found(events, hour, ...listed)).toEqual({ stale: ["a"], moved: [] });
  });

  it("was missed where another kind is fresh by a reconciliation, and not by events", async () => {
    const { mirror } = stubbedWorld({
      "/chargers": () => page([{ id: "c", userId: "u1" }], null, dateHeader(hour - 10)),
      "/vehicles": () => page([read("a", hour - 1, 2)], null, dateHeader(hour)),
    });
    await mirror.apply(told(10, read("a", 9, 1)));
    await mirror.reconcile({ kinds: ["charger"] });
    expect(idsIn(await mirror.reconcile(vehicles))).toEqual({ stale: ["a"], moved: [] });
  });

  it("was missed again where only reconciliations keep the copy fresh", async () => {
    let seconds = 0;
    const { mirror } = stubbedWorld({
      "/vehicles": () => page([read("a", seconds - 5, seconds)], null, dateHeader(seconds)),
    });
    await mirror.apply(told(10, read("a", 9, 1)));
    for (seconds of [hour, 2 * hour, 3 * hour]) {
      expect(idsIn(await mirror.reconcile(vehicles))).toEqual({ stale: ["a"], moved: [] });
    }
    seconds += 60;
    expect(idsIn(await mirror.reconcile(vehicles))).toEqual({ stale: [], moved: ["a"] });
  });
});

describe("a fleet of which every kind of device is a part", () => {
  const size = long(100_000, 2_000);
  const pageSize = 100;
  const idOf = (n: number) => `vehicle-${String(n).padStart(6, "0")}`;

  /** Reports are told of every two minutes; those that are at rest have not changed for an hour. */
  const parts = ["at rest", "at rest", "driving", "driving", "woken", "missed", "new"] as const;
  const partOf = (n: number) => parts[n % parts.length] ?? "at rest";
  const countOf = (part: (typeof parts)[number]) =>
    Array.from({ length: size }, (_, n) => partOf(n)).filter((each) => each === part).length;

  function deviceAt(n: number, isLater: boolean): Vehicle {
    const part = partOf(n);
    if (!isLater || part === "at rest") return read(idOf(n), -100, 50);
    if (part === "missed") return read(idOf(n), hour / 2, 60);
    return read(idOf(n), hour - 3, 60);
  }

  function* pagesOf(isLater: boolean): Generator<Vehicle[]> {
    for (let from = 0; from < size; from += pageSize) {
      const numbers = Array.from({ length: Math.min(pageSize, size - from) }, (_, n) => from + n);
      const there = numbers.filter((n) => isLater || partOf(n) !== "new");
      yield there.map((n) => deviceAt(n, isLater));
    }
  }

  async function hear(mirror: Mirror): Promise<void> {
    for (let from = 0; from < size; from += pageSize) {
      const numbers = Array.from({ length: Math.min(pageSize, size - from) }, (_, n) => from + n);
      const driving = numbers.filter((n) => partOf(n) === "driving");
      await mirror.apply(driving.map((n) => told(hour - 100, read(idOf(n), hour - 101, 55))));
    }
  }

  it("is told apart, and repaired", { timeout: 600_000 }, async () => {
    const storage = sqliteStorage({ path: ":memory:" });
    let isLater = false;
    let open = pagesOf(false);
    const { mirror } = stubbedWorld(
      {
        "/health/ready": () => new Response(null, { status: 204, headers: dateHeader(hour) }),
        "/vehicles": ({ request }) => {
          const after = new URL(request.url).searchParams.get("after");
          if (after === null) open = pagesOf(isLater);
          const { value } = open.next();
          const next = Number(after ?? 0) + pageSize;
          const cursor = next < size ? `${next}` : null;
          return page(value ?? [], cursor, dateHeader(isLater ? hour : 0));
        },
      },
      storage.deviceStore,
    );
    await mirror.backfill(vehicles);
    isLater = true;
    await hear(mirror);
    const { counts, stale, moved, missing } = await mirror.reconcile(vehicles);
    expect(counts).toEqual({
      listed: size,
      missing: countOf("new"),
      stale: countOf("missed"),
      moved: countOf("driving") + countOf("woken"),
      orphaned: 0,
    });
    for (const list of [stale, moved, missing]) expect(list.length).toBeLessThanOrEqual(1_000);
    expect(new Set(stale.map(({ id }) => partOf(Number(id.slice(-6)))))).toEqual(
      new Set(["missed"]),
    );
    const again = await mirror.reconcile(vehicles);
    expect(again.counts).toEqual({ listed: size, missing: 0, stale: 0, moved: 0, orphaned: 0 });
    storage.close();
  });
});
