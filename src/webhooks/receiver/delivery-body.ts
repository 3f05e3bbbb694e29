import { readBody, refusals } from "../verification/read-body.ts";
import type { WebhookDelivery } from "../verification/verify.ts";
import { type BodyReading, limitBody } from "./limit-body.ts";

/** A delivery as a server got it, for servers that know no `Request`. */
export interface IncomingDelivery extends WebhookDelivery {
  /** HTTP method. Default POST. */
  method?: string | undefined;
}

/**
 * The body of a delivery, or the stream that it is to be read from.
 *
 * @param readings The bodies that are being read, of all deliveries together.
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
  // A request of node:http has no body of its own: it is a stream.
  const { body = "on" in delivery ? delivery : undefined } = delivery;
  const { byteLength, length = 0 } = Object(body) as { byteLength?: number; length?: number };
  const size = byteLength ?? length;
  if (size > maxBodyBytes) throw (await refusals()).ofReading(maxBodyBytes, size);
  return body;
}
