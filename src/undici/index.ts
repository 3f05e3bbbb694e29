/**
 * Sends the requests of a client with undici: several times cheaper than `fetch`, with proxies, certificates and
 * pools of connections as options. For Node, with undici 7 or newer beside it: `npm install undici`.
 *
 * @module enode-sdk/undici
 */
export type { UndiciTransportOptions } from "./options.ts";
export { undiciTransport } from "./transport.ts";
