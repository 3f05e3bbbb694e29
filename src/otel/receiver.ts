import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { WebhookReceiver } from "../webhooks/receiver/receiver.ts";
import type {
  WebhookBatchHandler,
  WebhookContext,
  WebhookHandler,
} from "../webhooks/receiver/shared/handlers.ts";
import { attribute } from "./attributes.ts";
import { errorType, markFailed } from "./error-type.ts";
import { type EventSpans, eventKey } from "./event-spans.ts";
import type { Instruments } from "./instruments.ts";

/** The part of a `WebhookReceiver` that is observed. */
export type ObservableReceiver = Pick<
  WebhookReceiver,
  "handle" | "on" | "onBatch" | "onUnknown" | "hasStore" | "namespace" | "health"
>;

/** Where the spans and metrics of a receiver go. */
interface Observer {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  readonly spans: EventSpans;
}

/** One call of a handler. */
interface Handling {
  /** The name of the event, the pattern of a batch, or that the name is unknown. */
  readonly destination: string;
  readonly attributes: Attributes;
  /** The `createdAt` of its events. */
  readonly createdAt: readonly string[];
  /** The IDs of its events. */
  readonly ids: readonly string[];
  readonly signal: AbortSignal;
}

type UnknownHandler = NonNullable<ObservableReceiver["onUnknown"]>;
type AnyHandler = WebhookHandler<{ event: string; createdAt: string }>;
type AnyBatchHandler = WebhookBatchHandler<{ event: string; createdAt: string }>;

const system = "enode";
/** In place of names that the description does not have: those of attributes are of a small set. */
const unknown = "unknown";
const deliveryKey = createContextKey("delivery of enode-sdk");

/** The span of the delivery that is being answered, if any. */
export function activeDelivery(): Span | undefined {
  return context.active().getValue(deliveryKey) as Span | undefined;
}

/** Makes the deliveries of a receiver, and the handlers that are added from now on, spans. */
export function observeReceiver(receiver: ObservableReceiver, observer: Observer): void {
  // Bound, as these are methods of a class with private members.
  const on = receiver.on.bind(receiver) as (pattern: string, handler: AnyHandler) => () => void;
  const onBatch = receiver.onBatch.bind(receiver) as (
    pattern: string,
    handler: AnyBatchHandler,
    ...options: unknown[]
  ) => () => void;
  const { hasStore, onUnknown } = receiver;

  // Own members, so that a mirror that is attached, and every adapter, gets these.
  Object.assign(receiver, {
    handle: observeDeliveries(receiver.handle, observer),

    on(pattern: string, handler: AnyHandler) {
      // What is no function is refused by the receiver itself.
      if (typeof handler !== "function") return on(pattern, handler);
      const name = nameOf(handler);
      return on(pattern, (event, given) => {
        const handling = handlingOf(event.event, event.createdAt, name, given);
        return process(handling, hasStore, observer, () => handler(event, given));
      });
    },

    onBatch(pattern: string, handler: AnyBatchHandler, ...options: unknown[]) {
      if (typeof handler !== "function") return onBatch(pattern, handler, ...options);
      const name = nameOf(handler);
      const observed: AnyBatchHandler = (events, given) => {
        const handling: Handling = {
          destination: pattern,
          attributes: { ...name, [attribute.batchSize]: events.length },
          createdAt: events.map(({ createdAt }) => createdAt),
          ids: given.contexts.map(({ id }) => id),
          signal: given.signal,
        };
        return process(handling, hasStore, observer, () => handler(events, given));
      };
      return onBatch(pattern, observed, ...options);
    },

    onUnknown: onUnknown && observeUnknown(onUnknown, hasStore, observer),
  });
}

/** The handler of events that the description does not have. */
function observeUnknown(
  handler: UnknownHandler,
  hasStore: boolean,
  observer: Observer,
): UnknownHandler {
  const name = nameOf(handler);
  return (event, given) => {
    const handling = handlingOf(unknown, event.payload["createdAt"], name, given);
    return process(handling, hasStore, observer, () => handler(event, given));
  };
}

/** One call of a handler of single events. */
function handlingOf(
  destination: string,
  createdAt: unknown,
  name: Attributes,
  { id, attempt, signal }: WebhookContext,
): Handling {
  return {
    destination,
    attributes: { ...name, [attribute.messageId]: id, [attribute.attempt]: attempt },
    createdAt: typeof createdAt === "string" ? [createdAt] : [],
    ids: [id],
    signal,
  };
}

function observeDeliveries(
  handle: ObservableReceiver["handle"],
  { tracer, instruments }: Observer,
): (...given: Parameters<ObservableReceiver["handle"]>) => Promise<Response> {
  return (...given) => {
    const startedAt = performance.now();
    const parent = context.active();
    const span = tracer.startSpan(
      "receive webhook",
      { kind: SpanKind.CONSUMER, attributes: messaging("receive", "webhook") },
      parent,
    );
    const scope = trace.setSpan(parent, span).setValue(deliveryKey, span);
    return context.with(scope, async () => {
      // Never rejects. The text is a word about the outcome.
      const response = await handle(...given);
      const { status } = response;
      const outcome = await response.text();
      span.setAttributes({ [attribute.outcome]: outcome, [attribute.status]: status });
      if (status >= 500) markFailed(span, outcome);
      span.end();
      instruments.deliveryDuration.record(secondsSince(startedAt), {
        [attribute.outcome]: outcome,
        [attribute.status]: status,
      });
      return new Response(outcome, response);
    });
  };
}

/**
 * Runs a handler in a span of its own. Without a store that is below the delivery, which waits for it. With one it
 * begins a trace, linked to the delivery: the event may be handled much later, and again and again.
 */
async function process(
  { destination, attributes, createdAt, ids, signal }: Handling,
  hasStore: boolean,
  { tracer, instruments, spans }: Observer,
  handler: () => unknown,
): Promise<unknown> {
  const startedAt = performance.now();
  const keys = ids.map(eventKey);
  // Not the active context: with a store it is that of `start()`.
  const parent: Context = hasStore ? ROOT_CONTEXT : context.active();
  const links: Link[] = hasStore ? spans.linksTo(keys) : [];
  const common = messaging("process", destination);
  const span = tracer.startSpan(
    `process ${destination}`,
    { kind: SpanKind.CONSUMER, attributes: { ...common, ...attributes }, links },
    parent,
  );
  for (const key of keys) spans.handled(key, span);
  let failure: string | undefined;
  try {
    const result = await context.with(trace.setSpan(parent, span), handler);
    // It counts as failed, although it came to its end.
    if (signal.aborted) failure = "handler_timeout";
    return result;
  } catch (error) {
    failure = signal.aborted ? "handler_timeout" : errorType(error);
    throw error;
  } finally {
    if (failure !== undefined) {
      common[attribute.errorType] = failure;
      markFailed(span, failure);
    }
    span.end();
    instruments.processDuration.record(secondsSince(startedAt), common);
    if (failure === undefined) recordLag(createdAt, destination, instruments);
  }
}

function recordLag(
  createdAt: readonly string[],
  destination: string,
  { eventLag }: Instruments,
): void {
  for (const time of createdAt) {
    const lag = Date.now() - Date.parse(time);
    // The clocks of two machines differ.
    if (!Number.isNaN(lag)) {
      eventLag.record(Math.max(lag, 0) / 1_000, { [attribute.destination]: destination });
    }
  }
}

function messaging(operation: "receive" | "process", destination: string): Attributes {
  return {
    [attribute.system]: system,
    [attribute.operationName]: operation,
    [attribute.operationType]: operation,
    [attribute.destination]: destination,
  };
}

function nameOf(handler: { readonly name: string }): Attributes {
  return handler.name ? { [attribute.functionName]: handler.name } : {};
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}
