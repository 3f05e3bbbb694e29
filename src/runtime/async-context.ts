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
  // Not imported: bundlers for other runtimes would have to resolve it.
  const { process } = globalThis as {
    readonly process?: {
      versions?: unknown;
      getBuiltinModule?(id: string): AsyncHooks | undefined;
    };
  };
  // The edge runtime of Next has the function, which throws, but no versions.
  const hooks = process?.versions ? process.getBuiltinModule?.("node:async_hooks") : undefined;
  return hooks?.AsyncLocalStorage?.snapshot?.() ?? ((work) => work());
}
