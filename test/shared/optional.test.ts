import { describe, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxOptions,
  type VehicleSettings,
} from "../../src/sandbox/index.ts";
import { withoutUndefined } from "../../src/shared/optional.ts";
import {
  generateWebhookSecret,
  verifyWebhook,
  WebhookReceiver,
  webhookRequest,
} from "../../src/webhooks/index.ts";

/** What an app has that may or may not have something to pass on. */
const maybe = undefined;

function clientOf(sandbox: Sandbox) {
  return new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    fetch: sandbox.fetch,
    apiVersion: maybe,
    tokenStore: maybe,
    tokenProvider: maybe,
    storage: maybe,
    timeout: maybe,
    deadline: maybe,
    maxRetries: maybe,
    headers: maybe,
    logger: maybe,
    hooks: maybe,
    validate: maybe,
    onDrift: maybe,
    baseUrl: maybe,
    tokenUrl: maybe,
  });
}

const of = (options: SandboxOptions = {}) =>
  createSandbox({ seed: 1, clock: "manual", ...options });
const nothing = {
  signal: maybe,
  timeout: maybe,
  deadline: maybe,
  maxRetries: maybe,
  headers: maybe,
};

describe("undefined", () => {
  it("is left out", () => {
    const given: { a?: number | undefined; b: number | null } = { a: maybe, b: null };
    expect(Object.keys(withoutUndefined(given))).toEqual(["b"]);
  });

  it("counts as left out in options of the client and of calls", async () => {
    const enode = clientOf(of({ fleet: { users: 1, vehiclesPerUser: 2 } }));
    const page = { after: maybe, before: maybe, pageSize: maybe };
    expect((await enode.vehicles.list(page, { ...nothing, prefetch: maybe })).data).toHaveLength(2);
    expect((await enode.interventions.list({ language: maybe }, nothing)).length).toBeGreaterThan(
      0,
    );
  });

  it("does not let a readiness that is a no be asked again", async () => {
    const sandbox = of();
    sandbox.faults.set({ operation: "getServiceReadiness", status: 503 });
    expect(await clientOf(sandbox).service.isReady(nothing)).toBe(false);
    expect(sandbox.faults.list()[0]?.struck).toBe(1);
  });

  it("is not sent in a body", async () => {
    const enode = clientOf(of());
    const link = {
      scopes: ["vehicle:read:data"],
      language: "en-GB",
      redirectUri: "https://app.example/done",
    };
    const { linkToken } = await enode.users.link("anna", {
      ...link,
      vendor: maybe,
      vendorType: maybe,
      colorScheme: maybe,
    });
    expect(linkToken).not.toBe("");
    const location = await enode.locations.create("anna", {
      name: "Home",
      latitude: 52.37,
      longitude: 4.9,
      timezoneName: "Europe/Amsterdam",
    });
    const changed = await enode.locations.update(location.id, { name: "Cabin", latitude: maybe });
    expect(changed).toMatchObject({ name: "Cabin", latitude: 52.37 });
  });

  it("counts as left out in what a receiver takes", async () => {
    const secret = generateWebhookSecret();
    const receiver = new WebhookReceiver({
      secret,
      secrets: maybe,
      store: maybe,
      maxBodyBytes: maybe,
      handlerTimeout: maybe,
      concurrency: maybe,
      maxAttempts: maybe,
      maxAge: maybe,
      onUnknown: maybe,
      onError: maybe,
      onSilence: maybe,
      silenceAfter: maybe,
      validate: maybe,
    });
    const request = () => webhookRequest([], { secret, url: maybe, deliveryId: maybe });
    expect((await receiver.handle(await request())).status).toBe(200);
    expect((await verifyWebhook(await request(), { secret, validate: maybe })).events).toEqual([]);
  });

  it("counts as left out in options of a sandbox, and of its fleet", () => {
    const sandbox = of({
      fleet: { users: 1, vehiclesPerUser: 1, chargersPerUser: maybe },
      tokenLifetime: maybe,
      actionDelay: maybe,
      deliver: maybe,
    });
    expect(sandbox.devices.list()).toHaveLength(1);
    expect(createSandbox({ seed: maybe, clock: maybe, fleet: maybe }).devices.list()).toEqual([]);
  });

  it("changes nothing about a device of the sandbox", () => {
    const fleet = [{ id: "anna", vehicles: [{ vendor: maybe, displayName: "Blue" }] }];
    const sandbox = of({ fleet });
    const [before] = sandbox.devices.list("anna", "vehicle");
    const settings: Required<{ [Name in keyof VehicleSettings]: undefined }> = {
      isReachable: maybe,
      actionDelay: maybe,
      capabilities: maybe,
      isPluggedIn: maybe,
      isCharging: maybe,
      maxCurrent: maybe,
      batteryLevel: maybe,
      chargeLimit: maybe,
      batteryCapacity: maybe,
      chargePower: maybe,
      latitude: maybe,
      longitude: maybe,
      displayName: maybe,
    };
    const id = before?.id ?? "";
    expect(sandbox.devices.update(id, settings)).toEqual(before);
    expect(sandbox.devices.update(id, { capabilities: { startCharging: maybe } })).toEqual(before);
  });

  it("is no part of a fault, and hides none of another one", async () => {
    const sandbox = of();
    sandbox.faults.set({ status: 503 });
    sandbox.faults.set({ delay: 0, status: maybe, title: maybe, times: maybe, bursts: maybe });
    expect((await sandbox.fetch("http://127.0.0.1/health/ready")).status).toBe(503);
    expect(sandbox.faults.list()[1]?.fault).toEqual({ delay: 0 });
  });
});
