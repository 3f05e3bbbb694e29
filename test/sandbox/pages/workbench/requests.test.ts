import { describe, expect, it } from "vitest";
import type { SandboxServer } from "../../../../src/sandbox/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { fetchToken, send } from "../../support/harness.ts";
import { command, HOSTILE, pageOf, start } from "../support.ts";
import { bash } from "./bash.ts";
import { partOf, textOfElement } from "./elements.ts";

const LOCATION = {
  name: `Anna's "home"\n$HOME \`id\` 東京`,
  latitude: 59.9,
  longitude: 10.7,
  timezoneName: "Europe/Oslo",
};

async function setUp(options: Parameters<typeof start>[0] = {}) {
  const server = await start({ fleet: [{ id: "anna", vehicles: [{}] }], ...options });
  const token = await fetchToken(server);
  return {
    server,
    token,
    call: (method: string, path: string, body?: unknown) =>
      send(server.fetch, method, path, token, body),
  };
}

/** The variables that the tab Connect tells of. */
function envOf({ credentials }: SandboxServer): Record<string, string> {
  return {
    ENODE_CLIENT_ID: credentials.clientId,
    ENODE_CLIENT_SECRET: credentials.clientSecret,
  };
}

describe("the list of requests", () => {
  it("shows what came of each request", async () => {
    const { server, call, token } = await setUp();
    server.faults.next({ operation: "listVehicles", status: 429 });
    await call("GET", "/vehicles?pageSize=2");
    const list = partOf(await pageOf(server, "?tab=requests"), "requests");
    expect(list).toMatch(/GET \/vehicles\?pageSize=2<\/a><small>listVehicles<\/small>/);
    expect(list).toMatch(/<strong class="bad">429<\/strong><small class="warn">Fault: Status 429/);
    expect(list).toMatch(/POST \/oauth2\/token<\/a>/);
    expect(list).toContain("2 of 2 shown, 2 kept");
    expect(list).not.toContain(token);
  });

  it("is filtered by failure, operation, user and text", async () => {
    const { server, call } = await setUp({
      fleet: [
        { id: "anna", vehicles: [{}] },
        { id: HOSTILE, vehicles: [{}] },
      ],
    });
    const [car] = server.devices.list().filter(({ userId }) => userId === "anna");
    await call("GET", "/vehicles");
    await call("GET", "/users/nobody");
    await call("GET", `/vehicles/${car?.id}`);
    await call("GET", `/users/${encodeURIComponent(HOSTILE)}/vehicles`);
    await call("POST", "/users/anna/locations", LOCATION);
    const numbers = async (filter: string) => {
      const list = partOf(await pageOf(server, `?tab=requests&${filter}`), "requests");
      return Array.from(list.matchAll(/[;&]request=(\d+)#/g), ([, number]) => Number(number));
    };
    expect(await numbers("")).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await numbers("failed=1")).toEqual([3]);
    expect(await numbers("operation=listVehicles")).toEqual([2]);
    expect(await numbers("operation=token")).toEqual([1]);
    expect(await numbers("user=anna")).toEqual([6, 4]);
    expect(await pageOf(server, "?tab=requests")).toContain("<small>getVehicle of anna</small>");
    expect(await numbers(`user=${encodeURIComponent(HOSTILE)}`)).toEqual([5]);
    expect(await numbers(`text=${encodeURIComponent("東京")}`)).toEqual([6]);
    expect(await numbers("text=NOBODY")).toEqual([3]);
    expect(await numbers("after=4")).toEqual([6, 5]);
    expect(await numbers("until=2&user=")).toEqual([2, 1]);
    expect(await numbers("after=x&until=-1&before=1e9")).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it("keeps what was typed, as text", async () => {
    const { server } = await setUp();
    const text = encodeURIComponent(HOSTILE);
    const page = await pageOf(
      server,
      `?tab=requests&text=${text}&user=${text}&operation=${text}&request=${text}`,
    );
    expect(page).not.toContain(HOSTILE);
    expect(page.split(escapeHtml(HOSTILE)).length).toBeGreaterThan(3);
    expect(page).toContain("No request fits.");
  });

  it("is cleared, paused and turned by links", async () => {
    const { server, call } = await setUp();
    for (let at = 0; at < 34; at += 1) await call("GET", `/vehicles?pageSize=${at + 1}`);
    const first = partOf(await pageOf(server, "?tab=requests&failed="), "requests");
    const link = (list: string, text: string) => {
      const [, href = ""] = new RegExp(`href="([^"]*)">${text}<`).exec(list) ?? [];
      return href.replaceAll("&amp;", "&").slice(1);
    };
    expect(first).toContain("0 of 0 shown, 35 kept");
    const all = partOf(await pageOf(server, "?tab=requests"), "requests");
    expect(all).toContain("30 of 35 shown, 35 kept");
    const older = partOf(await pageOf(server, link(all, "Older")), "requests");
    expect(older).toContain("5 of 35 shown, 35 kept");
    expect(older).toContain(">Newest<");
    const cleared = link(all, "Clear");
    const paused = link(all, "Pause");
    await call("GET", "/chargers");
    expect(partOf(await pageOf(server, cleared), "requests")).toContain("1 of 1 shown, 36 kept");
    const still = partOf(await pageOf(server, paused), "requests");
    expect(still).not.toContain("GET /chargers");
    expect(partOf(await pageOf(server, link(still, "Resume")), "requests")).toContain(
      "GET /chargers",
    );
  });
});

describe("an open request", () => {
  it("shows what went over the wire, and no token", async () => {
    const { server, call, token } = await setUp();
    await call("POST", "/users/anna/locations", { ...LOCATION, name: HOSTILE });
    const headers = { authorization: `Bearer ${token}`, "x-hostile": HOSTILE };
    await server.fetch(`${server.apiUrl}/vehicles`, { headers });
    const other = await pageOf(server, "?tab=requests&request=3");
    expect(other).toContain(`<dt>x-hostile</dt><dd>${escapeHtml(HOSTILE)}</dd>`);
    expect(textOfElement(other, "as-curl")).toContain("x-hostile");
    expect(other).not.toContain(HOSTILE);
    const page = await pageOf(server, "?tab=requests&request=2");
    const detail = partOf(page, "request");
    expect(detail).toContain("POST /users/anna/locations");
    expect(detail).toMatch(/<dt>authorization<\/dt><dd>Bearer .{1,4}… \(valid for \d+ min\)/);
    expect(detail).toMatch(/<dt>content-type<\/dt><dd>application\/json/);
    expect(JSON.parse(textOfElement(page, "sent-body"))).toEqual({ ...LOCATION, name: HOSTILE });
    expect(textOfElement(page, "sent-body")).toContain('{\n  "name"');
    expect(JSON.parse(textOfElement(page, "answer-body"))).toMatchObject({ name: HOSTILE });
    expect(page).not.toContain(HOSTILE);
    expect(page).not.toContain(token);
    expect(partOf(page, "requests")).toContain('aria-current="true"');
  });

  it("says which fault struck, by its preset or of one's own", async () => {
    const { server, call } = await setUp();
    server.faults.next({ operation: "listVehicles", status: 503 });
    await call("GET", "/vehicles");
    server.faults.set("server-errors");
    await call("GET", "/vehicles");
    const own = partOf(await pageOf(server, "?tab=requests&request=2"), "request");
    expect(own).toContain("Status 503</a><small>No preset: a fault of your own.");
    const preset = partOf(await pageOf(server, "?tab=requests&request=3"), "request");
    expect(preset).toContain(
      "Bursts of 503</a><small>Two of every four requests are answered with 503. Preset: server-errors.",
    );
  });

  it("shows bodies that are cut off, not text, or not JSON", async () => {
    const { server, token } = await setUp();
    const post = (body: string | Uint8Array<ArrayBuffer>, type: string) =>
      server.fetch(`${server.apiUrl}/users/anna/locations`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": type },
        body,
      });
    await post(JSON.stringify({ name: "x".repeat(70_000) }), "application/json");
    await post(new Uint8Array([0xff, 0xfe, 0]), "application/octet-stream");
    await post("{ not json,  at all }", "text/plain");
    const cut = await pageOf(server, "?tab=requests&request=2");
    expect(cut).toContain("of which the first 64 kB are kept");
    expect(textOfElement(cut, "sent-body")).toMatch(/^\{\n {2}"name": "xxx/);
    expect(cut).toContain("No copy as curl: Only the first 64 kB of the body are kept.");
    const binary = await pageOf(server, "?tab=requests&request=3");
    expect(binary).toContain("A body of 3 bytes, which is not text and is not kept.");
    expect(binary).toContain("No copy as enode-sdk: The body is not text, and is not kept.");
    const odd = await pageOf(server, "?tab=requests&request=4");
    expect(textOfElement(odd, "sent-body")).toBe("{ not json,  at all }");
  });

  it("says why there is nothing to see", async () => {
    const { server, call } = await setUp();
    for (let at = 0; at < 201; at += 1) await call("GET", "/vehicles");
    expect(await pageOf(server, "?tab=requests&request=2")).toContain(
      "the sandbox keeps those of the last 200 requests",
    );
    expect(await pageOf(server, "?tab=requests&request=999")).toContain(
      "The log holds no such request.",
    );
    const other = await setUp({ bodies: false });
    expect(await pageOf(other.server, "?tab=requests&request=1")).toContain("--no-bodies");
  });

  it("names the attempts of one call", async () => {
    const { server, call } = await setUp();
    server.faults.next({ operation: "listVehicles", status: 503, times: 2 });
    for (let at = 0; at < 3; at += 1) await call("GET", "/vehicles?pageSize=2");
    await call("GET", "/vehicles?pageSize=2");
    await call("GET", "/vehicles?pageSize=3");
    const second = partOf(await pageOf(server, "?tab=requests&request=3"), "request");
    expect(second).toContain("2 of 3 of the same call");
    expect(second).toContain('aria-label="Attempt 3: request 4"');
    for (const number of [5, 6]) {
      const alone = partOf(await pageOf(server, `?tab=requests&request=${number}`), "request");
      expect(alone).not.toContain("of the same call");
    }
  });

  it("takes a failed request of much later for another call", async () => {
    const { server, call } = await setUp();
    server.faults.next({ operation: "listVehicles", status: 503, times: 2 });
    await call("GET", "/vehicles");
    server.clock.advance("2m");
    await call("GET", "/vehicles");
    const page = await pageOf(server, "?tab=requests&request=2");
    expect(page).not.toContain("of the same call");
  });

  it("is sent again", async () => {
    const { server, call } = await setUp();
    await call("POST", "/users/anna/locations", LOCATION);
    expect(await command(server, { do: "send-again", number: "2" })).toBe(
      "Request 2 was sent again as request 3: the answer is 200.",
    );
    const page = await pageOf(server, "?tab=requests&request=3");
    expect(JSON.parse(textOfElement(page, "sent-body"))).toEqual(LOCATION);
    expect(await command(server, { do: "send-again", number: "1" })).toContain(
      "Request 1 was not sent again.",
    );
    expect(await command(server, { do: "send-again", number: "x" })).toBe("400");
  });
});

describe("the copies of a request", () => {
  it("send it again by curl, pasted into a shell", async () => {
    const { server, call } = await setUp();
    await call("GET", "/users/anna/vehicles?pageSize=1");
    await call("POST", "/users/anna/locations", LOCATION);
    server.faults.next({ operation: "listVehicles", status: 503 });
    await call("GET", "/vehicles");
    await call("GET", `/users/${encodeURIComponent(HOSTILE)}`);
    const run = async (number: number) => {
      const page = await pageOf(server, `?tab=requests&request=${number}`);
      return JSON.parse(await bash(textOfElement(page, "as-curl"), envOf(server)));
    };
    expect(await run(2)).toMatchObject({ data: [{ userId: "anna" }] });
    expect(await run(3)).toMatchObject(LOCATION);
    expect(await run(4)).toMatchObject({ data: [{ userId: "anna" }] });
    expect(await run(5)).toMatchObject({ type: expect.stringContaining("problems") });
    const last = server.requests.list().at(-1);
    expect(last).toMatchObject({ operation: "getUser", userId: HOSTILE, status: 404 });
    expect(await run(1)).toMatchObject({ token_type: "bearer" });
  });

  it("are calls of enode-sdk", async () => {
    const { server, call } = await setUp();
    await call("GET", "/users/anna/vehicles?pageSize=1");
    await call("GET", "/nowhere");
    const page = await pageOf(server, "?tab=requests&request=2");
    expect(textOfElement(page, "as-sdk")).toBe(
      'await enode.vehicles.list({ userId: "anna", pageSize: 1 });',
    );
    expect(page).toContain('data-copy="as-sdk"');
    expect(await pageOf(server, "?tab=requests&request=1")).toContain(
      "enode-sdk fetches its tokens by itself.",
    );
    expect(await pageOf(server, "?tab=requests&request=3")).toContain("The API has no such path.");
  });
});
