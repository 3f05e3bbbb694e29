import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { ClaimedEvent, DeliveryRecord, Storage } from "../storage/contracts/index.ts";
import { attribute } from "./attributes.ts";
import { errorType, markFailed } from "./error-type.ts";
import type { EventSpans } from "./event-spans.ts";
import type { Instruments } from "./instruments.ts";
import { activeDelivery } from "./receiver.ts";

/** Stores under the names that they have in a `Storage`, some or all. */
export type ObservableStores = Partial<Omit<Storage, "describe">>;

/** The methods of each store, and whether calls of it are observed. */
type Methods = {
  readonly [Kind in keyof ObservableStores]-?: Readonly<
    Record<keyof NonNullable<ObservableStores[Kind]>, boolean>
  >;
};

const methods: Methods = {
  tokenStore: { get: true, set: true, delete: true, lease: true },
  userStore: {
    link: true,
    get: true,
    getByEnodeUserId: true,
    beginErasure: true,
    listErasing: true,
    remove: true,
  },
  deviceStore: {
    upsert: true,
    get: true,
    getMany: true,
    list: true,
    listByUser: true,
    remove: true,
    findDuplicates: true,
  },
  eventStore: {
    append: true,
    appendAndClaim: true,
    claim: true,
    complete: true,
    completeMany: true,
    fail: true,
    postpone: true,
    renew: true,
    counts: true,
    // It only begins something, and is no call that takes time.
    listen: false,
    deadLetters: true,
    revive: true,
    discard: true,
    prune: true,
    erase: true,
  },
  activityLog: { record: true, list: true, prune: true, erase: true },
  readingStore: {
    append: true,
    series: true,
    read: true,
    rolledDays: true,
    rollUp: true,
    staleDays: true,
    saveDays: true,
    prune: true,
    erase: true,
  },
};

/** Where the spans and metrics of stores go. */
interface Observer {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  readonly spans: EventSpans;
}

type Method = (...given: unknown[]) => Promise<unknown>;

/** The same stores, whose calls are spans and metrics. What they have besides is reached as before. */
export function observeStores<Stores extends object>(stores: Stores, observer: Observer): Stores {
  const observed = new Map<PropertyKey, object>();
  return new Proxy(stores, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === "function") return value.bind(target);
      if (!isKind(name) || typeof value !== "object" || value === null) return value;
      const known = observed.get(name) ?? observeStore(name, value, observer);
      observed.set(name, known);
      return known;
    },
  });
}

function isKind(name: PropertyKey): name is keyof Methods {
  return Object.hasOwn(methods, name);
}

function observeStore(kind: keyof Methods, store: object, observer: Observer): object {
  const observable: Readonly<Record<string, boolean>> = methods[kind];
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      // An optional method that is missing stays so.
      if (typeof value !== "function") return value;
      const method = value.bind(target) as Method;
      if (typeof name !== "string" || !Object.hasOwn(observable, name)) return method;
      if (!observable[name]) return method;
      return (...given: unknown[]) => callStore(kind, name, given, method, observer);
    },
  });
}

async function callStore(
  kind: string,
  name: string,
  given: unknown[],
  method: Method,
  { tracer, instruments, spans }: Observer,
): Promise<unknown> {
  const startedAt = performance.now();
  const attributes: Attributes = { [attribute.store]: kind, [attribute.storeMethod]: name };
  const parent = parentOf(kind, name, given, spans);
  // Without a parent it would be a trace of its own for each poll of a worker.
  const span = trace.getSpan(parent)
    ? tracer.startSpan(`${kind}.${name}`, { kind: SpanKind.INTERNAL, attributes }, parent)
    : undefined;
  const forget = kind === "eventStore" ? rememberDelivery(name, given, spans) : undefined;
  try {
    const scope = span ? trace.setSpan(parent, span) : parent;
    const result = await context.with(scope, () => method(...given));
    if (kind === "eventStore" && name === "fail" && isDeadLetter(given) && result === true) {
      span?.setAttribute(attribute.isDeadLetter, true);
      instruments.deadLetters.add(1);
    }
    return result;
  } catch (error) {
    forget?.();
    attributes[attribute.errorType] = errorType(error);
    if (span) markFailed(span, errorType(error));
    throw error;
  } finally {
    span?.end();
    instruments.storeDuration.record((performance.now() - startedAt) / 1_000, attributes);
  }
}

/** What settles an event belongs to the trace of its handler, which has ended by then. */
function parentOf(
  kind: string,
  name: string,
  given: readonly unknown[],
  spans: EventSpans,
): Context {
  const active = context.active();
  if (kind !== "eventStore" || (name !== "complete" && name !== "fail")) return active;
  const handler = spans.handlerOf(given[0] as ClaimedEvent);
  return handler ? trace.setSpanContext(active, handler) : active;
}

/** Remembers by which delivery events come into the store; returns the function that forgets it. */
function rememberDelivery(
  name: string,
  given: readonly unknown[],
  spans: EventSpans,
): (() => void) | undefined {
  if (name !== "append" && name !== "appendAndClaim") return undefined;
  const delivery: Span | undefined = activeDelivery();
  if (!delivery) return undefined;
  const { digest, events } = given[0] as DeliveryRecord;
  delivery.setAttribute(attribute.batchSize, events.length);
  return spans.arrived(digest, delivery);
}

/** Whether the third argument of `fail`, when to try again, is missing. */
function isDeadLetter(given: readonly unknown[]): boolean {
  return given[2] === undefined;
}
