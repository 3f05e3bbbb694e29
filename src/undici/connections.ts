import type { SecureContext } from "node:tls";
import type { Dispatcher, Pool } from "undici";
import type { Undici } from "./load-undici.ts";
import type { UndiciTransportOptions } from "./options.ts";
import type { HttpProxy, ProxyChoice } from "./proxies.ts";

/** How long a proxy may take to answer CONNECT, in ms; undici gives a connection the same time. */
const tunnelTimeout = 10_000;

/** Where the requests of one client go. */
export interface Connections {
  dispatcherOf(origin: string): Dispatcher;
  /** Closes them, whatever is under way. */
  destroy(): Promise<void>;
}

/** The dispatcher of a host, which stays open. */
export function connectionsOf(dispatcher: Dispatcher): Connections {
  return { dispatcherOf: () => dispatcher, destroy: async () => {} };
}

/** Connections of a client's own: one dispatcher for each proxy, and one for what needs none. */
export class OwnConnections implements Connections {
  readonly #undici: Undici;
  readonly #options: UndiciTransportOptions;
  readonly #proxyOf: ProxyChoice;
  readonly #secureContext: SecureContext | undefined;
  readonly #byProxy = new Map<HttpProxy | undefined, Dispatcher>();
  readonly #byOrigin = new Map<string, Dispatcher>();

  constructor(
    undici: Undici,
    options: UndiciTransportOptions,
    proxyOf: ProxyChoice,
    secureContext: SecureContext | undefined,
  ) {
    this.#undici = undici;
    this.#options = options;
    this.#proxyOf = proxyOf;
    this.#secureContext = secureContext;
  }

  dispatcherOf(origin: string): Dispatcher {
    const known = this.#byOrigin.get(origin);
    if (known) return known;
    const proxy = this.#proxyOf(origin);
    const dispatcher = this.#byProxy.get(proxy) ?? this.#make(proxy);
    this.#byProxy.set(proxy, dispatcher);
    this.#byOrigin.set(origin, dispatcher);
    return dispatcher;
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#byProxy.values()].map((each) => each.destroy()));
  }

  #make(proxy: HttpProxy | undefined): Dispatcher {
    const { Agent, ProxyAgent } = this.#undici;
    const { connections, pipelining, keepAliveTimeout, allowH2 = false } = this.#options;
    const secureContext = this.#secureContext;
    const tls = secureContext ? { secureContext } : {};
    const pool = {
      allowH2,
      ...(connections !== undefined && { connections }),
      ...(pipelining !== undefined && { pipelining }),
      ...(keepAliveTimeout !== undefined && { keepAliveTimeout }),
    };
    if (!proxy) return new Agent({ ...pool, connect: { ...tls, allowH2 } });
    const TunnelPool = tunnelPool(this.#undici);
    return new ProxyAgent({
      ...pool,
      uri: proxy.url,
      ...(proxy.authorization !== undefined && { token: proxy.authorization }),
      // Also for http: what a proxy then answers instead of the server could not be told apart.
      proxyTunnel: true,
      requestTls: { ...tls, allowH2 },
      proxyTls: { ...tls, allowH2: false },
      clientFactory: (origin, options) => new TunnelPool(origin, options),
    });
  }
}

/** Connections to a proxy. Whatever fails in the making of a tunnel ends the request that waits for it. */
function tunnelPool({ Pool }: Undici): typeof Pool {
  return class TunnelPool extends Pool {
    // The cast: the other signature, with a callback, is not used by ProxyAgent.
    override connect = (async (options: Dispatcher.ConnectOptions) => {
      const connect = super.connect as (
        options: Dispatcher.ConnectOptions,
      ) => Promise<Dispatcher.ConnectData>;
      const answer = await connect
        .call(this, { ...options, headersTimeout: tunnelTimeout } as Dispatcher.ConnectOptions)
        .catch((error: Error & { code?: unknown }) => {
          // undici would connect again for ever: to it this is the end of a connection that was in use.
          if (error.code !== "UND_ERR_SOCKET")
            throw new Error("there is no tunnel", { cause: error });
          throw new Error("the proxy closed the connection before it made a tunnel");
        });
      const { statusCode, socket } = answer;
      const isOpen = statusCode === 200 && socket.readableLength === 0;
      if (isOpen) return answer;
      socket.on("error", () => {}).destroy();
      // No server speaks first. With http undici would make one tunnel after the other, without an end.
      throw new Error(
        statusCode === 200
          ? "the proxy has answered more than that there is a tunnel"
          : refusalOf(statusCode),
      );
    }) as Pool["connect"];
  };
}

function refusalOf(status: number): string {
  return status === 407
    ? "the proxy asks for a name and password, or does not accept those in its URL (407)"
    : `the proxy refuses to connect (${status})`;
}
