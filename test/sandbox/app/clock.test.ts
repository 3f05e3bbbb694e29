import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildSandbox } from "../../../src/sandbox/app/sandbox.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../../src/sandbox/index.ts";

describe("the sandbox clock", () => {
  it("stands still in manual mode until it is advanced", () => {
    const { clock } = createSandbox({ clock: "manual" });
    const begun = clock.now().getTime();
    expect(clock.now().getTime()).toBe(begun);
    clock.advance(1_500);
    expect(clock.now().getTime()).toBe(begun + 1_500);
    expect(() => clock.advance(-1)).toThrow("0 or more");
    expect(() => clock.advance(Number.NaN)).toThrow("0 or more");
  });

  it.each([
    ["90s", 90_000],
    ["15m", 900_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["250ms", 250],
    ["0s", 0],
  ])("takes the text %s", (text, milliseconds) => {
    const { clock } = createSandbox({ clock: "manual" });
    const start = clock.now().getTime();
    clock.advance(text);
    expect(clock.now().getTime() - start).toBe(milliseconds);
  });

  it.each(["", "2", "2 h", "-1h", "1.5h", "30m1h", "h", "1H"])("refuses the text %j", (text) => {
    const { clock } = createSandbox({ clock: "manual" });
    expect(() => clock.advance(text)).toThrow('such as "1h30m"');
  });

  it("follows the wall clock, at its speed, and can be advanced on top", () => {
    vi.useFakeTimers({ now: 1_750_000_000_000, toFake: ["Date"] });
    try {
      const real = createSandbox().clock;
      const fast = createSandbox({ clock: { speed: 60 } }).clock;
      vi.setSystemTime(1_750_000_001_000);
      real.advance(5);
      expect(real.now().getTime()).toBe(1_750_000_001_005);
      expect(fast.now().getTime()).toBe(1_750_000_060_000);
      vi.setSystemTime(1_749_000_000_000);
      expect(real.now().getTime()).toBe(1_750_000_001_005);
    } finally {
      vi.useRealTimers();
    }
  });
});

const PLACE = { linkUrl: "", isRecording: false };

describe("a sandbox clock whose speed changes", () => {
  const WALL = Date.UTC(2026, 2, 1);
  beforeEach(() => {
    vi.useFakeTimers({ now: WALL });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const tokenOf = async ({ fetch, credentials }: Sandbox) => {
    const { clientId, clientSecret } = credentials;
    const answer = await fetch("https://x.test/oauth2/token", {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const statusWith = async ({ fetch }: Sandbox, token: string) =>
    (await fetch("https://x.test/vehicles", { headers: { authorization: `Bearer ${token}` } }))
      .status;

  it("goes on from where it was, faster, slower and after a pause", () => {
    const { clock } = buildSandbox({}, PLACE);
    const passed = () => clock.now().getTime() - WALL;
    vi.advanceTimersByTime(1_000);
    clock.setSpeed(60);
    expect(passed()).toBe(1_000);
    vi.advanceTimersByTime(1_000);
    expect(passed()).toBe(61_000);
    clock.setSpeed(0);
    vi.advanceTimersByTime(3_600_000);
    expect(passed()).toBe(61_000);
    clock.advance("1h");
    expect(passed()).toBe(3_661_000);
    clock.setSpeed(1);
    vi.advanceTimersByTime(1_000);
    expect(passed()).toBe(3_662_000);
    for (const speed of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => clock.setSpeed(speed)).toThrow("0 or more");
    }
  });

  it("lets tokens live by the wall clock also while it is paused", async () => {
    const { sandbox, clock } = buildSandbox({ tokenLifetime: 60 }, PLACE);
    const token = await tokenOf(sandbox);
    clock.setSpeed(0);
    expect(clock.isManual).toBe(false);
    clock.advance("1h");
    expect(await statusWith(sandbox, token)).toBe(200);
    vi.advanceTimersByTime(61_000);
    expect(await statusWith(sandbox, token)).toBe(401);
  });

  it("keeps the tokens of a manual clock that begins to run", async () => {
    const { sandbox, clock } = buildSandbox({ clock: "manual", tokenLifetime: 60 }, PLACE);
    const token = await tokenOf(sandbox);
    clock.setSpeed(0);
    expect(clock.isManual).toBe(true);
    clock.advance("50s");
    clock.setSpeed(600);
    expect(clock.isManual).toBe(false);
    vi.advanceTimersByTime(9_000);
    expect(await statusWith(sandbox, token)).toBe(200);
    vi.advanceTimersByTime(2_000);
    expect(await statusWith(sandbox, token)).toBe(401);
  });

  it("has what is due happen at the new speed", async () => {
    const deliver = async () => new Response(null, { status: 204 });
    const { sandbox, clock, webhooks, act } = buildSandbox(
      { heartbeatInterval: 600_000, deliver },
      PLACE,
    );
    const heartbeats = () => sandbox.events.list().length;
    act(() =>
      webhooks.create({
        url: "https://hook.test/",
        secret: "s".repeat(32),
        events: ["*"],
        apiVersion: null,
        authentication: null,
      }),
    );
    act(() => clock.setSpeed(0));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(heartbeats()).toBe(0);
    act(() => clock.setSpeed(600));
    await vi.advanceTimersByTimeAsync(1_100);
    expect(heartbeats()).toBe(1);
    act(() => clock.setSpeed(1));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heartbeats()).toBe(1);
  });

  it("does not try an endpoint that is down over and over while it is paused", async () => {
    let tries = 0;
    const { sandbox, clock, webhooks, act } = buildSandbox(
      {
        webhookRetryWindow: 60_000,
        deliver: async () => {
          tries += 1;
          return new Response(null, { status: 503 });
        },
      },
      PLACE,
    );
    const { id } = act(() =>
      webhooks.create({
        url: "https://hook.test/",
        secret: "s".repeat(32),
        events: ["*"],
        apiVersion: null,
        authentication: null,
      }),
    );
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    act(() => clock.setSpeed(0));
    sandbox.clock.advance("8h");
    await sandbox.deliver();
    const passWall = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        await vi.advanceTimersByTimeAsync(1_000);
        await sandbox.deliver();
      }
    };
    await passWall(30);
    expect(tries).toBeLessThan(10);
    expect(webhooks.get(id)?.isActive).toBe(true);
    act(() => clock.setSpeed(1));
    await passWall(60);
    expect(webhooks.get(id)?.isActive).toBe(false);
  });
});

describe("the date of an answer", () => {
  const dateOf = async (fetch: (url: string) => Promise<Response>, url: string) =>
    (await fetch(url)).headers.get("date");

  it("is the simulated time in whole seconds, whatever the answer", async () => {
    const sandbox = createSandbox({ clock: "manual" });
    sandbox.clock.advance(1_999);
    const expected = "Mon, 06 Jan 2025 08:00:01 GMT";
    expect(await dateOf(sandbox.fetch, "https://x.test/health/ready")).toBe(expected);
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe(expected);
    expect(await dateOf(sandbox.fetch, "https://x.test/nothing")).toBe(expected);
    expect(await dateOf(sandbox.fetch, "https://x.test/oauth2/token")).toBe(expected);
    sandbox.faults.next({ status: 500 });
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe(expected);
    sandbox.clock.advance(1);
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe(
      "Mon, 06 Jan 2025 08:00:02 GMT",
    );
  });

  it("is when it was made, also when a fault holds it back", async () => {
    const sandbox = createSandbox({ clock: "manual" });
    sandbox.faults.next({ delay: 1, strikes: "after" });
    const date = dateOf(sandbox.fetch, "https://x.test/health/ready");
    // The answer is made before the event loop gets its turn, and held back from then on.
    await new Promise((resolve) => setImmediate(resolve));
    sandbox.clock.advance(5_000);
    expect(await date).toBe("Mon, 06 Jan 2025 08:00:00 GMT");
  });

  it("can be set by a fault", async () => {
    const sandbox = createSandbox({ clock: "manual" });
    sandbox.faults.next({ status: 200, headers: { date: "yesterday" } });
    expect(await dateOf(sandbox.fetch, "https://x.test/vehicles")).toBe("yesterday");
  });

  it("is the simulated one over HTTP as well", async () => {
    const server = await startSandbox({ clock: "manual" });
    try {
      server.clock.advance(86_400_000);
      const expected = "Tue, 07 Jan 2025 08:00:00 GMT";
      expect(await dateOf(fetch, `${server.apiUrl}/health/ready`)).toBe(expected);
      expect(await dateOf(fetch, `${server.apiUrl}/vehicles`)).toBe(expected);
    } finally {
      await server.close();
    }
  });
});

describe("an invalid option", () => {
  it.each([
    ["speed 0", { clock: { speed: 0 } }, "clock"],
    ["a negative speed", { clock: { speed: -1 } }, "clock"],
    ["an endless speed", { clock: { speed: Number.POSITIVE_INFINITY } }, "clock"],
    ["an unknown clock", { clock: "atomic" as "real" }, "clock"],
    ["a fractional seed", { seed: 1.5 }, "seed"],
    ["a negative seed", { seed: -1 }, "seed"],
    ["a seed that is no number", { seed: "7" as unknown as number }, "seed"],
    ["a token that never serves", { tokenLifetime: 0 }, "tokenLifetime"],
    ["a negative delay", { actionDelay: -1 }, "actionDelay"],
    ["a fleet of half a user", { fleet: { users: 0.5 } }, "fleet.users"],
    ["a vendor without vehicles", { fleet: [{ id: "a", vehicles: [{ vendor: "TADO" }] }] }, "TADO"],
    [
      "an impossible battery",
      { fleet: [{ id: "a", vehicles: [{ batteryLevel: -5 }] }] },
      "batteryLevel",
    ],
  ] satisfies [string, SandboxOptions, string][])("is refused: %s", (_, options, text) => {
    expect(() => createSandbox(options)).toThrow(text);
  });
});

describe("a sandbox", () => {
  it("begins with the fleet it is given", () => {
    const { devices } = createSandbox({
      fleet: [{ id: "anna", vehicles: [{ vendor: "BMW", batteryLevel: 9 }], chargers: [{}] }],
    });
    expect(devices.list("anna")).toMatchObject([
      { vendor: "EASEE" },
      { vendor: "BMW", chargeState: { batteryLevel: 9 } },
    ]);
    expect(devices.list("ben")).toEqual([]);
    expect(devices.get("none")).toBeUndefined();
    expect(() => devices.update("none", {})).toThrow("no device");
    expect(() => devices.add("anna", "vehicle", { vendor: "EASEE" })).toThrow("no vehicles");
  });

  it("hands out copies of its devices", () => {
    const { devices } = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const [vehicle] = devices.list(undefined, "vehicle");
    if (vehicle === undefined) throw new Error("no vehicle");
    vehicle.chargeState.isCharging = true;
    expect(devices.get(vehicle.id, "vehicle")?.chargeState.isCharging).toBe(false);
  });
});
