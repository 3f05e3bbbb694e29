import { describe, expect, it } from "vitest";
import { fetchToken, send } from "../../support/harness.ts";
import { pageOf, start } from "../support.ts";

describe("the requests and deliveries of the workbench", () => {
  it("shows requests and deliveries with what came of them", async () => {
    const server = await start({
      fleet: [{ id: "anna", vehicles: [{}] }],
      deliver: async () => new Response(null, { status: 503 }),
    });
    const token = await fetchToken(server);
    const webhook = {
      url: "https://app.example.com/hook",
      secret: "0123456789abcdef0123456789abcdef",
      events: ["*"],
    };
    await send(server.fetch, "POST", "/webhooks", token, webhook);
    server.faults.next({ operation: "listVehicles", status: 429 });
    await send(server.fetch, "GET", "/vehicles", token);
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    server.clock.advance("5s");
    await server.deliver();
    const page = await pageOf(server, "?tab=requests");
    expect(page).toMatch(
      /POST \/webhooks<small>createWebhook<\/small><\/td>\s*<td><strong class="good">200/,
    );
    expect(page).toMatch(
      /GET \/vehicles<small>listVehicles<\/small><\/td>\s*<td><strong class="bad">429/,
    );
    const webhooks = await pageOf(server, "?tab=webhooks");
    expect(webhooks).toContain("attempt 2");
    expect(webhooks).toMatch(/<strong class="bad">503/);
    for (const shown of [page, webhooks]) {
      expect(shown).not.toContain(webhook.secret);
      expect(shown).not.toContain(token);
    }
  });
});
