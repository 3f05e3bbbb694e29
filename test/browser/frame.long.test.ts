import type { Page } from "playwright-core";
import { afterEach, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import { expectAccessible, expectNoSidewaysScroll, watchConsole } from "./browsing.ts";

const open: SandboxServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(port = 0): Promise<SandboxServer> {
  const fleet = [{ id: "anna", vehicles: [{ vendor: "TESLA", batteryLevel: 20 }] }] as const;
  const server = await startSandbox({ port, clock: "manual", fleet: [...fleet] });
  open.push(server);
  return server;
}

const live = (page: Page) => page.getByText("Live", { exact: true });
const notice = (page: Page) => page.locator("#notice");

withChromium("the frame of the workbench", (chromium) => {
  it("says at the bottom what came of a command, for six seconds or until it is closed", async () => {
    const server = await start();
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.clock.install();
    await page.goto(server.apiUrl);
    await live(page).waitFor();
    const advance = page.getByRole("button", { name: "Advance 5 minutes" });
    await advance.click();
    await notice(page).getByText("The clock was advanced").waitFor();
    const box = await page.locator("#toast").boundingBox();
    expect(box?.y).toBeGreaterThan(600);
    await page.mouse.move(0, 0);
    await page.clock.fastForward(7_000);
    expect(await notice(page).textContent()).toBe("");

    await advance.click();
    await notice(page).getByText("The clock was advanced").waitFor();
    await page.locator("#toast").hover();
    await page.clock.fastForward(20_000);
    expect(await notice(page).textContent()).toContain("The clock was advanced");
    await page.getByRole("button", { name: "Close the message" }).click();
    expect(await notice(page).textContent()).toBe("");

    await page.getByLabel("Go to (UTC)").fill("2020-01-01T00:00");
    await page.getByRole("button", { name: "Set the time" }).click();
    await notice(page).getByText("is past").waitFor();
    expect(await page.locator("#toast.failed").count()).toBe(1);
    expectNoComplaint();
    await context.close();
  });

  it("says where one looks that the sandbox has ended, and goes on with the next one", async () => {
    const server = await start();
    const port = Number(new URL(server.apiUrl).port);
    const context = await chromium.open();
    const page = await context.newPage();
    await page.goto(`${server.apiUrl}/?tab=faults`);
    await live(page).waitFor();
    await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
    await server.close();
    const bar = page.getByRole("alert").getByText("The sandbox has ended");
    await bar.waitFor();
    expect(
      await page.evaluate("document.querySelector('#ended').getBoundingClientRect().bottom"),
    ).toBeLessThan(300);
    await page.getByRole("button", { name: "Advance 5 minutes" }).click();
    await notice(page).getByText("Nothing was done: the sandbox has ended.").waitFor();
    const next = await start(port);
    await live(page).waitFor();
    expect(await bar.count()).toBe(0);
    const begun = next.clock.now().getTime();
    await page.getByRole("button", { name: "Advance 5 minutes" }).click();
    await notice(page).getByText("The clock was advanced").waitFor();
    expect(next.clock.now().getTime()).toBe(begun + 300_000);
    await context.close();
  });

  it("keeps two tabs of one browser right", async () => {
    const server = await start();
    const context = await chromium.open();
    const [one, other] = [await context.newPage(), await context.newPage()];
    await one.goto(`${server.apiUrl}/?tab=faults`);
    await other.goto(`${server.apiUrl}/?tab=requests`);
    await live(one).waitFor();
    await live(other).waitFor();
    server.faults.set("slow");
    for (const page of [one, other])
      await page.locator("#alerts").getByText("Slow answers").waitFor();
    await other.getByRole("button", { name: "10× speed" }).click();
    for (const page of [one, other]) await page.locator("#clock").getByText("10×").waitFor();
    await other.getByRole("button", { name: "Pause the clock" }).click();
    for (const page of [one, other])
      await page.locator("#connection").getByText("Paused").waitFor();
    await one.getByRole("link", { name: "Webhooks" }).click();
    await one.getByRole("link", { name: "Connect" }).click();
    await one.goBack();
    expect(await one.locator("[aria-current=page]").textContent()).toBe("Webhooks");
    await one.goBack();
    await one.goForward();
    expect(new URL(one.url()).search).toBe("?tab=webhooks");
    await context.close();
  });

  it("names inactive webhooks in the title of a page that is open", async () => {
    const server = await start();
    const enode = new Enode({
      ...server.credentials,
      environment: "sandbox",
      baseUrl: server.apiUrl,
      tokenUrl: server.tokenUrl,
    });
    const context = await chromium.open();
    const page = await context.newPage();
    await page.goto(`${server.apiUrl}/?tab=faults`);
    await live(page).waitFor();
    await enode.webhooks.create({
      url: "http://127.0.0.1:9/nobody",
      secret: "s".repeat(32),
      events: ["*"],
    });
    server.devices.add("anna", "charger");
    server.clock.advance("2h");
    await server.deliver();
    await expect.poll(() => page.title()).toBe("(1 webhook inactive) Faults · Enode sandbox");
    await page.getByRole("link", { name: /^1 webhook inactive/ }).click();
    expect(new URL(page.url()).search).toBe("?tab=webhooks");
    await context.close();
  });

  it("is small on phones, with tabs that a thumb can hit", async () => {
    const server = await start();
    server.faults.set("slow");
    const context = await chromium.open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    const page = await context.newPage();
    for (const tab of ["fleet", "faults", "connect"]) {
      await page.goto(`${server.apiUrl}/?tab=${tab}`);
      await live(page).waitFor();
      const header = await page.locator("header.frame").boundingBox();
      expect(header?.height).toBeLessThanOrEqual(120);
      await expectNoSidewaysScroll(page);
      for (const link of await page.locator(".tabs a").all())
        expect((await link.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    }
    await page.getByRole("button", { name: "Clock…" }).tap();
    await page.getByRole("button", { name: "1 hour" }).tap();
    await notice(page).getByText("The clock was advanced").waitFor();
    await expectAccessible(page);
    await context.close();
  });

  it("leads past the header by the keyboard", async () => {
    const server = await start();
    const context = await chromium.open();
    const page = await context.newPage();
    await page.goto(server.apiUrl);
    await live(page).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.locator("main:focus").count()).toBe(1);
    await context.close();
  });

  it("shows in forced colours, by a word and by colour, which faults are on", async () => {
    const server = await start();
    const context = await chromium.open({ forcedColors: "active" });
    const page = await context.newPage();
    await page.goto(`${server.apiUrl}/?tab=faults`);
    await live(page).waitFor();
    const slow = page.getByRole("switch", { name: "Slow answers" });
    const look = () =>
      page.evaluate(
        "getComputedStyle(document.querySelector('#fault-slow .toggle')).backgroundColor",
      );
    const off = await look();
    await slow.click();
    await page.locator("#fault-slow").getByText("On", { exact: true }).waitFor();
    expect(await look()).not.toBe(off);
    await page.getByLabel("Only requests of").first().selectOption("listVehicles");
    await notice(page).getByText("Applied to 1 fault: Only listVehicles.").waitFor();
    expect(server.faults.list()).toMatchObject([{ fault: { operation: "listVehicles" } }]);
    await expectAccessible(page);
    await context.close();
  });

  it("tries an operation in the page, and keeps what was typed", async () => {
    const server = await start();
    const context = await chromium.open();
    const page = await context.newPage();
    const expectNoComplaint = watchConsole(page);
    await page.goto(`${server.apiUrl}/?tab=connect`);
    await live(page).waitFor();
    await expectAccessible(page);
    await page.getByLabel("Search operations").fill("controlVehicleCharging");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "controlVehicleCharging" }).click();
    await live(page).waitFor();
    await page.getByLabel("Body").fill('{"action": "NOTHING"}');
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("heading", { name: "Answer 400" }).waitFor();
    expect(await page.getByLabel("Body", { exact: true }).inputValue()).toBe(
      '{"action": "NOTHING"}',
    );
    await page.getByLabel("Body", { exact: true }).fill('{"action": "START"}');
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("heading", { name: "Answer 200" }).waitFor();
    await expectAccessible(page);
    expectNoComplaint();
    await context.close();
  });
});
