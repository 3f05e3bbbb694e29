import { describe, expect, it } from "vitest";
import { createSandbox, startSandbox } from "../../src/sandbox/index.ts";
import { faultsOfDelivery } from "../support/event-contract.ts";
import { takeViolations } from "../support/sandbox-violations.ts";
import { BASE, createHarness, fetchToken } from "./support/harness.ts";
import { createHookedHarness } from "./support/receiver.ts";

// test/setup.ts has every sandbox watched; these tests are about that, not about sandboxes.
describe("every sandbox of the tests", () => {
  it("reports requests that are not as described but were answered", async () => {
    const sandbox = createSandbox();
    const authorization = `Bearer ${await fetchToken(sandbox)}`;
    await sandbox.fetch(`${BASE}/vehicles?limit=5`, { headers: { authorization } });
    expect(await takeViolations()).toEqual(["listVehicles, request query limit: is not described"]);
    await sandbox.fetch(`${BASE}/vehicles?pageSize=0`, { headers: { authorization } });
    expect(await takeViolations()).toEqual([]);
  });

  it("does so over HTTP too", async () => {
    const server = await startSandbox();
    const authorization = `Bearer ${await fetchToken(server)}`;
    await fetch(`${server.apiUrl}/users?limit=5`, { headers: { authorization } });
    await server.close();
    expect(await takeViolations()).toEqual(["listUsers, request query limit: is not described"]);
  });

  it("may break the rules where a fault says so", async () => {
    const { sandbox } = createHarness();
    sandbox.faults.next({ status: 200, body: "<p>" });
    expect((await sandbox.fetch(`${BASE}/vehicles`)).status).toBe(200);
    expect(await takeViolations()).toEqual([]);
  });

  it("has its deliveries checked", async () => {
    const { subscribe, link, deliveries, sandbox } = createHookedHarness();
    await subscribe();
    await link("anna", { vendor: "EASEE" });
    await sandbox.deliver();
    const [delivery] = deliveries;
    if (delivery === undefined) throw new Error("Something was delivered.");
    const again = (body: string) =>
      faultsOfDelivery(
        new Request(delivery.url, { method: "POST", headers: delivery.headers, body }),
      );
    expect(await again(delivery.body)).toEqual([]);
    const [fault] = await again(delivery.body.replaceAll('"maxCurrent"', '"mostCurrent"'));
    expect(fault).toMatch(/^user:charger:discovered .* must have required property 'maxCurrent'$/);
    expect(await again('[{"event":"user:car:updated"}]')).toEqual([
      "user:car:updated is not described",
    ]);
    expect(await again("[]")).toEqual(["a delivery is no list of 1 to 100 events: []"]);
    delivery.headers.set("x-enode-signature", "sha1=00");
    expect(await again(delivery.body)).toEqual(["a delivery has the signature sha1=00"]);
  });
});
