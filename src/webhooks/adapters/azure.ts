import { answerOf, checkReceiver, type DeliveryReceiver } from "./adapter.ts";

/** The request of Azure Functions v4, as far as it is used. */
export interface AzureRequest {
  /** HTTP method. */
  readonly method: string;
  /** The headers of the request. */
  readonly headers: {
    /** The value of a header, null without one. */
    get(name: string): string | null;
  };
  /** A web stream, or null. */
  readonly body: unknown;
  /** Whether something has read the body. */
  readonly bodyUsed: boolean;
}

/** The answer, as Azure Functions v4 takes it. */
export interface AzureAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Headers, by their names. */
  readonly headers: Record<string, string>;
  /** The body as text. */
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
