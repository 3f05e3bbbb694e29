import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import { expectAccessible, expectNoSidewaysScroll, watchConsole } from "./browsing.ts";

const HOSTILE = `<script>alert("x")</script>&'"`;

let sandbox: SandboxServer;
beforeEach(async () => {
  sandbox = await startSandbox({ seed: 5, clock: "manual" });
});
afterEach(() => sandbox.close());

/** Adds a user with a household and one with a hostile name; returns the ID of the car. */
function populate(): string {
  for (const kind of ["vehicle", "inverter", "battery", "meter", "hvac", "charger"] as const) {
    sandbox.devices.add("anna", kind);
  }
  sandbox.devices.add(HOSTILE, "vehicle", { displayName: HOSTILE });
  sandbox.clock.advance("3h");
  return sandbox.devices.list("anna", "vehicle")[0]?.id ?? "";
}

const notice = (page: Page, text: string | RegExp) =>
  page.locator("#notice").getByText(text).waitFor();

withChromium("the fleet in a browser", (chromium) => {
  it("leads from an empty sandbox to a device that is changed and removed", async () => {
    const context = await chromium.open({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(sandbox.apiUrl);
    await page.getByRole("button", { name: "Create a demo household" }).click();
    await notice(page, "The user demo has a household of 6 devices.");
    const list = page.locator("#devices");
    await list.getByRole("link", { name: "Tesla Model 3 of demo" }).click();
    await page.getByRole("heading", { name: "Tesla Model 3", exact: true }).waitFor();

    await page.getByText("Change the settings").click();
    await page.getByLabel("Battery level in %").fill("12.5");
    await page.getByRole("button", { name: "Save the changes" }).click();
    await notice(page, "was changed: batteryLevel");
    const meter = page.locator("#device").getByRole("meter");
    await expect.poll(() => meter.getAttribute("value")).toBe("12.5");
    // What is typed stays while the page goes on.
    await page.getByLabel("Battery level in %").fill("99");
    await page.getByRole("button", { name: "8 hours" }).click();
    await notice(page, "The clock was advanced");
    expect(await page.getByLabel("Battery level in %").inputValue()).toBe("99");

    await page.getByText("Remove…").click();
    await page.getByRole("button", { name: "Remove Tesla Model 3 for good" }).click();
    await notice(page, "Tesla Model 3 of demo was removed.");
    await expect.poll(() => page.locator("#device").count()).toBe(0);
    expect(new URL(page.url()).searchParams.has("device")).toBe(false);
    expectNoComplaint();
    await context.close();
  });

  it("opens Link UI for a user", async () => {
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(sandbox.apiUrl);
    const form = page.getByRole("region", { name: "New link session" });
    await form.getByLabel("User ID").fill("anna");
    await form.getByRole("button", { name: "Open Link UI" }).click();
    await page.waitForURL(/\/link\//);
    await page.getByLabel("Search brands").waitFor();
    expect(sandbox.devices.list()).toEqual([]);
    expectNoComplaint();
    await context.close();
  });

  it("signs an account out and in again without a new page", async () => {
    populate();
    const context = await chromium.open({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${sandbox.apiUrl}/?tab=fleet&user=anna`);
    await page.getByRole("button", { name: "Invalidate credentials of anna at TESLA" }).click();
    await page.locator("#account-TESLA").getByText("Signed out").waitFor();
    await page.getByRole("button", { name: "Sign in again of anna at TESLA" }).click();
    await page.locator("#account-TESLA").getByText("Linked").waitFor();
    await context.close();
  });

  it("is one thing at a time on a phone, with a way back", async () => {
    populate();
    const context = await chromium.open({ viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await page.goto(sandbox.apiUrl);
    await page.getByRole("link", { name: "Tesla Model 3 of anna" }).click();
    await page.getByRole("heading", { name: "Tesla Model 3", exact: true }).waitFor();
    expect(await page.locator("#devices").isVisible()).toBe(false);
    await page.getByRole("link", { name: "All devices" }).click();
    expect(await page.locator("#devices").isVisible()).toBe(true);
    expect(await page.locator("#device").count()).toBe(0);
    await context.close();
  });

  it.each(["light", "dark"] as const)(
    "shows every page well in %s colours",
    async (colorScheme) => {
      const car = populate();
      const pages = [
        "/",
        "/?q=zzz",
        `/?device=${car}`,
        `/?user=anna`,
        `/?user=${encodeURIComponent(HOSTILE)}`,
      ];
      const context = await chromium.open({
        colorScheme,
        viewport: { width: 1280, height: 900 },
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      const expectNoComplaint = watchConsole(page);
      page.on("dialog", (dialog) =>
        dialog.dismiss().then(() => expect.unreachable("a script ran")),
      );
      for (const path of pages) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(sandbox.apiUrl + path);
        await expectAccessible(page);
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoSidewaysScroll(page);
      }
      expectNoComplaint();
      await context.close();
    },
  );
});
