import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { attribute } from "../../../src/otel/attributes.ts";

/** Writes spans as the guide shows them: each under its parent, without what differs from run to run. */
export function treeOf(spans: readonly ReadableSpan[]): string {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const isRoot = ({ parentSpanContext }: ReadableSpan) =>
    !byId.has(parentSpanContext?.spanId ?? "");
  return inOrder(spans.filter(isRoot))
    .flatMap((span) => linesOf(span, spans, byId))
    .join("\n");
}

function linesOf(
  span: ReadableSpan,
  spans: readonly ReadableSpan[],
  byId: ReadonlyMap<string, ReadableSpan>,
): string[] {
  const isChild = ({ parentSpanContext }: ReadableSpan) =>
    parentSpanContext?.spanId === span.spanContext().spanId;
  const failed = span.status.code === SpanStatusCode.ERROR ? " ERROR" : "";
  const links = span.links.map(({ context }) => `link to: ${byId.get(context.spanId)?.name}`);
  const events = span.events.map(({ name, attributes }) => `event ${name}: ${flat(attributes)}`);
  const own = [...fieldsOf(span.attributes), ...links, ...events].map((line) => `    ${line}`);
  const below = inOrder(spans.filter(isChild)).flatMap((each) => linesOf(each, spans, byId));
  return [
    `${span.name} [${SpanKind[span.kind]}]${failed}`,
    ...own,
    ...below.map((line) => `  ${line}`),
  ];
}

function fieldsOf(attributes: ReadableSpan["attributes"]): string[] {
  return Object.entries(attributes).map(([name, value]) => {
    // The time that it took.
    return `${name}: ${name === attribute.waited ? "…" : short(value)}`;
  });
}

function flat(attributes: ReadableSpan["attributes"] = {}): string {
  return fieldsOf(attributes).join(", ");
}

/** Digests are shortened. */
function short(value: unknown): string {
  return String(value).replace(/^([0-9a-f]{8})[0-9a-f]{56}/, "$1…");
}

function inOrder(spans: readonly ReadableSpan[]): ReadableSpan[] {
  const startOf = ({ startTime: [seconds, nanoseconds] }: ReadableSpan) =>
    BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  return spans.toSorted((one, other) => Number(startOf(one) - startOf(other)));
}
