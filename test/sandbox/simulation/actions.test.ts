import { describe, expect, it } from "vitest";
import type { VehicleSettings } from "../../../src/sandbox/index.ts";
import { createHarness } from "../support/harness.ts";

function vehicle(settings: VehicleSettings = {}) {
  const harness = createHarness();
  const { call, sandbox } = harness;
  const { id } = sandbox.devices.add("anna", "vehicle", { batteryLevel: 50, ...settings });
  return {
    ...harness,
    id,
    command: (action: string) => call("POST", `/vehicles/${id}/charging`, { action }),
    action: async (actionId: string) => (await call("GET", `/vehicles/actions/${actionId}`)).body,
    cancel: (actionId: string) => call("POST", `/vehicles/actions/${actionId}/cancel`),
  };
}

describe("an action", () => {
  it("stays pending until the device has taken the command", async () => {
    const { sandbox, command, action } = vehicle({ actionDelay: 20_000 });
    const { body } = await command("START");
    expect(body).toMatchObject({ state: "PENDING", completedAt: null, failureReason: null });
    sandbox.clock.advance(19_999);
    expect(await action(body.id)).toEqual(body);
    const due = new Date(sandbox.clock.now().getTime() + 1).toISOString();
    sandbox.clock.advance(60_000);
    expect(await action(body.id)).toMatchObject({
      state: "CONFIRMED",
      completedAt: due,
      updatedAt: due,
    });
  });

  it("fails with NO_RESPONSE on a device out of reach", async () => {
    const { sandbox, command, action } = vehicle({ isReachable: false });
    const { body } = await command("START");
    sandbox.clock.advance(9_999);
    expect((await action(body.id)).state).toBe("PENDING");
    sandbox.clock.advance(1);
    expect(await action(body.id)).toMatchObject({
      state: "FAILED",
      failureReason: { type: "NO_RESPONSE" },
    });
  });

  it("succeeds late on a device that comes back in time", async () => {
    const { sandbox, command, action, id } = vehicle({ isReachable: false });
    const { body } = await command("START");
    sandbox.clock.advance(5_000);
    sandbox.devices.update(id, { isReachable: true });
    const back = sandbox.clock.now().toISOString();
    sandbox.clock.advance(1);
    expect(await action(body.id)).toMatchObject({ state: "CONFIRMED", completedAt: back });
  });

  it("is cancelled when its device is unfit by then", async () => {
    const { sandbox, command, action, id } = vehicle();
    const { body } = await command("START");
    sandbox.devices.update(id, { isPluggedIn: false });
    sandbox.clock.advance(2_000);
    expect(await action(body.id)).toMatchObject({
      state: "CANCELLED",
      failureReason: { type: "FAILED_PRECONDITION" },
    });
  });

  it("gives way to a newer one with another aim", async () => {
    const { sandbox, command, action } = vehicle();
    const { body: first } = await command("START");
    const { body: second } = await command("STOP");
    expect(await action(first.id)).toMatchObject({
      state: "CANCELLED",
      failureReason: { type: "CONFLICT" },
    });
    sandbox.clock.advance(2_000);
    expect((await action(second.id)).state).toBe("CONFIRMED");
  });

  it("is returned again for a vehicle that gets the same command once more", async () => {
    const { command } = vehicle();
    const { body: first } = await command("START");
    expect((await command("START")).body).toEqual(first);
  });

  it("is replaced for a charger that gets the same command once more", async () => {
    const { call, sandbox } = createHarness();
    const { id } = sandbox.devices.add("anna", "charger");
    const start = () => call("POST", `/chargers/${id}/charging`, { action: "START" });
    const { body: first } = await start();
    const { body: second } = await start();
    expect(second.id).not.toBe(first.id);
    expect((await call("GET", `/chargers/actions/${first.id}`)).body.state).toBe("CANCELLED");
  });

  it("can be cancelled while pending, and has no effect then", async () => {
    const { sandbox, command, cancel, id } = vehicle();
    const { body } = await command("START");
    const cancelled = await cancel(body.id);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({
      state: "CANCELLED",
      failureReason: { type: "REQUESTED_CANCELLATION" },
    });
    sandbox.clock.advance(60_000);
    expect(sandbox.devices.get(id, "vehicle")?.chargeState.isCharging).toBe(false);
  });

  it("answers 409 with itself to a cancellation after its end", async () => {
    const { sandbox, command, cancel, action } = vehicle();
    const { body } = await command("START");
    sandbox.clock.advance(2_000);
    const refused = await cancel(body.id);
    expect(refused.status).toBe(409);
    expect(refused.body).toEqual(await action(body.id));
    expect(refused.body).toMatchObject({ id: body.id, state: "CONFIRMED" });
  });

  it("fails with NOT_FOUND when its device is removed", async () => {
    const { sandbox, command, action, id } = vehicle();
    const { body } = await command("START");
    sandbox.devices.remove(id);
    expect(await action(body.id)).toMatchObject({
      state: "FAILED",
      failureReason: { type: "NOT_FOUND" },
    });
  });

  it("ends as a test wants it to", async () => {
    const { sandbox, command, action, id } = vehicle();
    sandbox.faults.nextAction({ type: "NO_RESPONSE", deviceId: "another" });
    sandbox.faults.nextAction({ type: "UNNECESSARY", state: "FAILED", after: 500, deviceId: id });
    const { body } = await command("START");
    sandbox.clock.advance(500);
    expect(await action(body.id)).toMatchObject({
      state: "FAILED",
      failureReason: { type: "UNNECESSARY" },
    });
    expect(sandbox.devices.get(id, "vehicle")?.chargeState.isCharging).toBe(false);
  });

  it("belongs to one kind of device", async () => {
    const { call, command } = vehicle();
    const { body } = await command("START");
    expect((await call("GET", `/chargers/actions/${body.id}`)).status).toBe(404);
    expect((await call("POST", `/chargers/actions/${body.id}/cancel`)).status).toBe(404);
  });
});

describe("a command that cannot work", () => {
  const incapable = { isCapable: false, interventionIds: [] };
  it.each([
    ["start an unplugged vehicle", { isPluggedIn: false }, "START"],
    ["start a full vehicle", { batteryLevel: 90, chargeLimit: 80 }, "START"],
    ["start a vehicle that charges", { isCharging: true }, "START"],
    ["stop a vehicle that does not charge", {}, "STOP"],
    ["start an incapable vehicle", { capabilities: { startCharging: incapable } }, "START"],
    ["do something unheard of", {}, "FLY"],
  ] satisfies [string, VehicleSettings, string][])(
    "is refused: %s",
    async (_, settings, action) => {
      const { command } = vehicle(settings);
      const { status, body } = await command(action);
      expect(status).toBe(400);
      expect(body.type).toBe("https://developers.enode.com/api/problems/bad-request");
    },
  );

  it("is refused for a current that cannot be set", async () => {
    const { call, sandbox, id } = vehicle();
    const path = `/vehicles/${id}/max-current`;
    expect((await call("POST", path, { maxCurrent: 0 })).status).toBe(400);
    const volvo = sandbox.devices.add("anna", "vehicle", { vendor: "VOLVO" });
    const other = await call("POST", `/vehicles/${volvo.id}/max-current`, { maxCurrent: 10 });
    expect(other.status).toBe(400);
  });
});

describe.each(["vehicle", "charger"] as const)(
  "a command that asks a %s for what it does",
  (kind) => {
    const settings = { vendor: kind === "vehicle" ? "TESLA" : "EASEE", isPluggedIn: true };
    const rejected = (detail: string) => ({
      status: 400,
      body: {
        type: "https://developers.enode.com/api/problems/bad-request",
        title: "Action Rejected",
        detail,
      },
    });

    /** Clients look for these words, and take such an answer for a success. */
    it("is rejected in the words that clients know", async () => {
      const { sandbox, call } = createHarness({ actionDelay: 0 });
      const { id } = sandbox.devices.add("anna", kind, settings);
      const charge = (action: string) => call("POST", `/${kind}s/${id}/charging`, { action });
      const limit = (maxCurrent: number) =>
        call("POST", `/${kind}s/${id}/max-current`, { maxCurrent });

      expect(await charge("STOP")).toMatchObject(rejected("The asset is already stopped."));
      expect((await charge("START")).status).toBe(200);
      expect(await charge("START")).toMatchObject(rejected("The asset is already charging."));
      expect((await limit(10)).status).toBe(200);
      expect(await limit(10)).toMatchObject(
        rejected("The asset is already at the current setting."),
      );
      expect((await charge("STOP")).status).toBe(200);
      expect(await charge("STOP")).toMatchObject(rejected("The asset is already stopped."));
    });

    it("is a bad request when it is impossible for another reason", async () => {
      const { sandbox, call } = createHarness({ actionDelay: 0 });
      const { id } = sandbox.devices.add("anna", kind, { ...settings, isPluggedIn: false });
      const { status, body } = await call("POST", `/${kind}s/${id}/charging`, { action: "START" });
      expect(status).toBe(400);
      expect(body.title).toBe("Bad Request");
    });
  },
);

describe("a charger whose car is full", () => {
  it("is already stopped for clients that take it for enabled", async () => {
    const { sandbox, call } = createHarness({ actionDelay: 0 });
    const { id } = sandbox.devices.add("anna", "charger", { energyWanted: 0 });
    const { body: charger } = await call("GET", `/chargers/${id}`);
    expect(charger.chargeState.powerDeliveryState).toBe("PLUGGED_IN:NO_POWER");
    const { status, body } = await call("POST", `/chargers/${id}/charging`, { action: "STOP" });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      title: "Action Rejected",
      detail: "The asset is already stopped.",
    });
  });
});
