import { mkdir } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import {
  expectAccessible,
  expectAccessibleColours,
  expectNoSidewaysScroll,
  watchConsole,
} from "./browsing.ts";

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
    fleet: [{ id: "anna", vehicles: [{ vendor: "TESLA", batteryLevel: 20, isCharging: true }] }],
  });
  for (const kind of ["inverter", "battery", "meter"] as const) {
    sandbox.devices.add("carla", kind, { vendor: "TESLA" });
  }
  sandbox.devices.add("carla", "vehicle", { vendor: "TESLA", batteryLevel: 40, isCharging: true });
  // The last one, below what the pictures show.
  sandbox.devices.add(HOSTILE, "vehicle", { vendor: "BMW", isReachable: false });
  sandbox.devices.add(HOSTILE, "charger");
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
  sandbox.clock.advance("2h");
  sandbox.devices.update(carOf("anna"), { isPluggedIn: false });
  sandbox.clock.advance("4h");
  await sandbox.deliver();
  sandbox.faults.set("server-errors");
});
afterEach(() => sandbox.close());

const tab = (query: string) => () => `${sandbox.apiUrl}/?tab=${query}`;

const PAGES = {
  fleet: tab("fleet"),
  device: () => `${sandbox.apiUrl}/?tab=fleet&device=${carOf("anna")}`,
  user: tab("fleet&user=carla"),
  requests: tab("requests&request=5"),
  webhooks: tab("webhooks&delivery=1"),
  "send-event": tab("webhooks&send=user:vehicle:updated"),
  faults: tab("faults"),
  connect: tab("connect"),
  "try-it": tab("connect&operation=createSchedule"),
  "link-brands": () => linkUrl,
  "link-consent": () => `${linkUrl}?vendor=TESLA`,
  "link-sign-in": () => `${linkUrl}?vendor=TESLA&consent=given`,
  "link-code": () => `${linkUrl}?vendor=TESLA&consent=given&step=code`,
  "link-wrong-password": () => `${linkUrl}?vendor=TESLA&consent=given&error=password`,
  "link-used": () => usedUrl,
} as const;

const DESKTOP = { width: 1280, height: 800 };
const LOOKS = {
  light: { colorScheme: "light", viewport: DESKTOP },
  dark: { colorScheme: "dark", viewport: DESKTOP },
  phone: { viewport: { width: 390, height: 740 }, isMobile: true, hasTouch: true },
  "forced-colours": { forcedColors: "active", viewport: DESKTOP },
} as const;

function carOf(userId: string): string {
  return sandbox.devices.list(userId, "vehicle")[0]?.id ?? "";
}

withChromium("the pages of the sandbox", (chromium) => {
  const names = Object.keys(PAGES) as (keyof typeof PAGES)[];
  for (const look of Object.keys(LOOKS) as (keyof typeof LOOKS)[]) {
    it.each(names)(`show %s well: ${look}`, async (name) => {
      const context = await chromium.open({ ...LOOKS[look], reducedMotion: "reduce" });
      const page = await context.newPage();
      const expectNoComplaint = watchConsole(page);
      let alerts = 0;
      page.on("dialog", (dialog) => {
        alerts += 1;
        return dialog.dismiss();
      });
      await page.goto(PAGES[name]());
      if (!name.startsWith("link-")) await page.locator('#connection[data-state="live"]').waitFor();
      if (pictures !== undefined && look !== "forced-colours") {
        await mkdir(pictures, { recursive: true });
        await page.screenshot({ path: `${pictures}/${name}-${look}.png` });
      }
      await (look === "light" || look === "phone"
        ? expectAccessible(page)
        : expectAccessibleColours(page));
      await expectNoSidewaysScroll(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(page);
      expect(alerts).toBe(0);
      // That a page answers 4xx stands in the console as well.
      if (name !== "link-used") expectNoComplaint();
      await context.close();
    });
  }
});
