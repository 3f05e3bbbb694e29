import { answerOf, checkReceiver, type DeliveryReceiver, reportLost } from "./adapter.ts";
import { type NodeRequest, nodeDelivery } from "./node-delivery.ts";

/** The part of Koa's context that the handler uses. */
export interface KoaContext {
  /** The request of node:http. */
  readonly req: NodeRequest;
  /** The request of Koa, where body parsers leave what they read. */
  readonly request: {
    /** HTTP method. */
    readonly method: string;
    /** The body as a parser left it. */
    readonly body?: unknown;
    /** The body as it came, where a parser keeps it. */
    readonly rawBody?: unknown;
  };
  /** Whether an answer can still be written. */
  readonly writable: boolean;
  /** Whether an answer has begun. */
  readonly headerSent: boolean;
  /** HTTP status of the answer. */
  status: number;
  /** The body of the answer. */
  body: unknown;
  /** Sets headers of the answer. */
  set(headers: Record<string, string>): void;
}

/** A middleware of Koa that answers. */
export type KoaHandler = (ctx: KoaContext) => Promise<void>;

/**
 * A receiver as a middleware of Koa, or a handler of a route of `@koa/router`. It reads the body itself, or takes
 * `ctx.request.rawBody`, where a body parser such as `@koa/bodyparser` leaves it. When only a parsed body is left,
 * it answers 500, and `onError` reports what to change. Never rejects.
 *
 * @throws ConfigurationError when `receiver` is none.
 *
 * @example
 * ```ts
 * import { koaHandler, WebhookReceiver } from "enode-sdk/webhooks";
 * import Koa from "koa";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 * const handleWebhook = koaHandler(receiver);
 *
 * const app = new Koa();
 * app.use((ctx, next) => (ctx.path === "/webhooks/enode" ? handleWebhook(ctx) : next()));
 * app.listen(3000);
 * ```
 */
export function koaHandler(receiver: DeliveryReceiver): KoaHandler {
  checkReceiver(receiver);
  return async (ctx) => {
    const answer = await answerOf(receiver, () => {
      const { req, request } = ctx;
      const { method, headers } = req;
      return nodeDelivery({
        method,
        headers,
        raw: req,
        body: request.body,
        rawBody: request.rawBody,
      });
    });
    // Through the context and not the response, so that outer middleware sees the answer, too.
    if (ctx.headerSent || !ctx.writable) return reportLost(receiver, answer);
    ctx.status = answer.status;
    ctx.set(answer.headers);
    ctx.body = answer.body;
  };
}
