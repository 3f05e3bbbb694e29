import { describe, expect, it } from "vitest";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { HOSTILE, post, start, tokenOn } from "../support.ts";

describe("the workbench", () => {
  it("does nothing for other sites", async () => {
    const server = await start({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const token = await tokenOn(server.apiUrl);
    const address = `${server.apiUrl}/-/do`;
    const fields = { token, do: "advance", minutes: "5" };
    const begun = server.clock.now();
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ]) {
      expect((await post(address, fields, headers)).status).toBe(403);
    }
    expect((await post(address, { ...fields, token: "guess" })).status).toBe(403);
    expect(server.clock.now()).toEqual(begun);
    expect((await post(address, fields)).status).toBe(303);
    expect(server.clock.now()).not.toEqual(begun);
    expect((await fetch(address)).status).toBe(404);
  });

  it("shows hostile IDs as text, in the page and in the stream", async () => {
    const server = await start({ fleet: [{ id: HOSTILE, vehicles: [{ displayName: HOSTILE }] }] });
    const page = await (await fetch(`${server.apiUrl}/?q=${encodeURIComponent(HOSTILE)}`)).text();
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain(HOSTILE);
    expect(page.match(/<script/g)).toHaveLength(1);
    const stream = await fetch(`${server.apiUrl}/-/stream`);
    const reader = stream.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    const text = new TextDecoder().decode(value);
    expect(text).toMatch(/^event: part\ndata: "/);
    expect(text).not.toContain("<script");
    await reader?.cancel();
  });

  it("allows no script or style but its own", async () => {
    const server = await start();
    const page = await fetch(server.apiUrl);
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    const text = await page.text();
    expect(text).not.toMatch(/ (style|on[a-z]+)=/);
    for (const [, path] of text.matchAll(/(?:src|href)="(\/-\/[^"]+)"/g)) {
      expect((await fetch(server.apiUrl + path)).status).toBe(200);
    }
  });

  it("ends its streams with the sandbox", async () => {
    const server = await start();
    const stream = await fetch(`${server.apiUrl}/-/stream`);
    await server.close();
    await expect(stream.text()).rejects.toThrow();
  });
});
