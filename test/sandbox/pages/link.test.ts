import { afterEach, describe, expect, it, vi } from "vitest";
import type { SandboxServer } from "../../../src/sandbox/index.ts";
import { fetchToken, LINK_REQUEST, send } from "../support/harness.ts";
import { HOSTILE, post, start, tokenOn } from "./support.ts";

const HTTPS = "https://app.example.com/done";

afterEach(() => {
  vi.useRealTimers();
});

async function linkUrlFor(server: SandboxServer, change: object = {}, userId = "anna") {
  const path = `/users/${encodeURIComponent(userId)}/link`;
  const body = { ...LINK_REQUEST, ...change };
  const answer = await send(server.fetch, "POST", path, await fetchToken(server), body);
  return answer.body.linkUrl as string;
}

async function relinkUrlFor(server: SandboxServer, vendor: "BMW") {
  server.invalidateCredentials("anna", vendor);
  const [device] = server.devices.list("anna");
  const { scopes: _, ...presentation } = LINK_REQUEST;
  const path = `/assets/${device?.id}/relink`;
  const answer = await send(server.fetch, "POST", path, await fetchToken(server), presentation);
  return answer.body.linkUrl as string;
}

const textOf = async (address: string) => (await fetch(address)).text();

const SIGN_IN = "?vendor=BMW&consent=given";

/** Sends the form of a test account, and returns the page that follows as a browser does. */
async function signIn(linkUrl: string, account: string, more: Record<string, string> = {}) {
  const token = await tokenOn(linkUrl + SIGN_IN);
  const fields = { token, vendor: "BMW", consent: "given", account, ...more };
  const answer = await post(linkUrl, fields);
  const address = new URL(answer.headers.get("location") ?? "", linkUrl);
  return { status: answer.status, address: address.href, query: address.searchParams, fields };
}

describe("Link UI", () => {
  it("offers the vendors that fit the session, and finds them by name", async () => {
    const server = await start();
    const scopes = ["charger:read:data"];
    const linkUrl = await linkUrlFor(server, { vendorType: "charger", scopes });
    const all = await textOf(linkUrl);
    expect(all).toContain(">Easee</a>");
    expect(all).not.toContain(">BMW</a>");
    const found = await textOf(`${linkUrl}?q=EAS`);
    expect(found).toContain("1 brand<");
    expect(found).not.toContain(">Zaptec</a>");
  });

  it("shows the brands that most people look for first", async () => {
    const server = await start();
    const text = await textOf(await linkUrlFor(server));
    const at = (name: string) => text.indexOf(`>${name}<`);
    expect(at("Popular")).toBeGreaterThan(0);
    expect(at("Popular")).toBeLessThan(at("Tesla"));
    expect(at("Tesla")).toBeLessThan(at("More brands"));
    expect(at("More brands")).toBeLessThan(at("Acura"));
    expect(text.split(">Tesla<")).toHaveLength(2);
  });

  it("filters the brands by kind, within the search", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const text = await textOf(`${linkUrl}?q=a&kind=charger`);
    expect(text).toContain(">Wallbox<");
    expect(text).not.toContain(">Audi<");
    expect(text).toContain('?q=a&amp;kind=charger" aria-current="true">Chargers</a>');
    expect(text).toContain('<input type="hidden" name="kind" value="charger">');
    expect(await textOf(`${linkUrl}?kind=meter`)).toContain(">Audi<");
  });

  it("says that no brand fits, and offers to clear the search", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const text = await textOf(`${linkUrl}?q=zzz&kind=charger`);
    expect(text).toContain("No brand fits “zzz”.");
    expect(text).toContain(`href="${new URL(linkUrl).pathname}?kind=charger">Clear</a>`);
    expect(await textOf(linkUrl)).toMatch(/ hidden>Clear</);
  });

  it("lists kinds with an and", async () => {
    const server = await start();
    const scopes = ["vehicle:read:data", "battery:read:data", "meter:read:data"];
    expect(await textOf(await linkUrlFor(server, { scopes }))).toContain(
      "share your vehicles, home batteries and meters with",
    );
  });

  it("goes straight to the vendor of the session, and shows the scopes that it has a use for", async () => {
    const server = await start();
    const text = await textOf(await linkUrlFor(server, { vendor: "BMW" }));
    expect(text).toContain("Share data of your BMW account");
    expect(text).toContain("<code>vehicle:control:charging</code>");
    expect(text).not.toContain("charger:read:data");
    expect(text).not.toContain("Choose another brand");
    expect(text).not.toContain("Brand</li>");
  });

  it.each([
    [HTTPS, "The address of the app:"],
    ["my.app://linked?x=1", "If nothing happens"],
    ["myapp:linked", "If nothing happens"],
  ])("links an account, and leads to %s from a page that says so", async (redirectUri, words) => {
    const server = await start();
    const linkUrl = await linkUrlFor(server, { redirectUri });
    const { status, address, fields } = await signIn(linkUrl, "fine");
    expect([status, address]).toEqual([303, `${linkUrl}?result=connected`]);
    expect(server.devices.list("anna")).toMatchObject([{ vendor: "BMW" }]);
    const page = await fetch(address);
    // At once: a later one would make the browser keep this page in its history, and lead away from it again and again.
    expect([page.status, page.headers.get("refresh")]).toEqual([200, `0;url=${redirectUri}`]);
    const text = await page.text();
    expect(text).toContain("<h1>BMW is connected</h1>");
    expect(text).toContain("The account has 1 device.");
    expect(text).toContain(`href="${redirectUri}">Return to the app</a>`);
    expect(text).toContain(`<code>${redirectUri}</code>`);
    expect(text).toContain(words);
    const again = await post(linkUrl, fields);
    expect([again.status, again.headers.get("location")]).toEqual([303, new URL(linkUrl).pathname]);
    expect(server.devices.list("anna")).toHaveLength(1);
  });

  it("shows after success that the link was used, at the address of each step", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    await signIn(linkUrl, "fine");
    for (const step of ["", "?vendor=BMW", SIGN_IN, `${SIGN_IN}&step=code`, "?step=exit"]) {
      const used = await fetch(linkUrl + step);
      expect([used.status, used.headers.get("refresh")]).toEqual([410, null]);
      const text = await used.text();
      expect(text).toContain("<h1>Link already used</h1>");
      expect(text).toContain("BMW is connected. A link session is good for one account.");
      expect(text).toContain(`href="${HTTPS}">Return to the app</a>`);
    }
  });

  it.each([
    "javascript:alert(1)",
    "JavaScript://x/%0aalert(1)",
    "data:text/html,%3Cscript%3Ealert(1)%3C/script%3E",
    "vbscript:alert(1)",
    "blob:https://app.example.com/alert(1)",
  ])("never leads to %s", async (redirectUri) => {
    const server = await start();
    const linkUrl = await linkUrlFor(server, { redirectUri });
    const left = await fetch(`${linkUrl}?step=exit`);
    const { address } = await signIn(linkUrl, "fine");
    const done = await fetch(address);
    for (const page of [left, done, await fetch(linkUrl)]) {
      expect(page.headers.get("refresh")).toBeNull();
      expect(page.headers.get("content-security-policy")).toContain("form-action 'self';");
      const text = await page.text();
      expect(text).not.toContain("Return to the app</a>");
      expect(text.toLowerCase()).not.toContain("alert(1)");
    }
    expect(await textOf(address)).toContain("BMW is connected");
    expect(await textOf(address)).toContain("this page goes nowhere from here");
  });

  it("leads back with an error when the user leaves, and stays open", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server, { redirectUri: "https://app.example.com/?error=old" });
    for (const step of [
      "",
      "?vendor=BMW",
      SIGN_IN,
      `${SIGN_IN}&step=code`,
      `${SIGN_IN}&step=wait`,
    ]) {
      expect(await textOf(linkUrl + step)).toContain(
        `href="${new URL(linkUrl).pathname}?step=exit" aria-label="Leave and return to the app"`,
      );
    }
    const left = await fetch(`${linkUrl}?step=exit`);
    const address = new URL(left.headers.get("refresh")?.slice("0;url=".length) ?? "");
    expect(address.searchParams.getAll("error")).toEqual(["user_exited"]);
    expect(address.searchParams.get("error_message")).not.toBe("");
    expect(await left.text()).toContain("Connect an account after all");
    expect((await fetch(linkUrl)).status).toBe(200);
  });

  it("has a way back on each step", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const { pathname } = new URL(linkUrl);
    const consent = `${pathname}?vendor=BMW`;
    const account = `${consent}&amp;consent=given`;
    for (const [step, address] of [
      ["?vendor=BMW", pathname],
      [SIGN_IN, consent],
      [`${SIGN_IN}&step=code`, account],
      [`${SIGN_IN}&step=devices`, account],
      [`${SIGN_IN}&step=wait`, account],
    ] as const) {
      expect(await textOf(linkUrl + step)).toContain(`<a class="back" href="${address}">`);
    }
  });

  it.each([
    ["wrong-password", "does not know this email address"],
    ["locked", "BMW has locked this account"],
    ["no-consent", "You did not allow BMW"],
    ["wrong-region", "belongs to another region of BMW"],
    ["vendor-down", "BMW does not answer"],
    ["linked-elsewhere", "No other user of this sandbox has linked BMW"],
  ])("says what is wrong with the account %s, and lets the user try another", async (id, words) => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const { status, address } = await signIn(linkUrl, id);
    expect([status, address]).toEqual([303, `${linkUrl}${SIGN_IN}&error=${id}`]);
    const page = await fetch(address);
    const text = await page.text();
    expect(page.status).toBe(200);
    expect(text).toContain("<title>Error: Sign in to BMW</title>");
    expect(/role="alert"[^>]* id="sign-in-error"[^>]*>([^<]*)</.exec(text)?.[1]).toContain(words);
    expect(text).toContain('aria-describedby="sign-in-error"');
    expect(server.devices.list()).toEqual([]);
    expect((await signIn(linkUrl, "fine")).query.get("result")).toBe("connected");
  });

  it("asks for a code, and keeps what was typed", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const ask = await signIn(linkUrl, "two-factor");
    expect(ask.address).toBe(`${linkUrl}${SIGN_IN}&step=code`);
    const text = await textOf(ask.address);
    expect(text).toContain(" autofocus");
    expect(text).toContain('aria-describedby="code-hint"');
    const wrong = await signIn(linkUrl, "two-factor", { code: '12"<b>456789012345' });
    expect([wrong.status, wrong.query.get("error")]).toEqual([303, "code"]);
    const again = await textOf(wrong.address);
    expect(again).toContain('value="12&quot;&lt;b&gt;456789"');
    expect(again).toContain('aria-describedby="code-error code-hint"');
    expect(again).toContain("The code has to be six digits.");
    expect(server.devices.list()).toEqual([]);
    await signIn(linkUrl, "two-factor", { code: " 123 456" });
    expect(server.devices.list()).toHaveLength(1);
  });

  it("links an account without devices", async () => {
    const server = await start();
    const { address } = await signIn(await linkUrlFor(server), "no-devices");
    expect(await textOf(address)).toContain("The account has 0 devices.");
    expect(server.devices.list()).toEqual([]);
  });

  it("links the devices that the user chooses, of the kinds that there are", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const ask = await signIn(linkUrl, "some-devices");
    expect(ask.query.get("step")).toBe("devices");
    expect(await textOf(ask.address)).toContain("Vehicle 2");
    const step = { step: "devices" };
    const none = await signIn(linkUrl, "some-devices", { ...step, device: "charger" });
    expect(none.query.get("error")).toBe("devices");
    expect(await textOf(none.address)).toContain('aria-describedby="devices-error"');
    const { fields } = none;
    const body = new URLSearchParams({ ...fields, device: "vehicle" });
    for (const device of ["vehicle", "charger", "vehicle"]) body.append("device", device);
    await fetch(linkUrl, { method: "POST", body });
    expect(server.devices.list()).toMatchObject([{ vendor: "BMW" }, { vendor: "BMW" }]);
  });

  it("waits ten seconds for a slow vendor, whatever the form says", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const first = await signIn(linkUrl, "slow");
    expect(first.query.get("step")).toBe("wait");
    const ready = first.query.get("ready") ?? "";
    expect(await textOf(first.address)).toContain('data-wait="10000"');
    expect(await textOf(`${linkUrl}${SIGN_IN}&step=wait`)).toContain('data-wait="10000"');
    for (const hostile of ["1e300", "Infinity", "x", ready]) {
      const early = await signIn(linkUrl, "slow", { ready: hostile });
      expect(Number(early.query.get("ready"))).toBe(Number(ready));
      const address = `${linkUrl}${SIGN_IN}&step=wait&ready=${hostile}`;
      expect(await textOf(address)).toContain('data-wait="10000"');
    }
    expect(server.devices.list()).toEqual([]);
    vi.setSystemTime(Date.now() + 10_000);
    const done = await signIn(linkUrl, "slow", { ready });
    expect(done.query.get("result")).toBe("connected");
    expect(server.devices.list()).toHaveLength(1);
  });

  it("takes an account over from another user", async () => {
    const fleet = [{ id: "bob", vehicles: [{ vendor: "BMW" as const, batteryLevel: 33 }] }];
    const server = await start({ fleet });
    const { address } = await signIn(await linkUrlFor(server), "linked-elsewhere");
    expect(await textOf(address)).toContain("The account has 1 device.");
    const [theirs] = server.devices.list("bob");
    const [own] = server.devices.list("anna");
    expect(theirs?.isReachable).toBe(false);
    expect(own).toMatchObject({ isReachable: true, chargeState: { batteryLevel: 33 } });
    expect(own?.id).not.toBe(theirs?.id);
    expect(own?.information).toEqual(theirs?.information);
    const { body } = await send(server.fetch, "GET", "/users/anna", await fetchToken(server));
    expect(body.linkedVendors).toEqual([{ vendor: "BMW", vendorType: "vehicle", isValid: true }]);
  });

  it("takes an account back without a second copy of its devices", async () => {
    const fleet = [
      { id: "bob", vehicles: [{ vendor: "BMW" as const }] },
      { id: "anna", vehicles: [{ vendor: "BMW" as const }] },
    ];
    const server = await start({ fleet });
    server.invalidateCredentials("anna", "BMW");
    await signIn(await linkUrlFor(server), "linked-elsewhere");
    expect(server.devices.list("anna")).toMatchObject([{ isReachable: true }]);
    expect(server.devices.list("bob")).toMatchObject([{ isReachable: false }]);
  });

  it("takes no step twice that was not taken: consent, vendor and account have to be there", async () => {
    const server = await start();
    const linkUrl = await linkUrlFor(server);
    const token = await tokenOn(linkUrl + SIGN_IN);
    for (const fields of [
      { vendor: "BMW", account: "fine" },
      { vendor: "EASEE!", account: "fine", consent: "given" },
      { vendor: "BMW", account: "nobody", consent: "given" },
    ]) {
      expect((await post(linkUrl, { token, ...fields })).status).toBe(400);
    }
    const forged = { vendor: "BMW", account: "fine", consent: "given", token: "guess" };
    expect((await post(linkUrl, forged)).status).toBe(403);
    expect(server.devices.list()).toEqual([]);
  });

  it("says what is wrong with a link that is over or unknown, and offers the way back", async () => {
    const server = await start();
    const [first, second] = [await linkUrlFor(server), await linkUrlFor(server, {}, "bob")];
    await send(server.fetch, "DELETE", "/users/bob", await fetchToken(server));
    const ended = await textOf(second);
    expect(ended).toContain("Link ended");
    server.clock.advance("24h");
    const expired = await fetch(first);
    const text = await expired.text();
    expect([expired.status, text]).toEqual([410, expect.stringContaining("Link expired")]);
    for (const page of [ended, text]) {
      expect(page).toContain(`href="${HTTPS}?error=user_exited&amp;error_message=`);
    }
    const unknown = await fetch(`${server.linkUrl}/nothing`);
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      expect.stringContaining("Unknown link"),
    ]);
    const sent = await post(`${server.linkUrl}/nothing`, { account: "fine" });
    expect([sent.status, sent.headers.get("location")]).toEqual([303, "/link/nothing"]);
  });

  it("offers the way back where the vendor of a session has nothing to connect", async () => {
    const server = await start();
    const scopes = ["meter:read:data"];
    const page = await fetch(await linkUrlFor(server, { vendor: "BMW", scopes }));
    const text = await page.text();
    expect([page.status, text]).toEqual([404, expect.stringContaining("no meters of BMW")]);
    expect(text).toContain("Return to the app</a>");
  });

  it("asks for a sign-in and no scopes when an account is linked again, in two steps", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ vendor: "BMW" }] }] });
    const [device] = server.devices.list("anna");
    const linkUrl = await relinkUrlFor(server, "BMW");
    const text = await textOf(linkUrl);
    expect(text).toContain("<h1>Sign in to BMW again</h1>");
    expect(text).toContain("The permissions stay as you gave them");
    expect(text).toContain("<button>Continue</button>");
    expect(text).not.toContain("Agree");
    expect(text).toContain('<li aria-current="step">Permissions</li>\n<li>Sign in</li>\n</ol>');
    const accounts = await textOf(linkUrl + SIGN_IN);
    expect(accounts).toContain("locked@example.com");
    expect(accounts).not.toContain("empty@example.com");
    await signIn(linkUrl, "fine");
    expect(server.devices.list("anna")).toMatchObject([{ id: device?.id, isReachable: true }]);
  });

  it("has the colours that the session asks for", async () => {
    const server = await start();
    const text = await textOf(await linkUrlFor(server, { colorScheme: "dark" }));
    expect(text).toContain('data-theme="dark"');
  });

  it("says that it does not speak the language of the session", async () => {
    const server = await start();
    expect(await textOf(await linkUrlFor(server, { language: "de-DE" }))).toContain(
      "asked for the language <code>de-DE</code>",
    );
    for (const language of ["en-GB", "browser"]) {
      const text = await textOf(await linkUrlFor(server, { language }));
      expect(text).not.toContain("asked for the language");
    }
  });

  it("escapes what others wrote, on every page", async () => {
    const server = await start();
    const redirectUri = "myapp://linked?x='onclick=alert(1)&lt;;%22%3Cscript%3E";
    const linkUrl = await linkUrlFor(server, { redirectUri }, HOSTILE);
    const foreign = new URLSearchParams();
    for (const name of ["q", "kind", "error", "code", "ready"]) foreign.set(name, HOSTILE);
    const steps = ["?", `${SIGN_IN}&`, `${SIGN_IN}&step=code&`, `${SIGN_IN}&step=devices&`];
    const others = [
      `?vendor=${encodeURIComponent(HOSTILE)}&`,
      `${SIGN_IN}&step=wait&`,
      "?step=exit&",
    ];
    const texts = [];
    for (const step of [...steps, ...others]) texts.push(await textOf(linkUrl + step + foreign));
    const { address } = await signIn(linkUrl, "fine");
    texts.push(await textOf(address), await textOf(linkUrl));
    for (const text of texts) {
      expect(text).toContain("Link UI");
      expect(text).not.toContain("<script>");
      expect(text).not.toContain('alert("x")');
      expect(text).not.toContain("'onclick");
    }
  });
});
