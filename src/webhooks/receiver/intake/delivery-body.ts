import { readBody, refusals } from "../../verification/read-body.ts";
import type { WebhookDelivery } from "../../verification/verify.ts";
import { type BodyReading, limitBody } from "./limit-body.ts";

/** A delivery as a server received it, for servers without `Request`. */
export interface IncomingDelivery extends WebhookDelivery {
  /** HTTP method. Default POST. */
  method?: string | undefined;
}

/**
 * The body of a delivery, or the stream from which to read it.
 *
 * @param readings The bodies that are being read, of all deliveries.
 * @throws WebhookVerificationError for a body that is too large
 */
export async function bodyOf(
  delivery: Request | IncomingDelivery,
  maxBodyBytes: number,
  readings: Set<BodyReading>,
): Promise<unknown> {
  if ("bodyUsed" in delivery) {
    const { body } = delivery;
    return readBody(
      {
        body: body && limitBody(body, readings),
        bodyUsed: delivery.bodyUsed || body?.locked === true,
      },
      maxBodyBytes,
    );
  }
  // A request of node:http has no body: it is the stream itself.
  const { body = "on" in delivery ? delivery : undefined } = delivery;
  const { byteLength, length = 0 } = Object(body) as { byteLength?: number; length?: number };
  const size = byteLength ?? length;
  if (size > maxBodyBytes) throw (await refusals()).ofReading(maxBodyBytes, size);
  return body;
}
