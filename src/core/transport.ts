import type { OperationId, OperationSpec } from "../../generated/operations.ts";
import type { WebhookCreate } from "../../generated/types.ts";
import {
  type CallContext,
  ConnectionError,
  type EnodeError,
  isApiError,
  isConnectionError,
  isEnodeError,
  isTimeoutError,
  RateLimitError,
  ResponseValidationError,
  type ServerError,
} from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import { invalidArgument } from "./arguments.ts";
import { checkRequestOptions, type ResolvedOptions } from "./configure.ts";
import { Deadline } from "./deadline.ts";
import { checkHeaders } from "./headers.ts";
import { failedBeforeSend, type Http, type HttpAnswer, type HttpRequest } from "./http.ts";
import { type OperationInput, type OperationResult, specOf } from "./operations.ts";
import { fillPath, type PathValues } from "./path.ts";
import { buildQuery, type QueryValues } from "./query.ts";
import { redact, redactCause } from "./redaction.ts";
import { readResult, requestIdOf } from "./response.ts";
import { type CallResult, type ResponsePromise, toResponsePromise } from "./result.ts";
import { backoff, withRetries } from "./retry.ts";
import { parseRetryAfter, timeUntil } from "./retry-after.ts";
import type { Telemetry } from "./telemetry.ts";
import { Throttle } from "./throttle.ts";
import type { TokenSource } from "./token-source.ts";
import { userAgent } from "./user-agent.ts";

/** Sends operations of the description. Resources know nothing more than this of the pipeline. */
export interface Requester {
  /** The end user that it is confined to, if it is. */
  readonly userId?: string;
  /** Time for a whole call of this operation when its options name none, in ms. */
  deadlineOf(operation: OperationId): number;
  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options?: RequestOptions,
  ): ResponsePromise<OperationResult<Id>>;
}

/** What any operation may take, once its name is no longer known to the compiler. */
interface AnyInput {
  path?: PathValues | undefined;
  query?: QueryValues | undefined;
  body?: unknown;
}

/** One call on its way. */
interface Call {
  readonly spec: OperationSpec;
  /** `attempts` grows; whoever keeps the context takes a copy. */
  readonly context: CallContext;
  /** What the path was filled with. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly request: HttpRequest;
  readonly deadline: Deadline;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly startedAt: number;
  /** A refused token is replaced once; after that the refusal is the answer. */
  tokenReplaced: boolean;
  /** Tokens, current or not, and secrets of the body: what was sent and no error may show. */
  readonly secretsSent: string[];
}

const defaultDeadline = 30_000;
/** Enode asks vendors for these while the caller waits. */
const deadlines: Partial<Record<string, number>> = { getHemSystemStatistics: 120_000 };

/** Statuses after which the same request may well succeed. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** The pipeline: deadline, retries, throttle, token, one request, typed result or typed error. */
export class Transport implements Requester {
  readonly #options: ResolvedOptions;
  readonly #tokens: TokenSource;
  readonly #telemetry: Telemetry;
  readonly #http: Http;
  readonly #throttle = new Throttle();
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: ResolvedOptions, tokens: TokenSource, telemetry: Telemetry, http: Http) {
    this.#options = options;
    this.#tokens = tokens;
    this.#telemetry = telemetry;
    this.#http = http;
    this.#headers = {
      accept: "application/json",
      "enode-version": options.apiVersion,
      "user-agent": userAgent(),
      ...options.headers,
    };
  }

  deadlineOf(operation: string): number {
    return this.#options.deadline ?? deadlines[operation] ?? defaultDeadline;
  }

  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options: RequestOptions = {},
  ): ResponsePromise<OperationResult<Id>> {
    return toResponsePromise(this.#run(operation, input ?? {}, options));
  }

  async #run(operation: string, input: AnyInput, options: RequestOptions): Promise<CallResult> {
    const call = this.#prepare(operation, input, options);
    try {
      call.deadline.throwIfAborted();
      return await withRetries(() => this.#attempt(call), {
        maxRetries: call.maxRetries,
        shouldRetry: (error) => isReplayable(error, call.spec),
        wait: (error, retry) => this.#backOff(call, error as EnodeError, retry),
      });
    } catch (error) {
      if (isEnodeError(error)) this.#reportFailure(call, error);
      throw error;
    }
  }

  /** Everything that can be known to be wrong before something is sent is found here. */
  #prepare(operation: string, input: AnyInput, options: RequestOptions): Call {
    checkRequestOptions(options);
    const spec = specOf(operation);
    const context = { operation, path: spec.path, attempts: 0 };
    const budget = options.deadline ?? this.deadlineOf(operation);
    const { baseUrl } = this.#options;
    const body = encodeBody(spec, input.body);
    return {
      spec,
      context,
      // Filling the path, below, refuses what is no string.
      parameters: { ...input.path } as Readonly<Record<string, string>>,
      request: {
        method: spec.method,
        url: baseUrl + fillPath(spec.path, input.path) + buildQuery(spec.query, input.query),
        headers: {
          ...this.#headers,
          ...(options.headers && checkHeaders(options.headers, "headers")),
          ...(body === undefined ? undefined : { "content-type": "application/json" }),
        },
        body,
      },
      deadline: new Deadline(context, budget, options.signal),
      timeout: options.timeout ?? this.#options.timeout,
      maxRetries: options.maxRetries ?? this.#options.maxRetries,
      startedAt: performance.now(),
      tokenReplaced: false,
      secretsSent: secretsIn(input.body),
    };
  }

  async #attempt(call: Call): Promise<CallResult> {
    if (this.#throttle.pause > 0) await this.#waitForThrottle(call);
    const answer = await this.#sendWithToken(call);
    const { context, spec } = call;
    if (answer.response.status === 429) this.#slowDown(answer.response.headers, context.attempts);
    const data = readResult(spec, answer, context, () => this.#secretsOf(call));
    if (this.#options.validate !== "off") await this.#validate(call, answer.response, data);
    return { data, response: answer.response };
  }

  async #sendWithToken(call: Call): Promise<HttpAnswer> {
    if (call.spec.auth === false) return this.#send(call);
    for (;;) {
      const token = this.#tokens.current() ?? (await this.#tokens.obtain(call.deadline));
      const answer = await this.#send(call, token);
      if (answer.response.ok) this.#tokens.accept(token);
      if (answer.response.status !== 401) return answer;
      if (!this.#tokens.invalidate(token) || call.tokenReplaced) return answer;
      call.tokenReplaced = true;
    }
  }

  async #send(call: Call, token?: string): Promise<HttpAnswer> {
    const { context, spec, request } = call;
    if (token !== undefined && call.secretsSent.at(-1) !== token) call.secretsSent.push(token);
    const event = {
      operation: context.operation,
      method: spec.method,
      path: spec.path,
      parameters: call.parameters,
      attempt: ++context.attempts,
    };
    this.#telemetry.request(event);
    const startedAt = performance.now();
    const headers =
      token === undefined
        ? request.headers
        : { ...request.headers, authorization: `Bearer ${token}` };
    let answer: HttpAnswer;
    try {
      answer = await call.deadline.run(
        (signal) => this.#http.send({ ...request, headers }, signal),
        call.timeout,
      );
    } catch (error) {
      throw isEnodeError(error) ? error : this.#connectionError(call, error);
    }
    if (this.#telemetry.observesResponses) {
      const { status, headers } = answer.response;
      const durationMs = Math.round(performance.now() - startedAt);
      const id = requestIdOf(headers);
      // Looked at first: redacting costs more than all else of an event.
      const echoes = call.secretsSent.length > 1 || (token && id?.includes(token));
      const requestId = id && echoes ? redact(id, call.secretsSent) : id;
      this.#telemetry.response({ ...event, status, durationMs, requestId });
    }
    return answer;
  }

  /** The error of the HTTP client refers to the request, and so to the token: only a copy is kept. */
  #connectionError(call: Call, error: unknown): ConnectionError {
    const { context } = call;
    const beforeSend = failedBeforeSend(error);
    // The URL too: runtimes quote it, and it holds the IDs of users.
    const cause = redactCause(error, [...this.#secretsOf(call), call.request.url]);
    const effect = beforeSend
      ? "nothing was sent"
      : "it is not known whether Enode received the request";
    const reason = deepestMessage(cause);
    return new ConnectionError(
      `${context.operation}: no answer after ${context.attempts} attempt(s), ${effect} (${reason}).`,
      { cause, context: { ...context }, beforeSend },
    );
  }

  async #waitForThrottle(call: Call): Promise<void> {
    for (let pause = this.#throttle.pause; pause > 0; pause = this.#throttle.pause) {
      const { remaining } = call.deadline;
      if (pause >= remaining) {
        const { operation } = call.context;
        throw new RateLimitError(
          `${operation} was not sent: an earlier answer asked this client to slow down for longer than the deadline of this call.`,
          {
            code: "rate_limited",
            context: { ...call.context },
            status: 429,
            retryAt: new Date(Math.ceil(Date.now() + pause)),
          },
        );
      }
      // Spread a little, or all that waited would be sent in the same millisecond.
      await call.deadline.sleep(
        pause + Math.random() * Math.min(pause / 5, (remaining - pause) / 2),
      );
    }
  }

  /** Closes the gate for all calls: as long as the answer asks, or for a back-off if it asks nothing. */
  #slowDown(headers: Headers, attempts: number): void {
    const asked = timeUntil(parseRetryAfter(headers));
    this.#throttle.close(Math.max(asked, backoff(attempts)));
  }

  async #backOff(call: Call, error: EnodeError, retry: number): Promise<boolean> {
    const asked = timeUntil((error as Partial<RateLimitError | ServerError>).retryAt);
    // After a 429 the gate is closed and says how long; a wait of its own would only come on top.
    const limited = isApiError(error) && error.status === 429;
    const delayMs = Math.ceil(Math.max(asked, limited ? this.#throttle.pause : backoff(retry)));
    if (delayMs >= call.deadline.remaining) return false;
    const { context, spec } = call;
    this.#telemetry.retry({
      operation: context.operation,
      method: spec.method,
      path: spec.path,
      parameters: call.parameters,
      attempt: context.attempts,
      delayMs,
      error,
    });
    await call.deadline.sleep(delayMs);
    return true;
  }

  async #validate({ context }: Call, { status }: Response, data: unknown): Promise<void> {
    // Loaded when first needed: the schemas and zod cost more to load than the whole client.
    const { findIssues } = await import("./validation.ts");
    const issues = findIssues(context.operation, status, data);
    if (issues.length === 0) return;
    if (this.#options.validate === "report") {
      this.#telemetry.drift({ operation: context.operation, path: context.path, status, issues });
      return;
    }
    const [first] = issues;
    const message = `${context.operation}: the answer departs from the description in ${issues.length} place(s), first at ${first?.path}: ${first?.message}`;
    throw new ResponseValidationError(message, {
      code: "schema_mismatch",
      context: { ...context },
      status,
      issues,
    });
  }

  #secretsOf(call: Call): readonly string[] {
    return [...this.#tokens.secrets, ...call.secretsSent];
  }

  #reportFailure({ context, parameters, startedAt }: Call, error: EnodeError): void {
    this.#telemetry.error({
      operation: context.operation,
      path: context.path,
      parameters,
      attempt: context.attempts,
      durationMs: Math.round(performance.now() - startedAt),
      error,
    });
  }
}

/**
 * Whether a failed call may be sent again. What can be done twice without harm is, after anything that
 * may pass; a command or a create only if it certainly had no effect.
 */
function isReplayable(error: unknown, spec: OperationSpec): boolean {
  if (isApiError(error))
    return error.status === 429 || (spec.replay === true && passing.has(error.status));
  if (isConnectionError(error)) return spec.replay === true || error.beforeSend;
  return isTimeoutError(error) && error.code === "attempt_timeout" && spec.replay === true;
}

function encodeBody(spec: OperationSpec, body: unknown): string | undefined {
  if (!spec.body) {
    if (body === undefined) return undefined;
    throw invalidArgument("body", `${spec.method} ${spec.path} takes no body.`);
  }
  if (typeof body !== "object" || body === null) {
    throw invalidArgument(
      "body",
      `${spec.method} ${spec.path} takes a JSON object or array as its body.`,
    );
  }
  try {
    return JSON.stringify(body);
  } catch {
    // Without the cause: it may quote values of the body.
    throw invalidArgument(
      "body",
      "The body cannot be written as JSON: it holds a cycle or a bigint.",
    );
  }
}

/** Secrets in the body of a webhook, which a server that echoes its request would bring back. */
function secretsIn(body: unknown): string[] {
  const { secret, authentication } = { ...(body as Partial<WebhookCreate>) };
  return [secret, authentication?.headerValue].filter((each) => typeof each === "string");
}

function deepestMessage(error: Error): string {
  let at = error;
  while (at.cause instanceof Error) at = at.cause;
  return at.message || (at as { code?: string }).code || at.name;
}
