import type { Sandbox } from "./handle.ts";

/**
 * Whether the runtime lets a sandbox begin now. Workers refuse random values and timers, and let their clock stand
 * still, while modules load: `createSandbox()` at the top of a module begins with the first request there.
 */
export function canBegin(): boolean {
  try {
    crypto.getRandomValues(new Uint8Array(1));
    return true;
  } catch {
    return false;
  }
}

/** A sandbox that is built when a member is used for the first time, apart from its credentials. */
export function deferred(credentials: Sandbox["credentials"], build: () => Sandbox): Sandbox {
  let built: Sandbox | undefined;
  const sandbox = (): Sandbox => {
    built ??= build();
    return built;
  };
  return {
    credentials,
    fetch: async (input, init) => sandbox().fetch(input, init),
    completeLink: async (linkToken, completion) => sandbox().completeLink(linkToken, completion),
    invalidateCredentials: (userId, vendor) => sandbox().invalidateCredentials(userId, vendor),
    deliver: async () => sandbox().deliver(),
    get clock() {
      return sandbox().clock;
    },
    get tokens() {
      return sandbox().tokens;
    },
    get devices() {
      return sandbox().devices;
    },
    get faults() {
      return sandbox().faults;
    },
    get scenarios() {
      return sandbox().scenarios;
    },
    get events() {
      return sandbox().events;
    },
    get requests() {
      return sandbox().requests;
    },
    get deliveries() {
      return sandbox().deliveries;
    },
  };
}
