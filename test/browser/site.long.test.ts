import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestChromium, withChromium, withSite } from "../support/services.ts";
import {
  expectAccessible,
  expectAccessibleColours,
  expectNoSidewaysScroll,
  watchConsole,
} from "./browsing.ts";

const pages = [
  "/",
  "/guides/five-minutes.html",
  "/guides/webhooks.html",
  "/guides/storage.html",
  "/performance.html",
  "/reference/resources/",
  "/reference/resources/vehicles.html",
  "/reference/events/user-vehicle-updated.html",
  "/reference/errors.html",
  "/reference/api/enode-sdk/",
  "/reference/api/enode-sdk/classes/Enode.html",
];

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

withSite("the site of the documentation", (folder) => {
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    server = createServer(async ({ url = "/" }, response) => {
      const { pathname } = new URL(url, "http://localhost");
      const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
      const body = await readFile(join(folder, normalize(path))).catch(() => undefined);
      response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream");
      response.writeHead(body ? 200 : 404).end(body ?? (await readFile(join(folder, "404.html"))));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  withChromium("in a browser", (chromium) => {
    it.each(pages)("%s can be used by everybody: light, dark, on a phone", async (path) => {
      const page = await open(chromium, path, {
        colorScheme: "light",
        // Colours on their way from one scheme to the other are those of neither.
        reducedMotion: "reduce",
        viewport: { width: 1280, height: 900 },
      });
      await expectAccessible(page);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.locator("html.dark").waitFor();
      await expectAccessibleColours(page);
      await page.setViewportSize({ width: 390, height: 844 });
      await expectNoSidewaysScroll(page);
    });

    it("is dark where the system is", async () => {
      const page = await open(chromium, "/guides/webhooks.html", { colorScheme: "dark" });
      expect(await page.evaluate("document.documentElement.classList.contains('dark')")).toBe(true);
    });

    it("has its navigation on a phone", async () => {
      const page = await open(chromium, "/guides/webhooks.html", {
        viewport: { width: 390, height: 844 },
      });
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("link", { name: "When things go wrong" }).first().click();
      await page.waitForURL("**/guides/outages.html");
    });

    it("searches as its index was built", async () => {
      const page = await open(chromium, "/", { viewport: { width: 1280, height: 900 } });
      await page.getByRole("button", { name: "Search" }).first().click();
      await page.getByRole("searchbox").fill("user:vehicle:updated");
      await page.locator(".VPLocalSearchBox .result").first().waitFor();
      expect(
        await page.locator(".VPLocalSearchBox .result").first().getAttribute("href"),
      ).toContain("/reference/events/user-vehicle-updated");
    });

    it("has a page for what is not there", async () => {
      const page = await open(chromium, "/nothing.html", {}, false);
      await page.getByText("There is no such page").waitFor();
    });
  });

  async function open(
    chromium: TestChromium,
    path: string,
    options: Parameters<TestChromium["open"]>[0],
    isThere = true,
  ): Promise<Page> {
    const page = await (await chromium.open(options)).newPage();
    const expectQuiet = watchConsole(page);
    await page.goto(`${origin}${path}`);
    await page.waitForLoadState("networkidle");
    if (isThere) expectQuiet();
    return page;
  }
});
