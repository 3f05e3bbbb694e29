import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { context, metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openTelemetry } from "../../src/otel/index.ts";
import { memoryStorage } from "../../src/storage/index.ts";
import { WebhookReceiver } from "../../src/webhooks/index.ts";
import { createClient, stubFetch } from "../support/stub.ts";
import { deliver, SECRET, vehicleEvent } from "../webhooks/receiver/support/deliveries.ts";

const program = fileURLToPath(
  new URL("../support/programs/other-opentelemetry.ts", import.meta.url),
);

beforeEach(() => {
  context.disable();
  trace.disable();
  metrics.disable();
});

/** A call, a delivery with a store, and one without. */
async function useEverything(observability: ReturnType<typeof openTelemetry>) {
  const { hooks } = observability;
  const { eventStore } = observability.storage(memoryStorage());
  const user = await createClient({ fetch: stubFetch(), hooks }).users.get("u-1");
  const handled = vi.fn();
  const outcomes: string[] = [];
  for (const options of [{ store: eventStore }, {}]) {
    const receiver = observability.receiver(new WebhookReceiver({ secret: SECRET, ...options }));
    receiver.on("user:vehicle:updated", handled);
    outcomes.push(await (await deliver(receiver, [vehicleEvent("v-1")])).text());
    if (receiver.hasStore) await receiver.drain();
  }
  return { user, handled: handled.mock.calls.length, outcomes };
}

const asUsual = { user: { id: "ok" }, handled: 2, outcomes: ["stored", "handled"] };

describe("without an SDK", () => {
  it("everything works as usual, and nothing is recorded", async () => {
    expect(await useEverything(openTelemetry())).toEqual(asUsual);
  });
});

describe("with providers of its own and no context manager", () => {
  it("spans and metrics go there, each span by itself", async () => {
    const exporter = new InMemorySpanExporter();
    const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const tracerProvider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const reader = new PeriodicExportingMetricReader({ exporter: metricExporter });
    const meterProvider = new MeterProvider({ readers: [reader] });

    expect(await useEverything(openTelemetry({ tracerProvider, meterProvider }))).toEqual(asUsual);
    await reader.forceFlush();

    const spans = exporter.getFinishedSpans();
    const names = spans.map(({ name }) => name);
    expect(names).toContain("getUser");
    // Which request is of which call is not known, and so no wait.
    const call = spans.find(({ name }) => name === "getUser");
    expect(call?.attributes).not.toHaveProperty("enode.wait.duration");
    const request = spans.find(({ name }) => name === "GET /users/{userId}");
    expect(request?.attributes["server.address"]).toBe("enode-api.sandbox.enode.io");
    expect(names.filter((name) => name === "process user:vehicle:updated")).toHaveLength(2);
    expect(metricExporter.getMetrics().length).toBeGreaterThan(0);
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
  });
});

describe("openTelemetry()", () => {
  it.each([
    [null, "options", "takes an object of options"],
    [{ tracer: 1 }, "tracer", "did you mean tracerProvider?"],
    [{ tracerProvider: {} }, "tracerProvider", "must be a TracerProvider"],
    [{ meterProvider: 1 }, "meterProvider", "must be a MeterProvider"],
  ])("refuses %j", (options, parameter, message) => {
    const make = () => openTelemetry(options as never);

    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "invalid_option", parameter }));
  });

  it("refuses what is no receiver and what is no storage", () => {
    const observability = openTelemetry();

    expect(() => observability.receiver({} as never)).toThrow("must be a WebhookReceiver");
    expect(() => observability.receiver(undefined as never)).toThrow("must be a WebhookReceiver");
    expect(() => observability.storage(undefined as never)).toThrow("takes a storage");
  });
});

describe("the entry says what to install", () => {
  it.each([
    [
      "missing",
      { code: "ERR_MODULE_NOT_FOUND", message: expect.stringContaining("'@opentelemetry/api'") },
    ],
    [
      "old",
      {
        name: "ConfigurationError",
        code: "invalid_option",
        message:
          "enode-sdk/otel needs the package @opentelemetry/api, version 1.3 or newer, not an older one: npm install @opentelemetry/api",
      },
    ],
  ])("where @opentelemetry/api is %s", async (condition, expected) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, condition]);

    expect(JSON.parse(stdout)).toMatchObject(expected);
  });
});
