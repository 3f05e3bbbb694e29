import type { Dispatcher } from "undici";

/** Options of `undiciTransport`. */
export interface UndiciTransportOptions {
  /**
   * A dispatcher of your own, such as an `Agent` or a `MockAgent` of undici 7 or newer. It is not closed with the client,
   * and no other option can be given with it. It must not retry: that is the client's task. Default: connections of each
   * client's own.
   */
  dispatcher?: Dispatcher | undefined;
  /**
   * Most connections to one server; other requests wait. Default: no limit, but a client has at most 256 requests in
   * flight.
   */
  connections?: number | undefined;
  /** Reads that may be sent on a connection before the first of them is answered; commands are alone. Default 1. */
  pipelining?: number | undefined;
  /** How long an idle connection stays open, in ms, unless the server names a time. Default 4,000. */
  keepAliveTimeout?: number | undefined;
  /**
   * The URL of an HTTP proxy, with name and password if it asks for them; or `env`, for the proxies of the environment
   * variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capital or small letters, which are read when the transport is
   * made. All requests go through a tunnel (CONNECT), those for tokens too. Default: no proxy.
   */
  proxy?: "env" | (string & {}) | undefined;
  /**
   * Certificates in PEM to trust beside those that Node trusts, such as the authority of a company's proxy: one or more
   * in a text or Buffer.
   */
  ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The certificate of this client in PEM, for servers or proxies that ask for one (mTLS); with `key`. */
  cert?: string | Uint8Array | undefined;
  /** The private key of `cert` in PEM, not encrypted. */
  key?: string | Uint8Array | undefined;
  /** Whether to speak HTTP/2 with servers that offer it. Default false. */
  allowH2?: boolean | undefined;
}
