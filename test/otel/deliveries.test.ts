import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DiscardError } from "../../src/errors/index.ts";
import { Mirror } from "../../src/mirror/index.ts";
import { memoryStorage } from "../../src/storage/index.ts";
import { WebhookReceiver, type WebhookReceiverOptions } from "../../src/webhooks/index.ts";
import { createClient, stubFetch } from "../support/stub.ts";
import { exampleOf } from "../support/webhook-events.ts";
import { deliver, SECRET, vehicleEvent } from "../webhooks/receiver/support/deliveries.ts";
import { isBelow, useOpenTelemetry } from "./support/observed.ts";

const observed = useOpenTelemetry();
const name = "user:vehicle:updated";
const processing = `process ${name}`;
const started: WebhookReceiver[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((receiver) => receiver.stop()));
});

function inlineReceiver(options: Partial<WebhookReceiverOptions> = {}): WebhookReceiver {
  return observed.observability.receiver(
    new WebhookReceiver({
      secret: SECRET,
      onError: () => {},
      ...options,
    } as WebhookReceiverOptions),
  );
}

function storingReceiver(options: Partial<WebhookReceiverOptions> = {}): WebhookReceiver {
  const { eventStore } = observed.observability.storage(memoryStorage());
  return inlineReceiver({ store: eventStore, ...options });
}

describe("a delivery without a store", () => {
  it("is a span with its handlers below it", async () => {
    const receiver = inlineReceiver();
    receiver.on(name, function keepLevel() {});

    const answer = await deliver(receiver, [vehicleEvent("v-1"), vehicleEvent("v-2")]);

    expect([answer.status, await answer.text()]).toEqual([200, "handled"]);
    const delivery = observed.span("receive webhook");
    expect(delivery.kind).toBe(SpanKind.CONSUMER);
    expect(delivery.attributes).toEqual({
      "messaging.system": "enode",
      "messaging.operation.name": "receive",
      "messaging.operation.type": "receive",
      "messaging.destination.name": "webhook",
      "enode.delivery.outcome": "handled",
      "http.response.status_code": 200,
    });
    const handlers = observed.spans(processing);
    expect(handlers).toHaveLength(2);
    expect(handlers.every((each) => isBelow(each, delivery))).toBe(true);
    expect(handlers[0]?.kind).toBe(SpanKind.CONSUMER);
    expect(handlers[0]?.attributes).toEqual({
      "messaging.system": "enode",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": name,
      "messaging.message.id": expect.stringMatching(/^[0-9a-f]{64}-0$/),
      "code.function.name": "keepLevel",
      "enode.event.attempt": 1,
    });
  });

  it("that fails is a failed span, and so is its handler", async () => {
    const receiver = inlineReceiver();
    receiver.on(name, () => {
      throw new TypeError("with the ID v-1 in its message");
    });

    expect((await deliver(receiver, [vehicleEvent("v-1")])).status).toBe(500);

    expect(observed.span("receive webhook").status).toEqual({ code: SpanStatusCode.ERROR });
    expect(observed.span(processing).status).toEqual({ code: SpanStatusCode.ERROR });
    expect(observed.span(processing).attributes["error.type"]).toBe("TypeError");
  });

  it("that is refused is not a fault of the receiver", async () => {
    const receiver = inlineReceiver();

    await deliver(receiver, [vehicleEvent("v-1")], { secret: "another-secret" });

    const { attributes, status } = observed.span("receive webhook");
    expect(attributes["http.response.status_code"]).toBe(401);
    expect(attributes["enode.delivery.outcome"]).toBe("signature_mismatch");
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it("is below the span of the server's request, and answers as before", async () => {
    const receiver = inlineReceiver();
    receiver.on(name, () => {});

    await trace.getTracer("app").startActiveSpan("POST /webhooks", async (span) => {
      const answer = await receiver.handle(new Request("https://app.test/", { method: "GET" }));
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
      span.end();
    });

    expect(isBelow(observed.span("receive webhook"), observed.span("POST /webhooks"))).toBe(true);
  });

  it("has a span for each batch", async () => {
    const receiver = inlineReceiver();
    receiver.onBatch("user:vehicle:*", () => {});

    await deliver(receiver, [vehicleEvent("v-1"), vehicleEvent("v-2"), vehicleEvent("v-3")]);

    const batch = observed.span("process user:vehicle:*");
    expect(batch.attributes["messaging.batch.message_count"]).toBe(3);
    expect(isBelow(batch, observed.span("receive webhook"))).toBe(true);
  });
});

describe("a delivery with a store", () => {
  it("has its append below it; its events are traces of their own, linked to it", async () => {
    const receiver = storingReceiver();
    receiver.on(name, () => {});

    await deliver(
      receiver,
      ["v-1", "v-2", "v-3"].map((id) => vehicleEvent(id)),
    );
    expect((await receiver.drain()).handled).toBe(3);

    const delivery = observed.span("receive webhook");
    expect(delivery.attributes).toMatchObject({
      "enode.delivery.outcome": "stored",
      "messaging.batch.message_count": 3,
    });
    expect(isBelow(observed.span("eventStore.append"), delivery)).toBe(true);
    const handlers = observed.spans(processing);
    expect(handlers).toHaveLength(3);
    const traces = new Set([delivery, ...handlers].map((span) => span.spanContext().traceId));
    expect(traces.size).toBe(4);
    for (const handler of handlers) {
      expect(handler.parentSpanContext).toBeUndefined();
      expect(handler.links.map((link) => link.context)).toEqual([delivery.spanContext()]);
    }
  });

  it("is linked to its events also where a worker takes them with the delivery", async () => {
    const receiver = storingReceiver();
    const handled = vi.fn();
    receiver.on(name, handled);
    started.push(receiver);
    receiver.start();
    // The worker is loaded.
    await receiver.counts();

    await deliver(receiver, [vehicleEvent("v-1")]);
    await vi.waitFor(() => expect(observed.spans(processing)).toHaveLength(1));

    expect(observed.span(processing).links.map((link) => link.context)).toEqual([
      observed.span("receive webhook").spanContext(),
    ]);
    await vi.waitFor(() => expect(observed.spans("eventStore.complete")).toHaveLength(1));
    expect(isBelow(observed.span("eventStore.complete"), observed.span(processing))).toBe(true);
  });

  it("keeps its link when a copy of it arrives", async () => {
    const receiver = storingReceiver();
    receiver.on(name, () => {});
    const event = vehicleEvent("v-1");

    await deliver(receiver, [event]);
    await deliver(receiver, [event]);
    await receiver.drain();

    const [first] = observed.spans("receive webhook");
    expect(observed.span(processing).links.map((link) => link.context)).toEqual([
      first?.spanContext(),
    ]);
  });

  it("gets the link of the copy that was kept", async () => {
    const storage = memoryStorage();
    vi.spyOn(storage.eventStore, "append").mockRejectedValueOnce(new Error("down"));
    const { eventStore } = observed.observability.storage(storage);
    const receiver = inlineReceiver({ store: eventStore });
    receiver.on(name, () => {});
    const event = vehicleEvent("v-1");

    expect((await deliver(receiver, [event])).status).toBe(503);
    await deliver(receiver, [event]);
    await receiver.drain();

    const [failed, kept] = observed.spans("receive webhook");
    expect(failed?.attributes["enode.delivery.outcome"]).toBe("store_failed");
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(observed.span(processing).links.map((link) => link.context)).toEqual([
      kept?.spanContext(),
    ]);
  });

  it("has no link where another process has received it", async () => {
    const storage = memoryStorage();
    const elsewhere = new WebhookReceiver({ secret: SECRET, store: storage.eventStore });
    await deliver(elsewhere, [vehicleEvent("v-1")]);
    const { eventStore } = observed.observability.storage(storage);
    const receiver = inlineReceiver({ store: eventStore });
    receiver.on(name, () => {});

    await receiver.drain();

    expect(observed.span(processing).links).toEqual([]);
  });

  it("whose event is given up has a dead letter in the trace of its last attempt", async () => {
    const receiver = storingReceiver();
    receiver.on(name, () => {
      throw new DiscardError("of user-1");
    });

    await deliver(receiver, [vehicleEvent("v-1")]);
    await receiver.drain();

    const settled = observed.span("eventStore.fail");
    expect(isBelow(settled, observed.span(processing))).toBe(true);
    expect(settled.attributes).toEqual({
      "enode.store.name": "eventStore",
      "enode.store.method": "fail",
      "enode.event.dead_letter": true,
    });
    expect(observed.span(processing).attributes["error.type"]).toBe("discarded");
    expect(await observed.points("enode.event.dead_letters")).toMatchObject([{ value: 1 }]);
  });

  it("links a batch to each delivery of its events, once", async () => {
    const receiver = storingReceiver();
    receiver.onBatch(name, () => {});

    await deliver(receiver, [vehicleEvent("v-1"), vehicleEvent("v-2")]);
    await deliver(receiver, [vehicleEvent("v-3")]);
    await receiver.drain();

    const linked = observed.span(processing).links.map((link) => link.context.spanId);
    const deliveries = observed.spans("receive webhook").map((span) => span.spanContext().spanId);
    expect(linked.toSorted()).toEqual(deliveries.toSorted());
    expect(linked).toHaveLength(2);
  });

  it("says which handler took too long", async () => {
    const receiver = storingReceiver({ handlerTimeout: 50 });
    receiver.on(name, (_event, { signal }) => {
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    });

    await deliver(receiver, [vehicleEvent("v-1")]);
    await receiver.drain();
    await vi.waitFor(() => expect(observed.spans(processing)).toHaveLength(1));

    expect(observed.span(processing).attributes["error.type"]).toBe("handler_timeout");
  });

  it("has no span for what workers ask a store while nothing happens", async () => {
    const receiver = storingReceiver();
    receiver.on(name, () => {});

    await receiver.drain();

    expect(observed.spans()).toEqual([]);
    const names = (await observed.points("enode.store.duration")).map(
      ({ attributes }) => attributes["enode.store.method"],
    );
    expect(names).toContain("claim");
  });
});

describe("an event of an unknown name", () => {
  const newEvent = () => vehicleEvent("v-1", "", "user:boiler:updated");

  it("is a span below its delivery, without its name", async () => {
    const inside: unknown[] = [];
    const receiver = inlineReceiver({
      onUnknown: function noteNews({ event }) {
        inside.push([event, trace.getActiveSpan()?.spanContext()]);
      },
    });

    await deliver(receiver, [newEvent()]);

    const handler = observed.span("process unknown");
    expect(handler.kind).toBe(SpanKind.CONSUMER);
    expect(isBelow(handler, observed.span("receive webhook"))).toBe(true);
    expect(inside).toEqual([["user:boiler:updated", handler.spanContext()]]);
    expect(handler.attributes).toEqual({
      "messaging.system": "enode",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": "unknown",
      "code.function.name": "noteNews",
      "messaging.message.id": expect.stringMatching(/^[0-9a-f]{64}-0$/),
      "enode.event.attempt": 1,
    });
    expect(await observed.points("enode.event.lag")).toMatchObject([
      { attributes: { "messaging.destination.name": "unknown" }, value: 1 },
    ]);
  });

  it("begins a trace that is linked to its delivery where there is a store", async () => {
    const receiver = storingReceiver({ onUnknown: () => {} });

    await trace.getTracer("app").startActiveSpan("timer", async (span) => {
      await deliver(receiver, [newEvent()]);
      await receiver.drain();
      span.end();
    });

    const handler = observed.span("process unknown");
    expect(handler.parentSpanContext).toBeUndefined();
    expect(handler.links.map((link) => link.context)).toEqual([
      observed.span("receive webhook").spanContext(),
    ]);
    expect(isBelow(observed.span("eventStore.complete"), handler)).toBe(true);
  });

  it("fails its span with its handler, and comes again", async () => {
    const receiver = inlineReceiver({
      onUnknown: () => {
        throw new TypeError("of user-1");
      },
    });

    const { createdAt: _, ...undated } = newEvent();
    expect((await deliver(receiver, [undated])).status).toBe(500);

    expect(observed.span("process unknown").attributes["error.type"]).toBe("TypeError");
  });

  it("has no span where nothing handles it", async () => {
    const receiver = inlineReceiver();

    expect(await (await deliver(receiver, [newEvent()])).text()).toBe("handled");

    expect(observed.spans().map((span) => span.name)).toEqual(["receive webhook"]);
  });
});

describe.each([
  { what: "without a store", make: inlineReceiver },
  { what: "with a store and a worker", make: storingReceiver },
])("twenty deliveries at the same time, $what,", ({ make }) => {
  it("have each its own context in its handlers, and leave none behind", async () => {
    const receiver = make({ concurrency: 5 });
    const tracer = trace.getTracer("app");
    const seen = new Map<string, string | undefined>();
    receiver.on(name, async ({ vehicle }) => {
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((resolve) => setTimeout(resolve, Number(vehicle.id.slice(2)) % 4));
        // What a handler calls is below the handler.
        tracer.startSpan(`work for ${vehicle.id}`).end();
      }
      seen.set(vehicle.id, trace.getActiveSpan()?.spanContext().spanId);
    });
    if (receiver.hasStore) {
      started.push(receiver);
      // As apps do it: in the span of their start.
      tracer.startActiveSpan("start of the app", (span) => {
        receiver.start();
        span.end();
      });
    }

    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        tracer.startActiveSpan(`request ${at}`, async (span) => {
          await deliver(receiver, [vehicleEvent(`v-${at}`)]);
          span.end();
        }),
      ),
    );
    await vi.waitFor(() => expect(observed.spans(processing)).toHaveLength(20));

    const deliveries = observed.spans("receive webhook");
    const used = new Set<string>();
    for (let at = 0; at < 20; at++) {
      const delivery = deliveries.find((each) => isBelow(each, observed.span(`request ${at}`)));
      const handler = observed
        .spans(processing)
        .find((each) => each.spanContext().spanId === seen.get(`v-${at}`));
      const origin = receiver.hasStore
        ? handler?.links.map((link) => link.context.spanId)
        : [handler?.parentSpanContext?.spanId];
      expect(origin).toEqual([delivery?.spanContext().spanId]);
      if (receiver.hasStore) expect(handler?.parentSpanContext).toBeUndefined();
      used.add(`${handler?.spanContext().spanId}`);
      const work = observed.spans(`work for v-${at}`);
      expect(work).toHaveLength(3);
      expect(work.every((each) => handler && isBelow(each, handler))).toBe(true);
    }
    expect(used.size).toBe(20);
    expect(trace.getSpan(context.active())).toBeUndefined();
  });
});

describe("a receiver", () => {
  it("makes spans of a mirror that is attached, and metrics of its store", async () => {
    const storage = observed.observability.storage(memoryStorage());
    const { hooks } = observed.observability;
    const enode = createClient({ fetch: stubFetch(), hooks });
    const receiver = inlineReceiver({ namespace: enode.namespace });
    new Mirror({ enode, store: storage.deviceStore }).attach(receiver);

    await deliver(receiver, [exampleOf("user:vehicle:updated") as never]);

    const [handler] = observed.spans().filter(({ name: each }) => each.startsWith("process "));
    expect(handler && isBelow(handler, observed.span("receive webhook"))).toBe(true);
    // It writes what several handlers have at once, so that this belongs to none of them.
    expect(observed.spans("deviceStore.upsert")).toEqual([]);
    const methods = (await observed.points("enode.store.duration")).map(
      ({ attributes }) => attributes["enode.store.method"],
    );
    expect(methods).toContain("upsert");
  });

  it("is the same one, whatever wraps it, and however often", async () => {
    const receiver = inlineReceiver();

    expect(observed.observability.receiver(receiver)).toBe(receiver);
    receiver.on(name, () => {});
    await deliver(receiver, [vehicleEvent("v-1")]);

    expect(observed.spans("receive webhook")).toHaveLength(1);
    expect(observed.spans(processing)).toHaveLength(1);
  });

  it("refuses what is no handler as before, and removes handlers", async () => {
    const receiver = inlineReceiver();
    expect(() => receiver.on(name, "no function" as never)).toThrow("handler must be a function");
    expect(() => receiver.onBatch(name, 1 as never)).toThrow("handler must be a function");

    const handler = vi.fn();
    receiver.on(name, handler)();
    receiver.onBatch(name, handler, { maxSize: 2 })();
    await deliver(receiver, [vehicleEvent("v-1")]);

    expect(handler).not.toHaveBeenCalled();
  });
});
