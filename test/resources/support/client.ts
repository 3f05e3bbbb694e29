import { getEventListeners } from "node:events";
import { Enode, type EnodeOptions } from "../../../src/index.ts";

/** A client whose requests a function answers; it has a token from the start and does not repeat. */
export function clientOver(
  fetch: (request: Request) => Promise<Response>,
  options: Partial<EnodeOptions> = {},
): Enode {
  return new Enode({
    environment: "sandbox",
    tokenProvider: async () => ({ token: "token-1", expiresAt: Date.now() + 3_600_000 }),
    maxRetries: 0,
    fetch,
    ...options,
  } as EnodeOptions);
}

/** Never answers; rejects, as `fetch` does, when the request is aborted. */
export function hang(request: Request): Promise<Response> {
  return new Promise((_, reject) => {
    const abort = () => reject(request.signal.reason);
    if (request.signal.aborted) abort();
    request.signal.addEventListener("abort", abort);
  });
}

/** How many listeners wait on a signal. */
export function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

/** Lets everything happen that needs no time to pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a promise is rejected with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<Error> {
  const failure = await promise.then(
    (value) => new Error(`was not rejected but gave ${JSON.stringify(value)}`),
    (error) => error,
  );
  if (failure instanceof Error) return failure;
  throw new Error(`was rejected with something that is no error: ${String(failure)}`);
}

/** Failures that nobody handled while a function ran. */
export async function unhandledDuring(run: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    await run();
    await settle();
  } finally {
    process.off("unhandledRejection", note);
  }
  return unhandled;
}
