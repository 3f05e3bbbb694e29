import type { Dispatcher } from "undici";
import { invalidOption } from "../errors/configuration.ts";
import type { HttpTransport } from "../http-transport.ts";
import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import { connectionsOf, OwnConnections } from "./connections.ts";
import { loadUndici } from "./load-undici.ts";
import type { UndiciTransportOptions } from "./options.ts";
import { chooseProxies } from "./proxies.ts";
import { UndiciSender } from "./sender.ts";
import { secureContextOf } from "./tls.ts";

const knownOptions: KnownNames<UndiciTransportOptions> = {
  dispatcher: 0,
  connections: 0,
  pipelining: 0,
  keepAliveTimeout: 0,
  proxy: 0,
  ca: 0,
  cert: 0,
  key: 0,
  allowH2: 0,
};

const aliases = { agent: "dispatcher", maxSockets: "connections", proxyUrl: "proxy" };

/** The longest time of a timer, about 24.8 days; longer ones fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Sends the requests of clients with undici. Each client has connections of its own, which `enode.close()` closes.
 *
 * @throws ConfigurationError for invalid options. Without undici the first call of a client is rejected with one.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { undiciTransport } from "enode-sdk/undici";
 *
 * const enode = Enode.fromEnv({ transport: undiciTransport({ proxy: "env" }) });
 * process.once("SIGTERM", () => enode.close());
 * ```
 */
export function undiciTransport(options: UndiciTransportOptions = {}): HttpTransport {
  checkOptions(options);
  const { dispatcher } = options;
  if (dispatcher) return { open: () => new UndiciSender(async () => connectionsOf(dispatcher)) };
  const proxyOf = chooseProxies(options.proxy);
  const secureContext = secureContextOf(options);
  const connect = async () =>
    new OwnConnections(await loadUndici(), options, proxyOf, secureContext);
  return { open: () => new UndiciSender(connect) };
}

function checkOptions(options: UndiciTransportOptions): void {
  if (typeof options !== "object" || options === null) {
    throw invalidOption("options", "undiciTransport() takes an object of options.");
  }
  refuseUnknownNames("undiciTransport", options, knownOptions, aliases);
  const { dispatcher, ...others } = options;
  if (dispatcher !== undefined) {
    if (typeof (dispatcher as Partial<Dispatcher> | null)?.dispatch !== "function") {
      throw invalidOption(
        "dispatcher",
        "dispatcher must be a dispatcher of undici, such as new Agent().",
      );
    }
    const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
    if (other === undefined) return;
    throw invalidOption(other, `Give ${other} to the dispatcher itself, or leave dispatcher out.`);
  }
  checkWhole("connections", options.connections, 1);
  checkWhole("pipelining", options.pipelining, 1);
  checkWhole("keepAliveTimeout", options.keepAliveTimeout, 1, longestTimer);
  if (options.allowH2 !== undefined && typeof options.allowH2 !== "boolean") {
    throw invalidOption("allowH2", "allowH2 must be true or false.");
  }
}

function checkWhole(
  parameter: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw invalidOption(parameter, `${parameter} must be a whole number of at least ${least}.`);
}
