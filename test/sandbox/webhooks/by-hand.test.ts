import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { eventEnvelope } from "../../../src/sandbox/events/envelope.ts";
import { takeViolations } from "../../support/sandbox-violations.ts";
import { HOOK_URL, SECRET } from "../support/receiver.ts";
import { createRecordedHarness } from "../support/recorded.ts";

const HEARTBEAT = JSON.stringify([
  { event: "system:heartbeat", ...eventEnvelope(0), pendingEvents: 0 },
]);

const signatureOf = (body: string, secret = SECRET) =>
  `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`;

/** A sandbox with a webhook that has become inactive: its endpoint did not answer for five minutes. */
async function withDeadWebhook() {
  const ids: string[] = [];
  const harness = createRecordedHarness();
  const webhook = await harness.subscribe();
  harness.answer = () => new Response(null, { status: 500 });
  for (let count = 0; count < 2; count += 1) {
    ids.push(harness.sandbox.devices.add("anna", "charger").id);
  }
  harness.sandbox.clock.advance("10m");
  await harness.sandbox.deliver();
  harness.arrivals.length = 0;
  harness.answer = () => new Response(null, { status: 204 });
  return { ...harness, webhook, ids };
}

/** The IDs of the chargers that the events of deliveries are about. */
const chargersOf = (arrivals: readonly { readonly body: string }[]) =>
  arrivals.flatMap(({ body }) =>
    JSON.parse(body).map(({ charger }: { charger: { id: string } }) => charger.id),
  );

/** The names of the events of deliveries. */
const namesOf = (arrivals: readonly { readonly body: string }[]) =>
  arrivals.flatMap(({ body }) => JSON.parse(body).map(({ event }: { event: string }) => event));

describe("the state of a webhook", () => {
  it("says what waits, since when it fails, and when it is tried again", async () => {
    const harness = createRecordedHarness();
    const { sandbox, state } = harness;
    const webhook = await harness.subscribe();
    const begun = sandbox.clock.now().getTime();
    const atRest = {
      webhook,
      waiting: 0,
      failures: 0,
      failingSince: null,
      nextAttemptAt: null,
      isPaused: false,
      droppedEvents: 0,
    };
    expect(state()).toEqual(atRest);
    harness.answer = () => new Response(null, { status: 500 });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    sandbox.clock.advance("6s");
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(state()).toEqual({
      ...atRest,
      waiting: 2,
      failures: 2,
      failingSince: begun,
      nextAttemptAt: begun + 20_000,
    });
    expect(sandbox.deliveries.list()).toMatchObject([
      { nextAttemptAt: new Date(begun + 5_000).toISOString() },
      { nextAttemptAt: new Date(begun + 20_000).toISOString() },
    ]);
    harness.answer = () => new Response(null, { status: 204 });
    sandbox.clock.advance("15s");
    await sandbox.deliver();
    expect(state()).toEqual(atRest);
    expect(sandbox.deliveries.list().at(-1)?.nextAttemptAt).toBeNull();
  });
});

describe("a paused webhook", () => {
  it("gets its events when it goes on", async () => {
    const { arrivals, sandbox, state, subscribe, webhooks } = createRecordedHarness({
      heartbeatInterval: 600_000,
    });
    const webhook = await subscribe();
    webhooks.pause(webhook);
    sandbox.devices.add("anna", "charger");
    sandbox.clock.advance("1d");
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(arrivals).toEqual([]);
    expect(state()).toMatchObject({ waiting: 2, isPaused: true, nextAttemptAt: null });
    webhooks.resume(webhook);
    await sandbox.deliver();
    expect(namesOf(arrivals)).toEqual(["user:charger:discovered", "user:charger:discovered"]);
    expect(state()).toMatchObject({ waiting: 0, isPaused: false });
    sandbox.clock.advance("10m");
    await sandbox.deliver();
    expect(namesOf(arrivals).at(-1)).toBe("system:heartbeat");
  });

  it("does not become inactive for the time of its pause", async () => {
    const harness = createRecordedHarness();
    const { sandbox, state, webhooks } = harness;
    const webhook = await harness.subscribe();
    harness.answer = () => new Response(null, { status: 500 });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    webhooks.pause(webhook);
    sandbox.clock.advance("1h");
    webhooks.resume(webhook);
    await sandbox.deliver();
    expect(webhook.isActive).toBe(true);
    expect(state()).toMatchObject({ waiting: 1, failures: 1 });
  });

  it("keeps 10,000 events, and the oldest go", async () => {
    const { arrivals, sandbox, state, subscribe, webhooks } = createRecordedHarness();
    const webhook = await subscribe();
    webhooks.pause(webhook);
    const at = sandbox.clock.now().getTime();
    for (let count = 0; count < 10_003; count += 1) {
      const pendingEvents = count;
      webhooks.publish({ event: "system:heartbeat", ...eventEnvelope(at), pendingEvents }, at);
    }
    expect(state()).toMatchObject({ waiting: 10_000 });
    webhooks.resume(webhook);
    await sandbox.deliver();
    expect(JSON.parse(arrivals[0]?.body ?? "")[0]).toMatchObject({ pendingEvents: 3 });
  });
});

describe("a webhook that became inactive", () => {
  it("is made active again, and gets what it missed, in order", async () => {
    const { arrivals, ids, sandbox, state, webhook, webhooks } = await withDeadWebhook();
    expect(webhook.isActive).toBe(false);
    ids.push(sandbox.devices.add("anna", "charger").id);
    await sandbox.deliver();
    expect(state()).toMatchObject({ waiting: 0, droppedEvents: 3 });
    webhooks.reactivate(webhook);
    await sandbox.deliver();
    expect([webhook.isActive, arrivals.length]).toEqual([true, 0]);
    expect(webhooks.redeliverDropped(webhook)).toBe(3);
    await sandbox.deliver();
    expect(chargersOf(arrivals)).toEqual(ids);
    expect(state()).toMatchObject({ waiting: 0, droppedEvents: 0 });
    expect(webhooks.redeliverDropped(webhook)).toBe(0);
  });

  it("is made active by what it missed", async () => {
    const { arrivals, sandbox, webhook, webhooks } = await withDeadWebhook();
    expect(webhooks.redeliverDropped(webhook)).toBe(2);
    await sandbox.deliver();
    expect(webhook.isActive).toBe(true);
    expect(namesOf(arrivals)).toHaveLength(2);
  });
});

describe("a delivery that is sent again", () => {
  it("has the same bytes and ID, and the signature of the present secret", async () => {
    const { arrivals, sandbox, subscribe, webhooks } = createRecordedHarness();
    const webhook = await subscribe();
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    const secret = "the-new-secret-of-this-test";
    webhooks.update(webhook, { secret });
    expect(await webhooks.resend(1)).toEqual({ number: 2, status: 204, reason: null });
    const [first, second] = arrivals;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers.get("x-enode-delivery")).toBe(first?.headers.get("x-enode-delivery"));
    expect(second?.headers.get("x-enode-signature")).toBe(signatureOf(first?.body ?? "", secret));
    expect(sandbox.deliveries.list()).toMatchObject([
      { attempt: 1, eventNames: ["user:charger:discovered"] },
      { attempt: 2, eventNames: ["user:charger:discovered"], isEdited: false },
    ]);
  });

  it("leaves the queue when it is accepted", async () => {
    const harness = createRecordedHarness();
    const { arrivals, sandbox, state, webhooks } = harness;
    await harness.subscribe();
    harness.answer = () => new Response(null, { status: 500 });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    harness.answer = () => new Response(null, { status: 204 });
    await webhooks.resend(1);
    expect(state()).toMatchObject({ waiting: 0, failures: 0, failingSince: null });
    sandbox.clock.advance("1h");
    await sandbox.deliver();
    expect(arrivals).toHaveLength(2);
  });

  it("has the events behind it sent at once, by a clock that runs", async () => {
    const harness = createRecordedHarness({ clock: "real" });
    const { arrivals, sandbox, stop, webhooks } = harness;
    await harness.subscribe();
    harness.answer = () => new Response(null, { status: 500 });
    sandbox.devices.add("anna", "charger");
    await vi.waitFor(() => expect(sandbox.deliveries.list()).toHaveLength(1));
    sandbox.devices.add("anna", "charger");
    harness.answer = () => new Response(null, { status: 204 });
    await webhooks.resend(1);
    await vi.waitFor(() => expect(arrivals).toHaveLength(3));
    stop();
  });

  it("says why it failed", async () => {
    const harness = createRecordedHarness();
    const { sandbox, webhooks } = harness;
    const webhook = await harness.subscribe();
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    harness.answer = () => {
      throw new Error("no route");
    };
    expect(await webhooks.resend(1)).toEqual({
      number: 2,
      status: null,
      reason: "The webhook endpoint could not be reached: no route",
    });
    expect(await webhooks.resend(99)).toMatchObject({ number: null, status: null });
    webhooks.delete(webhook);
    expect(await webhooks.resend(1)).toEqual({
      number: null,
      status: null,
      reason: "Its webhook was deleted",
    });
  });

  it("may be one that a fault has dropped", async () => {
    const { arrivals, sandbox, subscribe, webhooks } = createRecordedHarness();
    await subscribe();
    sandbox.faults.next({ delivery: "dropped" });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(arrivals).toHaveLength(0);
    expect(await webhooks.resend(1)).toMatchObject({ status: 204 });
    expect(namesOf(arrivals)).toEqual(["user:charger:discovered"]);
  });
});

describe("an event that is sent by hand", () => {
  it("goes as it is, signed, and is marked in the log", async () => {
    const { arrivals, sandbox, subscribe, webhooks } = createRecordedHarness();
    const webhook = await subscribe();
    const texts = [
      '[ {"event":"user:vehicle:updated"}, {"event":"user:vehicle:updated"}, {"event":"a:b"} ]',
      "[{ not JSON, </script> ü",
      "",
      '{"event":1}',
    ];
    for (const text of texts) await webhooks.sendEvent(webhook, text);
    expect(arrivals.map(({ body }) => body)).toEqual(texts);
    for (const { body, headers } of arrivals) {
      expect(headers.get("x-enode-signature")).toBe(signatureOf(body));
    }
    expect(sandbox.deliveries.list()).toMatchObject([
      { events: 3, eventNames: ["user:vehicle:updated", "a:b"], isEdited: true, status: 204 },
      { events: 0, eventNames: [], isEdited: true },
      { events: 0, eventNames: [], isEdited: true },
      { events: 0, eventNames: [], isEdited: true },
    ]);
    await webhooks.resend(2);
    expect(arrivals.at(-1)?.body).toBe(texts[1]);
    expect(sandbox.deliveries.list().at(-1)).toMatchObject({ isEdited: true, attempt: 2 });
    expect(await takeViolations()).not.toEqual([]);
  });

  it("changes no ID of the deliveries that follow", async () => {
    const idOf = async (byHand: boolean) => {
      const { arrivals, sandbox, subscribe, webhooks } = createRecordedHarness();
      const webhook = await subscribe();
      if (byHand) await webhooks.sendEvent(webhook, HEARTBEAT);
      sandbox.devices.add("anna", "charger");
      await sandbox.deliver();
      return arrivals.at(-1)?.headers.get("x-enode-delivery");
    };
    expect(await idOf(true)).toBe(await idOf(false));
  });
});

describe("the log of deliveries", () => {
  it("names at most 5 events and no query of the address", async () => {
    const { sandbox, subscribe, webhooks } = createRecordedHarness();
    const webhook = await subscribe({ url: `${HOOK_URL}?key=s3ntinel#s3ntinel` });
    const events = Array.from({ length: 9 }, (_, at) => ({ event: `event:${at}` }));
    await webhooks.sendEvent(webhook, JSON.stringify(events));
    expect(sandbox.deliveries.list()).toMatchObject([
      { url: HOOK_URL, events: 9, eventNames: [0, 1, 2, 3, 4].map((at) => `event:${at}`) },
    ]);
    expect(await takeViolations()).not.toEqual([]);
  });
});
