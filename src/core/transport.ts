import type { OperationId, OperationSpec } from "../../generated/operations.ts";
import type { WebhookCreate } from "../../generated/types.ts";
import { invalidArgument } from "../errors/configuration.ts";
import {
  type CallContext,
  type EnodeError,
  isApiError,
  isConnectionError,
  isEnodeError,
  isTimeoutError,
  type RateLimitError,
  type ServerError,
} from "../errors/index.ts";
import type { CallEvent } from "../hooks.ts";
import type { HttpAnswer, HttpAnswerHead, HttpRequest, HttpSender } from "../http-transport.ts";
import type { RequestOptions } from "../options.ts";
import { userAgent } from "../runtime/user-agent.ts";
import { ConcurrencyLimiter, type Place, type Scopes } from "./concurrency-limiter.ts";
import { Deadline } from "./deadline.ts";
import { failures } from "./failures.ts";
import type { HostLimits } from "./host-limits.lazy.ts";
import type { RateLimits } from "./rate-limits.ts";
import { checkHeaders } from "./request/headers.ts";
import { type OperationInput, type OperationResult, specOf } from "./request/operations.ts";
import { fillPath, type PathValues } from "./request/path.ts";
import { buildQuery, type QueryValues } from "./request/query.ts";
import { checkCallOptions, type ResolvedOptions } from "./resolve-options.ts";
import { holdsResult, readResult, requestIdOf, saysNothingIsThere } from "./response.ts";
import { type CallResult, type ResponsePromise, toResponsePromise } from "./response-promise.ts";
import { withRetries } from "./retry.ts";
import { parseRetryAfter, timeUntil } from "./retry-after.ts";
import { backoff } from "./retry-policy.ts";
import type { Telemetry } from "./telemetry.ts";
import type { TokenSource } from "./token-source.ts";

/** Sends operations of the description: the interface of the pipeline for resources. */
export interface Requester {
  /** The end user to whom it is confined, if any. */
  readonly userId?: string;
  /** Default time for a whole call of this operation, in ms. */
  deadlineOf(operation: OperationId): number;
  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options?: RequestOptions,
    /** The end user for whom it is, where the path does not say. */
    userId?: string,
  ): ResponsePromise<OperationResult<Id>>;
}

/** The input of any operation, for code that does not know its type. */
interface AnyInput {
  path?: PathValues | undefined;
  query?: QueryValues | undefined;
  body?: unknown;
}

/** One call in progress. */
interface Call {
  readonly spec: OperationSpec;
  /** `attempts` grows; copy the context to keep it. */
  readonly context: CallContext;
  /** The path parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly scopes: Scopes;
  /** The end user for whom it is, if it is known. */
  readonly userId: string | undefined;
  readonly request: HttpRequest;
  readonly deadline: Deadline;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly startedAt: number;
  /** A refused token is replaced once; the next refusal fails the call. */
  tokenReplaced: boolean;
  /** Whether Enode may have acted on an attempt that was cut off. */
  mayBeDone: boolean;
  /** Whether the last attempt failed for a reason that only the host can change. */
  isPermanent: boolean;
  /** Tokens that were sent, and secrets of the body: no error may show them. */
  readonly secretsSent: string[];
}

const defaultDeadline = 30_000;
/** Enode asks vendors for these while the caller waits. */
const deadlines: Partial<Record<string, number>> = { getHemSystemStatistics: 120_000 };

/** Statuses after which the same request may succeed. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** The pipeline: deadline, retries, throttle, token, one request, typed result or typed error. */
export class Transport implements Requester {
  readonly #options: ResolvedOptions;
  readonly #tokens: TokenSource;
  readonly #telemetry: Telemetry;
  readonly #http: HttpSender;
  readonly #limiter: ConcurrencyLimiter;
  readonly #isLimitedByHost: boolean;
  /** From the first call on, for a host that has set limits. */
  #hostLimits: HostLimits | undefined;
  /** From the first 429 on. */
  #limits: RateLimits | undefined;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    options: ResolvedOptions,
    tokens: TokenSource,
    telemetry: Telemetry,
    http: HttpSender,
  ) {
    this.#options = options;
    this.#tokens = tokens;
    this.#telemetry = telemetry;
    this.#http = http;
    this.#limiter = new ConcurrencyLimiter(options.maxConcurrency);
    this.#isLimitedByHost = (options.maxConcurrency ?? options.maxRequestsPerSecond) !== undefined;
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

  /** Closes the connections of this client. */
  close(): Promise<void> {
    return this.#http.close();
  }

  request<Id extends OperationId>(
    operation: Id,
    input?: OperationInput<Id>,
    options: RequestOptions = {},
    userId?: string,
  ): ResponsePromise<OperationResult<Id>> {
    // Checked inside, as everything that is wrong with a call rejects its promise.
    const run = async () => this.#run(this.#prepare(operation, input ?? {}, options, userId));
    return toResponsePromise(this.#telemetry.run(operation, run));
  }

  async #run(call: Call): Promise<CallResult> {
    try {
      call.deadline.throwIfAborted();
      return await withRetries(() => this.#attempt(call), {
        maxRetries: call.maxRetries,
        shouldRetry: (error) => !call.isPermanent && isReplayable(error, call.spec),
        // The deadline ends it: waiting for a rate limit is no failure of the call.
        isUncounted: isRefusedForRate,
        wait: (error, retry) => this.#backOff(call, error as EnodeError, retry),
      });
    } catch (error) {
      const durationMs = Math.round(performance.now() - call.startedAt);
      if (isEnodeError(error)) this.#telemetry.error({ ...eventOf(call), durationMs, error });
      throw error;
    }
  }

  /** Checks everything that can be checked before the request is sent. */
  #prepare(operation: string, input: AnyInput, options: RequestOptions, userId?: string): Call {
    checkCallOptions(operation, options);
    const spec = specOf(operation);
    const context = { operation, path: spec.path, attempts: 0 };
    const budget = options.deadline ?? this.deadlineOf(operation);
    const { baseUrl } = this.#options;
    const body = encodeBody(spec, input.body);
    const path = fillPath(spec.path, input.path);
    return {
      spec,
      context,
      // Filling the path, above, refuses what is no string.
      parameters: { ...input.path } as Readonly<Record<string, string>>,
      scopes: [operation + path, operation, ""],
      userId: userId ?? input.path?.["userId"],
      request: {
        method: spec.method,
        url: baseUrl + path + buildQuery(spec.query, input.query),
        headers: {
          ...this.#headers,
          ...(options.headers !== undefined && checkHeaders(options.headers, "headers")),
          ...(body === undefined ? undefined : { "content-type": "application/json" }),
        },
        body,
      },
      deadline: new Deadline(context, budget, options.signal),
      timeout: options.timeout ?? this.#options.timeout,
      maxRetries: options.maxRetries ?? this.#options.maxRetries,
      startedAt: performance.now(),
      tokenReplaced: false,
      mayBeDone: false,
      isPermanent: false,
      secretsSent: secretsIn(input.body),
    };
  }

  async #attempt(call: Call): Promise<CallResult> {
    const { context, spec } = call;
    try {
      const answer = await this.#sendWithToken(call);
      const { response } = answer;
      // It is deleted, whichever attempt did it.
      if (call.mayBeDone && spec.empty && spec.method === "DELETE" && saysNothingIsThere(answer)) {
        return { data: undefined, response };
      }
      if (!holdsResult(spec, answer)) {
        const { toApiError } = await failures();
        throw toApiError(response, answer.text, context, this.#secretsOf(call));
      }
      const content = readResult(spec, answer);
      if (content.departure) {
        const { toDepartureError } = await failures();
        throw toDepartureError(answer, content.departure, context);
      }
      const { data } = content;
      if (this.#options.validate !== "off") await this.#validate(call, response, data);
      return { data, response };
    } catch (error) {
      call.mayBeDone ||= isOutcomeUnknown(error);
      throw error;
    }
  }

  async #sendWithToken(call: Call): Promise<HttpAnswer> {
    for (;;) {
      if (this.#limits) await this.#limits.pass(call.scopes, call.context, call.deadline);
      const passedAt = performance.now();
      const place = this.#isLimitedByHost
        ? await this.#passHostLimits(call)
        : (this.#limiter.take(call.deadline) ?? (await this.#limiter.wait(call.deadline)));
      try {
        // Other calls were refused while this one waited for its place.
        if (this.#limits?.haveTightened(call.scopes, passedAt)) continue;
        if (call.spec.auth === false) return await this.#send(call, place);
        const token = this.#tokens.current() ?? (await this.#tokens.obtain(call.deadline));
        const answer = await this.#send(call, place, token);
        if (answer.response.ok) this.#tokens.accept(token);
        if (answer.response.status !== 401) return answer;
        if (!this.#tokens.invalidate(token) || call.tokenReplaced) return answer;
        call.tokenReplaced = true;
      } finally {
        this.#limiter.release(place);
      }
    }
  }

  async #passHostLimits({ deadline, spec, userId }: Call): Promise<Place> {
    if (!this.#hostLimits) {
      // Loaded when first needed: most clients have no limits of their host.
      const { HostLimits } = await import("./host-limits.lazy.ts");
      this.#hostLimits ??= new HostLimits(this.#limiter, this.#tokens, this.#options);
    }
    return this.#hostLimits.pass(deadline, userId, spec.auth !== false);
  }

  async #send(call: Call, place: Place, token?: string): Promise<HttpAnswer> {
    const { request } = call;
    const { maxResponseBytes } = this.#options;
    if (token !== undefined && call.secretsSent.at(-1) !== token) call.secretsSent.push(token);
    call.context.attempts++;
    const event = eventOf(call);
    this.#telemetry.request(event);
    const startedAt = performance.now();
    this.#limiter.started(place, Math.min(call.timeout, call.deadline.remaining));
    const authorized =
      token === undefined
        ? request
        : { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
    let answer: HttpAnswer;
    try {
      answer = await call.deadline.run(
        (signal) => this.#http.send(authorized, signal, maxResponseBytes),
        call.timeout,
      );
    } catch (error) {
      // An attempt that got no connection may be repeated, whatever it is.
      const failure = (isAttemptTimeout(error) && this.#http.notSent?.(authorized)) || error;
      throw isEnodeError(failure) ? failure : await this.#failureOf(call, failure);
    }
    const { status } = answer.response;
    if (status < 500) {
      const refusedFor =
        status === 429 ? timeUntil(parseRetryAfter(answer.response.headers)) : undefined;
      const counted = this.#limiter.answered(call.scopes, place, refusedFor);
      if (status === 429) {
        const { RateLimits } = await failures();
        this.#limits ??= new RateLimits(this.#limiter.answers);
      }
      this.#limits?.answered(counted);
    }
    if (this.#telemetry.observesResponses) {
      const { headers } = answer.response;
      const durationMs = Math.round(performance.now() - startedAt);
      const id = requestIdOf(headers);
      // Checked first: redacting costs more than the rest of an event.
      const echoes = call.secretsSent.length > 1 || (token && id?.includes(token));
      const requestId = id && echoes ? (await failures()).redact(id, call.secretsSent) : id;
      this.#telemetry.response({ ...event, status, durationMs, requestId });
    }
    return answer;
  }

  async #failureOf(call: Call, error: unknown): Promise<EnodeError> {
    const { isPermanent, toRequestError } = await failures();
    // The URL too: runtimes quote it, and it holds the IDs of users.
    const hidden = [...this.#secretsOf(call), call.request.url];
    const failure = toRequestError(error, call.context, hidden);
    call.isPermanent = isPermanent(failure.cause);
    return failure;
  }

  async #backOff(call: Call, error: EnodeError, retry: number): Promise<boolean> {
    const asked = timeUntil((error as Partial<RateLimitError | ServerError>).retryAt);
    // After a 429 the limits decide the wait; a back-off would only be added to it.
    const pause = isRefusedForRate(error) ? this.#limits?.pause(call.scopes) : undefined;
    const delayMs = Math.ceil(Math.max(asked, pause ?? backoff(retry)));
    if (delayMs >= call.deadline.remaining) return false;
    this.#telemetry.retry({ ...eventOf(call), delayMs, error });
    // It joins the queue at once: a call that waited for the same time outside would come last.
    if (pause === undefined || asked > pause + 1) await call.deadline.sleep(delayMs);
    return true;
  }

  async #validate({ context }: Call, { status }: HttpAnswerHead, data: unknown): Promise<void> {
    // Loaded when first needed: the schemas and zod cost more to load than the whole client.
    const { findIssues } = await import("./response-validation.lazy.ts");
    const issues = findIssues(context.operation, status, data);
    if (issues.length === 0) return;
    if (this.#options.validate === "report") {
      this.#telemetry.drift({ operation: context.operation, path: context.path, status, issues });
      return;
    }
    const { toMismatchError } = await failures();
    throw toMismatchError(status, issues, context);
  }

  #secretsOf(call: Call): readonly string[] {
    return [...this.#tokens.secrets, ...call.secretsSent];
  }
}

/** What all events of a call have; `parameters` is one object in all of them. */
function eventOf({ context, spec, parameters }: Call): CallEvent {
  return {
    operation: context.operation,
    method: spec.method,
    path: spec.path,
    parameters,
    attempt: context.attempts,
  };
}

/**
 * Whether a failed call may be sent again. An idempotent operation is repeated after any failure that may pass; a
 * command or a create only if it certainly had no effect.
 */
function isReplayable(error: unknown, spec: OperationSpec): boolean {
  if (isApiError(error))
    return error.status === 429 || (spec.replay === true && passing.has(error.status));
  if (isConnectionError(error)) return spec.replay === true || error.beforeSend;
  return isAttemptTimeout(error) && spec.replay === true;
}

function isAttemptTimeout(error: unknown): boolean {
  return isTimeoutError(error) && error.code === "attempt_timeout";
}

/** Whether Enode may have acted on the attempt. */
function isOutcomeUnknown(error: unknown): boolean {
  return (
    (isConnectionError(error) && !error.beforeSend) ||
    isTimeoutError(error) ||
    (isApiError(error) && (error.status >= 500 || error.status === 408))
  );
}

function isRefusedForRate(error: unknown): boolean {
  return isApiError(error) && error.status === 429;
}

/**
 * The body as it is sent, undefined for none.
 *
 * @throws ConfigurationError for a body that the operation does not take, or that JSON cannot represent.
 */
export function encodeBody(spec: OperationSpec, body: unknown): string | undefined {
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

/** Secrets in the body of a webhook, which an echo of the request in an answer would contain. */
function secretsIn(body: unknown): string[] {
  const { secret, authentication } = { ...(body as Partial<WebhookCreate>) };
  return [secret, authentication?.headerValue].filter((each) => typeof each === "string");
}
