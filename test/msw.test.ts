import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterEach, describe, expect, it } from "vitest";
import { Enode, isConnectionError } from "../src/index.ts";

const server = setupServer();
afterEach(() => {
  server.resetHandlers();
  server.close();
});

describe("a client in tests that use msw", () => {
  // Clients are often made when a module is loaded, before a test installs its handlers.
  const enode = new Enode({
    clientId: "c",
    clientSecret: "s",
    environment: "production",
    maxRetries: 0,
  });

  function answerWith(vehicle: () => Response): void {
    server.use(
      http.post("https://oauth.production.enode.io/oauth2/token", () =>
        HttpResponse.json({ access_token: "token", expires_in: 3599 }),
      ),
      http.get("https://enode-api.production.enode.io/vehicles/:vehicleId", vehicle),
    );
    server.listen();
  }

  it("is intercepted although it was made before", async () => {
    answerWith(() => HttpResponse.json({ id: "v-1" }));
    expect(await enode.vehicles.get("v-1")).toEqual({ id: "v-1" });
  });

  it("reports a network error of msw as a failed connection", async () => {
    answerWith(() => HttpResponse.error());
    const error = await enode.vehicles.get("v-1").catch((reason: unknown) => reason);
    expect(isConnectionError(error)).toBe(true);
  });
});
