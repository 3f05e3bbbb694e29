import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { bash } from "../sandbox/pages/workbench/bash.ts";
import { fetchToken, send } from "../sandbox/support/harness.ts";
import { takeViolations } from "../support/sandbox-violations.ts";
import { withChromium } from "../support/services.ts";
import { expectAccessible, expectNoSidewaysScroll, tabTo, watchConsole } from "./browsing.ts";

const HOSTILE = `</pre><script>alert("x")</script>'&`;

const open: SandboxServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start() {
  const endpoint = { status: 200 };
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(endpoint.status).end(HOSTILE);
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const fleet = [{ id: "anna", vehicles: [{ vendor: "TESLA" }] }] as const;
  const server = await startSandbox({ seed: 3, clock: "manual", fleet: [...fleet] });
  open.push(server);
  const token = await fetchToken(server);
  await send(server.fetch, "POST", "/webhooks", token, {
    url: `http://127.0.0.1:${port}/hook`,
    secret: "0123456789abcdef",
    events: ["*"],
  });
  const call = (method: string, path: string) => send(server.fetch, method, path, token);
  return { server, endpoint, call };
}

withChromium("the requests and webhooks of the workbench", (chromium) => {
  it("lead from a failed request to a command of curl that works", async () => {
    const { server, call } = await start();
    for (let page = 1; page < 40; page += 1) await call("GET", `/vehicles?pageSize=${page}`);
    server.faults.next({ operation: "listUserVehicles", status: 503 });
    await call("GET", "/users/anna/vehicles?pageSize=41");
    const context = await chromium.open();
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(server.apiUrl);
    await page.getByRole("link", { name: "Requests" }).click();
    await page.getByLabel("Failed only").check();
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByText("1 of 1 shown").waitFor();
    await page.getByRole("link", { name: "GET /users/anna/vehicles?pageSize=41" }).click();
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("The text for curl is copied.").waitFor();
    const text = await page.evaluate("navigator.clipboard.readText()");
    const { clientId, clientSecret } = server.credentials;
    const env = { ENODE_CLIENT_ID: clientId, ENODE_CLIENT_SECRET: clientSecret };
    expect(JSON.parse(await bash(String(text), env))).toMatchObject({ data: [{ userId: "anna" }] });
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByText(/was sent again as request \d+: the answer is 200/).waitFor();
    await page.getByRole("heading", { name: /^Request 4\d$/ }).waitFor();
    expectNoComplaint();
    await context.close();
  });

  it("revive a dead webhook and send its events again", async () => {
    const { server, endpoint } = await start();
    endpoint.status = 500;
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    server.clock.advance("10m");
    await server.deliver();
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(`${server.apiUrl}/?tab=webhooks`);
    await page.getByText("Inactive: Enode gave up on it.").waitFor();
    endpoint.status = 200;
    await tabTo(page, /^Reactivate and resend/);
    await page.keyboard.press("Enter");
    await page.getByText(/events are queued again/).waitFor();
    await server.deliver();
    await page.locator("#webhooks").getByText("Active", { exact: true }).waitFor();
    expectNoComplaint();
    await context.close();
  });

  it("send an event as it was edited, and keep it in the form", async () => {
    const { server } = await start();
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    let alerts = 0;
    page.on("dialog", (dialog) => {
      alerts += 1;
      return dialog.dismiss();
    });
    await page.goto(`${server.apiUrl}/?tab=webhooks`);
    await page.getByRole("link", { name: "Send event…" }).click();
    const body = page.getByLabel("Body to send");
    await body.fill(`[{"event":"${HOSTILE.replaceAll('"', '\\"')}"}]`);
    await page.getByRole("button", { name: "Send event", exact: true }).click();
    await page
      .getByText(/There is no event .* was sent as delivery 1: the answer is 200/)
      .waitFor();
    expect(await body.inputValue()).toContain("</pre><script>");
    await page.locator("#deliveries").getByText("edited, invalid").waitFor();
    await page.locator("#answer-body").getByText("alert").waitFor();
    expect(alerts).toBe(0);
    expectNoComplaint();
    // What is sent by hand need not be as the description says.
    await takeViolations();
    await context.close();
  });

  it("work without JavaScript", async () => {
    const { server, call } = await start();
    await call("GET", "/vehicles");
    const context = await chromium.open({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.apiUrl}/?tab=requests`);
    await page.getByLabel("Operation").selectOption("listVehicles");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("link", { name: "GET /vehicles" }).click();
    expect(await page.getByRole("button", { name: "Copy as curl" }).isVisible()).toBe(false);
    await page.getByText("Show curl").click();
    await page.locator("#as-curl").getByText("--globoff").waitFor();
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByText("was sent again as request 4: the answer is 200.").waitFor();
    await page.getByRole("link", { name: "Webhooks" }).click();
    await page.getByRole("button", { name: /^Send test event/ }).click();
    await page.getByText("answered with status 200").waitFor();
    await page.getByRole("heading", { name: "Delivery 1" }).waitFor();
    await context.close();
  });

  it.each([{ colorScheme: "light" }, { colorScheme: "dark" }, { forcedColors: "active" }] as const)(
    "are accessible on wide and narrow screens: %j",
    async (look) => {
      const { server, call, endpoint } = await start();
      server.faults.next({ operation: "listVehicles", status: 503 });
      await call("GET", "/vehicles");
      await call("GET", "/vehicles");
      endpoint.status = 500;
      server.invalidateCredentials("anna", "TESLA");
      await server.deliver();
      const context = await chromium.open({ ...look, reducedMotion: "reduce" });
      const page = await context.newPage();
      for (const query of [
        "requests",
        "requests&request=3",
        "webhooks",
        "webhooks&delivery=1",
        "webhooks&send=user:vehicle:updated",
      ]) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(`${server.apiUrl}/?tab=${query}`);
        await page.getByText("Live", { exact: true }).waitFor();
        await expectAccessible(page);
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoSidewaysScroll(page);
      }
      await context.close();
    },
  );
});
