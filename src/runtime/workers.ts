/** Whether this is Cloudflare Workers, where timers and promises of a request end with its answer. */
export function isWorkers(): boolean {
  return globalThis.navigator?.userAgent === "Cloudflare-Workers";
}
