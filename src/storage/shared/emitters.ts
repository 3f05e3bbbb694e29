interface Emitter {
  on(event: "error", listener: () => void): unknown;
  listenerCount(event: "error"): number;
}

/**
 * Listens for the errors of a pool or client that nobody listens to: Node ends the process for an `error` event
 * without a listener, and a connection that breaks while nobody uses it is one. There is nothing to do about it,
 * as the library has dropped the connection already and opens another one for the next call.
 */
export function listenForErrors(source: object): void {
  const { on, listenerCount } = source as Partial<Emitter>;
  // Libraries that are compatible otherwise need not be emitters.
  if (typeof on !== "function" || typeof listenerCount !== "function") return;
  // Also when another storage of this package has been here before.
  if (listenerCount.call(source, "error") > 0) return;
  on.call(source, "error", () => {});
}
