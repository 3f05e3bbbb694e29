import type { Hooks } from "../hooks.ts";

const names = [
  "onCall",
  "onRequest",
  "onResponse",
  "onRetry",
  "onTokenRefresh",
  "onError",
] as const;

/**
 * Combines several hooks into one object. Each is called for every event, also when another one throws.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { type ActivityRecorder, combineHooks } from "enode-sdk/mirror";
 *
 * export function connect(recorder: ActivityRecorder): Enode {
 *   const own = { onError: ({ error }: { error: Error }) => console.error(error.message) };
 *   return Enode.fromEnv({ hooks: combineHooks(own, recorder.hooks) });
 * }
 * ```
 */
export function combineHooks(...all: readonly Hooks[]): Hooks {
  const combined: Record<string, (event: never) => unknown> = {};
  for (const name of names) {
    const those = all.filter((hooks) => hooks[name] !== undefined);
    // Without a listener there is no hook, and no event is made for it.
    if (those.length === 0) continue;
    combined[name] = (event) => {
      // The caller handles a rejection, as it does for a single hook.
      return Promise.all(those.map(async (hooks) => hooks[name]?.(event)));
    };
  }
  return combined as Hooks;
}
