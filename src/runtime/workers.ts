/** Whether this is Cloudflare Workers, where all that belongs to a request ends with its answer. */
export function isWorkers(): boolean {
  return globalThis.navigator?.userAgent === "Cloudflare-Workers";
}
