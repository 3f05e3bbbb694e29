import { describe, expect, it } from "vitest";
import { Enode } from "../../../../src/index.ts";
import type { SandboxServer } from "../../../../src/sandbox/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { command, HOSTILE, pageOf, start } from "../support.ts";

const GONE = "The account or device does not exist any more.";

function clientOf(server: SandboxServer): Enode {
  return new Enode({
    ...server.credentials,
    environment: "sandbox",
    baseUrl: server.apiUrl,
    tokenUrl: server.tokenUrl,
    maxRetries: 0,
  });
}

/** The page of a device, which must exist. */
async function devicePage(server: SandboxServer, id: string | undefined): Promise<string> {
  const response = await fetch(`${server.apiUrl}/?tab=fleet&device=${id}`);
  expect(response.status).toBe(200);
  return response.text();
}

describe("the page of a device", () => {
  it.each([
    ["vehicle", "vehicles", ["Odometer", "Smart charging", "Charge limit in %", "Actions"]],
    ["charger", "chargers", ["Current limit in A", "Energy that the car takes", "Actions"]],
    ["hvac", "hvacs", ["Room", "Temperature in °C", "Actions"]],
    ["inverter", "inverters", ["Lifetime", "Produced today", "Power in full sun"]],
    ["battery", "batteries", ["Reserve", "Operation mode", "Actions"]],
    ["meter", "meters", ["Capabilities and scopes", "In reach"]],
  ] as const)("shows a %s as the API gives it", async (kind, path, words) => {
    const server = await start({ fleet: "small" });
    const [device] = server.devices.list("user-1", kind);
    const page = await devicePage(server, device?.id);
    expect(page).toContain(escapeHtml(JSON.stringify(device, null, 2)));
    expect(page).toContain(`${server.apiUrl}/${path}/${device?.id}`);
    expect(page).toContain(escapeHtml(`await enode.${path}.get("${device?.id}");`));
    for (const word of [...words, "Capabilities and scopes", "Location"]) {
      expect(page).toContain(word);
    }
    for (const scope of device?.scopes ?? []) expect(page).toContain(scope);
    expect(page.includes("Fail the next action")).toBe(kind !== "inverter" && kind !== "meter");
    expect(page).toContain('class="back" href="/?tab=fleet">All devices</a>');
  });

  it("says what does not exist, with 404", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{}] }] });
    const response = await fetch(`${server.apiUrl}/?device=${encodeURIComponent(HOSTILE)}`);
    expect(response.status).toBe(404);
    const page = await response.text();
    expect(page).toContain("There is no such device");
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain(HOSTILE);
  });

  it("shows actions on their way, and how they ended", async () => {
    const server = await start({ actionDelay: 5_000, fleet: [{ id: "anna", vehicles: [{}] }] });
    const enode = clientOf(server);
    const [car] = server.devices.list();
    const id = car?.id ?? "";
    expect(await devicePage(server, id)).toContain("No action yet.");
    await enode.vehicles.startCharging(id);
    const pending = await devicePage(server, id);
    expect(pending).toContain("<strong>Start charging</strong>");
    expect(pending).toContain("PENDING");
    expect(pending).toContain("2025-01-06 08:00:00, on its way");
    server.clock.advance(5_000);
    const confirmed = await devicePage(server, id);
    expect(confirmed).toContain("CONFIRMED");
    expect(confirmed).toContain("ended after 5 s");

    expect(await command(server, { do: "fail-next-action", device: id, type: "NO_RESPONSE" })).toBe(
      "The next action of Tesla Model 3 of anna ends with NO_RESPONSE.",
    );
    await enode.vehicles.stopCharging(id);
    server.clock.advance(60_000);
    const failed = await devicePage(server, id);
    expect(failed).toContain("FAILED");
    expect(failed).toContain("NO_RESPONSE: The device did not respond in time.");
    const bad = { do: "fail-next-action", device: id, type: "BOREDOM" };
    expect(await command(server, bad)).toBe("400");
    expect(await command(server, { ...bad, device: "nothing" })).toBe(GONE);
  });

  it("shows actions of every kind", async () => {
    const server = await start({ fleet: "small" });
    const enode = clientOf(server);
    const [hvac] = server.devices.list("user-1", "hvac");
    const [battery] = server.devices.list("user-1", "battery");
    const [charger] = server.devices.list("user-1", "charger");
    await enode.hvacs.setPermanentHold(hvac?.id ?? "", { mode: "HEAT", heatSetpoint: 22 });
    await enode.batteries.setOperationMode(battery?.id ?? "", { operationMode: "IMPORT_FOCUS" });
    await enode.chargers.setMaxCurrent(charger?.id ?? "", { maxCurrent: 10 });
    expect(await devicePage(server, hvac?.id)).toContain("Thermostat: Hold heat");
    expect(await devicePage(server, battery?.id)).toContain("Mode Import focus");
    expect(await devicePage(server, charger?.id)).toContain("Current limit 10 A");
  });

  it("changes a device, and leaves out empty fields", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 50 }] }] });
    const [car] = server.devices.list();
    const device = car?.id ?? "";
    const edit = (fields: Record<string, string>) =>
      command(server, { do: "edit-device", device, ...fields });
    expect(
      await edit({
        batteryLevel: "20.5",
        chargeLimit: "",
        isPluggedIn: "no",
        isReachable: "",
        latitude: "59.9",
        displayName: HOSTILE,
      }),
    ).toContain("was changed: batteryLevel, isPluggedIn, latitude, displayName.");
    const changed = server.devices.get(device, "vehicle");
    expect(changed?.chargeState).toMatchObject({
      batteryLevel: 20.5,
      chargeLimit: 80,
      isPluggedIn: false,
    });
    expect(changed?.location.latitude).toBe(59.9);
    const page = await devicePage(server, device);
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(await edit({ batteryLevel: "101" })).toContain("must be a number from 0 to 100");
    expect(await edit({ chargeLimit: "lots" })).toContain("not lots");
    expect(await edit({})).toBe("Nothing was changed: all fields are empty.");
    // What is no setting of its kind is not read.
    expect(await edit({ operationMode: "IDLE" })).toContain("Nothing was changed");
    expect(await edit({ isReachable: "no" })).toContain("isReachable");
    expect(server.devices.get(device)?.isReachable).toBe(false);
    expect(await command(server, { do: "edit-device", device: "nothing" })).toBe(GONE);
  });

  it("changes each kind in its own way", async () => {
    const server = await start({ fleet: "small" });
    const edit = (
      kind: "battery" | "hvac" | "inverter" | "meter",
      fields: Record<string, string>,
    ) => {
      const [device] = server.devices.list("user-1", kind);
      return command(server, { do: "edit-device", device: device?.id ?? "", ...fields });
    };
    await edit("battery", { operationMode: "IDLE", batteryLevel: "33" });
    const [battery] = server.devices.list("user-1", "battery");
    expect(battery?.config.operationMode).toBe("IDLE");
    expect(battery?.chargeState.batteryLevel).toBe(33);
    expect(await edit("battery", { operationMode: "PARTY" })).toContain(
      "must be one of EXPORT_FOCUS",
    );
    await edit("hvac", { currentTemperature: "12" });
    const [hvac] = server.devices.list("user-1", "hvac");
    expect(hvac?.temperatureState.currentTemperature).toBe(12);
    await edit("inverter", { totalLifetimeProduction: "1000" });
    const [inverter] = server.devices.list("user-1", "inverter");
    expect(inverter?.productionState.totalLifetimeProduction).toBe(1000);
    await edit("meter", { isReachable: "no" });
    expect(server.devices.list("user-1", "meter")[0]?.isReachable).toBe(false);
  });

  it("puts a charger at a location of its user", async () => {
    const server = await start({ fleet: [{ id: "anna", chargers: [{}] }, { id: "bob" }] });
    const enode = clientOf(server);
    const place = { latitude: 59.91, longitude: 10.75, timezoneName: "Europe/Oslo" };
    const home = await enode.locations.create("anna", { name: HOSTILE, ...place });
    const other = await enode.locations.create("bob", { name: "Cabin", ...place });
    const [charger] = server.devices.list();
    const device = charger?.id ?? "";
    const edit = (locationId: string) => command(server, { do: "edit-device", device, locationId });
    expect(await edit(home.id)).toContain("was changed: location.");
    expect(server.devices.get(device)?.location.id).toBe(home.id);
    const page = await devicePage(server, device);
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain("Europe/Oslo");
    expect(await edit(other.id)).toContain("location of the same user");
    expect(server.devices.get(device)?.location.id).toBe(home.id);
    await edit("none");
    expect(server.devices.get(device)?.location.id).toBeNull();
  });

  it("removes a device by a second step", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{}] }] });
    const [car] = server.devices.list();
    const device = car?.id ?? "";
    const page = await devicePage(server, device);
    expect(page).toMatch(/<summary>Remove…<\/summary>[\s\S]*Remove Tesla Model 3 for good/);
    const back = `tab=fleet&device=${device}`;
    expect(await command(server, { do: "remove-device", device, back })).toBe(
      "Tesla Model 3 of anna was removed.",
    );
    expect(server.devices.list()).toEqual([]);
    expect(await command(server, { do: "remove-device", device, back })).toBe(GONE);
  });

  it("shows schedules, and the plan of smart charging", async () => {
    const server = await start({
      fleet: [{ id: "anna", vehicles: [{ batteryLevel: 20 }], chargers: [{}], hvacs: [{}] }],
    });
    const enode = clientOf(server);
    const idOf = (kind: "vehicle" | "charger" | "hvac") =>
      server.devices.list("anna", kind)[0]?.id ?? "";
    await enode.schedules.create("anna", {
      targetId: idOf("charger"),
      targetType: "charger",
      locationId: null,
      isEnabled: true,
      defaultShouldCharge: false,
      rules: [{ shouldCharge: true, hourMinute: { from: "22:00", to: "06:00" } }],
    });
    await enode.schedules.create("anna", {
      targetId: idOf("hvac"),
      targetType: "hvac",
      isEnabled: true,
      defaultTargetState: { mode: "HEAT", heatSetpoint: 18, holdType: "PERMANENT" },
      rules: [
        {
          targetState: { mode: "HEAT", heatSetpoint: 22, holdType: "PERMANENT" },
          hourMinute: { from: "17:00", to: "22:00" },
        },
      ],
    });
    const charger = await devicePage(server, idOf("charger"));
    expect(charger).toContain("Charging, 1 rule");
    expect(charger).toContain("ALIGNED");
    expect(charger).toContain("<td>2025-01-06 22:00:00</td><td>Charges</td>");
    const hvac = await devicePage(server, idOf("hvac"));
    expect(hvac).toContain("<td>2025-01-06 17:00:00</td><td>Heat, heat to 22 °C</td>");

    const vehicle = idOf("vehicle");
    expect(await devicePage(server, vehicle)).toContain("<dd>DISABLED</dd>");
    await enode.vehicles.smartCharging.updatePolicy(vehicle, {
      isEnabled: true,
      deadline: "07:00",
      minimumChargeLimit: 30,
    });
    const page = await devicePage(server, vehicle);
    expect(page).toContain("PLAN:EXECUTING:");
    expect(page).toContain("<dd>07:00</dd>");
    const plan = await enode.vehicles.smartCharging.getPlan(vehicle, "latest");
    expect(page).toContain(plan.estimatedFinishAt.slice(0, 19).replace("T", " "));
    expect(page).toContain(` in place of ${plan.nonSmartCost.toFixed(2)} ${plan.currency}`);
  });

  it("shows the interventions that a device needs", async () => {
    const server = await start({
      fleet: [
        {
          id: "anna",
          vehicles: [
            {
              capabilities: {
                startCharging: {
                  isCapable: false,
                  interventionIds: ["3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b02", HOSTILE],
                },
              },
            },
          ],
        },
      ],
    });
    const page = await devicePage(server, server.devices.list()[0]?.id);
    expect(page).toContain("Allow remote commands");
    expect(page).toContain("needs an intervention");
    // The texts are Markdown with HTML, which stays text here.
    expect(page).not.toContain("<br>Turn on");
    expect(page).not.toContain(HOSTILE);
  });

  it("sums up what was charged", async () => {
    const server = await start({
      fleet: [{ id: "anna", vehicles: [{ batteryLevel: 20, isCharging: true }] }],
    });
    server.clock.advance("2h");
    const page = await devicePage(server, server.devices.list()[0]?.id);
    expect(page).toContain("<dt>Charged since the start</dt><dd>22 kWh</dd>");
  });

  it("keeps the search and page of the list in its links", async () => {
    const server = await start({ fleet: { users: 60, vehiclesPerUser: 1 } });
    const page = await pageOf(server, "?tab=fleet&q=user&page=2");
    const address = /href="([^"]*device=[^"]*)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const device = await pageOf(server, address.slice(1));
    expect(device).toContain('class="back" href="/?tab=fleet&amp;q=user&amp;page=2"');
    expect(device).toContain("Page 2 of 2");
  });
});
