import type { Link, Span, SpanContext } from "@opentelemetry/api";

/** Number of deliveries that are remembered. The oldest ones are forgotten first. */
const maxRemembered = 10_000;

interface DeliverySpans {
  /** That of the delivery. */
  readonly arrival: SpanContext;
  /** Those of the latest handlers of its events, by the index of the event. */
  readonly handlers: Map<number, SpanContext>;
}

/** The index of an event and the digest of its delivery, as in stores. */
interface EventKey {
  readonly digest: string;
  readonly index: number;
}

/**
 * Which spans belong to the events of a store, in the memory of this process: the contract of stores has no place for
 * them. Events that another process has received, or that come back after a restart, have no link.
 */
export class EventSpans {
  readonly #deliveries = new Map<string, DeliverySpans>();

  /** Remembers the span of a delivery; returns a function that forgets it. A copy does not replace the first one. */
  arrived(digest: string, span: Span): () => void {
    if (this.#deliveries.has(digest)) return () => undefined;
    for (const oldest of this.#deliveries.keys()) {
      if (this.#deliveries.size < maxRemembered) break;
      this.#deliveries.delete(oldest);
    }
    this.#deliveries.set(digest, { arrival: span.spanContext(), handlers: new Map() });
    return () => {
      this.#deliveries.delete(digest);
    };
  }

  /** Remembers the span of a handler of an event. */
  handled({ digest, index }: EventKey, span: Span): void {
    this.#deliveries.get(digest)?.handlers.set(index, span.spanContext());
  }

  /** The latest handler of an event. */
  handlerOf({ digest, index }: EventKey): SpanContext | undefined {
    return this.#deliveries.get(digest)?.handlers.get(index);
  }

  /** Links to the deliveries of events, one for each. */
  linksTo(events: readonly EventKey[]): Link[] {
    const digests = new Set(events.map(({ digest }) => digest));
    return [...digests].flatMap((digest) => {
      const delivery = this.#deliveries.get(digest);
      return delivery ? { context: delivery.arrival } : [];
    });
  }
}

/** The parts of `context.id` of a handler, `<digest>-<index>`. */
export function eventKey(id: string): EventKey {
  const end = id.lastIndexOf("-");
  return { digest: id.slice(0, end), index: Number(id.slice(end + 1)) };
}
