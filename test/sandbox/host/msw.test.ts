import { afterEach, describe, expect, it } from "vitest";
import { Enode, isConnectionError } from "../../../src/index.ts";
import { createSandbox, type Sandbox, sandboxHandlers } from "../../../src/sandbox/index.ts";
import { LINK_REQUEST } from "../support/harness.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A server of each shape of msw that there was, with handlers of its own type. It lets nothing through. */
const versions = {
  "3": async (sandbox: Sandbox) => {
    const { setupServer } = await import("msw/node");
    const { http } = await import("msw");
    const server = setupServer(...sandboxHandlers(sandbox));
    server.listen({ onUnhandledFrame: "error" });
    const answer = (url: string, body: object) =>
      server.use(http.get(url, () => Response.json(body)));
    return { server, answer };
  },
  "2.15": async (sandbox: Sandbox) => {
    const { setupServer } = await import("msw2/node");
    const { http } = await import("msw2");
    const server = setupServer(...sandboxHandlers(sandbox));
    server.listen({ onUnhandledRequest: "error" });
    const answer = (url: string, body: object) =>
      server.use(http.get(url, () => Response.json(body)));
    return { server, answer };
  },
  "2.12": async (sandbox: Sandbox) => {
    const { setupServer } = await import("msw212/node");
    const { http } = await import("msw212");
    const server = setupServer(...sandboxHandlers(sandbox));
    server.listen({ onUnhandledRequest: "error" });
    const answer = (url: string, body: object) =>
      server.use(http.get(url, () => Response.json(body)));
    return { server, answer };
  },
  "2.3": async (sandbox: Sandbox) => {
    const { setupServer } = await import("msw23/node");
    const { http } = await import("msw23");
    const server = setupServer(...sandboxHandlers(sandbox));
    server.listen({ onUnhandledRequest: "error" });
    const answer = (url: string, body: object) =>
      server.use(http.get(url, () => Response.json(body)));
    return { server, answer };
  },
};

async function setUp(version: keyof typeof versions) {
  const sandbox = createSandbox({ clock: "manual", fleet: { users: 1, vehiclesPerUser: 3 } });
  const { server, answer } = await versions[version](sandbox);
  open.push(server);
  const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", maxRetries: 0 });
  return { sandbox, server, answer, enode };
}

// The keys, which Object.keys() forgets.
describe.each(Object.keys(versions) as (keyof typeof versions)[])("msw %s", (version) => {
  it("answers a client of the sandbox environment", async () => {
    const { sandbox, enode } = await setUp(version);
    const vehicles = await enode.vehicles.list({ pageSize: 2 }).toArray({ limit: 9 });
    expect(vehicles.map(({ id }) => id)).toEqual(sandbox.devices.list().map(({ id }) => id));
    const { linkToken } = await enode.users.link("anna", LINK_REQUEST);
    expect(await sandbox.completeLink(linkToken, { vendor: "TESLA" })).toHaveLength(2);
    expect(sandbox.tokens.issued).toBe(1);
    expect(sandbox.requests.list().at(-1)).toMatchObject({ operation: "createLinkSession" });
  });

  it("breaks connections and bodies", async () => {
    const { sandbox, enode } = await setUp(version);
    await enode.vehicles.list({ pageSize: 1 });
    for (const fault of [{ reset: true }, { cut: "broken" }] as const) {
      sandbox.faults.next(fault);
      const error = await enode.vehicles.list({ pageSize: 1 }).catch((reason: unknown) => reason);
      expect(isConnectionError(error)).toBe(true);
    }
  });

  it("has other handlers go first, and bears that they are reset", async () => {
    const { sandbox, server, answer, enode } = await setUp(version);
    answer("https://enode-api.sandbox.enode.io/vehicles", {
      data: [],
      pagination: { after: null, before: null },
    });
    expect((await enode.vehicles.list()).data).toEqual([]);
    server.restoreHandlers();
    server.resetHandlers();
    expect((await enode.vehicles.list()).data).toHaveLength(3);
    expect(server.listHandlers()).toHaveLength(2);
    expect(sandbox.requests.list()).toHaveLength(2);
  });
});

describe("a version of msw that cannot use the handlers", () => {
  it("2.6.0 gets an error that says so, and sends nothing to Enode", async () => {
    const { setupServer } = await import("msw26/node");
    const sandbox = createSandbox({ clock: "manual" });
    const server = setupServer(...sandboxHandlers(sandbox));
    server.listen({ onUnhandledRequest: "bypass" });
    open.push(server);
    const answer = await fetch("https://oauth.sandbox.enode.io/oauth2/token", { method: "POST" });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toMatch(/msw 2\.6\.0 cannot use .* update to 2\.6\.1 or later/);
  });

  it("1 gets an error that says so", () => {
    const [handler] = sandboxHandlers<{ test(request: unknown): boolean }>(createSandbox());
    expect(() => handler?.test({})).toThrow("msw 1 cannot use them");
  });

  it("does not stop other code that inspects them", () => {
    const [handler] = sandboxHandlers<object>(createSandbox());
    expect(handler instanceof Object).toBe(true);
    expect(Object.getPrototypeOf(handler)).toBe(Object.prototype);
  });
});
