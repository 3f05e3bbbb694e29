import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import { expectAccessible, expectNoSidewaysScroll, watchConsole } from "./browsing.ts";

// ENODE_SCREENSHOTS=docs/images makes the pictures of the guides anew.
const pictures = process.env["ENODE_SCREENSHOTS"];
const HOSTILE = `<script>alert("x")</script>&'"`;

let sandbox: SandboxServer;
let linkUrl: string;
let usedUrl: string;
beforeEach(async () => {
  sandbox = await startSandbox({
    seed: 5,
    clock: "manual",
    fleet: [
      { id: "anna", vehicles: [{ vendor: "TESLA", batteryLevel: 20, isCharging: true }] },
      { id: HOSTILE, vehicles: [{ vendor: "BMW", isReachable: false }], chargers: [{}] },
    ],
  });
  const enode = new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    baseUrl: sandbox.apiUrl,
    tokenUrl: sandbox.tokenUrl,
    maxRetries: 0,
  });
  const link = () =>
    enode.users.link(HOSTILE, {
      vendorType: "vehicle",
      scopes: ["vehicle:read:data", "vehicle:control:charging"],
      language: "en-GB",
      redirectUri: "https://app.example.com/linked",
    });
  ({ linkUrl } = await link());
  const used = await link();
  usedUrl = used.linkUrl;
  await sandbox.completeLink(used.linkToken, { vendor: "AUDI", devices: 0 });
  await enode.webhooks.create({
    url: "http://127.0.0.1:9/nobody",
    secret: "0123456789abcdef0123456789abcdef",
    events: ["*"],
  });
  sandbox.faults.next({ operation: "listVehicles", status: 503 });
  await enode.vehicles
    .list()
    .toArray({ limit: 1 })
    .catch(() => {});
  await enode.vehicles.list().toArray({ limit: 1 });
});
afterEach(() => sandbox.close());

const PAGES = [
  ["control", () => `${sandbox.apiUrl}/`],
  ["control-activity", () => `${sandbox.apiUrl}/`],
  ["link-brands", () => linkUrl],
  ["link-consent", () => `${linkUrl}?vendor=TESLA`],
  ["link-sign-in", () => `${linkUrl}?vendor=TESLA&consent=given`],
  ["link-code", () => `${linkUrl}?vendor=TESLA&consent=given`],
  ["link-wrong-password", () => `${linkUrl}?vendor=TESLA&consent=given`],
  ["link-used", () => usedUrl],
] as const;

async function open(page: Page, name: (typeof PAGES)[number][0], address: string): Promise<void> {
  await page.goto(address);
  if (name === "control-activity") {
    await page.getByRole("switch", { name: "Bursts of 503" }).click();
    await page.getByText("The fault is on.").waitFor();
    sandbox.invalidateCredentials(HOSTILE, "BMW");
    await page.locator("#deliveries").getByText("No answer").first().waitFor();
  }
  if (name === "control") {
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("link", { name: /^Tesla Model 3/ }).click();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "8 hours" }).click();
    await page.getByText("The clock was advanced.").waitFor();
  }
  if (name === "link-code") await page.getByRole("button", { name: /^code@/ }).click();
  if (name === "link-wrong-password") await page.getByRole("button", { name: /^wrong@/ }).click();
}

withChromium("the pages of the sandbox", (chromium) => {
  for (const colorScheme of ["light", "dark"] as const) {
    it.each(PAGES)(`shows %s well in ${colorScheme} colours`, async (name, address) => {
      // The lower half of the control page is the one to look at on a phone.
      const viewport =
        name === "control-activity" ? { width: 390, height: 740 } : { width: 840, height: 600 };
      const context = await chromium.open({ colorScheme, viewport, reducedMotion: "reduce" });
      const page = await context.newPage();
      const expectNoComplaint = watchConsole(page);
      let alerts = 0;
      page.on("dialog", (dialog) => {
        alerts += 1;
        return dialog.dismiss();
      });
      await open(page, name, address());
      const top = name === "control-activity" ? "#faults" : "body";
      await page.evaluate(`document.querySelector("${top}").scrollIntoView()`);
      if (pictures !== undefined) {
        await mkdir(pictures, { recursive: true });
        await page.screenshot({ path: `${pictures}/${name}-${colorScheme}.png` });
      }
      await expectAccessible(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(page);
      expect(alerts).toBe(0);
      // That a page answers 4xx stands in the console as well.
      if (name !== "link-used") expectNoComplaint();
      await context.close();
    });
  }
});
