import type { WebhookEvent } from "../../../generated/types.ts";
import type { ResponseIssue } from "../../errors/index.ts";
import { nodeHmac } from "../../runtime/hmac/node.ts";
import { type DeliveryHeaders, readHeader } from "./delivery-headers.ts";
import { readBody, refusals } from "./read-body.ts";
import {
  type InvalidWebhookEvent,
  isText,
  type SortedEvents,
  sortEvents,
  type UnknownWebhookEvent,
} from "./sort-events.ts";

/** The secrets of a webhook. */
export type WebhookSecrets =
  | {
      /** The secret of the webhook; while it is being replaced, the new one and the old one. */
      secret: string | readonly string[];
      /** Left out: `secret` is given. */
      secrets?: readonly string[] | undefined;
    }
  | {
      /** The same as `secret`, for several. */
      secrets: readonly string[];
      /** Left out: `secrets` are given. */
      secret?: string | readonly string[] | undefined;
    };

/** How the events of a delivery are validated. */
export interface ValidateOptions {
  /**
   * Validates each event against the description, beyond the envelope: `report` lists differences in `issues`,
   * `throw` refuses the delivery. New fields and enum values are always valid. Loads zod. Default `off`.
   */
  validate?: "off" | "report" | "throw" | undefined;
}

/** Options of a verification. */
export type VerifyOptions = WebhookSecrets & ValidateOptions;

/** A delivery as a server received it. */
export interface WebhookDelivery {
  /** The raw body: text, or bytes in a Buffer, Uint8Array or ArrayBuffer. Never a parsed one. */
  body: unknown;
  /** The headers of the request, as `Headers` or as an object such as those of Node. */
  headers?: DeliveryHeaders | null | undefined;
  /** The header `x-enode-signature` itself, where there are no `headers`. */
  signature?: string | undefined;
}

/** A delivery that Enode signed. */
export interface VerifiedWebhook extends SortedEvents {
  /** The body: all events as received, in their order. */
  readonly payload: readonly unknown[];
  /** The header `x-enode-delivery`. It is not signed: anybody can replay a delivery under another ID. */
  deliveryId: string | undefined;
  /** SHA-256 of the body, as hex digits: the same for every copy of this delivery. */
  readonly digest: string;
  /** Index of the secret that signed it. */
  matchedSecret: number;
  /** How events depart from the description; empty unless `validate` is `report`. */
  issues: readonly ResponseIssue[];
}

let decoder: InstanceType<typeof TextDecoder> | undefined;

/**
 * Checks that Enode has signed a delivery, and reads its events. Takes a `Request`, whose body it reads,
 * or the raw body with its headers or signature.
 *
 * @throws WebhookVerificationError, whose `code` is the reason.
 *
 * @example
 * ```ts
 * import { isWebhookVerificationError, verifyWebhook } from "enode-sdk/webhooks";
 *
 * export async function POST(request: Request): Promise<Response> {
 *   try {
 *     const { events } = await verifyWebhook(request, { secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 *     for (const event of events) {
 *       if (event.event === "user:vehicle:updated") console.log(event.vehicle.chargeState.batteryLevel);
 *     }
 *     return new Response("ok");
 *   } catch (error) {
 *     if (isWebhookVerificationError(error)) return new Response(error.code, { status: 401 });
 *     throw error;
 *   }
 * }
 * ```
 */
export function verifyWebhook(request: Request, options: VerifyOptions): Promise<VerifiedWebhook>;
export function verifyWebhook(delivery: WebhookDelivery & VerifyOptions): Promise<VerifiedWebhook>;
export function verifyWebhook(
  delivery: WebhookDelivery,
  options: VerifyOptions,
): Promise<VerifiedWebhook>;
export async function verifyWebhook(
  delivery: Request | WebhookDelivery,
  options: VerifyOptions = delivery as WebhookDelivery & VerifyOptions,
): Promise<VerifiedWebhook> {
  const secrets = secretsOf(options);
  if (!secrets.every(isSecret)) throw (await refusals()).ofSecrets(secrets);
  const { headers, signature = readHeader(headers, "x-enode-signature") } =
    delivery as WebhookDelivery;
  // A value that is not a string is tested as text. Upper case is refused: Enode sends lower case only.
  if (!/^sha1=[\da-f]{40}$/.test(signature as string))
    throw (await refusals()).ofSignature(signature);
  const raw = "bodyUsed" in delivery ? await readBody(delivery, 2 ** 21) : delivery.body;
  const isBytes = / (Uint8Array|ArrayBuffer)]/.test({}.toString.call(raw));
  if (typeof raw !== "string" && !isBytes) throw (await refusals()).ofBody(raw);
  const body = isBytes ? new Uint8Array(raw as Uint8Array) : (raw as string);
  // Each `await` costs a tenth of a small delivery, so only promises are awaited.
  const { findSigner, digestOf } = nodeHmac() ?? (await import("../../runtime/hmac/web.ts"));
  const found = findSigner(body, `${signature}`.slice(5), secrets);
  const matchedSecret = typeof found === "number" ? found : await found;
  if (matchedSecret < 0) throw (await refusals()).ofMismatch(body, secrets, headers);
  // Text that is not UTF-8 is refused: replacement characters would make two bodies equal. Made when needed: jsdom
  // has no decoder, and tests in it may import the package.
  decoder ??= new TextDecoder("utf8", { fatal: true, ignoreBOM: true });
  let text = "";
  let values: unknown;
  // Begun before the text is parsed: WebCrypto works in parallel.
  const pending = digestOf(body, () => text);
  try {
    text = typeof body === "string" ? body : decoder.decode(body);
    values = JSON.parse(text);
  } catch {
    // Reported below, without the error of the runtime: it quotes the body.
  }
  // Enode puts no more than 100 into a delivery.
  if (!Array.isArray(values) || values.length > 100)
    throw (await refusals()).ofContent(body, values);
  const digest = typeof pending === "function" ? pending : await pending;
  const verified = new Verified(
    digest,
    values,
    readHeader(headers, "x-enode-delivery"),
    matchedSecret,
  );
  sortEvents(values, verified);
  const { validate = "off" } = options;
  if (validate !== "off") {
    verified.issues = await (await refusals()).issuesOf(verified.events, validate, values);
  }
  return verified;
}

/**
 * A class because of `digest`: hashing takes a tenth of the time of a delivery, so it is done on demand, and a
 * getter in an object literal would cost more than it saves.
 */
class Verified implements VerifiedWebhook {
  declare readonly payload: readonly unknown[];
  readonly events: WebhookEvent[] = [];
  readonly unknownEvents: UnknownWebhookEvent[] = [];
  readonly invalidEvents: InvalidWebhookEvent[] = [];
  declare readonly deliveryId: string | undefined;
  declare readonly matchedSecret: number;
  issues: readonly ResponseIssue[] = [];
  readonly #digest: () => string;

  constructor(
    digest: () => string,
    payload: readonly unknown[],
    deliveryId: string | undefined,
    matchedSecret: number,
  ) {
    this.#digest = digest;
    this.payload = payload;
    this.deliveryId = deliveryId;
    this.matchedSecret = matchedSecret;
  }

  get digest(): string {
    return this.#digest();
  }
}

/** The secrets of the options as a list, unchecked. */
export function secretsOf({ secret, secrets }: Partial<VerifyOptions>): readonly unknown[] {
  return [secrets ?? secret].flat();
}

/** Whether it is a valid secret of a webhook. */
export function isSecret(secret: unknown): secret is string {
  return isText(secret) && secret.trim() === secret;
}
