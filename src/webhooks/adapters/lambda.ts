import type { IncomingDelivery } from "../receiver/intake/delivery-body.ts";
import { answerOf, checkReceiver, type DeliveryReceiver } from "./adapter.ts";

/** The part of Lambda's HTTP event that the handler uses. */
export interface LambdaEvent {
  /** Of a REST API (format 1.0) and of a load balancer. */
  readonly httpMethod?: string | undefined;
  /** Has the method under `http`, in events of an HTTP API (format 2.0) and of a function URL. */
  readonly requestContext?: object | null | undefined;
  /** Headers, by their names. */
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** Of a REST API, and of a load balancer whose multi-value headers are on, which sends no others. */
  readonly multiValueHeaders?:
    | Readonly<Record<string, readonly string[] | undefined>>
    | null
    | undefined;
  /** The body: text, or base64. */
  readonly body?: string | null | undefined;
  /** Whether `body` is base64. */
  readonly isBase64Encoded?: boolean | undefined;
}

/** The answer, in the format of API Gateway, load balancers and function URLs. */
export interface LambdaAnswer {
  /** HTTP status. */
  statusCode: number;
  /** Headers, by their names. */
  headers?: Record<string, string>;
  /** In place of `headers` when the event has them, too: a load balancer then reads these only. */
  multiValueHeaders?: Record<string, string[]>;
  /** The body as text. */
  body: string;
  /** Whether `body` is base64; always false. */
  isBase64Encoded: boolean;
}

/** A handler of Lambda. */
export type LambdaHandler = (event: LambdaEvent) => Promise<LambdaAnswer>;

/**
 * A receiver as a handler of AWS Lambda behind an API Gateway (REST or HTTP API), an Application Load Balancer
 * or a function URL. Never rejects.
 *
 * @throws ConfigurationError when `receiver` is none.
 *
 * @example
 * ```ts
 * import { lambdaHandler, WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 *
 * export const handler = lambdaHandler(receiver);
 * ```
 */
export function lambdaHandler(receiver: DeliveryReceiver): LambdaHandler {
  checkReceiver(receiver);
  return async (event) => {
    const { status, headers, body } = await answerOf(receiver, () => deliveryOf(event));
    const answer = { statusCode: status, body, isBase64Encoded: false };
    if (!event?.multiValueHeaders) return { ...answer, headers };
    const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
    return { ...answer, multiValueHeaders: Object.fromEntries(lists) };
  };
}

function deliveryOf(event: LambdaEvent): IncomingDelivery {
  const { httpMethod, requestContext, headers, multiValueHeaders, body, isBase64Encoded } = event;
  // Other event sources have other contexts.
  const { http } = (requestContext ?? {}) as { http?: { method?: string } };
  return {
    method: httpMethod ?? http?.method ?? "POST",
    // `headers` has the last value only of a repeated header.
    headers: { ...headers, ...multiValueHeaders },
    body: body && isBase64Encoded ? decode(body) : (body ?? ""),
  };
}

/** The bytes, or the text itself when it is not base64: its signature cannot match. */
function decode(base64: string): Uint8Array | string {
  try {
    const characters = atob(base64);
    const bytes = new Uint8Array(characters.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
    return bytes;
  } catch {
    return base64;
  }
}
