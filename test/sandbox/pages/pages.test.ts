import { afterEach, describe, expect, it } from "vitest";
import {
  type SandboxServer,
  type SandboxServerOptions,
  startSandbox,
} from "../../../src/sandbox/index.ts";
import { returnAddress } from "../../../src/sandbox/pages/link/return-address.ts";
import { escapeHtml, html } from "../../../src/sandbox/pages/shared/html.ts";
import { fetchToken, LINK_REQUEST, send } from "../support/harness.ts";

const HOSTILE = `</title><script>alert("x")</script>'&`;

const open: SandboxServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(options: SandboxServerOptions = {}): Promise<SandboxServer> {
  const server = await startSandbox({ seed: 3, clock: "manual", ...options });
  open.push(server);
  return server;
}

async function linkUrlFor(server: SandboxServer, change: object = {}, userId = "anna") {
  const path = `/users/${encodeURIComponent(userId)}/link`;
  const body = { ...LINK_REQUEST, ...change };
  const answer = await send(server.fetch, "POST", path, await fetchToken(server), body);
  return answer.body.linkUrl as string;
}

async function tokenOn(address: string): Promise<string> {
  const text = await (await fetch(address)).text();
  return /name="token" value="([^"]+)"/.exec(text)?.[1] ?? "";
}

/** Sends a form as a browser does. */
async function post(
  address: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { origin } = new URL(address);
  return fetch(address, {
    method: "POST",
    redirect: "manual",
    headers: { origin, "sec-fetch-site": "same-origin", ...headers },
    body: new URLSearchParams(fields),
  });
}

describe("the HTML of pages", () => {
  it("escapes everything that is put into it, but not HTML", () => {
    const inner = html`<b title="${HOSTILE}">${HOSTILE}</b>`;
    expect(inner.text).toBe(`<b title="${escapeHtml(HOSTILE)}">${escapeHtml(HOSTILE)}</b>`);
    expect(escapeHtml(HOSTILE)).not.toMatch(/[<>"']/);
    expect(html`${[inner, "<"]}${null}${false}${undefined}${0}`.text).toBe(`${inner.text}&lt;0`);
  });

  it("lets pages lead to sites and apps, and nowhere else", () => {
    expect(returnAddress("https://app.example.com/a?b=c")?.href).toBe(
      "https://app.example.com/a?b=c",
    );
    expect(returnAddress("my.app://linked")?.href).toBe("my.app://linked");
    for (const address of [
      "javascript:alert(1)",
      "JavaScript:alert(1)",
      "data:text/html,x",
      "no",
    ]) {
      expect(returnAddress(address)).toBeUndefined();
    }
  });
});

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

describe("the control page", () => {
  async function command(server: SandboxServer, fields: Record<string, string>) {
    const token = await tokenOn(server.apiUrl);
    const answer = await post(`${server.apiUrl}/-/do`, { token, ...fields });
    const location = answer.headers.get("location");
    if (location === null) return `${answer.status}`;
    return new URL(location, server.apiUrl).searchParams.get("note");
  }

  it("does what owners do", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 50 }] }] });
    const [car] = server.devices.list();
    const device = car?.id ?? "";
    const state = () => {
      const now = server.devices.get(device);
      return now !== undefined && "odometer" in now ? now.chargeState : undefined;
    };
    expect(await command(server, { do: "start", device })).toBe("started");
    expect(state()?.isCharging).toBe(true);
    expect(await command(server, { do: "advance", minutes: "60" })).toBe("advanced");
    expect(state()?.batteryLevel).toBeGreaterThan(60);
    expect(await command(server, { do: "stop", device })).toBe("stopped");
    expect(state()?.isCharging).toBe(false);
    const before = state()?.batteryLevel ?? 0;
    expect(await command(server, { do: "drive", device })).toBe("driven");
    expect(state()).toMatchObject({ isPluggedIn: false });
    expect(state()?.batteryLevel).toBeLessThan(before);
    expect(await command(server, { do: "start", device })).toBe("notStarted");
    expect(await command(server, { do: "plug-in", device })).toBe("pluggedIn");
    expect(await command(server, { do: "unplug", device })).toBe("unplugged");
    expect(await command(server, { do: "offline", device })).toBe("offline");
    expect(server.devices.get(device)?.isReachable).toBe(false);
    expect(await command(server, { do: "online", device })).toBe("online");
    server.devices.update(device, { batteryLevel: 1 });
    expect(await command(server, { do: "drive", device })).toBe("empty");
    const account = { do: "invalidate", user: "anna", vendor: "TESLA" };
    expect(await command(server, account)).toBe("invalidated");
    expect(server.devices.get(device)?.isReachable).toBe(false);
    expect(await command(server, { ...account, vendor: "BMW" })).toBe("gone");
    expect(await command(server, { do: "add", user: HOSTILE, kind: "charger" })).toBe("added");
    expect(server.devices.list(HOSTILE)).toHaveLength(1);
    expect(await command(server, { do: "unplug", device: "nothing" })).toBe("gone");
    expect(await command(server, { do: "__proto__", device })).toBe("400");
    expect(await command(server, { do: "advance", minutes: "-1" })).toBe("400");
    expect(await command(server, { do: "fault", on: "nothing" })).toBe("400");
  });

  it("switches faults on and off", async () => {
    const server = await start();
    expect(await command(server, { do: "fault", on: "slow" })).toBe("faultSet");
    expect(await command(server, { do: "fault", on: "html-error" })).toBe("faultSet");
    expect(server.faults.list().map(({ preset }) => preset)).toEqual(["slow", "html-error"]);
    expect(await command(server, { do: "fault", off: "slow" })).toBe("faultCleared");
    expect(server.faults.list().map(({ preset }) => preset)).toEqual(["html-error"]);
    expect(await command(server, { do: "faults-off" })).toBe("faultsCleared");
    expect(server.faults.list()).toEqual([]);
    // What the program has cleared can be switched on again; what it has set is its own.
    const scoped = { do: "fault", on: "slow", operation: "listVehicles" };
    expect(await command(server, scoped)).toBe("faultSet");
    server.faults.clear();
    expect(await command(server, scoped)).toBe("faultSet");
    expect(server.faults.list()).toMatchObject([{ fault: { operation: "listVehicles" } }]);
    expect(await command(server, { ...scoped, operation: "__proto__" })).toBe("400");
    server.faults.set("html-error");
    expect(await command(server, { do: "fault", off: "html-error" })).toBe("faultCleared");
    expect(server.faults.list()).toHaveLength(2);
    expect(await (await fetch(server.apiUrl)).text()).toContain("Set by the program");
  });

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

  it("shows the first fifty devices of many, and finds the others", async () => {
    const server = await start({ fleet: { users: 2_000, vehiclesPerUser: 2 } });
    const page = await (await fetch(server.apiUrl)).text();
    expect(page.match(/id="device-/g)).toHaveLength(50);
    expect(page).toContain("2,000 users, 4,000 devices; the first are shown");
    const [last] = server.devices.list();
    const found = await (await fetch(`${server.apiUrl}/?q=${last?.id}`)).text();
    expect(found.match(/id="device-/g)).toHaveLength(1);
    const none = await (await fetch(`${server.apiUrl}/?q=nothing-of-the-sort`)).text();
    expect(none).toContain("Nothing fits the search.");
  });

  it("shows requests and deliveries with what came of them", async () => {
    const server = await start({
      fleet: [{ id: "anna", vehicles: [{}] }],
      deliver: async () => new Response(null, { status: 503 }),
    });
    const token = await fetchToken(server);
    const webhook = {
      url: "https://app.example.com/hook",
      secret: "0123456789abcdef0123456789abcdef",
      events: ["*"],
    };
    await send(server.fetch, "POST", "/webhooks", token, webhook);
    server.faults.next({ operation: "listVehicles", status: 429 });
    await send(server.fetch, "GET", "/vehicles", token);
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    server.clock.advance("5s");
    await server.deliver();
    const page = await (await fetch(server.apiUrl)).text();
    expect(page).toMatch(
      /POST \/webhooks<small>createWebhook<\/small><\/td>\s*<td><strong class="good">200/,
    );
    expect(page).toMatch(
      /GET \/vehicles<small>listVehicles<\/small><\/td>\s*<td><strong class="bad">429/,
    );
    expect(page).toContain("attempt 2");
    expect(page).toMatch(/<strong class="bad">503/);
    expect(page).not.toContain(webhook.secret);
    expect(page).not.toContain(token);
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

  it("shows the environment variables of the sandbox", async () => {
    const server = await start();
    const page = await (await fetch(server.apiUrl)).text();
    for (const [name, value] of Object.entries(server.env))
      expect(page).toContain(`${name}=${value}`);
  });

  it("ends its streams with the sandbox", async () => {
    const server = await start();
    const stream = await fetch(`${server.apiUrl}/-/stream`);
    await server.close();
    await expect(stream.text()).rejects.toThrow();
  });
});
