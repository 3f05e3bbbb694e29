/** Runs something, and returns what that returns. */
type Run = <T>(work: () => T) => T;

interface AsyncHooks {
  readonly AsyncLocalStorage: { snapshot?: () => Run };
}

/**
 * Captures the context (AsyncLocalStorage) of the caller, to run in it what serves many callers: timers and calls
 * that are shared belong to none of them, and would otherwise carry the request, the tenant or the span of the
 * first one along for as long as the process lives. Where the runtime cannot do so, work runs as it is.
 */
export function captureContext(): Run {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined };
  };
  const hooks = process?.getBuiltinModule?.("node:async_hooks");
  return hooks?.AsyncLocalStorage.snapshot?.() ?? ((work) => work());
}
