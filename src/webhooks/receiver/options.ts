import type { KnownNames } from "../../shared/known-names.ts";
import type { EventStore } from "../../storage/contracts/index.ts";
import type { UnknownWebhookEvent } from "../verification/sort-events.ts";
import type { ValidateOptions } from "../verification/verify.ts";
import type { WebhookHandler } from "./event-dispatcher.ts";
import type { WebhookHealth } from "./health.ts";

/** Where something went wrong. */
export interface WebhookErrorContext {
  /**
   * `delivery`: it was refused. `event`: its handlers failed, or it is none. `store`: the store failed.
   * `callback`: onSilence did. `setup`: nobody has called `start()`, so that events are kept and not handled.
   */
  readonly stage: "delivery" | "event" | "store" | "callback" | "setup";
  /** SHA-256 of the signed bytes of the delivery, as hex digits; undefined when it was not verified. */
  readonly digest?: string;
  /** Enode's ID of the delivery. It is not signed. */
  readonly deliveryId?: string | undefined;
  /** The event that failed, as it came. */
  readonly event?: unknown;
  /** Which attempt failed, from 1. */
  readonly attempt?: number;
  /** Whether the event comes again; false when it was given up. */
  readonly willRetry?: boolean;
}

/** How a receiver works. */
export type WebhookReceiverOptions = ReceiverSecrets & ReceiverSettings;

/** What a webhook was created with, or who knows it. */
export type ReceiverSecrets =
  | {
      /**
       * The secret of the webhook; while it is being replaced, the new one and the old one. Or a function that
       * gives them, called with each delivery: a module that makes a receiver can then be built where there are
       * no secrets. When it fails or gives none, the delivery is answered 500; when it takes longer than 4 s, 503.
       */
      secret: ReceiverSecret;
      secrets?: readonly string[] | undefined;
    }
  | {
      /** The same as `secret`, for several. */
      secrets: readonly string[];
      secret?: ReceiverSecret | undefined;
    };

/** One secret or several, or a function that gives them. */
export type ReceiverSecret =
  | string
  | readonly string[]
  | (() =>
      | string
      | readonly string[]
      | undefined
      | PromiseLike<string | readonly string[] | undefined>);

/** How a receiver works, apart from its secret. */
export interface ReceiverSettings extends ValidateOptions {
  /**
   * Where deliveries are kept until they are handled. Without one, handlers run before Enode gets its
   * answer.
   */
  store?: EventStore | undefined;
  /**
   * Whose events these are; needed when receivers of several clients of Enode share one store. Default
   * `default`.
   */
  // Not `undefined`: where it is there it must say whose they are.
  namespace?: string;
  /** The largest body that is taken, in bytes. Default 2 MiB. */
  maxBodyBytes?: number | undefined;
  /**
   * Time for the handlers, in ms: without a store for all of a delivery, default 4,000, as Enode waits for
   * 5 s; with one for each event, default 30,000.
   */
  handlerTimeout?: number | undefined;
  /** How many events are handled at the same time; never two of the same device. Default 10. */
  concurrency?: number | undefined;
  /** With a store: how often an event is tried before it becomes a dead letter. Default 8. */
  maxAttempts?: number | undefined;
  /** Refuses deliveries whose newest event is older than this, in ms. Default: of any age. */
  maxAge?: number | undefined;
  /** Handles events whose names the description does not know. Default: they are acknowledged. */
  onUnknown?: WebhookHandler<UnknownWebhookEvent> | undefined;
  /** Called with everything that goes wrong. Default: a line by `console.error`. */
  onError?: ((error: unknown, context: WebhookErrorContext) => unknown) | undefined;
  /** Called when no heartbeat came for `silenceAfter`, after `start()` or the first delivery. */
  onSilence?: ((health: WebhookHealth) => unknown) | undefined;
  /** In ms. Enode does not tell how often it sends heartbeats. Default one hour. */
  silenceAfter?: number | undefined;
}

/** All options, to refuse others. */
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
  maxAge: 0,
  onUnknown: 0,
  onError: 0,
  onSilence: 0,
  silenceAfter: 0,
};

/** What people call options that have another name. */
export const otherNames: Readonly<Record<string, keyof ReceiverSettings | "secret">> = {
  eventStore: "store",
  secretKey: "secret",
  webhookSecret: "secret",
};
