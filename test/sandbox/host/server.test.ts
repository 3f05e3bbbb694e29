import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type SandboxServer, startSandbox } from "../../../src/sandbox/index.ts";
import { contractFetch } from "../../support/contract.ts";
import { LINK_REQUEST } from "../support/harness.ts";

const open: SandboxServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(options: Parameters<typeof startSandbox>[0] = {}) {
  const server = await startSandbox({ seed: 3, clock: "manual", ...options });
  open.push(server);
  return server;
}

async function tokenOf({ env }: SandboxServer): Promise<string> {
  const { ENODE_CLIENT_ID: id, ENODE_CLIENT_SECRET: secret } = env;
  const response = await fetch(env.ENODE_TOKEN_URL, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const body = (await response.json()) as { access_token: string };
  return body.access_token;
}

describe("the sandbox over HTTP", () => {
  it("serves the API and its tokens on 127.0.0.1", async () => {
    const server = await start();
    expect(server.env).toEqual({
      ENODE_API_URL: server.apiUrl,
      ENODE_TOKEN_URL: `${server.apiUrl}/oauth2/token`,
      ENODE_CLIENT_ID: server.credentials.clientId,
      ENODE_CLIENT_SECRET: server.credentials.clientSecret,
      ENODE_ENVIRONMENT: "sandbox",
    });
    expect(server.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const checked = contractFetch((request) => fetch(request));
    const headers = {
      authorization: `Bearer ${await tokenOf(server)}`,
      "content-type": "application/json",
    };
    const body = JSON.stringify(LINK_REQUEST);
    const path = `${server.apiUrl}/users/${encodeURIComponent("ü/🚗")}/link`;
    const created = await checked(path, { method: "POST", headers, body });
    const session = (await created.json()) as { linkToken: string; linkUrl: string };
    expect(session.linkUrl).toBe(`${server.linkUrl}/${session.linkToken}`);
    const [vehicle] = await server.completeLink(session.linkToken, { vendor: "KIA" });
    const listed = await checked(`${server.apiUrl}/vehicles`, { headers });
    expect(await listed.json()).toMatchObject({ data: [{ id: vehicle?.id, userId: "ü/🚗" }] });
    const deleted = await checked(`${server.apiUrl}/users/${encodeURIComponent("ü/🚗")}`, {
      method: "DELETE",
      headers,
    });
    expect(deleted.status).toBe(204);
    expect((await checked(`${server.apiUrl}/health/ready`)).status).toBe(204);
    expect((await checked(`${server.apiUrl}/vehicles`)).status).toBe(401);
  });

  it("breaks the connection for a reset", async () => {
    const server = await start();
    server.faults.next({ reset: true });
    const error = await fetch(`${server.apiUrl}/vehicles`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ cause: { code: "ECONNRESET" } });
    expect((await fetch(`${server.apiUrl}/health/ready`)).status).toBe(204);
  });

  it("serves the description of the API to anybody", async () => {
    const server = await start();
    const response = await fetch(`${server.apiUrl}/openapi.yaml`);
    expect(response.headers.get("content-type")).toBe("application/yaml; charset=utf-8");
    expect(parse(await response.text())).toMatchObject({ openapi: "3.1.0" });
    expect((await fetch(`${server.apiUrl}/openapi.yaml`, { method: "POST" })).status).toBe(404);
  });

  it("shows its pages to nobody who comes by another name", async () => {
    const server = await start();
    const { port } = new URL(server.apiUrl);
    const statusFor = (host: string) =>
      new Promise<string | undefined>((resolve, reject) => {
        const socket = connect(Number(port), "127.0.0.1", () => {
          socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
        });
        socket.once("data", (chunk) => resolve(/^HTTP\/1.1 (\d+)/.exec(String(chunk))?.[1]));
        socket.on("error", reject);
      });
    expect(await statusFor(`127.0.0.1:${port}`)).toBe("200");
    expect(await statusFor(`localhost:${port}`)).toBe("200");
    expect(await statusFor(`evil.example:${port}`)).toBe("404");
    expect(await statusFor("127.0.0.1")).toBe("404");
  });

  it("really cuts bodies", async () => {
    const server = await start();
    server.faults.next({ cut: "broken" });
    const broken = await fetch(`${server.apiUrl}/vehicles`);
    expect(broken.status).toBe(401);
    await expect(broken.text()).rejects.toThrow("terminated");
    server.faults.next({ cut: "stalled" });
    const stalled = await fetch(`${server.apiUrl}/vehicles`, { signal: AbortSignal.timeout(200) });
    const length = Number(stalled.headers.get("content-length"));
    const reader = stalled.body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.length).toBe(length >> 1);
    await expect(reader?.read()).rejects.toThrow(expect.objectContaining({ name: "TimeoutError" }));
    server.faults.next({ cut: "short" });
    const short = await fetch(`${server.apiUrl}/vehicles`);
    expect((await short.text()).length).toBe(length >> 1);
  });

  it("closes at once, with connections open and answers held back", async () => {
    const server = await start();
    await fetch(`${server.apiUrl}/health/ready`);
    const socket = connect(Number(new URL(server.apiUrl).port), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const ended = new Promise((resolve) => socket.once("close", resolve));
    server.faults.next({ delay: 60_000 });
    const slow = fetch(`${server.apiUrl}/vehicles`).catch(() => "broken");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    await server.close();
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(await slow).toBe("broken");
    await ended;
    await expect(fetch(`${server.apiUrl}/health/ready`)).rejects.toThrow("fetch failed");
    await server.close();
  });

  it("says so when its port is in use, or impossible", async () => {
    const server = await start();
    const port = Number(new URL(server.apiUrl).port);
    await expect(startSandbox({ port })).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    await expect(startSandbox({ port: 1.5 })).rejects.toThrow("port");
    await expect(startSandbox({ port: 70_000 })).rejects.toThrow("port");
    await expect(startSandbox({ seed: -1 })).rejects.toThrow("seed");
  });

  it("survives odd requests", async () => {
    const server = await start();
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(new URL(server.apiUrl).port), "127.0.0.1", () =>
          socket.end(text),
        );
        let answer = "";
        socket.on("data", (chunk) => {
          answer += String(chunk);
        });
        socket.on("end", () => resolve(answer)).on("error", reject);
      });
    const ending = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    expect(await raw(`GET //users ${ending}`)).toMatch(/^HTTP\/1.1 404/);
    expect(await raw(`OPTIONS * ${ending}`)).toMatch(/^HTTP\/1.1 404/);
    expect(await raw(`TRACE /users ${ending}`)).toMatch(/^HTTP\/1.1 400/);
    expect(await raw(`GET http://other.test/health/ready ${ending}`)).toMatch(/^HTTP\/1.1 204/);
    expect(await raw(`HEAD /users ${ending}`)).toMatch(/^HTTP\/1.1 405/);
    expect((await fetch(`${server.apiUrl}/health/ready`)).status).toBe(204);
  });

  it("reads no more of a body than any request has", async () => {
    const server = await start();
    const { port } = new URL(server.apiUrl);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/-/do" });
      sent.once("error", reject);
      sent.once("response", ({ statusCode }) => {
        sent.off("error", reject).on("error", () => {});
        resolve(statusCode);
        sent.destroy();
      });
      // A byte more than is read, and no end. Of a client that goes on writing the system may drop the answer.
      sent.write(new Uint8Array(16 * 1_048_576 + 1));
    });
    expect(status).toBe(413);
    expect((await fetch(`${server.apiUrl}/health/ready`)).status).toBe(204);
  });
});
