import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Fleet, startFleet } from "../../examples/fleet/app.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { withPostgres } from "../support/services.ts";
import { EventStream } from "./event-stream.ts";

const webhookSecret = "0123456789abcdef0123456789abcdef";

let sandbox: SandboxServer;
let fleet: Fleet;

/** Waits for what the app handles in its own time. A delivery that a slow machine has not answered comes again. */
const eventually = (check: () => Promise<void>) =>
  vi.waitFor(
    async () => {
      sandbox.clock.advance("5s");
      await sandbox.deliver();
      await check();
    },
    { timeout: 100_000, interval: 50 },
  );

async function call(user: string, path: string, form?: Record<string, string>) {
  const response = await fetch(fleet.url + path, {
    redirect: "manual",
    headers: { cookie: `user=${user}`, origin: fleet.url },
    ...(form && { method: "POST", body: new URLSearchParams(form) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Links a car, as the user does in Link UI; returns its ID. */
async function link(user: string, displayName: string, settings = {}): Promise<string> {
  const { status, headers } = await call(user, "/link", {});
  expect(status).toBe(200);
  const linkUrl = /^0; url=(.*)$/.exec(headers.get("refresh") ?? "")?.[1] ?? "";
  const [car] = await sandbox.completeLink(new URL(linkUrl).pathname.split("/").at(-1) ?? "", {
    vendor: "TESLA",
    devices: [{ displayName, batteryLevel: 30, ...settings }],
  });
  await sandbox.deliver();
  await eventually(async () => expect((await call(user, "/")).text).toContain(`car-${car?.id}`));
  return car?.id ?? "";
}

async function begin(databaseUrl: string): Promise<void> {
  sandbox = await startSandbox({ seed: 4, clock: "manual" });
  for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
  fleet = await startFleet({ databaseUrl, webhookSecret, now: () => sandbox.clock.now() });
}

afterEach(async () => {
  await fleet.close();
  await sandbox.close();
  vi.unstubAllEnvs();
});

function aWholeVisit(): void {
  it("links a car, shows it live, charges it, and tells what came of it", async () => {
    expect((await call("anna", "/")).text).toContain("No cars yet");
    const stream = await EventStream.open(`${fleet.url}/events?path=/`, "anna");
    const id = await link("anna", "Bluebird");
    await stream.until((page) => page.includes("Bluebird") && page.includes("30 %"));

    expect((await call("anna", `/cars/${id}/charging`, { do: "start" })).status).toBe(303);
    expect((await call("anna", `/cars/${id}`)).text).toContain("waiting for the car…");
    sandbox.clock.advance("1h");
    await sandbox.deliver();
    await stream.until((page) => page.includes('class="charging">11 kW'));
    await eventually(async () =>
      expect((await call("anna", `/cars/${id}`)).text).toContain("the car has confirmed it"),
    );
    await call("anna", `/cars/${id}/charging`, { do: "start" });
    const { text } = await call("anna", `/cars/${id}`);
    expect(text).toContain('class="bad">Start charging');
    expect(text).toMatch(/Battery level from 3\d % to \d+ %\. Charging with up to 11 kW\./);
    expect(text).toMatch(/goes on<\/td><td>[\d.]+ kWh<\/td><td>30 % to/);

    sandbox.clock.advance("8h");
    await eventually(async () =>
      expect(stream.messages.map((message) => message.text)).toEqual([
        "Bluebird is charged, at 80 %.",
      ]),
    );
    expect((await call("anna", "/notifications")).text).toContain("Bluebird is charged");
    expect((await call("ben", "/notifications")).text).toContain("Nothing has happened yet");
  });
}

describe("the fleet app with SQLite", () => {
  beforeEach(() => begin(":memory:"));
  aWholeVisit();

  it("plans the charge for the cheap hours, and charges against the plan when asked", async () => {
    const id = await link("anna", "Bluebird");
    const set = await call("anna", `/cars/${id}/smart-charging`, {
      deadline: "07:00",
      minimumLevel: "20",
      nightFrom: "00:00",
      nightTo: "06:00",
      nightPrice: "0.1",
      dayPrice: "0.4",
    });
    expect(set.status).toBe(303);
    await sandbox.deliver();
    await eventually(async () => {
      const { text } = await call("anna", `/cars/${id}`);
      expect(text).toContain("Waits for the cheap hours");
      expect(text).toMatch(/Charges from<\/dt><dd><time[^>]*>Tue 7 Jan, 00:00/);
    });
    const { text } = await call("anna", `/cars/${id}/charging`, { do: "start" });
    expect(text).not.toContain("error");
    expect((await call("anna", `/cars/${id}`)).text).toContain("plan controls this vehicle");
    expect((await call("anna", `/cars/${id}/override`, { do: "begin" })).status).toBe(303);
    await sandbox.deliver();
    await eventually(async () =>
      expect((await call("anna", `/cars/${id}`)).text).toContain("Back to the plan"),
    );
    expect((await call("anna", `/cars/${id}/override`, { do: "end" })).status).toBe(303);
    expect((await call("anna", `/cars/${id}/smart-charging/off`, {})).status).toBe(303);
    await sandbox.deliver();
    await eventually(async () =>
      expect((await call("anna", `/cars/${id}`)).text).toContain("Enable smart charging"),
    );
  });

  it("asks for a sign-in when an account works no longer, and after a pause tells what was missed", async () => {
    const id = await link("anna", "Bluebird");
    const stream = await EventStream.open(`${fleet.url}/events?path=/cars/${id}`, "anna");
    await stream.until(() => stream.lastId !== "");
    stream.close();
    sandbox.invalidateCredentials(sandbox.devices.get(id)?.userId ?? "", "TESLA");
    await eventually(async () =>
      expect((await call("anna", "/")).text).toContain("Sign in to Tesla again"),
    );
    expect((await call("anna", `/cars/${id}`)).text).toContain('name="vendor" value="TESLA"');
    const back = await EventStream.open(`${fleet.url}/events?path=/`, "anna", stream.lastId);
    await back.until(() => back.messages.length > 0);
    expect(back.messages).toEqual([
      {
        tone: "bad",
        text: "Sign in to Tesla again: your cars cannot be reached.",
        link: "/",
      },
    ]);
    expect((await call("anna", "/link", { vendor: "TESLA" })).status).toBe(200);
  });

  it("tells when a car does not obey", async () => {
    const id = await link("anna", "Bluebird");
    sandbox.faults.nextAction({ type: "NO_RESPONSE" });
    await call("anna", `/cars/${id}/charging`, { do: "start" });
    await eventually(async () =>
      expect((await call("anna", "/notifications")).text).toContain(
        "Bluebird did not start to charge.",
      ),
    );
    expect((await call("anna", `/cars/${id}`)).text).toMatch(
      /class="bad">Start charging \(.*\): \w/,
    );
  });

  it("says what is not possible", async () => {
    const id = await link("anna", "Bluebird");
    const refused = await call("anna", `/cars/${id}/smart-charging`, {
      deadline: "at breakfast",
      minimumLevel: "20",
      nightFrom: "00:00",
      nightTo: "06:00",
      nightPrice: "0.1",
      dayPrice: "0.4",
    });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain("That is not possible");
    expect((await call("anna", "/linked?error=left")).text).toContain("Nothing was linked");
    expect((await call("anna", "/linked")).status).toBe(303);
  });

  it("shows nobody the cars of others", async () => {
    const id = await link("anna", "Bluebird");
    const other = await link("ben", "Blackbird");
    const bens = await EventStream.open(`${fleet.url}/events?path=/cars/${id}`, "ben");
    expect((await call("ben", "/")).text).not.toContain("Bluebird");
    const missing = await call("ben", "/cars/nothing");
    const foreign = await call("ben", `/cars/${id}`);
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.text.replaceAll(id, "nothing")).toBe(missing.text);
    for (const path of ["charging", "override", "smart-charging", "smart-charging/off"]) {
      expect((await call("ben", `/cars/${id}/${path}`, { do: "start" })).status).toBe(404);
    }
    await bens.until((page) => page.includes("Not found"));
    expect((await call("anna", `/cars/${other}`)).status).toBe(404);
  });

  it("switches users, and takes an unknown one for the first", async () => {
    const { status, headers } = await call("anna", "/user", { user: "ben" });
    expect([status, headers.get("set-cookie")]).toEqual([
      303,
      "user=ben; Path=/; HttpOnly; SameSite=Lax",
    ]);
    expect((await call("anna", "/user", { user: "mallory" })).headers.has("set-cookie")).toBe(
      false,
    );
    expect((await call("mallory", "/")).text).toContain('value="anna" aria-pressed="true"');
  });

  it("refuses forms of other sites", async () => {
    for (const origin of ["https://evil.example", "null", undefined]) {
      const headers = origin === undefined ? {} : { origin };
      const body = new URLSearchParams();
      const response = await fetch(`${fleet.url}/link`, { method: "POST", headers, body });
      expect(response.status).toBe(403);
    }
  });

  it("escapes what others have written, and lets no foreign code in", async () => {
    const id = await link("anna", '<img src="x">&');
    const { text, headers } = await call("anna", `/cars/${id}`);
    expect(text).not.toContain('<img src="x">');
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(text).not.toMatch(/ style="| on[a-z]+="/);
  });

  it("gives each of many tabs its page, and ends them with the server", async () => {
    const id = await link("anna", "Bluebird");
    const tabs = await Promise.all(
      ["/", "/", "/", `/cars/${id}`, "/notifications"].map((path) =>
        EventStream.open(`${fleet.url}/events?path=${path}`, "anna"),
      ),
    );
    const level = /([\d.]+) %/;
    await Promise.all(tabs.map((tab) => tab.until((page) => page !== "")));
    sandbox.devices.update(id, { batteryLevel: 47 });
    await sandbox.deliver();
    for (const tab of tabs.slice(0, 4)) {
      await tab.until((page) => level.exec(page)?.[1] === "47");
    }
    await fleet.close();
    for (const tab of tabs) await tab.ended;
    await begin(":memory:");
  });
});

withPostgres("the fleet app with PostgreSQL", (postgres) => {
  beforeEach(() => begin(postgres.url));
  aWholeVisit();

  it("knows after a restart what it knew before", async () => {
    const id = await link("anna", "Bluebird");
    await call("anna", `/cars/${id}/charging`, { do: "start" });
    const confirmed = async () =>
      expect((await call("anna", `/cars/${id}`)).text).toContain("the car has confirmed it");
    await eventually(confirmed);
    await sandbox.deliver();
    await fleet.close();
    fleet = await startFleet({
      databaseUrl: postgres.url,
      webhookSecret,
      now: () => sandbox.clock.now(),
    });
    expect((await call("anna", "/")).text).toContain(`/cars/${id}`);
    await eventually(confirmed);
  });
});
