import { Enode } from "../../../src/enode.ts";
import { createSandbox } from "../../../src/sandbox/app/sandbox.ts";
import type { DeviceKind } from "../../../src/sandbox/simulation/devices/catalogue.ts";

/** An event as it was delivered. */
export type SandboxEvent = Readonly<Record<string, unknown>> & { readonly event: string };

const USER = "anna";
const WEBHOOK = "https://app.example.com/webhooks/enode";
const HOME: readonly DeviceKind[] = ["hvac", "inverter", "battery", "meter"];

/**
 * Events as a sandbox delivers them, by their names: of each the last one in the story of one user, who links devices,
 * uses them, and disconnects them. Seed and clock are fixed, so that they are the same each time.
 */
export async function readSandboxEvents(): Promise<Map<string, SandboxEvent>> {
  const delivered = new Map<string, SandboxEvent>();
  const sandbox = createSandbox({
    seed: 1,
    clock: "manual",
    tokenLifetime: 30 * 86_400,
    deliver: async (request) => {
      // A delivery is a list of events.
      const events = (await request.json()) as SandboxEvent[];
      for (const event of events) delivered.set(event.event, event);
      return new Response(null, { status: 204 });
    },
  });
  const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch });
  const pass = async (time: string): Promise<void> => {
    sandbox.clock.advance(time);
    await sandbox.deliver();
  };

  const webhook = await enode.webhooks.create({ url: WEBHOOK, secret: "0123456789abcdef" });
  await enode.webhooks.test(webhook.id);

  const linkUi = { language: "en-US", redirectUri: "https://app.example.com/linked" } as const;
  const scopes = ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"];
  const first = await enode.users.link(USER, { ...linkUi, scopes });
  const devices = [{ batteryLevel: 40, chargeLimit: 80 }];
  await sandbox.completeLink(first.linkToken, { vendor: "TESLA", devices });
  const [vehicle] = sandbox.devices.list(USER, "vehicle");
  const charger = sandbox.devices.add(USER, "charger", { vendor: "EASEE" });
  for (const kind of HOME) sandbox.devices.add(USER, kind);
  const [inverter] = sandbox.devices.list(USER, "inverter");
  if (!vehicle || !inverter) throw new Error("The sandbox has not linked the devices.");
  await pass("10m");

  sandbox.invalidateCredentials(USER, "TESLA");
  await sandbox.deliver();
  const second = await enode.assets.relink(vehicle.id, linkUi);
  await sandbox.completeLink(second.linkToken, { vendor: "TESLA" });

  await enode.vehicles.startCharging(vehicle.id);
  await enode.chargers.setMaxCurrent(charger.id, { maxCurrent: 10 });
  await pass("1m");

  await enode.inverters.getStatistics(inverter.id, { year: 2025, month: 1 });
  await pass("5m");

  await enode.vehicles.smartCharging.updatePolicy(vehicle.id, {
    isEnabled: true,
    deadline: "07:00",
  });
  await pass("1m");

  await enode.schedules.create(USER, {
    targetId: charger.id,
    targetType: "charger",
    locationId: null,
    isEnabled: true,
    defaultShouldCharge: false,
    rules: [{ shouldCharge: true, hourMinute: { from: "10:00", to: "12:00" } }],
  });
  await pass("3h");

  const vendors = new Set(sandbox.devices.list(USER).map((device) => device.vendor));
  for (const vendor of vendors) await enode.users.disconnectVendor(USER, vendor);
  await pass("10m");
  return delivered;
}
