/** Checked by `npm run types`, not run: what the types of a receiver allow, and what they do not. */
import type { RequestListener } from "node:http";
import type { HttpHandler } from "@azure/functions";
import type { HttpFunction } from "@google-cloud/functions-framework";
import type { RequestHandler } from "express";
import type { FastifyPluginAsync } from "fastify";
import type Koa from "koa";
import type * as types from "../../../generated/types.ts";
import type { Enode } from "../../../src/index.ts";
import type { ActionEvents } from "../../../src/resources/actions.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import * as webhooks from "../../../src/webhooks/index.ts";
import {
  type IncomingDelivery,
  type UnknownWebhookEvent,
  type WebhookContext,
  type WebhookEventFor,
  type WebhookEventName,
  WebhookReceiver,
} from "../../../src/webhooks/index.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<_T extends true> = true;
type NameFor<Pattern extends string> = WebhookEventFor<Pattern>["event"];

declare const receiver: WebhookReceiver;
declare const enode: Enode;

export type PatternsStandForTheEventsThatTheyMatch = [
  Expect<Equal<WebhookEventFor<"*">, types.WebhookEvent>>,
  Expect<Equal<WebhookEventFor<"user:vehicle:updated">, types.VehicleUpdatedEvent>>,
  Expect<Equal<WebhookEventFor<"system:*">, types.SystemHeartbeatEvent>>,
  Expect<
    Equal<
      NameFor<"user:vehicle:*">,
      | "user:vehicle:discovered"
      | "user:vehicle:updated"
      | "user:vehicle:deleted"
      | "user:vehicle:smart-charging-status-updated"
    >
  >,
  Expect<Equal<NameFor<"user:*:deleted">, Extract<WebhookEventName, `user:${string}:deleted`>>>,
  // `*` stands for no text as well, and may stand in the middle of a word.
  Expect<Equal<WebhookEventFor<"user:vehicle:updated*">, types.VehicleUpdatedEvent>>,
  Expect<Equal<WebhookEventFor<"user:h*ac:upd*ted">, types.HvacUpdatedEvent>>,
  Expect<Equal<WebhookEventFor<"nothing:*">, never>>,
];

export function handlersAreTypedByTheirPattern(): void {
  receiver.on("user:vehicle:updated", (event, context) => {
    const _event: Expect<Equal<typeof event, types.VehicleUpdatedEvent>> = true;
    const _context: Expect<Equal<typeof context, WebhookContext>> = true;
    return [_event, _context];
  });
  receiver.on("*", (event) => {
    const _event: Expect<Equal<typeof event, types.WebhookEvent>> = true;
    return _event;
  });
  receiver.on("user:*:updated", (event) => event.user.id);
  receiver.on("user:*:deleted", async ({ user }) => user.id);
  const off: () => void = receiver.on("system:heartbeat", () => undefined);
  off();
  // A handler of more than the pattern stands for will do.
  receiver.on("user:vehicle:deleted", (_event: types.WebhookEvent) => undefined);

  // @ts-expect-error no event has this name, and it is no pattern
  receiver.on("user:vehicle:upated", () => undefined);
  // @ts-expect-error a heartbeat has no user
  receiver.on("system:heartbeat", (event) => event.user);
  // @ts-expect-error not all of these events have a user
  receiver.on("*", (event) => event.user);
  // @ts-expect-error a handler for vehicles cannot handle chargers
  receiver.on("user:charger:updated", (_event: types.VehicleUpdatedEvent) => undefined);
}

export function batchHandlersAreTypedByTheirPattern(): void {
  receiver.onBatch("user:vehicle:updated", (events, context) => {
    const _events: Expect<Equal<typeof events, readonly types.VehicleUpdatedEvent[]>> = true;
    const _context: Expect<Equal<typeof context, webhooks.WebhookBatchContext>> = true;
    return [_events, _context, context.contexts[0]?.attempt, context.signal.aborted];
  });
  const off: () => void = receiver.onBatch("*", async () => undefined, { maxSize: 5, maxWait: 0 });
  off();
  receiver.onBatch("user:*:deleted", (events) => events.map(({ user }) => user.id));

  // @ts-expect-error no event has this name, and it is no pattern
  receiver.onBatch("user:vehicle:upated", () => undefined);
  // @ts-expect-error a handler of batches gets several events
  receiver.onBatch("user:vehicle:updated", (event) => event.vehicle);
  // @ts-expect-error there is no such option
  receiver.onBatch("*", () => undefined, { size: 5 });
}

export function optionsAreChecked(): void {
  const { eventStore } = memoryStorage();
  new WebhookReceiver({ secret: "s", store: eventStore, onUnknown: (_: UnknownWebhookEvent) => 1 });
  new WebhookReceiver({ secrets: ["new", "old"], onError: async (_error: unknown) => undefined });
  // @ts-expect-error without a secret nothing can be verified
  new WebhookReceiver({});
  // @ts-expect-error a store has methods
  new WebhookReceiver({ secret: "s", store: {} });
}

export function aReceiverFitsWhereverOneIsAskedFor(): ActionEvents {
  enode.vehicles.actions.wait("a", { receiver });
  enode.user("u").chargers.actions.wait("a", { receiver });
  return receiver;
}

export function aReceiverIsAHandlerByItself(): (request: Request) => Promise<Response> {
  return receiver.handle;
}

/** What `next build` asks of a route, up to Next 15 with webpack: it reads the last overload only. */
type FirstArgument<T> = T extends (...args: [infer First, infer _]) => unknown ? First : never;
interface NextRequest extends Request {
  readonly cookies: unknown;
}

export type AReceiverIsARouteOfNext = [
  Expect<Equal<FirstArgument<WebhookReceiver["handle"]>, Request>>,
  Expect<NextRequest extends FirstArgument<WebhookReceiver["handle"]> ? true : false>,
  Expect<Equal<ReturnType<WebhookReceiver["handle"]>, Promise<Response>>>,
];

export function aReceiverTakesWhatEitherOverloadTakes(
  delivery: Request | IncomingDelivery,
): Promise<Response>[] {
  return [
    receiver.handle(delivery),
    receiver.handle({ body: "[]", headers: null, signature: undefined, method: undefined }),
    // @ts-expect-error nothing beside it
    receiver.handle(delivery, {}),
  ];
}

/** The event types are exported beside what receives them. */
export type EventTypesAreExported = [
  Expect<Equal<webhooks.WebhookEvent, types.WebhookEvent>>,
  Expect<Equal<webhooks.VehicleUpdatedEvent, types.VehicleUpdatedEvent>>,
];

/** A host passes handlers on as its framework types them. */
export function handlersFitTheirFrameworks(): unknown[] {
  const azure: HttpHandler = webhooks.azureHandler(receiver);
  const koa: Koa.Middleware = webhooks.koaHandler(receiver);
  const fastify: FastifyPluginAsync = webhooks.fastifyPlugin(receiver);
  const google: HttpFunction = webhooks.nodeHandler(receiver);
  const express: RequestHandler = webhooks.nodeHandler(receiver);
  const node: RequestListener = webhooks.nodeHandler(receiver);
  return [azure, koa, fastify, google, express, node];
}
