import type { DeliveryReceiver } from "./adapter.ts";
import { type NodeHandler, nodeHandler } from "./node.ts";

/** The instance of Fastify that a plugin gets, as far as it is used. */
export interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (
      request: unknown,
      payload: unknown,
      done: (error: Error | null, body?: unknown) => void,
    ) => void,
  ): unknown;
  all(path: string, handler: NodeHandler): unknown;
}

/** A plugin for `app.register`. */
export type FastifyPlugin = (app: FastifyScope) => Promise<void>;

/**
 * A receiver as a plugin of Fastify: a route at the `prefix` that it is registered with. The parsers of
 * the other routes stay as they are, and do not touch this one.
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
    // Those of a plugin are its own. The stream is left alone: the receiver reads it within its own limits.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    // Other methods, too: they are answered with 405.
    app.all("/", handler);
  };
}
