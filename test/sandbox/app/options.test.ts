import { AsyncLocalStorage } from "node:async_hooks";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import {
  createSandbox,
  type Fault,
  type SandboxOptions,
  type SandboxServerOptions,
  startSandbox,
} from "../../../src/sandbox/index.ts";
import { BASE, createHarness } from "../support/harness.ts";

// Without what watches the traffic of sandboxes in other tests, and hands on requests in its own way.
const { createSandbox: createUnwatched } = await vi.importActual<
  typeof import("../../../src/sandbox/app/sandbox.ts")
>("../../../src/sandbox/app/sandbox.ts");

/** An input as JavaScript may hand it over. */
const wrong = <T>(value: object): T => value as T;

describe("an option that does not exist", () => {
  it.each([
    [{ sede: 1 }, 'The sandbox has no option "sede"; did you mean seed?'],
    [{ port: 4010 }, 'The sandbox has no option "port"; did you mean startSandbox({ port })?'],
    [{ speed: 60 }, 'The sandbox has no option "speed"; did you mean clock: { speed }?'],
    [{ xyzzy: undefined }, 'The sandbox has no option "xyzzy"; there are seed, clock, fleet'],
    [{ fleet: { users: 1, vehicles: 2 } }, "did you mean vehiclesPerUser?"],
    [
      { fleet: [{ id: "anna", cars: [{}] }] },
      'A user of the sandbox option "fleet" has no option "cars"',
    ],
    [
      { fleet: [{ id: "anna", vehicles: [{ battery: 20 }] }] },
      'A device of the sandbox has no option "battery"; did you mean batteryLevel?',
    ],
  ])("is refused by name: %j", (options, message) => {
    expect(() => createSandbox(wrong<SandboxOptions>(options))).toThrow(
      expect.objectContaining({ name: "TypeError", message: expect.stringContaining(message) }),
    );
  });

  it("is refused by startSandbox, which has a port", async () => {
    const options = wrong<SandboxServerOptions>({ prot: 4010 });
    await expect(startSandbox(options)).rejects.toThrow("did you mean port?");
  });

  it("is refused by all else that a test sets", async () => {
    const { sandbox } = createHarness({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const [vehicle] = sandbox.devices.list();
    const { faults, devices } = sandbox;
    expect(() => faults.next(wrong<Fault>({ stauts: 500 }))).toThrow("did you mean status?");
    expect(() => faults.set("slow", wrong({ operationId: "token" }))).toThrow(
      "did you mean operation?",
    );
    expect(() => faults.next(wrong<Fault>({ operation: "listVehicel", status: 500 }))).toThrow(
      'There is no operation "listVehicel"; did you mean listVehicles?',
    );
    expect(() => faults.nextAction(wrong({ type: "NO_RESPONSE", delay: 1 }))).toThrow("delay");
    expect(() => devices.update(vehicle?.id ?? "", wrong({ pluggedIn: true }))).toThrow(
      "did you mean isPluggedIn?",
    );
    await expect(
      sandbox.completeLink("token", wrong({ vendor: "TESLA", vehicles: 2 })),
    ).rejects.toThrow('completeLink() has no option "vehicles"');
  });
});

describe("an option that is undefined", () => {
  it("means its default", async () => {
    const sandbox = createSandbox({
      seed: undefined,
      scenarios: undefined,
      clock: undefined,
      fleet: { users: 1, vehiclesPerUser: 1, metersPerUser: undefined },
      tokenLifetime: undefined,
      actionDelay: undefined,
      actionTimeout: undefined,
      connectionLimit: undefined,
      deliver: undefined,
      webhookRetryWindow: undefined,
      heartbeatInterval: undefined,
    });
    const [vehicle] = sandbox.devices.list();
    sandbox.devices.update(vehicle?.id ?? "", { isPluggedIn: true });
    expect(sandbox.devices.list()).toHaveLength(1);
    const server = await startSandbox({ port: undefined });
    await server.close();
  });

  it("leaves what another fault says alone", async () => {
    const { sandbox } = createHarness();
    sandbox.faults.set({ status: 503 });
    sandbox.faults.set({ headers: { "retry-after": "7" }, status: undefined });
    const { status, headers } = await sandbox.fetch(`${BASE}/vehicles`);
    expect([status, headers.get("retry-after")]).toEqual([503, "7"]);
  });

  it("never widens a fault to all requests or devices", () => {
    const { faults } = createSandbox();
    const message = "is undefined; leave it out to mean all of them";
    expect(() => faults.next(wrong<Fault>({ operation: undefined, status: 500 }))).toThrow(message);
    expect(() => faults.set("slow", wrong({ path: undefined }))).toThrow(message);
    expect(() => faults.nextAction(wrong({ type: "NO_RESPONSE", deviceId: undefined }))).toThrow(
      message,
    );
  });
});

describe("a sandbox among the globals of others", () => {
  it("reads none of them when it is imported", async () => {
    const entry = fileURLToPath(new URL("../../../src/sandbox/index.ts", import.meta.url));
    // What Jest's jsdom environment lacks.
    const script = `for (const name of ["Request", "Response", "Headers", "fetch", "TextEncoder", "TextDecoder",
      "structuredClone", "setImmediate", "AbortController", "AbortSignal", "ReadableStream", "Blob", "crypto",
      "performance", "btoa", "atob"]) delete globalThis[name];
      await import(${JSON.stringify(entry)}); console.log("imported");`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      script,
    ]);
    expect(stdout).toBe("imported\n");
  });

  it("takes a Request of another implementation", async () => {
    const sandbox = createUnwatched();
    const request = new Request(`${BASE}/health/ready`);
    const foreign = {
      url: request.url,
      method: request.method,
      headers: request.headers,
      signal: request.signal,
      text: () => request.text(),
    };
    expect((await sandbox.fetch(wrong<Request>(foreign))).status).toBe(204);
  });

  it("says why a delivery failed when the error is of another realm", async () => {
    const error: unknown = runInNewContext(
      `Object.assign(new TypeError("fetch failed"), { cause: new Error("connect ECONNREFUSED") })`,
    );
    const { sandbox, call } = createHarness({ deliver: () => Promise.reject(error) });
    const { body } = await call("POST", "/webhooks", {
      url: "https://example.com/hook",
      secret: "secret-secret",
      events: ["*"],
    });
    await call("POST", `/webhooks/${body.id}/test`);
    expect(sandbox.deliveries.list().at(-1)?.reason).toContain(
      "fetch failed (connect ECONNREFUSED)",
    );
  });

  it("delivers in the context in which it was made, not in that of the call which caused it", async () => {
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { sandbox, call } = createHarness({
      fleet: { users: 1, vehiclesPerUser: 1 },
      deliver: async () => {
        seen.push(requests.getStore());
        return new Response(null, { status: 204 });
      },
    });
    await call("POST", "/webhooks", {
      url: "https://example.com/hook",
      secret: "secret-secret",
      events: ["*"],
    });
    const [vehicle] = sandbox.devices.list();
    await requests.run("a request of the host", async () => {
      sandbox.devices.update(vehicle?.id ?? "", { isPluggedIn: true, batteryLevel: 12 });
      sandbox.clock.advance("10m");
      await sandbox.deliver();
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it("calls a deliver function without a this, and the global fetch with an address", async () => {
    const hook = { url: "https://example.com/hook", secret: "secret-secret", events: ["*"] };
    const test = async (options: SandboxOptions) => {
      const sandbox = createUnwatched({ clock: "manual", ...options });
      const call = (path: string, authorization: string, body: string, type: string) =>
        sandbox.fetch(BASE + path, {
          method: "POST",
          headers: { authorization, "content-type": type },
          body,
        });
      const { clientId, clientSecret } = sandbox.credentials;
      const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
      const form = "application/x-www-form-urlencoded";
      const token = await call("/oauth2/token", basic, "grant_type=client_credentials", form);
      const bearer = `Bearer ${((await token.json()) as { access_token: string }).access_token}`;
      const created = await call("/webhooks", bearer, JSON.stringify(hook), "application/json");
      const { id } = (await created.json()) as { id: string };
      await call(`/webhooks/${id}/test`, bearer, "", "application/json");
    };
    let self: unknown = "not called";
    await test({
      async deliver(this: unknown) {
        self = this;
        return new Response(null, { status: 204 });
      },
    });
    expect(self).toBeUndefined();

    const fetch = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("taken"));
    await test({});
    const [url, init] = fetch.mock.calls.at(-1) ?? [];
    expect(url).toBe(hook.url);
    expect(init).toMatchObject({ method: "POST", redirect: "manual" });
    expect(new TextDecoder().decode(init?.body as ArrayBuffer)).toContain("enode:webhook:test");
  });
});
