import { describe, expect, it } from "vitest";
import { readingSink } from "../../src/history/index.ts";
import type { Reading } from "../../src/storage/index.ts";
import { createWorld, hour, start, vehicleAt } from "./support/world.ts";

describe("readingSink", () => {
  it("hands readings over, with the client whose they are", async () => {
    const taken: unknown[] = [];
    const store = readingSink(async (readings, { namespace }) => {
      taken.push([namespace, readings.map(({ value }: Reading) => value)]);
    });
    const { history, enode } = createWorld({ store });
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    expect(taken).toEqual([[enode.namespace, [50]]]);
    expect(await history.maintain()).toEqual({ rolledDays: 0, removedReadings: 0 });
  });

  it("erases a user by the function for it, and says so when there is none", async () => {
    const erased: unknown[] = [];
    const store = readingSink(async () => undefined, {
      async erase(userId, { namespace }) {
        erased.push([namespace, userId]);
        return 7;
      },
    });
    expect(await store.erase("sandbox:client", "anna")).toBe(7);
    expect(erased).toEqual([["sandbox:client", "anna"]]);
    await expect(
      readingSink(async () => undefined).erase("sandbox:client", "anna"),
    ).rejects.toMatchObject({ name: "ConfigurationError", parameter: "erase" });
  });

  it("fails the event when the function fails", async () => {
    const store = readingSink(async () => {
      throw new Error("the queue is full");
    });
    const { history } = createWorld({ store });
    await expect(history.apply(vehicleAt(start, { batteryLevel: 50 }))).rejects.toMatchObject({
      name: "StoreError",
    });
  });

  it("answers no queries", async () => {
    const store = readingSink(async () => undefined);
    const { history } = createWorld({ store });
    const span = { deviceId: "car", from: start, to: start + hour } as const;
    const refusal = { name: "ConfigurationError", parameter: "store" };
    const metric = "chargeState.batteryLevel";
    await expect(history.series({ ...span, metric, every: "1h" })).rejects.toMatchObject(refusal);
    await expect(history.energy({ ...span, kind: "vehicle", every: "1h" })).rejects.toMatchObject(
      refusal,
    );
    await expect(history.sessions(span)).rejects.toMatchObject(refusal);
    await expect(store.series("default", { userId: "anna" })).rejects.toMatchObject(refusal);
  });

  it("refuses what is no function", () => {
    expect(() => readingSink(undefined as never)).toThrow("takes a function");
    const options = { erase: "DELETE" } as never;
    expect(() => readingSink(async () => undefined, options)).toThrow("erase must be a function");
  });
});
