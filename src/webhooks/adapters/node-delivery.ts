import type { IncomingDelivery } from "../receiver/intake/delivery-body.ts";
import type { DeliveryHeaders } from "../verification/delivery-headers.ts";

/** The part of a request of node:http, or of a framework on top of it, that the handler uses. */
export interface NodeRequest {
  /** HTTP method. */
  readonly method?: string | undefined;
  /** Headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as a parser left it. */
  readonly body?: unknown;
  /** The body as it came, where the framework keeps it beside the parsed one, as Nest does. */
  readonly rawBody?: unknown;
  /** The request of node:http inside that of Fastify. */
  readonly raw?: unknown;
}

/** The part of a request of node:http that is used. */
interface Incoming {
  readonly readableDidRead?: boolean;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  on(event: "data", listener: (chunk: Uint8Array | string) => void): unknown;
  on(event: "end" | "close" | "error", listener: () => void): unknown;
  off(event: "data", listener: (chunk: Uint8Array | string) => void): unknown;
  off(event: "end", listener: () => void): unknown;
  resume(): unknown;
}

/** Converts a request of Node for a receiver: with its raw body, or with its unread stream. */
export function nodeDelivery(request: NodeRequest): Request | IncomingDelivery {
  const { method = "GET" } = request;
  const headers = request.headers as DeliveryHeaders;
  const { body, rawBody } = bodiesOf(request);
  if (isRaw(rawBody)) return { method, headers, body: rawBody };
  if (isRaw(body)) return { method, headers, body };
  const stream = (request.raw ?? request) as Incoming;
  const wasRead = (stream.readableDidRead ?? body !== undefined) || stream.readableEnded === true;
  // A parser that skipped the request may have left an empty object.
  if (wasRead && body !== undefined) return { method, headers, body };
  const unread = {
    method,
    headers,
    // Checked again: other code may have read it while the receiver waited for its secret.
    get bodyUsed() {
      return wasRead || stream.readableDidRead === true;
    },
    // Reading begins on first access.
    get body() {
      return wasRead ? null : webStreamOf(stream);
    },
  };
  // These are all members of a Request that a receiver reads.
  return unread as unknown as Request;
}

/** The bodies that were already read. Vercel's helpers throw when the body does not match its content-type. */
function bodiesOf(request: NodeRequest): { body?: unknown; rawBody?: unknown } {
  try {
    const { rawBody, body } = request;
    return { rawBody, body };
  } catch {
    // Parsing failed.
    return { body: {} };
  }
}

function isRaw(body: unknown): boolean {
  return typeof body === "string" || ArrayBuffer.isView(body);
}

/** Converts a Node stream to a web stream. Not with `Readable.toWeb`, which destroys the connection on cancel. */
function webStreamOf(stream: Incoming): ReadableStream<Uint8Array> {
  let stop: (() => void) | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // A stream that was destroyed before emits no more events.
      if (stream.destroyed) return controller.error();
      const onData = (chunk: Uint8Array | string) =>
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      const onEnd = () => controller.close();
      stream.on("data", onData);
      stream.on("end", onEnd);
      // After the end this has no effect.
      stream.on("error", () => controller.error());
      stream.on("close", () => controller.error());
      stop = () => {
        stream.off("data", onData);
        stream.off("end", onEnd);
      };
    },
    cancel() {
      stop?.();
      // The rest is read and dropped: a sender that is cut off would not see the answer.
      stream.resume();
    },
  });
}
