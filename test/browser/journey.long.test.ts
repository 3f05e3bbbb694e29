import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseEnv } from "node:util";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { Enode } from "../../src/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { nodeHandler, WebhookReceiver } from "../../src/webhooks/index.ts";
import { withChromium } from "../support/services.ts";
import { startApp } from "./app.ts";
import { expectAccessible, tabTo, watchConsole } from "./browsing.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

let sandbox: SandboxServer;
let app: Awaited<ReturnType<typeof startApp>>;
let enode: Enode;
beforeEach(async () => {
  sandbox = await startSandbox({ seed: 5, clock: "manual" });
  app = await startApp();
  enode = new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    baseUrl: sandbox.apiUrl,
    tokenUrl: sandbox.tokenUrl,
    maxRetries: 0,
  });
});
afterEach(async () => {
  await sandbox.close();
  await app.close();
});

async function linkUrlFor(userId: string): Promise<string> {
  const { linkUrl } = await enode.users.link(userId, {
    vendorType: "vehicle",
    scopes: ["vehicle:read:data", "vehicle:control:charging"],
    language: "en-GB",
    redirectUri: app.url,
  });
  return linkUrl;
}

const car = (page: Page) => page.getByRole("article", { name: "Tesla Model 3 of anna" });

withChromium("the journey of an end user and a developer", (chromium) => {
  it("links a car, sees it charge, and breaks the API", async () => {
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);

    await page.goto(await linkUrlFor("anna"));
    await page.getByLabel("Search brands").fill("tes");
    await expect.poll(() => page.locator("#brands li:visible").count()).toBe(1);
    await page.getByRole("link", { name: "Tesla" }).click();
    expect(await page.getByText("vehicle:control:charging").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await page.getByRole("button", { name: "fine@example.com" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    expect(page.url()).toBe(app.url);
    const [vehicle] = await enode.vehicles.list({ userId: "anna" }).toArray({ limit: 2 });
    expect(vehicle?.information.brand).toBe("Tesla");

    sandbox.devices.update(vehicle?.id ?? "", { isPluggedIn: false, batteryLevel: 20 });
    await page.goto(sandbox.apiUrl);
    await page.getByText("Live", { exact: true }).waitFor();
    await car(page).getByRole("button", { name: "Plug in" }).click();
    await car(page).getByText("Plugged in").waitFor();
    await enode.vehicles.startCharging(vehicle?.id ?? "");
    await page.getByRole("button", { name: "Advance 5 minutes" }).click();
    await car(page).getByText("Charging", { exact: true }).waitFor();
    await page.getByRole("button", { name: "1 hour" }).click();
    await expect.poll(() => car(page).getByRole("meter").getAttribute("value")).toBe("39.9");
    const drawing = page.getByRole("img", { name: /Tesla Model 3 of anna/ });
    expect(await drawing.getAttribute("aria-label")).toMatch(
      /Power now 11 kW.* Battery level now 39.9 %, from 20 % to 39.9 %/,
    );
    await page.getByRole("button", { name: "8 hours" }).click();
    await car(page).getByText("Charged", { exact: true }).waitFor();
    await page.getByText("The same as a table").click();
    const powers = await page.getByRole("cell", { name: / kW$/ }).allTextContents();
    expect(powers).toEqual(expect.arrayContaining(["0 kW", "11 kW"]));

    await page.getByRole("link", { name: "Faults" }).click();
    await page.getByRole("switch", { name: "Too many requests" }).click();
    await page.getByText("The fault “Too many requests” is on.").waitFor();
    await expect(enode.vehicles.list().toArray({ limit: 1 })).rejects.toMatchObject({
      status: 429,
    });
    await page.getByRole("link", { name: "Requests", exact: true }).click();
    const struck = page.getByRole("row", { name: /listVehicles 429/ }).first();
    await struck.waitFor();
    expect(await struck.textContent()).toContain("Too many requests");
    await page
      .getByRole("link", { name: /Too many requests/ })
      .first()
      .click();
    await page.getByRole("switch", { name: "Too many requests" }).click();
    await page.getByText("The fault “Too many requests” is off.").waitFor();
    await enode.vehicles.list().toArray({ limit: 1 });
    expectNoComplaint();
    await context.close();
  });

  it("takes nothing but a keyboard", async () => {
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(await linkUrlFor("anna"));
    await tabTo(page, "Tesla");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Share data of your Tesla account" }).waitFor();
    await tabTo(page, "Agree and continue");
    await page.keyboard.press("Space");
    await page.getByRole("heading", { name: "Sign in to Tesla" }).waitFor();
    await tabTo(page, /^code@example.com/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Confirm your Tesla account" }).waitFor();
    await tabTo(page, "Code");
    await page.keyboard.type("246810");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();

    await page.goto(sandbox.apiUrl);
    await page.getByText("Live", { exact: true }).waitFor();
    await tabTo(page, "Unplug Tesla Model 3 of anna");
    await page.keyboard.press("Space");
    await page.getByText("is unplugged.").waitFor();
    // The button has gone, and the focus is still near where it was.
    await expect.poll(() => car(page).locator(":focus").count()).toBe(1);
    await car(page).getByRole("button", { name: "Plug in" }).focus();
    await page.keyboard.press("Space");
    await page.getByText("is plugged in.").waitFor();
    await car(page).getByRole("button", { name: "Charge" }).focus();
    await page.keyboard.press("Enter");
    await car(page).getByText("Charging", { exact: true }).waitFor();
    await page.locator("h2").first().click();
    await tabTo(page, "anna");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "User anna" }).waitFor();
    await tabTo(page, "Invalidate credentials of anna at TESLA");
    await page.keyboard.press("Enter");
    await page.getByText("TESLA: signed out").waitFor();
    // The button has become another one, and the focus is still near where it was.
    await expect.poll(() => page.locator("#account-TESLA :focus").count()).toBe(1);
    await tabTo(page, "Faults");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Faults" }).waitFor();
    await tabTo(page, "Bursts of 503");
    await page.keyboard.press("Space");
    await page.getByText("The fault “Bursts of 503” is on.").waitFor();
    expect(sandbox.faults.list()).toMatchObject([{ preset: "server-errors" }]);
    expectNoComplaint();
    await context.close();
  });

  it("goes from an empty sandbox to the first delivery by the Connect tab", async () => {
    const received: string[] = [];
    const webhooks = new WebhookReceiver({ secret: SECRET });
    webhooks.on("*", ({ event }) => void received.push(event));
    const receiver = createServer(nodeHandler(webhooks));
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void receiver.close());
    const context = await chromium.open();
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(sandbox.apiUrl);
    await page.getByRole("button", { name: "Create a demo household" }).click();
    await page.getByText("Tesla Model 3").first().waitFor();
    await page.getByRole("link", { name: "Connect", exact: true }).click();

    await page.locator('[data-copy="env"]').click();
    await page.getByText(/ copied\.$/).waitFor();
    // What was copied is all that a program needs.
    const env = parseEnv(String(await page.evaluate("navigator.clipboard.readText()")));
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const program = Enode.fromEnv();
    expect(await program.vehicles.list().toArray({ limit: 5 })).toHaveLength(1);
    const { port } = receiver.address() as AddressInfo;
    await program.webhooks.ensure({ url: `http://127.0.0.1:${port}/`, secret: SECRET });
    await program.webhooks.list().toArray({ limit: 1 });
    await page.getByText("There is one. Done when it has accepted a delivery.").waitFor();

    await page.getByRole("link", { name: "Fleet", exact: true }).click();
    await page.getByRole("button", { name: /^Unplug Tesla Model 3/ }).click();
    await expect.poll(() => received, { timeout: 10_000 }).toContain("user:vehicle:updated");
    await page.getByRole("link", { name: "Connect", exact: true }).click();
    await expect.poll(() => page.locator("#first-steps .done").count()).toBe(4);
    expectNoComplaint();
    await context.close();
  });

  it("leads back with an error when the user leaves", async () => {
    const context = await chromium.open();
    const page = await context.newPage();
    await page.goto(await linkUrlFor("anna"));
    await page.getByRole("link", { name: "BMW" }).click();
    await page.getByRole("link", { name: "Leave and return to the app" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    const { searchParams } = new URL(page.url());
    expect([...searchParams.keys()]).toEqual(["error", "error_message"]);
    expect(sandbox.devices.list()).toEqual([]);
    await context.close();
  });

  it("works without the script", async () => {
    const context = await chromium.open({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(await linkUrlFor("anna"));
    await page.getByLabel("Search brands").fill("tes");
    await page.getByRole("button", { name: "Search" }).click();
    expect(await page.getByText("1 brand").isVisible()).toBe(true);
    await page.getByRole("link", { name: "Tesla" }).click();
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await page.getByRole("button", { name: "wrong@example.com" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("does not know");
    await page.getByRole("button", { name: "fine@example.com" }).click();
    await page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await page.goto(sandbox.apiUrl);
    await car(page).getByText("⋯").click();
    await car(page).getByRole("button", { name: "Take offline" }).click();
    await page.getByText("Tesla Model 3 of anna is offline.").waitFor();
    expect(await car(page).getByText("Offline", { exact: true }).isVisible()).toBe(true);
    await context.close();
  });

  it("tells screen readers what has changed", async () => {
    sandbox.devices.add("anna", "vehicle", { batteryLevel: 20 });
    const context = await chromium.open();
    const page = await context.newPage();
    await page.goto(sandbox.apiUrl);
    await page.getByText("Live", { exact: true }).waitFor();
    const [device] = sandbox.devices.list();
    sandbox.devices.update(device?.id ?? "", { isPluggedIn: false });
    await expect
      .poll(() => page.getByRole("log").textContent(), { timeout: 10_000 })
      .toBe("Tesla Model 3 of anna: Unplugged");
    await expectAccessible(page);
    await context.close();
  });
});
