import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { classifyFailure, innermostMessage } from "../../src/runtime/connection-failure.ts";

const failed = (cause?: unknown) => new TypeError("fetch failed", { cause });
const systemError = (syscall: string, code: string, address = "127.0.0.1:9") =>
  Object.assign(new Error(`${syscall} ${code} ${address}`), { code, syscall });
const coded = (code: string, message = "no") => Object.assign(new Error(message), { code });
const aggregate = (code: string, ...errors: unknown[]) =>
  failed(Object.assign(new AggregateError(errors), { code }));
const deno = (what: string) =>
  failed(
    new Error(
      `error sending request for url (http://127.0.0.1:9/): client error (Connect): ${what}`,
    ),
  );

/** Failures as Node, Bun and Deno report them. */
const nothingSent: Record<string, unknown> = {
  "a refused connection in node": failed(systemError("connect", "ECONNREFUSED")),
  "a host without a route, on connecting": failed(systemError("connect", "EHOSTUNREACH")),
  "a network without a route, on connecting": failed(systemError("connect", "ENETUNREACH")),
  "a connection that takes too long": failed(systemError("connect", "ETIMEDOUT")),
  "a connection that takes too long for undici": failed(coded("UND_ERR_CONNECT_TIMEOUT")),
  "refused connections to all addresses of a name": aggregate("ECONNREFUSED"),
  "failures of another kind at each address": aggregate(
    "ETIMEDOUT",
    systemError("connect", "ETIMEDOUT"),
    systemError("connect", "ENETUNREACH"),
  ),
  "a name that does not resolve": failed(systemError("getaddrinfo", "ENOTFOUND")),
  "a name that does not resolve now": failed(systemError("getaddrinfo", "EAI_AGAIN")),
  "a name that a resolver does not know": failed(systemError("queryA", "ENOTFOUND")),
  "a handshake that is broken off": failed(
    coded(
      "ECONNRESET",
      "Client network socket disconnected before secure TLS connection was established",
    ),
  ),
  "a refused connection in bun": coded("ConnectionRefused", "Unable to connect."),
  "a socket that bun cannot open": coded("FailedToOpenSocket"),
  "a refused connection in deno": deno("tcp connect error"),
  "a name that does not resolve in deno": deno("dns error"),
  "a refused connection of another realm": runInNewContext(
    "Object.assign(new TypeError('x'), { cause: Object.assign(new Error('y'), { code: 'ECONNREFUSED', syscall: 'connect' }) })",
  ),
};

const perhapsSent: Record<string, unknown> = {
  "a reset": failed(systemError("read", "ECONNRESET")),
  "a broken pipe": failed(systemError("write", "EPIPE")),
  "a host that became unreachable on a live connection": failed(
    systemError("read", "EHOSTUNREACH"),
  ),
  "a network that became unreachable on a live connection": failed(
    systemError("read", "ENETUNREACH"),
  ),
  "a port that became unreachable on a live connection": failed(
    systemError("read", "ECONNREFUSED"),
  ),
  "a host that is unreachable, and nobody says when": failed(coded("EHOSTUNREACH")),
  "a live connection that takes too long": failed(systemError("read", "ETIMEDOUT")),
  "the end of a connection": failed(coded("UND_ERR_SOCKET", "other side closed")),
  "one address of two that may have been reached": aggregate(
    "ECONNRESET",
    systemError("connect", "ECONNREFUSED"),
    systemError("read", "ECONNRESET"),
  ),
  "a record of TLS that is broken": failed(coded("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC")),
  "a failure that tells nothing": failed(),
  "no error": "ECONNREFUSED",
  nothing: undefined,
};

const tls: Record<string, unknown> = {
  ...Object.fromEntries(
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "CERT_HAS_EXPIRED",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    ].map((code) => [code, failed(coded(code))]),
  ),
  "a certificate that deno does not take": deno("invalid peer certificate: UnknownIssuer"),
};

describe("a failed request", () => {
  it.each(Object.entries(nothingSent))("was never sent: %s", (_, error) => {
    expect(classifyFailure(error)).toEqual({ beforeSend: true });
  });

  it.each(Object.entries(perhapsSent))("may have been sent: %s", (_, error) => {
    expect(classifyFailure(error)).toEqual({ beforeSend: false });
  });

  it.each(Object.entries(tls))("was never sent and never will be: %s", (_, error) => {
    expect(classifyFailure(error)).toEqual({ beforeSend: true, lasting: "tls" });
  });

  it("was never sent and never will be: an address that is none", () => {
    const error = failed(coded("ERR_INVALID_URL", "Invalid URL"));

    expect(classifyFailure(error)).toEqual({ beforeSend: true, lasting: "url" });
  });

  it("proves nothing with circular causes", () => {
    const error = new Error("a");
    error.cause = error;

    expect(classifyFailure(error)).toEqual({ beforeSend: false });
    expect(innermostMessage(error)).toBe("a");
  });

  it("names all addresses that were tried", () => {
    const error = aggregate(
      "ETIMEDOUT",
      systemError("connect", "ETIMEDOUT", "[2001:db8::1]:443"),
      systemError("connect", "ECONNREFUSED", "192.0.2.1:443"),
    );

    expect(innermostMessage(error)).toBe(
      "connect ETIMEDOUT [2001:db8::1]:443, connect ECONNREFUSED 192.0.2.1:443",
    );
  });
});
