import type { DeliveryReceiver } from "./adapter.ts";
import { type NodeHandler, nodeHandler } from "./node.ts";

/**
 * A receiver as an API route of Next's pages router, where Next must not parse the body: without the `config` of
 * the example it answers 500, and `onError` reports why. In the app router use
 * `export const POST = receiver.handle`.
 *
 * @throws ConfigurationError when `receiver` is none.
 *
 * @example
 * ```ts
 * // pages/api/webhooks/enode.ts
 * import { nextPagesHandler, WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({
 *   secret: () => process.env["ENODE_WEBHOOK_SECRET"] as string, // a function: builds have no secrets
 * });
 *
 * export const config = { api: { bodyParser: false } };
 * export default nextPagesHandler(receiver);
 * ```
 */
export function nextPagesHandler(receiver: DeliveryReceiver): NodeHandler {
  return nodeHandler(receiver);
}
