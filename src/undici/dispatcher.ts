import type { SecureContext } from "node:tls";
import type { Dispatcher } from "undici";
import type { Undici } from "./load-undici.ts";
import type { UndiciTransportOptions } from "./options.ts";

/** Makes the dispatcher of one client. */
export function makeDispatcher(
  { Agent, EnvHttpProxyAgent, ProxyAgent }: Undici,
  options: UndiciTransportOptions,
  secureContext: SecureContext | undefined,
): Dispatcher {
  const { connections, pipelining, keepAliveTimeout, proxy, allowH2 = false } = options;
  const tls = secureContext ? { secureContext } : {};
  const pool = {
    allowH2,
    ...(connections !== undefined && { connections }),
    ...(pipelining !== undefined && { pipelining }),
    ...(keepAliveTimeout !== undefined && { keepAliveTimeout }),
  };
  if (proxy === undefined) return new Agent({ ...pool, connect: { ...tls, allowH2 } });
  const viaProxy = { ...pool, requestTls: tls, proxyTls: tls };
  if (proxy !== "env") return new ProxyAgent({ ...viaProxy, uri: proxy });
  return new EnvHttpProxyAgent({ ...viaProxy, connect: { ...tls, allowH2 } });
}
