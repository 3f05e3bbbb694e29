import type { IncomingDelivery } from "../receiver/delivery-body.ts";
import type { DeliveryHeaders } from "../verification/delivery-headers.ts";

/** A request of node:http, or of a framework on top of it, as far as it is looked at. */
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

/** The request of node:http, as far as it is used. */
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

/** A request of Node in the form that a receiver takes: with its raw body, or with the stream still to be read. */
export function nodeDelivery(request: NodeRequest): Request | IncomingDelivery {
  const { method = "GET" } = request;
  const headers = request.headers as DeliveryHeaders;
  const { body, rawBody } = bodiesOf(request);
  if (isRaw(rawBody)) return { method, headers, body: rawBody };
  if (isRaw(body)) return { method, headers, body };
  const stream = (request.raw ?? request) as Incoming;
  const wasRead = (stream.readableDidRead ?? body !== undefined) || stream.readableEnded === true;
  // A parser that passed over the request may have left an empty object there.
  if (wasRead && body !== undefined) return { method, headers, body };
  const unread = {
    method,
    headers,
    // Looked at again: something may have read it while the receiver waited for its secret.
    get bodyUsed() {
      return wasRead || stream.readableDidRead === true;
    },
    // Begins to read only when it is asked for.
    get body() {
      return wasRead ? null : webStreamOf(stream);
    },
  };
  // All of a Request that a receiver looks at.
  return unread as unknown as Request;
}

/** What is there already. The helpers of Vercel throw when it is not what its content-type says. */
function bodiesOf(request: NodeRequest): { body?: unknown; rawBody?: unknown } {
  try {
    const { rawBody, body } = request;
    return { rawBody, body };
  } catch {
    // Parsed, in vain.
    return { body: {} };
  }
}

function isRaw(body: unknown): boolean {
  return typeof body === "string" || ArrayBuffer.isView(body);
}

/** A stream of Node as one of the web. Without `Readable.toWeb`, which destroys the connection when it is cancelled. */
function webStreamOf(stream: Incoming): ReadableStream<Uint8Array> {
  let stop: (() => void) | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // What was broken off before says nothing any more.
      if (stream.destroyed) return controller.error();
      const onData = (chunk: Uint8Array | string) =>
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      const onEnd = () => controller.close();
      stream.on("data", onData);
      stream.on("end", onEnd);
      // Without effect after the end.
      stream.on("error", () => controller.error());
      stream.on("close", () => controller.error());
      stop = () => {
        stream.off("data", onData);
        stream.off("end", onEnd);
      };
    },
    cancel() {
      stop?.();
      // The rest is dropped as it comes: a sender that is cut off would not see the answer.
      stream.resume();
    },
  });
}
