import { builtin } from "./builtin.ts";

/** The part of `node:async_hooks` that is used. Node, Bun and Deno have it, and other runtimes may. */
interface AsyncHooks {
  readonly AsyncLocalStorage?: { snapshot?(): <T>(work: () => T) => T };
}

/**
 * Captures the asynchronous context of the caller (`AsyncLocalStorage`), and returns a function that runs work in
 * it. Shared work must not run in the context of its first caller, or it mixes up requests, tenants and traces. A
 * runtime without such contexts just runs the work.
 */
export function captureContext(): <T>(work: () => T) => T {
  const hooks = builtin<AsyncHooks>("node:async_hooks");
  return hooks?.AsyncLocalStorage?.snapshot?.() ?? ((work) => work());
}
