import { type ErrorCode, isStoreError } from "../errors/index.ts";
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

/** Outcomes that the app handles are no errors in a log; refusals by others are warnings. */
const levels: Partial<Record<ErrorCode, Level>> = {
  bad_request: "info",
  not_found: "info",
  conflict: "info",
  unprocessable: "info",
  aborted: "info",
  permission_denied: "warn",
  rate_limited: "warn",
};

/** Where events go, and what they are about. */
interface TelemetryOptions {
  readonly hooks?: Hooks | undefined;
  readonly logger?: Logger | undefined;
  readonly onDrift?: ((event: DriftEvent) => void) | undefined;
  readonly baseUrl: string;
}

/** Reports events to hooks and the logger, and lets neither break a call. */
export class Telemetry {
  readonly #options: TelemetryOptions;

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  /** Whether anything observes answers; if not, their events are not made. */
  get observesResponses(): boolean {
    const { hooks, logger } = this.#options;
    return (hooks?.onResponse ?? logger) !== undefined;
  }

  /** Runs a call, where a hook does so in a context of its own. */
  run<T>(operation: string, run: () => Promise<T>): Promise<T> {
    let running: Promise<T> | undefined;
    const once = () => (running ??= run());
    this.#call("onCall", { operation, baseUrl: this.#options.baseUrl, run: once });
    return once();
  }

  request(event: RequestEvent): void {
    this.#call("onRequest", event);
    if (this.#options.logger) this.#log("debug", `${event.operation} sent`, callFields(event));
  }

  response(event: ResponseEvent): void {
    this.#call("onResponse", event);
    if (!this.#options.logger) return;
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
    const { code, message } = error;
    if (isStoreError(error)) {
      const { store, method } = error;
      const { code: cause } = { ...(error.cause as { code?: string } | undefined) };
      // Messages of these errors are of this library, and hold no values.
      this.#log("error", `${store}.${method} failed (${code})`, {
        operation,
        store,
        method,
        reason: message,
        code,
        cause,
      });
      return;
    }
    this.#log(levels[code] ?? "error", `${operation ?? error.name} failed (${code})`, {
      operation,
      path,
      attempt,
      durationMs,
      code,
    });
  }

  drift(event: DriftEvent): void {
    // Out of its field, so that it does not get this object as `this`.
    const { onDrift } = this.#options;
    this.#guard(() => onDrift?.(event), "onDrift");
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
    // The event has the type that this hook takes; TypeScript cannot express that.
    const hooks = this.#options.hooks as
      | Record<string, ((event: unknown) => unknown) | undefined>
      | undefined;
    if (hooks?.[name]) this.#guard(() => hooks[name]?.(event), name);
  }

  #guard(callback: () => unknown, name: string): void {
    const report = () => this.#log("warn", `${name} threw`, {});
    try {
      // A promise of any kind, and of any realm.
      Promise.resolve(callback()).catch(report);
    } catch {
      report();
    }
  }

  /** Logs named fields only, so that no object can bring a secret along. */
  #log(level: Level, message: string, fields: Fields): void {
    const logger = this.#options.logger;
    if (!logger) return;
    const text = `enode-sdk: ${message}`;
    try {
      // Loggers differ in the order of arguments; only pino's family has bindings().
      const method = logger[level] as (...values: unknown[]) => unknown;
      const result =
        "bindings" in logger
          ? method.call(logger, fields, text)
          : method.call(logger, text, fields);
      Promise.resolve(result).catch(() => undefined);
    } catch {
      // A broken logger must not break the host's call, and there is nowhere else to report it.
    }
  }
}

function callFields({ operation, method, path, attempt }: CallEvent): Fields {
  return { operation, method, path, attempt };
}
