import { describe, expect, it, vi } from "vitest";
import type { ClockMode } from "../../../src/sandbox/index.ts";
import { createHarness, fetchToken, requestToken, send } from "../support/harness.ts";

describe("the token endpoint", () => {
  it("hands out a token for the client's credentials", async () => {
    const { sandbox } = createHarness();
    const { status, body } = await requestToken(sandbox);
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^\w{43}$/),
      token_type: "bearer",
      expires_in: 3599,
      scope: "",
    });
    expect(sandbox.tokens.issued).toBe(1);
    expect(await fetchToken(sandbox)).not.toBe(body.access_token);
    expect(sandbox.tokens.issued).toBe(2);
  });

  it.each([
    ["secret", { clientSecret: "wrong" }],
    ["id", { clientId: "wrong" }],
  ])("refuses a wrong client %s", async (_, change) => {
    const { sandbox } = createHarness();
    const { status, body, headers } = await requestToken(sandbox, change);
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe("Basic");
    expect(body).toEqual({ error: "invalid_client", error_description: expect.any(String) });
    expect(sandbox.tokens.issued).toBe(0);
  });

  it("takes the grant as multipart form, too", async () => {
    const { sandbox, fetch } = createHarness();
    const ask = async (body: string | FormData, headers: Record<string, string> = {}) => {
      const { clientId, clientSecret } = sandbox.credentials;
      const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
      return sandbox.fetch("https://oauth.sandbox.enode.io/oauth2/token", {
        method: "POST",
        headers: { authorization, ...headers },
        body,
      });
    };
    const form = new FormData();
    form.set("grant_type", "client_credentials");
    const { access_token: token } = (await (await ask(form)).json()) as { access_token: string };
    expect((await send(fetch, "GET", "/vehicles", token)).status).toBe(200);

    const odd = new FormData();
    odd.set("grant_type", new Blob(["client_credentials"]), "grant.txt");
    const broken = { "content-type": "multipart/form-data; boundary=x" };
    for (const refused of [
      await ask(new FormData()),
      await ask(odd),
      await ask("--x\r\nno form", broken),
      await ask("grant_type=client_credentials", { "content-type": "multipart/form-data" }),
    ]) {
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ error: "invalid_request" });
    }
  });

  it("refuses another grant, another content type and another method", async () => {
    const { sandbox } = createHarness();
    const { clientId, clientSecret } = sandbox.credentials;
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    const other = await requestToken(sandbox, { grant: "password" });
    expect([other.status, other.body.error]).toEqual([400, "unsupported_grant_type"]);
    const json = await sandbox.fetch("https://x.test/oauth2/token", {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: "{}",
    });
    expect(json.status).toBe(400);
    expect(await json.json()).toMatchObject({ error: "invalid_request" });
    const get = await sandbox.fetch("https://x.test/oauth2/token", { headers: { authorization } });
    expect(get.status).toBe(405);
    const bare = await sandbox.fetch("https://x.test/oauth2/token", { method: "POST" });
    expect(bare.status).toBe(401);
  });
});

describe("an access token", () => {
  it("serves until it expires, by a manual clock to the millisecond", async () => {
    const { sandbox, fetch } = createHarness({ tokenLifetime: 60 });
    const token = await fetchToken(sandbox);
    sandbox.clock.advance(59_999);
    expect((await send(fetch, "GET", "/vehicles", token)).status).toBe(200);
    sandbox.clock.advance(1);
    expect((await send(fetch, "GET", "/vehicles", token)).status).toBe(401);
  });

  it.each<[string, ClockMode]>([
    ["real", "real"],
    ["fast", { speed: 7200 }],
    ["slow", { speed: 0.001 }],
  ])("serves by the clock of its client beside a %s one", async (_, clock) => {
    const start = Date.UTC(2026, 4, 1);
    vi.useFakeTimers({ now: start, toFake: ["Date"] });
    try {
      const { sandbox, fetch } = createHarness({ clock });
      const { body } = await requestToken(sandbox);
      expect(body.expires_in).toBe(3599);
      const status = async () => (await send(fetch, "GET", "/vehicles", body.access_token)).status;
      // What the simulated time skips is not the client's.
      sandbox.clock.advance("10d");
      vi.setSystemTime(start + 3_598_999);
      expect(await status()).toBe(200);
      vi.setSystemTime(start + 3_599_000);
      expect(await status()).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is worthless after revocation", async () => {
    const { sandbox, fetch } = createHarness();
    const [one, other] = [await fetchToken(sandbox), await fetchToken(sandbox)];
    sandbox.tokens.revokeAll();
    for (const token of [one, other]) {
      expect((await send(fetch, "GET", "/vehicles", token)).status).toBe(401);
    }
    expect((await send(fetch, "GET", "/vehicles", await fetchToken(sandbox))).status).toBe(200);
  });

  it("is asked for with a problem document", async () => {
    const { fetch } = createHarness();
    for (const token of [undefined, "made-up"]) {
      const { status, body, headers } = await send(fetch, "GET", "/vehicles", token);
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toBe("Bearer");
      expect(body.type).toBe("https://developers.enode.com/api/problems/unauthorized");
    }
  });
});
