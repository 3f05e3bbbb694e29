import type { Counter, Histogram, Meter, MetricOptions, UpDownCounter } from "@opentelemetry/api";

/** Limits of buckets that the conventions give to durations of HTTP, in s. */
const short = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** From a second to a day: outages last that long, and then events are late. */
const long = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

const seconds = (description: string, limits = short): MetricOptions => ({
  description,
  unit: "s",
  advice: { explicitBucketBoundaries: limits },
});

/** What is recorded as it happens. */
export interface Instruments {
  readonly requestDuration: Histogram;
  readonly activeRequests: UpDownCounter;
  readonly callDuration: Histogram;
  readonly retries: Counter;
  readonly tokenDuration: Histogram;
  readonly deliveryDuration: Histogram;
  readonly processDuration: Histogram;
  readonly eventLag: Histogram;
  readonly deadLetters: Counter;
  readonly storeDuration: Histogram;
}

export function createInstruments(meter: Meter): Instruments {
  return {
    requestDuration: meter.createHistogram(
      "http.client.request.duration",
      seconds("Duration of HTTP client requests."),
    ),
    activeRequests: meter.createUpDownCounter("http.client.active_requests", {
      description: "Number of active HTTP requests.",
      unit: "{request}",
    }),
    callDuration: meter.createHistogram(
      "enode.call.duration",
      seconds("Duration of calls, with tokens, retries and waits."),
    ),
    retries: meter.createCounter("enode.call.retries", {
      description: "Failed requests that were sent again.",
      unit: "{retry}",
    }),
    tokenDuration: meter.createHistogram(
      "enode.token.duration",
      seconds("Time to obtain an access token."),
    ),
    deliveryDuration: meter.createHistogram(
      "enode.delivery.duration",
      seconds("Time to answer deliveries of webhooks."),
    ),
    processDuration: meter.createHistogram(
      "messaging.process.duration",
      seconds("Duration of handlers of events."),
    ),
    eventLag: meter.createHistogram(
      "enode.event.lag",
      seconds("Time from the creation of an event to the end of its handler.", long),
    ),
    deadLetters: meter.createCounter("enode.event.dead_letters", {
      description: "Events that were given up.",
      unit: "{event}",
    }),
    storeDuration: meter.createHistogram(
      "enode.store.duration",
      seconds("Duration of calls of stores."),
    ),
  };
}
