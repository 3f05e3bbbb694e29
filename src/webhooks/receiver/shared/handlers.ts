/** What a handler receives beside the event. */
export interface WebhookContext {
  /**
   * The same for every attempt at this event, whatever ID its delivery has: use it as an idempotency key. It
   * consists of `[0-9a-f-]`, so that it can also be the ID of a job in a queue, a file name or a part of a URL.
   */
  readonly id: string;
  /** Enode's ID of the delivery. It is not signed. */
  readonly deliveryId: string | undefined;
  /** When the delivery arrived. */
  readonly receivedAt: Date;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  /** Aborted when the time for the handlers is over. */
  readonly signal: AbortSignal;
}

/** Handles one event. When it throws or rejects, the attempt counts as failed, and the event is handled again. */
export type WebhookHandler<Event> = (event: Event, context: WebhookContext) => unknown;

/** An event to be handled. */
export interface Incoming {
  readonly value: unknown;
  readonly index: number;
  readonly digest: string;
  readonly deliveryId: string | undefined;
  readonly receivedAt: number;
  readonly attempt: number;
}

/** How many events a batch has, and how long it waits for them. */
export interface BatchOptions {
  /** The most events of one batch, from 1. Default 100. */
  maxSize?: number | undefined;
  /**
   * With a store: how long the first event of a batch waits for others, in ms. Less than `handlerTimeout`, of which it
   * is a part. Default 0: a batch has the events that were delivered together, or that the store handed out together,
   * and those that came while other batches were being handled. Without a store a batch has events of one delivery,
   * and waits for no other.
   */
  maxWait?: number | undefined;
}

/** What a handler of batches receives beside the events. */
export interface WebhookBatchContext {
  /** What a handler of single events would receive, event by event in the same order. */
  readonly contexts: readonly WebhookContext[];
  /** Aborted when the time for the batch is over. */
  readonly signal: AbortSignal;
}

/**
 * Handles several events. When it throws or rejects, each of them is handled alone, in a batch of one, and only those
 * that fail then count as failed.
 */
export type WebhookBatchHandler<Event> = (
  events: readonly Event[],
  context: WebhookBatchContext,
) => unknown;
