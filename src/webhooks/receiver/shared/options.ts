import type { KnownNames } from "../../../shared/known-names.ts";
import type { EventStore } from "../../../storage/contracts/index.ts";
import type { UnknownWebhookEvent } from "../../verification/sort-events.ts";
import type { ValidateOptions } from "../../verification/verify.ts";
import type { WebhookHandler } from "./handlers.ts";
import type { WebhookHealth } from "./health.ts";

/** Where an error occurred. */
export interface WebhookErrorContext {
  /**
   * `delivery`: it was refused. `event`: its handlers failed, or it is invalid. `store`: the store failed.
   * `callback`: onSilence failed. `setup`: `start()` was not called within 30 s after a handler was added, so that
   * events are kept and not handled.
   * `circuit`: different events failed one after the other, so that what handlers need seems to be down; the code is
   * `circuit_open`, and `cause` the last failure. It is reported once, until an event has succeeded.
   */
  readonly stage: "delivery" | "event" | "store" | "callback" | "setup" | "circuit";
  /** SHA-256 of the signed bytes of the delivery, as hex digits; undefined when it was not verified. */
  readonly digest?: string;
  /** Enode's ID of the delivery. It is not signed. */
  readonly deliveryId?: string | undefined;
  /** The event that failed, as received. */
  readonly event?: unknown;
  /** Number of the attempt that failed, from 1. */
  readonly attempt?: number;
  /** Whether the event will be tried again; false when it was given up. */
  readonly willRetry?: boolean;
}

/** Options of a receiver. */
export type WebhookReceiverOptions = ReceiverSecrets & ReceiverSettings;

/** The secret of the webhook, or a function that returns it. */
export type ReceiverSecrets =
  | {
      /**
       * The secret of the webhook; while it is being replaced, the new one and the old one. Or a function that
       * returns them, called for each delivery: a module that makes a receiver can then be built where there are no
       * secrets. When it fails or returns none, the delivery is answered with 500; when it takes longer than 4 s,
       * with 503.
       */
      secret: ReceiverSecret;
      /** Left out: `secret` is given. */
      secrets?: readonly string[] | undefined;
    }
  | {
      /** The same as `secret`, for several. */
      secrets: readonly string[];
      /** Left out: `secrets` are given. */
      secret?: ReceiverSecret | undefined;
    };

/** One secret or several, or a function that returns them. */
export type ReceiverSecret =
  | string
  | readonly string[]
  | (() =>
      | string
      | readonly string[]
      | undefined
      | PromiseLike<string | readonly string[] | undefined>);

/** When a receiver stops handling events, as what its handlers need seems to be down. */
export interface CircuitOptions {
  /** How many different events must have failed since the last success. Default 3. */
  failures?: number | undefined;
  /** The longest interval between probes, in ms: the first one is 1 s, and it doubles. Default 60,000. */
  maxInterval?: number | undefined;
}

/** Options of a receiver, except its secret. */
export interface ReceiverSettings extends ValidateOptions {
  /**
   * Keeps deliveries until they are handled. Without a store, handlers run before Enode gets its answer.
   */
  store?: EventStore | undefined;
  /**
   * The client whose events these are; needed when receivers of several clients of Enode share one store. Default
   * `default`.
   */
  // Not `undefined`: when present it must name a client.
  namespace?: string;
  /** The largest accepted body, in bytes. Default 2 MiB. */
  maxBodyBytes?: number | undefined;
  /**
   * Time limit for the handlers, in ms. Without a store it is for the whole delivery, default 4,000, as Enode waits
   * for 5 s. With a store it is for each event, default 30,000.
   */
  handlerTimeout?: number | undefined;
  /** How many events are handled at the same time; never two of the same device. Default 10. */
  concurrency?: number | undefined;
  /** With a store: how often an event is tried before it becomes a dead letter. Default 8. */
  maxAttempts?: number | undefined;
  /**
   * With a store: tells an outage of what the handlers need from events that cannot be handled. When different events
   * have failed since the last success, the receiver tries one event at a time, at growing intervals, until one
   * succeeds. The attempts since the last success do not count, and the dead letters of that time are revived. `false`:
   * each event fails on its own, and becomes a dead letter after `maxAttempts`.
   */
  circuit?: CircuitOptions | false | undefined;
  /** Refuses deliveries whose newest event is older than this, in ms. Default: of any age. */
  maxAge?: number | undefined;
  /**
   * With a store: how long deliveries are remembered, in ms, from a day (86,400,000) on, for which Enode repeats them. A
   * receiver that was started then deletes, every hour, older deliveries of its namespace whose events are handled, and
   * older dead letters. Default: for ever; call `prune`.
   */
  retention?: number | undefined;
  /** Handles events with names that the description does not have. Default: they are acknowledged. */
  onUnknown?: WebhookHandler<UnknownWebhookEvent> | undefined;
  /** Called with every error. Default: logs a line with `console.error`. */
  onError?: ((error: unknown, context: WebhookErrorContext) => unknown) | undefined;
  /** Called when no heartbeat came for `silenceAfter`, after `start()` or the first delivery. */
  onSilence?: ((health: WebhookHealth) => unknown) | undefined;
  /** In ms. Enode does not document how often it sends heartbeats. Default one hour. */
  silenceAfter?: number | undefined;
}

/** All options; others are refused. */
export const knownOptions: KnownNames<WebhookReceiverOptions> = {
  secret: 0,
  secrets: 0,
  validate: 0,
  store: 0,
  namespace: 0,
  maxBodyBytes: 0,
  handlerTimeout: 0,
  concurrency: 0,
  maxAttempts: 0,
  circuit: 0,
  maxAge: 0,
  retention: 0,
  onUnknown: 0,
  onError: 0,
  onSilence: 0,
  silenceAfter: 0,
};

/** Names that people use for options, with the real names. */
export const otherNames: Readonly<Record<string, keyof ReceiverSettings | "secret">> = {
  eventStore: "store",
  secretKey: "secret",
  webhookSecret: "secret",
};
