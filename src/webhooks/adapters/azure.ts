import { answerOf, checkReceiver, type DeliveryReceiver } from "./adapter.ts";

/** The request of Azure Functions v4, as far as it is used. */
export interface AzureRequest {
  readonly method: string;
  readonly headers: {
    /** The value of a header, null without one. */
    get(name: string): string | null;
  };
  /** A web stream, or null. */
  readonly body: unknown;
  readonly bodyUsed: boolean;
}

/** The answer, as Azure Functions v4 takes it. */
export interface AzureAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A handler of Azure Functions v4. */
export type AzureHandler = (request: AzureRequest) => Promise<AzureAnswer>;

/**
 * A receiver as an HTTP function of Azure Functions, programming model v4. Never rejects.
 *
 * @throws ConfigurationError when `receiver` is none.
 *
 * @example
 * ```ts
 * import { app } from "@azure/functions";
 * import { azureHandler, WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 *
 * app.http("enode", {
 *   route: "webhooks/enode",
 *   methods: ["POST"],
 *   authLevel: "anonymous", // the signature authenticates the sender
 *   handler: azureHandler(receiver),
 * });
 * ```
 */
export function azureHandler(receiver: DeliveryReceiver): AzureHandler {
  checkReceiver(receiver);
  // It has every member of a Request that a receiver reads.
  return (request) => answerOf(receiver, () => request as unknown as Request);
}
