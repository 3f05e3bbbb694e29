import { afterEach, describe, expect, it } from "vitest";
import { Enode, isConnectionError } from "../../src/index.ts";

const versions = {
  "3": () => Promise.all([import("msw"), import("msw/node")]),
  "2.15": () => Promise.all([import("msw2"), import("msw2/node")]),
  "2.12": () => Promise.all([import("msw212"), import("msw212/node")]),
  "2.6": () => Promise.all([import("msw26"), import("msw26/node")]),
  "2.3": () => Promise.all([import("msw23"), import("msw23/node")]),
};

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

describe.each(Object.entries(versions))("a client in tests that use msw %s", (_, load) => {
  // Clients are often made when a module is loaded, before a test installs its handlers.
  const enode = new Enode({
    clientId: "c",
    clientSecret: "s",
    environment: "production",
    maxRetries: 0,
  });

  async function answerWith(vehicle: () => Response): Promise<void> {
    // The versions differ in private members of their types, and in nothing that is used here.
    const [{ http }, { setupServer }] = (await load()) as Awaited<ReturnType<(typeof versions)[3]>>;
    const server = setupServer(
      http.post("https://oauth.production.enode.io/oauth2/token", () =>
        Response.json({ access_token: "token", expires_in: 3599 }),
      ),
      http.get("https://enode-api.production.enode.io/vehicles/:vehicleId", vehicle),
    );
    server.listen();
    open.push(server);
  }

  it("is intercepted although it was made before", async () => {
    await answerWith(() => Response.json({ id: "v-1" }));
    expect(await enode.vehicles.get("v-1")).toEqual({ id: "v-1" });
  });

  it("reports a network error of msw as a failed connection", async () => {
    await answerWith(() => Response.error());
    const error = await enode.vehicles.get("v-1").catch((reason: unknown) => reason);
    expect(isConnectionError(error)).toBe(true);
  });
});
