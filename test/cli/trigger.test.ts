import { describe, expect, it } from "vitest";
import { webhookEventNames } from "../../generated/events.ts";
import { sampleEvent } from "../../src/cli/trigger/sample-event.ts";
import { verifyWebhook } from "../../src/webhooks/index.ts";
import { checkEvents } from "../../src/webhooks/verification/event-validation.lazy.ts";
import { startHandler } from "./support/handler.ts";
import { run } from "./support/run.ts";

const secret = "a-secret-of-webhooks";
const env = { ENODE_WEBHOOK_SECRET: secret };

describe("enode-sdk trigger", () => {
  it.each(webhookEventNames)("has a valid sample of %s that happens now", (name) => {
    const now = new Date("2026-01-02T03:04:05.678Z");
    const event = sampleEvent(name, { user: undefined, values: [] }, now, (text) => {
      throw new Error(text);
    });
    expect(event).toMatchObject({ event: name, createdAt: now.toISOString() });
    expect(checkEvents([event], "report", [event])).toEqual([]);
  });

  it("sends a signed event, and prints the status and body of the answer", async () => {
    const { url, received } = await startHandler((reply) => reply.end("thank you\u001b[31m"));
    const before = Date.now();
    expect(await run(["trigger", "user:vehicle:updated", "--to", url], { env })).toEqual({
      code: 0,
      out: "200 OK\nthank you\\x1b[31m\n",
      err: "",
    });
    const [{ headers, body } = { headers: {}, body: "" }] = received;
    const { events } = await verifyWebhook({ headers, body }, { secret });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ event: "user:vehicle:updated" });
    const { createdAt } = events[0] as { createdAt: string };
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(before);
    expect(headers["x-enode-delivery"]).toMatch(/^[\da-f-]{36}$/);
  });

  it("sends what it is told to: user, values and secret", async () => {
    const { url, received } = await startHandler();
    const { code, out, err } = await run([
      ...["trigger", "user:vehicle:updated", "--to", url, "--secret", "another-secret"],
      ...["--user", "anna", "--set", "vehicle.chargeState.batteryLevel=20"],
      ...[
        "--set",
        "vehicle.information.displayName=Anna's car",
        "--set",
        "updatedFields.0=odometer",
      ],
    ]);
    expect([code, out, err]).toEqual([0, "204 No Content\n", ""]);
    const [request = { headers: {}, body: "" }] = received;
    const { events } = await verifyWebhook(request, { secret: "another-secret" });
    expect(events[0]).toMatchObject({
      user: { id: "anna" },
      vehicle: {
        userId: "anna",
        chargeState: { batteryLevel: 20, isPluggedIn: true },
        information: { displayName: "Anna's car" },
      },
      updatedFields: ["odometer", "location"],
    });
  });

  it("sends an invalid event as it is, and says what is wrong with it", async () => {
    const { url, received } = await startHandler();
    const { code, err } = await run(
      [
        ...["trigger", "user:vehicle:updated", "--to", url],
        ...["--set", "vehicle.chargeState.batteryLevl=1", "--set", "vehicle.lastSeen=7"],
        ...["--set", "__proto__.x=1"],
      ],
      { env },
    );
    expect(code).toBe(0);
    expect(err).toContain('no "batteryLevl" there; did you mean batteryLevel? It is added.\n');
    expect(err).toMatch(
      /^enode-sdk: The event is invalid at vehicle\.lastSeen: .+ It is sent as it is\.$/m,
    );
    const [event] = JSON.parse(received[0]?.body ?? "");
    expect(event.vehicle).toMatchObject({ lastSeen: 7, chargeState: { batteryLevl: 1 } });
    expect(received[0]?.body).toContain('"__proto__":{"x":1}');
  });

  it.each([
    [500, ""],
    [401, "enode-sdk: Is the secret of the handler the one that signed the event?\n"],
    [302, "enode-sdk: Redirects are not followed, as Enode does not.\n"],
  ])("fails when the handler answers with %i", async (status, hint) => {
    const { url } = await startHandler((reply) =>
      reply.writeHead(status, "Odd", { location: "/elsewhere" }).end(),
    );
    const result = await run(["trigger", "system:heartbeat", "--to", url], { env });
    expect(result).toEqual({ code: 1, out: `${status} Odd\n`, err: hint });
  });

  it("fails when nobody answers, or not in time", async () => {
    const { url } = await startHandler(() => {});
    const hanging = await run(["trigger", "system:heartbeat", "--to", url, "--timeout", "0.2"], {
      env,
    });
    expect(hanging).toEqual({
      code: 1,
      out: "",
      err: `enode-sdk: ${url} did not answer within 0.2 s\n`,
    });
    const missing = await run(["trigger", "system:heartbeat", "--to", "http://127.0.0.1:1/"], {
      env,
    });
    expect([missing.code, missing.out]).toEqual([1, ""]);
    expect(missing.err).toMatch(
      /^enode-sdk: http:\/\/127\.0\.0\.1:1\/ could not be reached: .+\n$/,
    );
    expect(missing.err).not.toContain("fetch failed");
  });

  it("lists the events", async () => {
    expect(await run(["trigger", "--list"])).toEqual({
      code: 0,
      out: `${webhookEventNames.join("\n")}\n`,
      err: "",
    });
  });

  const to = ["--to", "http://127.0.0.1:1/"];
  it.each([
    [[], "Which event? enode-sdk trigger --list shows them all"],
    [["user:vehicle:update", ...to], "did you mean user:vehicle:updated?"],
    [["zzzzzzzzzzzzzz", ...to], "enode-sdk trigger --list shows them all"],
    [["system:heartbeat"], "Where to? --to must be the handler's URL"],
    [["system:heartbeat", "--to", "nowhere"], "--to must be a URL such as"],
    [["system:heartbeat", "--to", "file:///etc/passwd"], "--to must be a URL such as"],
    [["system:heartbeat", "more", ...to], '"more" is one argument too many'],
    [["system:heartbeat", ...to, "--user", "anna"], "system:heartbeat is about no user"],
    [["system:heartbeat", ...to, "--set", "x"], '--set must be of the form name=value, not "x"'],
    [["system:heartbeat", ...to, "--set", "a..b=1"], "--set a..b has an empty name in its path"],
    [
      ["system:heartbeat", ...to, "--timeout", "0"],
      "--timeout must be a number of seconds above 0",
    ],
    [["system:heartbeat", ...to], "Give the handler's secret by --secret or ENODE_WEBHOOK_SECRET"],
    [["system:heartbeat", ...to, "--secret", " x"], "The secret must not be empty"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(["trigger", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).toContain("\nSee enode-sdk trigger --help\n");
  });
});
