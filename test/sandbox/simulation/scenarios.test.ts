import { describe, expect, it } from "vitest";
import type { Vehicle, WebhookEvent } from "../../../generated/types.ts";
import type { SandboxOptions, Scenario, ScenarioName } from "../../../src/sandbox/index.ts";
import { ALL_SCOPES } from "../../support/scopes.ts";
import { createHarness, LINK_REQUEST } from "../support/harness.ts";
import { createHookedHarness, type HookedHarness } from "../support/receiver.ts";

const HOUR = 3_600_000;
const PATHS = ["vehicles", "chargers", "hvacs", "inverters", "batteries", "meters", "hem-systems"];

/** A sandbox with a webhook, in which a scenario runs from the beginning. */
async function withScenario(scenario: ScenarioName | Scenario, options: SandboxOptions = {}) {
  const harness = createHookedHarness({ scenarios: [scenario], ...options });
  await harness.subscribe();
  return harness;
}

const updatesOf = ({ events }: HookedHarness): Vehicle[] =>
  events().flatMap((event) => (event.event === "user:vehicle:updated" ? [event.vehicle] : []));

/** What happens in six hours in which a car parks, charges and is full. */
async function sixHours(name: ScenarioName, seed: number): Promise<WebhookEvent[]> {
  const harness = await withScenario(name, { seed });
  const { sandbox } = harness;
  const { id } = sandbox.devices.add("anna", "vehicle", { batteryLevel: 70, vendor: "TESLA" });
  sandbox.clock.advance("2h");
  await harness.call("POST", `/vehicles/${id}/charging`, { action: "START" });
  sandbox.clock.advance("4h");
  await sandbox.deliver();
  return harness.events();
}

describe("every scenario", () => {
  const { names } = createHarness().sandbox.scenarios;

  it("has a name", () => {
    expect(names).toEqual([
      "parked-car-flickers",
      "vendor-outage",
      "unplugged-after-charge",
      "near-duplicates",
      "account-relinked",
    ]);
  });

  it.each(names)("does the same with the same seed, and something: %s", async (name) => {
    const [one, again] = [await sixHours(name, 3), await sixHours(name, 3)];
    expect(again).toEqual(one);
    const harness = createHookedHarness({ seed: 3 });
    await harness.subscribe();
    const { id } = harness.sandbox.devices.add("anna", "vehicle", {
      batteryLevel: 70,
      vendor: "TESLA",
    });
    harness.sandbox.clock.advance("2h");
    await harness.call("POST", `/vehicles/${id}/charging`, { action: "START" });
    harness.sandbox.clock.advance("4h");
    await harness.sandbox.deliver();
    expect(harness.events()).not.toEqual(one);
  });

  it.each(["parked-car-flickers", "near-duplicates", "account-relinked"] as const)(
    "does something else with another seed: %s",
    async (name) => {
      const undated = (events: WebhookEvent[]) => events.map(({ createdAt }) => createdAt);
      expect(undated(await sixHours(name, 3))).not.toEqual(undated(await sixHours(name, 4)));
    },
  );

  it.each(names)("is about the devices in its scope only: %s", async (name) => {
    const harness = createHookedHarness({ fleet: [{ id: "anna", vehicles: [{}] }] });
    const { sandbox } = harness;
    await harness.subscribe();
    const other = createHookedHarness({ fleet: [{ id: "anna", vehicles: [{}] }] });
    await other.subscribe();
    sandbox.scenarios.begin({ name, userId: "ben" });
    for (const each of [harness, other]) {
      const [vehicle] = each.sandbox.devices.list();
      each.sandbox.devices.update(vehicle?.id ?? "", { isCharging: true });
      each.sandbox.clock.advance("6h");
      await each.sandbox.deliver();
    }
    expect(harness.events()).toEqual(other.events());
  });

  it("is listed until it ends", () => {
    const { scenarios } = createHarness({ scenarios: ["near-duplicates"] }).sandbox;
    const outage = scenarios.begin({ name: "vendor-outage", vendor: "KIA" });
    expect(scenarios.list().map(({ scenario }) => scenario)).toEqual([
      { name: "near-duplicates" },
      { name: "vendor-outage", vendor: "KIA" },
    ]);
    scenarios.list()[0]?.end();
    outage.end();
    outage.end();
    expect(scenarios.list()).toEqual([]);
  });

  it("that does not exist is refused, and so is a scope that is undefined", () => {
    const { scenarios } = createHarness().sandbox;
    const begin = (scenario: unknown) => () => scenarios.begin(scenario as Scenario);
    expect(begin("vendor-outag")).toThrow("did you mean vendor-outage?");
    expect(begin({ name: "vendor-outage", user: "anna" })).toThrow("did you mean userId?");
    expect(begin({ name: "vendor-outage", userId: undefined })).toThrow('"userId" of a scenario');
    expect(() => createHarness({ scenarios: ["nope" as ScenarioName] })).toThrow("there are");
    expect(scenarios.list()).toEqual([]);
  });
});

describe("a parked car that flickers", () => {
  it("reports what is not so, for two minutes at most, and the truth again", async () => {
    const harness = await withScenario("parked-car-flickers");
    const { sandbox } = harness;
    const car = sandbox.devices.add("anna", "vehicle", { batteryLevel: 50 });
    sandbox.clock.advance(24 * HOUR);
    await sandbox.deliver();
    const reports = updatesOf(harness).slice(1);
    expect(reports.length).toBeGreaterThan(100);
    const truth = ({ chargeState: { lastUpdated: _, ...state } }: Vehicle) => state;
    reports.forEach((report, index) => {
      const isWrong = index % 2 === 0;
      if (isWrong) expect(truth(report)).not.toEqual(truth(car));
      else expect(truth(report)).toEqual(truth(car));
      expect(report.chargeState.batteryLevel).toBe(50);
      const next = reports[index + 1];
      if (next === undefined) return;
      const minutes = (Date.parse(next.lastSeen) - Date.parse(report.lastSeen)) / 60_000;
      expect(minutes).toBeGreaterThanOrEqual(isWrong ? 1 : 5);
      expect(minutes).toBeLessThanOrEqual(isWrong ? 2 : 15);
    });
    const seen = new Set(reports.map(({ chargeState }) => chargeState.powerDeliveryState));
    expect([...seen].sort()).toEqual(["PLUGGED_IN:CHARGING", "PLUGGED_IN:STOPPED", "UNPLUGGED"]);
  });

  it("obeys as though nothing were wrong, and is left alone while it charges", async () => {
    const harness = await withScenario("parked-car-flickers");
    const { sandbox, call } = harness;
    const { id } = sandbox.devices.add("anna", "vehicle", { batteryLevel: 20 });
    let isWrong = false;
    for (let minute = 0; minute < 30 && !isWrong; minute++) {
      sandbox.clock.advance("1m");
      isWrong = sandbox.devices.get(id, "vehicle")?.chargeState.isPluggedIn === false;
    }
    expect((await call("POST", `/vehicles/${id}/charging`, { action: "START" })).status).toBe(200);
    sandbox.clock.advance("2s");
    for (let minute = 0; minute < 60; minute++) {
      const state = sandbox.devices.get(id, "vehicle")?.chargeState;
      expect(state).toMatchObject({ isPluggedIn: true, isCharging: true, isFullyCharged: false });
      sandbox.clock.advance("1m");
    }
  });

  it("tells the truth once the scenario ends, also when it was removed", async () => {
    const { sandbox } = await withScenario("parked-car-flickers");
    const car = sandbox.devices.add("anna", "vehicle", { batteryLevel: 50 });
    const state = () => {
      const { lastUpdated: _, ...rest } = sandbox.devices.get(car.id, "vehicle")?.chargeState ?? {
        lastUpdated: null,
      };
      return rest;
    };
    const truth = state();
    const flicker = () => {
      for (let second = 0; second < 3_600; second++) {
        sandbox.clock.advance("1s");
        if (JSON.stringify(state()) !== JSON.stringify(truth)) return;
      }
      throw new Error("The car did not flicker.");
    };
    flicker();
    sandbox.scenarios.list()[0]?.end();
    for (let minute = 0; minute < 120; minute++) {
      expect(state()).toEqual(truth);
      sandbox.clock.advance("1m");
    }
    const again = sandbox.scenarios.begin("parked-car-flickers");
    flicker();
    sandbox.devices.remove(car.id);
    again.end();
    sandbox.clock.advance("1h");
    expect(sandbox.events.list().at(-1)?.event).toBe("user:vehicle:deleted");
  });
});

describe("a vendor outage", () => {
  it("stops the data of that vendor, and nothing says so", async () => {
    const harness = createHookedHarness();
    const { sandbox, call, news } = harness;
    await harness.subscribe();
    const settings = { batteryLevel: 20, isCharging: true };
    const car = sandbox.devices.add("anna", "vehicle", { vendor: "TESLA", ...settings });
    const other = sandbox.devices.add("anna", "vehicle", { vendor: "KIA", ...settings });
    sandbox.clock.advance("10m");
    await news();
    const outage = sandbox.scenarios.begin({ name: "vendor-outage", vendor: "TESLA" });
    const before = (await call("GET", `/vehicles/${car.id}`)).body;
    const toldBefore = updatesOf(harness).length;
    sandbox.clock.advance("1h");
    // Its owner unplugs it, of which nobody hears.
    sandbox.devices.update(car.id, { isPluggedIn: false });
    expect((await call("GET", `/vehicles/${car.id}`)).body).toEqual(before);
    expect(before.isReachable).toBe(true);
    const { status } = await call("POST", `/vehicles/${car.id}/refresh-hint`);
    expect(status).toBe(204);
    expect((await call("GET", `/vehicles/${car.id}`)).body).toEqual(before);
    expect((await call("GET", "/health/vehicles")).body).toContainEqual(
      expect.objectContaining({ vendor: "TESLA", status: "READY", linkingStatus: "READY" }),
    );
    await news();
    const told = updatesOf(harness).slice(toldBefore);
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter(({ id }) => id !== other.id)).toEqual([]);

    outage.end();
    const after = (await call("GET", `/vehicles/${car.id}`)).body;
    expect(after.chargeState).toMatchObject({ isPluggedIn: false, isCharging: false });
    expect(after.chargeState.batteryLevel).toBeGreaterThan(before.chargeState.batteryLevel);
    expect(after.lastSeen).toBe(sandbox.clock.now().toISOString());
    expect(await news()).toEqual(["user:vehicle:updated"]);
  });

  it("stops the data of every kind of device, and of HEM systems", async () => {
    const { sandbox, call } = await withScenario("near-duplicates", { fleet: "small" });
    const all = async () => {
      const pages = [];
      for (const path of PATHS) pages.push((await call("GET", `/${path}`)).body.data);
      return pages;
    };
    sandbox.clock.advance("1h");
    const before = await all();
    expect(before.every((page) => page.length > 0)).toBe(true);
    const outage = sandbox.scenarios.begin("vendor-outage");
    sandbox.clock.advance("4h");
    expect(await all()).toEqual(before);
    outage.end();
    const after = await all();
    PATHS.forEach((path, index) => {
      // Nothing happened to the cars and chargers, which stand still, but that they are seen again.
      expect([path, after[index]]).not.toEqual([path, before[index]]);
    });
  });

  it("lets commands fail, and strikes what is linked meanwhile", async () => {
    const { sandbox, call } = await withScenario("vendor-outage");
    const { id } = sandbox.devices.add("anna", "vehicle");
    const { body } = await call("POST", `/vehicles/${id}/charging`, { action: "START" });
    sandbox.clock.advance("10s");
    expect((await call("GET", `/vehicles/actions/${body.id}`)).body).toMatchObject({
      state: "FAILED",
      failureReason: { type: "NO_RESPONSE" },
    });
  });
});

describe("a car that reports UNPLUGGED after a charge", () => {
  it("does so once it is full, until its owner does something or the scenario ends", async () => {
    const harness = await withScenario("unplugged-after-charge");
    const { sandbox } = harness;
    const settings = { batteryLevel: 79, isCharging: true };
    const { id } = sandbox.devices.add("anna", "vehicle", settings);
    const state = () => sandbox.devices.get(id, "vehicle")?.chargeState;
    sandbox.clock.advance("1m");
    expect(state()).toMatchObject({ isPluggedIn: true, isCharging: true });
    sandbox.clock.advance("1h");
    const unplugged = {
      isPluggedIn: false,
      isCharging: false,
      isFullyCharged: true,
      batteryLevel: 80,
      powerDeliveryState: "UNPLUGGED",
    };
    expect(state()).toMatchObject(unplugged);
    await sandbox.deliver();
    expect(updatesOf(harness).at(-1)?.chargeState).toMatchObject(unplugged);
    sandbox.scenarios.list()[0]?.end();
    expect(state()).toMatchObject({ isPluggedIn: true, powerDeliveryState: "PLUGGED_IN:COMPLETE" });

    sandbox.scenarios.begin("unplugged-after-charge");
    sandbox.devices.update(id, settings);
    sandbox.clock.advance("1h");
    expect(state()).toMatchObject(unplugged);
    sandbox.devices.update(id, { batteryLevel: 60 });
    expect(state()).toMatchObject({ isPluggedIn: true, powerDeliveryState: "PLUGGED_IN:STOPPED" });
  });
});

describe("near-duplicates", () => {
  it("come within two seconds, of some updates", async () => {
    const harness = await withScenario("near-duplicates");
    const { sandbox } = harness;
    sandbox.devices.add("anna", "vehicle", { batteryLevel: 10, isCharging: true });
    sandbox.clock.advance("4h");
    await sandbox.deliver();
    const updates = harness.events().filter(({ event }) => event === "user:vehicle:updated");
    const twins = updates.filter((event, index) => {
      const before = updates[index - 1];
      if (before === undefined) return false;
      const { createdAt, ...rest } = event;
      const { createdAt: earlier, ...same } = before;
      const apart = Date.parse(createdAt) - Date.parse(earlier);
      return apart > 0 && apart <= 2_000 && JSON.stringify(rest) === JSON.stringify(same);
    });
    expect(twins.length).toBeGreaterThan(30);
    expect(twins.length).toBeLessThan(updates.length / 2);
  });
});

describe("an account that another user links", () => {
  it("works for the other one only, with the same cars under other IDs", async () => {
    const harness = await withScenario("account-relinked");
    const { sandbox, call } = harness;
    // There is nobody at first.
    sandbox.clock.advance("20m");
    const [first] = await harness.link("anna", {
      vendor: "TESLA",
      devices: [{ batteryLevel: 33 }],
    });
    sandbox.clock.advance("20m");
    await sandbox.deliver();

    expect((await call("GET", "/users/anna")).body.linkedVendors[0].isValid).toBe(false);
    const mine = (await call("GET", "/users/anna/vehicles")).body.data;
    expect(mine).toMatchObject([{ id: first?.id, isReachable: false }]);
    const theirs = (await call("GET", "/users/anna-2/vehicles")).body.data;
    expect(theirs).toMatchObject([{ isReachable: true, chargeState: { batteryLevel: 33 } }]);
    expect(theirs[0].id).not.toBe(first?.id);
    expect(theirs[0].information).toEqual(first?.information);
    expect(theirs[0].scopes).toEqual(first?.scopes);
    const told = harness.events().map(({ event, createdAt }) => [event, createdAt] as const);
    const invalidated = told.findIndex(([event]) => event === "user:credentials:invalidated");
    expect(told.slice(invalidated).map(([event]) => event)).toEqual([
      "user:credentials:invalidated",
      "user:vehicle:updated",
      "user:vehicle:discovered",
      "user:vehicle:updated",
    ]);
    // It happens at its own time, however far the clock was advanced.
    const at = new Set(told.slice(invalidated).map(([, createdAt]) => createdAt));
    expect(at.size).toBe(1);
    expect(sandbox.clock.now().getTime() - Date.parse([...at][0] ?? "")).toBeGreaterThan(60_000);
    sandbox.clock.advance("10d");
    expect((await call("GET", "/users")).body.data).toHaveLength(2);
  });

  it("brings everything that the account has", async () => {
    const { sandbox, call } = await withScenario({ name: "account-relinked", vendor: "TESLA" });
    const { body } = await call("POST", "/users/anna/link", {
      ...LINK_REQUEST,
      scopes: ALL_SCOPES,
    });
    const linked = await sandbox.completeLink(body.linkToken, { vendor: "TESLA" });
    sandbox.devices.add("anna", "vehicle", { vendor: "KIA" });
    sandbox.clock.advance("1h");
    const copies = sandbox.devices.list("anna-2").reverse();
    expect(copies.map(({ information }) => information)).toEqual(
      linked.map(({ information }) => information),
    );
    expect(copies.length).toBeGreaterThan(3);
    expect((await call("GET", "/users/anna-2/hem-systems")).body.data).toHaveLength(1);
    const vendors = (await call("GET", "/users/anna")).body.linkedVendors;
    const working = vendors.filter(({ isValid }: { isValid: boolean }) => isValid);
    expect(working.map(({ vendor }: { vendor: string }) => vendor)).toEqual(["KIA"]);
  });
});
