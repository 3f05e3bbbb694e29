import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Gateway, startGateway } from "../../examples/lambda/gateway.ts";
import { createBackend } from "../../examples/lambda/handler.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { postgresStorage } from "../../src/storage/postgres/index.ts";
import { withPostgres } from "../support/services.ts";

const webhookSecret = "0123456789abcdef0123456789abcdef";

describe.each([
  ["text", false],
  ["base64", true],
])("with bodies that come as %s", (_, isBinary) => {
  withPostgres("the backend of an app on Lambda", (postgres) => {
    let sandbox: SandboxServer;
    let gateway: Gateway;
    beforeEach(async () => {
      sandbox = await startSandbox({ seed: 4, clock: "manual" });
      for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
      const pool = postgres.pool();
      await postgresStorage({ pool }).migrate();
      gateway = await startGateway((appUrl) => createBackend({ pool, webhookSecret, appUrl }), {
        isBinary,
      });
      await gateway.backend.register();
    });
    afterEach(async () => {
      await gateway.close();
      await sandbox.close();
      vi.unstubAllEnvs();
    });

    async function call(user: string | null, method: string, path: string) {
      const headers = user === null ? {} : { "x-user": user };
      const response = await fetch(gateway.url + path, { method, headers });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    }

    /** Links a car, as the user does in Link UI; returns its ID. */
    async function link(user: string): Promise<string> {
      const { status, body } = await call(user, "POST", "/link");
      expect(status).toBe(201);
      const linkToken = new URL(body.linkUrl).pathname.split("/").at(-1) ?? "";
      const [car] = await sandbox.completeLink(linkToken, {
        vendor: "TESLA",
        // Not one byte a character, so that a body which was decoded wrongly fits no signature.
        devices: [{ displayName: `Das Auto für ${user} 🚗`, batteryLevel: 30 }],
      });
      await sandbox.deliver();
      return car?.id ?? "";
    }

    const vehiclesOf = async (user: string) => (await call(user, "GET", "/vehicles")).body.vehicles;

    it("has a car on the screen as soon as its delivery was answered", async () => {
      expect(await vehiclesOf("anna")).toEqual([]);
      const id = await link("anna");
      const idle = { id, name: "Das Auto für anna 🚗", batteryLevel: 30, isCharging: false };
      expect(await vehiclesOf("anna")).toEqual([idle]);
      const started = await call("anna", "POST", `/vehicles/${id}/charging`);
      expect(started).toMatchObject({ status: 202, body: { state: "PENDING" } });
      sandbox.clock.advance("1h");
      await sandbox.deliver();
      const [car] = await vehiclesOf("anna");
      expect(car.isCharging).toBe(true);
      expect(car.batteryLevel).toBeGreaterThan(30);
      expect(sandbox.deliveries.list().map(({ status }) => status)).not.toContain(401);
      const again = await call("anna", "POST", `/vehicles/${id}/charging`);
      expect([again.status, typeof again.body.error]).toEqual([409, "string"]);
    });

    it("shows nobody the cars of others, and nothing without a token", async () => {
      const id = await link("ben");
      expect(await vehiclesOf("carla")).toEqual([]);
      expect((await call("carla", "POST", `/vehicles/${id}/charging`)).status).toBe(404);
      expect((await call("ben", "POST", "/vehicles/nothing/charging")).status).toBe(404);
      expect((await call("ben", "GET", "/nothing")).status).toBe(404);
      for (const [method, path] of [
        ["POST", "/link"],
        ["GET", "/vehicles"],
      ] as const) {
        expect((await call(null, method, path)).status).toBe(401);
      }
    });

    it("refuses deliveries that nobody has signed", async () => {
      vi.spyOn(console, "error").mockReturnValue(undefined);
      const forged = await fetch(`${gateway.url}/webhooks/enode`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-enode-signature": "sha1=00" },
        body: "[]",
      });
      expect(forged.status).toBe(401);
    });
  });
});
