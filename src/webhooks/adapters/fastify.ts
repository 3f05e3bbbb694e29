import type { DeliveryReceiver } from "./adapter.ts";
import { type NodeHandler, nodeHandler } from "./node.ts";

/** The part of Fastify's instance that the plugin uses. */
export interface FastifyScope {
  /** Takes the parsers of bodies away, in this scope. */
  removeAllContentTypeParsers(): unknown;
  /** Adds a parser of bodies, in this scope. */
  addContentTypeParser(
    contentType: string,
    parser: (
      request: unknown,
      payload: unknown,
      done: (error: Error | null, body?: unknown) => void,
    ) => void,
  ): unknown;
  /** Adds a route for all methods. */
  all(path: string, handler: NodeHandler): unknown;
}

/** A plugin for `app.register`. */
export type FastifyPlugin = (app: FastifyScope) => Promise<void>;

/**
 * A receiver as a plugin of Fastify: a route at the `prefix` that it is registered with. It changes no parser of
 * other routes, and uses none of them.
 *
 * @throws ConfigurationError when `receiver` is none.
 *
 * @example
 * ```ts
 * import { fastifyPlugin, WebhookReceiver } from "enode-sdk/webhooks";
 * import fastify from "fastify";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 * const app = fastify();
 * app.register(fastifyPlugin(receiver), { prefix: "/webhooks/enode" });
 * await app.listen({ port: 3000 });
 * ```
 */
export function fastifyPlugin(receiver: DeliveryReceiver): FastifyPlugin {
  const handler = nodeHandler(receiver);
  return async (app) => {
    // Parsers of a plugin apply to the plugin only. This one leaves the stream to the receiver, which limits it.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    // Other methods, too: the receiver answers them with 405.
    app.all("/", handler);
  };
}
