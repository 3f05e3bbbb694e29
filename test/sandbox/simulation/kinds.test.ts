import { describe, expect, it } from "vitest";
import { kindsByEventName } from "../../../generated/kinds.ts";
import { problems } from "../../support/schemas.ts";
import { ALL_SCOPES } from "../../support/scopes.ts";
import { createHarness, type Harness, LINK_REQUEST } from "../support/harness.ts";
import { createHookedHarness } from "../support/receiver.ts";

const PATHS = ["vehicles", "chargers", "hvacs", "inverters", "batteries", "meters", "hem-systems"];
const EVENT_KINDS = Object.keys(kindsByEventName);
/** What the description calls a device, by the member of its events. */
const SCHEMAS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(kindsByEventName).map((kind) => [kind, kind[0]?.toUpperCase() + kind.slice(1)]),
);

/** Links an account with these scopes. */
async function link(
  { call, sandbox }: Harness,
  userId: string,
  vendor: string,
  scopes: readonly string[] = ALL_SCOPES,
) {
  const { body } = await call("POST", `/users/${userId}/link`, { ...LINK_REQUEST, scopes });
  return sandbox.completeLink(body.linkToken, { vendor });
}

describe("a device", () => {
  it("is found under its own kind only", async () => {
    const harness = createHarness();
    await link(harness, "anna", "TESLA");
    for (const path of PATHS) {
      const { body } = await harness.call("GET", `/users/anna/${path}`);
      for (const { id } of body.data) {
        for (const other of PATHS.filter((each) => each !== path)) {
          expect((await harness.call("GET", `/${other}/${id}`)).status).toBe(404);
        }
      }
    }
  });
});

describe("linking", () => {
  it("brings the devices of all kinds that the scopes ask for", async () => {
    const harness = createHarness();
    const { call, sandbox } = harness;
    const devices = await link(harness, "anna", "TESLA");
    expect(devices).toHaveLength(5);
    await link(harness, "anna", "TADO");
    const counts = [];
    for (const path of PATHS) {
      const { body } = await call("GET", `/users/anna/${path}`);
      expect((await call("GET", `/${path}`)).body).toEqual(body);
      for (const device of body.data) {
        expect((await call("GET", `/${path}/${device.id}`)).body).toEqual(device);
      }
      counts.push(body.data.length);
    }
    expect(counts).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(sandbox.devices.list("anna")).toHaveLength(6);

    const few = await link(harness, "ben", "TESLA", ["meter:read:data"]);
    expect(few.map(({ scopes }) => scopes)).toEqual([["meter:read:data"]]);
  });

  it("groups what a vendor account has of a solar plant", async () => {
    const harness = createHarness();
    const { call } = harness;
    await link(harness, "anna", "ENPHASE");
    await link(harness, "anna", "FRONIUS");
    const { body: systems } = await call("GET", "/hem-systems");
    expect(systems.data).toHaveLength(1);
    const [{ id, information }] = systems.data;
    expect(information.vendor).toBe("ENPHASE");
    const ids = [];
    for (const path of ["inverters", "batteries", "meters"]) {
      const { body } = await call("GET", `/${path}`);
      ids.push(...body.data.map((each: { hemSystemId: string | null }) => each.hemSystemId));
    }
    expect(ids).toEqual([null, id, id, id]);
  });

  it("lets go of one kind of a vendor, and of its HEM system with the last", async () => {
    const harness = createHarness();
    const { call } = harness;
    await link(harness, "anna", "TESLA");
    for (const type of ["vehicle", "inverter", "meter"]) {
      expect((await call("DELETE", `/users/anna/vendors/TESLA/${type}`)).status).toBe(204);
    }
    expect((await call("GET", "/inverters")).body.data).toEqual([]);
    expect((await call("GET", "/hem-systems")).body.data).toHaveLength(1);
    const { body: user } = await call("GET", "/users/anna");
    const types = user.linkedVendors.map((each: { vendorType: string }) => each.vendorType);
    expect(types.sort()).toEqual(["battery", "charger"]);
    await call("DELETE", "/users/anna/vendors/TESLA/battery");
    expect((await call("GET", "/hem-systems")).body.data).toEqual([]);
  });

  it("shows positions where the scopes allow it", async () => {
    const harness = createHarness();
    await link(harness, "anna", "ENPHASE", [
      "inverter:read:data",
      "inverter:read:location",
      "meter:read:data",
    ]);
    const { sandbox } = harness;
    const [inverter] = sandbox.devices.list("anna", "inverter");
    const [meter] = sandbox.devices.list("anna", "meter");
    expect(inverter?.location.latitude).toBeGreaterThan(40);
    expect(meter?.location.latitude).toBeNull();
  });
});

describe("events", () => {
  it("of a discovery have every part that a device of the kind needs, and no readings", async () => {
    const harness = createHookedHarness();
    await harness.subscribe();
    await link(harness, "anna", "TESLA");
    await link(harness, "anna", "ADAX");
    await harness.sandbox.deliver();
    const discovered = harness.events().filter(({ event }) => event.endsWith(":discovered"));
    const found = discovered.flatMap((event) =>
      Object.entries(event).flatMap(([member, device]) => {
        const kind = SCHEMAS[member];
        if (kind === undefined) return [];
        return [{ kind, faults: problems(`/components/schemas/${kind}`, true, device) }];
      }),
    );
    const kinds = Object.values(SCHEMAS);
    expect(found.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
    expect(found.flatMap(({ faults }) => faults)).toEqual([]);
    const [battery] = discovered.flatMap((event) => ("battery" in event ? [event.battery] : []));
    expect(battery?.chargeState).toEqual({
      status: null,
      batteryCapacity: null,
      batteryLevel: null,
      chargeRate: null,
      dischargeLimit: null,
      lastUpdated: null,
    });
  });

  it("say when a device of any kind is added, changed and removed", async () => {
    const harness = createHookedHarness({ actionDelay: 0 });
    const { sandbox, call, news } = harness;
    await harness.subscribe();
    await link(harness, "anna", "TESLA");
    await link(harness, "anna", "ADAX");
    const found = await news();
    for (const kind of EVENT_KINDS) expect(found).toContain(`user:${kind}:discovered`);

    for (const { id } of sandbox.devices.list("anna")) {
      sandbox.devices.update(id, { isReachable: true, isCharging: true, currentTemperature: 12 });
    }
    sandbox.clock.advance("9h");
    const changed = await news();
    for (const kind of EVENT_KINDS) expect(changed).toContain(`user:${kind}:updated`);

    await call("DELETE", "/users/anna/vendors/TESLA");
    await call("DELETE", "/users/anna/vendors/ADAX");
    const removals = await news();
    for (const kind of EVENT_KINDS) {
      expect(removals.filter((name) => name === `user:${kind}:deleted`)).toHaveLength(1);
    }
  });

  it("leave nobody with other readings than the API shows", async () => {
    const harness = createHookedHarness();
    const { sandbox, call } = harness;
    await harness.subscribe();
    await link(harness, "anna", "TESLA");
    await link(harness, "anna", "PANASONIC");
    const [battery] = sandbox.devices.list("anna", "battery");
    sandbox.clock.advance("5h");
    await call("POST", `/batteries/${battery?.id}/operation-mode`, {
      operationMode: "IMPORT_FOCUS",
    });
    sandbox.clock.advance("2h7m");
    const shown = [];
    for (const path of PATHS) shown.push(...(await call("GET", `/${path}`)).body.data);
    await sandbox.deliver();
    const known = new Map<string, unknown>();
    for (const event of harness.events()) {
      for (const member of [...EVENT_KINDS, "hemSystem"]) {
        const device = Reflect.get(event, member);
        if (device !== undefined) known.set(device.id, undated(device));
      }
    }
    for (const device of shown) expect(known.get(device.id)).toEqual(undated(device));
  });
});

/** A device with no dates of readings: that nothing but time has passed is no news. */
function undated(device: unknown): unknown {
  return JSON.parse(
    JSON.stringify(device, (name, value) =>
      name === "lastSeen" || name === "lastUpdated" ? undefined : value,
    ),
  );
}

describe("an HVAC unit", () => {
  async function unit(vendor = "PANASONIC", actionDelay = 1_000) {
    const harness = createHarness();
    const settings = { vendor, actionDelay, currentTemperature: 17 };
    const { id } = harness.sandbox.devices.add("anna", "hvac", settings);
    const { call, sandbox } = harness;
    return {
      ...harness,
      id,
      hold: (body: object) => call("POST", `/hvacs/${id}/permanent-hold`, body),
      follow: () => call("POST", `/hvacs/${id}/follow-schedule`),
      state: () => sandbox.devices.list("anna", "hvac")[0],
    };
  }

  it("is held at a mode, and returned to its programme", async () => {
    const { hold, follow, state, call, sandbox } = await unit();
    const { status, body } = await hold({ mode: "HEAT", heatSetpoint: 24 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: "PENDING",
      targetType: "hvac",
      target: { mode: "HEAT", heatSetpoint: 24, holdType: "PERMANENT" },
    });
    sandbox.clock.advance(1_000);
    expect((await call("GET", `/hvacs/actions/${body.id}`)).body.state).toBe("CONFIRMED");
    expect(state()?.thermostatState).toMatchObject({
      mode: "HEAT",
      heatSetpoint: 24,
      coolSetpoint: null,
      holdType: "PERMANENT",
    });
    expect(state()?.temperatureState.isActive).toBe(true);
    expect(state()?.consumptionRate).toBe(3);
    sandbox.clock.advance("8h");
    expect(state()?.temperatureState.currentTemperature).toBe(24);
    expect(state()?.consumptionRate).toBeLessThan(3);
    expect(state()?.consumptionRate).toBeGreaterThan(0);

    const { body: back } = await follow();
    expect(back.target).toEqual({ holdType: "SCHEDULED" });
    sandbox.clock.advance(1_000);
    expect(state()?.thermostatState).toMatchObject({ mode: "AUTO", holdType: "SCHEDULED" });

    await hold({ mode: "OFF" });
    sandbox.clock.advance("2d");
    expect(state()?.temperatureState).toMatchObject({ isActive: false });
    expect(state()?.temperatureState.currentTemperature).toBeLessThan(20);
    expect(state()?.consumptionRate).toBe(0);
  });

  it("refuses what it cannot do", async () => {
    const { hold } = await unit("ADAX");
    for (const body of [
      { mode: "COOL", coolSetpoint: 20 },
      { mode: "HEAT", heatSetpoint: 31 },
      { mode: "HEAT", coolSetpoint: 20 },
      { mode: "HEAT" },
      { mode: "OFF", heatSetpoint: 20 },
      { mode: "DRY" },
    ]) {
      expect([body, (await hold(body)).status]).toEqual([body, 400]);
    }
    const pump = await unit();
    expect((await pump.hold({ mode: "AUTO", heatSetpoint: 22, coolSetpoint: 23 })).status).toBe(
      400,
    );
    expect((await pump.hold({ mode: "AUTO", heatSetpoint: 20, coolSetpoint: 23 })).status).toBe(
      200,
    );
  });

  it("drops an action for a newer one, and cancels it on request once", async () => {
    const { hold, follow, call } = await unit();
    const { body: first } = await hold({ mode: "OFF" });
    const { body: second } = await follow();
    expect((await call("GET", `/hvacs/actions/${first.id}`)).body).toMatchObject({
      state: "CANCELLED",
      failureReason: { type: "CONFLICT" },
    });
    const cancel = () => call("POST", `/hvacs/actions/${second.id}/cancel`);
    const cancelled = await cancel();
    expect(cancelled.body.failureReason.type).toBe("REQUESTED_CANCELLATION");
    expect(await cancel()).toMatchObject({ status: 409, body: cancelled.body });
  });

  it("does not respond while it is out of reach", async () => {
    const { hold, call, sandbox, id } = await unit();
    sandbox.devices.update(id, { isReachable: false });
    const { body } = await hold({ mode: "OFF" });
    sandbox.clock.advance("1m");
    expect((await call("GET", `/hvacs/actions/${body.id}`)).body).toMatchObject({
      state: "FAILED",
      failureReason: { type: "NO_RESPONSE" },
    });
  });

  it("is assigned to a location", async () => {
    const { call, id } = await unit();
    const place = { name: "Home", latitude: 52, longitude: 5, timezoneName: "Europe/Amsterdam" };
    const { body: location } = await call("POST", "/users/anna/locations", place);
    const put = (locationId: unknown) => call("PUT", `/hvacs/${id}`, { locationId });
    expect((await put(location.id)).body.location.id).toBe(location.id);
    expect((await put(null)).body.location.id).toBeNull();
    expect((await put("3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b01")).status).toBe(400);
  });
});

describe("a battery", () => {
  it("takes operation modes", async () => {
    const { call, sandbox } = createHarness();
    const { id } = sandbox.devices.add("anna", "battery", { batteryLevel: 50 });
    const set = (operationMode: string) =>
      call("POST", `/batteries/${id}/operation-mode`, { operationMode });
    const { body } = await set("IMPORT_FOCUS");
    expect(body).toMatchObject({
      state: "PENDING",
      targetState: { operationMode: "IMPORT_FOCUS" },
    });
    sandbox.clock.advance(2_000);
    expect((await call("GET", `/batteries/actions/${body.id}`)).body.state).toBe("CONFIRMED");
    const battery = async () => (await call("GET", `/batteries/${id}`)).body;
    expect((await battery()).config.operationMode).toBe("IMPORT_FOCUS");
    expect((await battery()).chargeState).toMatchObject({ status: "CHARGING", chargeRate: 4 });
    sandbox.clock.advance("1h");
    expect((await battery()).chargeState.batteryLevel).toBeCloseTo(90, 1);
    sandbox.clock.advance("1h");
    expect((await battery()).chargeState).toMatchObject({ status: "IDLE", batteryLevel: 100 });

    await set("EXPORT_FOCUS");
    sandbox.clock.advance("8h");
    expect((await battery()).chargeState).toMatchObject({ status: "IDLE", batteryLevel: 20 });

    expect((await set("UNKNOWN")).status).toBe(400);
    sandbox.devices.update(id, {
      capabilities: { idle: { isCapable: false, interventionIds: [] } },
    });
    expect((await set("IDLE")).status).toBe(400);
    const { body: last } = await set("TIME_OF_USE");
    const cancel = () => call("POST", `/batteries/actions/${last.id}/cancel`);
    expect((await cancel()).body.state).toBe("CANCELLED");
    expect((await cancel()).status).toBe(409);
  });

  it("carries a command out at once where it takes no time", async () => {
    const { call, sandbox } = createHarness({ actionDelay: 0 });
    const { id } = sandbox.devices.add("anna", "battery", { batteryLevel: 50 });
    const { body } = await call("POST", `/batteries/${id}/operation-mode`, {
      operationMode: "EXPORT_FOCUS",
    });
    expect(body.state).toBe("CONFIRMED");
    expect(sandbox.devices.get(id, "battery")?.chargeState.chargeRate).toBe(-4);
  });

  it("needs the scope for commands", async () => {
    const harness = createHarness();
    const [battery] = await link(harness, "anna", "ENPHASE", ["battery:read:data"]);
    const answer = await harness.call("POST", `/batteries/${battery?.id}/operation-mode`, {
      operationMode: "IDLE",
    });
    expect(answer.status).toBe(403);
  });
});

it("takes refresh hints for every kind of device", async () => {
  const { call, sandbox } = createHarness({ fleet: "small" });
  for (const path of PATHS.slice(0, -1)) {
    const { body } = await call("GET", `/${path}`);
    expect((await call("POST", `/${path}/${body.data[0].id}/refresh-hint`)).status).toBe(204);
    const kind = path === "batteries" ? "batteries" : path;
    expect((await call("GET", `/health/${kind}`)).body.length).toBeGreaterThan(8);
  }
  expect(sandbox.devices.list(undefined, "hemSystem")).toHaveLength(5);
});
