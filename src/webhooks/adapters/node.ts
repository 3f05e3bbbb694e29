import {
  type Answer,
  answerOf,
  checkReceiver,
  type DeliveryReceiver,
  reportLost,
} from "./adapter.ts";
import { type NodeRequest, nodeDelivery } from "./node-delivery.ts";

export type { NodeRequest };

/** The part of a response of node:http, Express or Fastify that the handler uses. */
export interface NodeResponse {
  /** HTTP status of the answer. */
  readonly statusCode?: number | undefined;
  /** The response of node:http inside that of Fastify. */
  readonly raw?: unknown;
  /** Makes Fastify leave the response to the handler. */
  hijack?: (() => unknown) | undefined;
}

/** A handler for `createServer` of node:http, and for a POST route of Express or Fastify. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/** The part of a response of node:http that is used. */
interface Outgoing {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/**
 * A receiver as a handler of node:http, Express 4 and 5, Fastify, Nest and Google Cloud Functions. It reads
 * the body itself, or takes the raw one that a parser has read (`express.raw`, Fastify's
 * `parseAs: "buffer"`, `rawBody` of Nest and of Google).
 *
 * It always answers, and never rejects. When other code has read the body before, it answers 500, and `onError`
 * reports what to change. When other code has already answered, such as a time-out middleware, that answer stays,
 * and `onError` reports it.
 *
 * @throws ConfigurationError when `receiver` is none.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 * createServer(nodeHandler(receiver)).listen(3000);
 * ```
 */
export function nodeHandler(receiver: DeliveryReceiver): NodeHandler {
  checkReceiver(receiver);
  return async (request, response) => {
    const answer = await answerOf(receiver, () => nodeDelivery(request));
    try {
      response.hijack?.();
      if (!send(answer, (response.raw ?? response) as Outgoing)) await reportLost(receiver, answer);
    } catch (error) {
      receiver.reportFailure?.(error);
    }
  };
}

/** Sends an answer; false when the response was already sent, or the connection is closed. */
function send({ status, headers, body }: Answer, response: Outgoing): boolean {
  if (response.headersSent || response.writableEnded || response.destroyed) return false;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
  return true;
}
