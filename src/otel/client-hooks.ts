import {
  type Attributes,
  context,
  createContextKey,
  type Span,
  SpanKind,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { CallEvent, Hooks, TokenRefreshEvent } from "../hooks.ts";
import { attribute } from "./attributes.ts";
import { errorType, markFailed } from "./error-type.ts";
import type { Instruments } from "./instruments.ts";
import { WaitClock } from "./wait-clock.ts";

/** The call in which something happens. */
interface Call {
  readonly span: Span;
  readonly server: Attributes;
  readonly wait: WaitClock;
}

/** One request under way. */
interface Request {
  readonly span: Span;
  readonly startedAt: number;
  readonly attributes: Attributes;
  readonly server: Attributes;
}

const callKey = createContextKey("call of enode-sdk");

/**
 * The hooks of a client. A call is an INTERNAL span named by its operation, so that it shows tokens, waits and all
 * attempts; each request is a CLIENT span below it, as the conventions ask for one for each time that it is sent.
 */
export function clientHooks(tracer: Tracer, instruments: Instruments): Hooks {
  /** By the path parameters, the one object that all events of a call have in common. */
  const requests = new WeakMap<object, Request>();
  /** That of the call before: of this one, too, where no context manager tells which call this is. */
  let latestServer: Attributes = {};

  const activeCall = () => context.active().getValue(callKey) as Call | undefined;

  function endRequest(event: CallEvent, status: number | undefined, failure?: string): void {
    const request = requests.get(event.parameters);
    if (!request) return;
    requests.delete(event.parameters);
    const { span, server, startedAt } = request;
    const attributes: Attributes = { ...request.attributes };
    if (status !== undefined) {
      attributes[attribute.status] = status;
      span.setAttribute(attribute.status, status);
    }
    if (failure !== undefined) {
      attributes[attribute.errorType] = failure;
      markFailed(span, failure);
    }
    span.end();
    instruments.requestDuration.record(secondsSince(startedAt), attributes);
    instruments.activeRequests.add(-1, activeAttributes(event, server));
  }

  return {
    onCall({ operation, baseUrl, run }) {
      const startedAt = performance.now();
      const attributes: Attributes = { [attribute.operation]: operation };
      const span = tracer.startSpan(operation, { kind: SpanKind.INTERNAL, attributes });
      latestServer = serverOf(baseUrl);
      const call: Call = { span, server: latestServer, wait: new WaitClock() };
      let isKnown = false;
      const end = (failure?: string) => {
        call.wait.end();
        // Without a context manager its requests are not known to be of this call.
        if (isKnown) span.setAttribute(attribute.waited, call.wait.seconds);
        if (failure !== undefined) {
          attributes[attribute.errorType] = failure;
          markFailed(span, failure);
        }
        span.end();
        instruments.callDuration.record(secondsSince(startedAt), attributes);
      };
      const scope = trace.setSpan(context.active(), span).setValue(callKey, call);
      // Not returned: its failure is the caller's, and none of this hook.
      const running = context.with(scope, () => {
        isKnown = activeCall() === call;
        return run();
      });
      running.then(
        () => end(),
        (error: unknown) => end(errorType(error)),
      );
    },

    onRequest(event) {
      const { operation, method, path, attempt } = event;
      const call = activeCall();
      call?.wait.sent();
      const server = call?.server ?? latestServer;
      const attributes: Attributes = {
        [attribute.method]: method,
        [attribute.template]: path,
        ...server,
      };
      const span = tracer.startSpan(`${method} ${path}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          ...attributes,
          [attribute.operation]: operation,
          ...(attempt > 1 && { [attribute.resendCount]: attempt - 1 }),
        },
      });
      requests.set(event.parameters, { span, server, attributes, startedAt: performance.now() });
      instruments.activeRequests.add(1, activeAttributes(event, server));
    },

    onResponse(event) {
      const { status } = event;
      activeCall()?.wait.answered();
      endRequest(event, status, status >= 400 ? String(status) : undefined);
    },

    onRetry(event) {
      const { operation, delayMs, error } = event;
      const type = errorType(error);
      // An attempt without an answer ends here.
      endRequest(event, undefined, type);
      const call = activeCall();
      call?.wait.paused(delayMs);
      call?.span.addEvent("retry", {
        [attribute.errorType]: type,
        [attribute.retryDelay]: delayMs / 1_000,
      });
      instruments.retries.add(1, {
        [attribute.operation]: operation,
        [attribute.errorType]: type,
      });
    },

    onTokenRefresh(event) {
      if (!event.background) activeCall()?.wait.excluded(event.durationMs);
      recordToken(event, tracer, instruments);
    },

    onError(event) {
      const { operation, method, path, parameters, attempt, error } = event;
      if (!operation || !method || !path || !parameters) return;
      endRequest({ operation, method, path, parameters, attempt }, undefined, errorType(error));
    },
  };
}

/** A span of what is over. */
function recordToken(event: TokenRefreshEvent, tracer: Tracer, instruments: Instruments): void {
  const { source, background, durationMs, error } = event;
  const attributes: Attributes = {
    [attribute.tokenSource]: source,
    [attribute.inBackground]: background,
  };
  const call = trace.getSpanContext(context.active());
  const span = tracer.startSpan("obtain access token", {
    kind: SpanKind.INTERNAL,
    attributes,
    startTime: Date.now() - durationMs,
    // The call that began it does not wait for it, and may be over.
    ...(background && { root: true, links: call ? [{ context: call }] : [] }),
  });
  if (error) {
    attributes[attribute.errorType] = errorType(error);
    markFailed(span, errorType(error));
  }
  span.end();
  instruments.tokenDuration.record(durationMs / 1_000, attributes);
}

/** The address without anything else of the URL, which may hold a password. */
function serverOf(baseUrl: string): Attributes {
  const { hostname, port, protocol } = new URL(baseUrl);
  const usual = protocol === "http:" ? 80 : 443;
  return { [attribute.serverAddress]: hostname, [attribute.serverPort]: Number(port) || usual };
}

function activeAttributes({ method }: CallEvent, server: Attributes): Attributes {
  return { [attribute.method]: method, ...server };
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}
