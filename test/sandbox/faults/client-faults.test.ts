import { afterEach, describe, expect, it } from "vitest";
import { Enode, isEnodeError } from "../../../src/index.ts";
import {
  createSandbox,
  type FaultPresetId,
  type SandboxServer,
  startSandbox,
} from "../../../src/sandbox/index.ts";

const FLEET = { users: 1, vehiclesPerUser: 3 };

const open: SandboxServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** The code of the error that a walk through all pages ends with, or how many vehicles it brings. */
async function walk(enode: Enode): Promise<string | number> {
  try {
    const vehicles = await enode.vehicles.list({ pageSize: 1 }).toArray({ limit: 50 });
    return vehicles.length;
  } catch (error) {
    return isEnodeError(error) ? error.code : String(error);
  }
}

const WAYS = {
  "in this process": async () => {
    const sandbox = createSandbox({ fleet: FLEET });
    return { sandbox, way: { fetch: sandbox.fetch } };
  },
  "over HTTP": async () => {
    const sandbox = await startSandbox({ fleet: FLEET });
    open.push(sandbox);
    return { sandbox, way: { baseUrl: sandbox.apiUrl, tokenUrl: sandbox.tokenUrl } };
  },
};

describe.each(Object.entries(WAYS))("a client of the sandbox %s", (_, setUp) => {
  it.each<[FaultPresetId, string | number]>([
    ["slow", "attempt_timeout"],
    ["rate-limited", "rate_limited"],
    ["server-errors", "server_error"],
    ["reset-before", "connection_failed"],
    ["reset-after", "connection_failed"],
    ["stalled-body", "attempt_timeout"],
    ["broken-body", "connection_failed"],
    ["truncated-json", "invalid_json"],
    ["html-error", "server_error"],
    ["token-expired", 3],
    ["token-revoked", 3],
    ["repeated-cursor", "pagination_loop"],
    ["unknown-values", 3],
  ])("meets %s as %s", async (preset, outcome) => {
    const { sandbox, way } = await setUp();
    const options = { ...sandbox.credentials, environment: "sandbox", maxRetries: 0 } as const;
    const enode = new Enode({ ...options, ...way });
    const hasty = new Enode({ ...options, ...way, timeout: 200 });
    expect(await walk(enode)).toBe(3);
    const fault = sandbox.faults.set(preset, { operation: "listVehicles" });
    expect(await walk(outcome === "attempt_timeout" ? hasty : enode)).toBe(outcome);
    fault.clear();
    // A new one: it has no Retry-After to wait for.
    expect(await walk(new Enode({ ...options, ...way }))).toBe(3);
  });
});
