import { afterEach, beforeEach, expect, it } from "vitest";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import { expectAccessible, expectNoSidewaysScroll, watchConsole } from "./browsing.ts";

let sandbox: SandboxServer;
let car: string;
beforeEach(async () => {
  sandbox = await startSandbox({
    seed: 5,
    clock: "manual",
    fleet: [
      {
        id: "anna",
        vehicles: [{ vendor: "TESLA", batteryLevel: 40, batteryCapacity: 60, chargePower: 12 }],
        hvacs: [{ vendor: "PANASONIC" }],
      },
    ],
  });
  car = sandbox.devices.list("anna", "vehicle")[0]?.id ?? "";
  sandbox.clock.advance("1h");
  sandbox.devices.update(car, { isCharging: true });
  sandbox.clock.advance("4h");
});
afterEach(() => sandbox.close());

withChromium("the chart of the workbench", (chromium) => {
  it("reads its values by the arrow keys, and stays there while time goes on", async () => {
    const page = await (await chromium.open({ viewport: { width: 840, height: 900 } })).newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(`${sandbox.apiUrl}/?device=${car}`);
    await page.getByText("Live", { exact: true }).waitFor();
    const readout = page.locator("#chart .readout");
    await page.locator("#chart .plot").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    const full = "2025-01-06 11:00:00 · Power 0 kW · Battery level 80 %";
    expect(await readout.textContent()).toBe(full);
    const rule = page.locator("#chart .rule line");
    const before = Number(await rule.getAttribute("x1"));
    sandbox.clock.advance("4h");
    await expect
      .poll(async () => Number(await rule.getAttribute("x1")), { timeout: 10_000 })
      .toBeLessThan(before);
    expect(await readout.textContent()).toBe(full);
    await page.keyboard.press("Home");
    expect(await readout.textContent()).toContain("08:00:00 · Power 0 kW · Battery level 40 %");
    await page.keyboard.press("ArrowRight");
    expect(await readout.textContent()).toContain("09:00:00 · Power 12 kW · Battery level 40 %");
    expect(await readout.textContent()).toContain("Owner: started charging");
    await page.keyboard.press("Escape");
    expect(await readout.textContent()).toBe("");
    expectNoComplaint();
  });

  it("reads its values under the pointer, on a line between two samples", async () => {
    const page = await (await chromium.open({ viewport: { width: 840, height: 900 } })).newPage();
    await page.goto(`${sandbox.apiUrl}/?device=${car}`);
    const box = await page.locator("#chart svg").boundingBox();
    const data = JSON.parse(
      (await page.locator("#chart .plot").getAttribute("data-chart")) ?? "{}",
    );
    // Two hours after the start, in the middle of the charge.
    const share = (2 * 3_600_000) / (data.to - data.from);
    const x = ((data.left + share * (data.right - data.left)) / 360) * (box?.width ?? 0);
    await page.mouse.move((box?.x ?? 0) + x, (box?.y ?? 0) + 60);
    const words = (await page.locator("#chart .readout").textContent()) ?? "";
    expect(words).toContain("Power 12 kW");
    expect(Number(/level ([\d.]+) %/.exec(words)?.[1])).toBeCloseTo(60, 0);
  });

  it.each(["light", "dark"] as const)(
    "is accessible and fits a phone in %s colours",
    async (colorScheme) => {
      const context = await chromium.open({ colorScheme, viewport: { width: 360, height: 740 } });
      const page = await context.newPage();
      const hvac = sandbox.devices.list("anna", "hvac")[0]?.id;
      for (const device of [car, hvac]) {
        await page.goto(`${sandbox.apiUrl}/?device=${device}`);
        await page.locator("#chart summary").first().click();
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
      }
      await context.close();
    },
  );
});
