import type { ServerOptions } from "node:https";
import * as tls from "node:tls";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError, isConnectionError, isTokenError } from "../../src/errors/index.ts";
import { type UndiciTransportOptions, undiciTransport } from "../../src/undici/index.ts";
import { selfSigned } from "../support/self-signed.ts";
import { createClient, errorOf, failureOf } from "../support/stub.ts";
import {
  authority,
  server as certificate,
  client as clientCertificate,
  expired,
  misnamed,
  otherAuthority,
} from "./support/certificates.ts";
import { command, overUndici, read } from "./support/client.ts";
import { answerOk, useServers } from "./support/servers.ts";

vi.mock(import("node:tls"), { spy: true });

const servers = useServers();

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => vi.mocked(tls.createSecureContext).mockClear());

/** A client of a server with that certificate, and the connections that the server got. */
async function clientOf(options: ServerOptions, transport: UndiciTransportOptions) {
  const requests: string[] = [];
  const { port, sockets } = await servers.secure(options, (request, response) => {
    requests.push(request.url ?? "");
    answerOk(request, response);
  });
  const enode = overUndici({ baseUrl: `https://127.0.0.1:${port}` }, transport);
  servers.afterwards(() => enode.close());
  return { enode, requests, sockets };
}

describe("a server is trusted", () => {
  it.each<[string, UndiciTransportOptions["ca"]]>([
    ["as text", authority],
    ["as a Buffer", Buffer.from(authority)],
    ["as bytes", new TextEncoder().encode(authority)],
    ["in a list", [otherAuthority, Buffer.from(authority)]],
    ["behind another one in a bundle", `# others first\n${otherAuthority}\n${authority}`],
  ])("by its authority %s", async (_how, ca) => {
    const { enode } = await clientOf(certificate, { ca });

    expect(await read(enode)).toEqual({ id: "ok" });
  });

  it("by its own certificate, which nobody else has signed", async () => {
    const { enode } = await clientOf(selfSigned, { ca: selfSigned.cert });

    expect(await read(enode)).toEqual({ id: "ok" });
  });

  it("beside those that Node trusts, which are read once for all clients", () => {
    const transport = undiciTransport({ ca: authority });
    transport.open();
    transport.open();

    const [[options] = []] = vi.mocked(tls.createSecureContext).mock.calls;
    const trusted = tls.getCACertificates?.("default") ?? tls.rootCertificates;
    expect(trusted.length).toBeGreaterThan(50);
    expect(options?.ca).toEqual([...trusted, authority]);
    expect(tls.createSecureContext).toHaveBeenCalledOnce();
  });
});

describe("a call fails at once, and names the cure,", () => {
  it.each<[string, ServerOptions, UndiciTransportOptions, string]>([
    ["no authority is given", certificate, {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [
      "another one is given",
      certificate,
      { ca: otherAuthority },
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    ["the certificate has expired", expired, { ca: authority }, "CERT_HAS_EXPIRED"],
    ["it is for another host", misnamed, { ca: authority }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["nobody has signed it", selfSigned, {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ])("when %s", async (_when, options, transport, code) => {
    const { enode, requests, sockets } = await clientOf(options, transport);

    for (const call of [read, command]) {
      const error = await failureOf(call(enode), isConnectionError);

      expect(error).toMatchObject({ attempts: 1, beforeSend: true });
      expect(error.message).toContain("NODE_EXTRA_CA_CERTS");
      expect(error.message).toContain("the option ca of undiciTransport");
      expect(inspect(error.cause)).toContain(code);
    }
    expect(requests).toEqual([]);
    expect(sockets).toHaveLength(2);
  });

  it("also the exchange of a token", async () => {
    const { port, sockets } = await servers.secure(certificate);
    const tokenUrl = `https://127.0.0.1:${port}/token`;
    const enode = createClient({ tokenUrl, transport: undiciTransport() } as object);
    servers.afterwards(() => enode.close());

    const error = await failureOf(read(enode), isTokenError);

    expect(error.message).toContain("the option ca of undiciTransport");
    expect(sockets).toHaveLength(1);
  });
});

describe("a server that asks for a certificate", () => {
  const strict = { ...certificate, ca: authority, requestCert: true };

  it.each<tls.SecureVersion>(["TLSv1.2", "TLSv1.3"])(
    "gets that of the client, over %s",
    async (version) => {
      const limits = { minVersion: version, maxVersion: version };
      const { enode } = await clientOf(
        { ...strict, ...limits },
        { ca: authority, ...clientCertificate },
      );

      expect(await read(enode)).toEqual({ id: "ok" });
      expect(await command(enode)).toEqual({ id: "ok" });
    },
  );

  it.each<tls.SecureVersion>(["TLSv1.2", "TLSv1.3"])(
    "refuses a client without one, over %s",
    async (version) => {
      const limits = { minVersion: version, maxVersion: version };
      const { enode, requests } = await clientOf({ ...strict, ...limits }, { ca: authority });

      await failureOf(command(enode), isConnectionError);

      expect(requests).toEqual([]);
    },
  );
});

describe("what is no certificate or key is refused, and never quoted", () => {
  const garbage = (kind: string) => `-----BEGIN ${kind}-----\nsentinel\n-----END ${kind}-----\n`;
  const { cert, key } = clientCertificate;
  it.each<[string, object, string]>([
    ["a path as ca", { ca: "/etc/ssl/sentinel.pem" }, "ca"],
    ["garbage as ca", { ca: garbage("CERTIFICATE") }, "ca"],
    [
      "garbage behind an authority",
      { ca: [authority, `${authority}${garbage("CERTIFICATE")}`] },
      "ca",
    ],
    ["an authority that is cut off", { ca: authority.slice(0, 300) }, "ca"],
    ["a number as ca", { ca: 7 }, "ca"],
    ["garbage as cert", { cert: garbage("CERTIFICATE"), key }, "cert"],
    ["a path as cert", { cert: "sentinel.pem", key }, "cert"],
    ["garbage as key", { cert, key: garbage("PRIVATE KEY") }, "cert"],
    ["a path as key", { cert, key: "sentinel.key" }, "key"],
    ["the key of another", { cert, key: certificate.key }, "cert"],
    ["a cert alone", { cert }, "key"],
    ["a key alone", { key }, "cert"],
  ])("%s", (_what, options, parameter) => {
    const error = errorOf(() => undiciTransport(options), isConfigurationError);

    expect(error).toMatchObject({ code: "invalid_option", parameter });
    const text = inspect(error, { depth: 12, showHidden: true });
    expect(text).not.toContain("sentinel");
    expect(text).not.toContain(key.split("\n")[1]);
  });
});
