import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Backend, startBackend } from "../../examples/express.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withPostgres } from "../support/services.ts";

const webhookSecret = "0123456789abcdef0123456789abcdef";

withPostgres("the backend of an app with Express and PostgreSQL", (postgres) => {
  let sandbox: SandboxServer;
  let backend: Backend;
  beforeEach(async () => {
    sandbox = await startSandbox({ seed: 4, clock: "manual" });
    for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
    backend = await serve();
  });
  afterEach(async () => {
    await backend.close();
    await sandbox.close();
    vi.unstubAllEnvs();
  });

  const serve = () =>
    startBackend({
      pool: postgres.pool(),
      webhookSecret,
      userOf: (request) => request.get("x-user"),
    });

  async function call(user: string | null, method: string, path: string) {
    const headers = user === null ? {} : { "x-user": user };
    const response = await fetch(backend.url + path, { method, headers });
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
      devices: [{ displayName: `${user}'s car`, batteryLevel: 30 }],
    });
    await sandbox.deliver();
    return car?.id ?? "";
  }

  const vehiclesOf = async (user: string) => (await call(user, "GET", "/vehicles")).body.vehicles;

  /** Waits for what the receiver handles in its own time. */
  const eventually = (check: () => Promise<void>) =>
    vi.waitFor(check, { timeout: 60_000, interval: 20 });

  it("links a car, shows it, charges it, and tells what came of it", async () => {
    expect(await vehiclesOf("anna")).toEqual([]);
    const id = await link("anna");
    const idle = { id, name: "anna's car", batteryLevel: 30, isCharging: false };
    await eventually(async () => expect(await vehiclesOf("anna")).toEqual([idle]));

    const started = await call("anna", "POST", `/vehicles/${id}/charging`);
    expect(started).toMatchObject({ status: 202, body: { state: "PENDING" } });
    sandbox.clock.advance("1h");
    await sandbox.deliver();
    const outcome = await call("anna", "GET", `/actions/${started.body.action}`);
    expect(outcome.body).toEqual({ state: "CONFIRMED", reason: null });
    await eventually(async () => {
      const [car] = await vehiclesOf("anna");
      expect(car.isCharging).toBe(true);
      expect(car.batteryLevel).toBeGreaterThan(30);
    });
    const again = await call("anna", "POST", `/vehicles/${id}/charging`);
    expect([again.status, typeof again.body.error]).toEqual([409, "string"]);
  });

  it("shows nobody the cars and actions of others, and nothing without a session", async () => {
    const id = await link("anna");
    await link("ben");
    const { body } = await call("anna", "POST", `/vehicles/${id}/charging`);
    await eventually(async () => expect(await vehiclesOf("ben")).toHaveLength(1));
    expect((await vehiclesOf("ben"))[0].id).not.toBe(id);
    expect((await call("ben", "POST", `/vehicles/${id}/charging`)).status).toBe(404);
    expect((await call("ben", "GET", `/actions/${body.action}`)).status).toBe(404);
    expect((await call("anna", "POST", "/vehicles/nothing/charging")).status).toBe(404);
    for (const [method, path] of [
      ["POST", "/link"],
      ["GET", "/vehicles"],
      ["DELETE", "/account"],
    ] as const) {
      expect((await call(null, method, path)).status).toBe(401);
    }
  });

  it("forgets a user, and keeps what others have", async () => {
    await link("anna");
    await link("ben");
    await eventually(async () => expect(await vehiclesOf("anna")).toHaveLength(1));
    expect((await call("anna", "DELETE", "/account")).status).toBe(204);
    expect(await vehiclesOf("anna")).toEqual([]);
    await eventually(async () => expect(await vehiclesOf("ben")).toHaveLength(1));
    for (const table of ["enode_records", "enode_deliveries", "enode_events", "enode_users"]) {
      const { rows } = await postgres.pool().query(`SELECT row::text AS text FROM ${table} AS row`);
      expect(rows.filter(({ text }) => text.includes("anna"))).toEqual([]);
    }
  });

  it("refuses deliveries that nobody has signed, and says that it is well", async () => {
    vi.spyOn(console, "error").mockReturnValue(undefined);
    const forged = await fetch(`${backend.url}/webhooks/enode`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-enode-signature": "sha1=00" },
      body: "[]",
    });
    expect(forged.status).toBe(401);
    expect(await call(null, "GET", "/health")).toEqual({
      status: 200,
      body: { circuit: "closed" },
    });
  });

  it("goes on after a restart with what it knew", async () => {
    const id = await link("anna");
    const { body } = await call("anna", "POST", `/vehicles/${id}/charging`);
    await eventually(async () => expect(await vehiclesOf("anna")).toHaveLength(1));
    await backend.close();
    sandbox.clock.advance("10m");
    backend = await serve();
    expect(await vehiclesOf("anna")).toHaveLength(1);
    expect((await call("anna", "GET", `/actions/${body.action}`)).body.state).toBe("CONFIRMED");
  });
});
