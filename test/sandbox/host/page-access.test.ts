import { afterEach, describe, expect, it } from "vitest";
import { isLoopback } from "../../../src/sandbox/host/loopback.ts";
import { type Served, serveSandbox } from "../../../src/sandbox/host/server.ts";
import { fetchToken, LINK_REQUEST, send } from "../support/harness.ts";

// A spelling of 127.0.0.1 that counts as the address of another network, so that the test opens no port to one.
const HOST = "127.1";

const open: Served[] = [];
afterEach(async () => {
  for (const { server } of open.splice(0)) await server.close();
});

async function serve() {
  const served = await serveSandbox({ seed: 3, clock: "manual" }, HOST);
  open.push(served);
  const { searchParams } = new URL(served.pageUrl);
  const token = searchParams.get("token") ?? "";
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(served.server.apiUrl + path, { redirect: "manual", headers });
  return { ...served, token, get };
}

describe("the pages of a sandbox that other machines reach", () => {
  it("ask for the token, and say where it is", async () => {
    const { get, token } = await serve();
    for (const path of ["/", "/?tab=connect", "/-/stream", "/-/do", "/-/nothing", "/?token="]) {
      const refused = await get(path);
      expect([path, refused.status]).toEqual([path, 401]);
      const text = await refused.text();
      expect(text).toContain("Open the address that it has printed on its terminal");
      expect(text).not.toContain(token);
    }
  });

  it.each<[string, (token: string) => string]>([
    ["another", () => "0".repeat(36)],
    ["a longer", (token) => `${token}x`],
    ["a shorter", (token) => token.slice(1)],
  ])("refuse %s token", async (_, change) => {
    const { get, token, server } = await serve();
    const wrong = change(token);
    const refused = await get(`/?token=${wrong}`);
    expect([refused.status, refused.headers.get("set-cookie")]).toEqual([401, null]);
    const name = `enode-sandbox-${new URL(server.apiUrl).port}`;
    expect((await get("/", { cookie: `${name}=${token}` })).status).toBe(200);
    expect((await get("/", { cookie: `${name}=${wrong}` })).status).toBe(401);
    expect((await get("/", { cookie: `${name}x=${token}` })).status).toBe(401);
  });

  it("keep the token in a cookie, and take it out of the address", async () => {
    const { get, token, pageUrl, server } = await serve();
    expect(pageUrl).toBe(`${server.apiUrl}/?token=${token}`);
    const first = await get(`/?tab=connect&token=${token}`);
    expect([first.status, first.headers.get("location")]).toEqual([303, "/?tab=connect"]);
    const setCookie = first.headers.get("set-cookie") ?? "";
    expect(setCookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    const cookie = `other=1; ${setCookie.split(";")[0]}`;
    const page = await get("/?tab=connect", { cookie });
    expect([page.status, await page.text()]).toEqual([200, expect.not.stringContaining(token)]);
  });

  it("take a form only with the cookie", async () => {
    const { get, token, server } = await serve();
    const [cookie = ""] =
      (await get(`/?token=${token}`)).headers.get("set-cookie")?.split(";") ?? [];
    const text = await (await get("/", { cookie })).text();
    const formToken = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "";
    const advance = (headers: Record<string, string>, path = "/-/do") =>
      fetch(server.apiUrl + path, {
        method: "POST",
        redirect: "manual",
        headers,
        body: new URLSearchParams({ token: formToken, do: "advance", minutes: "5" }),
      });
    const before = server.clock.now();
    expect((await advance({})).status).toBe(401);
    expect((await advance({}, `/-/do?token=${token}`)).status).toBe(401);
    expect(server.clock.now()).toEqual(before);
    expect((await advance({ cookie })).status).toBe(303);
    expect(server.clock.now()).not.toEqual(before);
  });

  it("leave Link UI open, whose address is a secret of its own", async () => {
    const { get, server } = await serve();
    const apiToken = await fetchToken(server);
    const answer = await send(server.fetch, "POST", "/users/anna/link", apiToken, LINK_REQUEST);
    const path = new URL(answer.body.linkUrl).pathname;
    expect(await (await get(path)).text()).toContain("Choose a brand");
    expect((await get("/-/link.css")).status).toBe(200);
    expect((await get("/-/link.js")).status).toBe(200);
    expect((await get("/link/nothing")).status).toBe(404);
    expect((await get("/vehicles")).status).toBe(401);
    expect((await get("/health/ready")).status).toBe(204);
  });

  it.each([
    ["127.0.0.1", true],
    ["127.0.0.53", true],
    ["localhost", true],
    ["::1", true],
    ["0.0.0.0", false],
    ["::", false],
    ["192.168.1.5", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example", false],
  ])("are those of %s only on this machine: %s", (host, isOwn) => {
    expect(isLoopback(host)).toBe(isOwn);
  });
});
