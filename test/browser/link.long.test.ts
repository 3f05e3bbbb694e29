import type { BrowserContext, Page } from "playwright-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withChromium } from "../support/services.ts";
import { startApp } from "./app.ts";
import { expectAccessible, expectNoSidewaysScroll, tabTo, watchConsole } from "./browsing.ts";

const HOSTILE = `<script>alert("x")</script>&'"`;

let sandbox: SandboxServer;
let app: Awaited<ReturnType<typeof startApp>>;
let enode: Enode;
let context: BrowserContext | undefined;
beforeEach(async () => {
  const fleet = [{ id: "anna", vehicles: [{ vendor: "TESLA" as const }] }];
  sandbox = await startSandbox({ seed: 5, clock: "manual", fleet });
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
  await context?.close();
  context = undefined;
  await sandbox.close();
  await app.close();
});

async function linkUrlFor(redirectUri: string, userId = "bob"): Promise<string> {
  const { linkUrl } = await enode.users.link(userId, {
    scopes: ["vehicle:read:data", "vehicle:control:charging", "charger:read:data"],
    language: "de-DE",
    redirectUri,
  });
  return linkUrl;
}

async function relinkUrlFor(redirectUri: string): Promise<string> {
  sandbox.invalidateCredentials("anna", "TESLA");
  const [device] = sandbox.devices.list("anna");
  const presentation = { language: "en-GB", redirectUri } as const;
  return (await enode.assets.relink(device?.id ?? "", presentation)).linkUrl;
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const expectHeading = (page: Page, text: string | RegExp) =>
  expect.poll(() => heading(page).textContent(), { timeout: 20_000 }).toMatch(text);
const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).click();

/** Goes through all steps that may be wrong, up to the last one. */
async function goToTheCode(page: Page, linkUrl: string): Promise<void> {
  await page.goto(linkUrl);
  await page.getByRole("link", { name: "BMW" }).click();
  await press(page, "Agree and continue");
  await press(page, /^locked@/);
  await expectHeading(page, "Sign in to BMW");
  await press(page, /^some@/);
  await expectHeading(page, "Which devices may BMW share?");
  await page.getByRole("link", { name: "Back" }).click();
  await press(page, /^code@/);
  await expectHeading(page, "Confirm your BMW account");
  await page.getByLabel("Code").fill("12345");
  await press(page, "Confirm");
  await page.getByText("The code has to be six digits.").waitFor();
}

/** Presses Back until the first step; each page has to be one of Link UI. */
async function backFrom(page: Page, headings: readonly (string | RegExp)[]): Promise<void> {
  for (const text of headings) {
    const answer = await page.goBack();
    expect(answer?.request().method()).toBe("GET");
    await expectHeading(page, text);
  }
}

withChromium("Link UI in a browser", (chromium) => {
  const open = async (options: Parameters<typeof chromium.open>[0] = {}) => {
    context = await chromium.open(options);
    return context.newPage();
  };

  it.each([true, false])("goes back on each page, with scripts: %s", async (javaScriptEnabled) => {
    const page = await open({ javaScriptEnabled });
    await goToTheCode(page, await linkUrlFor(app.url));
    await backFrom(page, [
      "Confirm your BMW account",
      "Sign in to BMW",
      "Which devices may BMW share?",
      "Sign in to BMW",
      "Sign in to BMW",
      "Share data of your BMW account",
      "Choose a brand",
    ]);
    await page.goForward();
    await expectHeading(page, "Share data of your BMW account");
    await page.reload();
    await expectHeading(page, "Share data of your BMW account");
  });

  it.each([true, false])(
    "says after success that the link was used, with scripts: %s",
    async (javaScriptEnabled) => {
      const page = await open({ javaScriptEnabled });
      await page.goto(await linkUrlFor(app.url));
      await page.getByRole("link", { name: "BMW" }).click();
      await press(page, "Agree and continue");
      await press(page, /^fine@/);
      await expectHeading(page, "Welcome back");
      expect(page.url()).toBe(app.url);
      // The page that leads to the app is none to go back to: it would lead there again.
      await backFrom(page, ["Link already used", "Link already used", "Link already used"]);
      await page.reload();
      await expectHeading(page, "Link already used");
      await page.getByRole("link", { name: "Return to the app" }).click();
      await expectHeading(page, "Welcome back");
    },
  );

  it("goes back to where the user left", async () => {
    const page = await open();
    await page.goto(await linkUrlFor(app.url));
    await page.getByRole("link", { name: "BMW" }).click();
    await page.getByRole("link", { name: "Leave and return to the app" }).click();
    await expectHeading(page, "Welcome back");
    expect(new URL(page.url()).searchParams.get("error")).toBe("user_exited");
    await backFrom(page, ["Share data of your BMW account", "Choose a brand"]);
  });

  // Chromium asks whether to open another program, and takes no click on the page until somebody answers; so the tests
  // press nothing after that.
  it("stays on a page that says so where no app opens the address", async () => {
    const page = await open();
    await page.goto(`${await linkUrlFor("myapp://linked")}?vendor=BMW&consent=given`);
    await press(page, /^fine@/);
    await expectHeading(page, "BMW is connected");
    expect(await page.getByText("myapp://linked", { exact: true }).isVisible()).toBe(true);
    const button = page.getByRole("link", { name: "Return to the app" });
    expect(await button.getAttribute("href")).toBe("myapp://linked");
    await page.reload();
    await expectHeading(page, "BMW is connected");
    await backFrom(page, ["Link already used"]);
    expect(sandbox.devices.list("bob")).not.toEqual([]);
  });

  it("tells an app that is not there that the user left, and stays", async () => {
    const page = await open();
    await page.goto(await linkUrlFor("myapp://linked"));
    const jump = page.waitForRequest(/^myapp:/);
    await page.getByRole("link", { name: "Leave and return to the app" }).click();
    await expectHeading(page, "Nothing was connected");
    expect(await page.getByText(/^myapp:\/\/linked\?error=user_exited/).isVisible()).toBe(true);
    expect((await jump).url()).toContain("error=user_exited");
    await backFrom(page, ["Choose a brand"]);
  });

  it("shows the address when Back leads from one that cannot be reached", async () => {
    const page = await open();
    const { url } = app;
    await app.close();
    await page.goto(await linkUrlFor(url));
    await page.getByRole("link", { name: "BMW" }).click();
    await press(page, "Agree and continue");
    await press(page, /^fine@/);
    await page.getByText("ERR_CONNECTION_REFUSED").waitFor();
    await page.goBack();
    await expectHeading(page, "Link already used");
    expect(await page.getByText(url, { exact: true }).isVisible()).toBe(true);
  });

  it("waits for a slow vendor by itself", async () => {
    const page = await open();
    const linkUrl = await linkUrlFor("myapp://linked");
    // So that the test does not have to wait as long.
    const ready = Date.now() + 1_500;
    await page.goto(`${linkUrl}?vendor=BMW&consent=given&step=wait&ready=${ready}`);
    await expectHeading(page, "Waiting for BMW");
    await expectHeading(page, "BMW is connected");
  });

  it("finds a brand while one types, and says when there is none", async () => {
    const page = await open();
    const expectNoComplaint = watchConsole(page);
    await page.goto(await linkUrlFor(app.url));
    const clear = page.getByRole("link", { name: "Clear" });
    expect(await clear.isVisible()).toBe(false);
    await page.getByLabel("Search brands").fill("zzz");
    await page.getByText("No brand fits “zzz”.").waitFor();
    expect(await page.getByRole("heading", { name: "Popular" }).isVisible()).toBe(false);
    await clear.click();
    await expect.poll(() => page.locator("#brands li:visible").count()).toBeGreaterThan(20);
    await page.getByRole("link", { name: "Chargers", exact: true }).click();
    await page.waitForURL(/kind=/);
    await page.getByLabel("Search brands").fill("w");
    await expect.poll(() => page.getByRole("link", { name: /^Wallbox/ }).isVisible()).toBe(true);
    expect(await page.getByRole("link", { name: /^BMW/ }).count()).toBe(0);
    expectNoComplaint();
  });

  it("has the focus where one goes on", async () => {
    const page = await open();
    await goToTheCode(page, await linkUrlFor(app.url));
    const code = page.getByLabel("Code");
    await expect.poll(() => code.evaluate("document.activeElement.id")).toBe("code");
    expect(await code.inputValue()).toBe("12345");
    await page.getByRole("link", { name: "Back" }).click();
    await press(page, /^wrong@/);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    await expect.poll(() => page.locator(":focus").textContent()).toContain("does not know");
    await tabTo(page, /^fine@/);
    await page.keyboard.press("Enter");
    await expectHeading(page, "Welcome back");
  });

  const COLOURS = [
    { colorScheme: "light" },
    { colorScheme: "dark" },
    { forcedColors: "active" },
  ] as const;
  it.each(COLOURS)("is accessible and fits 320 px in %o", async (colours) => {
    const viewport = { width: 320, height: 640 };
    const page = await open({ ...colours, viewport, reducedMotion: "reduce" });
    page.on("dialog", () => expect.fail("A page has run what somebody wrote"));
    const long = `myapp://linked/${"x".repeat(200)}?a='&b=2`;
    const linkUrl = await linkUrlFor(long, HOSTILE);
    const used = await linkUrlFor(long, HOSTILE);
    await sandbox.completeLink(used.split("/").pop() ?? "", { vendor: "AUDI", devices: 0 });
    const signIn = `${linkUrl}?vendor=BMW&consent=given`;
    const relinkUrl = await relinkUrlFor(long);
    const pages = [
      linkUrl,
      `${linkUrl}?q=zzz&kind=charger`,
      `${linkUrl}?vendor=BMW`,
      relinkUrl,
      signIn,
      `${signIn}&error=locked`,
      `${signIn}&step=code`,
      `${signIn}&step=code&error=code&code=1`,
      `${signIn}&step=devices`,
      `${signIn}&step=devices&error=devices`,
      `${signIn}&step=wait&ready=${Date.now() + 60_000}`,
      used,
      `${sandbox.linkUrl}/nothing`,
    ];
    const check = async () => {
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      expect(await page.evaluate(SMALL_TARGETS)).toEqual([]);
    };
    for (const address of pages) {
      await page.goto(address);
      await check();
    }
    await page.goto(signIn);
    await press(page, /^fine@/);
    await expectHeading(page, "BMW is connected");
    await check();
    await page.goto(`${await linkUrlFor(long, HOSTILE)}?step=exit`);
    await check();
  });
});

/** What one presses and would miss with a finger. */
const SMALL_TARGETS = `[...document.querySelectorAll("a, button, input:not([type=hidden]), label.choice")]
  .filter((each) => each.matches(":not(.choice input)") && each.getClientRects().length > 0)
  .filter((each) => each.getBoundingClientRect().height < 40)
  .map((each) => each.outerHTML)`;
