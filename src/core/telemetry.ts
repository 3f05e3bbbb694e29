import type {
  CallEvent,
  DriftEvent,
  ErrorEvent,
  Hooks,
  Logger,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
  TokenRefreshEvent,
} from "../hooks.ts";

type Level = "debug" | "info" | "warn" | "error";
type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Tells hooks and the logger what happens, and lets neither break a call. */
export class Telemetry {
  readonly #hooks: Hooks;
  readonly #logger: Logger | undefined;
  readonly #onDrift: ((event: DriftEvent) => void) | undefined;

  constructor(options: {
    hooks?: Hooks | undefined;
    logger?: Logger | undefined;
    onDrift?: ((event: DriftEvent) => void) | undefined;
  }) {
    this.#hooks = options.hooks ?? {};
    this.#logger = options.logger;
    this.#onDrift = options.onDrift;
  }

  /** Whether anybody wants to know of answers: if not, their events need not be made. */
  get observesResponses(): boolean {
    return this.#hooks.onResponse !== undefined || this.#logger !== undefined;
  }

  request(event: RequestEvent): void {
    this.#call("onRequest", event);
    if (this.#logger) this.#log("debug", `${event.operation} sent`, callFields(event));
  }

  response(event: ResponseEvent): void {
    this.#call("onResponse", event);
    if (!this.#logger) return;
    const { status, durationMs, requestId } = event;
    this.#log("debug", `${event.operation} answered ${status}`, {
      ...callFields(event),
      status,
      durationMs,
      requestId,
    });
  }

  retry(event: RetryEvent): void {
    this.#call("onRetry", event);
    const { delayMs, error } = event;
    this.#log("warn", `${event.operation} failed (${error.code}), next try in ${delayMs} ms`, {
      ...callFields(event),
      delayMs,
      code: error.code,
    });
  }

  tokenRefresh(event: TokenRefreshEvent): void {
    this.#call("onTokenRefresh", event);
    const { source, background, durationMs, error } = event;
    this.#log(error ? "warn" : "debug", error ? "no access token" : "new access token", {
      source,
      background,
      durationMs,
      code: error?.code,
    });
  }

  error(event: ErrorEvent): void {
    this.#call("onError", event);
    const { operation, path, attempt, durationMs, error } = event;
    this.#log("error", `${operation ?? error.name} failed (${error.code})`, {
      operation,
      path,
      attempt,
      durationMs,
      code: error.code,
    });
  }

  drift(event: DriftEvent): void {
    this.#guard(() => this.#onDrift?.(event), "onDrift");
    const { operation, path, status, issues } = event;
    this.#log("warn", `${operation} answered other than described`, {
      operation,
      path,
      status,
      issues: issues.map((issue) => `${issue.path}: ${issue.message}`).join("; "),
    });
  }

  #call<Name extends keyof Hooks>(
    name: Name,
    event: Parameters<NonNullable<Hooks[Name]>>[0],
  ): void {
    const hook = this.#hooks[name];
    // The event is the one that this very hook takes; TypeScript cannot tie the two together.
    if (hook)
      this.#guard(() => (hook as (event: unknown) => unknown).call(this.#hooks, event), name);
  }

  #guard(callback: () => unknown, name: string): void {
    const report = () => this.#log("warn", `${name} threw`, {});
    try {
      const result = callback();
      if (result instanceof Promise) result.catch(report);
    } catch {
      report();
    }
  }

  /** Only named fields are ever logged, so that nothing secret can come along with an object. */
  #log(level: Level, message: string, fields: Fields): void {
    const logger = this.#logger;
    if (!logger) return;
    const text = `enode-sdk: ${message}`;
    try {
      // Loggers disagree on the order; only pino's family has bindings().
      const method = logger[level] as (...values: unknown[]) => unknown;
      const result =
        "bindings" in logger
          ? method.call(logger, fields, text)
          : method.call(logger, text, fields);
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // A broken logger must not break the host's call, and there is nobody left to tell.
    }
  }
}

function callFields({ operation, method, path, attempt }: CallEvent): Fields {
  return { operation, method, path, attempt };
}
