// Observes a call, a delivery and its handler with the @opentelemetry/api beside it and an SDK of its time. Prints what came
// of it.
import { createRequire } from "node:module";
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
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Enode } from "enode-sdk";
import { openTelemetry } from "enode-sdk/otel";
import { createSandbox } from "enode-sdk/sandbox";
import { memoryStorage } from "enode-sdk/storage";
import { WebhookReceiver, webhookRequest } from "enode-sdk/webhooks";

const spans = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor(spans);
const tracerProvider = new BasicTracerProvider({ spanProcessors: [processor] });
const reader = new PeriodicExportingMetricReader({
  exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
});
const meterProvider = new MeterProvider({ readers: [reader] });
// SDKs of version 1 are given them afterwards.
tracerProvider.addSpanProcessor?.(processor);
meterProvider.addMetricReader?.(reader);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(tracerProvider);
metrics.setGlobalMeterProvider(meterProvider);

async function observe({ hooks, receiver: observed, storage }) {
  spans.reset();
  const sandbox = createSandbox({ seed: 1, fleet: { users: 1, vehiclesPerUser: 1 } });
  const { credentials, fetch } = sandbox;
  const enode = new Enode({ ...credentials, environment: "sandbox", fetch, hooks });
  const [vehicle] = await enode.vehicles.list().toArray({ limit: 1 });
  const secret = "a-secret-of-this-program";
  const { eventStore } = storage(memoryStorage());
  const receiver = observed(new WebhookReceiver({ secret, store: eventStore }));
  receiver.on("user:vehicle:updated", () => {});
  const createdAt = new Date().toISOString();
  const user = { id: vehicle.userId };
  const event = { event: "user:vehicle:updated", createdAt, version: "2024-10-01", user, vehicle };
  await receiver.handle(await webhookRequest([event], { secret }));
  await receiver.drain();

  const finished = spans.getFinishedSpans();
  const one = (name) => {
    const found = finished.find((span) => span.name === name);
    if (!found) throw new Error(`No span is called ${name}: ${finished.map((span) => span.name)}`);
    return found;
  };
  const parentOf = (span) => span.parentSpanContext?.spanId ?? span.parentSpanId;
  const call = one("listVehicles").spanContext().spanId;
  for (const name of ["obtain access token", "GET /vehicles"]) {
    if (parentOf(one(name)) !== call) throw new Error(`${name} is not below its call`);
  }
  const [link] = one("process user:vehicle:updated").links;
  if (link?.context.spanId !== one("receive webhook").spanContext().spanId) {
    throw new Error("The handler is not linked to its delivery");
  }
}

await observe(openTelemetry());
await observe(createRequire(import.meta.url)("enode-sdk/otel").openTelemetry());
const { resourceMetrics } = await reader.collect();
const names = resourceMetrics.scopeMetrics.flatMap((scope) =>
  scope.metrics.map(({ descriptor }) => descriptor.name),
);
for (const name of [
  "http.client.request.duration",
  "enode.event.lag",
  "enode.receiver.circuit_open",
]) {
  if (!names.includes(name)) throw new Error(`No metric is called ${name}: ${names}`);
}
console.log("spans, links and metrics work");
await tracerProvider.shutdown();
await meterProvider.shutdown();
