import { describe, expect, it } from "vitest";
import type { SandboxServer } from "../../../src/sandbox/index.ts";
import { fetchToken, LINK_REQUEST, send } from "../support/harness.ts";
import { post, start, tokenOn } from "./support.ts";

async function linkUrlFor(server: SandboxServer, change: object = {}, userId = "anna") {
  const path = `/users/${encodeURIComponent(userId)}/link`;
  const body = { ...LINK_REQUEST, ...change };
  const answer = await send(server.fetch, "POST", path, await fetchToken(server), body);
  return answer.body.linkUrl as string;
}

describe("Link UI", () => {
  it("offers the vendors that fit the session, and finds them by name", async () => {
    const server = await start();
    const scopes = ["charger:read:data"];
    const linkUrl = await linkUrlFor(server, { vendorType: "charger", scopes });
    const all = await (await fetch(linkUrl)).text();
    expect(all).toContain(">Easee</a>");
    expect(all).not.toContain(">BMW</a>");
    const found = await (await fetch(`${linkUrl}?q=EAS`)).text();
    expect(found).toContain("1 brand<");
    expect(found).not.toContain(">Zaptec</a>");
  });

  it("goes straight to the vendor of the session, and shows the scopes that it has a use for", async () => {
    const server = await start();
    const text = await (await fetch(await linkUrlFor(server, { vendor: "BMW" }))).text();
    expect(text).toContain("Share data of your BMW account");
    expect(text).toContain("<code>vehicle:control:charging</code>");
    expect(text).not.toContain("charger:read:data");
    expect(text).not.toContain("Choose another brand");
  });

  it.each([
    ["https://app.example.com/done", "https:"],
    ["my.app://linked?x=1", "my.app:"],
  ])("links an account and goes back to %s", async (redirectUri, scheme) => {
    const server = await start();
    const linkUrl = await linkUrlFor(server, { redirectUri });
    const page = await fetch(linkUrl);
    // Without it browsers would not follow the redirect of a form.
    expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${scheme};`);
    const token = await tokenOn(linkUrl);
    const fields = { token, vendor: "BMW", consent: "given", account: "fine" };
    const done = await post(linkUrl, fields);
    expect([done.status, done.headers.get("location")]).toEqual([303, redirectUri]);
    expect(server.devices.list("anna")).toMatchObject([{ vendor: "BMW" }]);
    const again = await post(linkUrl, fields);
    expect(again.status).toBe(410);
    expect(await again.text()).toContain("Link already used");
    expect(server.devices.list("anna")).toHaveLength(1);
  });

  it("never follows an address that runs in the browser", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server, { redirectUri: "javascript:alert(1)" });
    const token = await tokenOn(linkUrl);
    const done = await post(linkUrl, { token, vendor: "BMW", consent: "given", account: "fine" });
    expect([done.status, done.headers.get("location")]).toEqual([200, null]);
    const text = await done.text();
    expect(text).toContain("BMW is connected");
    expect(text).not.toContain("javascript:");
    expect(done.headers.get("content-security-policy")).toContain("form-action 'self';");
  });

  it("notifies the app when the user leaves, and stays open", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server, { redirectUri: "https://app.example.com/?error=old" });
    const token = await tokenOn(linkUrl);
    const left = await post(linkUrl, { token, step: "exit" });
    const { searchParams } = new URL(left.headers.get("location") ?? "");
    expect(searchParams.getAll("error")).toEqual(["user_exited"]);
    expect(searchParams.get("error_message")).not.toBe("");
    expect((await fetch(linkUrl)).status).toBe(200);
  });

  it("refuses a wrong password, asks for a code, and links an account without devices", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const token = await tokenOn(linkUrl);
    const fields = { token, vendor: "BMW", consent: "given" };
    const wrong = await post(linkUrl, { ...fields, account: "wrong-password" });
    expect([wrong.status, await wrong.text()]).toEqual([
      422,
      expect.stringContaining("does not know"),
    ]);
    const ask = await post(linkUrl, { ...fields, account: "two-factor" });
    expect([ask.status, await ask.text()]).toEqual([200, expect.stringContaining("six digits")]);
    const bad = await post(linkUrl, { ...fields, account: "two-factor", code: "12345" });
    expect([bad.status, await bad.text()]).toEqual([422, expect.stringContaining("six digits")]);
    expect(server.devices.list()).toEqual([]);
    const empty = await post(linkUrl, { ...fields, account: "no-devices" });
    expect(empty.status).toBe(303);
    expect(server.devices.list()).toEqual([]);
  });

  it("takes no step twice that was not taken: consent, vendor and account have to be there", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const token = await tokenOn(linkUrl);
    for (const fields of [
      { vendor: "BMW", account: "fine" },
      { vendor: "EASEE!", account: "fine", consent: "given" },
      { vendor: "BMW", account: "nobody", consent: "given" },
    ]) {
      expect((await post(linkUrl, { token, ...fields })).status).toBe(400);
    }
    expect(server.devices.list()).toEqual([]);
  });

  it("says what is wrong with a link that is over or unknown", async () => {
    const server = await start();
    const [first, second] = [await linkUrlFor(server), await linkUrlFor(server, {}, "bob")];
    await send(server.fetch, "DELETE", "/users/bob", await fetchToken(server));
    expect(await (await fetch(second)).text()).toContain("Link ended");
    server.clock.advance("24h");
    const expired = await fetch(first);
    expect([expired.status, await expired.text()]).toEqual([
      410,
      expect.stringContaining("Link expired"),
    ]);
    const unknown = await fetch(`${server.linkUrl}/nothing`);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      expect.stringContaining("Unknown link"),
    ]);
  });

  it("asks for no scopes when an account is linked again", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ vendor: "BMW" }] }] });
    server.invalidateCredentials("anna", "BMW");
    const [device] = server.devices.list("anna");
    const { scopes: _, ...presentation } = LINK_REQUEST;
    const path = `/assets/${device?.id}/relink`;
    const answer = await send(server.fetch, "POST", path, await fetchToken(server), presentation);
    const { linkUrl } = answer.body;
    expect(await (await fetch(linkUrl)).text()).toContain("The permissions stay as you gave them");
    const token = await tokenOn(linkUrl);
    await post(linkUrl, { token, vendor: "BMW", consent: "given", account: "fine" });
    expect(server.devices.list("anna")).toMatchObject([{ id: device?.id, isReachable: true }]);
  });

  it("has the colours that the session asks for", async () => {
    const server = await start();
    const text = await (await fetch(await linkUrlFor(server, { colorScheme: "dark" }))).text();
    expect(text).toContain('data-theme="dark"');
  });
});
