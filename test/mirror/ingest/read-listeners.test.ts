import { describe, expect, it } from "vitest";
import type { ReadDevice } from "../../../src/mirror/index.ts";
import { createWorld, updated, vehicle } from "../support/world.ts";

describe("mirror.onRead", () => {
  it("gets what a backfill and a reconcile read, and nothing of events", async () => {
    const { sandbox, mirror } = createWorld({ fleet: { users: 2, vehiclesPerUser: 1 } });
    const read: ReadDevice[] = [];
    const end = mirror.onRead((devices) => {
      read.push(...devices);
    });
    await mirror.backfill();
    const ids = sandbox.devices.list(undefined, "vehicle").map(({ id }) => id);
    expect(read.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(read[0]).toMatchObject({ kind: "vehicle", data: { id: read[0]?.id } });

    read.length = 0;
    await mirror.apply(updated(10, vehicle()));
    expect(read).toEqual([]);
    await mirror.reconcile();
    expect(read).toHaveLength(2);

    end();
    await mirror.reconcile();
    expect(read).toHaveLength(2);
  });

  it("fails the backfill when what it returns fails, so that the devices come again", async () => {
    const { mirror } = createWorld({ fleet: { users: 1, vehiclesPerUser: 1 } });
    let isBroken = true;
    let taken = 0;
    mirror.onRead(async (devices) => {
      if (isBroken) throw new Error("full");
      taken += devices.length;
    });
    await expect(mirror.backfill()).rejects.toThrow("full");
    isBroken = false;
    await mirror.backfill();
    expect(taken).toBe(1);
  });

  it("refuses what is no function", () => {
    const { mirror } = createWorld();
    expect(() => mirror.onRead(undefined as never)).toThrow("takes a function");
  });
});
