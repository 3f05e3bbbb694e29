/** The part of `node:async_hooks` in use. Node, Bun and Deno have it, and Workers that enable it. */
interface AsyncHooks {
  readonly AsyncLocalStorage?: { snapshot?(): <R>(work: () => R) => R };
}

/**
 * Captures the asynchronous context of the caller (`AsyncLocalStorage`); returns a function that runs work in it. A
 * webhook comes from outside: its handlers must not see the request context of the call that caused it. Where the
 * runtime has no such contexts, the work runs as it is.
 */
export function captureContext(): <R>(work: () => R) => R {
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
