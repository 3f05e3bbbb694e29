import {
  ConfigurationError,
  type ResponseIssue,
  type WebhookErrorCode,
  WebhookVerificationError,
} from "../../errors/index.ts";
import type { DeliveryHeaders } from "./delivery-headers.ts";
import type { SortedEvents } from "./sort-events.ts";

/**
 * The errors of refused deliveries. Loaded with the first one: the code for valid deliveries stays small.
 */

/** Why the secrets cannot be used. None of them is ever quoted. */
export function ofSecrets(secrets: readonly unknown[]): WebhookVerificationError {
  return secrets.every((secret) => typeof secret === "string" && secret !== "")
    ? refusal(
        "secret_whitespace",
        "The webhook secret begins or ends with white space, which copying brings along: trim it.",
      )
    : missingSecret();
}

/** Why a header is not a signature. */
export function ofSignature(signature: unknown): WebhookVerificationError {
  const text = String(signature ?? "");
  if (text === "") {
    return refusal(
      "missing_signature",
      "The header x-enode-signature is missing: the request is not from Enode, or a proxy dropped it.",
    );
  }
  return /^(?!sha1=)[\w-]+=/.test(text)
    ? refusal("unsupported_algorithm", "The header x-enode-signature names another hash than sha1.")
    : refusal(
        "malformed_signature",
        "The header x-enode-signature is not sha1= followed by 40 lower-case hex digits.",
      );
}

/** Why a body is not, or no longer, the bytes that were sent. */
export function ofBody(body: unknown): WebhookVerificationError {
  if (body === undefined || body === null) {
    return refusal("empty_body", `There is no body: pass the raw one, as bytes or text. ${cures}`);
  }
  if (typeof body === "object" && ("pipe" in body || "getReader" in body)) {
    return refusal(
      "body_is_stream",
      "The body is a stream: read it first, as bytes or text. For a request of node:http or Express use nodeHandler(receiver), for one of Koa koaHandler(receiver).",
    );
  }
  return isShared(body)
    ? refusal(
        "body_unreadable",
        "The body is in a SharedArrayBuffer: pass a copy, which stays as it is.",
      )
    : ofUsedBody();
}

function isShared(body: unknown): boolean {
  return Object.prototype.toString.call(body) === "[object SharedArrayBuffer]";
}

/** Why a body can no longer be read as it was sent. */
function ofUsedBody(): WebhookVerificationError {
  return refusal(
    "body_already_parsed",
    `The body was read or parsed before its signature could be checked, which takes the raw bytes. ${cures}`,
  );
}

/** How to get the raw body from each framework. */
const cures: string = [
  // With limits: those of Express and Nest are 100 kB, and 100 events take about 200 kB.
  'Express: mount nodeHandler(receiver) before express.json(), or express.raw({ type: "*/*", limit: "2mb" }) on this route.',
  'Fastify: app.register(fastifyPlugin(receiver), { prefix: "/webhooks/enode" }), or addContentTypeParser("application/json", { parseAs: "buffer" }, (_, body, done) => done(null, body)).',
  "Koa: koaHandler(receiver) before the body parser, or a parser that keeps ctx.request.rawBody.",
  'Hono, SvelteKit, Next\'s app router: receiver.handle(request) before request.json() or text() is called; Elysia: the same, with parse: "none" on the route.',
  "Next's pages router: export const config = { api: { bodyParser: false } } beside the handler.",
  "Vercel functions: the environment variable NODEJS_HELPERS=0.",
  'Nest: NestFactory.create(AppModule, { rawBody: true }) with app.useBodyParser("json", { limit: "2mb" }), then request.rawBody.',
  "Lambda: lambdaHandler(receiver), or event.body, decoded from base64 if isBase64Encoded.",
].join(" ");

/** Refusals of a body while it is read. */
const readingFailures: ReadonlyMap<unknown, string> = new Map([
  [
    "body_timeout",
    "The body did not arrive within 5 s, after which Enode sends the delivery again.",
  ],
  ["too_busy", "The bodies that are being read are larger than 32 MiB together."],
]);

/** Why the body of a request could not be read. */
export function ofReading(
  maxBytes: number,
  size: number,
  failure?: unknown,
): WebhookVerificationError {
  if (size > maxBytes) {
    return refusal("body_too_large", `The body is larger than ${maxBytes} bytes.`);
  }
  if (failure === 0) return ofUsedBody();
  const words = readingFailures.get(failure);
  return words === undefined
    ? refusal("body_unreadable", "The body did not arrive whole: the sender broke off.")
    : refusal(failure as WebhookErrorCode, words);
}

/** Answers a request of Node when `handle` was mounted as its handler: nothing else would answer it. */
export function ofNodeRequest(response: object): WebhookVerificationError {
  const error = refusal(
    "body_is_stream",
    "receiver.handle was called with a request and a response of Node, as by Express: use nodeHandler(receiver) in its place.",
  );
  const outgoing = response as {
    headersSent?: boolean;
    statusCode: number;
    end(text: string): unknown;
  };
  if (!outgoing.headersSent) {
    outgoing.statusCode = statusOf(error.code);
    outgoing.end(error.code);
  }
  return error;
}

/** Why the answer to a handled delivery did not reach Enode. */
export function ofLostAnswer(status: number): WebhookVerificationError {
  return refusal(
    "answer_lost",
    `The answer ${status} could not be sent: something else had answered, such as a time-out middleware, or the sender had left. Enode sends the delivery again.`,
  );
}

/** Why a signature matches none of the secrets. */
export function ofMismatch(
  body: string | Uint8Array,
  secrets: readonly string[],
  headers: DeliveryHeaders | null | undefined,
): WebhookVerificationError {
  if (secrets.length === 0) return missingSecret();
  if (body.length === 0) return emptyBody();
  if (isEncoded(headers)) {
    return refusal(
      "signature_mismatch",
      "The signature does not match, and the request has a content-encoding: something on the way encoded or decoded the body, which is signed as Enode sent it.",
    );
  }
  return secrets.some((secret) => /\s/.test(secret))
    ? refusal(
        "secret_whitespace",
        "The signature does not match, and the secret holds white space: was it copied right?",
      )
    : refusal(
        "signature_mismatch",
        "The signature does not match: the secret is another one, or the body is not as it was sent (perhaps parsed and written again).",
      );
}

function isEncoded(headers: DeliveryHeaders | null | undefined): boolean {
  const pairs: Iterable<readonly [unknown, unknown]> =
    Symbol.iterator in Object(headers) ? (headers as Headers) : Object.entries(headers ?? {});
  return [...pairs].some(
    ([name, value]) =>
      String(name).toLowerCase() === "content-encoding" && value && String(value) !== "identity",
  );
}

/** Why a signed body is not a list of events. Without a cause: that would quote the body. */
export function ofContent(body: string | Uint8Array, values: unknown): WebhookVerificationError {
  if (values === undefined) {
    return body.length === 0
      ? emptyBody()
      : refusal("invalid_json", "The body is not JSON in UTF-8.");
  }
  return Array.isArray(values)
    ? refusal("too_many_events", `The body holds ${values.length} events; Enode sends 100 at most.`)
    : refusal("not_an_array", "The body is not an array of events.");
}

function missingSecret(): WebhookVerificationError {
  return refusal(
    "missing_secret",
    "The option secret is missing or empty: it is the secret that the webhook was created with.",
  );
}

function emptyBody(): WebhookVerificationError {
  return refusal("empty_body", "The body is empty.");
}

/**
 * Refuses a delivery that arrives too late, by the timestamps of its signed events: nothing else dates it.
 *
 * @param maxAge In ms.
 */
export function checkAge({ events, unknownEvents }: SortedEvents, maxAge: number): void {
  const all = [...events, ...unknownEvents.map(({ payload }) => payload)];
  // An invalid timestamp is not recent, and neither is one in the future, which would stay recent for long.
  const isRecent = all.some(({ createdAt }) => {
    const age = Date.now() - Date.parse(String(createdAt));
    return age <= maxAge && age >= -maxSkew;
  });
  if (isRecent || all.length === 0) return;
  throw refusal("stale_delivery", "All events of the delivery are older than maxAge.");
}

/** How far Enode's clock may be ahead of this one, in ms. */
const maxSkew = 300_000;

/** Why a body is refused that is nested too deep for stores and databases. */
export function ofDepth(levels: number): WebhookVerificationError {
  return refusal("invalid_json", `The body is nested more than ${levels} levels deep.`);
}

/** The error when `start` was not called. */
export function ofStart(): ConfigurationError {
  return new ConfigurationError(
    "The receiver has handlers, but none runs: call start() on it, or drain() where processes are frozen between requests. Other processes may handle the events; then this one needs no handlers.",
    { code: "invalid_option", parameter: "start" },
  );
}

/** Why an event cannot be handled. */
export function ofEvent(index: number, field: string | undefined): WebhookVerificationError {
  return refusal("invalid_event", `Event ${index} of the delivery has no valid ${field}.`);
}

/** The error for events that depart from the description. */
export function ofIssues(issues: readonly ResponseIssue[]): WebhookVerificationError {
  return new WebhookVerificationError(
    `The events depart from the description in ${issues.length} place(s).`,
    { code: "schema_mismatch", issues },
  );
}

/** Refusals of a sender that is not authenticated. */
const unauthorized: ReadonlySet<WebhookErrorCode> = new Set([
  "missing_signature",
  "malformed_signature",
  "unsupported_algorithm",
  "signature_mismatch",
]);

/** Refusals caused by the server's own configuration. */
const misconfigured: ReadonlySet<WebhookErrorCode> = new Set([
  "body_already_parsed",
  "body_is_stream",
  "missing_secret",
  "secret_whitespace",
]);

const others: ReadonlyMap<WebhookErrorCode, number> = new Map([
  ["body_too_large", 413],
  ["body_timeout", 408],
  ["too_busy", 503],
  ["secret_timeout", 503],
]);

/** The HTTP status of a refusal. */
export function statusOf(code: WebhookErrorCode): number {
  if (unauthorized.has(code)) return 401;
  if (misconfigured.has(code)) return 500;
  return others.get(code) ?? 400;
}

function refusal(code: WebhookErrorCode, message: string): WebhookVerificationError {
  return new WebhookVerificationError(message, { code });
}

let validation: typeof import("./event-validation.lazy.ts") | undefined;

/** How events depart from the description. Loads zod and the schemas with the first check. */
export async function issuesOf(
  ...checked: Parameters<typeof import("./event-validation.lazy.ts").checkEvents>
): Promise<readonly ResponseIssue[]> {
  validation ??= await import("./event-validation.lazy.ts");
  return validation.checkEvents(...checked);
}
