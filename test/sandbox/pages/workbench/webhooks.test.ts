import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventExamples } from "../../../../generated/event-examples.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { verifyWebhook } from "../../../../src/webhooks/index.ts";
import { takeViolations } from "../../../support/sandbox-violations.ts";
import { fetchToken, send } from "../../support/harness.ts";
import { command, HOSTILE, pageOf, start } from "../support.ts";
import { bash } from "./bash.ts";
import { partOf, textOfElement } from "./elements.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const URL = "https://app.example.com/hook";
const HEADER = { headerName: "x-api-key", headerValue: "a secret key" };

async function setUp(options: Parameters<typeof start>[0] = {}) {
  const endpoint: { status: number; body: string | null } = { status: 200, body: "ok" };
  const server = await start({
    fleet: [{ id: "anna", vehicles: [{}] }],
    deliver: async () => new Response(endpoint.body, endpoint),
    ...options,
  });
  const token = await fetchToken(server);
  const { body: webhook } = await send(server.fetch, "POST", "/webhooks", token, {
    url: `${URL}?key=in-the-query`,
    secret: SECRET,
    events: ["*"],
    authentication: HEADER,
  });
  return { server, token, endpoint, webhook: webhook.id as string };
}

/** The page with its webhooks, and its deliveries if one is open. */
const webhooksOf = (server: Parameters<typeof pageOf>[0], query = "") =>
  pageOf(server, `?tab=webhooks${query}`);

describe("the panel of webhooks", () => {
  it("says how to make the first one", async () => {
    const page = await webhooksOf(await start());
    expect(textOfElement(page, "ensure-webhook")).toContain("enode.webhooks.ensure({");
    expect(page).not.toContain("Send event…");
  });

  it("shows a webhook, its state and no secret", async () => {
    const { server } = await setUp();
    server.clock.advance("1m");
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    const page = await webhooksOf(server, "&delivery=1");
    const panel = partOf(page, "webhooks");
    expect(panel).toContain(`${URL}?…`);
    expect(panel).toContain('<strong class="good">Active</strong>');
    expect(panel).toContain("2025-01-06 08:01:00 UTC");
    expect(panel).toContain(`aria-label="Send test event: ${URL}?…"`);
    expect(page).not.toContain(SECRET);
    expect(page).not.toContain(HEADER.headerValue);
    expect(panel).not.toContain("in-the-query");
  });

  it("shows when a failing webhook is tried again, and one that is dead", async () => {
    const { server, endpoint, webhook } = await setUp();
    endpoint.status = 503;
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    const failing = partOf(await webhooksOf(server), "webhooks");
    expect(failing).toContain("Failing since 2025-01-06 08:00:00 (1 attempt), next try in 5 s.");
    expect(failing).toContain("2 events</dd>");
    server.clock.advance("10m");
    await server.deliver();
    const dead = partOf(await webhooksOf(server), "webhooks");
    expect(dead).toContain('<strong class="bad">Inactive: Enode gave up on it.</strong>');
    expect(dead).toContain("Reactivate and resend");
    endpoint.status = 200;
    expect(await command(server, { do: "webhook-redeliver", webhook })).toMatch(
      /^\d+ events are queued again for https:\/\/app.example.com\/hook\?…\.$/,
    );
    await server.deliver();
    const alive = partOf(await webhooksOf(server), "webhooks");
    expect(alive).toContain('<strong class="good">Active</strong>');
    expect(server.deliveries.list().at(-1)).toMatchObject({ status: 200 });
    expect(server.deliveries.list().at(-1)?.eventNames).toContain("user:credentials:invalidated");
  });

  it("reactivates, pauses, resumes and deletes a webhook", async () => {
    const { server, endpoint, webhook } = await setUp();
    endpoint.status = 503;
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    server.clock.advance("10m");
    await server.deliver();
    endpoint.status = 200;
    expect(await command(server, { do: "webhook-reactivate", webhook })).toContain("active again");
    expect(await command(server, { do: "webhook-pause", webhook })).toContain("are paused");
    const paused = partOf(await webhooksOf(server), "webhooks");
    expect(paused).toContain("Paused: events wait.");
    expect(paused).toContain("none yet");
    expect(await command(server, { do: "webhook-resume", webhook })).toContain("go on");
    expect(await command(server, { do: "webhook-delete", webhook })).toContain("was deleted");
    expect(await webhooksOf(server)).toContain("No webhook yet.");
    expect(await command(server, { do: "webhook-pause", webhook })).toBe(
      "That webhook was deleted.",
    );
    expect(await command(server, { do: "webhook-pause" })).toBe("400");
  });

  it("sends a test event and opens it", async () => {
    const { server, endpoint, webhook } = await setUp();
    endpoint.status = 401;
    endpoint.body = HOSTILE;
    expect(await command(server, { do: "webhook-test", webhook })).toBe(
      "Test event: The webhook endpoint answered with status 401.",
    );
    const page = await webhooksOf(server, "&delivery=1");
    expect(textOfElement(page, "answer-body")).toBe(HOSTILE);
    expect(page).not.toContain(HOSTILE);
  });
});

describe("the list of deliveries", () => {
  it("is filtered by failure, webhook, event and text", async () => {
    const { server, endpoint, webhook } = await setUp();
    await command(server, { do: "webhook-test", webhook });
    endpoint.status = 503;
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    const numbers = async (filter: string) => {
      const list = partOf(await webhooksOf(server, `&${filter}`), "deliveries");
      return Array.from(list.matchAll(/[;&]delivery=(\d+)#/g), ([, number]) => Number(number));
    };
    expect(await numbers("")).toEqual([2, 1]);
    expect(await numbers("failed=1")).toEqual([2]);
    expect(await numbers(`webhook=${webhook}`)).toEqual([2, 1]);
    expect(await numbers("webhook=other")).toEqual([]);
    expect(await numbers("event=enode:webhook:test")).toEqual([1]);
    expect(await numbers("text=tesla")).toEqual([2]);
    expect(await numbers("after=1")).toEqual([2]);
    const page = await webhooksOf(server, `&text=${encodeURIComponent(HOSTILE)}`);
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain(HOSTILE);
  });
});

describe("an open delivery", () => {
  it("shows its events, signature, answer and attempts", async () => {
    const { server, endpoint } = await setUp();
    endpoint.status = 503;
    endpoint.body = '{"error":"no database"}';
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    server.clock.advance("5s");
    await server.deliver();
    const page = await webhooksOf(server, "&delivery=1");
    const detail = partOf(page, "delivery");
    expect(detail).toContain("user:credentials:invalidated of anna");
    expect(detail).toMatch(/<code>sha1=[0-9a-f]{40}<\/code>/);
    expect(detail).toContain("<strong>Attempt 1</strong>");
    expect(detail).toMatch(/delivery=2#delivery">Attempt 2<\/a>/);
    expect(detail).toContain("next try in 15 s");
    expect(textOfElement(page, "answer-body")).toBe('{\n  "error": "no database"\n}');
    expect(JSON.parse(textOfElement(page, "sent-body"))).toMatchObject([
      { vendor: "TESLA" },
      { updatedFields: ["isReachable"] },
    ]);
  });

  it("is sent again by hand", async () => {
    const { server, endpoint } = await setUp();
    endpoint.status = 503;
    server.invalidateCredentials("anna", "TESLA");
    await server.deliver();
    Object.assign(endpoint, { status: 204, body: null });
    expect(await command(server, { do: "resend", number: "1" })).toBe(
      "Delivery 1 was sent as delivery 2: the answer is 204.",
    );
    const [first, second] = server.deliveries.list();
    expect(second).toMatchObject({ deliveryId: first?.deliveryId, attempt: 2, status: 204 });
    expect(await command(server, { do: "resend", number: "99" })).toContain("was not sent");
    expect(await command(server, { do: "resend", number: "" })).toBe("400");
  });

  it("says why there is nothing to see", async () => {
    const { server, webhook } = await setUp({ bodies: false });
    await command(server, { do: "webhook-test", webhook });
    expect(await webhooksOf(server, "&delivery=1")).toContain("--no-bodies");
    expect(await webhooksOf(server, `&delivery=${encodeURIComponent(HOSTILE)}`)).toContain(
      "The log holds no such delivery.",
    );
    const other = await setUp();
    other.server.faults.next({ delivery: "dropped" });
    other.server.invalidateCredentials("anna", "TESLA");
    await other.server.deliver();
    expect(await webhooksOf(other.server, "&delivery=1")).toContain("A fault dropped it");
  });

  it("is copied as a command of curl that passes verification", async () => {
    const verified: string[] = [];
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const { headers } = request;
      try {
        const { events } = await verifyWebhook({ headers, body }, { secret: SECRET });
        verified.push(`${events[0]?.event} ${headers["x-api-key"]}`);
        response.end("ok");
      } catch {
        response.writeHead(401).end();
      }
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void receiver.close());
    const { port } = receiver.address() as AddressInfo;
    const server = await start({ fleet: [{ id: `o'neill "東京" $HOME`, vehicles: [{}] }] });
    const token = await fetchToken(server);
    await send(server.fetch, "POST", "/webhooks", token, {
      url: `http://127.0.0.1:${port}/hook?a=b&c`,
      secret: SECRET,
      events: ["*"],
      authentication: HEADER,
    });
    server.invalidateCredentials(`o'neill "東京" $HOME`, "TESLA");
    await server.deliver();
    const text = textOfElement(await webhooksOf(server, "&delivery=1"), "as-curl");
    expect(text).not.toContain(HEADER.headerValue);
    expect(text).toContain(`:${port}/hook?a=b&c'`);
    expect(await bash(text, { ENODE_WEBHOOK_HEADER: "from the shell" })).toBe("ok");
    expect(verified).toEqual([
      `user:credentials:invalidated ${HEADER.headerValue}`,
      "user:credentials:invalidated from the shell",
    ]);
  });
});

describe("an event that is sent by hand", () => {
  it("is filled in with the device as it is", async () => {
    const { server } = await setUp();
    const [car] = server.devices.list();
    for (const name of Object.keys(eventExamples)) {
      const page = await webhooksOf(server, `&send=${name}&device=${car?.id}`);
      const [event] = JSON.parse(textOfElement(page, "send-body"));
      expect(event).toMatchObject({ event: name, createdAt: "2025-01-06T08:00:00.000Z" });
      if (name.startsWith("user:")) expect(event.user).toEqual({ id: "anna" });
      if (name.includes(":vehicle:")) expect(JSON.stringify(event)).toContain(`${car?.id}`);
    }
    const page = await webhooksOf(server, `&send=user:vehicle:updated&device=${car?.id}`);
    const [event] = JSON.parse(textOfElement(page, "send-body"));
    expect(event.vehicle).toMatchObject({ id: car?.id, userId: "anna", vendor: "TESLA" });
    const action = await webhooksOf(server, `&send=user:vendor-action:updated&device=${car?.id}`);
    expect(JSON.parse(textOfElement(action, "send-body"))[0].vendorAction).toMatchObject({
      targetId: car?.id,
      userId: "anna",
    });
  });

  it("is sent as it is, marked, and said to be invalid", async () => {
    const { server, webhook } = await setUp();
    const sent: [body: string, message: RegExp][] = [
      ['[{"event":"enode:webhook:test"', /^The body \(It is not valid JSON\) for .* was sent/],
      ["{}", /no list of events/],
      ["[]", /holds no event/],
      ["[1]", /something that is no event/],
      ['[{"event":1}]', /an event without a name/],
      [`[{"event":${JSON.stringify(HOSTILE)}}]`, /There is no event/],
      ['[{"event":"enode:webhook:test"}]', /lacks “createdAt”/],
      [JSON.stringify([eventExamples["user:vehicle:updated"]]), /^The event for .* was sent/],
    ];
    for (const [at, [body, message]] of sent.entries()) {
      const fields = { do: "send-event", webhook, body: body.replaceAll("\n", "\r\n") };
      expect(await command(server, fields)).toMatch(message);
      const page = await webhooksOf(server, `&delivery=${at + 1}`);
      expect(partOf(page, "delivery")).toContain("edited by hand and sent as it is");
      expect(partOf(page, "deliveries")).toContain(
        `<strong class="warn">edited${at === sent.length - 1 ? "" : ", invalid"}</strong>`,
      );
      expect(page).not.toContain(HOSTILE);
    }
    // What is sent by hand need not be as the description says.
    await takeViolations();
  });

  it("keeps hostile names and devices as text", async () => {
    const { server } = await setUp();
    const text = encodeURIComponent(HOSTILE);
    const page = await webhooksOf(server, `&send=${text}&device=${text}`);
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain("There is no device or user");
    expect(JSON.parse(textOfElement(page, "send-body"))).toMatchObject([{ event: HOSTILE }]);
    for (const name of ["constructor", "user:constructor:updated", "__proto__"]) {
      expect(
        JSON.parse(textOfElement(await webhooksOf(server, `&send=${name}`), "send-body")),
      ).toMatchObject([{ event: name }]);
    }
  });

  it("does not hold up the page when the endpoint hangs", async () => {
    let release = () => {};
    const { server, webhook } = await setUp({
      deliver: () =>
        new Promise((resolve) => {
          release = () => resolve(new Response());
        }),
    });
    const fields = { do: "send-event", webhook, body: "[]" };
    expect(await command(server, fields)).toContain("is on its way");
    expect(partOf(await webhooksOf(server), "webhooks")).toContain("1 delivery by hand under way");
    const logged = new Promise((resolve) => server.deliveries.subscribe(resolve));
    release();
    await logged;
    expect(partOf(await webhooksOf(server), "webhooks")).not.toContain("under way");
    expect(partOf(await webhooksOf(server), "deliveries")).toContain(">200<");
    await takeViolations();
  });
});
