import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach } from "vitest";
import { type Observability, openTelemetry } from "../../../src/otel/index.ts";

/** One row of a metric: a value, or how many values a histogram has. */
export interface Point {
  readonly attributes: Record<string, unknown>;
  readonly value: number;
  /** Sum of the values of a histogram. */
  readonly sum: number | undefined;
}

/** What the real SDK has received. */
export interface Observed {
  /** A new one for each test, which goes to the exporters in memory. */
  observability: Observability;
  /** The spans that have ended, in that order. */
  spans(name?: string): ReadableSpan[];
  /** The only span of a name. */
  span(name: string): ReadableSpan;
  /** The metrics that have values, with their units. */
  units(): Promise<Map<string, string>>;
  /** The rows of a metric. */
  points(metric: string): Promise<Point[]>;
}

/** Call it at the top of a test file: registers an SDK for each test, as an app does, and removes it afterwards. */
export function useOpenTelemetry(): Observed {
  let exporter: InMemorySpanExporter;
  let metricExporter: InMemoryMetricExporter;
  let tracerProvider: BasicTracerProvider;
  let meterProvider: MeterProvider;

  async function collect() {
    metricExporter.reset();
    await meterProvider.forceFlush();
    return metricExporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  }

  const observed: Observed = {
    // Set before each test.
    observability: undefined as never,
    spans: (name) =>
      exporter.getFinishedSpans().filter((each) => name === undefined || each.name === name),
    span(name) {
      const found = observed.spans(name);
      const [only] = found;
      if (found.length === 1 && only) return only;
      const names = observed.spans().map((each) => each.name);
      throw new Error(`${found.length} spans are called ${name}. There are: ${names.join(", ")}`);
    },
    units: async () =>
      new Map((await collect()).map(({ descriptor: { name, unit } }) => [name, unit])),
    async points(metric) {
      const found = (await collect()).filter(({ descriptor }) => descriptor.name === metric);
      return found.flatMap(({ dataPoints }) =>
        dataPoints.map(({ attributes, value }) =>
          typeof value === "number"
            ? { attributes, value, sum: undefined }
            : { attributes, value: value.count, sum: "sum" in value ? value.sum : undefined },
        ),
      );
    },
  };

  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    let ids = 0;
    const nextId = (digits: number) => (++ids).toString(16).padStart(digits, "0");
    tracerProvider = new BasicTracerProvider({
      // The usual one takes them from Math.random(), which tests replace.
      idGenerator: { generateTraceId: () => nextId(32), generateSpanId: () => nextId(16) },
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    meterProvider = new MeterProvider({
      readers: [
        // It exports when a test asks for it.
        new PeriodicExportingMetricReader({
          exporter: metricExporter,
          exportIntervalMillis: 2 ** 31 - 1,
          exportTimeoutMillis: 2 ** 31 - 1,
        }),
      ],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(tracerProvider);
    metrics.setGlobalMeterProvider(meterProvider);
    observed.observability = openTelemetry();
  });
  afterEach(async () => {
    context.disable();
    trace.disable();
    metrics.disable();
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
  });
  return observed;
}

/** Whether one span is directly below another. */
export function isBelow(span: ReadableSpan, parent: ReadableSpan): boolean {
  return (
    span.parentSpanContext?.spanId === parent.spanContext().spanId &&
    span.spanContext().traceId === parent.spanContext().traceId
  );
}
