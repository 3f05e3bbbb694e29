import { globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { webhookEventNames } from "../../generated/events.ts";
import { operations } from "../../generated/operations.ts";
import { WebhookEventSchema } from "../../generated/schemas.ts";
import { eventPage } from "../../scripts/site/pages/events.ts";
import { renderPages } from "../../scripts/site/pages.ts";
import { readDescription } from "../../scripts/site/shared/api.ts";
import { TypePages } from "../../scripts/site/shared/types.ts";
import { readCodes, readErrors } from "../../scripts/site/source/errors.ts";
import { readResources } from "../../scripts/site/source/resources.ts";
import { readSandboxEvents } from "../../scripts/site/source/sandbox-events.ts";
import { guideSections } from "../../scripts/site/structure.ts";
import { faultsOf } from "../support/event-contract.ts";
import { root } from "./support/compile-examples.ts";

const pages = await renderPages(new TypePages(root, "docs/reference/api"));
const textOf = (path: string) => pages.get(path) ?? "";
const vehicles = textOf("resources/vehicles.md");

describe("the pages of resources", () => {
  const all = [...pages].filter(([path]) => path.startsWith("resources/")).map(([, text]) => text);

  it.each(Object.entries(operations))("name the HTTP request of %s", (_id, { method, path }) => {
    expect(all.some((text) => text.includes(`**\`${method} ${path}\`**`))).toBe(true);
  });

  it("tell unit, example and when it is null of a property", () => {
    const row = vehicles
      .split("\n")
      .find((line) => line.startsWith("| <code>chargeState.<wbr>chargeRate<"));
    expect(row).toBe(
      "| <code>chargeState.<wbr>chargeRate</code> | number | kW | unless charging | `10.8` | Present charging power, in kW. |",
    );
  });

  it("show an example of most properties, from calls and from what the sandbox delivers", () => {
    const rows = all.flatMap((text) => propertyRows(text));
    const shown = rows.filter(({ Example = "" }) => Example !== "");
    expect(rows.length).toBeGreaterThan(400);
    expect(shown.length / rows.length).toBeGreaterThan(0.85);
  });

  it("tell of each number in which unit it is, but for years and a status", () => {
    const bare = all
      .flatMap((text) => propertyRows(text))
      .filter(({ Type, Unit = "" }) => Type === "number" && Unit === "")
      .map(({ Property = "" }) => Property.replaceAll(/`|<.*?>/g, ""));
    expect([...new Set(bare)].sort()).toEqual(["information.year", "response.code"]);
  });

  it("tell of what can be null when it is", () => {
    const rows = all.flatMap((text) => propertyRows(text));
    const silent = rows.filter(
      (row) => /(?<!never )\bnull\b/i.test(row["Meaning"] ?? "") && (row["Null when"] ?? "") === "",
    );
    expect(silent.map(({ Property, Meaning }) => `${Property} ${Meaning}`)).toEqual([]);
  });

  it("say that a command is sent again only when it has not arrived, and a read always", () => {
    const [, read = "", command = ""] =
      /## get \{#get\}([\s\S]*?)## startCharging \{#startcharging\}([\s\S]*?)\n## /.exec(
        vehicles,
      ) ?? [];
    expect(read).toContain("- Sent again after a failure");
    expect(command).toContain("- Sent again only when Enode has certainly not received it");
  });

  it("name the stage, the scope and the errors", () => {
    expect(textOf("resources/batteries.md")).toContain("- Stage: beta.");
    expect(vehicles).toContain("`vehicle:control:charging`");
    expect(vehicles).toContain(
      "| 422 | [`UnprocessableError`](/reference/errors.md#unprocessableerror) |",
    );
  });
});

describe("the doc comments of resources", () => {
  const methods = readResources().flatMap((resource) => resource.methods);

  it.each(methods.map((method) => [method.call, method] as const))(
    "%s has an example",
    (_, method) => {
      expect(method.comment.examples).not.toEqual([]);
    },
  );

  it.each(methods.map((method) => [method.call, method] as const))(
    "%s explains its parameters",
    (_, method) => {
      const unexplained = method.parameters
        .map(({ name }) => name.replace("...", ""))
        .filter((name) => !method.comment.params.has(name));
      expect(unexplained).toEqual([]);
    },
  );
});

describe("the payloads of events", async () => {
  const delivered = await readSandboxEvents();

  it("are made by the sandbox, all of them", () => {
    expect([...delivered.keys()].sort()).toEqual([...webhookEventNames].sort());
  });

  it.each(webhookEventNames)("fit the schema of %s", (event) => {
    const text = textOf(`events/${event.replaceAll(":", "-")}.md`);
    const [, payload = ""] = /```json\n([\s\S]*?)\n```/.exec(text) ?? [];
    expect(JSON.parse(payload)).toEqual(delivered.get(event));
    const checked = WebhookEventSchema.safeParse(JSON.parse(payload));
    expect(checked.error).toBeUndefined();
    expect(checked.data && faultsOf(checked.data)).toEqual([]);
  });

  it("are the same each time", async () => {
    expect(await readSandboxEvents()).toEqual(delivered);
  });

  it("are those of the description where the sandbox makes none", async () => {
    const types = new TypePages(root, "docs/reference/api");
    const sources = { description: await readDescription(), types, delivered: new Map() };
    const text = eventPage("system:heartbeat", sources);
    expect(text).toContain("The example of the API's description");
  });
});

describe("the pages of events", () => {
  it.each(webhookEventNames)("show %s with its payload and a handler", (event) => {
    const text = textOf(`events/${event.replaceAll(":", "-")}.md`);
    expect(text).toContain(`"event": "${event}"`);
    expect(text).toContain(`receiver.on("${event}", `);
    expect(text).toMatch(/^## What the mirror does with it\n\n\S/m);
  });

  it("tell what the mirror does", () => {
    const index = textOf("events/index.md");
    expect(index).toMatch(/user:vehicle:deleted`.*marks the device as deleted/);
    expect(index).toMatch(/user:credentials:invalidated`.*reads the user's linked accounts again/);
    expect(index).toMatch(/system:heartbeat`.*ignores it/);
  });
});

describe("the page of errors", () => {
  const text = textOf("errors.md");

  it.each(readErrors().map(({ name }) => name))("has a section for %s", (name) => {
    expect(text).toContain(`{#${name.toLowerCase()}}`);
  });

  it.each([...readCodes("ErrorCode"), ...readCodes("WebhookErrorCode")])(
    "has the code %s",
    (code) => {
      expect(text).toContain(`### ${code} {#`);
    },
  );

  it("has what all errors of actions have", () => {
    const [, section = ""] = /\n## ActionFailedError ([\s\S]*?)\n## /.exec(text) ?? [];
    expect(section).toContain("| `failureReason` |");
    expect(section).toContain("Guard: `isActionFailedError(error)`");
  });

  it("links each code to a class that there is", () => {
    const anchors = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor);
    const missing = anchors.filter((anchor) => !text.includes(`{#${anchor}}`));
    expect(missing).toEqual([]);
  });
});

it("each guide has its place in the sidebar", () => {
  const listed = guideSections.flatMap(({ pages: links }) => links.map(({ path }) => path));
  const files = globSync("guides/*.md", { cwd: `${root}docs` });
  expect(listed.filter((path) => path.startsWith("guides/")).sort()).toEqual(
    files.map((file) => file.replace(/\.md$/, "")).sort(),
  );
});

/** The rows of the tables of properties on a page, by the titles of the columns. */
function propertyRows(text: string): Record<string, string>[] {
  return [...text.matchAll(/^\| Property \|.*\n\|[-| ]+\n(?:\|.*\n)*/gm)].flatMap(([found]) => {
    const [head = [], , ...rows] = found
      .trimEnd()
      .split("\n")
      .map((line) =>
        line
          .slice(2, -2)
          .split(/(?<!\\) \| /)
          .map((cell) => cell.trim()),
      );
    return rows.map((cells) =>
      Object.fromEntries(cells.map((cell, at): [string, string] => [head[at] ?? "", cell])),
    );
  });
}
