import { setupServer } from "msw/node";
import { afterEach, expect, it } from "vitest";
import { Enode, isConnectionError } from "../../src/index.ts";
import { createSandbox, sandboxHandlers } from "../../src/sandbox/index.ts";
import { LINK_REQUEST } from "./harness.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function setUp() {
  const sandbox = createSandbox({ clock: "manual", fleet: { users: 1, vehiclesPerUser: 3 } });
  const server = setupServer(...sandboxHandlers(sandbox));
  server.listen({ onUnhandledFrame: "error" });
  open.push(server);
  const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", maxRetries: 0 });
  return { sandbox, server, enode };
}

it("answers a client of the sandbox environment through msw", async () => {
  const { sandbox, enode } = setUp();
  const vehicles = await enode.vehicles.list({ pageSize: 2 }).toArray({ limit: 9 });
  expect(vehicles.map(({ id }) => id)).toEqual(sandbox.devices.list().map(({ id }) => id));
  const { linkToken } = await enode.users.link("anna", LINK_REQUEST);
  expect(await sandbox.completeLink(linkToken, { vendor: "TESLA" })).toHaveLength(2);
  expect(sandbox.tokens.issued).toBe(1);
  expect(sandbox.requests.list().at(-1)).toMatchObject({ operation: "createLinkSession" });
});

it("breaks connections and bodies through msw", async () => {
  const { sandbox, enode } = setUp();
  await enode.vehicles.list({ pageSize: 1 });
  for (const fault of [{ reset: true }, { cut: "broken" }] as const) {
    sandbox.faults.next(fault);
    const error = await enode.vehicles.list({ pageSize: 1 }).catch((reason: unknown) => reason);
    expect(isConnectionError(error)).toBe(true);
  }
});

it("stands behind other handlers, and bears that they are reset", async () => {
  const { sandbox, server, enode } = setUp();
  const { http, HttpResponse } = await import("msw");
  server.use(
    http.get("https://enode-api.sandbox.enode.io/vehicles", () =>
      HttpResponse.json({ data: [], pagination: { after: null, before: null } }),
    ),
  );
  expect((await enode.vehicles.list()).data).toEqual([]);
  server.restoreHandlers();
  server.resetHandlers();
  expect((await enode.vehicles.list()).data).toHaveLength(3);
  expect(server.listHandlers()).toHaveLength(2);
  expect(sandbox.requests.list()).toHaveLength(2);
});
