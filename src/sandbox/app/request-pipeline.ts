import { type OperationId, operations } from "../../../generated/operations.ts";
import { TOKEN_PATH, type TokenEndpoint } from "../api/oauth/token-endpoint.ts";
import { applyFault } from "../faults/apply-fault.ts";
import type { FaultInjector } from "../faults/fault-injector.ts";
import { type Handlers, readJson } from "../http/handler.ts";
import { badRequest } from "../http/problems.ts";
import { httpDate, problemToResponse } from "../http/responses.ts";
import { type Route, route } from "../http/router.ts";
import type { Log } from "../shared/log.ts";
import type { Recordings } from "../shared/recordings.ts";
import type { SandboxClock } from "../shared/time/clock.ts";
import { ExchangeRecorder } from "./exchange-recorder.ts";
import { loggedPath, type RequestEntry } from "./request-log.ts";
import type { SimulationLoop } from "./simulation-loop.ts";

/** The parts that handle a request. */
export interface PipelineParts {
  readonly clock: SandboxClock;
  readonly loop: SimulationLoop;
  readonly tokens: TokenEndpoint;
  readonly faults: FaultInjector;
  readonly handlers: Handlers;
  readonly requests: Log<RequestEntry>;
  readonly recordings: Recordings;
}

/** Answers requests: route, fault, token, handler, date, log. */
export class RequestPipeline {
  readonly #parts: PipelineParts;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  /** @param logged Is given the number of the log entry, also when the call ends without an answer. */
  async answer(request: Request, logged?: (number: number) => void): Promise<Response> {
    const { clock, tokens, faults, requests, recordings } = this.#parts;
    const begun = performance.now();
    const at = clock.now().toISOString();
    const { method } = request;
    const { pathname, searchParams } = new URL(request.url);
    const isToken = pathname === TOKEN_PATH;
    const found = isToken ? undefined : attempt(() => route(method, pathname));
    const operation = isToken ? "token" : found?.value?.operation;
    const applied = faults.take({
      operation,
      path: pathname,
      method,
      needsToken: found?.value !== undefined && needsToken(found.value.operation),
      hasCursor: searchParams.has("after"),
    });
    if (applied?.fault.token !== undefined) tokens.spoil(request, applied.fault.token);
    const usual = async () => {
      try {
        if (isToken) return this.#date(await tokens.exchange(request));
        if (found?.value === undefined) throw found?.error;
        return this.#date(await this.#handle(found.value, request, searchParams));
      } catch (error) {
        return this.#date(problemToResponse(error));
      }
    };
    const recorder = recordings.isOn
      ? new ExchangeRecorder(request, (token) => tokens.validityOf(token))
      : undefined;
    let status: number | null = null;
    try {
      const response = this.#date(
        await (applied === undefined ? usual() : applyFault(applied.fault, request, usual)),
      );
      status = response.status;
      return recorder === undefined ? response : await recorder.record(response);
    } finally {
      const number = requests.add({
        at,
        method,
        path: loggedPath(pathname),
        operation: operation ?? null,
        userId: found?.value?.parameters.get("userId") ?? null,
        status,
        duration: performance.now() - begun,
        fault: applied?.title ?? null,
      });
      if (recorder !== undefined) recordings.add(number, recorder.exchange());
      logged?.(number);
    }
  }

  async #handle(
    { operation, parameters }: Route,
    request: Request,
    query: URLSearchParams,
  ): Promise<Response> {
    const { clock, loop, tokens, handlers } = this.#parts;
    if (needsToken(operation)) tokens.authorize(request);
    refuseUserHeader(request);
    loop.run();
    try {
      return await handlers[operation]({
        now: clock.now().getTime(),
        query,
        parameter(name) {
          const value = parameters.get(name);
          if (value === undefined) throw new Error(`${operation} has no parameter ${name}`);
          return value;
        },
        body: () => readJson(request),
      });
    } finally {
      loop.run();
    }
  }

  /** Sets the date of an answer that has none; an answer that a fault holds back has its date already. */
  #date(response: Response): Response {
    if (!response.headers.has("date")) {
      response.headers.set("date", httpDate(this.#parts.clock.now()));
    }
    return response;
  }
}

/** The header by which versions before 2023-08-01 took the user: requests that hold it fail since. */
function refuseUserHeader({ headers }: Request): void {
  if (!headers.has("enode-user-id")) return;
  throw badRequest(
    "The header Enode-User-Id is no longer accepted: name the user in the path, /users/{userId}",
  );
}

function needsToken(operation: OperationId): boolean {
  return !("auth" in operations[operation]);
}

/** Returns the value of a function, or the error that it threw. */
function attempt<T>(run: () => T): { value?: T; error?: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
