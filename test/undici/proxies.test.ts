import { inspect } from "node:util";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError, isConnectionError } from "../../src/errors/index.ts";
import { undiciTransport } from "../../src/undici/index.ts";
import { chooseProxies } from "../../src/undici/proxies.ts";
import { deadUrl } from "../support/loopback.ts";
import { createClient, errorOf, failureOf } from "../support/stub.ts";
import { authority, server as certificate, misnamed } from "./support/certificates.ts";
import { command, overUndici, read } from "./support/client.ts";
import { answerOk, type OnConnect, refuseWith, tunnel, useServers } from "./support/servers.ts";

const servers = useServers();
const variables = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
];

beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  // Those of this machine.
  for (const name of variables) vi.stubEnv(name, undefined);
});

const sentinel = "sentinel/Pass%word";
const credentials = `anna:${encodeURIComponent(sentinel)}`;
const basic = `Basic ${Buffer.from(`anna:${sentinel}`).toString("base64")}`;
const withCredentials = (url: string) => url.replace("://", `://${credentials}@`);

/** Tells those who show no name and password that they have to. */
const askForCredentials: OnConnect = (socket, request) =>
  request.headers["proxy-authorization"] === basic
    ? tunnel(socket, request)
    : refuseWith(407)(socket, request);

describe("calls through a proxy", () => {
  it("reach a server of TLS by CONNECT, the token endpoint too", async () => {
    const paths: string[] = [];
    const { port } = await servers.secure(certificate, (request, response) => {
      paths.push(request.url ?? "");
      const answer = { id: "ok", access_token: "token-1", expires_in: 3600, token_type: "bearer" };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    const proxy = await servers.proxy();
    const baseUrl = `https://127.0.0.1:${port}`;
    const transport = undiciTransport({ proxy: proxy.url, ca: authority });
    const enode = createClient({ baseUrl, tokenUrl: `${baseUrl}/token`, transport } as object);
    servers.afterwards(() => enode.close());

    await read(enode);
    await command(enode);

    expect(paths).toEqual(["/token", "/users/u-1", "/vehicles/v-1/charging"]);
    // A connection of undici takes part in the next turn only, so that two take turns.
    expect(proxy.tunnels.length).toBeLessThanOrEqual(2);
    expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(
      new Set([`127.0.0.1:${port}`]),
    );
  });

  it("reach an http server of this machine by CONNECT as well", async () => {
    const { port } = await servers.plain(answerOk);
    const proxy = await servers.proxy();
    const enode = overUndici({ baseUrl: `http://127.0.0.1:${port}` }, { proxy: proxy.url });
    servers.afterwards(() => enode.close());

    expect(await read(enode)).toEqual({ id: "ok" });
    expect(proxy.tunnels).toMatchObject([{ target: `127.0.0.1:${port}` }]);
  });

  it("show the server its own name, whatever that of the proxy is", async () => {
    const { port } = await servers.secure(misnamed);
    const proxy = await servers.proxy();
    const enode = overUndici(
      { baseUrl: `https://elsewhere.example:${port}` },
      { proxy: proxy.url, ca: authority },
    );
    servers.afterwards(() => enode.close());

    expect(await read(enode)).toEqual({ id: "ok" });
    expect(proxy.tunnels).toMatchObject([{ target: `elsewhere.example:${port}` }]);
  });

  it("show the name and password of its URL, which need not be plain letters", async () => {
    const { port } = await servers.plain(answerOk);
    const proxy = await servers.proxy({ onConnect: askForCredentials });
    const enode = overUndici(
      { baseUrl: `http://127.0.0.1:${port}` },
      { proxy: withCredentials(proxy.url) },
    );
    servers.afterwards(() => enode.close());

    await read(enode);

    expect(proxy.tunnels).toMatchObject([{ authorization: basic }]);
  });

  it("may show a name without a password", async () => {
    const { port } = await servers.plain(answerOk);
    const proxy = await servers.proxy();
    const enode = overUndici(
      { baseUrl: `http://127.0.0.1:${port}` },
      { proxy: proxy.url.replace("://", "://token@") },
    );
    servers.afterwards(() => enode.close());

    await read(enode);

    expect(proxy.tunnels).toMatchObject([{ authorization: `Basic ${btoa("token:")}` }]);
  });

  it.each([false, true])(
    "may go through one that speaks TLS itself (HTTP/2 after it: %s)",
    async (allowH2) => {
      const { port } = await servers.secure(certificate);
      const proxy = await servers.proxy({ tls: certificate });
      const enode = overUndici(
        { baseUrl: `https://127.0.0.1:${port}` },
        { proxy: proxy.url, ca: authority, allowH2 },
      );
      servers.afterwards(() => enode.close());

      expect(await read(enode)).toEqual({ id: "ok" });
      expect(proxy.tunnels).toHaveLength(1);
    },
  );

  it("fail at once where nobody trusts the certificate of the proxy", async () => {
    const proxy = await servers.proxy({ tls: certificate });
    const enode = overUndici({ baseUrl: "https://enode.example" }, { proxy: proxy.url });
    servers.afterwards(() => enode.close());

    const error = await failureOf(command(enode), isConnectionError);

    expect(error).toMatchObject({ beforeSend: true, attempts: 1 });
    expect(error.message).toContain("ca of undiciTransport");
    expect(proxy.tunnels).toHaveLength(0);
  });

  it("end with the attempt when the proxy never answers CONNECT", async () => {
    const proxy = await servers.proxy({ onConnect: () => {} });
    const enode = overUndici(
      { baseUrl: "https://enode.example", maxRetries: 0, timeout: 50 },
      { proxy: proxy.url },
    );

    expect(await failureOf(command(enode), isConnectionError)).toHaveProperty("beforeSend", true);
    // It does not wait for the proxy.
    await enode.close();
  });

  it("are repeated when a tunnel breaks before it is used", async () => {
    const { port } = await servers.secure(certificate);
    let tunnels = 0;
    const proxy = await servers.proxy({
      onConnect: (socket, request) => {
        if (++tunnels > 1) tunnel(socket, request);
        else socket.end("HTTP/1.1 200 OK\r\n\r\n");
      },
    });
    const enode = overUndici(
      { baseUrl: `https://127.0.0.1:${port}` },
      { proxy: proxy.url, ca: authority },
    );
    servers.afterwards(() => enode.close());

    await command(enode);

    expect(tunnels).toBe(2);
  });
});

describe("the password of a proxy cannot be seen", () => {
  it.each<[string, OnConnect]>([
    ["it is refused", refuseWith(407)],
    ["the proxy cuts off", (socket) => socket.end()],
    [
      "the proxy quotes it",
      (socket, { headers }) =>
        socket.end(`HTTP/1.1 502 ${headers["proxy-authorization"]}\r\n\r\n${sentinel}`),
    ],
    [
      "the proxy speaks no HTTP",
      (socket, { headers }) => socket.end(`${headers["proxy-authorization"]}\r\n\r\n`),
    ],
  ])("when %s", async (_when, onConnect) => {
    const proxy = await servers.proxy({ onConnect });
    const heard: unknown[] = [];
    const hear = (...values: unknown[]) => void heard.push(...values);
    const transport = { proxy: withCredentials(proxy.url) };
    const enode = overUndici(
      {
        baseUrl: "https://enode.example",
        maxRetries: 1,
        logger: { debug: hear, info: hear, warn: hear, error: hear },
        hooks: { onRequest: hear, onRetry: hear, onError: hear },
      },
      transport,
    );
    servers.afterwards(() => enode.close());

    heard.push(await failureOf(read(enode), isConnectionError), enode);

    expect(heard.length).toBeGreaterThan(4);
    expect(proxy.tunnels.map(({ authorization }) => authorization)).toContain(basic);
    const text = inspect(heard, { depth: 12, showHidden: true, maxStringLength: null });
    for (const form of ["sentinel", basic, basic.slice(6)]) expect(text).not.toContain(form);
  });

  it.each([
    `ftp://${credentials}@proxy.example`,
    `${credentials}@proxy.example:3128`,
    `http://${credentials}@`,
    "http://anna:sentinel%@proxy.example",
  ])("when %s is refused", (proxy) => {
    const error = errorOf(() => undiciTransport({ proxy }), isConfigurationError);

    expect(error).toMatchObject({ code: "invalid_option", parameter: "proxy" });
    expect(inspect(error, { depth: 12, showHidden: true })).not.toContain("sentinel");
  });

  it("when a variable of the environment is refused, which the error names", () => {
    vi.stubEnv("HTTPS_PROXY", `ftp://${credentials}@proxy.example`);

    const error = errorOf(() => undiciTransport({ proxy: "env" }), isConfigurationError);

    expect(error.message).toContain("HTTPS_PROXY");
    expect(inspect(error, { depth: 12, showHidden: true })).not.toContain("sentinel");
  });
});

describe("proxy: env", () => {
  const enode = "https://enode.example";
  const local = "http://127.0.0.1:8080";
  const at = (env: Record<string, string>, origin: string) =>
    chooseProxies("env", env)(origin)?.url;

  it.each([
    ["HTTPS_PROXY", "http://a:1", undefined],
    ["https_proxy", "http://a:1", undefined],
    ["HTTP_PROXY", "http://a:1", "http://a:1"],
    ["http_proxy", "http://a:1", "http://a:1"],
  ])("takes %s", (name, forHttps, forHttp) => {
    const env = { [name]: "http://a:1" };

    expect(at(env, enode)).toBe(forHttps);
    expect(at(env, local)).toBe(forHttp);
  });

  it("prefers small letters, and the variable of the scheme", () => {
    const env = { HTTPS_PROXY: "http://a:1", https_proxy: "http://b:1", HTTP_PROXY: "http://c:1" };

    expect(at(env, enode)).toBe("http://b:1");
    expect(at(env, local)).toBe("http://c:1");
  });

  it("takes a variable without a scheme, with name and password, and none of one that is empty", () => {
    expect(chooseProxies("env", { https_proxy: "u:p@proxy.example:3128" })(enode)).toEqual({
      url: "http://proxy.example:3128",
      authorization: `Basic ${btoa("u:p")}`,
    });
    expect(at({ https_proxy: "", HTTPS_PROXY: "http://a:1" }, enode)).toBeUndefined();
    expect(at({}, enode)).toBeUndefined();
  });

  it.each([
    ["enode.example", enode, true],
    ["ENODE.example", enode, true],
    ["other.example", enode, false],
    ["node.example", enode, false],
    ["example", enode, true],
    [".example", enode, true],
    ["*.example", enode, true],
    [".enode.example", enode, true],
    ["enode.example:443", enode, true],
    ["enode.example:8443", enode, false],
    ["enode.example:8443", "https://enode.example:8443", true],
    ["127.0.0.1", local, true],
    ["127.0.0.1:80", local, false],
    ["127.0.0.1:80", "http://127.0.0.1", true],
    ["::1", "http://[::1]:8080", true],
    ["[::1]", "http://[::1]:8080", true],
    ["[::1]:8080", "http://[::1]:8080", true],
    ["[::1]:8081", "http://[::1]:8080", false],
    ["*", enode, true],
    ["a.example, enode.example", enode, true],
    ["a.example enode.example", enode, true],
    ["", enode, false],
    [" , ", enode, false],
  ])("by NO_PROXY=%s leaves %s alone: %s", (noProxy, origin, isAlone) => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const env = { HTTP_PROXY: "http://a:1", [name]: noProxy };

      expect(at(env, origin)).toBe(isAlone ? undefined : "http://a:1");
    }
  });

  it("goes to each server its own way, by the variables of the time when it was made", async () => {
    const { port } = await servers.plain((_request, response) => {
      const answer = { id: "ok", access_token: "token-1", expires_in: 3600, token_type: "bearer" };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    const proxy = await servers.proxy();
    vi.stubEnv("HTTP_PROXY", proxy.url);
    vi.stubEnv("NO_PROXY", "localhost");
    const transport = undiciTransport({ proxy: "env" });
    vi.stubEnv("HTTP_PROXY", await deadUrl());
    const enode = createClient({
      baseUrl: `http://127.0.0.1:${port}`,
      tokenUrl: `http://localhost:${port}/token`,
      transport,
    } as object);
    servers.afterwards(() => enode.close());

    await read(enode);

    expect(proxy.tunnels).toMatchObject([{ target: `127.0.0.1:${port}` }]);
  });
});
