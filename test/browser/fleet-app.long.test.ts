import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Fleet, startFleet } from "../../examples/fleet/app.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import { expectAccessible, expectNoSidewaysScroll, tabTo, watchConsole } from "./browsing.ts";

// ENODE_SCREENSHOTS=docs/images makes the pictures of the guides anew.
const pictures = process.env["ENODE_SCREENSHOTS"];

let sandbox: SandboxServer;
let fleet: Fleet;
beforeEach(async () => {
  sandbox = await startSandbox({ seed: 7, clock: "manual" });
  for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
  fleet = await startFleet({
    databaseUrl: ":memory:",
    webhookSecret: "0123456789abcdef0123456789abcdef",
    now: () => sandbox.clock.now(),
    sandboxUrl: sandbox.apiUrl,
  });
});
afterEach(async () => {
  await fleet.close();
  await sandbox.close();
  vi.unstubAllEnvs();
});

/** Lets simulated time pass until the page shows what it should. */
async function untilShown(page: Page, selector: string, step = "1m"): Promise<void> {
  await expect
    .poll(
      async () => {
        sandbox.clock.advance(step);
        await sandbox.deliver();
        return page.locator(selector).count();
      },
      { timeout: 60_000 },
    )
    .toBeGreaterThan(0);
}

const live = (page: Page) => page.getByText("Live", { exact: true }).waitFor();

/** Three cars of Anna, one of which charges in the cheap hours of a night that has just ended. */
async function afterANight(): Promise<string> {
  const post = (path: string, form: Record<string, string>) =>
    fetch(fleet.url + path, {
      method: "POST",
      headers: { origin: fleet.url },
      body: new URLSearchParams(form),
      redirect: "manual",
    });
  const link = async (vendor: "TESLA" | "VOLVO", devices: object[]) => {
    const refresh = (await post("/link", {})).headers.get("refresh") ?? "";
    return sandbox.completeLink(new URL(refresh.slice(7)).pathname.split("/").at(-1) ?? "", {
      vendor,
      devices,
    });
  };
  const [bluebird] = await link("TESLA", [
    { displayName: "Bluebird", batteryLevel: 24, isPluggedIn: true },
    { displayName: "Blackbird", batteryLevel: 17, isPluggedIn: false },
  ]);
  const [nightingale] = await link("VOLVO", [
    { displayName: "Nightingale", batteryLevel: 52, isPluggedIn: true, isCharging: true },
  ]);
  const id = bluebird?.id ?? "";
  const pass = async (hours: number) => {
    for (let quarters = 0; quarters < hours * 4; quarters += 1) {
      sandbox.clock.advance("15m");
      await sandbox.deliver();
    }
  };
  await pass(9.25);
  await expect.poll(async () => (await fetch(`${fleet.url}/cars/${id}`)).status).toBe(200);
  await post(`/cars/${id}/charging`, { do: "start" });
  await pass(1);
  await post(`/cars/${id}/smart-charging`, {
    deadline: "07:00",
    minimumLevel: "20",
    nightFrom: "23:00",
    nightTo: "05:00",
    nightPrice: "0.11",
    dayPrice: "0.34",
  });
  await pass(11.25);
  sandbox.devices.update(nightingale?.id ?? "", { isPluggedIn: false, batteryLevel: 61 });
  await pass(0.5);
  sandbox.devices.update(nightingale?.id ?? "", { isPluggedIn: true, isCharging: true });
  await pass(0.25);
  await expect
    .poll(async () => (await fetch(`${fleet.url}/notifications`)).text(), { timeout: 30_000 })
    .toContain("Bluebird is charged");
  return id;
}

/** The chart with the sessions below it. */
async function pictureOfCharts(page: Page, folder: string): Promise<void> {
  const top = await page.locator(".card", { has: page.locator(".chart") }).boundingBox();
  const end = await page.locator(".card", { has: page.locator("#sessions") }).boundingBox();
  if (top === null || end === null) throw new Error("There is no chart");
  const clip = { ...top, height: end.y + end.height - top.y };
  await page.screenshot({ path: `${folder}/charts.png`, fullPage: true, clip });
}

withChromium("the fleet app", (chromium) => {
  it("links a car, charges it, draws it, and tells when it is full", async () => {
    const page = await (await chromium.open()).newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(fleet.url);
    await page.getByRole("button", { name: "Link a car" }).click();
    await page.getByRole("link", { name: "Tesla" }).click();
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await page.getByRole("button", { name: "fine@example.com" }).click();
    await page.getByRole("heading", { name: "Cars" }).waitFor();
    await live(page);
    await untilShown(page, "td:has-text('Plugged in')");
    await page.getByRole("link", { name: /Tesla/ }).click();

    await live(page);
    await page.getByRole("button", { name: "Start charging" }).click();
    await page.getByText("waiting for the car").waitFor();
    await untilShown(page, "#outcome:has-text('the car has confirmed it')");
    const line = page.locator(".chart path.line.of-level");
    await expect.poll(() => line.count()).toBe(1);
    const before = (await line.getAttribute("d")) ?? "";
    // The car confirms the command, and then tells its new state.
    await untilShown(page, "#stop:enabled");
    await page.locator("#stop").focus();
    sandbox.clock.advance("1h");
    await sandbox.deliver();
    await expect
      .poll(async () => (await line.getAttribute("d"))?.length)
      .toBeGreaterThan(before.length);
    // What has the focus keeps it, whatever changes around it.
    expect(await page.locator("#stop:focus").count()).toBe(1);
    await untilShown(page, ".toast:has-text('is charged')", "1h");
    await page.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => page.locator(".toast").count()).toBe(0);
    await page.getByRole("link", { name: "Notifications" }).click();
    await page.getByRole("link", { name: /is charged/ }).waitFor();
    expectNoComplaint();
  });

  it("takes nothing but a keyboard", async () => {
    const page = await (await chromium.open()).newPage();
    await page.goto(fleet.url);
    await live(page);
    await tabTo(page, "Ben");
    await page.keyboard.press("Enter");
    await page.locator('button[value="ben"][aria-pressed="true"]').waitFor();
    await tabTo(page, "Link a car");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/link\//);
  });

  it("is connected again after the server was away", async () => {
    const page = await (await chromium.open()).newPage();
    await page.goto(fleet.url);
    await live(page);
    const port = Number(new URL(fleet.url).port);
    await fleet.close();
    await page.getByText("Connecting again…").waitFor();
    fleet = await startFleet({
      databaseUrl: ":memory:",
      webhookSecret: "0123456789abcdef0123456789abcdef",
      port,
      now: () => sandbox.clock.now(),
    });
    await live(page);
  });

  it("has no connection while nobody sees it, and then tells what was missed", async () => {
    const page = await (await chromium.open()).newPage();
    await page.goto(fleet.url);
    await page.getByRole("button", { name: "Link a car" }).click();
    await page.getByRole("link", { name: "Tesla" }).click();
    await page.getByRole("button", { name: "Agree and continue" }).click();
    await page.getByRole("button", { name: "fine@example.com" }).click();
    await live(page);
    await untilShown(page, "td:has-text('Plugged in')");
    const show = (state: "hidden" | "visible") =>
      page.evaluate(`
        Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      `);
    await show("hidden");
    await page.getByText("Paused").waitFor();
    const [car] = sandbox.devices.list();
    sandbox.invalidateCredentials(car?.userId ?? "", "TESLA");
    await sandbox.deliver();
    await expect
      .poll(async () => (await fetch(`${fleet.url}/notifications`)).text(), { timeout: 30_000 })
      .toContain("Sign in to Tesla again");
    expect(await page.locator(".alert").count()).toBe(0);
    await show("visible");
    await page.locator(".alert").waitFor();
    expect(await page.locator(".toast").count()).toBe(1);
  });

  it("shows a night well: light, dark, on a phone, in forced colours", async () => {
    const id = await afterANight();
    const looks = {
      light: { colorScheme: "light", viewport: { width: 1280, height: 800 } },
      dark: { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
      phone: { viewport: { width: 390, height: 740 }, isMobile: true, hasTouch: true },
      "forced-colours": { forcedColors: "active", viewport: { width: 1280, height: 800 } },
    } as const;
    for (const look of Object.keys(looks) as (keyof typeof looks)[]) {
      const page = await (
        await chromium.open({ ...looks[look], reducedMotion: "reduce" })
      ).newPage();
      const expectNoComplaint = watchConsole(page);
      for (const [name, path] of [
        ["fleet-app", "/"],
        ["fleet-app-car", `/cars/${id}`],
        [undefined, "/notifications"],
      ] as const) {
        await page.goto(fleet.url + path);
        await live(page);
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        if (name !== undefined && pictures !== undefined && look !== "forced-colours") {
          await mkdir(pictures, { recursive: true });
          await page.screenshot({ path: `${pictures}/${name}-${look}.png` });
          if (name === "fleet-app-car" && look === "light") await pictureOfCharts(page, pictures);
        }
      }
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(page);
      expectNoComplaint();
      await page.context().close();
    }
  });
});
