import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Watches what a page complains of; call what it returns to hold that there was nothing. */
export function watchConsole(page: Page): () => void {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return () => expect(complaints).toEqual([]);
}

const axeSource = await readFile(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** Holds that axe finds nothing serious or critical on the page. */
export function expectAccessible(page: Page): Promise<void> {
  return expectNothingFound(page, {});
}

/** The rules of axe that look at colours: the others find the same in each colour scheme of one page. */
const rulesOfColours = ["color-contrast", "link-in-text-block"];

/** Holds that axe finds nothing wrong with the colours of a page that {@link expectAccessible} has seen in others. */
export function expectAccessibleColours(page: Page): Promise<void> {
  return expectNothingFound(page, { runOnly: rulesOfColours });
}

async function expectNothingFound(page: Page, options: object): Promise<void> {
  await page.evaluate(axeSource);
  // Nothing reads what passed, and describing each element that did takes most of the time.
  const run = `axe.run(${JSON.stringify({ resultTypes: ["violations"], ...options })})`;
  // What was put into the page has no type here.
  const { violations } = (await page.evaluate(run)) as AxeResults;
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const found = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  expect(found).toEqual([]);
}

/** Holds that nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const excess = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
  expect(excess).toBeLessThanOrEqual(0);
}

/** Presses Tab until the focus is on what has this name, as somebody without a mouse does. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    // Behind the last thing on the page nothing has the focus.
    if ((await focused.count()) === 0) continue;
    const snapshot = await focused.ariaSnapshot();
    const label = /"(.*)"/.exec(snapshot)?.[1] ?? "";
    if (typeof name === "string" ? label === name : name.test(label)) return;
  }
  throw new Error(`Tab does not lead to ${String(name)}`);
}
