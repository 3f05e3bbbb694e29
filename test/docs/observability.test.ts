import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Meter } from "@opentelemetry/api";
import ts from "typescript";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { Enode } from "../../src/enode.ts";
import * as enodeSdk from "../../src/index.ts";
import { attribute } from "../../src/otel/attributes.ts";
import * as otel from "../../src/otel/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { memoryStorage } from "../../src/storage/index.ts";
import * as sqlite from "../../src/storage/sqlite/index.ts";
import * as webhooks from "../../src/webhooks/index.ts";
import { useOpenTelemetry } from "../otel/support/observed.ts";
import { treeOf } from "../otel/support/span-tree.ts";
import { exampleOf } from "../support/webhook-events.ts";

const observed = useOpenTelemetry();
const at = (path: string) => fileURLToPath(new URL(`../../docs/guides/${path}`, import.meta.url));
const guide = readFileSync(at("observability.md"), "utf8");
const dashboard = JSON.parse(readFileSync(at("grafana-dashboard.json"), "utf8"));
const secret = webhooks.generateWebhookSecret();

/** The text block after a comment. */
function blockAfter(comment: string): string {
  const [, section = ""] = guide.split(`<!-- ${comment} -->\n`);
  return /^```text\n([\s\S]*?)\n?```/.exec(section)?.[1] ?? "";
}

describe("the set-up of the guide", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("observes a call, a delivery and its handler", async () => {
    const sandbox = createSandbox({ seed: 1, fleet: { users: 1, vehiclesPerUser: 1 } });
    vi.stubEnv("ENODE_CLIENT_ID", sandbox.credentials.clientId);
    vi.stubEnv("ENODE_CLIENT_SECRET", sandbox.credentials.clientSecret);
    vi.stubEnv("ENODE_ENVIRONMENT", "sandbox");
    vi.stubEnv("ENODE_WEBHOOK_SECRET", secret);
    vi.stubGlobal("fetch", sandbox.fetch);
    const modules: Readonly<Record<string, object>> = {
      "enode-sdk": enodeSdk,
      "enode-sdk/otel": otel,
      "enode-sdk/storage/sqlite": sqlite,
      "enode-sdk/webhooks": webhooks,
    };
    const [, code = ""] = /^```ts\n([\s\S]*?)^```/m.exec(guide) ?? [];
    const { outputText } = ts.transpileModule(code.replace("enode.db", ":memory:"), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
    });
    const exported = {} as {
      enode: Enode;
      receiver: webhooks.WebhookReceiver;
      storage: ReturnType<typeof sqlite.sqliteStorage>;
    };
    new Function("require", "exports", outputText)((name: string) => modules[name], exported);
    const { enode, receiver, storage } = exported;
    receiver.on("user:vehicle:updated", () => {});

    await enode.vehicles.list();
    await receiver.handle(
      await webhooks.webhookRequest([exampleOf("user:vehicle:updated")] as never, { secret }),
    );
    await receiver.drain();
    storage.close();
    vi.unstubAllGlobals();

    const names = observed.spans().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "listVehicles",
        "GET /vehicles",
        "receive webhook",
        "eventStore.append",
        "process user:vehicle:updated",
      ]),
    );
  });
});

describe("the spans that the guide shows", () => {
  it("are those of a call with a retry", async () => {
    // The wait is half of what it may be.
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const sandbox = createSandbox({ seed: 1, fleet: { users: 1, vehiclesPerUser: 1 } });
    const { hooks } = observed.observability;
    const { fetch, credentials } = sandbox;
    const enode = new Enode({ ...credentials, environment: "sandbox", fetch, hooks });
    const [vehicle] = sandbox.devices.list();
    sandbox.faults.next({ operation: "getVehicle", status: 503 });

    await enode.vehicles.get(vehicle?.id ?? "");

    expect(treeOf(observed.spans())).toBe(blockAfter("spans of a call"));
  });

  it("are those of a delivery with three events, one of which is given up", async () => {
    const { eventStore } = observed.observability.storage(memoryStorage());
    const receiver = observed.observability.receiver(
      new webhooks.WebhookReceiver({
        secret,
        store: eventStore,
        concurrency: 1,
        onError: () => {},
      }),
    );
    receiver.on("user:*:updated", function keepLevel() {});
    receiver.on("user:vehicle:deleted", function forget() {
      throw new webhooks.DiscardError();
    });
    const events = [
      exampleOf("user:vehicle:updated"),
      exampleOf("user:charger:updated"),
      exampleOf("user:vehicle:deleted"),
    ];

    await receiver.handle(await webhooks.webhookRequest(events as never, { secret }));
    await receiver.drain();

    expect(treeOf(observed.spans())).toBe(blockAfter("spans of a delivery"));
  });
});

interface Metric {
  name: string;
  unit: string;
  kind: string;
  description: string;
}

/** All metrics, as they are made. */
function metricsOf(): Metric[] {
  const found: Metric[] = [];
  const make =
    (kind: string) =>
    (name: string, { unit = "", description = "" } = {}) => {
      found.push({ name, unit, kind, description });
      return {};
    };
  const meter = {
    createHistogram: make("histogram"),
    createCounter: make("counter"),
    createUpDownCounter: make("up-down counter"),
    createObservableGauge: make("gauge"),
    addBatchObservableCallback: () => {},
  } as unknown as Meter;
  const { receiver } = otel.openTelemetry({ meterProvider: { getMeter: () => meter } });
  receiver(new webhooks.WebhookReceiver({ secret }));
  return found;
}

/** The series by which Prometheus knows a metric, as its exporter and collectors name them. */
function seriesOf({ name, unit, kind }: Metric): string[] {
  const base = name.replaceAll(".", "_") + (unit === "s" ? "_seconds" : "");
  if (kind === "histogram") return ["_bucket", "_count", "_sum"].map((end) => base + end);
  return [kind === "counter" ? `${base}_total` : base];
}

/** The series and labels that a query of Prometheus reads. */
function namesIn(query: string): string[] {
  return query.replaceAll(/"[^"]*"/g, "").match(/\b(?:enode|http|messaging)_\w+/g) ?? [];
}

const known = new Set(metricsOf().flatMap(seriesOf));
/** The attributes, as labels of Prometheus. */
const labels = new Set(Object.values(attribute).map((name) => name.replaceAll(".", "_")));

describe("the metrics of the guide", () => {
  it("are all that there are, with their units and kinds", () => {
    const rows = metricsOf().map(
      ({ name, unit, kind, description }) =>
        `| \`${name}\` | ${unit === "" ? "" : `\`${unit}\``} | ${kind} | ${description} |`,
    );
    const table = guide.split("| metric | unit | kind | what it says |\n")[1] ?? "";

    expect(table.split("\n\n")[0]?.split("\n").slice(1).join("\n")).toBe(rows.join("\n"));
  });
});

describe("the dashboard", () => {
  const queries: string[] = dashboard.panels.flatMap(
    ({ targets = [] }: { targets?: { expr: string }[] }) => targets.map(({ expr }) => expr),
  );

  it("reads series that exist, and all metrics", () => {
    const used = queries.flatMap(namesIn).filter((series) => !labels.has(series));
    expect(used.filter((series) => !known.has(series))).toEqual([]);
    const unused = metricsOf().filter((each) => !seriesOf(each).some((one) => used.includes(one)));
    expect(unused.map(({ name }) => name)).toEqual([]);
  });

  it("has panels with titles of their own, in a grid without overlaps", () => {
    const panels: { title: string; gridPos: { x: number; y: number; w: number; h: number } }[] =
      dashboard.panels;
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe("the alerts", () => {
  const [, yaml = ""] = /^```yaml\n([\s\S]*?)^```/m.exec(guide) ?? [];
  const rules: { alert: string; expr: string; annotations: { summary: string } }[] =
    parse(yaml).groups[0].rules;

  it.each(rules)("$alert reads series that exist", ({ expr, annotations }) => {
    const used = namesIn(expr).filter((series) => !labels.has(series));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((series) => !known.has(series))).toEqual([]);
    expect(annotations.summary).toMatch(/\.$/);
  });

  it("are noticed when they read what does not exist", () => {
    expect(namesIn('rate(enode_calls_total{error_type!=""}[5m])')).toEqual(["enode_calls_total"]);
    expect(known).not.toContain("enode_calls_total");
  });
});
