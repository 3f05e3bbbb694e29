import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { webhookEventNames } from "../../../../generated/events.ts";
import { Lanes, laneOf } from "../../../../src/webhooks/receiver/shared/lanes.ts";
import { exampleOf } from "../../../support/webhook-events.ts";
import { gate } from "../support/deliveries.ts";

/** A time that no test comes to. */
const soon = () => performance.now() + 60_000;

/** Lets everything run that is not waiting for something else. */
const settle = () => new Promise(setImmediate);

const kinds = ["vehicle", "charger", "hvac", "inverter", "battery", "meter", "hem-system"] as const;

const names = {
  ofDevices: [
    ...kinds.flatMap(
      (kind) =>
        [`user:${kind}:discovered`, `user:${kind}:updated`, `user:${kind}:deleted`] as const,
    ),
    "user:vehicle:smart-charging-status-updated",
    "user:inverter:statistics-updated",
    "user:vendor-action:updated",
    "user:schedule:execution-updated",
  ],
  ofUsers: ["user:credentials:invalidated"],
  ofNobody: ["system:heartbeat", "enode:webhook:test"],
} as const;

describe("the lane of an event", () => {
  it("is known of every event in the description", () => {
    // An event that is new belongs to one of the three. If none of its members names its device, it goes to its user.
    expect(Object.values(names).flat().sort()).toEqual([...webhookEventNames].sort());
  });

  it.each(names.ofDevices)("%s is its device's", (name) => {
    expect(laneOf(exampleOf(name))).toMatch(/^device:./);
  });

  it.each(names.ofUsers)("%s is its user's", (name) => {
    expect(laneOf(exampleOf(name))).toMatch(/^user:./);
  });

  it.each(names.ofNobody)("%s is its own", (name) => {
    expect(laneOf(exampleOf(name))).toBeNull();
  });

  it.each([
    ["vehicle", { vehicle: { id: "d" } }],
    ["charger", { charger: { id: "d" } }],
    ["hvac", { hvac: { id: "d" } }],
    ["inverter", { inverter: { id: "d" } }],
    ["battery", { battery: { id: "d" } }],
    ["meter", { meter: { id: "d" } }],
    ["home energy system", { hemSystem: { id: "d" } }],
    ["target of an action", { vendorAction: { id: "action", targetId: "d" } }],
    ["vehicle that is charged smartly", { smartChargingStatus: { vehicleId: "d" } }],
    ["inverter with statistics", { statistics: { inverterId: "d" } }],
    ["target of a schedule", { schedule: { id: "schedule", targetId: "d" } }],
  ])("is the same, however the device is named: %s", (_what, event) => {
    expect(laneOf({ user: { id: "u" }, ...event })).toBe("device:d");
  });

  it.each([
    [{ user: { id: "u" } }, "user:u"],
    [{ user: { id: "u" }, vehicle: null }, "user:u"],
    [{ user: { id: "u" }, vehicle: { id: 7 } }, "user:u"],
    [{ user: { id: 7 } }, null],
    [{ user: null }, null],
    [{}, null],
    [[], null],
    [null, null],
    ["text", null],
    [7, null],
    [undefined, null],
  ])("of %j is %j", (event, lane) => {
    expect(laneOf(event)).toBe(lane);
  });

  it("keeps users and devices of the same ID apart", () => {
    expect(laneOf({ vehicle: { id: "x" } })).not.toBe(laneOf({ user: { id: "x" } }));
  });
});

describe("lanes", () => {
  it("run what comes one after the other, and other lanes beside", async () => {
    const lanes = new Lanes(10);
    const first = gate();
    const seen: string[] = [];
    const work = (name: string, opened: Promise<void> = Promise.resolve()) => {
      return async () => {
        seen.push(`${name} begins`);
        await opened;
        seen.push(`${name} ends`);
      };
    };

    const all = Promise.all([
      lanes.run(["x"], soon(), work("x1", first.opened)),
      lanes.run(["x"], soon(), work("x2")),
      lanes.run(["y"], soon(), work("y1")),
      lanes.run([null], soon(), work("none")),
    ]);
    await settle();
    expect(seen).not.toContain("x2 begins");
    expect(seen).toContain("y1 ends");
    expect(seen).toContain("none ends");

    first.open();
    await all;
    expect(seen.filter((name) => name.startsWith("x"))).toEqual([
      "x1 begins",
      "x1 ends",
      "x2 begins",
      "x2 ends",
    ]);
  });

  it("run work in several lanes when all of them are free, and nothing overtakes it", async () => {
    const lanes = new Lanes(10);
    const { opened, open } = gate();
    const seen: string[] = [];
    const note = (name: string) => async () => void seen.push(name);
    const all = Promise.all([
      lanes.run(["x"], soon(), () => opened),
      lanes.run(["x", "y"], soon(), note("both")),
      lanes.run(["y"], soon(), note("y")),
      lanes.run(["z"], soon(), note("z")),
    ]);
    await settle();
    expect(seen).toEqual(["z"]);
    open();
    await all;
    expect(seen).toEqual(["z", "both", "y"]);
  });

  it("give a place to who waits for it, and keep none", async () => {
    const lanes = new Lanes(1);
    const { opened, open } = gate();
    const seen: string[] = [];
    const first = lanes.run([null], soon(), () => opened);
    const second = lanes.run([null], soon(), async () => void seen.push("second"));
    await settle();
    expect(seen).toEqual([]);

    open();
    await Promise.all([first, second]);
    await lanes.run(["x"], soon(), async () => void seen.push("third"));
    expect(seen).toEqual(["second", "third"]);
  });

  it("run everything, in the order of each lane and no more at once than allowed, whatever comes", async () => {
    const jobs = fc.array(
      fc.record({ lane: fc.constantFrom("x", "y", null), turns: fc.nat({ max: 4 }) }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(jobs, fc.integer({ min: 1, max: 4 }), async (given, concurrency) => {
        const lanes = new Lanes(concurrency);
        const running: (string | null)[] = [];
        const order: Record<string, number[]> = { x: [], y: [], null: [] };

        await Promise.all(
          given.map(({ lane, turns }, index) =>
            lanes.run([lane], soon(), async () => {
              if (lane !== null) expect(running).not.toContain(lane);
              running.push(lane);
              expect(running.length).toBeLessThanOrEqual(concurrency);
              order[String(lane)]?.push(index);
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              running.splice(running.indexOf(lane), 1);
            }),
          ),
        );

        for (const lane of ["x", "y", null]) {
          const indexes = given.flatMap((job, index) => (job.lane === lane ? [index] : []));
          expect(order[String(lane)]).toEqual(indexes);
        }
      }),
    );
  });
});
