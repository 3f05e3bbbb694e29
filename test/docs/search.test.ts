import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import MiniSearch from "minisearch";
import { beforeAll, expect, it } from "vitest";
import { type SearchIndex, search } from "../../scripts/site/search.ts";
import { withSite } from "../support/services.ts";

/** What somebody types, and the page that is meant. Of two pages that are both right either may come first. */
const questions: readonly (readonly [question: string, ...pages: string[]])[] = [
  ["GET /vehicles", "reference/resources/vehicles"],
  ["POST /vehicles/{vehicleId}/charging", "reference/resources/vehicles"],
  ["PUT /tariffs/{tariffId}", "reference/resources/tariffs"],
  ["/health/ready", "reference/resources/service"],
  ["controlChargerCharging", "reference/resources/chargers"],
  ["user:vehicle:updated", "reference/events/user-vehicle-updated"],
  ["user:credentials:invalidated", "reference/events/user-credentials-invalidated"],
  ["system:heartbeat", "reference/events/system-heartbeat"],
  ["dead letter", "guides/outages", "guides/webhooks"],
  ["rate limit", "guides/calls", "reference/errors"],
  ["429", "reference/errors", "guides/calls"],
  ["relink", "reference/resources/assets", "guides/linking"],
  ["tariff", "reference/resources/tariffs", "guides/automation"],
  ["HTTPS_PROXY", "guides/connections"],
  ["Jest", "guides/testing"],
  ["isRateLimitError", "reference/errors"],
  ["signature_mismatch", "reference/errors", "guides/webhooks"],
  ["startCharging", "reference/resources/vehicles", "reference/resources/chargers"],
  ["SmartChargingPolicy", "reference/resources/vehicles"],
  ["reconcile", "guides/storage", "reference/api/enode-sdk/mirror/classes/Mirror"],
  ["several processes", "guides/tokens"],
  ["Lambda", "guides/webhooks", "guides/frameworks"],
  ["charging sessions chart", "guides/charts-and-notifications"],
  ["push notification", "guides/charts-and-notifications"],
  [
    "onTransition",
    "guides/charts-and-notifications",
    "reference/api/enode-sdk/mirror/classes/Mirror",
  ],
  ["readingSink", "reference/api/enode-sdk/history/functions/readingSink"],
];

withSite("the search of the site", (folder) => {
  let index: SearchIndex;

  beforeAll(async () => {
    const [file] = globSync("assets/chunks/@localSearchIndexroot.*.js", { cwd: folder });
    const { default: text }: { default: string } = await import(
      pathToFileURL(join(folder, file ?? "")).href
    );
    index = MiniSearch.loadJSON(text, {
      fields: ["title", "titles", "text"],
      storeFields: ["title", "titles"],
      searchOptions: search.searchOptions,
      ...search.options,
    });
  });

  /** The page of the first hit. */
  function firstPage(question: string): string {
    const [hit] = index.search(question);
    return String(hit?.id)
      .replace(/^\//, "")
      .replace(/\.html.*/, "");
  }

  it.each(questions)("finds the page for %s first", (question, ...pages) => {
    expect(pages).toContain(firstPage(question));
  });

  it("finds nothing for what is not there", () => {
    expect(index.search("qqqqzzzz")).toEqual([]);
  });
});
