import { builtin } from "./builtin.ts";

/** What is needed of `node:async_hooks`, which Node, Bun and Deno have, and other runtimes may have. */
interface AsyncHooks {
  readonly AsyncLocalStorage?: { snapshot?(): <T>(work: () => T) => T };
}

/**
 * Captures the asynchronous context of the caller (`AsyncLocalStorage`), and returns a function that runs work in
 * it. For what several callers share: it must not run in the context of whoever came first, or requests, tenants
 * and traces of all of them are mixed up. A runtime without such contexts just runs the work.
 */
export function captureContext(): <T>(work: () => T) => T {
  const hooks = builtin<AsyncHooks>("node:async_hooks");
  return hooks?.AsyncLocalStorage?.snapshot?.() ?? ((work) => work());
}
