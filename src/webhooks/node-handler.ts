import type { DeliveryHeaders } from "./headers.ts";
import type { WebhookReceiver } from "./receiver.ts";

/**
 * A request of node:http, Express or Fastify, as far as it is looked at. Written down here so that the
 * types of this package need none of theirs.
 */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What a body parser made of the body. */
  readonly body?: unknown;
  /** The body as it came, where the framework keeps it beside the parsed one, as Nest does. */
  readonly rawBody?: unknown;
  /** The request of node:http inside that of Fastify. */
  readonly raw?: unknown;
}

/** A response of node:http, Express or Fastify, as far as it is used. */
export interface NodeResponse {
  readonly statusCode?: number | undefined;
  /** The response of node:http inside that of Fastify. */
  readonly raw?: unknown;
  /** Tells Fastify that the response is somebody else's business. */
  hijack?: (() => unknown) | undefined;
}

/** A handler for `createServer` of node:http, and for a POST route of Express or Fastify. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/** The request of node:http, as far as it is used. */
interface Incoming {
  readonly readableDidRead?: boolean;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close" | "error", listener: () => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
}

/** The response of node:http, as far as it is used. */
interface Outgoing {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/**
 * A receiver as a handler of node:http, Express 4 and 5, and Fastify. It reads the body itself, or takes
 * the raw one that a parser has read (`express.raw`, Fastify's `parseAs: "buffer"`, Nest's `rawBody`). When
 * a JSON parser came first the answer is 500, and `onError` is told what to change.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const receiver = new WebhookReceiver({ secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "" });
 * createServer(nodeHandler(receiver)).listen(3000);
 * ```
 */
export function nodeHandler(
  receiver: Pick<WebhookReceiver, "handle" | "maxBodyBytes">,
): NodeHandler {
  return async (request, response) => {
    const { method = "GET", headers } = request;
    const answer = await receiver.handle({
      method,
      headers: headers as DeliveryHeaders,
      body: method === "POST" ? await bodyOf(request, receiver.maxBodyBytes) : undefined,
    });
    response.hijack?.();
    const outgoing = (response.raw ?? response) as Outgoing;
    outgoing.statusCode = answer.status;
    for (const [name, value] of answer.headers) outgoing.setHeader(name, value);
    outgoing.end(await answer.text());
  };
}

async function bodyOf(request: NodeRequest, maxBytes: number): Promise<unknown> {
  const { rawBody, body } = request;
  if (isRaw(rawBody)) return rawBody;
  if (isRaw(body)) return body;
  const stream = (request.raw ?? request) as Incoming;
  // A parser that passed over the request may have left an empty object there.
  return stream.readableDidRead === false || body === undefined ? read(stream, maxBytes) : body;
}

function isRaw(body: unknown): boolean {
  return typeof body === "string" || body instanceof Uint8Array;
}

/** Reads a stream to its end, or a little further than allowed: that much is refused by the receiver. */
function read(stream: Incoming, maxBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const onData = (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= maxBytes) return;
      stream.off("data", onData);
      // The rest is dropped as it comes: a sender that is cut off would not see the answer.
      stream.resume();
      resolve(concat(chunks, size));
    };
    stream.on("data", onData);
    stream.on("end", () => resolve(concat(chunks, size)));
    // What did not arrive whole has no signature that fits.
    stream.on("error", () => resolve(undefined));
    stream.on("close", () => resolve(undefined));
  });
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
